#include "merge-support.h"

#include "fixture-checkpoint.h"
#include "merge/blocks-section.h"
#include "merge/intake.h"
#include "merge/method-chooser.h"
#include "merge/method-row.h"
#include "merge/method-section.h"
#include "merge/model-chooser.h"
#include "merge/output-section.h"
#include "merge/parts-section.h"
#include "merge/policy-row.h"

typedef struct
{
  char *folder;
  AmDraft *draft;
  GtkWindow *window;
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  place->folder = fixture_new_folder ();
  place->draft = am_draft_new ();
}

static void
tear_down (Place *place, gconstpointer data)
{
  if (place->window != NULL)
    gtk_window_destroy (place->window);
  g_object_unref (place->draft);
  fixture_remove_folder (place->folder);
  g_free (place->folder);
}

static gpointer
find (GtkWidget *widget, GType type, guint number)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  collect (widget, type, found);
  g_assert_cmpuint (found->len, >, number);
  return g_ptr_array_index (found, number);
}

static const char *
get_id (GtkListBoxRow *row)
{
  return am_method_row_get_method (AM_METHOD_ROW (row))->id;
}

static guint
count_shown (GtkListBox *list)
{
  guint n = 0;
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (list, i)) != NULL; i++)
    n += gtk_widget_get_child_visible (GTK_WIDGET (row));
  return n;
}

static void
test_method_chooser (Place *place, gconstpointer data)
{
  AmMethodSection *section = g_object_new (AM_TYPE_METHOD_SECTION, NULL);
  AmMethodChooser *chooser;
  GtkListBox *list;
  GtkEditable *search;

  am_method_section_set_draft (section, place->draft);
  place->window = desktop_test_show (GTK_WIDGET (section), 700, 800);
  gtk_widget_activate (find (GTK_WIDGET (section), ADW_TYPE_ACTION_ROW, 0));
  chooser = find (GTK_WIDGET (section), AM_TYPE_METHOD_CHOOSER, 0);
  list = find (GTK_WIDGET (chooser), GTK_TYPE_LIST_BOX, 0);
  search = find (GTK_WIDGET (chooser), GTK_TYPE_SEARCH_ENTRY, 0);
  g_assert_cmpuint (count_shown (list), ==, am_method_get_count ());
  /* Two models first, in the order of the registry. */
  g_assert_cmpstr (get_id (gtk_list_box_get_row_at_index (list, 0)), ==, "weighted_sum");
  take_picture (GTK_WIDGET (chooser), "merge-methods");

  /* Words in any order and case, of title, summary, id or paper. */
  gtk_editable_set_text (search, "SIGN ties");
  g_signal_emit_by_name (search, "search-changed");
  g_assert_cmpuint (count_shown (list), >, 0);
  g_assert_cmpuint (count_shown (list), <, am_method_get_count ());
  gtk_editable_set_text (search, "2306.01708");
  g_signal_emit_by_name (search, "search-changed");
  g_assert_cmpuint (count_shown (list), ==, 1);
  g_signal_emit_by_name (search, "activate");
  g_assert_cmpstr (am_draft_get_method (place->draft)->id, ==, "ties");
}

static void
choose (AmPolicyRow *row, const char *title)
{
  GtkDropDown *choices = find (GTK_WIDGET (row), GTK_TYPE_DROP_DOWN, 0);
  GtkStringList *titles = GTK_STRING_LIST (gtk_drop_down_get_model (choices));

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (titles)); i++)
    if (g_str_equal (gtk_string_list_get_string (titles, i), title))
      {
        gtk_drop_down_set_selected (choices, i);
        return;
      }
  g_error ("no choice %s", title);
}

static void
check_policy (Place *place, const char *component, const char *expected)
{
  g_autofree char *policy = am_draft_dup_policy (place->draft, component);

  g_assert_cmpstr (policy, ==, expected);
}

