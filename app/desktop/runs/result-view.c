#include "runs/result-view.h"

#include <glib/gi18n.h>

#include "base/file-dialogs.h"
#include "base/readable.h"
#include "base/unparent-children.h"
#include "charts/heat-map-view.h"
#include "runs/entry-menu.h"
#include "runs/repair-window.h"
#include "runs/result-alignment.h"
#include "runs/result-map.h"
#include "runs/run-words.h"
#include "runs/tensor-list.h"

struct _AmResultView
{
  GtkWidget parent_instance;

  GtkStack *stack;
  GtkScrolledWindow *scrolled;
  GtkLabel *title;
  GtkImage *icon;
  GtkLabel *headline;
  GtkLabel *details;
  GtkWidget *merge_further;
  GtkWidget *open_folder;
  GtkWidget *repair;
  GtkWidget *load_again;
  GtkMenuButton *menu_button;
  GtkWidget *gone;
  AdwPreferencesGroup *notes;
  GtkListBox *note_list;
  GtkWidget *alignment_group;
  GtkBox *alignments;
  GtkWidget *map_group;
  AmHeatMapView *map;
  AmTensorList *tensors;
  GtkWidget *counts;
  GtkListBox *count_list;
  GtkLabel *recipe;

  AmWorkspace *workspace;
  AmHistoryEntry *entry;
  AmLibraryItem *item; /* of the result, or %NULL */
};

enum
{
  SIGNAL_REMOVE_WANTED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmResultView, am_result_view, GTK_TYPE_WIDGET)

/* What the library says of the result comes a little later. */
static void
show_repair (AmResultView *self)
{
  gtk_widget_set_visible (self->repair, self->item != NULL
                                            && am_repair_window_is_possible (
                                                self->entry, am_workspace_get_library (self->workspace)));
}

static void
follow_item (AmResultView *self, AmLibraryItem *item)
{
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_set_object (&self->item, item);
  if (item != NULL)
    g_signal_connect_swapped (item, "notify::state", G_CALLBACK (show_repair), self);
}

static void
am_result_view_dispose (GObject *object)
{
  AmResultView *self = AM_RESULT_VIEW (object);

  follow_item (self, NULL);
  g_clear_object (&self->workspace);
  g_clear_object (&self->entry);
  am_unparent_children (GTK_WIDGET (self));

  G_OBJECT_CLASS (am_result_view_parent_class)->dispose (object);
}

static void
toast (AmResultView *self, const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
}

static void
copy_recipe (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmResultView *self = AM_RESULT_VIEW (widget);

  if (self->entry == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), am_history_entry_get_yaml (self->entry));
  toast (self, _ ("Recipe copied"));
}

/* The name of the result with another ending. */
static char *
make_name (AmHistoryEntry *entry, const char *ending)
{
  const char *title = am_history_entry_get_title (entry);
  const char *dot = strrchr (title, '.');
  gsize length = dot != NULL && dot > title ? (gsize)(dot - title) : strlen (title);

  return g_strdup_printf ("%.*s%s", (int)length, title, ending);
}

static void
tell_saved (AmResultView *self, const char *path, const GError *error)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *text = NULL;

  if (error != NULL)
    text = g_strdup_printf (_ ("Could not save: %s"), error->message);
  else
    text = g_strdup_printf (_ ("“%s” saved"), name);
  toast (self, text);
}

static void
on_recipe_path (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmResultView) self = user_data;
  g_autofree char *path = am_choose_path_finish (result);
  g_autoptr (GError) error = NULL;

  if (path == NULL || self->entry == NULL)
    return;
  g_file_set_contents (path, am_history_entry_get_yaml (self->entry), -1, &error);
  tell_saved (self, path, error);
}

static void
save_recipe (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmResultView *self = AM_RESULT_VIEW (widget);
  g_autofree char *name = NULL;
  g_autofree char *folder = NULL;

  if (self->entry == NULL)
    return;
  name = make_name (self->entry, ".yaml");
  folder = g_path_get_dirname (am_history_entry_get_output (self->entry));
  am_choose_save_async (widget, _ ("Save recipe"), AM_FILES_YAML, folder, name, on_recipe_path,
                        g_object_ref (self));
}

static void
on_picture_path (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmResultView) self = user_data;
  g_autofree char *path = am_choose_path_finish (result);
  g_autoptr (GError) error = NULL;

  if (path == NULL || self->entry == NULL)
    return;
  am_result_map_export (self->entry, path, &error);
  tell_saved (self, path, error);
}

