#include "fixture-checkpoint.h"
#include "merge-place.h"
#include "merge/merge-start.h"
#include "merge/parameter-row.h"
#include "merge/parts-section.h"
#include "merge/slot-row.h"

static void
test_ready (Place *place, gconstpointer data)
{
  AmPlanView *plan = find_one (place, AM_TYPE_PLAN_VIEW);

  desktop_test_wait (can_merge, place);
  wait_for_text (GTK_WIDGET (place->page), "SD 1");
  g_assert_true (shows_text (GTK_WIDGET (plan), "Ready to merge"));
  g_assert_true (shows_text (GTK_WIDGET (plan), "tensors will be merged"));
  g_assert_true (am_column_pair_get_is_wide (find_one (place, AM_TYPE_COLUMN_PAIR)));
  /* The blocks of the model are known to the draft now. */
  g_assert_cmpuint (am_block_values_get_n_blocks (am_draft_get_block_values (place->draft, 0)), ==, 26);
  take_picture (GTK_WIDGET (place->window), "merge-wide");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  take_picture (GTK_WIDGET (place->window), "merge-dark");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
}

/* What is not merged is told, and can be unfolded into the tensors it is about. */
static void
test_copied (Place *place, gconstpointer data)
{
  GtkWidget *plan = find_one (place, AM_TYPE_PLAN_VIEW);
  g_autoptr (GPtrArray) expanders = g_ptr_array_new ();

  g_assert_true (am_draft_set_policy (place->draft, "vae", "b", NULL));
  wait_for_text (plan, "copied, as you chose");
  collect (plan, GTK_TYPE_EXPANDER, expanders);
  for (guint i = 0; i < expanders->len; i++)
    if (gtk_widget_get_mapped (g_ptr_array_index (expanders, i))
        && shows_text (g_ptr_array_index (expanders, i), "as you chose"))
      gtk_expander_set_expanded (g_ptr_array_index (expanders, i), TRUE);
  wait_for_text (plan, "first_stage_model.");
  take_picture (GTK_WIDGET (place->window), "merge-copied");
}

static void
test_narrow (Place *place, gconstpointer data)
{
  int minimum;

  desktop_test_wait (can_merge, place);
  g_assert_false (am_column_pair_get_is_wide (find_one (place, AM_TYPE_COLUMN_PAIR)));
  gtk_widget_measure (GTK_WIDGET (place->page), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 360);
  take_picture (GTK_WIDGET (place->window), "merge-narrow");
  am_draft_set_method (place->draft, "triple_sum");
  am_column_pair_show_side (find_one (place, AM_TYPE_COLUMN_PAIR));
  take_picture (GTK_WIDGET (place->window), "merge-narrow-plan");
}

/* Every method can be chosen, and each of its parameters has a row. */
static void
test_methods (Place *place, gconstpointer data)
{
  for (guint i = 0; i < am_method_get_count (); i++)
    {
      const AmMethod *method = am_method_get (i);
      g_autoptr (GPtrArray) rows = NULL;
      guint expected = 0;

      am_draft_set_method (place->draft, method->id);
      rows = find_all (place, AM_TYPE_PARAMETER_ROW);
      for (guint k = 0; k < method->n_parameters; k++)
        expected += method->parameters[k].per_model ? am_draft_get_n_slots (place->draft) : 1;
      g_assert_cmpuint (rows->len, ==, expected);
      for (guint k = 0; k < rows->len; k++)
        am_parameter_row_update (g_ptr_array_index (rows, k));
    }
  am_draft_set_method (place->draft, "ties");
  take_picture (GTK_WIDGET (place->window), "merge-ties");
}

/* Showing what the draft holds never changes it: no control rounds or clamps by itself. */
static void
test_showing_changes_nothing (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) after = NULL;
  g_autofree char *yaml = NULL;
  g_autofree char *shown = NULL;

  am_draft_set_parameter (place->draft, 0, 0, 1.23456789);
  before = am_draft_dup_recipes (place->draft);
  yaml = am_recipes_to_yaml (before);
  desktop_test_wait (can_merge, place);
  desktop_test_settle ();
  after = am_draft_dup_recipes (place->draft);
  shown = am_recipes_to_yaml (after);
  g_assert_cmpstr (yaml, ==, shown);
}

