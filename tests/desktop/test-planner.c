#include "desktop-support.h"

#include "align-support.h"
#include "merge/align-text.h"
#include "merge/complaints.h"
#include "merge/plan-action.h"
#include "merge/plan-tensors.h"
#include "merge/planner.h"
#include "merge/setting-text.h"

typedef struct
{
  char *folder;
  AmDraft *draft;
  AmPlanner *planner;
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  place->folder = fixture_new_folder ();
  place->draft = am_draft_new ();
  place->planner = am_planner_new (place->draft, NULL);
}

static void
tear_down (Place *place, gconstpointer data)
{
  g_object_unref (place->planner);
  g_object_unref (place->draft);
  fixture_remove_folder (place->folder);
  g_free (place->folder);
}

/* A little of Stable Diffusion 1's diffusion network, or of some other network when @is_other. */
static char *
write_model (Place *place, const char *name, gboolean is_other)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_random (fixture, is_other ? "layers.0.weight" : "model.diffusion_model.time_embed.0.weight",
                      AM_DTYPE_F32, "8,4", 1, 1.0);
  fixture_add_random (fixture, is_other ? "layers.1.weight" : "model.diffusion_model.time_embed.2.weight",
                      AM_DTYPE_F32, "8,8", 2, 1.0);
  if (g_str_has_prefix (name, "more"))
    fixture_add_random (fixture, "model.diffusion_model.extra.weight", AM_DTYPE_F32, "3", 3, 1.0);
  return fixture_write (fixture, place->folder, name);
}

static gboolean
is_settled (gpointer planner)
{
  return am_planner_get_state (planner) != AM_PLANNER_PLANNING;
}

static void
fill (Place *place, const char *a, const char *b)
{
  am_draft_set_path (place->draft, 0, a);
  am_draft_set_path (place->draft, 1, b);
}

static void
count (gpointer object, guint *n)
{
  (*n)++;
}

static void
test_incomplete (Place *place, gconstpointer data)
{
  g_assert_cmpint (am_planner_get_state (place->planner), ==, AM_PLANNER_INCOMPLETE);
  g_assert_false (am_planner_get_can_merge (place->planner));
  g_assert_null (am_planner_get_forecast (place->planner));
  g_assert_null (am_planner_get_complaints (place->planner)[0]);
}

static void
test_ready (Place *place, gconstpointer data)
{
  g_autofree char *a = write_model (place, "a.safetensors", FALSE);
  g_autofree char *b = write_model (place, "more.safetensors", FALSE);
  g_autofree char *output = NULL;
  AmForecast *forecast;
  gboolean can_merge = FALSE;

  fill (place, a, b);
  g_assert_cmpint (am_planner_get_state (place->planner), ==, AM_PLANNER_PLANNING);
  desktop_test_wait (is_settled, place->planner);

  g_assert_cmpint (am_planner_get_state (place->planner), ==, AM_PLANNER_READY);
  g_object_get (place->planner, "can-merge", &can_merge, NULL);
  g_assert_true (can_merge);
  forecast = am_planner_get_forecast (place->planner);
  output = am_draft_dup_output_path (place->draft);
  g_assert_cmpstr (forecast->output, ==, output);
  g_assert_false (forecast->output_exists);
  g_assert_cmpuint (forecast->free_space, >, 0);
  g_assert_cmpuint (am_plan_count (forecast->plan, AM_ACTION_MERGED), ==, 2);
  g_assert_cmpuint (am_plan_count (forecast->plan, AM_ACTION_COPIED_ONE_SIDED), ==, 1);
  /* Nothing is known of how fast this machine is. */
  g_assert_cmpfloat (am_planner_get_seconds (place->planner), <, 0);
}

