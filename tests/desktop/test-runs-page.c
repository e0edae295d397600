#include "align-support.h"
#include "demo-workspace.h"
#include "run-support.h"

#include <glib/gstdio.h>

#include "charts/alignment-chart.h"
#include "charts/heat-map-view.h"
#include "runs/entry-menu.h"
#include "runs/history-row.h"
#include "runs/run-notification.h"
#include "runs/run-row.h"
#include "runs/runs-page-private.h"
#include "runs/tensor-list.h"

/* One for all tests: its models take long to write. */
static DemoWorkspace demo;

/* The page in a window whose actions only remember what they were given. */
typedef struct
{
  GtkWindow *window;
  AmRunsPage *page;
  GSimpleActionGroup *actions;
  char *last_action;
} Page;

static void
remember (GSimpleAction *action, GVariant *target, gpointer user_data)
{
  Page *page = user_data;

  g_free (page->last_action);
  page->last_action = g_strdup (g_action_get_name (G_ACTION (action)));
}

static void
add_actions (Page *page)
{
  static const GActionEntry entries[] = {
    { "toast", remember, "s", NULL, NULL, { 0 } },
    { "merge-further", remember, "s", NULL, NULL, { 0 } },
    { "load-yaml", remember, "s", NULL, NULL, { 0 } },
    { "show-in-folder", remember, "s", NULL, NULL, { 0 } },
  };

  page->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (page->actions), entries, G_N_ELEMENTS (entries), page);
  gtk_widget_insert_action_group (GTK_WIDGET (page->window), "win", G_ACTION_GROUP (page->actions));
}

static AmRunQueue *
get_queue (void)
{
  return am_workspace_get_queue (demo.workspace);
}

static void
set_up (Page *page, gconstpointer width)
{
  am_history_clear (am_workspace_get_history (demo.workspace));
  page->page = g_object_new (AM_TYPE_RUNS_PAGE, NULL);
  am_runs_page_set_workspace (page->page, demo.workspace);
  page->window
      = desktop_test_show (GTK_WIDGET (page->page), width != NULL ? GPOINTER_TO_INT (width) : 1180, 780);
  add_actions (page);
}

static void
tear_down (Page *page, gconstpointer data)
{
  gtk_window_destroy (page->window);
  g_clear_object (&page->actions);
  g_clear_pointer (&page->last_action, g_free);
  am_run_queue_remove_finished (get_queue ());
}

/* The queue holds it. */
static AmRun *
add_run (const char *b, const char *name)
{
  g_autoptr (AmRun) run = run_fixture_new_run (demo.a, b, demo.folder, name);

  g_unlink (am_run_get_output (run)); /* of an earlier test */
  am_run_queue_add (get_queue (), run);
  return run;
}

static void
wait_for_runs (void)
{
  desktop_test_wait (run_fixture_is_idle, get_queue ());
  desktop_test_settle ();
}

static GtkWidget *
find (GtkWidget *root, GType type)
{
  GtkWidget *found = g_type_is_a (G_OBJECT_TYPE (root), type) ? root : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find (child, type);
  return found;
}

static const char *
get_shown (Page *page)
{
  AmHistoryEntry *entry = am_result_view_get_entry (page->page->result);

  return entry != NULL ? am_history_entry_get_title (entry) : NULL;
}

static guint
count_found (Page *page)
{
  return g_list_model_get_n_items (G_LIST_MODEL (page->page->found));
}

static void
save_picture (Page *page, const char *name)
{
  gtk_widget_queue_draw (GTK_WIDGET (page->window));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (page->window));
  desktop_test_save_picture (GTK_WIDGET (page->window), name);
}

static void
test_empty (Page *page, gconstpointer data)
{
  g_assert_cmpstr (gtk_stack_get_visible_child_name (page->page->history_stack), ==, "empty");
  g_assert_false (gtk_widget_get_visible (page->page->queue_scrolled));
  g_assert_false (gtk_widget_get_visible (page->page->search_box));
  g_assert_null (get_shown (page));
}

static void
test_result (Page *page, gconstpointer data)
{
  AmHeatMapView *map;
  AmTensorList *tensors;
  AmRun *run = add_run (demo.b, "out.safetensors");
  const AmRunSummary *summary;
  guint cell;

  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (page->page->card)));
  wait_for_runs ();
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (page->page->card)));
  g_assert_cmpstr (get_shown (page), ==, "out.safetensors");
  g_assert_cmpuint (count_found (page), ==, 1);

  map = AM_HEAT_MAP_VIEW (find (GTK_WIDGET (page->page->result), AM_TYPE_HEAT_MAP_VIEW));
  tensors = AM_TENSOR_LIST (find (GTK_WIDGET (page->page->result), AM_TYPE_TENSOR_LIST));
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (tensors)));
  summary = am_run_get_summary (run);
  cell = (summary->n_rows - 1) * summary->n_columns + 20;
  am_heat_map_view_select (map, (gint)summary->n_rows - 1, 20);
  g_signal_emit_by_name (map, "cell-activated", summary->n_rows - 1, 20);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (tensors)));
  g_assert_cmpuint (am_tensor_list_get_n_tensors (tensors), >, 0);
  g_assert_cmpuint (am_tensor_list_get_n_tensors (tensors), ==, summary->n_moved[cell]);
  save_picture (page, "runs-result");
}

