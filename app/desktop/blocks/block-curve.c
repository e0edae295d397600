#include "block-curve-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "blocks/block-paint.h"
#include "blocks/curve-point.h"

#define N_POINTS 5
#define MAX_POINTS 12
#define MIN_DISTANCE 0.5 /* between points, in bars */
#define FINE_STEP 0.001

G_DEFINE_FINAL_TYPE (AmBlockCurve, am_block_curve, GTK_TYPE_WIDGET)

static guint closed_signal;

AmCurveKnot *
am_block_curve_get_knot (AmBlockCurve *self, guint index)
{
  return &g_array_index (self->knots, AmCurveKnot, index);
}

static void
am_block_curve_dispose (GObject *object)
{
  AmBlockCurve *self = AM_BLOCK_CURVE (object);

  if (self->values != NULL)
    {
      am_block_curve_end_keying (self);
      am_block_curve_end_drag (self);
    }
  for (guint i = 0; i < self->points->len; i++)
    gtk_widget_unparent (g_ptr_array_index (self->points, i));
  g_ptr_array_set_size (self->points, 0);
  g_clear_object (&self->values);

  G_OBJECT_CLASS (am_block_curve_parent_class)->dispose (object);
}

static void
am_block_curve_finalize (GObject *object)
{
  AmBlockCurve *self = AM_BLOCK_CURVE (object);

  g_array_unref (self->knots);
  g_ptr_array_unref (self->points);

  G_OBJECT_CLASS (am_block_curve_parent_class)->finalize (object);
}

/* Between the middles of neighbouring bars. */
float
am_block_curve_get_x (AmBlockCurve *self, double position)
{
  guint left = (guint)CLAMP (floor (position), self->first, MAX (self->first + 1, self->last) - 1);
  guint right = MIN (left + 1, self->last);
  float from = am_block_layout_get_centre (self->layout, left);
  float to = am_block_layout_get_centre (self->layout, right);

  return from + (float)(position - left) * (to - from);
}

double
am_block_curve_get_position (AmBlockCurve *self, double x)
{
  for (guint i = self->first; i < self->last; i++)
    {
      double from = am_block_layout_get_centre (self->layout, i);
      double to = am_block_layout_get_centre (self->layout, i + 1);

      if (x <= to)
        return i + CLAMP ((x - from) / (to - from), 0, 1);
    }
  return self->last;
}

static void
trace (AmBlockCurve *self, cairo_t *cr)
{
  const AmCurveKnot *knots = am_block_curve_get_knot (self, 0);
  float end = am_block_curve_get_x (self, self->last);

  for (float x = am_block_curve_get_x (self, self->first); x < end; x += 2)
    cairo_line_to (
        cr, x,
        am_block_scale_get_y (&self->scale, am_monotone_curve_get (knots, self->knots->len,
                                                                   am_block_curve_get_position (self, x))));
  cairo_line_to (cr, end, am_block_scale_get_y (&self->scale, knots[self->knots->len - 1].y));
}

/* Where the point with the focus is. */
static void
paint_label (AmBlockCurve *self, GtkSnapshot *snapshot)
{
  guint point;
  const AmCurveKnot *knot;
  g_autofree char *number = NULL;
  g_autofree char *text = NULL;
  g_autoptr (PangoLayout) layout = NULL;
  float y;

  if (!g_ptr_array_find (self->points, gtk_widget_get_focus_child (GTK_WIDGET (self)), &point))
    return;
  knot = am_block_curve_get_knot (self, point);
  number = am_block_value_to_text (knot->y, 3);
  text = g_strdup_printf ("%s  %s", am_block_values_get_name (self->values, (guint)round (knot->x)), number);
  layout = am_block_text_new (GTK_WIDGET (self), text, TRUE);
  y = am_block_scale_get_y (&self->scale, knot->y) - 2 * AM_CURVE_POINT_SIZE + 8;
  am_block_paint_label (snapshot, GTK_WIDGET (self), layout, am_block_curve_get_x (self, knot->x), y);
}

