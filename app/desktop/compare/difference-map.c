#include "difference-map.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/readable.h"
#include "base/unparent-children.h"
#include "charts/heat-map-view.h"
#include "compare/beside-box.h"
#include "compare/figures.h"

struct _AmDifferenceMap
{
  GtkWidget parent_instance;

  AmHeatMapView *view;
  GtkWidget *figures;
  GtkLabel *nothing;

  AmComparison *comparison;
  GArray *layers; /* guint, of each row */
  char *figure;
};

static const struct
{
  const char *id;
  const char *title;
} figures[] = {
  [AM_FIGURE_RELATIVE_L2] = { "relative-l2", N_ ("Relative L2 difference, |B − A| / |A|, in percent") },
  [AM_FIGURE_COSINE] = { "cosine", N_ ("1 − cosine between A and B, in percent") },
  [AM_FIGURE_MAXIMUM] = { "maximum", N_ ("Largest difference of a value") },
};

enum
{
  PROP_FIGURE = 1,
  N_PROPS
};

enum
{
  SIGNAL_CELL_ACTIVATED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmDifferenceMap, am_difference_map, GTK_TYPE_WIDGET)

static void
am_difference_map_dispose (GObject *object)
{
  AmDifferenceMap *self = AM_DIFFERENCE_MAP (object);

  am_unparent_children (GTK_WIDGET (self));
  g_clear_object (&self->comparison);
  g_clear_pointer (&self->layers, g_array_unref);
  g_clear_pointer (&self->figure, g_free);

  G_OBJECT_CLASS (am_difference_map_parent_class)->dispose (object);
}

static const AmCellDifference *
get_cell (AmDifferenceMap *self, guint row, guint column)
{
  return am_comparison_get_cell (self->comparison, column, g_array_index (self->layers, guint, row));
}

static double
get_value (const AmCellDifference *cell, AmFigure figure)
{
  if (figure == AM_FIGURE_RELATIVE_L2)
    return cell->relative_l2;
  if (figure == AM_FIGURE_COSINE)
    return 1.0 - cell->cosine;
  return cell->n_tensors > 0 ? cell->maximum : NAN;
}

/* As short as can be: ".04", "4e-3". */
static char *
format_value (double value, gpointer user_data)
{
  g_autofree char *text = g_strdup_printf (value >= 0.01 ? "%.2f" : "%.0e", value);
  g_autoptr (GString) shorter = g_string_new (g_str_has_prefix (text, "0") && value > 0.0 ? text + 1 : text);

  g_string_replace (shorter, "e-0", "e-", 1);
  return g_strdup (shorter->str);
}

static const char *
get_row_title (guint layer)
{
  return layer == AM_N_LAYER_KINDS ? _ ("all layers") : _ (am_layer_kind_get_title (layer));
}

static char *
describe_cell (guint row, guint column, gpointer user_data)
{
  AmDifferenceMap *self = user_data;
  const AmCellDifference *cell = get_cell (self, row, column);
  const char *block = am_model_get_block_name (am_comparison_get_model (self->comparison, AM_SIDE_A), column);
  const char *layer = get_row_title (g_array_index (self->layers, guint, row));
  g_autofree char *relative = am_figure_percent (cell->relative_l2);
  g_autofree char *cosine = am_figure_cosine (cell->cosine);
  g_autofree char *maximum = am_figure_value (cell->maximum);
  g_autofree char *count = am_readable_count (cell->n_tensors);

  if (cell->n_tensors == 0)
    return g_strdup_printf (_ ("%s, %s: nothing to compare"), block, layer);
  /* Translators: "OUT05, self-attention: relative L2 1.83 %, cosine 0.9998, largest difference 0.01; 12
   * tensors" */
  return g_strdup_printf (ngettext ("%s, %s: relative L2 %s, cosine %s, largest difference %s; %s tensor",
                                    "%s, %s: relative L2 %s, cosine %s, largest difference %s; %s tensors",
                                    cell->n_tensors),
                          block, layer, relative, cosine, maximum, count);
}

static gboolean
has_layer (AmDifferenceMap *self, guint n_blocks, guint layer)
{
  for (guint block = 0; block < n_blocks; block++)
    if (am_comparison_get_cell (self->comparison, block, layer)->n_tensors > 0)
      return TRUE;
  return FALSE;
}

static void
list_layers (AmDifferenceMap *self)
{
  guint n_blocks = am_model_get_n_blocks (am_comparison_get_model (self->comparison, AM_SIDE_A));
  const guint all = AM_N_LAYER_KINDS, other = AM_LAYER_OTHER;

  g_array_set_size (self->layers, 0);
  for (guint layer = AM_LAYER_OTHER + 1; layer < AM_N_LAYER_KINDS; layer++)
    if (has_layer (self, n_blocks, layer))
      g_array_append_val (self->layers, layer);
  if (has_layer (self, n_blocks, other))
    g_array_append_val (self->layers, other);
  if (self->layers->len > 0)
    g_array_append_val (self->layers, all);
}

