#include "column-content.h"

#include "focus-order.h"

#define MARGIN 18
#define NARROW_MARGIN 12
#define WIDEST_MAIN 900
#define WIDEST_NARROW 680
#define SIDE_SHARE 0.3
#define WIDEST_SIDE 400
#define LEAST_MAIN 500
#define LEAST_SIDE 300

struct _AmColumnContent
{
  GtkWidget parent_instance;

  GtkAdjustment *adjustment;
  GtkWidget *main;
  GtkWidget *side;
  GtkWidget *side_scrolled; /* around the side part: scrolls by itself when it is higher than the page */
  int bar_height;
  int side_top;
};

G_DEFINE_FINAL_TYPE (AmColumnContent, am_column_content, GTK_TYPE_WIDGET)

static int
measure_width (GtkWidget *child)
{
  int minimum;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  return minimum;
}

static int
measure_height (GtkWidget *child, int width)
{
  int natural;

  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, NULL, &natural, NULL, NULL);
  return natural;
}

static int
get_side_width (AmColumnContent *self, int width)
{
  return MAX (measure_width (self->side_scrolled),
              CLAMP ((int)(width * SIDE_SHARE), LEAST_SIDE, WIDEST_SIDE));
}

gboolean
am_column_content_is_wide (AmColumnContent *self, int width)
{
  int least = MAX (LEAST_MAIN, measure_width (self->main)) + get_side_width (self, width);

  return width >= least + 3 * MARGIN;
}

static int
get_main_width (AmColumnContent *self, int width)
{
  if (!am_column_content_is_wide (self, width))
    return MIN (width - 2 * NARROW_MARGIN, MAX (WIDEST_NARROW, measure_width (self->main)));
  return MIN (width - 3 * MARGIN - get_side_width (self, width), WIDEST_MAIN);
}

/* The columns together are in the middle of a page wider than they need. */
static int
get_main_x (AmColumnContent *self, int width)
{
  int used = get_main_width (self, width);

  if (am_column_content_is_wide (self, width))
    used += MARGIN + get_side_width (self, width);
  return (width - used) / 2;
}

void
am_column_content_get_side (AmColumnContent *self, int width, int *x, int *side_width)
{
  *side_width = get_side_width (self, width);
  *x = get_main_x (self, width) + get_main_width (self, width) + MARGIN;
}

static void
measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
         int *minimum_baseline, int *natural_baseline)
{
  AmColumnContent *self = AM_COLUMN_CONTENT (widget);
  int main_width;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = MAX (measure_width (self->main), measure_width (self->side_scrolled)) + 2 * NARROW_MARGIN;
      *natural = MAX (*minimum, LEAST_MAIN + LEAST_SIDE + 3 * MARGIN);
      return;
    }
  if (for_size < 0)
    measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, minimum, &for_size, NULL, NULL);
  main_width = get_main_width (self, for_size);
  *minimum = measure_height (self->main, main_width) + 2 * MARGIN;
  if (!am_column_content_is_wide (self, for_size))
    *minimum += measure_height (self->side, main_width) - MARGIN;
  *natural = *minimum;
}

static void
allocate_child (AmColumnContent *self, GtkWidget *child, int x, int y, int width, int height)
{
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    x = gtk_widget_get_width (GTK_WIDGET (self)) - x - width;
  gtk_widget_size_allocate (child, &(GtkAllocation){ x, y, width, height }, -1);
}

static void
allocate_wide (AmColumnContent *self, int width, int height)
{
  int x, side_width, minimum;
  int visible = (int)gtk_adjustment_get_page_size (self->adjustment);

  allocate_child (self, self->main, get_main_x (self, width), MARGIN, get_main_width (self, width),
                  height - 2 * MARGIN);
  am_column_content_get_side (self, width, &x, &side_width);
  gtk_widget_measure (self->side_scrolled, GTK_ORIENTATION_VERTICAL, side_width, &minimum, NULL, NULL, NULL);
  self->side_top = (int)gtk_adjustment_get_value (self->adjustment);
  allocate_child (self, self->side_scrolled, x, self->side_top, side_width,
                  MAX (visible - self->bar_height, minimum));
}

static void
allocate_narrow (AmColumnContent *self, int width)
{
  int main_width = get_main_width (self, width);
  int main_height = measure_height (self->main, main_width);
  int x = get_main_x (self, width);

  self->side_top = MARGIN + main_height;
  allocate_child (self, self->main, x, MARGIN, main_width, main_height);
  gtk_widget_measure (self->side_scrolled, GTK_ORIENTATION_VERTICAL, main_width, NULL, NULL, NULL, NULL);
  allocate_child (self, self->side_scrolled, x, self->side_top, main_width,
                  measure_height (self->side, main_width));
}

static void
size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  AmColumnContent *self = AM_COLUMN_CONTENT (widget);

  if (am_column_content_is_wide (self, width))
    allocate_wide (self, width, height);
  else
    allocate_narrow (self, width);
}

static GtkSizeRequestMode
get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static gboolean
focus (GtkWidget *widget, GtkDirectionType direction)
{
  AmColumnContent *self = AM_COLUMN_CONTENT (widget);
  GtkWidget *const children[] = { self->main, self->side_scrolled };

  if (direction == GTK_DIR_TAB_FORWARD || direction == GTK_DIR_TAB_BACKWARD)
    return am_focus_in_order (widget, children, G_N_ELEMENTS (children), direction);
  return GTK_WIDGET_CLASS (am_column_content_parent_class)->focus (widget, direction);
}

static void
am_column_content_dispose (GObject *object)
{
  AmColumnContent *self = AM_COLUMN_CONTENT (object);

  g_clear_pointer (&self->main, gtk_widget_unparent);
  g_clear_pointer (&self->side_scrolled, gtk_widget_unparent);
  if (self->adjustment != NULL)
    g_signal_handlers_disconnect_by_data (self->adjustment, self);
  g_clear_object (&self->adjustment);

  G_OBJECT_CLASS (am_column_content_parent_class)->dispose (object);
}

static void
am_column_content_class_init (AmColumnContentClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_column_content_dispose;
  widget_class->measure = measure;
  widget_class->size_allocate = size_allocate;
  widget_class->get_request_mode = get_request_mode;
  widget_class->focus = focus;
}

static void
am_column_content_init (AmColumnContent *self)
{
}

AmColumnContent *
am_column_content_new (GtkAdjustment *adjustment)
{
  AmColumnContent *self = g_object_new (AM_TYPE_COLUMN_CONTENT, NULL);

  self->adjustment = g_object_ref (adjustment);
  g_signal_connect_swapped (adjustment, "value-changed", G_CALLBACK (gtk_widget_queue_allocate), self);
  return self;
}

void
am_column_content_set_main (AmColumnContent *self, GtkWidget *child)
{
  g_return_if_fail (self->main == NULL);

  self->main = child;
  gtk_widget_insert_after (child, GTK_WIDGET (self), NULL);
}

void
am_column_content_set_side (AmColumnContent *self, GtkWidget *child)
{
  g_return_if_fail (self->side == NULL);

  self->side = child;
  self->side_scrolled
      = g_object_new (GTK_TYPE_SCROLLED_WINDOW, "hscrollbar-policy", GTK_POLICY_NEVER, "child", child, NULL);
  gtk_widget_insert_before (self->side_scrolled, GTK_WIDGET (self), NULL);
}

void
am_column_content_set_bar_height (AmColumnContent *self, int height)
{
  self->bar_height = height;
}

int
am_column_content_get_side_top (AmColumnContent *self)
{
  return self->side_top;
}
