#include "plan-view.h"

#include <glib/gi18n.h>

#include "align-text.h"
#include "base/readable.h"
#include "plan-action.h"

enum
{
  FACT_SIZE,
  FACT_READS,
  FACT_FREE,
  FACT_MEMORY,
  FACT_TIME,
  N_FACTS
};

static const char *const fact_titles[N_FACTS]
    = { N_ ("Size of the result"), N_ ("To be read"), N_ ("Free space"), N_ ("Memory"), N_ ("Time, about") };

struct _AmPlanView
{
  AdwBin parent_instance;

  GtkImage *icon;
  GtkLabel *headline;
  GtkSpinner *spinner;
  GtkLabel *hint;
  GtkBox *complaints;
  GtkWidget *plan_box;
  GtkBox *alignments;
  GtkBox *actions;
  GtkGrid *facts;
  GtkBox *warnings;

  AmPlanner *planner;
  AmDraft *draft;
  AmComplaintHasPlace has_place;
  gpointer has_place_data;
  AmForecast *forecast; /* shown */
  AmPlanAction *action_views[AM_N_ACTIONS];
  GtkLabel *fact_labels[N_FACTS];
};

enum
{
  SIGNAL_COMPLAINT_ACTIVATED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmPlanView, am_plan_view, ADW_TYPE_BIN)

static void
clear_box (GtkBox *box)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (box))) != NULL)
    gtk_box_remove (box, child);
}

/* Returns: (transfer none): the box of the text, for what belongs below it. */
static GtkBox *
add_message (GtkBox *box, const char *icon_name, const char *style, const char *text)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *icon = g_object_new (GTK_TYPE_IMAGE, "icon-name", icon_name, "valign", GTK_ALIGN_START,
                                  "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", text, "xalign", 0.0f, "wrap", TRUE, "wrap-mode",
                                   PANGO_WRAP_WORD_CHAR, "hexpand", TRUE, "selectable", TRUE, NULL);

  gtk_widget_add_css_class (icon, style);
  gtk_box_append (GTK_BOX (row), icon);
  gtk_box_append (GTK_BOX (row), column);
  gtk_box_append (GTK_BOX (column), label);
  gtk_box_append (box, row);
  return GTK_BOX (column);
}

static void
on_show_clicked (GtkButton *button, AmPlanView *self)
{
  guint number = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "number"));

  g_signal_emit (self, signals[SIGNAL_COMPLAINT_ACTIVATED], 0, number);
}

static void
add_complaint (AmPlanView *self, const char *text, guint number)
{
  GtkBox *box = add_message (self->complaints, "dialog-error-symbolic", "error", _ (text));
  GtkWidget *button;

  if (self->has_place == NULL || !self->has_place (text, self->has_place_data))
    return;
  button = gtk_button_new_with_label (_ ("Show"));
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  gtk_widget_set_tooltip_text (button, _ ("Go to where this can be mended"));
  g_object_set_data (G_OBJECT (button), "number", GUINT_TO_POINTER (number));
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_show_clicked), self, 0);
  gtk_box_append (box, button);
}

static void
show_complaints (AmPlanView *self)
{
  const char *const *complaints = am_planner_get_complaints (self->planner);

  clear_box (self->complaints);
  gtk_widget_set_visible (GTK_WIDGET (self->complaints), complaints[0] != NULL);
  for (guint i = 0; complaints[i] != NULL; i++)
    add_complaint (self, complaints[i], i);
}

static void
set_fact (AmPlanView *self, guint fact, char *text)
{
  GtkWidget *title = gtk_grid_get_child_at (self->facts, 0, (int)fact);

  gtk_label_set_label (self->fact_labels[fact], text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->fact_labels[fact]), text != NULL);
  gtk_widget_set_visible (title, text != NULL);
  g_free (text);
}

static void
show_facts (AmPlanView *self)
{
  const AmPlan *plan = self->forecast->plan;
  guint64 free_space = self->forecast->free_space;
  double seconds = am_planner_get_seconds (self->planner);

  set_fact (self, FACT_SIZE, am_readable_size (am_plan_get_output_size (plan)));
  set_fact (self, FACT_READS, am_readable_size (am_plan_get_read_size (plan)));
  set_fact (self, FACT_FREE, free_space > 0 ? am_readable_size (free_space) : NULL);
  set_fact (self, FACT_MEMORY, am_readable_size (am_plan_get_memory (plan)));
  set_fact (self, FACT_TIME, seconds >= 0 ? am_readable_duration (seconds) : NULL);
}