/* A merge of an earlier session: the figures are there, single tensors are not. */
static void
test_old_result (Page *page, gconstpointer data)
{
  AmTensorList *tensors = AM_TENSOR_LIST (find (GTK_WIDGET (page->page->result), AM_TYPE_TENSOR_LIST));
  GtkWidget *map = find (GTK_WIDGET (page->page->result), AM_TYPE_HEAT_MAP_VIEW);

  add_run (demo.b, "out.safetensors");
  wait_for_runs ();
  gtk_widget_activate_action (GTK_WIDGET (page->page), "runs.clear-finished", NULL);
  g_assert_false (gtk_widget_get_visible (page->page->queue_scrolled));
  g_assert_true (gtk_widget_get_mapped (map));
  g_signal_emit_by_name (map, "cell-activated", 0, 0);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (tensors)));
  g_assert_cmpuint (am_tensor_list_get_n_tensors (tensors), ==, 0);
}

static void
test_failure (Page *page, gconstpointer data)
{
  GtkWidget *map = find (GTK_WIDGET (page->page->result), AM_TYPE_HEAT_MAP_VIEW);

  add_run ("/nonexistent/model.safetensors", "bad.safetensors");
  wait_for_runs ();
  g_assert_cmpstr (get_shown (page), ==, "bad.safetensors");
  g_assert_false (gtk_widget_get_mapped (map));
  save_picture (page, "runs-failure");
}

static void
add_aligned_run (const char *a, const char *b, const char *name)
{
  g_autoptr (AmRun) plain = run_fixture_new_run (a, b, demo.folder, name);
  g_autoptr (AmRecipe) recipe = am_recipe_copy (g_ptr_array_index (am_run_get_recipes (plain), 0));
  g_autoptr (GPtrArray) recipes = g_ptr_array_new ();
  g_autoptr (AmRun) run = NULL;

  recipe->align = am_align_settings_new ();
  g_ptr_array_add (recipes, recipe);
  run = am_run_new (recipes, am_run_get_output (plain), &(AmRunOptions){ .n_threads = 1 });
  am_run_queue_add (get_queue (), run);
  wait_for_runs ();
}

static const char *
find_text (GtkWidget *root, const char *part)
{
  const char *found = NULL;

  if (GTK_IS_LABEL (root) && gtk_widget_get_mapped (root))
    found = strstr (gtk_label_get_text (GTK_LABEL (root)), part);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_text (child, part);
  return found;
}

/* Where units moved there is a chart of it; where none did, a sentence is enough; and nothing of it where
 * nobody asked. */
static void
test_alignment (Page *page, gconstpointer data)
{
  GtkWidget *result = GTK_WIDGET (page->page->result);
  g_autofree char *a = perceptron_write (demo.folder, "plain.safetensors", 0);
  g_autofree char *b = perceptron_write (demo.folder, "reordered.safetensors", 5);
  GtkWidget *chart;

  add_aligned_run (a, b, "aligned.safetensors");
  g_assert_cmpstr (get_shown (page), ==, "aligned.safetensors");
  g_assert_nonnull (find_text (result, "32 of 32 units moved"));
  chart = find (result, AM_TYPE_ALIGNMENT_CHART);
  g_assert_nonnull (chart);
  am_alignment_chart_set_cursor (AM_ALIGNMENT_CHART (chart), 0);
  g_assert_nonnull (find_text (chart, "32 of 32 units moved"));
  save_picture (page, "runs-alignment");

  add_aligned_run (a, a, "same.safetensors");
  g_assert_cmpstr (get_shown (page), ==, "same.safetensors");
  g_assert_nonnull (find_text (result, "alignment is not needed"));
  g_assert_null (find (result, AM_TYPE_ALIGNMENT_CHART));

  add_run (demo.b, "out.safetensors");
  wait_for_runs ();
  g_assert_null (find_text (result, "Alignment"));
}

/* A result the user reads stays when another merge ends. */
static void
test_reading (Page *page, gconstpointer data)
{
  AmRun *run = add_run (demo.b, "first.safetensors");

  wait_for_runs ();
  am_runs_page_show_run (page->page, am_run_get_output (run));
  add_run (demo.b, "second.safetensors");
  wait_for_runs ();
  g_assert_cmpstr (get_shown (page), ==, "first.safetensors");
  am_runs_page_show_run (page->page, "/nowhere.safetensors");
  g_assert_cmpstr (get_shown (page), ==, "first.safetensors");
}