static void
show_values (AmDifferenceMap *self)
{
  const char *const *blocks = am_model_get_blocks (am_comparison_get_model (self->comparison, AM_SIDE_A));
  guint n_blocks = g_strv_length ((char **)blocks);
  AmFigure figure = am_difference_map_get_figure (self);
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint row = 0; row < self->layers->len; row++)
    {
      g_ptr_array_add (rows, (gpointer)get_row_title (g_array_index (self->layers, guint, row)));
      for (guint block = 0; block < n_blocks; block++)
        {
          double value = get_value (get_cell (self, row, block), figure);

          g_array_append_val (values, value);
        }
    }
  g_ptr_array_add (rows, NULL);
  am_heat_map_view_set_label (self->view, _ (figures[figure].title));
  am_heat_map_view_set_format (self->view, figure == AM_FIGURE_MAXIMUM ? format_value : NULL, NULL, NULL);
  am_heat_map_view_set_data (self->view, blocks, (const char *const *)rows->pdata,
                             (const double *)(gpointer)values->data);
}

static void
on_figure_changed (AmDifferenceMap *self)
{
  if (self->comparison != NULL && self->layers->len > 0)
    show_values (self);
}

static void
on_cell_activated (AmDifferenceMap *self, guint row, guint column)
{
  g_signal_emit (self, signals[SIGNAL_CELL_ACTIVATED], 0, column, g_array_index (self->layers, guint, row));
}

static void
am_difference_map_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_string (value, AM_DIFFERENCE_MAP (object)->figure);
}

static void
am_difference_map_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  AmDifferenceMap *self = AM_DIFFERENCE_MAP (object);

  if (g_strcmp0 (self->figure, g_value_get_string (value)) == 0)
    return;
  g_free (self->figure);
  self->figure = g_value_dup_string (value);
  g_object_notify_by_pspec (object, pspec);
}

static void
am_difference_map_class_init (AmDifferenceMapClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_difference_map_dispose;
  object_class->get_property = am_difference_map_get_property;
  object_class->set_property = am_difference_map_set_property;

  properties[PROP_FIGURE] = g_param_spec_string (
      "figure", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_CELL_ACTIVATED]
      = g_signal_new ("cell-activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_UINT);

  g_type_ensure (AM_TYPE_BESIDE_BOX);
  g_type_ensure (AM_TYPE_HEAT_MAP_VIEW);
  gtk_widget_class_install_property_action (widget_class, "map.figure", "figure");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/compare/difference-map.ui");
  gtk_widget_class_bind_template_child (widget_class, AmDifferenceMap, view);
  gtk_widget_class_bind_template_child (widget_class, AmDifferenceMap, figures);
  gtk_widget_class_bind_template_child (widget_class, AmDifferenceMap, nothing);
  gtk_widget_class_bind_template_callback (widget_class, on_cell_activated);
}

static void
am_difference_map_init (AmDifferenceMap *self)
{
  self->layers = g_array_new (FALSE, FALSE, sizeof (guint));
  self->figure = g_strdup (figures[AM_FIGURE_RELATIVE_L2].id);
  gtk_widget_init_template (GTK_WIDGET (self));
  am_heat_map_view_set_describe (self->view, describe_cell, self, NULL);
  g_signal_connect (self, "notify::figure", G_CALLBACK (on_figure_changed), NULL);
}

void
am_difference_map_set_comparison (AmDifferenceMap *self, AmComparison *comparison)
{
  guint n_blocks = am_model_get_n_blocks (am_comparison_get_model (comparison, AM_SIDE_A));
  gboolean has_map;

  g_set_object (&self->comparison, comparison);
  list_layers (self);
  has_map = self->layers->len > 0;
  gtk_widget_set_visible (GTK_WIDGET (self->view), has_map);
  gtk_widget_set_visible (self->figures, has_map);
  gtk_widget_set_visible (GTK_WIDGET (self->nothing), !has_map);
  gtk_label_set_text (self->nothing, n_blocks == 0 ? _ ("This kind of model is not divided into blocks.")
                                                   : _ ("No tensor of any block could be compared."));
  if (has_map)
    show_values (self);
}

AmFigure
am_difference_map_get_figure (AmDifferenceMap *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    if (g_strcmp0 (self->figure, figures[i].id) == 0)
      return i;
  return AM_FIGURE_RELATIVE_L2;
}