static void
show_warnings (AmPlanView *self)
{
  const char *const *warnings = am_plan_get_warnings (self->forecast->plan);
  guint64 free_space = self->forecast->free_space;

  clear_box (self->warnings);
  if (free_space > 0 && free_space < am_plan_get_output_size (self->forecast->plan))
    add_message (self->warnings, "dialog-warning-symbolic", "warning",
                 _ ("The disk seems to have too little room for the result"));
  if (self->forecast->output_exists)
    add_message (self->warnings, "dialog-information-symbolic", "dim-label",
                 _ ("A file of that name exists: you will be asked before it is replaced"));
  for (guint i = 0; warnings[i] != NULL; i++)
    add_message (self->warnings, "dialog-warning-symbolic", "warning", _ (warnings[i]));
  gtk_widget_set_visible (GTK_WIDGET (self->warnings),
                          gtk_widget_get_first_child (GTK_WIDGET (self->warnings)) != NULL);
}

static void
show_alignments (AmPlanView *self)
{
  gboolean aligns = am_draft_get_aligns (self->draft);
  guint n = aligns ? am_plan_get_alignments (self->forecast->plan)->len : 0;

  clear_box (self->alignments);
  gtk_widget_set_visible (GTK_WIDGET (self->alignments), n > 0);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = am_align_text_new_plan (self->draft, i);

      add_message (self->alignments, "view-sort-ascending-symbolic", "dim-label", text);
    }
}

static void
show_forecast (AmPlanView *self)
{
  AmForecast *forecast = am_planner_get_forecast (self->planner);

  gtk_widget_set_visible (self->plan_box, forecast != NULL);
  if (forecast == self->forecast)
    return;
  g_clear_pointer (&self->forecast, am_forecast_unref);
  if (forecast != NULL)
    self->forecast = am_forecast_ref (forecast);
  for (guint i = 0; i < AM_N_ACTIONS; i++)
    am_plan_action_set_forecast (self->action_views[i], forecast);
  if (forecast == NULL)
    return;
  show_alignments (self);
  show_facts (self);
  show_warnings (self);
}

static guint
count_free_slots (AmDraft *draft)
{
  gboolean needs_base = am_draft_get_method (draft)->base == AM_BASE_REQUIRED;
  guint n = needs_base && *am_draft_get_path (draft, AM_SLOT_BASE) == '\0' ? 1 : 0;

  for (guint i = 0; i < am_draft_get_n_slots (draft); i++)
    n += *am_draft_get_path (draft, i) == '\0';
  return n;
}

static void
set_status (AmPlanView *self, const char *icon_name, const char *style, const char *headline,
            const char *hint)
{
  const char *const styles[] = { "accent", "error", "success", "dim-label" };

  for (guint i = 0; i < G_N_ELEMENTS (styles); i++)
    gtk_widget_remove_css_class (GTK_WIDGET (self->icon), styles[i]);
  gtk_widget_add_css_class (GTK_WIDGET (self->icon), style);
  gtk_image_set_from_icon_name (self->icon, icon_name);
  gtk_label_set_label (self->headline, headline);
  gtk_label_set_label (self->hint, hint != NULL ? hint : "");
  gtk_widget_set_visible (GTK_WIDGET (self->hint), hint != NULL);
}

static void
show_incomplete (AmPlanView *self)
{
  guint n = count_free_slots (self->draft);
  g_autofree char *headline
      = g_strdup_printf (ngettext ("Choose %u more model", "Choose %u more models", n), n);

  set_status (self, "list-add-symbolic", "dim-label", headline,
              _ ("What will be merged, copied and left out is shown here before anything runs."));
}

static void
show_ready (AmPlanView *self)
{
  g_autofree char *name = g_filename_display_basename (am_planner_get_forecast (self->planner)->output);

  set_status (self, "object-select-symbolic", "success", _ ("Ready to merge"), name);
}

