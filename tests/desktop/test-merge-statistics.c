#include "merge-place.h"
#include "merge/align-section.h"
#include "merge/complaints.h"
#include "merge/slot-files.h"
#include "merge/slot-row.h"

static char *known, *other;

/* Knows one model, by any kind; the second asks for what nobody has measured. */
static const char *
find (const char *model, AmStatisticKind kind, gpointer data)
{
  if (g_strcmp0 (model, data) == 0)
    return kind == AM_STATISTIC_GRAM ? known : other;
  return NULL;
}

static const char *
get_statistics (AmDraft *draft, guint slot)
{
  return am_draft_get_files (draft, slot)->statistics;
}

static void
test_draft (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();
  g_autoptr (GPtrArray) kept = NULL;

  am_draft_set_find_statistics (draft, find, (gpointer) "/m/a.safetensors");
  am_draft_set_path (draft, 0, "/m/a.safetensors");
  am_draft_set_path (draft, 1, "/m/b.safetensors");
  g_assert_null (get_statistics (draft, 0));
  am_draft_set_method (draft, "regmean");
  g_assert_cmpstr (get_statistics (draft, 0), ==, known);
  g_assert_null (get_statistics (draft, 1));
  am_draft_set_file (draft, 1, AM_DRAFT_STATISTICS, "/s/b.safetensors");
  am_draft_undo (draft);
  g_assert_null (get_statistics (draft, 1));
  am_draft_redo (draft);
  g_assert_cmpstr (get_statistics (draft, 1), ==, "/s/b.safetensors");
  kept = am_draft_dup_recipes (draft);

  /* They go with their models, and leave with them. */
  am_draft_swap_slots (draft, 0, 1);
  g_assert_cmpstr (get_statistics (draft, 0), ==, "/s/b.safetensors");
  g_assert_cmpstr (get_statistics (draft, 1), ==, known);
  am_draft_set_path (draft, 0, "/m/c.safetensors");
  g_assert_null (get_statistics (draft, 0));
  am_draft_set_path (draft, 0, "/m/a.safetensors");
  g_assert_cmpstr (get_statistics (draft, 0), ==, known);

  /* Another kind of them for another method, and none where none are used. */
  am_draft_set_method (draft, "fisher");
  g_assert_cmpstr (get_statistics (draft, 0), ==, other);
  am_draft_set_method (draft, "weighted_sum");
  g_assert_null (get_statistics (draft, 0));
  am_draft_undo (draft);
  g_assert_cmpstr (get_statistics (draft, 0), ==, other);

  am_draft_load (draft, kept);
  g_assert_cmpstr (get_statistics (draft, 1), ==, "/s/b.safetensors");
}

/* What is cleared stays so until more is known. */
static void
test_draft_cleared (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();

  am_draft_set_path (draft, 0, "/m/a.safetensors");
  am_draft_set_method (draft, "regmean");
  g_assert_null (get_statistics (draft, 0));
  am_draft_set_find_statistics (draft, find, (gpointer) "/m/a.safetensors");
  g_assert_cmpstr (get_statistics (draft, 0), ==, known);
  am_draft_set_file (draft, 0, AM_DRAFT_STATISTICS, NULL);
  am_draft_set_path (draft, 1, "/m/b.safetensors");
  am_draft_set_file (draft, 1, AM_DRAFT_STATISTICS, "/s/b.safetensors");
  g_assert_cmpstr (am_draft_find_statistics (draft, 0), ==, known);
  am_draft_fill_statistics (draft);
  g_assert_cmpstr (get_statistics (draft, 0), ==, known);
}

static void
test_draft_data (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();

  am_draft_set_path (draft, 0, "/m/a.safetensors");
  am_draft_set_method (draft, "regmean_plus_plus");
  g_assert_true (am_draft_takes_data (draft));
  g_assert_false (am_draft_takes_statistics (draft));
  am_draft_set_file (draft, 0, AM_DRAFT_DATA, "/d/digits");
  am_draft_set_file (draft, 0, AM_DRAFT_PREPROCESSING, "mnist");
  g_assert_cmpstr (am_draft_get_files (draft, 0)->preprocessing, ==, "mnist");
  am_draft_set_method (draft, "regmean");
  g_assert_null (am_draft_get_files (draft, 0)->data);
  g_assert_null (am_draft_get_files (draft, 0)->preprocessing);
}

