#include "runs/run-row.h"

#include "runs/run-words.h"

struct _AmRunRow
{
  AdwActionRow parent_instance;

  GtkImage *icon;
  GtkWidget *movers;

  AmRunQueue *queue;
  AmRun *run;
};

enum
{
  SIGNAL_MOVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmRunRow, am_run_row, ADW_TYPE_ACTION_ROW)

static void
am_run_row_finalize (GObject *object)
{
  AmRunRow *self = AM_RUN_ROW (object);

  g_clear_object (&self->run);
  g_clear_object (&self->queue);

  G_OBJECT_CLASS (am_run_row_parent_class)->finalize (object);
}

/* The row dies in the move. */
static void
move (AmRunRow *self, gint steps)
{
  if (!am_run_queue_can_move (self->queue, self->run, steps))
    return;
  g_object_ref (self);
  am_run_queue_move (self->queue, self->run, steps);
  g_signal_emit (self, signals[SIGNAL_MOVED], 0, steps);
  g_object_unref (self);
}

static void
move_up (GtkWidget *widget, const char *action, GVariant *parameter)
{
  move (AM_RUN_ROW (widget), -1);
}

static void
move_down (GtkWidget *widget, const char *action, GVariant *parameter)
{
  move (AM_RUN_ROW (widget), 1);
}

static void
remove_run (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_autoptr (AmRunRow) self = g_object_ref (AM_RUN_ROW (widget));

  am_run_queue_remove (self->queue, self->run);
}

static void
am_run_row_class_init (AmRunRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = am_run_row_finalize;

  signals[SIGNAL_MOVED] = g_signal_new ("moved", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 1, G_TYPE_INT);

  gtk_widget_class_install_action (widget_class, "run-row.move-up", NULL, move_up);
  gtk_widget_class_install_action (widget_class, "run-row.move-down", NULL, move_down);
  gtk_widget_class_install_action (widget_class, "run-row.remove", NULL, remove_run);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Up, GDK_ALT_MASK, "run-row.move-up", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Down, GDK_ALT_MASK, "run-row.move-down", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "run-row.remove", NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/runs/run-row.ui");
  gtk_widget_class_bind_template_child (widget_class, AmRunRow, icon);
  gtk_widget_class_bind_template_child (widget_class, AmRunRow, movers);
}

static void
am_run_row_init (AmRunRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
show (AmRunRow *self)
{
  AmJobState state = am_job_get_state (am_run_get_job (self->run));
  g_autofree char *words = am_run_words_of_run (self->run);
  g_autofree char *name = am_run_words_state (state);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), am_run_get_title (self->run));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), words);
  gtk_image_set_from_icon_name (self->icon, am_run_words_icon (state));
  gtk_widget_add_css_class (GTK_WIDGET (self->icon), am_run_words_style (state));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->icon), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->icon), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_widget_set_visible (self->movers, state == AM_JOB_WAITING);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self),
                                    state >= AM_JOB_DONE && am_run_get_started (self->run) > 0);
}

static void
update_movers (AmRunRow *self)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "run-row.move-up",
                                 am_run_queue_can_move (self->queue, self->run, -1));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "run-row.move-down",
                                 am_run_queue_can_move (self->queue, self->run, 1));
}

GtkWidget *
am_run_row_new (AmRunQueue *queue, AmRun *run)
{
  AmRunRow *self = g_object_new (AM_TYPE_RUN_ROW, NULL);

  self->queue = g_object_ref (queue);
  self->run = g_object_ref (run);
  show (self);
  update_movers (self);
  g_signal_connect_object (queue, "items-changed", G_CALLBACK (update_movers), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "notify::n-open", G_CALLBACK (update_movers), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

AmRun *
am_run_row_get_run (AmRunRow *self)
{
  return self->run;
}
