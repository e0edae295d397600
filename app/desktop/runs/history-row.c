#include "runs/history-row.h"

#include <glib/gi18n.h>

#include "base/readable.h"
#include "base/unparent-children.h"
#include "runs/entry-menu.h"
#include "runs/run-words.h"

struct _AmHistoryRow
{
  GtkWidget parent_instance;

  GtkLabel *day;
  GtkImage *icon;
  GtkLabel *title;
  GtkLabel *subtitle;
  GtkMenuButton *menu_button;

  AmHistoryEntry *entry;
};

enum
{
  SIGNAL_SHOW_WANTED,
  SIGNAL_REMOVE_WANTED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmHistoryRow, am_history_row, GTK_TYPE_WIDGET)

static void
am_history_row_dispose (GObject *object)
{
  AmHistoryRow *self = AM_HISTORY_ROW (object);

  g_clear_object (&self->entry);
  am_unparent_children (GTK_WIDGET (self));

  G_OBJECT_CLASS (am_history_row_parent_class)->dispose (object);
}

static void
show_entry (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_signal_emit (widget, signals[SIGNAL_SHOW_WANTED], 0);
}

static void
remove_entry (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_signal_emit (widget, signals[SIGNAL_REMOVE_WANTED], 0);
}

static void
open_menu (GtkWidget *widget, const char *action, GVariant *parameter)
{
  gtk_menu_button_popup (AM_HISTORY_ROW (widget)->menu_button);
}

static void
am_history_row_class_init (AmHistoryRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_history_row_dispose;

  signals[SIGNAL_SHOW_WANTED] = g_signal_new ("show-wanted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                              NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_REMOVE_WANTED] = g_signal_new ("remove-wanted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                                0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_install_action (widget_class, "entry.show", NULL, show_entry);
  gtk_widget_class_install_action (widget_class, "entry.remove", NULL, remove_entry);
  gtk_widget_class_install_action (widget_class, "entry.menu", NULL, open_menu);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/runs/history-row.ui");
  gtk_widget_class_bind_template_child (widget_class, AmHistoryRow, day);
  gtk_widget_class_bind_template_child (widget_class, AmHistoryRow, icon);
  gtk_widget_class_bind_template_child (widget_class, AmHistoryRow, title);
  gtk_widget_class_bind_template_child (widget_class, AmHistoryRow, subtitle);
  gtk_widget_class_bind_template_child (widget_class, AmHistoryRow, menu_button);
}

/* Made when it is opened: most rows never are asked for it. */
static void
make_menu (GtkMenuButton *button, gpointer user_data)
{
  AmHistoryRow *self = user_data;
  g_autoptr (GMenuModel) menu = self->entry != NULL ? am_entry_menu_new (self->entry, TRUE) : NULL;

  gtk_menu_button_set_menu_model (button, menu);
}

static void
on_click (GtkGestureClick *gesture, int n_press, double x, double y, AmHistoryRow *self)
{
  if (gtk_widget_contains (GTK_WIDGET (self), x, y))
    g_signal_emit (self, signals[SIGNAL_SHOW_WANTED], 0);
}

static void
on_secondary_click (GtkGestureClick *gesture, int n_press, double x, double y, AmHistoryRow *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_menu_button_popup (self->menu_button);
}

static void
am_history_row_init (AmHistoryRow *self)
{
  GtkGesture *click = gtk_gesture_click_new (), *secondary_click = gtk_gesture_click_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_menu_button_set_create_popup_func (self->menu_button, make_menu, self, NULL);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_PRIMARY);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (secondary_click), GDK_BUTTON_SECONDARY);
  g_signal_connect (click, "released", G_CALLBACK (on_click), self);
  g_signal_connect (secondary_click, "pressed", G_CALLBACK (on_secondary_click), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (secondary_click));
}

GtkWidget *
am_history_row_new (void)
{
  return g_object_new (AM_TYPE_HISTORY_ROW, NULL);
}