static void
test_slider (Place *place, gconstpointer data)
{
  AmParameterRow *row = find_one (place, AM_TYPE_PARAMETER_ROW);
  g_autoptr (GPtrArray) scales = g_ptr_array_new ();
  g_autoptr (GPtrArray) spins = g_ptr_array_new ();

  collect (GTK_WIDGET (row), GTK_TYPE_SCALE, scales);
  collect (GTK_WIDGET (row), GTK_TYPE_SPIN_BUTTON, spins);
  gtk_range_set_value (g_ptr_array_index (scales, 0), 0.3049);
  g_assert_cmpfloat_with_epsilon (am_draft_get_parameter (place->draft, 0, 0), 0.30, 1e-12);
  g_assert_cmpfloat_with_epsilon (gtk_spin_button_get_value (g_ptr_array_index (spins, 0)), 0.30, 1e-12);
  /* The spin button goes beyond the slider. */
  gtk_spin_button_set_value (g_ptr_array_index (spins, 0), 1.5);
  g_assert_cmpfloat (am_draft_get_parameter (place->draft, 0, 0), ==, 1.5);
  g_assert_cmpfloat (gtk_range_get_value (g_ptr_array_index (scales, 0)), ==, 1.0);
  am_draft_undo (place->draft);
  g_assert_cmpfloat (gtk_spin_button_get_value (g_ptr_array_index (spins, 0)), ==, 0.5);
}

static void
test_elaborate (Place *place, gconstpointer data)
{
  AmParameterRow *row = find_one (place, AM_TYPE_PARAMETER_ROW);
  AmRecipe *recipe = am_draft_begin (place->draft, NULL);
  g_autoptr (GPtrArray) buttons = g_ptr_array_new ();

  g_hash_table_insert (recipe->parameters, g_strdup ("alpha"),
                       am_setting_new_gradient ((const double[]){ 0, 0.5, 1 }, 3));
  am_draft_end (place->draft);
  g_assert_true (shows_text (GTK_WIDGET (row), "0 → 0.5 → 1"));
  collect (GTK_WIDGET (row), GTK_TYPE_BUTTON, buttons);
  for (guint i = 0; i < buttons->len; i++)
    if (g_strcmp0 (gtk_button_get_label (g_ptr_array_index (buttons, i)), "Use one value") == 0)
      g_signal_emit_by_name (g_ptr_array_index (buttons, i), "clicked");
  g_assert_false (am_draft_is_parameter_elaborate (place->draft, 0, 0));
  g_assert_cmpfloat (am_draft_get_parameter (place->draft, 0, 0), ==, 0.5);
}

static void
test_slots (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = find_all (place, AM_TYPE_SLOT_ROW);
  GtkWidget *first = g_ptr_array_index (rows, 0);

  g_assert_cmpuint (rows->len, ==, 2);
  gtk_widget_activate_action (first, "slot.down", NULL);
  g_assert_cmpstr (am_draft_get_path (place->draft, 0), ==, place->demo.b);
  g_assert_cmpstr (am_draft_get_path (place->draft, 1), ==, place->demo.a);
  gtk_widget_activate_action (first, "slots.swap", NULL);
  g_assert_cmpstr (am_draft_get_path (place->draft, 0), ==, place->demo.a);
  gtk_widget_activate_action (first, "slot.clear", NULL);
  g_assert_cmpstr (am_draft_get_path (place->draft, 0), ==, "");
  g_assert_true (shows_text (first, "Choose model A"));
  g_assert_false (am_merge_page_get_can_merge (place->page));
  g_assert_true (shows_text (GTK_WIDGET (place->page), "Choose 1 more model"));
  take_picture (GTK_WIDGET (place->window), "merge-empty-slot");
}

/* Models known before they come into a slot tell of nothing there; what they are made of is shown all the
 * same. */
