#include "column-pair.h"

#include "column-content.h"
#include "focus-order.h"

/* At both ends of the bar in a narrow page. */
#define BAR_MARGIN 12

struct _AmColumnPair
{
  GtkWidget parent_instance;

  GtkWidget *scrolled;
  AmColumnContent *content;
  GtkWidget *bar;
  GtkWidget *separator;
  gboolean is_wide;
};

enum
{
  PROP_IS_WIDE = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void buildable_init (GtkBuildableIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AmColumnPair, am_column_pair, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_BUILDABLE, buildable_init))

static GtkBuildableIface *parent_buildable;

static void
add_child (GtkBuildable *buildable, GtkBuilder *builder, GObject *child, const char *type)
{
  AmColumnPair *self = AM_COLUMN_PAIR (buildable);

  if (g_strcmp0 (type, "main") == 0)
    am_column_content_set_main (self->content, GTK_WIDGET (child));
  else if (g_strcmp0 (type, "side") == 0)
    am_column_content_set_side (self->content, GTK_WIDGET (child));
  else if (g_strcmp0 (type, "bar") == 0)
    {
      self->bar = GTK_WIDGET (child);
      gtk_widget_insert_before (self->bar, GTK_WIDGET (self), NULL);
    }
  else
    parent_buildable->add_child (buildable, builder, child, type);
}

static void
buildable_init (GtkBuildableIface *iface)
{
  parent_buildable = g_type_interface_peek_parent (iface);
  iface->add_child = add_child;
}

static int
measure_bar (AmColumnPair *self, GtkOrientation orientation, int for_size)
{
  int natural = 0;

  if (self->bar != NULL)
    gtk_widget_measure (self->bar, orientation, for_size,
                        orientation == GTK_ORIENTATION_HORIZONTAL ? &natural : NULL,
                        orientation == GTK_ORIENTATION_HORIZONTAL ? NULL : &natural, NULL, NULL);
  return natural;
}

static void
measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
         int *minimum_baseline, int *natural_baseline)
{
  AmColumnPair *self = AM_COLUMN_PAIR (widget);
  int bar = measure_bar (self, orientation, -1);

  gtk_widget_measure (self->scrolled, orientation, for_size, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = MAX (*minimum, bar + 2 * BAR_MARGIN);
  else
    *minimum += bar;
  *natural = MAX (*minimum, *natural);
}

static void
allocate_wide (AmColumnPair *self, int width, int height)
{
  int x, bar_width, bar_height;

  am_column_content_get_side (self->content, width, &x, &bar_width);
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    x = width - x - bar_width;
  bar_height = measure_bar (self, GTK_ORIENTATION_VERTICAL, bar_width);
  am_column_content_set_bar_height (self->content, bar_height);
  gtk_widget_size_allocate (self->scrolled, &(GtkAllocation){ 0, 0, width, height }, -1);
  gtk_widget_size_allocate (self->bar, &(GtkAllocation){ x, height - bar_height, bar_width, bar_height }, -1);
}

static void
allocate_narrow (AmColumnPair *self, int width, int height)
{
  int bar_height = measure_bar (self, GTK_ORIENTATION_VERTICAL, width - 2 * BAR_MARGIN);
  int line_height;

  gtk_widget_measure (self->separator, GTK_ORIENTATION_VERTICAL, width, &line_height, NULL, NULL, NULL);
  am_column_content_set_bar_height (self->content, 0);
  gtk_widget_size_allocate (self->scrolled, &(GtkAllocation){ 0, 0, width, MAX (height - bar_height, 0) },
                            -1);
  gtk_widget_size_allocate (self->separator, &(GtkAllocation){ 0, height - bar_height, width, line_height },
                            -1);
  gtk_widget_size_allocate (
      self->bar, &(GtkAllocation){ BAR_MARGIN, height - bar_height, width - 2 * BAR_MARGIN, bar_height }, -1);
}

static void
size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  AmColumnPair *self = AM_COLUMN_PAIR (widget);
  gboolean is_wide = am_column_content_is_wide (self->content, width);

  gtk_widget_set_child_visible (self->separator, !is_wide);
  if (is_wide)
    allocate_wide (self, width, height);
  else
    allocate_narrow (self, width, height);
  if (is_wide == self->is_wide)
    return;
  self->is_wide = is_wide;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IS_WIDE]);
}

static GtkSizeRequestMode
get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static gboolean
focus (GtkWidget *widget, GtkDirectionType direction)
{
  AmColumnPair *self = AM_COLUMN_PAIR (widget);
  GtkWidget *const children[] = { self->scrolled, self->bar };

  if (direction == GTK_DIR_TAB_FORWARD || direction == GTK_DIR_TAB_BACKWARD)
    return am_focus_in_order (widget, children, G_N_ELEMENTS (children), direction);
  return GTK_WIDGET_CLASS (am_column_pair_parent_class)->focus (widget, direction);
}

static void
am_column_pair_dispose (GObject *object)
{
  AmColumnPair *self = AM_COLUMN_PAIR (object);

  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  g_clear_pointer (&self->separator, gtk_widget_unparent);
  g_clear_pointer (&self->bar, gtk_widget_unparent);

  G_OBJECT_CLASS (am_column_pair_parent_class)->dispose (object);
}

static void
am_column_pair_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_IS_WIDE)
    g_value_set_boolean (value, AM_COLUMN_PAIR (object)->is_wide);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
am_column_pair_class_init (AmColumnPairClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_column_pair_dispose;
  object_class->get_property = am_column_pair_get_property;
  widget_class->measure = measure;
  widget_class->size_allocate = size_allocate;
  widget_class->get_request_mode = get_request_mode;
  widget_class->focus = focus;

  properties[PROP_IS_WIDE]
      = g_param_spec_boolean ("is-wide", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
am_column_pair_init (AmColumnPair *self)
{
  GtkWidget *viewport;

  self->scrolled = g_object_new (GTK_TYPE_SCROLLED_WINDOW, "hscrollbar-policy", GTK_POLICY_NEVER, NULL);
  self->content
      = am_column_content_new (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scrolled)));
  viewport = g_object_new (GTK_TYPE_VIEWPORT, "scroll-to-focus", TRUE, "child", self->content, NULL);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scrolled), viewport);
  gtk_widget_set_parent (self->scrolled, GTK_WIDGET (self));
  self->separator = gtk_separator_new (GTK_ORIENTATION_HORIZONTAL);
  gtk_widget_set_parent (self->separator, GTK_WIDGET (self));
}

gboolean
am_column_pair_get_is_wide (AmColumnPair *self)
{
  return self->is_wide;
}

void
am_column_pair_show_side (AmColumnPair *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scrolled));

  if (!self->is_wide)
    gtk_adjustment_set_value (adjustment, am_column_content_get_side_top (self->content));
}