/* However many changes there are, plans are made of the last one alone. */
static void
test_many_changes (Place *place, gconstpointer data)
{
  g_autofree char *a = write_model (place, "a.safetensors", FALSE);
  g_autofree char *b = write_model (place, "b.safetensors", FALSE);
  AmForecast *forecast;
  guint n_changes = 0;

  fill (place, a, b);
  desktop_test_wait (is_settled, place->planner);
  g_signal_connect (place->planner, "changed", G_CALLBACK (count), &n_changes);
  for (guint i = 0; i <= 100; i++)
    am_draft_set_parameter (place->draft, 0, 0, i / 100.0);
  /* One for planning; what is shown stays, and the merge may be asked for. */
  g_assert_cmpuint (n_changes, ==, 1);
  g_assert_true (am_planner_get_can_merge (place->planner));
  g_assert_nonnull (am_planner_get_forecast (place->planner));
  desktop_test_wait (is_settled, place->planner);
  forecast = am_planner_get_forecast (place->planner);
  g_assert_cmpuint (n_changes, ==, 2);
  g_assert_cmpfloat (am_plan_get_tensor (forecast->plan, 0)->ratio, ==, 1.0);
}

/* A plan that was under way when a model left is not shown. */
static void
test_stale (Place *place, gconstpointer data)
{
  g_autofree char *a = write_model (place, "a.safetensors", FALSE);
  g_autofree char *b = write_model (place, "b.safetensors", FALSE);

  fill (place, a, b);
  desktop_test_wait (is_settled, place->planner);
  am_planner_refresh (place->planner);
  am_draft_set_path (place->draft, 1, "");
  g_assert_cmpint (am_planner_get_state (place->planner), ==, AM_PLANNER_INCOMPLETE);
  g_assert_null (am_planner_get_forecast (place->planner));
  desktop_test_settle ();
  g_assert_cmpint (am_planner_get_state (place->planner), ==, AM_PLANNER_INCOMPLETE);
}

static void
test_mismatch (Place *place, gconstpointer data)
{
  g_autofree char *a = write_model (place, "a.safetensors", FALSE);
  g_autofree char *b = write_model (place, "other.safetensors", TRUE);
  const char *const *complaints;

  fill (place, a, b);
  desktop_test_wait (is_settled, place->planner);
  complaints = am_planner_get_complaints (place->planner);
  g_assert_cmpint (am_planner_get_state (place->planner), ==, AM_PLANNER_FAILED);
  g_assert_false (am_planner_get_can_merge (place->planner));
  g_assert_nonnull (strstr (complaints[0], "other.safetensors"));
  g_assert_null (complaints[1]);
  /* The sentence names both; what has to change is the second. */
  g_assert_cmpuint (am_complaint_find_slot (place->draft, complaints[0]), ==, 1);
}

static void
test_missing_files (Place *place, gconstpointer data)
{
  g_autofree char *a = g_build_filename (place->folder, "gone.safetensors", NULL);
  g_autofree char *b = g_build_filename (place->folder, "lost.safetensors", NULL);
  const char *const *complaints;

  fill (place, a, b);
  desktop_test_wait (is_settled, place->planner);
  complaints = am_planner_get_complaints (place->planner);
  g_assert_cmpuint (g_strv_length ((char **)complaints), ==, 2);
  g_assert_cmpuint (am_complaint_find_slot (place->draft, complaints[0]), ==, 0);
  g_assert_cmpuint (am_complaint_find_slot (place->draft, complaints[1]), ==, 1);
}

static void
test_output_is_input (Place *place, gconstpointer data)
{
  g_autofree char *a = write_model (place, "a.safetensors", FALSE);
  g_autofree char *b = write_model (place, "b.safetensors", FALSE);

  fill (place, a, b);
  am_draft_set_name_template (place->draft, "{A}");
  desktop_test_wait (is_settled, place->planner);
  g_assert_cmpint (am_planner_get_state (place->planner), ==, AM_PLANNER_FAILED);

  am_draft_set_name_template (place->draft, "result");
  desktop_test_wait (is_settled, place->planner);
  g_assert_cmpint (am_planner_get_state (place->planner), ==, AM_PLANNER_READY);
}

static void
test_parameter_places (Place *place, gconstpointer data)
{
  g_assert_cmpint (am_complaint_find_parameter (place->draft, "outside 0 to 1, the range of alpha"), ==, 0);
  g_assert_cmpint (am_complaint_find_parameter (place->draft, "alphabetical nonsense"), ==, -1);
  am_draft_set_method (place->draft, "slerp");
  g_assert_cmpint (am_complaint_find_parameter (place->draft, "“t” is missing"), ==, 0);
  g_assert_cmpint (am_complaint_find_parameter (place->draft, "don't"), ==, -1);
  am_draft_set_path (place->draft, 0, "/models/a.safetensors");
  g_assert_cmpuint (am_complaint_find_slot (place->draft, "data.safetensors is broken"), ==,
                    AM_COMPLAINT_NO_SLOT);
  g_assert_cmpuint (am_complaint_find_slot (place->draft, "a.safetensors is broken"), ==, 0);
}

