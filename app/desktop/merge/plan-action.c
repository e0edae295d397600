#include "plan-action.h"

#include <glib/gi18n.h>

#include "base/readable.h"
#include "plan-tensors.h"

struct _AmPlanAction
{
  AdwBin parent_instance;

  GtkExpander *expander;
  GtkLabel *sentence;
  GtkWidget *scrolled;
  GtkListView *list;

  AmAction action;
  AmForecast *forecast;
};

G_DEFINE_FINAL_TYPE (AmPlanAction, am_plan_action, ADW_TYPE_BIN)

char *
am_plan_action_make_sentence (AmAction action, guint n)
{
  g_autofree char *count = am_readable_count (n);

  switch (action)
    {
    case AM_ACTION_MERGED:
      return g_strdup_printf (ngettext ("%s tensor will be merged", "%s tensors will be merged", n), count);
    case AM_ACTION_MERGED_OVERLAP:
      return g_strdup_printf (
          ngettext ("%s merged where shapes overlap, the rest is copied from the larger model",
                    "%s merged where shapes overlap, the rest is copied from the larger model", n),
          count);
    case AM_ACTION_COPIED_ONE_SIDED:
      return g_strdup_printf (ngettext ("%s copied: not in every model", "%s copied: not in every model", n),
                              count);
    case AM_ACTION_COPIED_SHAPE_MISMATCH:
      return g_strdup_printf (ngettext ("%s copied from the first model: shapes differ",
                                        "%s copied from the first model: shapes differ", n),
                              count);
    case AM_ACTION_COPIED_INTEGER:
      return g_strdup_printf (
          ngettext ("%s copied exactly: no numbers to blend", "%s copied exactly: no numbers to blend", n),
          count);
    case AM_ACTION_COPIED_POLICY:
      return g_strdup_printf (ngettext ("%s copied, as you chose", "%s copied, as you chose", n), count);
    case AM_ACTION_COPIED_TRAINING:
      return g_strdup_printf (
          ngettext ("%s copied: kept for training only", "%s copied: kept for training only", n), count);
    case AM_ACTION_BAKED:
      return g_strdup_printf (
          ngettext ("%s taken from the file you chose", "%s taken from the file you chose", n), count);
    case AM_ACTION_REPAIRED:
      return g_strdup_printf (ngettext ("%s repaired: token positions", "%s repaired: token positions", n),
                              count);
    case AM_ACTION_DISCARDED:
    case AM_N_ACTIONS:
    default:
      return g_strdup_printf (ngettext ("%s left out", "%s left out", n), count);
    }
}

/* Lists are made when they are opened: most never are. */
static void
fill_list (AmPlanAction *self)
{
  g_autoptr (GtkSelectionModel) selection = NULL;

  if (gtk_expander_get_expanded (self->expander) && self->forecast != NULL)
    selection = GTK_SELECTION_MODEL (
        gtk_no_selection_new (G_LIST_MODEL (am_plan_tensors_new (self->forecast, self->action))));
  gtk_list_view_set_model (self->list, selection);
}

static void
on_expanded (AmPlanAction *self)
{
  /* GtkExpander hands the focus to what it hides, too, where it is caught. */
  gtk_widget_set_can_focus (self->scrolled, gtk_expander_get_expanded (self->expander));
  fill_list (self);
}

static void
am_plan_action_dispose (GObject *object)
{
  AmPlanAction *self = AM_PLAN_ACTION (object);

  /* The bin lets go of its child by itself. */
  adw_bin_set_child (ADW_BIN (self), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_PLAN_ACTION);
  g_clear_pointer (&self->forecast, am_forecast_unref);

  G_OBJECT_CLASS (am_plan_action_parent_class)->dispose (object);
}

static void
am_plan_action_class_init (AmPlanActionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_plan_action_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/plan-action.ui");
  gtk_widget_class_bind_template_child (widget_class, AmPlanAction, expander);
  gtk_widget_class_bind_template_child (widget_class, AmPlanAction, sentence);
  gtk_widget_class_bind_template_child (widget_class, AmPlanAction, scrolled);
  gtk_widget_class_bind_template_child (widget_class, AmPlanAction, list);
  gtk_widget_class_bind_template_callback (widget_class, on_expanded);
}

static void
am_plan_action_init (AmPlanAction *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_builder_list_item_factory_new_from_resource (
      NULL, "/io/github/amalgam_merge/Amalgam/merge/plan-tensor-row.ui");

  g_type_ensure (AM_TYPE_PLAN_TENSOR_ITEM);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_view_set_factory (self->list, factory);
}

AmPlanAction *
am_plan_action_new (AmAction action)
{
  AmPlanAction *self = g_object_new (AM_TYPE_PLAN_ACTION, NULL);

  self->action = action;
  return self;
}

void
am_plan_action_set_forecast (AmPlanAction *self, AmForecast *forecast)
{
  guint n = forecast != NULL ? am_plan_count (forecast->plan, self->action) : 0;
  g_autofree char *sentence = am_plan_action_make_sentence (self->action, n);

  g_clear_pointer (&self->forecast, am_forecast_unref);
  if (forecast != NULL)
    self->forecast = am_forecast_ref (forecast);
  gtk_label_set_label (self->sentence, sentence);
  gtk_widget_set_visible (GTK_WIDGET (self), n > 0);
  fill_list (self);
}