static void
show_state (AmPlanView *self)
{
  AmPlannerState state = am_planner_get_state (self->planner);

  gtk_spinner_set_spinning (self->spinner, state == AM_PLANNER_PLANNING);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner),
                          state == AM_PLANNER_PLANNING && am_planner_get_forecast (self->planner) == NULL);
  switch (state)
    {
    case AM_PLANNER_READY:
      show_ready (self);
      break;
    case AM_PLANNER_FAILED:
      set_status (self, "dialog-error-symbolic", "error", _ ("This cannot be merged yet"), NULL);
      break;
    case AM_PLANNER_PLANNING:
      if (am_planner_get_forecast (self->planner) == NULL)
        set_status (self, "content-loading-symbolic", "dim-label", _ ("Looking at the models…"), NULL);
      break;
    case AM_PLANNER_INCOMPLETE:
    default:
      show_incomplete (self);
      break;
    }
}

static void
update (AmPlanView *self)
{
  show_state (self);
  show_complaints (self);
  show_forecast (self);
}

static void
am_plan_view_dispose (GObject *object)
{
  AmPlanView *self = AM_PLAN_VIEW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_PLAN_VIEW);
  g_clear_pointer (&self->forecast, am_forecast_unref);
  if (self->planner != NULL)
    g_signal_handlers_disconnect_by_data (self->planner, self);
  g_clear_object (&self->planner);
  g_clear_object (&self->draft);

  G_OBJECT_CLASS (am_plan_view_parent_class)->dispose (object);
}

static void
am_plan_view_class_init (AmPlanViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_plan_view_dispose;

  signals[SIGNAL_COMPLAINT_ACTIVATED]
      = g_signal_new ("complaint-activated", AM_TYPE_PLAN_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 1, G_TYPE_UINT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/plan-view.ui");
  gtk_widget_class_bind_template_child (widget_class, AmPlanView, icon);
  gtk_widget_class_bind_template_child (widget_class, AmPlanView, headline);
  gtk_widget_class_bind_template_child (widget_class, AmPlanView, spinner);
  gtk_widget_class_bind_template_child (widget_class, AmPlanView, hint);
  gtk_widget_class_bind_template_child (widget_class, AmPlanView, complaints);
  gtk_widget_class_bind_template_child (widget_class, AmPlanView, plan_box);
  gtk_widget_class_bind_template_child (widget_class, AmPlanView, alignments);
  gtk_widget_class_bind_template_child (widget_class, AmPlanView, actions);
  gtk_widget_class_bind_template_child (widget_class, AmPlanView, facts);
  gtk_widget_class_bind_template_child (widget_class, AmPlanView, warnings);
}

static void
add_fact (AmPlanView *self, guint fact)
{
  GtkWidget *title = g_object_new (GTK_TYPE_LABEL, "label", _ (fact_titles[fact]), "xalign", 0.0f, "hexpand",
                                   TRUE, "ellipsize", PANGO_ELLIPSIZE_END, NULL);

  self->fact_labels[fact] = g_object_new (GTK_TYPE_LABEL, "xalign", 1.0f, NULL);
  gtk_widget_add_css_class (title, "dim-label");
  gtk_widget_add_css_class (GTK_WIDGET (self->fact_labels[fact]), "numeric");
  gtk_accessible_update_relation (GTK_ACCESSIBLE (self->fact_labels[fact]),
                                  GTK_ACCESSIBLE_RELATION_LABELLED_BY, title, NULL, -1);
  gtk_grid_attach (self->facts, title, 0, (int)fact, 1, 1);
  gtk_grid_attach (self->facts, GTK_WIDGET (self->fact_labels[fact]), 1, (int)fact, 1, 1);
}

static void
am_plan_view_init (AmPlanView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint i = 0; i < AM_N_ACTIONS; i++)
    {
      self->action_views[i] = am_plan_action_new ((AmAction)i);
      gtk_box_append (self->actions, GTK_WIDGET (self->action_views[i]));
    }
  for (guint i = 0; i < N_FACTS; i++)
    add_fact (self, i);
}

void
am_plan_view_set_planner (AmPlanView *self, AmPlanner *planner, AmDraft *draft)
{
  g_return_if_fail (self->planner == NULL);

  self->planner = g_object_ref (planner);
  self->draft = g_object_ref (draft);
  g_signal_connect_object (planner, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

void
am_plan_view_set_has_place (AmPlanView *self, AmComplaintHasPlace has_place, gpointer data)
{
  self->has_place = has_place;
  self->has_place_data = data;
}
