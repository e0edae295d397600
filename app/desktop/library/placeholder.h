/* What stands in for a preview that is not there: the same for the same checkpoint, alike within an
 * architecture. */
#pragma once

#include <gtk/gtk.h>

#include "state/library-item.h"

G_BEGIN_DECLS

/* @widget: whose font and icons are used. Fills @box. */
void am_placeholder_snapshot (GtkSnapshot *snapshot, GtkWidget *widget, AmLibraryItem *item,
                              const graphene_rect_t *box);

G_END_DECLS