static void
test_parts (Place *place, gconstpointer data)
{
  AmPartsSection *section = g_object_new (AM_TYPE_PARTS_SECTION, NULL);
  AmPolicyRow *vae;

  am_parts_section_set_draft (section, place->draft);
  place->window = desktop_test_show (GTK_WIDGET (section), 400, 400);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (section)));
  am_parts_section_set_has_component (section, "vae", TRUE);
  am_parts_section_set_has_component (section, "text_encoder", TRUE);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (section)));
  vae = find (GTK_WIDGET (section), AM_TYPE_POLICY_ROW, 0);
  g_assert_cmpstr (am_policy_row_get_component (vae), ==, "vae");

  choose (vae, "From B");
  check_policy (place, "vae", "b");
  choose (vae, "Own ratio");
  check_policy (place, "vae", "0.5");
  gtk_spin_button_set_value (find (GTK_WIDGET (vae), GTK_TYPE_SPIN_BUTTON, 0), 0.25);
  check_policy (place, "vae", "0.25");
  choose (vae, "Merged");
  check_policy (place, "vae", NULL);
  am_draft_undo (place->draft);
  check_policy (place, "vae", "0.25");
  g_assert_true (am_draft_set_policy (place->draft, "text_encoder", "/vae/some file.safetensors", NULL));
  take_picture (GTK_WIDGET (place->window), "merge-parts");
}

static GtkEditable *
find_entry (GtkWidget *widget, const char *title)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  collect (widget, ADW_TYPE_ENTRY_ROW, found);
  for (guint i = 0; i < found->len; i++)
    if (g_str_has_prefix (adw_preferences_row_get_title (g_ptr_array_index (found, i)), title))
      return g_ptr_array_index (found, i);
  g_error ("no entry %s", title);
}

static void
test_output (Place *place, gconstpointer data)
{
  AmOutputSection *section = g_object_new (AM_TYPE_OUTPUT_SECTION, NULL);
  GtkEditable *name, *seed, *discard;
  int position = 0;
  AdwComboRow *dtype;
  const AmRecipe *recipe;

  am_draft_set_path (place->draft, 0, "/models/one.safetensors");
  am_draft_set_path (place->draft, 1, "/models/two.safetensors");
  am_output_section_set_draft (section, place->draft);
  place->window = desktop_test_show (GTK_WIDGET (section), 600, 700);
  name = find_entry (GTK_WIDGET (section), "Name");
  seed = find_entry (GTK_WIDGET (section), "Seed");
  discard = find_entry (GTK_WIDGET (section), "Leave out");
  dtype = find (GTK_WIDGET (section), ADW_TYPE_COMBO_ROW, 0);

  gtk_editable_set_text (name, "{B} by ");
  gtk_editable_set_position (name, -1);
  gtk_widget_activate_action (GTK_WIDGET (section), "output.insert-ratio", NULL);
  g_assert_cmpstr (am_draft_get_name_template (place->draft), ==, "{B} by {alpha}");
  g_assert_cmpstr (adw_preferences_row_get_title (find (GTK_WIDGET (section), ADW_TYPE_ACTION_ROW, 0)), ==,
                   "two by 0.5.safetensors");
  adw_combo_row_set_selected (dtype, 2);
  g_assert_cmpint (am_draft_get_recipe (place->draft)->out_dtype, ==, AM_DTYPE_F16);

  /* Seeds matter to methods that draw lots. */
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (seed)));
  am_draft_set_method (place->draft, "dare_linear");
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (seed)));
  gtk_editable_set_text (seed, "12345678901234567890");
  g_assert_cmpuint (am_draft_get_recipe (place->draft)->seed, ==, G_GUINT64_CONSTANT (12345678901234567890));
  gtk_editable_set_text (seed, "none");
  g_assert_true (gtk_widget_has_css_class (GTK_WIDGET (seed), "error"));
  g_assert_cmpuint (am_draft_get_recipe (place->draft)->seed, ==, G_GUINT64_CONSTANT (12345678901234567890));
  gtk_editable_set_text (seed, "7");
  g_assert_false (gtk_widget_has_css_class (GTK_WIDGET (seed), "error"));

  gtk_editable_set_text (discard, "lora_.*  ^ema");
  recipe = am_draft_get_recipe (place->draft);
  g_assert_cmpuint (recipe->discard->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (recipe->discard, 1), ==, "^ema");
  gtk_editable_insert_text (discard, "(", 1, &position);
  g_assert_true (gtk_widget_has_css_class (GTK_WIDGET (discard), "error"));
  g_assert_nonnull (strstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (discard)), "not a regular"));
  g_assert_cmpuint (am_draft_get_recipe (place->draft)->discard->len, ==, 2);
  take_picture (GTK_WIDGET (place->window), "merge-output");
}

