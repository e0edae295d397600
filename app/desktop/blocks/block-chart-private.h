/* Inside of the chart, for its own files. */
#pragma once

#include "blocks/block-bar.h"
#include "blocks/block-chart.h"
#include "blocks/block-curve.h"
#include "blocks/block-layout.h"

typedef enum
{
  AM_STROKE_NONE,
  AM_STROKE_PAINT,  /* bars under the pointer get its height */
  AM_STROKE_OFFSET, /* bars move by as much as the pointer, or by a tenth of it */
} AmStroke;

struct _AmBlockChart
{
  GtkWidget parent_instance;

  AmBlockValues *values;
  GPtrArray *bars; /* AmBlockBar *: children */
  AmBlockLayout *layout;
  AmBlockScale scale;
  AmBlockCurve *curve; /* child, or %NULL outside of curve mode */

  GPtrArray *titles;   /* PangoLayout *: of groups */
  GPtrArray *numbers;  /* PangoLayout *: below bars */
  GPtrArray *readings; /* PangoLayout *: values above bars */
  PangoLayout *label;  /* name and value of one bar */
  float text_height;
  float reading_width;

  guint focused;
  gint hovered; /* or -1 */
  guint anchor; /* where a selection by keys began */

  AmStroke stroke;
  double start_x;
  double start_y;
  double last_x;
  double last_value;
  double grip; /* what the pointer was beside the value when it took the bar */
  guint start_bar;
  gboolean is_locked; /* to the first bar, as long as the pointer stays near it */
  gboolean is_fine;
  gboolean is_untouched;
  double *start_values;

  guint32 press_time;
  guint press_bar;
  gboolean is_keying; /* an edit is open that began with a key or the wheel */
  guint wheel_timeout;

  GtkWidget *menu;
  GtkWidget *entry_popover;
  GtkWidget *entry;
};

/* block-chart-draw.c */
void am_block_chart_paint (GtkWidget *widget, GtkSnapshot *snapshot);
void am_block_chart_drop_texts (AmBlockChart *self);
void am_block_chart_measure_texts (AmBlockChart *self);

/* Heights of what is above the bars, and of all that is not bars. */
float am_block_chart_get_head (AmBlockChart *self);
float am_block_chart_get_extra_height (AmBlockChart *self);

/* block-chart-pointer.c */
void am_block_chart_add_pointer (AmBlockChart *self);

/* The bar under the pointer, or -1. */
void am_block_chart_set_hovered (AmBlockChart *self, gint bar);

/* A stroke in the chart's coordinates, which the gestures make. Between the first and the last an edit is
 * open. */
void am_block_chart_stroke_begin (AmBlockChart *self, double x, double y, gboolean is_fine);
void am_block_chart_stroke_move (AmBlockChart *self, double x, double y);
void am_block_chart_stroke_end (AmBlockChart *self);

/* block-chart-keys.c */
void am_block_chart_add_keys (AmBlockChart *self);
gboolean am_block_chart_press_key (AmBlockChart *self, guint keyval, GdkModifierType state);

/* Moves the selected bars, or the focused one; values beyond the axis stay within the range that is allowed.
 * */
void am_block_chart_shift (AmBlockChart *self, double difference);
void am_block_chart_begin_keying (AmBlockChart *self);
void am_block_chart_end_keying (AmBlockChart *self);

/* block-chart-selection.c */
void am_block_chart_focus_bar (AmBlockChart *self, guint bar);
void am_block_chart_select_range (AmBlockChart *self, guint first, guint last);
void am_block_chart_select_none (AmBlockChart *self);
void am_block_chart_toggle (AmBlockChart *self, guint bar);
guint am_block_chart_count_selected (AmBlockChart *self);

/* Whether a bar takes part in what is done to the selection: it is selected, or it has the focus and none is.
 * */
gboolean am_block_chart_is_target (AmBlockChart *self, guint bar);

/* Sets all of them, %NAN unsets, as one edit. */
void am_block_chart_set_targets (AmBlockChart *self, double value);

/* block-chart-menu.c */
void am_block_chart_install_actions (GtkWidgetClass *widget_class);
void am_block_chart_popup_menu (AmBlockChart *self, guint bar);
void am_block_chart_popup_entry (AmBlockChart *self, const char *text);
void am_block_chart_drop_popovers (AmBlockChart *self);
void am_block_chart_present_popovers (AmBlockChart *self);
