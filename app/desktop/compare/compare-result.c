#include "compare-result.h"

#include "base/unparent-children.h"
#include "compare/beside-box.h"
#include "compare/comparison-words.h"
#include "compare/difference-map.h"
#include "compare/histogram-pane.h"
#include "compare/parts-list.h"
#include "compare/tensor-table.h"

struct _AmCompareResult
{
  GtkWidget parent_instance;

  GtkWidget *warning;
  GtkLabel *warning_label;
  GtkLabel *headline;
  GtkLabel *details;
  AmDifferenceMap *map;
  AmTensorTable *table;
  AmPartsList *parts;
  AmHistogramPane *histogram;

  AmComparison *comparison;
};

G_DEFINE_FINAL_TYPE (AmCompareResult, am_compare_result, GTK_TYPE_WIDGET)

static void
am_compare_result_dispose (GObject *object)
{
  AmCompareResult *self = AM_COMPARE_RESULT (object);

  am_unparent_children (GTK_WIDGET (self));
  g_clear_object (&self->comparison);

  G_OBJECT_CLASS (am_compare_result_parent_class)->dispose (object);
}

/* The table may be below what is in sight; focus stays where it is. */
static void
scroll_to_table (AmCompareResult *self)
{
  GtkWidget *table = GTK_WIDGET (self->table);
  GtkWidget *viewport = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_VIEWPORT);
  GtkAdjustment *adjustment;
  double y;

  if (viewport == NULL)
    return;
  adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (viewport));
  if (gtk_widget_translate_coordinates (table, gtk_viewport_get_child (GTK_VIEWPORT (viewport)), 0, 0, NULL,
                                        &y))
    gtk_adjustment_clamp_page (
        adjustment, y, y + MIN (gtk_widget_get_height (table), gtk_adjustment_get_page_size (adjustment)));
}

static void
on_cell_activated (AmCompareResult *self, guint block, guint layer)
{
  am_tensor_table_set_scope (self->table, AM_SCOPE_ALL);
  am_tensor_table_show_cell (self->table, block, layer);
  scroll_to_table (self);
}

static void
on_component_activated (AmCompareResult *self, guint component)
{
  am_tensor_table_set_scope (self->table, AM_SCOPE_ALL);
  am_tensor_table_show_component (self->table, component);
  scroll_to_table (self);
}

static void
on_scope_activated (AmCompareResult *self, guint scope)
{
  am_tensor_table_show_cell (self->table, AM_BLOCK_NONE, AM_N_LAYER_KINDS);
  am_tensor_table_set_scope (self->table, scope);
  scroll_to_table (self);
}

static void
on_selected_changed (AmCompareResult *self)
{
  am_histogram_pane_set_row (self->histogram, am_tensor_table_get_selected (self->table));
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/compare/compare-result.ui");
  gtk_widget_class_bind_template_child (widget_class, AmCompareResult, warning);
  gtk_widget_class_bind_template_child (widget_class, AmCompareResult, warning_label);
  gtk_widget_class_bind_template_child (widget_class, AmCompareResult, headline);
  gtk_widget_class_bind_template_child (widget_class, AmCompareResult, details);
  gtk_widget_class_bind_template_child (widget_class, AmCompareResult, map);
  gtk_widget_class_bind_template_child (widget_class, AmCompareResult, table);
  gtk_widget_class_bind_template_child (widget_class, AmCompareResult, parts);
  gtk_widget_class_bind_template_child (widget_class, AmCompareResult, histogram);
  gtk_widget_class_bind_template_callback (widget_class, on_cell_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_component_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_scope_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_selected_changed);
}

static void
am_compare_result_class_init (AmCompareResultClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_compare_result_dispose;

  g_type_ensure (AM_TYPE_BESIDE_BOX);
  g_type_ensure (AM_TYPE_DIFFERENCE_MAP);
  g_type_ensure (AM_TYPE_HISTOGRAM_PANE);
  g_type_ensure (AM_TYPE_PARTS_LIST);
  g_type_ensure (AM_TYPE_TENSOR_TABLE);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  bind_template (widget_class);
}

static void
am_compare_result_init (AmCompareResult *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
am_compare_result_set_comparison (AmCompareResult *self, AmComparison *comparison)
{
  g_autofree char *headline = am_comparison_dup_headline (comparison);
  g_autofree char *details = am_comparison_dup_details (comparison);
  g_autofree char *warning = am_comparison_dup_warning (comparison);

  g_set_object (&self->comparison, comparison);
  gtk_label_set_text (self->headline, headline);
  gtk_label_set_text (self->details, details);
  gtk_widget_set_visible (self->warning, warning != NULL);
  gtk_label_set_text (self->warning_label, warning != NULL ? warning : "");
  am_difference_map_set_comparison (self->map, comparison);
  am_parts_list_set_comparison (self->parts, comparison);
  am_tensor_table_set_comparison (self->table, comparison);
}

AmComparison *
am_compare_result_get_comparison (AmCompareResult *self)
{
  return self->comparison;
}