static void
am_block_curve_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmBlockCurve *self = AM_BLOCK_CURVE (widget);
  GdkRGBA halo = am_block_colour (widget, "view_bg_color", 0.85f);
  GdkRGBA line = am_block_foreground (widget, 1);
  cairo_t *cr;

  if (self->layout == NULL)
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)gtk_widget_get_width (widget),
                                                                 (float)gtk_widget_get_height (widget)));
  trace (self, cr);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  gdk_cairo_set_source_rgba (cr, &halo);
  cairo_set_line_width (cr, 6);
  cairo_stroke_preserve (cr);
  gdk_cairo_set_source_rgba (cr, &line);
  cairo_set_line_width (cr, 2.5);
  cairo_stroke (cr);
  cairo_destroy (cr);
  for (guint i = 0; i < self->points->len; i++)
    gtk_widget_snapshot_child (widget, g_ptr_array_index (self->points, i), snapshot);
  paint_label (self, snapshot);
}

static void
am_block_curve_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  AmBlockCurve *self = AM_BLOCK_CURVE (widget);

  for (guint i = 0; i < self->points->len && self->layout != NULL; i++)
    {
      const AmCurveKnot *knot = am_block_curve_get_knot (self, i);
      int x = (int)roundf (am_block_curve_get_x (self, knot->x)) - AM_CURVE_POINT_SIZE / 2;
      int y = (int)roundf (am_block_scale_get_y (&self->scale, knot->y)) - AM_CURVE_POINT_SIZE / 2;
      GtkWidget *point = g_ptr_array_index (self->points, i);

      gtk_widget_measure (point, GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
      gtk_widget_size_allocate (point, &(GtkAllocation){ x, y, AM_CURVE_POINT_SIZE, AM_CURVE_POINT_SIZE },
                                -1);
    }
}

static void
show_point (AmBlockCurve *self, guint point)
{
  const AmCurveKnot *knot = am_block_curve_get_knot (self, point);
  const char *name = am_block_values_get_name (self->values, (guint)round (knot->x));
  /* Translators: for screen readers; a number, how many there are, and the name of the block below it. */
  g_autofree char *label
      = g_strdup_printf (_ ("Curve point %u of %u, at %s"), point + 1, self->knots->len, name);

  am_curve_point_show (g_ptr_array_index (self->points, point), knot->y,
                       am_block_values_get_soft_minimum (self->values),
                       am_block_values_get_soft_maximum (self->values), label);
}