static void
test_tensors (Place *place, gconstpointer data)
{
  g_autofree char *a = write_model (place, "a.safetensors", FALSE);
  g_autofree char *b = write_model (place, "more.safetensors", FALSE);
  g_autoptr (AmPlanTensors) merged = NULL;
  g_autoptr (AmPlanTensors) copied = NULL;
  g_autoptr (GObject) item = NULL;
  g_autofree char *name = NULL;
  g_autofree char *detail = NULL;
  g_autofree char *sentence = am_plan_action_make_sentence (AM_ACTION_MERGED, 1);

  g_assert_cmpstr (sentence, ==, "1 tensor will be merged");
  fill (place, a, b);
  desktop_test_wait (is_settled, place->planner);
  merged = am_plan_tensors_new (am_planner_get_forecast (place->planner), AM_ACTION_MERGED);
  copied = am_plan_tensors_new (am_planner_get_forecast (place->planner), AM_ACTION_COPIED_ONE_SIDED);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (merged)), ==, 2);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (copied)), ==, 1);
  /* Items outlive the plan that is shown. */
  item = g_list_model_get_item (G_LIST_MODEL (copied), 0);
  am_draft_set_path (place->draft, 0, "");
  g_object_get (item, "name", &name, "detail", &detail, NULL);
  g_assert_cmpstr (name, ==, "model.diffusion_model.extra.weight");
  g_assert_true (g_str_has_prefix (detail, "3 F32"));
}

static void
test_setting_texts (void)
{
  g_autoptr (AmSetting) gradient = am_setting_new_gradient ((const double[]){ 0, 0.5, 1 }, 3);
  g_autoptr (AmSetting) filters = am_setting_new_filters ();
  g_autofree char *gradient_text = am_setting_text_new (gradient);
  g_autofree char *filters_text = NULL;

  am_setting_add_filter (filters, "attn", am_setting_new_number (0.3));
  am_setting_add_filter (filters, NULL, am_setting_new_boolean (TRUE));
  filters_text = am_setting_text_new (filters);
  g_assert_cmpstr (gradient_text, ==, "0 → 0.5 → 1");
  g_assert_cmpstr (filters_text, ==, "attn: 0.3; all others: on");
}

static void
test_align (Place *place, gconstpointer data)
{
  g_autofree char *a = perceptron_write (place->folder, "a.safetensors", 0);
  g_autofree char *b = perceptron_write (place->folder, "b.safetensors", 5);
  g_autofree char *to_first = NULL, *to_mean = NULL, *to_file = NULL;
  const GPtrArray *alignments;

  fill (place, a, b);
  am_draft_set_aligns (place->draft, TRUE);
  desktop_test_wait (is_settled, place->planner);
  g_assert_cmpint (am_planner_get_state (place->planner), ==, AM_PLANNER_READY);
  alignments = am_plan_get_alignments (am_planner_get_forecast (place->planner)->plan);
  g_assert_cmpuint (alignments->len, ==, 1);
  g_assert_cmpstr (am_alignment_get_label (g_ptr_array_index (alignments, 0)), ==, "b.safetensors");
  to_first = am_align_text_new_plan (place->draft, 0);
  g_assert_cmpstr (to_first, ==, "B will be brought into the order of A first");
  am_draft_set_align_target (place->draft, AM_ALIGN_TO_MEAN, NULL);
  to_mean = am_align_text_new_plan (place->draft, 0);
  g_assert_cmpstr (to_mean, ==, "B will be brought into an order that suits all models first");
  am_draft_set_align_target (place->draft, AM_ALIGN_TO_FILE, b);
  to_file = am_align_text_new_plan (place->draft, 0);
  g_assert_cmpstr (to_file, ==, "A will be brought into the order of “b.safetensors” first");
  desktop_test_wait (is_settled, place->planner);
  alignments = am_plan_get_alignments (am_planner_get_forecast (place->planner)->plan);
  g_assert_cmpuint (alignments->len, ==, 2);
}

