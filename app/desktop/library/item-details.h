/* Everything about one checkpoint: the pane beside the library. */
#pragma once

#include <adwaita.h>

#include "state/library-item.h"

G_BEGIN_DECLS

#define AM_TYPE_ITEM_DETAILS (am_item_details_get_type ())
G_DECLARE_FINAL_TYPE (AmItemDetails, am_item_details, AM, ITEM_DETAILS, GtkWidget)

/* @item: (nullable): kept. What its header says beyond the item is read in the background. The buttons act by
 * the "library." actions of the page, which are about the item selected there. */
void am_item_details_set_item (AmItemDetails *self, AmLibraryItem *item);

/* @menu: behind the button for more. */
void am_item_details_set_menu (AmItemDetails *self, GMenuModel *menu);

/* Hashes, and copies the hash when it is known. */
void am_item_details_copy_hash (AmItemDetails *self);

/* Whether there is nothing more to come. */
gboolean am_item_details_is_complete (AmItemDetails *self);

G_END_DECLS