/* A complaint about the statistics of a model stands at the model. */
static void
test_complaints (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();

  am_draft_set_path (draft, 0, "/m/a.safetensors");
  am_draft_set_path (draft, 1, "/m/b.safetensors");
  am_draft_set_method (draft, "fisher");
  am_draft_set_file (draft, 0, AM_DRAFT_STATISTICS, "/s/measured.safetensors");
  g_assert_cmpuint (am_complaint_find_slot (draft, "measured.safetensors is damaged"), ==, 0);
  g_assert_cmpuint (am_complaint_find_slot (draft, "fisher needs statistics of b.safetensors"), ==, 1);
}

static AmSlotFiles *
get_row_files (Place *place, guint slot)
{
  g_autoptr (GPtrArray) found = find_all (place, AM_TYPE_SLOT_FILES);

  return g_ptr_array_index (found, slot);
}

static GtkWidget *
find_button (GtkWidget *root, const char *label)
{
  g_autoptr (GPtrArray) buttons = g_ptr_array_new ();

  collect (root, GTK_TYPE_BUTTON, buttons);
  for (guint i = 0; i < buttons->len; i++)
    if (g_strcmp0 (gtk_button_get_label (g_ptr_array_index (buttons, i)), label) == 0)
      return g_ptr_array_index (buttons, i);
  return NULL;
}

static void
add_measure (Place *place)
{
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();

  add_action (place, actions, "toast");
  add_action (place, actions, "measure");
  gtk_widget_insert_action_group (GTK_WIDGET (place->window), "win", G_ACTION_GROUP (actions));
}

static void
test_rows (Place *place, gconstpointer data)
{
  AmSlotFiles *files = get_row_files (place, 0);
  g_autofree char *asked = g_strdup_printf ("measure %s\n", place->demo.a);

  add_measure (place);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (files)));
  am_draft_set_method (place->draft, "fisher");
  g_assert_true (shows_text (GTK_WIDGET (files), "No Fisher statistics"));
  wait_for_text (GTK_WIDGET (get_row_files (place, 0)), "No Fisher statistics");
  wait_for_text (find_one (place, AM_TYPE_SLOT_ROW), "needs statistics");
  take_picture (GTK_WIDGET (place->window),
                GPOINTER_TO_INT (data) ? "merge-statistics-narrow" : "merge-statistics");

  g_signal_emit_by_name (find_button (GTK_WIDGET (files), "_Measure…"), "clicked");
  g_assert_cmpstr (place->asked->str, ==, asked);

  am_draft_set_file (place->draft, 0, AM_DRAFT_STATISTICS, "/s/measured-on-digits.safetensors");
  g_assert_true (shows_text (GTK_WIDGET (files), "Statistics: measured-on-digits.safetensors"));
  g_assert_false (gtk_widget_get_visible (find_button (GTK_WIDGET (files), "_Measure…")));
  gtk_widget_activate_action (GTK_WIDGET (files), "files.clear", NULL);
  g_assert_null (get_statistics (place->draft, 0));
}