static void
test_align_base (Place *place, gconstpointer data)
{
  g_autofree char *a = perceptron_write (place->folder, "a.safetensors", 0);
  g_autofree char *b = perceptron_write (place->folder, "b.safetensors", 5);
  g_autofree char *text = NULL;

  am_draft_set_method (place->draft, "task_arithmetic");
  am_draft_set_path (place->draft, 0, a);
  am_draft_set_path (place->draft, AM_SLOT_BASE, b);
  am_draft_set_aligns (place->draft, TRUE);
  text = am_align_text_new_plan (place->draft, 0);
  g_assert_cmpstr (text, ==, "A will be brought into the order of the base first");
}

static char *
write_unknown (Place *place, const char *name)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_random (fixture, "strange.weight", AM_DTYPE_F32, "8,4,3,3,3", 1, 1.0);
  return fixture_write (fixture, place->folder, name);
}

/* What keeps models from being aligned is told apart from what keeps them from being merged. */
static void
test_align_complaint (Place *place, gconstpointer data)
{
  g_autofree char *a = write_unknown (place, "a.safetensors");
  g_autofree char *b = write_unknown (place, "b.safetensors");
  const char *const *complaints;

  fill (place, a, b);
  am_draft_set_aligns (place->draft, TRUE);
  desktop_test_wait (is_settled, place->planner);
  g_assert_cmpint (am_planner_get_state (place->planner), ==, AM_PLANNER_FAILED);
  complaints = am_planner_get_complaints (place->planner);
  g_assert_cmpuint (g_strv_length ((char **)complaints), ==, 1);
  g_assert_true (am_planner_is_about_alignment (place->planner, complaints[0]));

  am_draft_set_path (place->draft, 1, "/nowhere/b.safetensors");
  desktop_test_wait (is_settled, place->planner);
  complaints = am_planner_get_complaints (place->planner);
  g_assert_cmpuint (g_strv_length ((char **)complaints), ==, 1);
  g_assert_false (am_planner_is_about_alignment (place->planner, complaints[0]));

  am_draft_set_path (place->draft, 1, b);
  am_draft_set_aligns (place->draft, FALSE);
  desktop_test_wait (is_settled, place->planner);
  g_assert_cmpint (am_planner_get_state (place->planner), ==, AM_PLANNER_READY);
}

static void
test_align_texts (void)
{
  g_autoptr (AmAlignSettings) align = am_align_settings_new ();
  g_autofree char *usual = am_align_text_new (align);
  g_autofree char *all = NULL;

  g_assert_cmpstr (usual, ==, "");
  align->target = AM_ALIGN_TO_MEAN;
  align->restarts = 9;
  align->order = AM_ALIGN_BACKWARD;
  align->seed = 7;
  align->max_sweeps = 20;
  align->tolerance = 0.01;
  align->rotate = align->normalise = TRUE;
  align->architecture = g_strdup ("/m/network.yaml");
  all = am_align_text_new (align);
  g_assert_cmpstr (all, ==,
                   "order backward, seed 7, at most 20 sweeps, tolerance 0.01, heads are rotated too, "
                   "compared by cosine, network described in “network.yaml”");
}

#define ADD(name, function) g_test_add ("/planner/" name, Place, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  ADD ("incomplete", test_incomplete);
  ADD ("ready", test_ready);
  ADD ("many-changes", test_many_changes);
  ADD ("stale", test_stale);
  ADD ("mismatch", test_mismatch);
  ADD ("missing-files", test_missing_files);
  ADD ("output-is-input", test_output_is_input);
  ADD ("parameter-places", test_parameter_places);
  ADD ("tensors", test_tensors);
  g_test_add_func ("/planner/setting-texts", test_setting_texts);
  g_test_add_func ("/planner/align-texts", test_align_texts);
  ADD ("align", test_align);
  ADD ("align-base", test_align_base);
  ADD ("align-complaint", test_align_complaint);
  return g_test_run ();
}