static void
test_blocks (Place *place, gconstpointer data)
{
  static const char *const none[] = { NULL };
  AmBlocksSection *section = g_object_new (AM_TYPE_BLOCKS_SECTION, NULL);
  AdwExpanderRow *expander;
  AmBlockValues *alpha;

  am_blocks_section_set_draft (section, place->draft);
  place->window = desktop_test_show (GTK_WIDGET (section), 760, 600);
  expander = find (GTK_WIDGET (section), ADW_TYPE_EXPANDER_ROW, 0);
  /* Bars can be set before there is a model. */
  g_assert_true (adw_expander_row_get_expanded (expander));
  alpha = am_draft_get_block_values (place->draft, 0);
  am_block_values_set (alpha, 3, 0.9);
  g_assert_true (g_str_has_prefix (adw_expander_row_get_subtitle (expander), "1 of 29 set"));

  /* A second ratio has bars of its own, unless the two are linked. */
  am_draft_set_method (place->draft, "sum_twice");
  am_draft_set_is_linked (place->draft, TRUE);
  g_assert_cmpfloat (am_block_values_get (am_draft_get_block_values (place->draft, 1), 3), ==, 0.9);
  take_picture (GTK_WIDGET (place->window), "merge-blocks");
  gtk_toggle_button_set_active (find (GTK_WIDGET (section), GTK_TYPE_TOGGLE_BUTTON, 1), FALSE);
  am_draft_set_is_linked (place->draft, FALSE);

  am_draft_set_method (place->draft, "geometric_median");
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (section)));
  am_draft_set_method (place->draft, "weighted_sum");
  am_draft_set_layout (place->draft, AM_FAMILY_RESNET, none, "ResNet");
  g_assert_false (adw_expander_row_get_expanded (expander));
  g_assert_false (gtk_widget_get_sensitive (GTK_WIDGET (expander)));
}

static void
write_down (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_string_append (data, g_variant_get_string (parameter, NULL));
}

static char *
write_checkpoint (Place *place, const char *name)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_random (fixture, "weight", AM_DTYPE_F32, "2", 1, 1.0);
  return fixture_write (fixture, place->folder, name);
}

/* Pasted lines go where they belong: checkpoints into slots, recipes to the window, the rest nowhere. */
static void
test_intake (Place *place, gconstpointer data)
{
  g_autofree char *one = write_checkpoint (place, "one.safetensors");
  g_autofree char *two = write_checkpoint (place, "two.safetensors");
  g_autofree char *recipe = g_build_filename (place->folder, "recipe.yaml", NULL);
  g_autofree char *two_uri = g_filename_to_uri (two, NULL, NULL);
  g_autofree char *text = g_strdup_printf ("\"%s\"\n%s\n%s\nnothing\n/no/such/file\n", one, two_uri, recipe);
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) load = g_simple_action_new ("load-recipe", G_VARIANT_TYPE_STRING);
  g_autoptr (GString) loaded = g_string_new (NULL);
  GtkWidget *label = gtk_label_new ("page");

  g_assert_true (g_file_set_contents (recipe, "merge_method: linear\n", -1, NULL));
  place->window = desktop_test_show (label, 100, 100);
  g_signal_connect (load, "activate", G_CALLBACK (write_down), loaded);
  g_action_map_add_action (G_ACTION_MAP (actions), G_ACTION (load));
  gtk_widget_insert_action_group (GTK_WIDGET (place->window), "win", G_ACTION_GROUP (actions));

  g_assert_true (am_intake_text (label, place->draft, 1, text));
  g_assert_cmpstr (am_draft_get_path (place->draft, 1), ==, one);
  g_assert_cmpstr (am_draft_get_path (place->draft, 0), ==, two);
  g_assert_cmpstr (loaded->str, ==, recipe);
  g_assert_false (am_intake_text (label, place->draft, AM_INTAKE_FREE_SLOT, "no path at all"));
}

