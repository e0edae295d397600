#include "desktop-support.h"

#include <glib/gstdio.h>
#include <math.h>

#include "blocks/block-chart-private.h"
#include "blocks/block-editor-private.h"
#include "state/draft.h"

typedef struct
{
  AmBlockValues *values;
  AmOwnPresets *own;
  AmBlockEditor *editor;
  GtkWindow *window;
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  AmFamily family = data != NULL ? GPOINTER_TO_UINT (data) : AM_FAMILY_SD1;

  fixture->folder = g_dir_make_tmp ("editor-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "presets.tsv", NULL);
  fixture->values = am_block_values_new ();
  am_block_values_set_ratio (fixture->values, 0.5, 0, 1, -10, 10);
  am_block_values_set_layout (fixture->values, family, am_family_get_blocks (family),
                              am_family_get_title (family));
  fixture->own = am_own_presets_new (fixture->path);
  fixture->editor = g_object_new (AM_TYPE_BLOCK_EDITOR, NULL);
  am_block_editor_set_own_presets (fixture->editor, fixture->own);
  am_block_editor_set_values (fixture->editor, fixture->values);
  fixture->window = desktop_test_show (GTK_WIDGET (fixture->editor), 1000, 460);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gpointer editor = fixture->editor, values = fixture->values;

  g_object_add_weak_pointer (editor, &editor);
  g_object_add_weak_pointer (values, &values);
  gtk_window_destroy (fixture->window);
  desktop_test_settle ();
  g_assert_null (editor);
  g_assert_false (am_block_values_is_editing (fixture->values));
  g_object_unref (fixture->values);
  g_assert_null (values);
  g_object_unref (fixture->own);
  g_unlink (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static const char *
get_numbers (Fixture *fixture)
{
  return gtk_editable_get_text (GTK_EDITABLE (fixture->editor->numbers));
}

static void
type_numbers (Fixture *fixture, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (fixture->editor->numbers), text);
  g_signal_emit_by_name (fixture->editor->numbers, "activate");
  desktop_test_settle ();
}

static void
activate (Fixture *fixture, const char *action)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->editor), action, NULL));
  desktop_test_settle ();
}

static double
get (Fixture *fixture, guint bar)
{
  return am_block_values_get (fixture->values, bar);
}

static void
test_numbers_follow (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;

  am_block_values_set (fixture->values, 3, 0.125);
  desktop_test_settle ();
  text = am_block_values_to_text (fixture->values);
  g_assert_cmpstr (get_numbers (fixture), ==, text);
  g_assert_true (g_str_has_prefix (text, "0.5,0.5,0.5,0.125,0.5"));
}

static void
test_type_numbers (Fixture *fixture, gconstpointer data)
{
  AmBlockEditor *editor = fixture->editor;
  guint edit = am_block_values_get_edit (fixture->values);

  type_numbers (fixture, "SMOOTHSTEP");
  g_assert_cmpfloat (get (fixture, 25), ==, 1);
  g_assert_cmpuint (am_block_values_get_edit (fixture->values), ==, edit + 1);
  g_assert_cmpstr (gtk_label_get_label (editor->preset_label), ==, "SMOOTHSTEP");
  g_assert_true (g_str_has_prefix (get_numbers (fixture), "0,0,"));

  type_numbers (fixture, "0.1, 0.2");
  g_assert_true (gtk_widget_get_visible (editor->message_row));
  g_assert_true (gtk_widget_has_css_class (GTK_WIDGET (editor->numbers), "error"));
  gtk_test_accessible_assert_state (editor->numbers, GTK_ACCESSIBLE_STATE_INVALID,
                                    GTK_ACCESSIBLE_INVALID_TRUE);
  g_assert_cmpstr (get_numbers (fixture), ==, "0.1, 0.2");
  g_assert_cmpfloat (get (fixture, 25), ==, 1);

  gtk_editable_set_text (GTK_EDITABLE (editor->numbers), "ALL_B");
  g_assert_false (gtk_widget_get_visible (editor->message_row));
  g_assert_false (gtk_widget_has_css_class (GTK_WIDGET (editor->numbers), "error"));
}

