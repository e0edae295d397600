#include "tensor-table.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/drop-down-label.h"
#include "base/readable.h"
#include "base/unparent-children.h"
#include "compare/tensor-columns.h"

/* Where in the model: each part may be left open. */
typedef struct
{
  guint block;     /* or AM_BLOCK_NONE */
  guint layer;     /* or AM_N_LAYER_KINDS */
  guint component; /* or AM_N_COMPONENTS */
} Place;

static const Place everywhere = { AM_BLOCK_NONE, AM_N_LAYER_KINDS, AM_N_COMPONENTS };

struct _AmTensorTable
{
  GtkWidget parent_instance;

  GtkEditable *search;
  GtkDropDown *scope;
  GtkLabel *count;
  GtkWidget *place;
  GtkLabel *place_label;
  GtkColumnView *view;
  GtkWidget *nothing;

  AmComparison *comparison;
  GListStore *rows;
  GtkFilter *filter;
  GtkFilterListModel *filtered;
  GtkSingleSelection *selection;
  char *needle;
  Place shown;
};

enum
{
  PROP_SELECTED = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmTensorTable, am_tensor_table, GTK_TYPE_WIDGET)

static void
am_tensor_table_dispose (GObject *object)
{
  AmTensorTable *self = AM_TENSOR_TABLE (object);

  am_unparent_children (GTK_WIDGET (self));
  g_clear_object (&self->selection);
  g_clear_object (&self->filtered);
  g_clear_object (&self->filter);
  g_clear_object (&self->rows);
  g_clear_object (&self->comparison);
  g_clear_pointer (&self->needle, g_free);

  G_OBJECT_CLASS (am_tensor_table_parent_class)->dispose (object);
}

static void
am_tensor_table_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmTensorTable *self = AM_TENSOR_TABLE (object);

  switch (id)
    {
    case PROP_SELECTED:
      g_value_set_object (value, am_tensor_table_get_selected (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static gboolean
is_in_place (const Place *place, const AmTensorDifference *tensor)
{
  return (place->block == AM_BLOCK_NONE
          || (tensor->block == place->block && tensor->kind != AM_DIFFERENCE_ONLY_B))
         && (place->layer == AM_N_LAYER_KINDS || tensor->layer == place->layer)
         && (place->component == AM_N_COMPONENTS || tensor->component == place->component);
}

static gboolean
is_shown (gpointer item, gpointer data)
{
  AmTensorTable *self = data;
  const AmTensorDifference *tensor = am_tensor_row_get_difference (item);

  return is_in_place (&self->shown, tensor)
         && am_tensor_row_is_in_scope (item, gtk_drop_down_get_selected (self->scope))
         && (self->needle == NULL || strcasestr (tensor->name, self->needle) != NULL);
}

static void
update_count (AmTensorTable *self)
{
  guint n_rows = am_tensor_table_get_n_rows (self);
  guint n_all = g_list_model_get_n_items (G_LIST_MODEL (self->rows));
  g_autofree char *rows = am_readable_count (n_rows);
  g_autofree char *all = am_readable_count (n_all);
  g_autofree char *text = NULL;

  if (n_rows == n_all)
    text = g_strdup_printf (ngettext ("%s tensor", "%s tensors", n_all), all);
  else
    /* Translators: "12 of 686 tensors". The plural is that of the second number. */
    text = g_strdup_printf (ngettext ("%s of %s tensor", "%s of %s tensors", n_all), rows, all);
  gtk_label_set_text (self->count, text);
  gtk_widget_set_visible (self->nothing, n_rows == 0 && n_all > 0);
}

static void
refilter (AmTensorTable *self)
{
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  update_count (self);
}

static void
on_search_changed (AmTensorTable *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (self->search)));

  g_free (self->needle);
  self->needle = *text != '\0' ? g_steal_pointer (&text) : NULL;
  refilter (self);
}

static void
on_scope_changed (AmTensorTable *self)
{
  if (self->filter != NULL)
    refilter (self);
}

static void
on_selected_changed (AmTensorTable *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SELECTED]);
}

static char *
dup_cell_title (AmTensorTable *self, const Place *place)
{
  const AmModel *model = am_comparison_get_model (self->comparison, AM_SIDE_A);
  const char *block = place->block != AM_BLOCK_NONE ? am_model_get_block_name (model, place->block) : NULL;
  const char *layer = place->layer != AM_N_LAYER_KINDS ? _ (am_layer_kind_get_title (place->layer)) : NULL;

  if (block == NULL || layer == NULL)
    return g_strdup (block != NULL ? block : layer);
  /* Translators: a block of the model and a kind of layer: "OUT05, self-attention". */
  return g_strdup_printf (_ ("%s, %s"), block, layer);
}

static char *
dup_place_title (AmTensorTable *self, const Place *place)
{
  if (place->component != AM_N_COMPONENTS)
    return g_strdup (_ (am_component_get_title (place->component)));
  return dup_cell_title (self, place);
}

