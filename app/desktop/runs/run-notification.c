#include "runs/run-notification.h"

#include <glib/gi18n.h>

#include "runs/run-words.h"

GNotification *
am_run_make_notification (AmRun *run)
{
  AmJobState state = am_job_get_state (am_run_get_job (run));
  g_autofree char *title = NULL, *body = NULL;
  g_autoptr (GIcon) icon = NULL;
  GNotification *notification;

  if (state != AM_JOB_DONE && state != AM_JOB_FAILED)
    return NULL;
  title = g_strdup_printf (state == AM_JOB_DONE ? _ ("“%s” is ready") : _ ("“%s” could not be merged"),
                           am_run_get_title (run));
  body = am_run_words_of_run (run);
  icon = g_themed_icon_new (AM_APPLICATION_ID);
  notification = g_notification_new (title);
  g_notification_set_body (notification, body);
  g_notification_set_icon (notification, icon);
  g_notification_set_default_action_and_target (notification, "app.show-run", "s", am_run_get_output (run));
  g_notification_add_button_with_target (notification, _ ("Show result"), "app.show-run", "s",
                                         am_run_get_output (run));
  return notification;
}