/* The selection, which arrow keys and clicks move, shows what it is on. */
static void
test_selection (Page *page, gconstpointer data)
{
  add_run (demo.b, "first.safetensors");
  add_run ("/nonexistent/model.safetensors", "second.safetensors");
  wait_for_runs ();
  g_assert_cmpstr (get_shown (page), ==, "second.safetensors");
  g_assert_cmpuint (gtk_single_selection_get_selected (page->page->selection), ==, 0);
  gtk_single_selection_set_selected (page->page->selection, 1);
  g_assert_cmpstr (get_shown (page), ==, "first.safetensors");
  add_run ("/nonexistent/model.safetensors", "third.safetensors");
  wait_for_runs ();
  g_assert_cmpstr (get_shown (page), ==, "first.safetensors");
  g_assert_cmpuint (gtk_single_selection_get_selected (page->page->selection), ==, 2);
}

static void
search (Page *page, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (page->page->search), text);
  g_signal_emit_by_name (page->page->search, "search-changed");
}

static void
test_search (Page *page, gconstpointer data)
{
  add_run (demo.b, "Dream.safetensors");
  add_run ("/nonexistent/model.safetensors", "bad.safetensors");
  wait_for_runs ();
  g_assert_cmpuint (count_found (page), ==, 2);
  search (page, "dREAM weighted");
  g_assert_cmpuint (count_found (page), ==, 1);
  search (page, "dream nonexistent");
  g_assert_cmpuint (count_found (page), ==, 0);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (page->page->history_stack), ==, "nothing-found");
  search (page, "");
  g_assert_cmpuint (count_found (page), ==, 2);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (page->page->history_stack), ==, "list");
}

/* The target of the item number @nth with that action, in sections too, or NULL. */
static GVariant *
find_target (GMenuModel *menu, const char *action, guint *nth)
{
  GVariant *target = NULL;

  for (int i = 0; i < g_menu_model_get_n_items (menu) && target == NULL; i++)
    {
      g_autoptr (GMenuModel) section = g_menu_model_get_item_link (menu, i, G_MENU_LINK_SECTION);
      g_autofree char *name = NULL;

      if (section != NULL)
        target = find_target (section, action, nth);
      else if (g_menu_model_get_item_attribute (menu, i, G_MENU_ATTRIBUTE_ACTION, "s", &name)
               && strcmp (name, action) == 0 && (*nth)-- == 0)
        target = g_menu_model_get_item_attribute_value (menu, i, G_MENU_ATTRIBUTE_TARGET, NULL);
    }
  return target;
}

static void
assert_target (GMenuModel *menu, const char *action, guint nth, GVariant *expected)
{
  g_autoptr (GVariant) target = find_target (menu, action, &nth);
  g_autoptr (GVariant) wanted = g_variant_ref_sink (expected);

  g_assert_nonnull (target);
  g_assert_true (g_variant_equal (target, wanted));
}

static void
test_menu (Page *page, gconstpointer data)
{
  AmRun *run = add_run (demo.b, "out_1.safetensors");
  AmHistoryEntry *entry;
  g_autoptr (GMenuModel) menu = NULL;

  wait_for_runs ();
  entry = am_result_view_get_entry (page->page->result);
  menu = am_entry_menu_new (entry, TRUE);
  assert_target (menu, "win.load-yaml", 0, g_variant_new_string (am_history_entry_get_yaml (entry)));
  assert_target (menu, "win.show-in-folder", 0, g_variant_new_string (am_run_get_output (run)));
  assert_target (menu, "win.compare", 0, g_variant_new ("(ss)", demo.a, am_run_get_output (run)));
  assert_target (menu, "win.compare", 1, g_variant_new ("(ss)", demo.b, am_run_get_output (run)));
}

static void
test_remove (Page *page, gconstpointer data)
{
  GtkWidget *row;

  add_run (demo.b, "out.safetensors");
  wait_for_runs ();
  gtk_test_widget_wait_for_draw (GTK_WIDGET (page->window));
  row = find (GTK_WIDGET (page->page->history_view), AM_TYPE_HISTORY_ROW);
  g_assert_nonnull (row);
  gtk_widget_activate_action (row, "entry.remove", NULL);
  g_assert_cmpstr (page->last_action, ==, "toast");
  g_assert_null (get_shown (page));
  g_assert_cmpuint (count_found (page), ==, 0);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (page->page->history_stack), ==, "empty");
}

