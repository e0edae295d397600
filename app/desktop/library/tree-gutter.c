#include "tree-gutter.h"

#include <math.h>

#define STEP 18
#define BEND 6
#define LINE 1.5
#define DOT 4.0

/* Lines deeper than this would leave no room for names. */
#define MOST_STEPS 8

struct _AmTreeGutter
{
  GtkWidget parent_instance;

  AmAncestorNode *node;
  gboolean is_open;
};

G_DEFINE_FINAL_TYPE (AmTreeGutter, am_tree_gutter, GTK_TYPE_WIDGET)

static void
am_tree_gutter_dispose (GObject *object)
{
  g_clear_object (&AM_TREE_GUTTER (object)->node);

  G_OBJECT_CLASS (am_tree_gutter_parent_class)->dispose (object);
}

static guint
count_steps (AmTreeGutter *self)
{
  return self->node != NULL ? MIN (am_ancestor_node_get_depth (self->node), MOST_STEPS) : 0;
}

static void
measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
         int *minimum_baseline, int *natural_baseline)
{
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = (int)(count_steps (AM_TREE_GUTTER (widget)) + 1) * STEP;
  else
    *minimum = *natural = STEP;
}

static void
draw_line (cairo_t *cairo, double x, double from, double to)
{
  cairo_move_to (cairo, x, from);
  cairo_line_to (cairo, x, to);
}

/* From the line above, around the corner to the dot. */
static void
draw_bend (cairo_t *cairo, double x, double middle, double end)
{
  cairo_move_to (cairo, x, 0);
  cairo_line_to (cairo, x, middle - BEND);
  cairo_curve_to (cairo, x, middle - BEND / 3.0, x + BEND / 3.0, middle, x + BEND, middle);
  cairo_line_to (cairo, end, middle);
}

static void
draw (AmTreeGutter *self, cairo_t *cairo, double middle, double height)
{
  const guint n = count_steps (self);
  const guint first = am_ancestor_node_get_depth (self->node) - n;
  const double x = (n + 0.5) * STEP;

  for (guint i = 1; i <= n; i++)
    if (am_ancestor_node_has_line (self->node, first + i))
      draw_line (cairo, (i - 0.5) * STEP, i == n ? middle - BEND : 0, height);
  if (n > 0)
    draw_bend (cairo, (n - 0.5) * STEP, middle, x - DOT - 2);
  if (self->is_open)
    draw_line (cairo, x, middle + DOT + 2, height);
  cairo_stroke (cairo);
  cairo_arc (cairo, x, middle, DOT, 0, 2 * G_PI);
  if (self->node != NULL && am_ancestor_node_get (self->node)->parents->len > 0)
    cairo_fill (cairo);
  else
    cairo_stroke (cairo);
}

static void
snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmTreeGutter *self = AM_TREE_GUTTER (widget);
  const int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  cairo_t *cairo;
  GdkRGBA colour;

  if (self->node == NULL)
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  cairo = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)width, (float)height));
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    {
      cairo_translate (cairo, width, 0);
      cairo_scale (cairo, -1, 1);
    }
  gdk_cairo_set_source_rgba (cairo, &colour);
  cairo_set_line_width (cairo, LINE);
  draw (self, cairo, floor (height / 2.0), height);
  cairo_destroy (cairo);
}

static void
am_tree_gutter_class_init (AmTreeGutterClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_tree_gutter_dispose;
  widget_class->measure = measure;
  widget_class->snapshot = snapshot;

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
am_tree_gutter_init (AmTreeGutter *self)
{
  gtk_widget_add_css_class (GTK_WIDGET (self), "dim-label");
}

GtkWidget *
am_tree_gutter_new (void)
{
  return g_object_new (AM_TYPE_TREE_GUTTER, NULL);
}

void
am_tree_gutter_set_node (AmTreeGutter *self, AmAncestorNode *node, gboolean is_open)
{
  self->is_open = is_open;
  g_set_object (&self->node, node);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