static void
test_data_rows (Place *place, gconstpointer data)
{
  AmSlotFiles *files = get_row_files (place, 0);
  AmDataSource *source = am_workspace_get_data_source (place->demo.workspace);

  am_draft_set_method (place->draft, "regmean_plus_plus");
  g_assert_true (shows_text (GTK_WIDGET (files), "No pictures"));
  g_assert_true (shows_text (GTK_WIDGET (files), "As published"));
  am_data_source_set_path (source, place->demo.folder);
  g_object_set (source, "preprocessing", "clip", NULL);
  gtk_widget_activate_action (GTK_WIDGET (files), "files.take-offer", NULL);
  g_assert_cmpstr (am_draft_get_files (place->draft, 0)->data, ==, place->demo.folder);
  g_assert_cmpstr (am_draft_get_files (place->draft, 0)->preprocessing, ==, "clip");
  g_assert_true (shows_text (GTK_WIDGET (files), "CLIP"));
  take_picture (GTK_WIDGET (place->window), GPOINTER_TO_INT (data) ? "merge-data-narrow" : "merge-data");
  am_draft_undo (place->draft);
  g_assert_null (am_draft_get_files (place->draft, 0)->data);
  g_assert_null (am_draft_get_files (place->draft, 0)->preprocessing);
}

static gpointer
find_nth (GtkWidget *root, GType type, guint n)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  collect (root, type, found);
  return g_ptr_array_index (found, n);
}

static void
test_align (Place *place, gconstpointer data)
{
  GtkWidget *section = find_one (place, AM_TYPE_ALIGN_SECTION);
  const AmAlignSettings *align;

  am_draft_set_aligns (place->draft, TRUE);
  am_draft_set_align_target (place->draft, AM_ALIGN_TO_MEAN, NULL);
  g_assert_true (shows_text (section, "Attempts"));
  adw_combo_row_set_selected (find_nth (section, ADW_TYPE_COMBO_ROW, 1), AM_ALIGN_BY_ACTIVATIONS);
  align = am_draft_get_recipe (place->draft)->align;
  g_assert_cmpint (align->matching, ==, AM_ALIGN_BY_ACTIVATIONS);
  g_assert_cmpint (align->target, ==, AM_ALIGN_TO_FIRST);
  g_assert_false (shows_text (section, "Attempts"));
  g_assert_true (shows_text (section, "That both models understand"));
  wait_for_text (section, "takes data");
  am_draft_set_align_data (place->draft, "/d/digits");
  adw_combo_row_set_selected (find_nth (section, ADW_TYPE_COMBO_ROW, 2), 2);
  gtk_spin_button_set_value (find_nth (section, GTK_TYPE_SPIN_BUTTON, 1), 250);
  align = am_draft_get_recipe (place->draft)->align;
  g_assert_cmpstr (align->data, ==, "/d/digits");
  g_assert_cmpstr (align->preprocessing, ==, am_preprocessing_list ()[1]);
  g_assert_cmpuint (align->n_samples, ==, 250);
  g_assert_true (shows_text (section, "digits"));
  gtk_widget_grab_focus (find_nth (section, GTK_TYPE_SPIN_BUTTON, 1));
  take_picture (GTK_WIDGET (place->window),
                GPOINTER_TO_INT (data) ? "merge-align-data-narrow" : "merge-align-data");
  am_draft_undo (place->draft);
  am_draft_undo (place->draft);
  am_draft_undo (place->draft);
  am_draft_undo (place->draft);
  g_assert_cmpint (am_draft_get_recipe (place->draft)->align->matching, ==, AM_ALIGN_BY_WEIGHTS);
  g_assert_cmpint (am_draft_get_recipe (place->draft)->align->target, ==, AM_ALIGN_TO_MEAN);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);
  known = g_strdup ("/s/gram.safetensors");
  other = g_strdup ("/s/fisher.safetensors");

  g_test_add_func ("/merge-statistics/draft", test_draft);
  g_test_add_func ("/merge-statistics/draft-cleared", test_draft_cleared);
  g_test_add_func ("/merge-statistics/draft-data", test_draft_data);
  g_test_add_func ("/merge-statistics/complaints", test_complaints);
#define ADD(name, function)                                                                                  \
  g_test_add ("/merge-statistics/" name, Place, NULL, set_up, function, tear_down);                          \
  g_test_add ("/merge-statistics/" name "-narrow", Place, GINT_TO_POINTER (TRUE), set_up_narrow, function,   \
              tear_down)
  ADD ("rows", test_rows);
  ADD ("data-rows", test_data_rows);
  ADD ("align", test_align);
  return g_test_run ();
}
