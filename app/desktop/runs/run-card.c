#include "runs/run-card.h"

#include <glib/gi18n.h>

#include "base/readable.h"
#include "base/unparent-children.h"

struct _AmRunCard
{
  GtkWidget parent_instance;

  GtkLabel *title;
  GtkLabel *subtitle;
  GtkProgressBar *bar;
  GtkLabel *stage;
  GtkLabel *item;
  GtkLabel *size;
  GtkLabel *time;

  AmRun *run;
  gboolean is_stopping;
  GSignalGroup *job_signals;
};

enum
{
  PROP_RUN = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmRunCard, am_run_card, GTK_TYPE_WIDGET)

static void
am_run_card_dispose (GObject *object)
{
  AmRunCard *self = AM_RUN_CARD (object);

  g_signal_group_set_target (self->job_signals, NULL);
  g_clear_object (&self->run);
  am_unparent_children (GTK_WIDGET (self));

  G_OBJECT_CLASS (am_run_card_parent_class)->dispose (object);
}

static void
am_run_card_finalize (GObject *object)
{
  g_object_unref (AM_RUN_CARD (object)->job_signals);

  G_OBJECT_CLASS (am_run_card_parent_class)->finalize (object);
}

static void
am_run_card_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_RUN)
    g_value_set_object (value, AM_RUN_CARD (object)->run);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
am_run_card_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_RUN)
    am_run_card_set_run (AM_RUN_CARD (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
cancel (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmRunCard *self = AM_RUN_CARD (widget);

  if (self->run == NULL)
    return;
  self->is_stopping = TRUE;
  gtk_widget_action_set_enabled (widget, "run-card.cancel", FALSE);
  am_job_cancel (am_run_get_job (self->run));
  gtk_label_set_label (self->stage, _ ("Stopping…"));
}

static void
am_run_card_class_init (AmRunCardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_run_card_dispose;
  object_class->finalize = am_run_card_finalize;
  object_class->get_property = am_run_card_get_property;
  object_class->set_property = am_run_card_set_property;

  properties[PROP_RUN] = g_param_spec_object (
      "run", NULL, NULL, AM_TYPE_RUN, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_install_action (widget_class, "run-card.cancel", NULL, cancel);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/runs/run-card.ui");
  gtk_widget_class_bind_template_child (widget_class, AmRunCard, title);
  gtk_widget_class_bind_template_child (widget_class, AmRunCard, subtitle);
  gtk_widget_class_bind_template_child (widget_class, AmRunCard, bar);
  gtk_widget_class_bind_template_child (widget_class, AmRunCard, stage);
  gtk_widget_class_bind_template_child (widget_class, AmRunCard, item);
  gtk_widget_class_bind_template_child (widget_class, AmRunCard, size);
  gtk_widget_class_bind_template_child (widget_class, AmRunCard, time);
}

static void
show_bar (AmRunCard *self, double fraction)
{
  if (fraction >= 0)
    gtk_progress_bar_set_fraction (self->bar, fraction);
  else
    gtk_progress_bar_pulse (self->bar);
}

static void
show_size (AmRunCard *self, AmJob *job)
{
  g_autofree char *done = am_readable_size (am_job_get_done_size (job));
  g_autofree char *total = am_readable_size (am_job_get_total_size (job));
  g_autofree char *text = NULL;

  /* Work without a speed is not counted in bytes. */
  if (am_job_get_total_size (job) > 0 && am_job_get_speed (job) > 0)
    /* Translators: sizes, as in "1.2 GB of 6.9 GB". */
    text = g_strdup_printf (_ ("%s of %s"), done, total);
  gtk_label_set_label (self->size, text != NULL ? text : "");
}

static void
show_time (AmRunCard *self, AmJob *job)
{
  g_autofree char *speed = am_readable_speed (am_job_get_speed (job));
  g_autofree char *duration = NULL, *text = NULL;

  if (am_job_get_seconds_left (job) >= 0)
    {
      duration = am_readable_duration (am_job_get_seconds_left (job));
      if (am_job_get_speed (job) > 0)
        /* Translators: a speed and a duration, as in "850 MB/s, 12 s left". */
        text = g_strdup_printf (_ ("%s, %s left"), speed, duration);
      else
        /* Translators: a duration, as in "12 s left". */
        text = g_strdup_printf (_ ("%s left"), duration);
    }
  else if (am_job_get_speed (job) > 0)
    text = g_strdup (speed);
  gtk_label_set_label (self->time, text != NULL ? text : "");
}

static void
show_progress (AmRunCard *self)
{
  AmJob *job = am_run_get_job (self->run);
  const char *stage = am_job_get_stage (job);

  if (!self->is_stopping && stage != NULL)
    gtk_label_set_label (self->stage, gettext (stage));
  gtk_label_set_label (self->item, am_job_get_item (job) != NULL ? am_job_get_item (job) : "");
  show_bar (self, am_job_get_fraction (job));
  show_size (self, job);
  show_time (self, job);
}

static void
am_run_card_init (AmRunCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->job_signals = g_signal_group_new (AM_TYPE_JOB);
  /* A report notifies of all its figures; the last one of them stands for all. */
  g_signal_group_connect_swapped (self->job_signals, "notify::seconds-left", G_CALLBACK (show_progress),
                                  self);
}

void
am_run_card_set_run (AmRunCard *self, AmRun *run)
{
  g_return_if_fail (AM_IS_RUN_CARD (self));

  if (!g_set_object (&self->run, run))
    return;
  g_signal_group_set_target (self->job_signals, run != NULL ? am_run_get_job (run) : NULL);
  self->is_stopping = FALSE;
  if (run != NULL)
    {
      gtk_label_set_label (self->title, am_run_get_title (run));
      gtk_label_set_label (self->subtitle, am_run_get_subtitle (run));
      gtk_label_set_label (self->stage, _ ("Starting"));
      gtk_widget_set_tooltip_text (GTK_WIDGET (self->title), am_run_get_output (run));
      gtk_progress_bar_set_fraction (self->bar, 0);
      gtk_widget_action_set_enabled (GTK_WIDGET (self), "run-card.cancel", TRUE);
      show_progress (self);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUN]);
}