static void
test_parts_of_known (Place *place, gconstpointer data)
{
  AmLibrary *library = am_workspace_get_library (place->demo.workspace);
  g_autoptr (AmLibraryItem) a = am_library_dup_item (library, place->demo.a);
  g_autoptr (AmLibraryItem) b = am_library_dup_item (library, place->demo.b);
  GtkWidget *parts = find_one (place, AM_TYPE_PARTS_SECTION);

  /* Held, so that both stay known when they leave their slots. */
  g_assert_true (a != NULL && b != NULL);
  desktop_test_wait (can_merge, place);
  wait_for_text (GTK_WIDGET (place->page), "SD 1");
  am_draft_set_path (place->draft, 0, "");
  am_draft_set_path (place->draft, 1, "");
  g_assert_false (gtk_widget_get_visible (parts));
  am_draft_set_path (place->draft, 0, place->demo.a);
  g_assert_cmpint (am_library_item_get_state (a), ==, AM_ITEM_READY);
  g_assert_true (gtk_widget_get_visible (parts));
}

static void
test_base_and_more_slots (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = NULL;

  am_draft_set_method (place->draft, "ties");
  gtk_widget_activate_action (find_one (place, AM_TYPE_SLOT_ROW), "slots.add", NULL);
  rows = find_all (place, AM_TYPE_SLOT_ROW);
  g_assert_cmpuint (rows->len, ==, am_draft_get_n_slots (place->draft) + 1);
  g_assert_cmpuint (am_slot_row_get_slot (g_ptr_array_index (rows, rows->len - 1)), ==, AM_SLOT_BASE);
  g_assert_false (shows_text (g_ptr_array_index (rows, rows->len - 1), "Optional"));
  am_draft_set_method (place->draft, "multislerp");
  g_ptr_array_unref (rows);
  rows = find_all (place, AM_TYPE_SLOT_ROW);
  g_assert_true (shows_text (g_ptr_array_index (rows, rows->len - 1), "Optional"));
}

/* What does not go together is told at the model, in a sentence, before anything runs. */
static void
test_mismatch (Place *place, gconstpointer data)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *other = NULL;
  GtkWidget *row;
  g_autoptr (GPtrArray) rows = find_all (place, AM_TYPE_SLOT_ROW);

  fixture_add_random (fixture, "layers.0.weight", AM_DTYPE_F32, "8,4", 1, 1.0);
  other = fixture_write (fixture, place->demo.folder, "other.safetensors");
  am_draft_set_path (place->draft, 1, other);
  row = g_ptr_array_index (rows, 1);
  wait_for_text (row, "other.safetensors is ");
  g_assert_true (shows_text (find_one (place, AM_TYPE_PLAN_VIEW), "This cannot be merged yet"));
  g_assert_false (am_merge_page_get_can_merge (place->page));
  take_picture (GTK_WIDGET (place->window), "merge-mismatch");

  am_draft_set_path (place->draft, 1, place->demo.b);
  desktop_test_wait (can_merge, place);
  g_assert_false (shows_text (row, "other.safetensors"));
}

/* The Tab key comes to every control that can have the focus, and at last leaves. */
static void
test_tab (Place *place, gconstpointer data)
{
  GType types[] = { AM_TYPE_SLOT_ROW, GTK_TYPE_SCALE,     GTK_TYPE_SWITCH,
                    GTK_TYPE_BUTTON,  ADW_TYPE_COMBO_ROW, GTK_TYPE_TEXT };
  g_autoptr (GHashTable) visited = g_hash_table_new (NULL, NULL);

  desktop_test_wait (can_merge, place);
  gtk_window_set_focus (place->window, NULL);
  /* Some containers take a step or two for themselves. */
  for (guint n_known = 0; n_known < 3;)
    {
      gtk_widget_child_focus (GTK_WIDGET (place->window), GTK_DIR_TAB_FORWARD);
      n_known = g_hash_table_add (visited, gtk_window_get_focus (place->window)) ? 0 : n_known + 1;
    }
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GPtrArray) controls = find_all (place, types[i]);

      for (guint k = 0; k < controls->len; k++)
        {
          GtkWidget *control = g_ptr_array_index (controls, k);

          if (!gtk_widget_get_mapped (control) || !gtk_widget_is_sensitive (control)
              || !gtk_widget_get_focusable (control) || GTK_IS_SPIN_BUTTON (gtk_widget_get_parent (control))
              || gtk_widget_get_native (control) != GTK_NATIVE (place->window))
            continue;
          if (!g_hash_table_contains (visited, control))
            g_error ("Tab does not come to %s in %s (%s)", G_OBJECT_TYPE_NAME (control),
                     G_OBJECT_TYPE_NAME (gtk_widget_get_parent (control)),
                     gtk_widget_get_tooltip_text (control));
        }
    }
}