/* However far the merge has come: all of the result is there, or nothing. */
static void
test_cancel (Page *page, gconstpointer data)
{
  AmRun *run = add_run (demo.b, "cancelled.safetensors");
  AmJobState state;

  gtk_widget_activate_action (GTK_WIDGET (page->page->card), "run-card.cancel", NULL);
  wait_for_runs ();
  state = am_job_get_state (am_run_get_job (run));
  g_assert_true (state == AM_JOB_CANCELLED || state == AM_JOB_DONE);
  g_assert_cmpint (g_file_test (am_run_get_output (run), G_FILE_TEST_EXISTS), ==, state == AM_JOB_DONE);
  g_assert_cmpuint (am_history_entry_get_state (am_result_view_get_entry (page->page->result)), ==, state);
}

static AmRunRow *
get_waiting (Page *page, int index)
{
  return AM_RUN_ROW (gtk_list_box_get_row_at_index (page->page->waiting_list, index));
}

/* The keyboard stays with the run that moves. */
static void
test_moving (Page *page, gconstpointer data)
{
  AmRun *moving;

  add_run (demo.b, "one.safetensors");
  add_run (demo.b, "two.safetensors");
  moving = add_run (demo.b, "three.safetensors");
  gtk_widget_grab_focus (GTK_WIDGET (get_waiting (page, 1)));
  gtk_widget_activate_action (GTK_WIDGET (get_waiting (page, 1)), "run-row.move-up", NULL);
  g_assert_true (am_run_row_get_run (get_waiting (page, 0)) == moving);
  g_assert_true (gtk_window_get_focus (page->window) == GTK_WIDGET (get_waiting (page, 0)));
  save_picture (page, "runs-queue");
  gtk_widget_activate_action (GTK_WIDGET (page->page), "runs.cancel-all", NULL);
  wait_for_runs ();
  g_assert_null (get_waiting (page, 0));
}

static void
test_narrow (Page *page, gconstpointer data)
{
  AmRun *run = add_run (demo.b, "out.safetensors");

  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (page->window)), ==, 360);
  g_assert_true (adw_leaflet_get_folded (page->page->leaflet));
  wait_for_runs ();
  g_assert_cmpstr (adw_leaflet_get_visible_child_name (page->page->leaflet), ==, "list");
  am_runs_page_show_run (page->page, am_run_get_output (run));
  g_assert_cmpstr (adw_leaflet_get_visible_child_name (page->page->leaflet), ==, "result");
  save_picture (page, "runs-narrow");
  gtk_widget_activate_action (GTK_WIDGET (page->page), "runs.back", NULL);
  g_assert_cmpstr (adw_leaflet_get_visible_child_name (page->page->leaflet), ==, "list");
}

static void
test_notification (Page *page, gconstpointer data)
{
  AmRun *run = add_run (demo.b, "out.safetensors");
  AmRun *dropped = add_run (demo.b, "dropped.safetensors");
  g_autoptr (GNotification) told = NULL, untold = NULL;

  am_job_cancel (am_run_get_job (dropped));
  wait_for_runs ();
  told = am_run_make_notification (run);
  untold = am_run_make_notification (dropped);
  g_assert_nonnull (told);
  g_assert_null (untold);
}

int
main (int argc, char **argv)
{
  g_autofree char *data_folder = run_fixture_use_data_folder ();
  int status;

  desktop_test_init (&argc, &argv);
  demo_workspace_init (&demo);

  g_test_add ("/runs-page/empty", Page, NULL, set_up, test_empty, tear_down);
  g_test_add ("/runs-page/result", Page, NULL, set_up, test_result, tear_down);
  g_test_add ("/runs-page/old-result", Page, NULL, set_up, test_old_result, tear_down);
  g_test_add ("/runs-page/failure", Page, NULL, set_up, test_failure, tear_down);
  g_test_add ("/runs-page/alignment", Page, NULL, set_up, test_alignment, tear_down);
  g_test_add ("/runs-page/reading", Page, NULL, set_up, test_reading, tear_down);
  g_test_add ("/runs-page/selection", Page, NULL, set_up, test_selection, tear_down);
  g_test_add ("/runs-page/search", Page, NULL, set_up, test_search, tear_down);
  g_test_add ("/runs-page/menu", Page, NULL, set_up, test_menu, tear_down);
  g_test_add ("/runs-page/remove", Page, NULL, set_up, test_remove, tear_down);
  g_test_add ("/runs-page/cancel", Page, NULL, set_up, test_cancel, tear_down);
  g_test_add ("/runs-page/moving", Page, NULL, set_up, test_moving, tear_down);
  g_test_add ("/runs-page/narrow", Page, GINT_TO_POINTER (360), set_up, test_narrow, tear_down);
  g_test_add ("/runs-page/notification", Page, NULL, set_up, test_notification, tear_down);
  status = g_test_run ();
  demo_workspace_clear (&demo);
  fixture_remove_folder (data_folder);
  return status;
}
