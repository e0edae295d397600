/* What scrolls in an AmColumnPair. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define AM_TYPE_COLUMN_CONTENT (am_column_content_get_type ())
G_DECLARE_FINAL_TYPE (AmColumnContent, am_column_content, AM, COLUMN_CONTENT, GtkWidget)

/* Inside of a GtkViewport whose vertical adjustment is @adjustment. */
AmColumnContent *am_column_content_new (GtkAdjustment *adjustment);

/* Each once. */
void am_column_content_set_main (AmColumnContent *self, GtkWidget *child);
void am_column_content_set_side (AmColumnContent *self,
                                 GtkWidget *child); /* has its own margins above and below */

/* Room left free below the side part when it is beside the main part. */
void am_column_content_set_bar_height (AmColumnContent *self, int height);

/* Whether both parts fit beside each other in @width, and where the side part is then. */
gboolean am_column_content_is_wide (AmColumnContent *self, int width);
void am_column_content_get_side (AmColumnContent *self, int width, int *x, int *side_width);

/* Where the side part begins when it is below the main part. */
int am_column_content_get_side_top (AmColumnContent *self);

G_END_DECLS
