/* The items of the library in a row, and where each of them is. */
#pragma once

#include "state/library-item.h"

G_BEGIN_DECLS

typedef struct _AmItemTable AmItemTable;

AmItemTable *am_item_table_new (void);
void am_item_table_free (AmItemTable *table);

guint am_item_table_get_size (const AmItemTable *table);
AmLibraryItem *am_item_table_get (const AmItemTable *table, guint position); /* borrowed */

/* The number of the item of @path, or %G_MAXUINT. */
guint am_item_table_find (const AmItemTable *table, const char *path);

/* @item: (transfer full). */
void am_item_table_append (AmItemTable *table, AmLibraryItem *item);

void am_item_table_remove (AmItemTable *table, guint first, guint n);

G_END_DECLS