/* Entering what stands there already is no change. */
static void
test_untouched_numbers (Fixture *fixture, gconstpointer data)
{
  g_signal_emit_by_name (fixture->editor->numbers, "activate");
  g_assert_false (am_block_values_is_set (fixture->values));
}

static char *
read_clipboard (GtkWidget *widget)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (widget);
  GdkContentProvider *content = gdk_clipboard_get_content (clipboard);
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_assert_true (gdk_content_provider_get_value (content, &value, NULL));
  return g_value_dup_string (&value);
}

static gboolean
is_pasted (gpointer data)
{
  Fixture *fixture = data;

  return am_block_values_is_set (fixture->values) || gtk_widget_get_visible (fixture->editor->message_row);
}

static void
test_clipboard (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = NULL;
  g_autofree char *copied = NULL;
  g_autofree char *after = NULL;

  am_block_editor_choose_preset (fixture->editor, (guint)am_preset_find ("SMOOTHSTEP/3"));
  before = am_block_values_to_text (fixture->values);
  activate (fixture, "blocks.copy");
  copied = read_clipboard (GTK_WIDGET (fixture->editor));
  g_assert_cmpstr (copied, ==, before);
  activate (fixture, "blocks.reset");
  g_assert_false (am_block_values_is_set (fixture->values));
  g_assert_false (gtk_widget_get_visible (fixture->editor->message_row));
  activate (fixture, "blocks.paste");
  desktop_test_wait (is_pasted, fixture);
  after = am_block_values_to_text (fixture->values);
  g_assert_cmpstr (after, ==, before);
}

static void
test_paste_nonsense (Fixture *fixture, gconstpointer data)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (fixture->editor)), "hello, world");
  activate (fixture, "blocks.paste");
  desktop_test_wait (is_pasted, fixture);
  g_assert_false (am_block_values_is_set (fixture->values));
  g_assert_true (gtk_widget_has_css_class (fixture->editor->message_row, "error"));
}

static void
test_note (Fixture *fixture, gconstpointer data)
{
  type_numbers (fixture, "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1");
  g_assert_true (gtk_widget_get_visible (fixture->editor->message_row));
  g_assert_false (gtk_widget_has_css_class (fixture->editor->message_row, "error"));
}

static void
test_reset (Fixture *fixture, gconstpointer data)
{
  GtkWidget *button = GTK_WIDGET (gtk_widget_get_last_child (fixture->editor->numbers_row));

  desktop_test_settle ();
  g_assert_false (gtk_widget_get_sensitive (button));
  am_block_values_set (fixture->values, 2, 1);
  desktop_test_settle ();
  g_assert_true (gtk_widget_get_sensitive (button));
  activate (fixture, "blocks.reset");
  g_assert_false (gtk_widget_get_sensitive (button));
}

static void
test_blend (Fixture *fixture, gconstpointer data)
{
  AmBlockEditor *editor = fixture->editor;
  guint from = (guint)am_preset_find ("GRAD_V"), to = (guint)am_preset_find ("ALL_B"), edit, second;
  double first_values[26], blend;

  am_preset_fill (from, 25, first_values);
  am_block_editor_choose_preset (editor, from);
  gtk_toggle_button_set_active (editor->blend_toggle, TRUE);
  g_assert_false (gtk_widget_get_sensitive (editor->blend_scale));
  am_block_editor_choose_second (editor, to);
  g_assert_true (gtk_widget_get_sensitive (editor->blend_scale));
  g_assert_cmpfloat (get (fixture, 13), ==, 0.5 * first_values[13] + 0.5);

  edit = am_block_values_get_edit (fixture->values);
  gtk_adjustment_set_value (editor->blend_adjustment, 0.2);
  gtk_adjustment_set_value (editor->blend_adjustment, 0.25);
  for (guint i = 0; i < 26; i++)
    g_assert_cmpfloat (get (fixture, i), ==, (1 - 0.25) * first_values[i] + 0.25);
  g_assert_cmpuint (am_block_values_get_edit (fixture->values), ==, edit + 1);
  am_block_editor_end_blend (editor);
  g_assert_true (am_block_values_get_preset (fixture->values, NULL, &second, &blend));
  g_assert_cmpuint (second, ==, to);
  gtk_adjustment_set_value (editor->blend_adjustment, 0);
  am_block_editor_end_blend (editor);
  g_assert_cmpfloat (get (fixture, 13), ==, first_values[13]);
}

