#include "library-filter.h"

#include <string.h>

struct _AmLibraryFilter
{
  GtkFilter parent_instance;

  char **words; /* case-folded */
  int family;
};

G_DEFINE_FINAL_TYPE (AmLibraryFilter, am_library_filter, GTK_TYPE_FILTER)

static void
am_library_filter_finalize (GObject *object)
{
  g_strfreev (AM_LIBRARY_FILTER (object)->words);

  G_OBJECT_CLASS (am_library_filter_parent_class)->finalize (object);
}

static char *
fold (const char *text)
{
  g_autofree char *whole = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);

  return g_utf8_casefold (whole != NULL ? whole : "", -1);
}

static char *
make_haystack (AmLibraryItem *item)
{
  g_autofree char *path = g_filename_display_name (am_library_item_get_path (item));
  const char *title = am_library_item_get_title (item);
  const char *architecture = am_library_item_get_architecture (item);
  const char *dtype = am_library_item_get_dtype (item);
  const char *sha256 = am_library_item_get_sha256 (item);
  g_autofree char *text = g_strjoin ("\n", am_library_item_get_name (item), path, title != NULL ? title : "",
                                     architecture != NULL ? architecture : "", dtype != NULL ? dtype : "",
                                     sha256 != NULL ? sha256 : "",
                                     am_family_get_badge (am_library_item_get_family (item)), NULL);

  return fold (text);
}

static gboolean
has_words (AmLibraryFilter *self, AmLibraryItem *item)
{
  g_autofree char *haystack = NULL;

  if (self->words == NULL || self->words[0] == NULL)
    return TRUE;
  haystack = make_haystack (item);
  for (guint i = 0; self->words[i] != NULL; i++)
    if (strstr (haystack, self->words[i]) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
match (GtkFilter *filter, gpointer item)
{
  AmLibraryFilter *self = AM_LIBRARY_FILTER (filter);

  return (self->family < 0
          || (am_library_item_get_state (item) == AM_ITEM_READY
              && (int)am_library_item_get_family (item) == self->family))
         && has_words (self, item);
}

static void
am_library_filter_class_init (AmLibraryFilterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = am_library_filter_finalize;
  GTK_FILTER_CLASS (klass)->match = match;
}

static void
am_library_filter_init (AmLibraryFilter *self)
{
  self->family = -1;
}

AmLibraryFilter *
am_library_filter_new (void)
{
  return g_object_new (AM_TYPE_LIBRARY_FILTER, NULL);
}

void
am_library_filter_set_text (AmLibraryFilter *self, const char *text)
{
  g_autofree char *folded = fold (text);
  g_auto (GStrv) parts = g_strsplit_set (folded, " \t\n", -1);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  for (guint i = 0; parts[i] != NULL; i++)
    if (*parts[i] != '\0')
      g_strv_builder_add (words, parts[i]);
  g_strfreev (self->words);
  self->words = g_strv_builder_end (words);
  gtk_filter_changed (GTK_FILTER (self), GTK_FILTER_CHANGE_DIFFERENT);
}

void
am_library_filter_set_family (AmLibraryFilter *self, int family)
{
  if (self->family == family)
    return;
  self->family = family;
  gtk_filter_changed (GTK_FILTER (self), GTK_FILTER_CHANGE_DIFFERENT);
}

int
am_library_filter_get_family (AmLibraryFilter *self)
{
  return self->family;
}

static int
compare_numbers (gint64 a, gint64 b)
{
  return a < b ? -1 : a > b;
}

static int
compare_names (gconstpointer a, gconstpointer b, gpointer user_data)
{
  int order = strcmp (am_library_item_get_collate_key ((AmLibraryItem *)a),
                      am_library_item_get_collate_key ((AmLibraryItem *)b));

  if (order == 0)
    order = strcmp (am_library_item_get_path ((AmLibraryItem *)a),
                    am_library_item_get_path ((AmLibraryItem *)b));
  return order;
}

static int
compare_dates (gconstpointer a, gconstpointer b, gpointer user_data)
{
  int order = compare_numbers (am_library_item_get_modified ((AmLibraryItem *)b),
                               am_library_item_get_modified ((AmLibraryItem *)a));

  return order != 0 ? order : compare_names (a, b, NULL);
}

static int
compare_sizes (gconstpointer a, gconstpointer b, gpointer user_data)
{
  int order = compare_numbers ((gint64)am_library_item_get_size ((AmLibraryItem *)b),
                               (gint64)am_library_item_get_size ((AmLibraryItem *)a));

  return order != 0 ? order : compare_names (a, b, NULL);
}

/* Unknown ones, and those that cannot be read, come last. */
static gint64
rank_family (gconstpointer item)
{
  AmFamily family = am_library_item_get_family ((AmLibraryItem *)item);

  return family == AM_FAMILY_UNKNOWN ? G_MAXINT64 : (gint64)family;
}

static int
compare_architectures (gconstpointer a, gconstpointer b, gpointer user_data)
{
  int order = compare_numbers (rank_family (a), rank_family (b));

  if (order == 0)
    order = g_strcmp0 (am_library_item_get_architecture ((AmLibraryItem *)a),
                       am_library_item_get_architecture ((AmLibraryItem *)b));
  return order != 0 ? order : compare_names (a, b, NULL);
}

GtkSorter *
am_library_sorter_new (const char *key)
{
  GCompareDataFunc compare = compare_names;

  if (strcmp (key, "date") == 0)
    compare = compare_dates;
  else if (strcmp (key, "size") == 0)
    compare = compare_sizes;
  else if (strcmp (key, "architecture") == 0)
    compare = compare_architectures;
  return GTK_SORTER (gtk_custom_sorter_new (compare, NULL, NULL));
}
