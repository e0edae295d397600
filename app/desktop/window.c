#include "window-private.h"

#include <glib/gi18n.h>

/* Below this the header has no room for buttons that the menu has too. */
#define NARROW_WIDTH 600

G_DEFINE_FINAL_TYPE (AmWindow, am_window, ADW_TYPE_APPLICATION_WINDOW)

static void
am_window_dispose (GObject *object)
{
  AmWindow *self = AM_WINDOW (object);

  g_clear_handle_id (&self->hint, g_source_remove);
  g_clear_pointer (&self->lone_model, g_free);
  g_clear_object (&self->workspace);

  G_OBJECT_CLASS (am_window_parent_class)->dispose (object);
}

static void
on_queue_emptied (AmRunQueue *queue, GParamSpec *pspec, AmWindow *self)
{
  if (self->is_closing && am_run_queue_get_n_open (queue) == 0)
    gtk_window_destroy (GTK_WINDOW (self));
}

static void
on_close_answered (AmWindow *self, const char *response)
{
  AmRunQueue *queue = am_workspace_get_queue (self->workspace);

  if (strcmp (response, "stop") != 0)
    return;
  self->is_closing = TRUE;
  am_run_queue_cancel_all (queue);
  on_queue_emptied (queue, NULL, self);
}

static void
ask_before_closing (AmWindow *self, guint n_open)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), _ ("Stop merging?"), NULL);

  adw_message_dialog_format_body (
      ADW_MESSAGE_DIALOG (dialog),
      ngettext ("%u merge is not finished. It stops when the window closes, and leaves no file behind.",
                "%u merges are not finished. They stop when the window closes, and leave no files behind.",
                n_open),
      n_open);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "continue", _ ("_Continue merging"), "stop",
                                    _ ("_Stop and close"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "stop", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "continue");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_close_answered), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static gboolean
am_window_close_request (GtkWindow *window)
{
  AmWindow *self = AM_WINDOW (window);
  guint n_open = am_run_queue_get_n_open (am_workspace_get_queue (self->workspace));

  if (n_open > 0)
    {
      if (!self->is_closing)
        ask_before_closing (self, n_open);
      return TRUE;
    }
  return GTK_WINDOW_CLASS (am_window_parent_class)->close_request (window);
}

static void
am_window_class_init (AmWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = am_window_close_request;

  am_window_class_install_actions (widget_class);
  am_window_class_install_recipe_actions (widget_class);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/amalgam_merge/Amalgam/window.ui");
  gtk_widget_class_bind_template_child (widget_class, AmWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, switcher_title);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, header);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, recipe_buttons);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, open_button);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, save_button);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, content);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, runs_stack_page);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, library_bin);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, merge_bin);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, runs_bin);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, compare_bin);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, measure_bin);
}