/* Bars moved by hand are what the slider then starts from. */
static void
test_blend_from_bars (Fixture *fixture, gconstpointer data)
{
  AmBlockEditor *editor = fixture->editor;

  am_block_editor_choose_second (editor, (guint)am_preset_find ("ALL_B"));
  g_assert_cmpfloat (get (fixture, 5), ==, 0.75);
  am_block_values_clear (fixture->values);
  am_block_values_set (fixture->values, 5, 0);
  desktop_test_settle ();
  g_assert_cmpfloat (gtk_adjustment_get_value (editor->blend_adjustment), ==, 0);
  gtk_adjustment_set_value (editor->blend_adjustment, 0.4);
  am_block_editor_end_blend (editor);
  g_assert_cmpfloat (get (fixture, 5), ==, 0.4);
  g_assert_cmpfloat_with_epsilon (get (fixture, 6), 0.7, 1e-12);
}

/* A blend that came with a recipe can be pulled on. */
static void
test_blend_from_recipe (Fixture *fixture, gconstpointer data)
{
  AmBlockEditor *editor = fixture->editor;
  g_autoptr (AmBlockWeights) weights = am_block_weights_parse ("ALL_A+ALL_B@0.3", NULL);

  am_block_values_take_weights (fixture->values, weights);
  desktop_test_settle ();
  g_assert_true (gtk_toggle_button_get_active (editor->blend_toggle));
  g_assert_cmpstr (gtk_label_get_label (editor->second_label), ==, "ALL_B");
  g_assert_cmpfloat (gtk_adjustment_get_value (editor->blend_adjustment), ==, 0.3);
  gtk_adjustment_set_value (editor->blend_adjustment, 0.8);
  am_block_editor_end_blend (editor);
  g_assert_cmpfloat (get (fixture, 9), ==, 0.8);
}

static GtkListBoxRow *
find_row (AmPresetPopover *popover, const char *title)
{
  GtkWidget *list
      = GTK_WIDGET (gtk_widget_get_template_child (GTK_WIDGET (popover), AM_TYPE_PRESET_POPOVER, "list"));

  for (int i = 0;; i++)
    {
      GtkListBoxRow *row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), i);

      if (row == NULL)
        return NULL;
      if (g_str_has_prefix (g_object_get_data (G_OBJECT (row), "words"), title))
        return row;
    }
}

static gboolean
has_size (gpointer data)
{
  return gtk_widget_get_width (data) > 0;
}

static void
test_menu (Fixture *fixture, gconstpointer data)
{
  AmPresetPopover *popover = fixture->editor->preset_popover;
  GtkWidget *search;
  GtkListBoxRow *row;

  g_assert_true (am_own_presets_add (fixture->own, "My faces",
                                     "0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", NULL));
  g_assert_true (am_own_presets_add (fixture->own, "For others", "0,1,1", NULL));
  gtk_menu_button_popup (fixture->editor->preset_button);
  desktop_test_settle ();
  desktop_test_wait (has_size, popover);
  g_assert_null (find_row (popover, "For others"));
  g_assert_null (find_row (popover, "OUT09"));
  row = find_row (popover, "My faces");
  g_assert_nonnull (row);
  desktop_test_save_picture (GTK_WIDGET (popover), "block-presets");

  search
      = GTK_WIDGET (gtk_widget_get_template_child (GTK_WIDGET (popover), AM_TYPE_PRESET_POPOVER, "search"));
  gtk_editable_set_text (GTK_EDITABLE (search), "faces");
  g_signal_emit_by_name (search, "search-changed");
  g_assert_true (gtk_widget_get_child_visible (GTK_WIDGET (row)));
  g_assert_false (gtk_widget_get_child_visible (GTK_WIDGET (find_row (popover, "GRAD_V"))));
  g_signal_emit_by_name (search, "activate");
  desktop_test_settle ();
  g_assert_cmpfloat (get (fixture, 0), ==, 0);
  g_assert_cmpfloat (get (fixture, 9), ==, 1);
  g_assert_cmpstr (gtk_label_get_label (fixture->editor->preset_label), ==, "My faces");
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (popover)));
}

