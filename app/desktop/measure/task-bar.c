#include "measure/task-bar.h"

#include <glib/gi18n.h>

#include "base/readable.h"

struct _AmTaskBar
{
  AdwBin parent_instance;

  GtkLabel *text;
  GtkProgressBar *progress;

  AmJob *job;
};

G_DEFINE_FINAL_TYPE (AmTaskBar, am_task_bar, ADW_TYPE_BIN)

static void
let_go_of_job (AmTaskBar *self)
{
  if (self->job != NULL)
    g_signal_handlers_disconnect_by_data (self->job, self);
  g_clear_object (&self->job);
}

static void
am_task_bar_dispose (GObject *object)
{
  let_go_of_job (AM_TASK_BAR (object));

  G_OBJECT_CLASS (am_task_bar_parent_class)->dispose (object);
}

static void
am_task_bar_class_init (AmTaskBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_task_bar_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/measure/task-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, AmTaskBar, text);
  gtk_widget_class_bind_template_child (widget_class, AmTaskBar, progress);
}

static void
am_task_bar_init (AmTaskBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
show_progress (AmTaskBar *self)
{
  double fraction = am_job_get_fraction (self->job), left = am_job_get_seconds_left (self->job);
  const char *stage = am_job_get_stage (self->job);
  g_autofree char *duration = left >= 0 ? am_readable_duration (left) : NULL;
  g_autofree char *text = NULL;

  if (stage == NULL)
    stage = am_job_get_title (self->job);
  /* Translators: what is done, and how long it takes yet */
  text = duration != NULL ? g_strdup_printf (_ ("%s, %s left"), _ (stage), duration) : g_strdup (_ (stage));
  gtk_label_set_text (self->text, text);
  if (fraction >= 0)
    gtk_progress_bar_set_fraction (self->progress, fraction);
  else
    gtk_progress_bar_pulse (self->progress);
}

void
am_task_bar_set_job (AmTaskBar *self, AmJob *job)
{
  let_go_of_job (self);
  gtk_widget_set_visible (GTK_WIDGET (self), job != NULL);
  if (job == NULL)
    return;
  self->job = g_object_ref (job);
  g_signal_connect_object (job, "notify", G_CALLBACK (show_progress), self, G_CONNECT_SWAPPED);
  show_progress (self);
}
