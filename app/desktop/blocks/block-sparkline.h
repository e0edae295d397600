/* Block weights as a picture the size of a word. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define AM_TYPE_BLOCK_SPARKLINE (am_block_sparkline_get_type ())
G_DECLARE_FINAL_TYPE (AmBlockSparkline, am_block_sparkline, AM, BLOCK_SPARKLINE, GtkWidget)

/* @values: [n], copied; NAN is drawn as nothing. The axis runs from 0 to 1, and further where values do. */
GtkWidget *am_block_sparkline_new (const double *values, guint n);

G_END_DECLS