static AdwMessageDialog *
find_dialog (void)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();

  for (GList *window = windows; window != NULL; window = window->next)
    if (ADW_IS_MESSAGE_DIALOG (window->data))
      return window->data;
  return NULL;
}

static void
answer (const char *name, const char *response)
{
  AdwMessageDialog *dialog = find_dialog ();

  g_assert_nonnull (dialog);
  if (name != NULL)
    gtk_editable_set_text (GTK_EDITABLE (adw_message_dialog_get_extra_child (dialog)), name);
  g_assert_true (adw_message_dialog_get_response_enabled (dialog, response));
  adw_message_dialog_response (dialog, response);
  gtk_window_destroy (GTK_WINDOW (dialog));
  desktop_test_settle ();
}

static void
test_own (Fixture *fixture, gconstpointer data)
{
  GtkWidget *editor = GTK_WIDGET (fixture->editor);

  am_block_editor_choose_preset (fixture->editor, (guint)am_preset_find ("ALL_B"));
  am_block_values_set (fixture->values, 4, 0.25);
  activate (fixture, "blocks.save-preset");
  gtk_editable_set_text (GTK_EDITABLE (adw_message_dialog_get_extra_child (find_dialog ())), " : ");
  g_assert_false (adw_message_dialog_get_response_enabled (find_dialog (), "accept"));
  answer ("Mine", "accept");
  g_assert_cmpint (am_own_presets_find (fixture->own, "Mine"), ==, 0);
  g_assert_cmpstr (gtk_label_get_label (fixture->editor->preset_label), ==, "Mine");

  am_block_values_set (fixture->values, 4, 0.75);
  activate (fixture, "blocks.save-preset");
  answer ("Mine", "accept");
  answer (NULL, "cancel");
  g_assert_cmpstr (gtk_label_get_label (fixture->editor->preset_label), !=, "Mine");
  activate (fixture, "blocks.save-preset");
  answer ("Mine", "accept");
  answer (NULL, "replace");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->own)), ==, 1);
  g_assert_cmpstr (gtk_label_get_label (fixture->editor->preset_label), ==, "Mine");

  gtk_widget_activate_action (editor, "blocks.rename-preset", "s", "Mine");
  answer ("Better", "accept");
  g_assert_cmpint (am_own_presets_find (fixture->own, "Better"), ==, 0);
  gtk_widget_activate_action (editor, "blocks.delete-preset", "s", "Better");
  answer (NULL, "cancel");
  g_assert_cmpint (am_own_presets_find (fixture->own, "Better"), ==, 0);
  gtk_widget_activate_action (editor, "blocks.delete-preset", "s", "Better");
  answer (NULL, "delete");
  g_assert_cmpint (am_own_presets_find (fixture->own, "Better"), ==, -1);
}

static void
test_other_values (Fixture *fixture, gconstpointer data)
{
  g_autoptr (AmBlockValues) other = am_block_values_new ();

  am_block_values_set_ratio (other, 1, -1, 1, -10, 10);
  am_block_editor_set_values (fixture->editor, other);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (fixture->editor->stack), ==, "empty");
  am_block_values_set_layout (other, AM_FAMILY_SDXL, am_family_get_blocks (AM_FAMILY_SDXL), "SDXL");
  desktop_test_settle ();
  g_assert_cmpstr (gtk_stack_get_visible_child_name (fixture->editor->stack), ==, "chart");
  g_assert_true (g_str_has_prefix (get_numbers (fixture), "1,1,1"));
  am_block_values_set (fixture->values, 2, 0.25);
  desktop_test_settle ();
  g_assert_true (g_str_has_prefix (get_numbers (fixture), "1,1,1"));
  am_block_editor_set_values (fixture->editor, NULL);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (fixture->window));
}