static void
export_map (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmResultView *self = AM_RESULT_VIEW (widget);
  g_autofree char *name = NULL;
  g_autofree char *folder = NULL;

  if (self->entry == NULL)
    return;
  name = make_name (self->entry, "-heat-map.png");
  folder = g_path_get_dirname (am_history_entry_get_output (self->entry));
  am_choose_save_async (widget, _ ("Export heat map"), AM_FILES_PICTURES, folder, name, on_picture_path,
                        g_object_ref (self));
}

static void
repair (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmResultView *self = AM_RESULT_VIEW (widget);

  if (self->entry != NULL && self->workspace != NULL)
    gtk_window_present (GTK_WINDOW (
        am_repair_window_new (GTK_WINDOW (gtk_widget_get_root (widget)), self->workspace, self->entry)));
}

static void
remove_entry (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_signal_emit (widget, signals[SIGNAL_REMOVE_WANTED], 0);
}

static void
on_cell_activated (AmHeatMapView *map, guint row, guint column, AmResultView *self)
{
  g_autoptr (AmRun) run = am_history_entry_dup_run (self->entry);

  if (run != NULL && am_run_get_summary (run) != NULL)
    am_tensor_list_show_cell (self->tensors, run, row, column);
  else
    am_tensor_list_show_note (self->tensors,
                              _ ("The list of single tensors is not kept in the history. Compare the "
                                 "result with a model to see it."));
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/runs/result-view.ui");
  gtk_widget_class_bind_template_child (widget_class, AmResultView, stack);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, scrolled);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, title);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, icon);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, headline);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, details);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, merge_further);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, open_folder);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, repair);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, load_again);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, menu_button);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, gone);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, notes);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, note_list);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, alignment_group);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, alignments);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, map_group);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, map);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, tensors);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, counts);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, count_list);
  gtk_widget_class_bind_template_child (widget_class, AmResultView, recipe);
}

static void
am_result_view_class_init (AmResultViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_result_view_dispose;

  signals[SIGNAL_REMOVE_WANTED] = g_signal_new ("remove-wanted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                                0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  g_type_ensure (AM_TYPE_HEAT_MAP_VIEW);
  g_type_ensure (AM_TYPE_TENSOR_LIST);
  gtk_widget_class_install_action (widget_class, "result.copy-recipe", NULL, copy_recipe);
  gtk_widget_class_install_action (widget_class, "result.save-recipe", NULL, save_recipe);
  gtk_widget_class_install_action (widget_class, "result.export-map", NULL, export_map);
  gtk_widget_class_install_action (widget_class, "result.repair", NULL, repair);
  gtk_widget_class_install_action (widget_class, "entry.remove", NULL, remove_entry);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  bind_template (widget_class);
}

static void
am_result_view_init (AmResultView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self->map, "cell-activated", G_CALLBACK (on_cell_activated), self);
}

static void
show_header (AmResultView *self)
{
  AmJobState state = am_history_entry_get_state (self->entry);
  g_autofree char *headline = am_run_words_headline (self->entry);
  g_autofree char *method = am_run_words_method (am_history_entry_get_method (self->entry));
  g_autofree char *moment = am_readable_moment (am_history_entry_get_date (self->entry));
  g_autofree char *folder = g_path_get_dirname (am_history_entry_get_output (self->entry));
  /* Translators: a method, a moment and a folder. */
  g_autofree char *details = g_strdup_printf (_ ("%s · %s · %s"), method, moment, folder);
  const char *classes[] = { am_run_words_style (state), NULL };

  gtk_label_set_label (self->title, am_history_entry_get_title (self->entry));
  gtk_label_set_label (self->headline, headline);
  gtk_label_set_label (self->details, details);
  gtk_image_set_from_icon_name (self->icon, am_run_words_icon (state));
  gtk_widget_set_css_classes (GTK_WIDGET (self->icon), classes);
}

static void
show_buttons (AmResultView *self)
{
  const char *output = am_history_entry_get_output (self->entry);
  gboolean is_done = am_history_entry_get_state (self->entry) == AM_JOB_DONE;
  gboolean is_there = is_done && g_file_test (output, G_FILE_TEST_EXISTS);
  g_autoptr (GMenuModel) menu = am_entry_menu_new (self->entry, FALSE);
  g_autoptr (GMenu) all = g_menu_new ();

  if (am_result_map_is_there (self->entry))
    g_menu_append (all, _ ("_Export heat map…"), "result.export-map");
  g_menu_append_section (all, NULL, menu);
  gtk_menu_button_set_menu_model (self->menu_button, G_MENU_MODEL (all));
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->merge_further), "s", output);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->open_folder), "s", output);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->load_again), "s",
                                    am_history_entry_get_yaml (self->entry));
  gtk_widget_set_visible (self->merge_further, is_there);
  gtk_widget_set_visible (self->open_folder, is_there);
  gtk_widget_set_visible (self->load_again, !is_there);
  gtk_widget_set_visible (self->gone, is_done && !is_there);
}