static void
am_window_init (AmWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static gboolean
is_page_visible (AmWindow *self, const char *name)
{
  return self->welcome_page == NULL
         && g_strcmp0 (adw_view_stack_get_visible_child_name (self->stack), name) == 0;
}

/* In a narrow window opening and saving are left to the menu. */
static void
show_recipe_buttons (AmWindow *self)
{
  gboolean is_merging = is_page_visible (self, "merge");

  gtk_widget_set_visible (self->recipe_buttons, is_merging);
  gtk_widget_set_visible (self->open_button, !self->is_narrow);
  gtk_widget_set_visible (self->save_button, is_merging && !self->is_narrow);
}

static void
on_width_changed (AmWindow *self)
{
  int width, height;
  gboolean is_narrow;

  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  is_narrow = width < NARROW_WIDTH && !gtk_window_is_maximized (GTK_WINDOW (self));
  if (is_narrow == self->is_narrow)
    return;
  self->is_narrow = is_narrow;
  adw_header_bar_set_centering_policy (self->header,
                                       is_narrow ? ADW_CENTERING_POLICY_LOOSE : ADW_CENTERING_POLICY_STRICT);
  show_recipe_buttons (self);
}

static void
on_page_changed (AmWindow *self)
{
  am_window_get_page (self, adw_view_stack_get_visible_child_name (self->stack));
  show_recipe_buttons (self);
  if (is_page_visible (self, "runs"))
    adw_view_stack_page_set_needs_attention (self->runs_stack_page, FALSE);
}

static void
on_run_finished (AmWindow *self, AmRun *run)
{
  if (am_job_get_state (am_run_get_job (run)) != AM_JOB_CANCELLED && !is_page_visible (self, "runs"))
    adw_view_stack_page_set_needs_attention (self->runs_stack_page, TRUE);
}

static void
follow_queue (AmWindow *self)
{
  AmRunQueue *queue = am_workspace_get_queue (self->workspace);

  g_object_bind_property (queue, "n-open", self->runs_stack_page, "badge-number", G_BINDING_SYNC_CREATE);
  g_signal_connect_object (queue, "notify::n-open", G_CALLBACK (on_queue_emptied), self, 0);
  g_signal_connect_object (queue, "run-finished", G_CALLBACK (on_run_finished), self, G_CONNECT_SWAPPED);
}

static void
follow_settings (AmWindow *self)
{
  GSettings *settings = am_workspace_get_settings (self->workspace);

  g_settings_bind (settings, "window-width", self, "default-width", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "window-height", self, "default-height", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "window-maximized", self, "maximized", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "last-page", self->stack, "visible-child-name", G_SETTINGS_BIND_DEFAULT);
}

static void
end_welcome (AmWindow *self)
{
  GtkWidget *page = GTK_WIDGET (self->welcome_page);

  if (page == NULL)
    return;
  self->welcome_page = NULL;
  g_settings_set_boolean (am_workspace_get_settings (self->workspace), "welcome-done", TRUE);
  gtk_stack_set_visible_child_name (self->content, "pages");
  gtk_stack_remove (self->content, page);
  adw_view_switcher_title_set_view_switcher_enabled (self->switcher_title, TRUE);
  on_page_changed (self);
}

static void
on_welcome_done (AmWindow *self, const char *page)
{
  am_window_show_page (self, page);
}

static void
begin_welcome (AmWindow *self)
{
  if (g_settings_get_boolean (am_workspace_get_settings (self->workspace), "welcome-done"))
    return;
  self->welcome_page = am_welcome_page_new (self->workspace);
  gtk_stack_add_named (self->content, GTK_WIDGET (self->welcome_page), "welcome");
  gtk_stack_set_visible_child_name (self->content, "welcome");
  g_signal_connect_object (self->welcome_page, "done", G_CALLBACK (on_welcome_done), self, G_CONNECT_SWAPPED);
  adw_view_switcher_title_set_view_switcher_enabled (self->switcher_title, FALSE);
}

AmWindow *
am_window_new (GtkApplication *application, AmWorkspace *workspace)
{
  AmWindow *self = g_object_new (AM_TYPE_WINDOW, "application", application, NULL);

  self->workspace = g_object_ref (workspace);
  begin_welcome (self);
  g_signal_connect_object (self->stack, "notify::visible-child-name", G_CALLBACK (on_page_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self, "notify::default-width", G_CALLBACK (on_width_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self, "notify::maximized", G_CALLBACK (on_width_changed), self, G_CONNECT_SWAPPED);
  follow_settings (self);
  on_width_changed (self);
  follow_queue (self);
  am_window_follow_draft (self);
  am_window_accept_drops (self);
  on_page_changed (self);
  am_window_make_pages_later (self);
  return self;
}

void
am_window_show_page (AmWindow *self, const char *name)
{
  end_welcome (self);
  if (adw_view_stack_get_child_by_name (self->stack, name) != NULL)
    adw_view_stack_set_visible_child_name (self->stack, name);
}

void
am_window_toast (AmWindow *self, const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text, -1);

  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (markup));
}

void
am_window_show_error (AmWindow *self, const char *heading, const char *text)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), heading, text);

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

void
am_window_show_run (AmWindow *self, const char *output)
{
  am_window_show_page (self, "runs");
  am_runs_page_show_run (AM_RUNS_PAGE (am_window_get_page (self, "runs")), output);
}
