#include "charts/alignment-plot.h"

#include <glib/gi18n.h>

/* Steps of the cursor by key; the blocks go by Page Up and Page Down. */
enum
{
  STEP_LAYER,
  STEP_BLOCK,
  STEP_END,
};

struct _AmAlignmentPlot
{
  GtkWidget parent_instance;

  const AmAlignmentLayers *layers;
  gint cursor; /* -1 for none */
};

enum
{
  SIGNAL_CURSOR_MOVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmAlignmentPlot, am_alignment_plot, GTK_TYPE_WIDGET)

static void
am_alignment_plot_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmAlignmentPlot *self = AM_ALIGNMENT_PLOT (widget);

  if (self->layers->n_layers > 0)
    am_alignment_draw (widget, snapshot, self->layers, self->cursor);
}

static void
am_alignment_plot_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                           int *natural, int *minimum_baseline, int *natural_baseline)
{
  AmAlignmentPlot *self = AM_ALIGNMENT_PLOT (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = (int)self->layers->n_layers * AM_ALIGNMENT_LEAST_PITCH;
  else
    *minimum = *natural = am_alignment_measure (widget, self->layers).height;
}

/* The layer at @x, or -1 beyond them. */
static gint
find_layer (AmAlignmentPlot *self, double x)
{
  gint n = (gint)self->layers->n_layers;
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  double from_start = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL ? width - x : x;
  gint layer;

  if (n == 0 || width <= 0 || from_start < 0)
    return -1;
  layer = (gint)(from_start / (double)am_alignment_get_pitch (GTK_WIDGET (self), (guint)n));
  return layer < n ? layer : -1;
}

static gboolean
query_tooltip (GtkWidget *widget, int x, int y, gboolean is_keyboard, GtkTooltip *tooltip)
{
  AmAlignmentPlot *self = AM_ALIGNMENT_PLOT (widget);
  gint layer = is_keyboard ? self->cursor : find_layer (self, x);
  g_autofree char *text = NULL;
  graphene_rect_t column;

  if (layer < 0)
    return FALSE;
  text = am_alignment_layers_describe (self->layers, (guint)layer);
  column = am_alignment_get_column (widget, self->layers->n_layers, (guint)layer);
  gtk_tooltip_set_text (tooltip, text);
  gtk_tooltip_set_tip_area (
      tooltip, &(GdkRectangle){ (int)column.origin.x, 0, (int)column.size.width, (int)column.size.height });
  return TRUE;
}

static gint
find_step (AmAlignmentPlot *self, gint kind, gint direction)
{
  gint last = (gint)self->layers->n_layers - 1;
  guint cursor = (guint)MAX (self->cursor, 0);

  if (kind == STEP_END)
    return direction < 0 ? 0 : last;
  if (self->cursor < 0)
    return direction < 0 ? last : 0;
  if (kind == STEP_LAYER)
    return self->cursor + direction;
  if (direction > 0)
    return (gint)am_alignment_layers_get_end (self->layers, cursor);
  /* To the start of its block, and from there to that of the one before. */
  if (am_alignment_layers_get_start (self->layers, cursor) == cursor)
    return cursor > 0 ? (gint)am_alignment_layers_get_start (self->layers, cursor - 1) : -1;
  return (gint)am_alignment_layers_get_start (self->layers, cursor);
}

static gboolean
move_cursor (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  AmAlignmentPlot *self = AM_ALIGNMENT_PLOT (widget);
  gint kind, direction, layer;

  g_variant_get (arguments, "(ii)", &kind, &direction);
  if (self->layers->n_layers == 0)
    return FALSE;
  if (kind == STEP_LAYER && gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    direction = -direction;
  layer = CLAMP (find_step (self, kind, direction), 0, (gint)self->layers->n_layers - 1);
  if (layer == self->cursor && kind == STEP_LAYER)
    return gtk_widget_keynav_failed (widget, direction < 0 ? GTK_DIR_LEFT : GTK_DIR_RIGHT);
  am_alignment_plot_set_cursor (self, layer);
  return TRUE;
}

/* The keyboard keeps its cursor. */
static void
point_at (AmAlignmentPlot *self, gint layer)
{
  if (layer >= 0 || !gtk_widget_has_focus (GTK_WIDGET (self)))
    am_alignment_plot_set_cursor (self, layer);
}

static void
on_motion (GtkEventControllerMotion *motion, double x, double y, AmAlignmentPlot *self)
{
  point_at (self, find_layer (self, x));
}

static void
on_leave (GtkEventControllerMotion *motion, AmAlignmentPlot *self)
{
  point_at (self, -1);
}

static void
on_pressed (GtkGestureClick *click, int n_press, double x, double y, AmAlignmentPlot *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  point_at (self, find_layer (self, x));
}

/* The keyboard finds the first layer. */
static void
on_focus (GtkEventControllerFocus *focus, AmAlignmentPlot *self)
{
  if (self->cursor < 0 && self->layers->n_layers > 0)
    am_alignment_plot_set_cursor (self, 0);
}

static void
bind_key (GtkWidgetClass *klass, guint key, guint keypad_key, gint kind, gint direction)
{
  gtk_widget_class_add_binding (klass, key, 0, move_cursor, "(ii)", kind, direction);
  gtk_widget_class_add_binding (klass, keypad_key, 0, move_cursor, "(ii)", kind, direction);
}

static void
am_alignment_plot_class_init (AmAlignmentPlotClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = am_alignment_plot_snapshot;
  widget_class->measure = am_alignment_plot_measure;
  widget_class->query_tooltip = query_tooltip;

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  bind_key (widget_class, GDK_KEY_Left, GDK_KEY_KP_Left, STEP_LAYER, -1);
  bind_key (widget_class, GDK_KEY_Right, GDK_KEY_KP_Right, STEP_LAYER, 1);
  bind_key (widget_class, GDK_KEY_Page_Up, GDK_KEY_KP_Page_Up, STEP_BLOCK, -1);
  bind_key (widget_class, GDK_KEY_Page_Down, GDK_KEY_KP_Page_Down, STEP_BLOCK, 1);
  bind_key (widget_class, GDK_KEY_Home, GDK_KEY_KP_Home, STEP_END, -1);
  bind_key (widget_class, GDK_KEY_End, GDK_KEY_KP_End, STEP_END, 1);

  signals[SIGNAL_CURSOR_MOVED] = g_signal_new ("cursor-moved", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                               0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
am_alignment_plot_init (AmAlignmentPlot *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  self->cursor = -1;
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_has_tooltip (widget, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Alignment of the layers"), -1);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
  g_signal_connect (motion, "enter", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect (focus, "enter", G_CALLBACK (on_focus), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (widget, motion);
  gtk_widget_add_controller (widget, focus);
}

AmAlignmentPlot *
am_alignment_plot_new (const AmAlignmentLayers *layers)
{
  AmAlignmentPlot *self = g_object_new (AM_TYPE_ALIGNMENT_PLOT, NULL);

  self->layers = layers;
  return self;
}

void
am_alignment_plot_refresh (AmAlignmentPlot *self)
{
  am_alignment_plot_set_cursor (self, -1);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
am_alignment_plot_set_cursor (AmAlignmentPlot *self, gint layer)
{
  gint cursor = CLAMP (layer, -1, (gint)self->layers->n_layers - 1);

  if (self->cursor == cursor)
    return;
  self->cursor = cursor;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[SIGNAL_CURSOR_MOVED], 0);
}

gint
am_alignment_plot_get_cursor (AmAlignmentPlot *self)
{
  return self->cursor;
}
