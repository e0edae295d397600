#include "check-row.h"

#include <glib/gi18n.h>

#include "base/readable.h"

struct _AmCheckRow
{
  AdwPreferencesRow parent_instance;

  GtkLabel *heading;
  GtkLabel *text;
  GtkProgressBar *progress;
  GtkButton *start;
  GtkButton *cancel;
  GtkButton *copy;

  AmJob *job;
  gboolean has_result;
  gboolean is_copied; /* whether the result is worth copying */
};

enum
{
  PROP_HEADING = 1,
  PROP_ACTION_LABEL,
  PROP_IS_COPIED,
  N_PROPS
};

enum
{
  SIGNAL_WANTED,
  SIGNAL_DONE,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmCheckRow, am_check_row, ADW_TYPE_PREFERENCES_ROW)

static void
am_check_row_dispose (GObject *object)
{
  am_job_drop (&AM_CHECK_ROW (object)->job, object);
  gtk_widget_dispose_template (GTK_WIDGET (object), AM_TYPE_CHECK_ROW);

  G_OBJECT_CLASS (am_check_row_parent_class)->dispose (object);
}

static void
am_check_row_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmCheckRow *self = AM_CHECK_ROW (object);

  switch (id)
    {
    case PROP_HEADING:
      g_value_set_string (value, gtk_label_get_label (self->heading));
      break;
    case PROP_ACTION_LABEL:
      g_value_set_string (value, gtk_button_get_label (self->start));
      break;
    case PROP_IS_COPIED:
      g_value_set_boolean (value, self->is_copied);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_check_row_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  AmCheckRow *self = AM_CHECK_ROW (object);

  switch (id)
    {
    case PROP_HEADING:
      gtk_label_set_label (self->heading, g_value_get_string (value));
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), g_value_get_string (value));
      break;
    case PROP_ACTION_LABEL:
      gtk_button_set_label (self->start, g_value_get_string (value));
      break;
    case PROP_IS_COPIED:
      self->is_copied = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
refresh (AmCheckRow *self)
{
  gboolean is_running = self->job != NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->start), !is_running && !(self->has_result && self->is_copied));
  gtk_widget_set_visible (GTK_WIDGET (self->cancel), is_running);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), is_running);
  gtk_widget_set_visible (GTK_WIDGET (self->copy), !is_running && self->has_result && self->is_copied);
  gtk_widget_set_visible (GTK_WIDGET (self->text), *gtk_label_get_label (self->text) != '\0');
}

static void
set_text (AmCheckRow *self, const char *text, gboolean is_error)
{
  gtk_label_set_label (self->text, text);
  if (is_error)
    gtk_widget_add_css_class (GTK_WIDGET (self->text), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->text), "error");
}

static void
on_start_clicked (AmCheckRow *self)
{
  g_signal_emit (self, signals[SIGNAL_WANTED], 0);
}

static void
on_cancel_clicked (AmCheckRow *self)
{
  if (self->job != NULL)
    am_job_cancel (self->job);
}

static void
on_copy_clicked (AmCheckRow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), gtk_label_get_label (self->text));
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Copied"));
}

static void
am_check_row_class_init (AmCheckRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = am_check_row_dispose;
  object_class->get_property = am_check_row_get_property;
  object_class->set_property = am_check_row_set_property;

  properties[PROP_HEADING] = g_param_spec_string ("heading", NULL, NULL, NULL, flags);
  properties[PROP_ACTION_LABEL] = g_param_spec_string ("action-label", NULL, NULL, NULL, flags);
  properties[PROP_IS_COPIED] = g_param_spec_boolean ("is-copied", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_WANTED] = g_signal_new ("wanted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_DONE] = g_signal_new ("done", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/library/check-row.ui");
  gtk_widget_class_bind_template_child (widget_class, AmCheckRow, heading);
  gtk_widget_class_bind_template_child (widget_class, AmCheckRow, text);
  gtk_widget_class_bind_template_child (widget_class, AmCheckRow, progress);
  gtk_widget_class_bind_template_child (widget_class, AmCheckRow, start);
  gtk_widget_class_bind_template_child (widget_class, AmCheckRow, cancel);
  gtk_widget_class_bind_template_child (widget_class, AmCheckRow, copy);
  gtk_widget_class_bind_template_callback (widget_class, on_start_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_clicked);
}

static void
am_check_row_init (AmCheckRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  refresh (self);
}

static void
on_progress (AmJob *job, GParamSpec *pspec, AmCheckRow *self)
{
  double fraction = am_job_get_fraction (job);
  g_autofree char *done = am_readable_size (am_job_get_done_size (job));
  g_autofree char *total = am_readable_size (am_job_get_total_size (job));
  g_autofree char *text = NULL;

  if (fraction < 0)
    return;
  /* Translators: how many bytes of how many are done, as in "1.2 GB of 6.9 GB". */
  text = g_strdup_printf (C_ ("progress", "%s of %s"), done, total);
  gtk_progress_bar_set_fraction (self->progress, fraction);
  set_text (self, text, FALSE);
  refresh (self);
}

static void
on_finished (AmJob *job, AmCheckRow *self)
{
  const char *result = am_job_get_result (job);
  g_autoptr (AmJob) old = g_steal_pointer (&self->job);

  g_signal_handlers_disconnect_by_data (job, self);
  self->has_result = result != NULL;
  if (result != NULL)
    {
      set_text (self, result, FALSE);
      g_signal_emit (self, signals[SIGNAL_DONE], 0, result);
    }
  else if (am_job_get_state (old) == AM_JOB_FAILED)
    set_text (self, am_job_get_error (old)->message, TRUE);
  else
    set_text (self, _ ("Cancelled"), FALSE);
  refresh (self);
}

void
am_check_row_start (AmCheckRow *self, AmJob *job)
{
  am_job_drop (&self->job, self);
  self->job = job;
  self->has_result = FALSE;
  gtk_progress_bar_set_fraction (self->progress, 0);
  set_text (self, "", FALSE);
  g_signal_connect (job, "notify::done-size", G_CALLBACK (on_progress), self);
  g_signal_connect (job, "finished", G_CALLBACK (on_finished), self);
  am_job_start (job);
  refresh (self);
}

void
am_check_row_reset (AmCheckRow *self, const char *text)
{
  am_job_drop (&self->job, self);
  self->has_result = text != NULL;
  set_text (self, text != NULL ? text : "", FALSE);
  refresh (self);
}

const char *
am_check_row_get_text (AmCheckRow *self)
{
  return self->has_result ? gtk_label_get_label (self->text) : NULL;
}

gboolean
am_check_row_is_running (AmCheckRow *self)
{
  return self->job != NULL;
}
