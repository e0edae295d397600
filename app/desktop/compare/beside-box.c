#include "beside-box.h"

#include "base/unparent-children.h"

struct _AmBesideBox
{
  GtkWidget parent_instance;

  gint wide_width;
  gint end_width;
  gint spacing;
};

enum
{
  PROP_WIDE_WIDTH = 1,
  PROP_END_WIDTH,
  PROP_SPACING,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmBesideBox, am_beside_box, GTK_TYPE_WIDGET)

static void
am_beside_box_dispose (GObject *object)
{
  am_unparent_children (GTK_WIDGET (object));

  G_OBJECT_CLASS (am_beside_box_parent_class)->dispose (object);
}

static gint *
find_property (AmBesideBox *self, guint id)
{
  return id == PROP_WIDE_WIDTH ? &self->wide_width : id == PROP_END_WIDTH ? &self->end_width : &self->spacing;
}

static void
am_beside_box_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_int (value, *find_property (AM_BESIDE_BOX (object), id));
}

static void
am_beside_box_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  *find_property (AM_BESIDE_BOX (object), id) = g_value_get_int (value);
  gtk_widget_queue_resize (GTK_WIDGET (object));
}

static int
measure_width (GtkWidget *child, gboolean is_natural)
{
  int minimum, natural;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  return is_natural ? natural : minimum;
}

static int
choose_end_width (AmBesideBox *self, GtkWidget *end, int width)
{
  int wanted = self->end_width > 0    ? self->end_width
               : self->end_width == 0 ? (width - self->spacing) / 2
                                      : measure_width (end, TRUE);

  return MAX (wanted, measure_width (end, FALSE));
}

/* Widths of both; stacked, each has all of it. Returns whether they stand beside each other. */
static gboolean
divide_width (AmBesideBox *self, int width, int widths[2])
{
  GtkWidget *start = gtk_widget_get_first_child (GTK_WIDGET (self));
  GtkWidget *end = gtk_widget_get_last_child (GTK_WIDGET (self));

  widths[1] = choose_end_width (self, end, width);
  widths[0] = width - self->spacing - widths[1];
  if (width >= self->wide_width && widths[0] >= measure_width (start, FALSE)
      && gtk_widget_should_layout (start) && gtk_widget_should_layout (end))
    return TRUE;
  widths[0] = widths[1] = width;
  return FALSE;
}

static void
measure_widths (AmBesideBox *self, int *minimum, int *natural)
{
  GtkWidget *start = gtk_widget_get_first_child (GTK_WIDGET (self));
  GtkWidget *end = gtk_widget_get_last_child (GTK_WIDGET (self));

  *minimum = MAX (measure_width (start, FALSE), measure_width (end, FALSE));
  *natural = measure_width (start, TRUE) + self->spacing + measure_width (end, TRUE);
}

/* For no width the heights are those for any that may come: no more than beside each other they need. */
static void
measure_heights (AmBesideBox *self, int for_size, int *minimum, int *natural)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self));
  int widths[2] = { -1, -1 };
  gboolean is_beside = for_size < 0 || divide_width (self, for_size, widths);
  guint n_stacked = 0;

  *minimum = *natural = 0;
  for (guint i = 0; i < 2; i++, child = gtk_widget_get_next_sibling (child))
    {
      int least, wanted;

      if (!gtk_widget_should_layout (child))
        continue;
      gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, widths[i], &least, &wanted, NULL, NULL);
      *minimum = is_beside ? MAX (*minimum, least) : *minimum + least;
      *natural = is_beside ? MAX (*natural, wanted) : *natural + wanted;
      n_stacked += !is_beside;
    }
  if (n_stacked == 2)
    {
      *minimum += self->spacing;
      *natural += self->spacing;
    }
}

static void
am_beside_box_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    measure_widths (AM_BESIDE_BOX (widget), minimum, natural);
  else
    measure_heights (AM_BESIDE_BOX (widget), for_size, minimum, natural);
}

static GtkSizeRequestMode
am_beside_box_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
allocate_beside (AmBesideBox *self, const int widths[2], int height)
{
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int start_x = is_rtl ? widths[1] + self->spacing : 0;
  int end_x = is_rtl ? 0 : widths[0] + self->spacing;

  gtk_widget_size_allocate (gtk_widget_get_first_child (widget),
                            &(GtkAllocation){ start_x, 0, widths[0], height }, -1);
  gtk_widget_size_allocate (gtk_widget_get_last_child (widget),
                            &(GtkAllocation){ end_x, 0, widths[1], height }, -1);
}

static void
allocate_stacked (AmBesideBox *self, int width, int height)
{
  GtkWidget *children[2]
      = { gtk_widget_get_first_child (GTK_WIDGET (self)), gtk_widget_get_last_child (GTK_WIDGET (self)) };
  GtkRequestedSize sizes[2] = { { NULL, 0, 0 } };
  gboolean are_both = gtk_widget_should_layout (children[0]) && gtk_widget_should_layout (children[1]);
  int spacing = are_both ? self->spacing : 0;
  int rest = height - spacing, y = 0;

  for (guint i = 0; i < 2; i++)
    {
      if (gtk_widget_should_layout (children[i]))
        gtk_widget_measure (children[i], GTK_ORIENTATION_VERTICAL, width, &sizes[i].minimum_size,
                            &sizes[i].natural_size, NULL, NULL);
      rest -= sizes[i].minimum_size;
    }
  rest = gtk_distribute_natural_allocation (MAX (rest, 0), 2, sizes);
  for (guint i = 0; i < 2; i++)
    {
      if (gtk_widget_compute_expand (children[i], GTK_ORIENTATION_VERTICAL))
        sizes[i].minimum_size += rest, rest = 0;
      if (gtk_widget_should_layout (children[i]))
        gtk_widget_size_allocate (children[i], &(GtkAllocation){ 0, y, width, sizes[i].minimum_size }, -1);
      y += sizes[i].minimum_size + spacing;
    }
}

static void
am_beside_box_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  AmBesideBox *self = AM_BESIDE_BOX (widget);
  int widths[2];

  if (divide_width (self, width, widths))
    allocate_beside (self, widths, height);
  else
    allocate_stacked (self, width, height);
}

static void
am_beside_box_class_init (AmBesideBoxClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = am_beside_box_dispose;
  object_class->get_property = am_beside_box_get_property;
  object_class->set_property = am_beside_box_set_property;
  widget_class->measure = am_beside_box_measure;
  widget_class->get_request_mode = am_beside_box_get_request_mode;
  widget_class->size_allocate = am_beside_box_size_allocate;

  properties[PROP_WIDE_WIDTH] = g_param_spec_int ("wide-width", NULL, NULL, 0, G_MAXINT, 0, flags);
  properties[PROP_END_WIDTH] = g_param_spec_int ("end-width", NULL, NULL, -1, G_MAXINT, 0, flags);
  properties[PROP_SPACING] = g_param_spec_int ("spacing", NULL, NULL, 0, G_MAXINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
am_beside_box_init (AmBesideBox *self)
{
}
