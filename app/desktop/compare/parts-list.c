#include "parts-list.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "base/readable.h"
#include "base/unparent-children.h"
#include "compare/comparison-words.h"
#include "compare/figures.h"

struct _AmPartsList
{
  GtkWidget parent_instance;

  GtkListBox *list;

  GArray *targets; /* Target, one for each row */
};

typedef struct
{
  guint signal;
  guint value;
} Target;

enum
{
  SIGNAL_COMPONENT_ACTIVATED,
  SIGNAL_SCOPE_ACTIVATED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmPartsList, am_parts_list, GTK_TYPE_WIDGET)

static void
am_parts_list_dispose (GObject *object)
{
  AmPartsList *self = AM_PARTS_LIST (object);

  am_unparent_children (GTK_WIDGET (self));
  g_clear_pointer (&self->targets, g_array_unref);

  G_OBJECT_CLASS (am_parts_list_parent_class)->dispose (object);
}

static void
on_row_activated (AmPartsList *self, GtkListBoxRow *row)
{
  Target target = g_array_index (self->targets, Target, gtk_list_box_row_get_index (row));

  g_signal_emit (self, signals[target.signal], 0, target.value);
}

static void
am_parts_list_class_init (AmPartsListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_parts_list_dispose;

  signals[SIGNAL_COMPONENT_ACTIVATED]
      = g_signal_new ("component-activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[SIGNAL_SCOPE_ACTIVATED]
      = g_signal_new ("scope-activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 1, G_TYPE_UINT);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/compare/parts-list.ui");
  gtk_widget_class_bind_template_child (widget_class, AmPartsList, list);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
}

static void
am_parts_list_init (AmPartsList *self)
{
  self->targets = g_array_new (FALSE, FALSE, sizeof (Target));
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
add_row (AmPartsList *self, Target target, const char *title, const char *subtitle, const char *figure)
{
  GtkWidget *row = g_object_new (ADW_TYPE_ACTION_ROW, "title", title, "subtitle", subtitle, "activatable",
                                 TRUE, "tooltip-text", _ ("List its tensors"), NULL);
  GtkWidget *label = gtk_label_new (figure);

  gtk_widget_add_css_class (label, "numeric");
  gtk_widget_add_css_class (label, "dim-label");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), label);
  gtk_list_box_append (self->list, row);
  g_array_append_val (self->targets, target);
}

static void
add_component (AmPartsList *self, AmComparison *comparison, AmComponent component)
{
  const AmComponentDifference *part = am_comparison_get_component (comparison, component);
  g_autofree char *words = am_comparison_dup_component_words (comparison, component);
  g_autofree char *likeness = NULL;

  if (part->n_tensors == 0)
    return;
  if (part->n_compared > 0)
    {
      g_autofree char *percent = am_figure_likeness (part->relative_l2);

      /* Translators: %s is a percentage. */
      likeness = g_strdup_printf (_ ("%s alike"), percent);
    }
  add_row (self, (Target){ SIGNAL_COMPONENT_ACTIVATED, component }, _ (am_component_get_title (component)),
           words, likeness);
}

static void
add_scope (AmPartsList *self, AmTensorScope scope, guint n_tensors, const char *explanation)
{
  g_autofree char *count = am_readable_count (n_tensors);

  if (n_tensors > 0)
    add_row (self, (Target){ SIGNAL_SCOPE_ACTIVATED, scope }, am_tensor_scope_get_title (scope), explanation,
             count);
}

static void
remove_rows (AmPartsList *self)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_list_box_remove (self->list, row);
  g_array_set_size (self->targets, 0);
}

void
am_parts_list_set_comparison (AmPartsList *self, AmComparison *comparison)
{
  const AmComponentDifference *total = am_comparison_get_total (comparison);

  remove_rows (self);
  for (guint component = 0; component < AM_N_COMPONENTS; component++)
    add_component (self, comparison, component);
  add_scope (self, AM_SCOPE_ONLY_A, total->n_only_a, _ ("Nothing in B to compare with"));
  add_scope (self, AM_SCOPE_ONLY_B, total->n_only_b, _ ("Nothing in A to compare with"));
  add_scope (self, AM_SCOPE_SHAPE, total->n_shape, _ ("Same name in both; not compared"));
  add_scope (self, AM_SCOPE_NOT_FINITE, total->n_not_finite, _ ("Such values are left out of all figures"));
}