/* The result of a merge is a model and a recipe: which of them is meant, only the user knows. */
static void
test_intake_asks (Place *place, gconstpointer data)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *merged = NULL;
  GtkWidget *label = gtk_label_new ("page");
  const char *paths[] = { NULL, NULL };

  fixture_set_metadata (fixture, AM_RECIPE_METADATA_KEY, "merge_method: linear\n");
  fixture_add_random (fixture, "weight", AM_DTYPE_F32, "2", 1, 1.0);
  merged = fixture_write (fixture, place->folder, "merged.safetensors");
  paths[0] = merged;
  place->window = desktop_test_show (label, 100, 100);

  am_intake_files (label, place->draft, AM_INTAKE_FREE_SLOT, paths);
  g_assert_nonnull (find_dialog ());
  g_assert_cmpstr (am_draft_get_path (place->draft, 0), ==, "");
  answer ("cancel");
  g_assert_cmpstr (am_draft_get_path (place->draft, 0), ==, "");

  am_intake_files (label, place->draft, AM_INTAKE_FREE_SLOT, paths);
  answer ("model");
  g_assert_cmpstr (am_draft_get_path (place->draft, 0), ==, merged);
}

static gboolean
shows_button (GtkWidget *widget, const char *label)
{
  g_autoptr (GPtrArray) buttons = g_ptr_array_new ();

  collect (widget, GTK_TYPE_BUTTON, buttons);
  for (guint i = 0; i < buttons->len; i++)
    if (g_strcmp0 (gtk_button_get_label (g_ptr_array_index (buttons, i)), label) == 0)
      return gtk_widget_get_mapped (g_ptr_array_index (buttons, i));
  return FALSE;
}

static void
take_path (AmModelChooser *chooser, const char *path, GString *taken)
{
  g_string_append (taken, path);
}

static gboolean
has_models (gpointer library)
{
  return g_list_model_get_n_items (library) == 2;
}

/* The library by search; an empty one says how to fill it. */
static void
test_model_chooser (Place *place, gconstpointer data)
{
  g_autofree char *one = write_checkpoint (place, "one.safetensors");
  g_autofree char *two = write_checkpoint (place, "two.safetensors");
  const char *folders[] = { place->folder, NULL };
  g_autoptr (GSettings) settings = g_settings_new (AM_APPLICATION_ID);
  g_autoptr (AmLibrary) empty = am_library_new (NULL);
  g_autoptr (AmLibrary) library = NULL;
  g_autoptr (GString) taken = g_string_new (NULL);
  GtkWidget *button = gtk_menu_button_new ();
  AmModelChooser *chooser;
  GtkEditable *search;

  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), GTK_WIDGET (am_model_chooser_new (empty)));
  place->window = desktop_test_show (button, 400, 100);
  gtk_menu_button_popup (GTK_MENU_BUTTON (button));
  g_assert_true (shows_button (button, "Add folder…"));
  take_picture (GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (button))), "merge-library-empty");

  g_settings_set_strv (settings, "library-folders", folders);
  library = am_library_new (settings);
  chooser = am_model_chooser_new (library);
  g_signal_connect (chooser, "chosen", G_CALLBACK (take_path), taken);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), GTK_WIDGET (chooser));
  desktop_test_wait (has_models, library);
  gtk_menu_button_popup (GTK_MENU_BUTTON (button));
  g_assert_false (shows_button (button, "Add folder…"));
  take_picture (GTK_WIDGET (chooser), "merge-library");

  search = find (GTK_WIDGET (chooser), GTK_TYPE_SEARCH_ENTRY, 0);
  gtk_editable_set_text (search, "TWO");
  g_signal_emit_by_name (search, "search-changed");
  g_signal_emit_by_name (search, "activate");
  g_assert_cmpstr (taken->str, ==, two);
  g_settings_reset (settings, "library-folders");
}

#define ADD(name, function) g_test_add ("/merge-sections/" name, Place, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  ADD ("method-chooser", test_method_chooser);
  ADD ("parts", test_parts);
  ADD ("output", test_output);
  ADD ("blocks", test_blocks);
  ADD ("intake", test_intake);
  ADD ("intake-asks", test_intake_asks);
  ADD ("model-chooser", test_model_chooser);
  return g_test_run ();
}