static void
show_points (AmBlockCurve *self)
{
  for (guint i = 0; i < self->points->len; i++)
    show_point (self, i);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Blocks get the height of the curve. */
static void
apply (AmBlockCurve *self)
{
  guint n = am_block_values_get_n_bars (self->values);
  g_autofree double *values = g_new (double, n + 1);

  for (guint i = 0; i < n; i++)
    {
      double height = am_monotone_curve_get (am_block_curve_get_knot (self, 0), self->knots->len, i);

      values[i] = i >= self->first && i <= self->last ? am_block_value_round (height, FINE_STEP)
                                                      : am_block_values_get (self->values, i);
    }
  self->is_applying = TRUE;
  am_block_values_set_all (self->values, values);
  self->is_applying = FALSE;
  show_points (self);
}

static void
on_point_moved (AmCurvePoint *point, double value, AmBlockCurve *self)
{
  guint index;

  if (g_ptr_array_find (self->points, point, &index))
    am_block_curve_move_point (self, index, am_block_curve_get_knot (self, index)->x, value);
}

static void
insert_knot (AmBlockCurve *self, guint index, double position, double value)
{
  AmCurveKnot knot = { position, value };
  AmCurvePoint *point = am_curve_point_new ();
  GtkWidget *next = index < self->points->len ? g_ptr_array_index (self->points, index) : NULL;

  g_array_insert_val (self->knots, index, knot);
  g_ptr_array_insert (self->points, (gint)index, point);
  gtk_widget_insert_before (GTK_WIDGET (point), GTK_WIDGET (self), next);
  g_signal_connect (point, "moved", G_CALLBACK (on_point_moved), self);
}

static double
sample (AmBlockCurve *self, double position)
{
  guint left = (guint)floor (position);
  double from = am_block_values_get_effective (self->values, left);
  double to = am_block_values_get_effective (self->values, MIN (left + 1, self->last));

  return CLAMP (from + (position - left) * (to - from), am_block_values_get_soft_minimum (self->values),
                am_block_values_get_soft_maximum (self->values));
}

guint
am_block_curve_get_n_points (AmBlockCurve *self)
{
  return self->knots->len;
}

void
am_block_curve_get_point (AmBlockCurve *self, guint point, double *position, double *value)
{
  *position = am_block_curve_get_knot (self, point)->x;
  *value = am_block_curve_get_knot (self, point)->y;
}

GtkWidget *
am_block_curve_get_point_widget (AmBlockCurve *self, guint point)
{
  return g_ptr_array_index (self->points, point);
}

void
am_block_curve_move_point (AmBlockCurve *self, guint point, double position, double value)
{
  AmCurveKnot *knot = am_block_curve_get_knot (self, point);

  g_return_if_fail (point < self->knots->len);

  if (point > 0 && point < self->knots->len - 1)
    knot->x = CLAMP (position, knot[-1].x + MIN_DISTANCE, MAX (knot[-1].x, knot[1].x - MIN_DISTANCE));
  knot->y = CLAMP (value, am_block_values_get_soft_minimum (self->values),
                   am_block_values_get_soft_maximum (self->values));
  apply (self);
}

gint
am_block_curve_add_point (AmBlockCurve *self, double position, double value)
{
  guint index = 1;

  if (self->knots->len >= MAX_POINTS)
    return -1;
  while (index < self->knots->len - 1 && am_block_curve_get_knot (self, index)->x < position)
    index++;
  if (position - am_block_curve_get_knot (self, index - 1)->x < MIN_DISTANCE
      || am_block_curve_get_knot (self, index)->x - position < MIN_DISTANCE)
    return -1;
  insert_knot (self, index, position, value);
  apply (self);
  return (gint)index;
}

gboolean
am_block_curve_remove_point (AmBlockCurve *self, guint point)
{
  GtkWidget *widget;

  if (point == 0 || point + 1 >= self->knots->len)
    return FALSE;
  widget = g_ptr_array_index (self->points, point);
  gtk_widget_grab_focus (g_ptr_array_index (self->points, point - 1));
  g_array_remove_index (self->knots, point);
  g_ptr_array_remove_index (self->points, point);
  gtk_widget_unparent (widget);
  apply (self);
  return TRUE;
}

void
am_block_curve_sync (AmBlockCurve *self)
{
  if (self->is_applying)
    return;
  for (guint i = 0; i < self->knots->len; i++)
    am_block_curve_get_knot (self, i)->y = sample (self, am_block_curve_get_knot (self, i)->x);
  show_points (self);
}

void
am_block_curve_place (AmBlockCurve *self, const AmBlockLayout *layout, const AmBlockScale *scale)
{
  self->layout = layout;
  self->scale = *scale;
}

static void
am_block_curve_class_init (AmBlockCurveClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_block_curve_dispose;
  object_class->finalize = am_block_curve_finalize;
  widget_class->size_allocate = am_block_curve_size_allocate;
  widget_class->snapshot = am_block_curve_snapshot;

  closed_signal = g_signal_new ("closed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
  gtk_widget_class_set_css_name (widget_class, "blockcurve");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
am_block_curve_init (AmBlockCurve *self)
{
  self->knots = g_array_new (FALSE, FALSE, sizeof (AmCurveKnot));
  self->points = g_ptr_array_new ();
  self->dragged = -1;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Curve over the blocks"), -1);
  am_block_curve_add_input (self);
}

/* Text encoders are no part of the way through the network. */
static gboolean
is_before_network (const char *name)
{
  static const char *const names[] = { "BASE", "CLIP", "T5", NULL };

  return g_strv_contains (names, name);
}

static guint
find_first (AmBlockValues *values)
{
  guint first = 0, n = am_block_values_get_n_blocks (values);

  while (first < n && is_before_network (am_block_values_get_name (values, first)))
    first++;
  return first;
}

gboolean
am_block_curve_is_for (AmBlockValues *values)
{
  return find_first (values) + 1 < am_block_values_get_n_blocks (values);
}

AmBlockCurve *
am_block_curve_new (AmBlockValues *values)
{
  AmBlockCurve *self = g_object_new (AM_TYPE_BLOCK_CURVE, NULL);
  guint n = am_block_values_get_n_blocks (values), n_points;

  self->values = g_object_ref (values);
  self->first = find_first (values);
  self->last = n - 1;
  n_points = MIN (N_POINTS, self->last - self->first + 1);
  for (guint i = 0; i < n_points; i++)
    {
      double position = self->first + (double)i * (self->last - self->first) / (n_points - 1);

      insert_knot (self, i, position, sample (self, position));
    }
  show_points (self);
  return self;
}