static void
drag (AmBlockEditor *editor, guint bar)
{
  AmBlockChart *chart = editor->chart;
  double x = am_block_layout_get_centre (chart->layout, bar);

  am_block_chart_stroke_begin (chart, x, am_block_scale_get_y (&chart->scale, 0.1), FALSE);
  am_block_chart_stroke_move (chart, x, am_block_scale_get_y (&chart->scale, 0.3));
  am_block_chart_stroke_move (chart, x, am_block_scale_get_y (&chart->scale, 0.9));
  am_block_chart_stroke_end (chart);
}

/* With a draft behind it, each stroke, preset and pull of the slider is taken back at once. */
static void
test_undo (Fixture *fixture, gconstpointer data)
{
  AmBlockEditor *editor = fixture->editor;
  g_autoptr (AmDraft) draft = am_draft_new ();
  AmBlockValues *values;
  guint preset, second;
  double blend;

  am_draft_set_layout (draft, AM_FAMILY_SD1, am_family_get_blocks (AM_FAMILY_SD1), "SD 1");
  values = am_draft_get_block_values (draft, 0);
  am_block_editor_set_values (editor, values);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (fixture->window));
  drag (editor, 4);
  drag (editor, 28);
  g_assert_cmpfloat (am_block_values_get (values, 28), ==, 0.9);
  am_block_editor_choose_preset (editor, (guint)am_preset_find ("GRAD_V"));
  am_block_editor_choose_second (editor, (guint)am_preset_find ("ALL_B"));
  gtk_adjustment_set_value (editor->blend_adjustment, 0.2);
  gtk_adjustment_set_value (editor->blend_adjustment, 0.3);
  am_block_editor_end_blend (editor);
  desktop_test_settle ();

  am_draft_undo (draft);
  desktop_test_settle ();
  g_assert_true (am_block_values_get_preset (values, &preset, &second, &blend));
  g_assert_cmpfloat (blend, ==, 0.5);
  g_assert_cmpfloat (gtk_adjustment_get_value (editor->blend_adjustment), ==, 0.5);
  am_draft_undo (draft);
  g_assert_true (am_block_values_get_preset (values, &preset, &second, NULL));
  g_assert_cmpuint (second, ==, G_MAXUINT);
  am_draft_undo (draft);
  g_assert_cmpfloat (am_block_values_get (values, 4), ==, 0.9);
  g_assert_true (isnan (am_block_values_get (values, 5)));
  am_draft_undo (draft);
  g_assert_true (isnan (am_block_values_get (values, 28)));
  am_draft_undo (draft);
  g_assert_false (am_block_values_is_set (values));
  am_draft_redo (draft);
  g_assert_cmpfloat (am_block_values_get (values, 4), ==, 0.9);
  am_block_editor_set_values (editor, NULL);
}

#define ADD(path, func) g_test_add ("/block-editor/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  ADD ("numbers-follow", test_numbers_follow);
  ADD ("type-numbers", test_type_numbers);
  ADD ("untouched-numbers", test_untouched_numbers);
  ADD ("clipboard", test_clipboard);
  ADD ("paste-nonsense", test_paste_nonsense);
  g_test_add ("/block-editor/note", Fixture, GUINT_TO_POINTER (AM_FAMILY_SDXL), set_up, test_note, tear_down);
  ADD ("reset", test_reset);
  ADD ("blend", test_blend);
  ADD ("blend-from-bars", test_blend_from_bars);
  ADD ("blend-from-recipe", test_blend_from_recipe);
  ADD ("menu", test_menu);
  ADD ("own", test_own);
  ADD ("other-values", test_other_values);
  ADD ("undo", test_undo);
  return g_test_run ();
}