static void
show_place (AmTensorTable *self, Place place)
{
  gboolean is_somewhere = memcmp (&place, &everywhere, sizeof place) != 0;

  self->shown = place;
  gtk_widget_set_visible (self->place, is_somewhere);
  if (is_somewhere)
    {
      g_autofree char *title = dup_place_title (self, &place);
      /* Translators: a button that ends the narrowing to a part of the model, as in "Only OUT05". */
      g_autofree char *label = g_strdup_printf (_ ("Only %s"), title);

      gtk_label_set_text (self->place_label, label);
    }
  refilter (self);
}

static void
show_all (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmTensorTable *self = AM_TENSOR_TABLE (widget);

  show_place (self, everywhere);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
sort_by (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmTensorColumn column = am_tensor_column_from_id (g_variant_get_string (parameter, NULL));

  if (column < AM_N_TENSOR_COLUMNS)
    am_tensor_columns_sort (AM_TENSOR_TABLE (widget)->view, column);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/compare/tensor-table.ui");
  gtk_widget_class_bind_template_child (widget_class, AmTensorTable, search);
  gtk_widget_class_bind_template_child (widget_class, AmTensorTable, scope);
  gtk_widget_class_bind_template_child (widget_class, AmTensorTable, count);
  gtk_widget_class_bind_template_child (widget_class, AmTensorTable, place);
  gtk_widget_class_bind_template_child (widget_class, AmTensorTable, place_label);
  gtk_widget_class_bind_template_child (widget_class, AmTensorTable, view);
  gtk_widget_class_bind_template_child (widget_class, AmTensorTable, nothing);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_scope_changed);
}

static void
am_tensor_table_class_init (AmTensorTableClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_tensor_table_dispose;
  object_class->get_property = am_tensor_table_get_property;

  properties[PROP_SELECTED]
      = g_param_spec_object ("selected", NULL, NULL, AM_TYPE_TENSOR_ROW,
                             G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_install_action (widget_class, "table.show-all", NULL, show_all);
  gtk_widget_class_install_action (widget_class, "table.sort", "s", sort_by);
  bind_template (widget_class);
}

static void
fill_scopes (AmTensorTable *self)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  for (guint i = 0; i < AM_N_SCOPES; i++)
    gtk_string_list_append (titles, am_tensor_scope_get_title (i));
  gtk_drop_down_set_model (self->scope, G_LIST_MODEL (titles));
}

static void
am_tensor_table_init (AmTensorTable *self)
{
  GtkSortListModel *sorted;

  gtk_widget_init_template (GTK_WIDGET (self));
  am_drop_down_keep_label (self->scope);
  self->shown = everywhere;
  self->rows = g_list_store_new (AM_TYPE_TENSOR_ROW);
  fill_scopes (self);
  am_tensor_columns_add (self->view);

  self->filter = GTK_FILTER (gtk_custom_filter_new (is_shown, self, NULL));
  self->filtered
      = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (self->rows)), g_object_ref (self->filter));
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (self->filtered)),
                                    g_object_ref (gtk_column_view_get_sorter (self->view)));
  self->selection = gtk_single_selection_new (G_LIST_MODEL (sorted));
  g_signal_connect_swapped (self->selection, "notify::selected-item", G_CALLBACK (on_selected_changed), self);
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (self->selection));
  am_tensor_columns_sort (self->view, AM_TENSOR_RELATIVE_L2);
}

void
am_tensor_table_set_comparison (AmTensorTable *self, AmComparison *comparison)
{
  guint n_tensors = am_comparison_get_difference (comparison)->n_tensors;
  g_autoptr (GPtrArray) rows = g_ptr_array_new_full (n_tensors, g_object_unref);

  g_set_object (&self->comparison, comparison);
  for (guint i = 0; i < n_tensors; i++)
    g_ptr_array_add (rows, am_tensor_row_new (comparison, i));

  /* Emptied first, so that what narrowed the last comparison is never asked of the new one's rows. */
  g_list_store_remove_all (self->rows);
  gtk_editable_set_text (self->search, "");
  g_clear_pointer (&self->needle, g_free);
  gtk_drop_down_set_selected (self->scope, AM_SCOPE_ALL);
  show_place (self, everywhere);
  g_list_store_splice (self->rows, 0, 0, rows->pdata, rows->len);
  am_tensor_columns_sort (self->view, AM_TENSOR_RELATIVE_L2);
  gtk_single_selection_set_selected (self->selection, 0);
  update_count (self);
}

AmTensorRow *
am_tensor_table_get_selected (AmTensorTable *self)
{
  return self->selection != NULL ? gtk_single_selection_get_selected_item (self->selection) : NULL;
}

void
am_tensor_table_show_cell (AmTensorTable *self, guint block, guint layer)
{
  show_place (self, (Place){ block, layer, AM_N_COMPONENTS });
}

void
am_tensor_table_show_component (AmTensorTable *self, AmComponent component)
{
  show_place (self, (Place){ AM_BLOCK_NONE, AM_N_LAYER_KINDS, component });
}

void
am_tensor_table_set_scope (AmTensorTable *self, AmTensorScope scope)
{
  gtk_drop_down_set_selected (self->scope, scope);
}

guint
am_tensor_table_get_n_rows (AmTensorTable *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->filtered));
}
