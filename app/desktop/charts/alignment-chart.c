#include "charts/alignment-chart.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "base/unparent-children.h"
#include "charts/alignment-plot.h"
#include "charts/alignment-side.h"
#include "charts/column-scroller.h"

static const char *const key_titles[AM_ALIGNMENT_N_KEYS] = {
  [AM_ALIGNMENT_BEFORE] = N_ ("Similarity before"),
  [AM_ALIGNMENT_AFTER] = N_ ("Similarity after"),
  [AM_ALIGNMENT_MOVED] = N_ ("Units that moved"),
};

struct _AmAlignmentChart
{
  GtkWidget parent_instance;

  AmAlignmentLayers layers;
  char *readout;

  GtkWidget *axis;
  AmAlignmentPlot *plot;
  GtkScrolledWindow *scrolled;
  GtkLabel *label;
};

enum
{
  PROP_CURSOR = 1,
  PROP_READOUT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmAlignmentChart, am_alignment_chart, GTK_TYPE_WIDGET)

static void
am_alignment_chart_dispose (GObject *object)
{
  am_unparent_children (GTK_WIDGET (object));

  G_OBJECT_CLASS (am_alignment_chart_parent_class)->dispose (object);
}

static void
am_alignment_chart_finalize (GObject *object)
{
  AmAlignmentChart *self = AM_ALIGNMENT_CHART (object);

  am_alignment_layers_clear (&self->layers);
  g_free (self->readout);

  G_OBJECT_CLASS (am_alignment_chart_parent_class)->finalize (object);
}

static void
am_alignment_chart_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmAlignmentChart *self = AM_ALIGNMENT_CHART (object);

  switch (id)
    {
    case PROP_CURSOR:
      g_value_set_int (value, am_alignment_chart_get_cursor (self));
      break;
    case PROP_READOUT:
      g_value_set_string (value, self->readout);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_alignment_chart_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CURSOR)
    am_alignment_chart_set_cursor (AM_ALIGNMENT_CHART (object), g_value_get_int (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
am_alignment_chart_class_init (AmAlignmentChartClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = am_alignment_chart_dispose;
  object_class->finalize = am_alignment_chart_finalize;
  object_class->get_property = am_alignment_chart_get_property;
  object_class->set_property = am_alignment_chart_set_property;

  properties[PROP_CURSOR]
      = g_param_spec_int ("cursor", NULL, NULL, -1, G_MAXINT, -1, flags | G_PARAM_READWRITE);
  properties[PROP_READOUT] = g_param_spec_string ("readout", NULL, NULL, "", flags | G_PARAM_READABLE);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "alignmentchart");
}

static void
scroll_to_cursor (AmAlignmentChart *self)
{
  am_column_scroller_show (self->scrolled, am_alignment_plot_get_cursor (self->plot), self->layers.n_layers);
}

/* Nothing announces text before GTK 4.14, but screen readers speak a change of the focused object's
 * description.
 */
static void
update_readout (AmAlignmentChart *self)
{
  gint cursor = am_alignment_plot_get_cursor (self->plot);

  g_free (self->readout);
  self->readout = cursor < 0 ? g_strdup ("") : am_alignment_layers_describe (&self->layers, (guint)cursor);
  gtk_label_set_label (self->label, cursor < 0 ? _ ("Point at a layer to see its figures.") : self->readout);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->plot), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  self->readout, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, self->readout, -1);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_READOUT]);
}

static void
on_cursor_moved (AmAlignmentChart *self)
{
  update_readout (self);
  scroll_to_cursor (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURSOR]);
}

static void
redraw (AmAlignmentChart *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self->plot));
  gtk_widget_queue_draw (self->axis);
}

static GtkWidget *
make_key (AmAlignmentKey key)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (_ (key_titles[key]));
  GtkWidget *child = gtk_flow_box_child_new ();

  gtk_widget_add_css_class (label, "caption");
  gtk_box_append (GTK_BOX (box), am_alignment_side_new_key (key));
  gtk_box_append (GTK_BOX (box), label);
  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (child), box);
  gtk_widget_set_focusable (child, FALSE);
  gtk_widget_set_halign (child, GTK_ALIGN_START);
  return child;
}

/* As many in a row as there is room for. */
static GtkWidget *
make_legend (void)
{
  GtkWidget *legend = gtk_flow_box_new ();

  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (legend), GTK_SELECTION_NONE);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (legend), AM_ALIGNMENT_N_KEYS);
  gtk_flow_box_set_column_spacing (GTK_FLOW_BOX (legend), 12);
  /* The keys would end in it. */
  gtk_widget_set_can_focus (legend, FALSE);
  for (guint key = 0; key < AM_ALIGNMENT_N_KEYS; key++)
    gtk_flow_box_insert (GTK_FLOW_BOX (legend), make_key (key), -1);
  return legend;
}

static void
make_label (AmAlignmentChart *self)
{
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_wrap (self->label, TRUE);
  gtk_label_set_wrap_mode (self->label, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (self->label, 0);
  gtk_widget_add_css_class (GTK_WIDGET (self->label), "caption");
}

static void
lay_out (AmAlignmentChart *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkWidget *chart = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  gtk_box_append (GTK_BOX (chart), self->axis);
  gtk_box_append (GTK_BOX (chart), GTK_WIDGET (self->scrolled));
  g_object_set (gtk_widget_get_layout_manager (widget), "orientation", GTK_ORIENTATION_VERTICAL, "spacing", 6,
                NULL);
  gtk_widget_set_parent (make_legend (), widget);
  gtk_widget_set_parent (chart, widget);
  gtk_widget_set_parent (GTK_WIDGET (self->label), widget);
}

static void
am_alignment_chart_init (AmAlignmentChart *self)
{
  self->axis = am_alignment_side_new_axis (&self->layers);
  self->plot = am_alignment_plot_new (&self->layers);
  self->scrolled = am_column_scroller_new (GTK_WIDGET (self->plot));
  make_label (self);
  lay_out (self);
  update_readout (self);

  g_signal_connect_object (gtk_scrolled_window_get_hadjustment (self->scrolled), "changed",
                           G_CALLBACK (scroll_to_cursor), self, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->plot, "cursor-moved", G_CALLBACK (on_cursor_moved), self);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (redraw), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::high-contrast", G_CALLBACK (redraw),
                           self, G_CONNECT_SWAPPED);
}

GtkWidget *
am_alignment_chart_new (void)
{
  return g_object_new (AM_TYPE_ALIGNMENT_CHART, NULL);
}

void
am_alignment_chart_set_layers (AmAlignmentChart *self, const AmAlignmentLayer *layers, guint n_layers)
{
  g_return_if_fail (AM_IS_ALIGNMENT_CHART (self));

  am_alignment_plot_set_cursor (self->plot, -1);
  am_alignment_layers_set (&self->layers, layers, n_layers);
  am_alignment_plot_refresh (self->plot);
  gtk_widget_queue_resize (self->axis);
}

void
am_alignment_chart_set_cursor (AmAlignmentChart *self, gint layer)
{
  g_return_if_fail (AM_IS_ALIGNMENT_CHART (self));

  am_alignment_plot_set_cursor (self->plot, layer);
}

gint
am_alignment_chart_get_cursor (AmAlignmentChart *self)
{
  return am_alignment_plot_get_cursor (self->plot);
}

const char *
am_alignment_chart_get_readout (AmAlignmentChart *self)
{
  return self->readout;
}