static gboolean
is_idle (gpointer queue)
{
  return am_run_queue_get_n_open (queue) == 0;
}

static void
merge (Place *place)
{
  gtk_widget_activate_action (GTK_WIDGET (place->page), "win.merge", NULL);
}

static void
test_run (Place *place, gconstpointer data)
{
  AmRunQueue *queue = am_workspace_get_queue (place->demo.workspace);
  g_autofree char *output = am_draft_dup_output_path (place->draft);
  g_autofree char *second = NULL;
  g_autofree char *expected = NULL;

  desktop_test_wait (can_merge, place);
  merge (place);
  g_assert_null (find_dialog ());
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (queue)), ==, 1);
  g_assert_nonnull (strstr (place->asked->str, "show-page runs"));
  g_assert_nonnull (strstr (place->asked->str, "toast "));
  desktop_test_wait (is_idle, queue);
  g_assert_true (g_file_test (output, G_FILE_TEST_EXISTS));

  /* The name is taken now: no second merge without an answer. */
  desktop_test_wait (can_merge, place);
  merge (place);
  desktop_test_wait (can_merge, place);
  desktop_test_settle ();
  while (find_dialog () == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (queue)), ==, 1);
  second = am_merge_find_free_path (queue, output);
  expected = g_strdup (output);
  *strrchr (expected, '.') = '\0';
  g_assert_true (g_str_has_prefix (second, expected));
  g_assert_true (g_str_has_suffix (second, "-2.safetensors"));
  answer ("keep-both");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (queue)), ==, 2);
  desktop_test_wait (is_idle, queue);
  g_assert_true (g_file_test (second, G_FILE_TEST_EXISTS));
}

static void
test_cancelled_replace (Place *place, gconstpointer data)
{
  AmRunQueue *queue = am_workspace_get_queue (place->demo.workspace);
  g_autofree char *output = am_draft_dup_output_path (place->draft);
  g_autofree char *content = NULL;

  g_assert_true (g_file_set_contents (output, "mine", -1, NULL));
  desktop_test_wait (can_merge, place);
  merge (place);
  while (find_dialog () == NULL)
    g_main_context_iteration (NULL, TRUE);
  answer ("cancel");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (queue)), ==, 0);
  g_assert_true (g_file_get_contents (output, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "mine");
}

static void
load_style (void)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_resource (provider, "/io/github/amalgam_merge/Amalgam/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

#define ADD(name, function) g_test_add ("/merge-page/" name, Place, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);
  load_style ();

  ADD ("ready", test_ready);
  g_test_add ("/merge-page/narrow", Place, NULL, set_up_narrow, test_narrow, tear_down);
  ADD ("copied", test_copied);
  ADD ("methods", test_methods);
  ADD ("showing-changes-nothing", test_showing_changes_nothing);
  ADD ("slider", test_slider);
  ADD ("elaborate", test_elaborate);
  ADD ("slots", test_slots);
  ADD ("parts-of-known", test_parts_of_known);
  ADD ("base-and-more-slots", test_base_and_more_slots);
  ADD ("mismatch", test_mismatch);
  ADD ("tab", test_tab);
  ADD ("run", test_run);
  ADD ("cancelled-replace", test_cancelled_replace);
  return g_test_run ();
}