static char *
describe (AmHistoryEntry *entry)
{
  g_autofree char *method = am_run_words_method (am_history_entry_get_method (entry));
  g_autofree char *duration = am_readable_duration (am_history_entry_get_seconds (entry));
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_local (am_history_entry_get_date (entry));
  /* Translators: a time of the day for g_date_time_format(). */
  g_autofree char *time
      = date != NULL ? g_date_time_format (date, C_ ("time of day", "%H:%M")) : g_strdup ("");

  if (am_history_entry_get_state (entry) != AM_JOB_DONE)
    /* Translators: time of the day and method of a merge, as in "14:05 · Weighted sum". */
    return g_strdup_printf (_ ("%s · %s"), time, method);
  /* Translators: time of the day, method, and duration of a merge, as in "14:05 · Weighted sum · 3.2 s". */
  return g_strdup_printf (_ ("%s · %s · %s"), time, method, duration);
}

static void
show (AmHistoryRow *self)
{
  AmJobState state = am_history_entry_get_state (self->entry);
  g_autofree char *subtitle = describe (self->entry);
  g_autofree char *name = am_run_words_state (state);
  const char *classes[] = { am_run_words_style (state), NULL };

  gtk_label_set_label (self->title, am_history_entry_get_title (self->entry));
  gtk_label_set_label (self->subtitle, subtitle);
  gtk_image_set_from_icon_name (self->icon, am_run_words_icon (state));
  gtk_widget_set_css_classes (GTK_WIDGET (self->icon), classes);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->icon), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->icon), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->title), am_history_entry_get_output (self->entry));
}

/* Until GTK 4.12 the item around a row, which has the focus, takes no name from what is in it. */
static void
name_item (AmHistoryRow *self)
{
  GtkWidget *item = gtk_widget_get_parent (GTK_WIDGET (self));
  g_autofree char *state = am_run_words_state (am_history_entry_get_state (self->entry));
  /* Translators: for screen readers: name of a result, how the merge ended, and when and how it was made. */
  g_autofree char *name = g_strdup_printf (_ ("%s, %s, %s"), am_history_entry_get_title (self->entry), state,
                                           gtk_label_get_label (self->subtitle));

  if (item != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void
am_history_row_set_entry (AmHistoryRow *self, AmHistoryEntry *entry)
{
  g_return_if_fail (AM_IS_HISTORY_ROW (self));

  if (!g_set_object (&self->entry, entry) || entry == NULL)
    return;
  show (self);
  name_item (self);
}

AmHistoryEntry *
am_history_row_get_entry (AmHistoryRow *self)
{
  return self->entry;
}

static char *
get_day (AmHistoryEntry *entry)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_local (am_history_entry_get_date (entry));
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) yesterday = g_date_time_add_days (now, -1);
  g_autofree char *day = date != NULL ? g_date_time_format (date, "%F") : NULL;
  g_autofree char *today_day = g_date_time_format (now, "%F");
  g_autofree char *yesterday_day = g_date_time_format (yesterday, "%F");

  if (day == NULL)
    return g_strdup ("");
  if (strcmp (day, today_day) == 0)
    return g_strdup (C_ ("day", "Today"));
  if (strcmp (day, yesterday_day) == 0)
    return g_strdup (C_ ("day", "Yesterday"));
  /* Translators: a day for g_date_time_format(), as in "24 November 2026". */
  return g_date_time_format (date, C_ ("day", "%-d %B %Y"));
}

void
am_history_row_set_previous (AmHistoryRow *self, AmHistoryEntry *previous)
{
  g_autofree char *day = self->entry != NULL ? get_day (self->entry) : NULL;
  g_autofree char *day_before = previous != NULL ? get_day (previous) : NULL;

  gtk_label_set_label (self->day, day != NULL ? day : "");
  gtk_widget_set_visible (GTK_WIDGET (self->day), g_strcmp0 (day, day_before) != 0);
}