static void
find_item (AmResultView *self)
{
  g_autoptr (AmLibraryItem) item = NULL;

  if (self->workspace != NULL && am_history_entry_get_state (self->entry) == AM_JOB_DONE
      && g_file_test (am_history_entry_get_output (self->entry), G_FILE_TEST_EXISTS))
    item = am_library_dup_item (am_workspace_get_library (self->workspace),
                                am_history_entry_get_output (self->entry));
  follow_item (self, item);
  show_repair (self);
}

static void
clear_list (GtkListBox *list)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (list, 0)) != NULL)
    gtk_list_box_remove (list, GTK_WIDGET (row));
}

static void
add_row (GtkListBox *list, const char *text, const char *icon_name, const char *icon_class)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = icon_name != NULL ? gtk_image_new_from_icon_name (icon_name) : NULL;

  /* First: properties set together are told of in the reverse order. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  g_object_set (row, "title", text, "title-lines", 0, "title-selectable", icon != NULL, NULL);
  if (icon != NULL)
    {
      gtk_widget_add_css_class (icon, icon_class);
      adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
    }
  gtk_list_box_append (list, row);
}

static void
show_notes (AmResultView *self)
{
  const AmRunSummary *summary = am_history_entry_get_summary (self->entry);
  const char *message = am_history_entry_get_message (self->entry);
  g_auto (GStrv) values = summary != NULL ? am_run_words_values (summary) : NULL;

  clear_list (self->note_list);
  if (message != NULL)
    add_row (self->note_list, message, "dialog-error-symbolic", "error");
  for (guint i = 0; values != NULL && values[i] != NULL; i++)
    add_row (self->note_list, values[i], "dialog-warning-symbolic", "warning");
  for (guint i = 0; summary != NULL && summary->warnings[i] != NULL; i++)
    add_row (self->note_list, gettext (summary->warnings[i]), "dialog-warning-symbolic", "warning");
  adw_preferences_group_set_title (self->notes, message != NULL ? _ ("Why it failed") : _ ("Please note"));
  gtk_widget_set_visible (GTK_WIDGET (self->notes),
                          gtk_list_box_get_row_at_index (self->note_list, 0) != NULL);
}

static void
show_counts (AmResultView *self)
{
  const AmRunSummary *summary = am_history_entry_get_summary (self->entry);

  clear_list (self->count_list);
  for (guint action = 0; summary != NULL && action < AM_N_ACTIONS; action++)
    if (summary->counts[action] > 0)
      {
        g_autofree char *text = am_run_words_count (action, summary->counts[action]);

        add_row (self->count_list, text, NULL, NULL);
      }
  gtk_widget_set_visible (self->counts, gtk_list_box_get_row_at_index (self->count_list, 0) != NULL);
}

static void
show_recipe (AmResultView *self)
{
  g_autofree char *text = g_strchomp (g_strdup (am_history_entry_get_yaml (self->entry)));

  gtk_label_set_label (self->recipe, text);
}

void
am_result_view_set_entry (AmResultView *self, AmHistoryEntry *entry)
{
  g_return_if_fail (AM_IS_RESULT_VIEW (self));

  if (!g_set_object (&self->entry, entry))
    return;
  gtk_stack_set_visible_child_name (self->stack, entry != NULL ? "result" : "empty");
  if (entry == NULL)
    return;
  show_header (self);
  show_buttons (self);
  find_item (self);
  show_notes (self);
  show_counts (self);
  gtk_widget_set_visible (self->alignment_group, am_result_alignment_is_there (entry));
  am_result_alignment_show (self->alignments, entry);
  am_tensor_list_show_note (self->tensors, "");
  gtk_widget_set_visible (self->map_group, am_result_map_is_there (entry));
  am_result_map_show (self->map, entry);
  show_recipe (self);
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scrolled), 0);
}

void
am_result_view_set_workspace (AmResultView *self, AmWorkspace *workspace)
{
  g_return_if_fail (AM_IS_RESULT_VIEW (self) && self->workspace == NULL);

  self->workspace = g_object_ref (workspace);
}

AmHistoryEntry *
am_result_view_get_entry (AmResultView *self)
{
  return self->entry;
}
