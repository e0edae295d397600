/* The picture of a checkpoint: its preview, or one drawn from its name and architecture. */
#pragma once

#include <gtk/gtk.h>

#include "state/library-item.h"

G_BEGIN_DECLS

#define AM_TYPE_ITEM_PICTURE (am_item_picture_get_type ())
G_DECLARE_FINAL_TYPE (AmItemPicture, am_item_picture, AM, ITEM_PICTURE, GtkWidget)

/* Properties: "size", the least width; "is-whole": the preview keeps its shape instead of being cut to a
 * square. */
void am_item_picture_set_size (AmItemPicture *self, int size);

/* Its height no longer follows its width: for pictures beside other widgets, where GTK takes it that what is
 * given more width needs less height. */
void am_item_picture_keep_size (AmItemPicture *self);

/* @item: (nullable): kept. Its preview is loaded from now on. */
void am_item_picture_set_item (AmItemPicture *self, AmLibraryItem *item);

G_END_DECLS
