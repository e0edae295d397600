/* How an alignment chart draws; private to it. */
#pragma once

#include <gtk/gtk.h>

#include "charts/alignment-layers.h"

G_BEGIN_DECLS

/* What the colours and shapes stand for. */
typedef enum
{
  AM_ALIGNMENT_BEFORE, /* a bar */
  AM_ALIGNMENT_AFTER,  /* a cap above the bar, with what lies between filled */
  AM_ALIGNMENT_MOVED,  /* a bar in the lower part */
  AM_ALIGNMENT_N_KEYS
} AmAlignmentKey;

/* Where the parts of the chart lie, from the top. */
typedef struct
{
  int line_height;
  int similarity_top, similarity_bottom;
  int moved_top, moved_bottom;
  int names_height;
  int height;
} AmAlignmentShape;

/* Room of a layer. */
#define AM_ALIGNMENT_LEAST_PITCH 7
#define AM_ALIGNMENT_MOST_PITCH 48

AmAlignmentShape am_alignment_measure (GtkWidget *widget, const AmAlignmentLayers *layers);

/* Width of a layer. */
float am_alignment_get_pitch (GtkWidget *widget, guint n_layers);

/* The area a layer has, from top to bottom, in coordinates of @widget, which may be mirrored. */
graphene_rect_t am_alignment_get_column (GtkWidget *widget, guint n_layers, guint layer);

/* The whole of the plot. @cursor: the layer marked, or -1. */
void am_alignment_draw (GtkWidget *widget, GtkSnapshot *snapshot, const AmAlignmentLayers *layers,
                        gint cursor);

/* Beside it: figures of both parts. */
int am_alignment_measure_axis (GtkWidget *widget);
void am_alignment_draw_axis (GtkWidget *widget, GtkSnapshot *snapshot, const AmAlignmentLayers *layers);

/* A sample for a legend, filling the widget. */
void am_alignment_draw_key (GtkWidget *widget, GtkSnapshot *snapshot, AmAlignmentKey key);

G_END_DECLS
