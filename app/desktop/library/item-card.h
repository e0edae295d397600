/* A checkpoint in the library: a card of the grid or a row of the list. */
#pragma once

#include <gtk/gtk.h>

#include "state/library-item.h"

G_BEGIN_DECLS

#define AM_TYPE_ITEM_CARD (am_item_card_get_type ())
G_DECLARE_FINAL_TYPE (AmItemCard, am_item_card, AM, ITEM_CARD, GtkWidget)

/* @size: width of the picture, at least. */
GtkWidget *am_item_card_new (int size, gboolean is_row);

/* @item: (nullable): kept. */
void am_item_card_set_item (AmItemCard *self, AmLibraryItem *item);
AmLibraryItem *am_item_card_get_item (AmItemCard *self); /* (nullable) */
GtkWidget *am_item_card_get_picture (AmItemCard *self);

G_END_DECLS
