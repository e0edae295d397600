#include "library-table.h"

struct _AmItemTable
{
  GPtrArray *items;
  GHashTable *positions; /* path of each item -> its number; the path is the item's */
};

AmItemTable *
am_item_table_new (void)
{
  AmItemTable *table = g_new0 (AmItemTable, 1);

  table->items = g_ptr_array_new_with_free_func (g_object_unref);
  table->positions = g_hash_table_new (g_str_hash, g_str_equal);
  return table;
}

void
am_item_table_free (AmItemTable *table)
{
  g_hash_table_unref (table->positions);
  g_ptr_array_unref (table->items);
  g_free (table);
}

guint
am_item_table_get_size (const AmItemTable *table)
{
  return table->items->len;
}

AmLibraryItem *
am_item_table_get (const AmItemTable *table, guint position)
{
  return g_ptr_array_index (table->items, position);
}

guint
am_item_table_find (const AmItemTable *table, const char *path)
{
  gpointer position;

  if (!g_hash_table_lookup_extended (table->positions, path, NULL, &position))
    return G_MAXUINT;
  return GPOINTER_TO_UINT (position);
}

static void
number (AmItemTable *table, guint position)
{
  AmLibraryItem *item = am_item_table_get (table, position);

  g_hash_table_insert (table->positions, (gpointer)am_library_item_get_path (item),
                       GUINT_TO_POINTER (position));
}

void
am_item_table_append (AmItemTable *table, AmLibraryItem *item)
{
  g_ptr_array_add (table->items, item);
  number (table, table->items->len - 1);
}

void
am_item_table_remove (AmItemTable *table, guint first, guint n)
{
  g_hash_table_remove_all (table->positions);
  g_ptr_array_remove_range (table->items, first, n);
  for (guint i = 0; i < table->items->len; i++)
    number (table, i);
}
