#include "run-support.h"

#include <float.h>
#include <math.h>

#include "state/history-file.h"
#include "state/history.h"

static gboolean
is_finished (gpointer run)
{
  return am_job_is_finished (am_run_get_job (run));
}

/* Runs a merge and puts it down. */
static void
merge (AmHistory *history, const RunFixture *files, const char *b, const char *name)
{
  g_autoptr (AmRun) run = run_fixture_new_run (files->a, b, files->folder, name);

  am_job_start (am_run_get_job (run));
  desktop_test_wait (is_finished, run);
  am_history_add (history, run);
}

static AmHistoryEntry *
get (AmHistory *history, guint position)
{
  g_autoptr (AmHistoryEntry) entry = g_list_model_get_item (G_LIST_MODEL (history), position);

  g_assert_nonnull (entry);
  return entry;
}

static guint
count (AmHistory *history)
{
  return g_list_model_get_n_items (G_LIST_MODEL (history));
}

static void
assert_same (const AmRunSummary *a, const AmRunSummary *b)
{
  g_assert_cmpuint (a->n_rows, ==, b->n_rows);
  g_assert_cmpuint (a->n_columns, ==, b->n_columns);
  g_assert_cmpint (a->has_blocks, ==, b->has_blocks);
  for (guint i = 0; i < a->n_columns; i++)
    g_assert_cmpstr (a->columns[i], ==, b->columns[i]);
  for (guint i = 0; i < a->n_rows; i++)
    g_assert_cmpuint (a->rows[i], ==, b->rows[i]);
  for (guint i = 0; i < a->n_rows * a->n_columns; i++)
    {
      g_assert_cmpuint (a->n_moved[i], ==, b->n_moved[i]);
      if (isfinite (a->moved[i]))
        g_assert_cmpfloat_with_epsilon (a->moved[i], b->moved[i], 1e-5 * a->moved[i] + DBL_MIN);
      else
        g_assert_true (isnan (a->moved[i]) ? isnan (b->moved[i]) : isinf (b->moved[i]));
    }
  g_assert_cmpmem (a->counts, sizeof a->counts, b->counts, sizeof b->counts);
  g_assert_cmpuint (a->n_nan, ==, b->n_nan);
  g_assert_cmpuint (a->n_saturated, ==, b->n_saturated);
  g_assert_cmpuint (a->bytes_written, ==, b->bytes_written);
  g_assert_cmpuint (a->bytes_read, ==, b->bytes_read);
  g_assert_cmpuint (g_strv_length (a->warnings), ==, g_strv_length (b->warnings));
}

static void
forget_everything (void)
{
  g_autoptr (AmHistory) history = am_history_new ();

  am_history_clear (history);
}

static void
test_kept (void)
{
  RunFixture files;
  g_autoptr (AmHistory) history = NULL, again = NULL;
  AmHistoryEntry *entry;

  forget_everything ();
  run_fixture_init (&files);
  history = am_history_new ();
  merge (history, &files, files.b, "out.safetensors");
  merge (history, &files, "/nonexistent/model.safetensors", "bad.safetensors");
  again = am_history_new ();

  g_assert_cmpuint (count (again), ==, 2);
  entry = get (again, 0);
  g_assert_cmpuint (am_history_entry_get_state (entry), ==, AM_JOB_FAILED);
  g_assert_cmpstr (am_history_entry_get_title (entry), ==, "bad.safetensors");
  g_assert_nonnull (strstr (am_history_entry_get_message (entry), "/nonexistent/model.safetensors"));
  g_assert_null (am_history_entry_get_summary (entry));
  entry = get (again, 1);
  g_assert_cmpuint (am_history_entry_get_state (entry), ==, AM_JOB_DONE);
  g_assert_cmpstr (am_history_entry_get_method (entry), ==, "weighted_sum");
  g_assert_cmpint (am_history_entry_get_date (entry), >, 0);
  g_assert_cmpstr (am_history_entry_get_inputs (entry)[0], ==, files.a);
  g_assert_cmpstr (am_history_entry_get_inputs (entry)[1], ==, files.b);
  g_assert_cmpstr (am_history_entry_get_yaml (entry), ==, am_history_entry_get_yaml (get (history, 1)));
  assert_same (am_history_entry_get_summary (entry), am_history_entry_get_summary (get (history, 1)));
  g_assert_cmpfloat (am_history_get_speed (again, "weighted_sum"), >, 0);
  g_assert_cmpfloat (am_history_get_speed (again, "slerp"), ==, 0);
  run_fixture_clear (&files);
}

/* What the history wrote down loads to the same merge. */
static void
test_recipe (void)
{
  RunFixture files;
  g_autoptr (AmHistory) history = NULL;
  g_autoptr (GPtrArray) recipes = NULL;
  g_autofree char *folder = g_get_current_dir ();
  g_autofree char *expected = g_build_filename (folder, "somewhere", "b.safetensors", NULL);
  GError *error = NULL;
  const AmRecipe *recipe;

  forget_everything ();
  run_fixture_init (&files);
  history = am_history_new ();
  merge (history, &files, "somewhere/b.safetensors", "out.safetensors");
  recipes = am_recipes_parse (am_history_entry_get_yaml (get (history, 0)), -1, "history", &error);
  g_assert_no_error (error);
  recipe = g_ptr_array_index (recipes, 0);
  g_assert_cmpstr (recipe->method, ==, "weighted_sum");
  g_assert_cmpstr (((AmRecipeModel *)g_ptr_array_index (recipe->models, 0))->path, ==, files.a);
  g_assert_cmpstr (((AmRecipeModel *)g_ptr_array_index (recipe->models, 1))->path, ==, expected);
  run_fixture_clear (&files);
}

static void
test_never_started (void)
{
  RunFixture files;
  g_autoptr (AmHistory) history = NULL;
  g_autoptr (AmRun) run = NULL;

  forget_everything ();
  run_fixture_init (&files);
  history = am_history_new ();
  run = run_fixture_new_run (files.a, files.b, files.folder, "out.safetensors");
  am_job_cancel (am_run_get_job (run));
  am_history_add (history, run);
  g_assert_cmpuint (count (history), ==, 0);
  run_fixture_clear (&files);
}

/* Lines that mean nothing here stay in the file, and a line cut short by a crash does not spoil the next one.
 */
static void
test_damaged (void)
{
  static const char *const damage[]
      = { "{\"format\":\"amalgam-history-1\",\"title\":",
          "not JSON at all",
          "[]",
          "{}",
          "{\"format\":\"amalgam-history-1\",\"title\":3,\"state\":[],\"seconds\":\"x\"}",
          "{\"format\":\"amalgam-history-9\"}" };
  RunFixture files;
  g_autofree char *path = am_history_file_get_path ();
  g_autofree char *joined = NULL, *text = NULL;
  g_autoptr (AmHistory) history = NULL, again = NULL;

  forget_everything ();
  run_fixture_init (&files);
  joined = g_strjoinv ("\n", (char **)(const char *[]){ damage[0], damage[1], damage[2], damage[3], damage[4],
                                                        damage[5], NULL });
  g_assert_true (g_file_set_contents (path, joined, -1, NULL));
  history = am_history_new ();
  g_assert_cmpuint (count (history), ==, 0);
  merge (history, &files, files.b, "one.safetensors");
  merge (history, &files, files.b, "two.safetensors");
  again = am_history_new ();
  g_assert_cmpuint (count (again), ==, 2);
  am_history_remove (again, get (again, 1));
  g_assert_cmpuint (count (again), ==, 1);
  g_assert_cmpstr (am_history_entry_get_title (get (again, 0)), ==, "two.safetensors");
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, joined));
  g_assert_null (strstr (text, "one.safetensors"));
  g_assert_nonnull (strstr (text, "two.safetensors"));
  run_fixture_clear (&files);
}

/* A result whose figures are damaged is an entry without figures. */
static void
test_damaged_result (void)
{
  static const char *const results[] = {
    "{\"columns\":\"a;b\",\"rows\":\"*\",\"cells\":\"0.5*1\"}",
    "{\"columns\":\"a\",\"rows\":\"*\",\"cells\":\"nan*1\"}",
    "{\"columns\":\"a\",\"rows\":\"*\",\"cells\":\"-1*1\"}",
    "{\"columns\":\"a\",\"rows\":\"*\",\"cells\":7}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autofree char *line
          = g_strdup_printf ("{\"format\":\"amalgam-history-1\",\"date\":1,\"title\":\"t\",\"method\":\"m\","
                             "\"state\":\"done\",\"output\":\"/o\",\"recipe\":\"r\",\"result\":%s}",
                             results[i]);
      g_autoptr (AmHistoryEntry) entry = am_history_entry_new_from_line (line);

      g_assert_nonnull (entry);
      g_assert_null (am_history_entry_get_summary (entry));
    }
}

static GPtrArray *
new_alignments (void)
{
  static const AmAlignmentLayer layers[] = {
    { "one", AM_FACTOR_HEADS, "IN01", AM_COMPONENT_DIFFUSION, 320, 319, 0.25, 0.75, 3, 1.5 },
    { "four", AM_FACTOR_UNITS, NULL, AM_COMPONENT_VAE, 8, 0, NAN, NAN, 0, 0 },
  };
  GPtrArray *alignments = g_ptr_array_new_with_free_func ((GDestroyNotify)am_alignment_summary_free);
  AmAlignmentSummary *summary = g_new0 (AmAlignmentSummary, 1);

  summary->label = g_strdup ("b.safetensors");
  summary->sentence = g_strdup ("much moved");
  summary->total = (AmAlignmentLayer){ .n_units = 328, .n_moved = 319, .distance_before = 3 };
  summary->layers = g_array_new (FALSE, FALSE, sizeof (AmAlignmentLayer));
  summary->names = g_string_chunk_new (16);
  g_array_append_vals (summary->layers, layers, G_N_ELEMENTS (layers));
  g_ptr_array_add (alignments, summary);
  return alignments;
}

static void
assert_same_alignments (const GPtrArray *a, const GPtrArray *b)
{
  const AmAlignmentSummary *before = g_ptr_array_index (a, 0), *after;

  g_assert_cmpuint (a->len, ==, b->len);
  after = g_ptr_array_index (b, 0);
  g_assert_cmpstr (before->label, ==, after->label);
  g_assert_cmpstr (before->sentence, ==, after->sentence);
  g_assert_cmpuint (before->total.n_moved, ==, after->total.n_moved);
  g_assert_cmpfloat (before->total.distance_before, ==, after->total.distance_before);
  g_assert_cmpuint (before->layers->len, ==, after->layers->len);
  for (guint i = 0; i < before->layers->len; i++)
    {
      const AmAlignmentLayer *x = &g_array_index (before->layers, AmAlignmentLayer, i);
      const AmAlignmentLayer *y = &g_array_index (after->layers, AmAlignmentLayer, i);

      g_assert_cmpstr (x->name, ==, y->name);
      g_assert_cmpstr (x->block, ==, y->block);
      g_assert_cmpuint (x->kind, ==, y->kind);
      g_assert_cmpuint (x->component, ==, y->component);
      g_assert_cmpuint (x->n_units, ==, y->n_units);
      g_assert_cmpuint (x->n_moved, ==, y->n_moved);
      g_assert_true (isnan (x->similarity_after) ? isnan (y->similarity_after)
                                                 : x->similarity_after == y->similarity_after);
      g_assert_cmpfloat (x->distance_after, ==, y->distance_after);
    }
}

/* A result whose alignment cannot be read is shown without it. */
static void
test_damaged_alignment (void)
{
  static const char *const alignments[] = {
    "1",
    "[1]",
    "[{}]",
    "[{\"model\":\"b\",\"summary\":\"s\",\"total\":\"\",\"layers\":\"\"}]",
    "[{\"model\":\"b\",\"summary\":\"s\",\"total\":\"\\tunits\\tmodel\\t\\t1\\t2\\t0\\t0\\t0\\t0\","
    "\"layers\":\"\"}]",
    "[{\"model\":\"b\",\"summary\":\"s\",\"total\":\"\\tunits\\tmodel\\t\\t2\\t1\\t0\\t0\\t0\\tx\","
    "\"layers\":\"\"}]",
    "[{\"model\":\"b\",\"summary\":\"s\",\"total\":\"\\tunits\\tmodel\\t\\t2\\t1\\t0\\t0\\t0\\t0\","
    "\"layers\":\"a\\tb\"}]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (alignments); i++)
    {
      g_autofree char *text = g_strdup_printf (
          "{\"columns\":\"\",\"rows\":\"\",\"cells\":\"\",\"alignments\":%s}", alignments[i]);
      g_autoptr (JsonNode) node = json_from_string (text, NULL);
      g_autoptr (AmRunSummary) summary = am_run_summary_new_from_json (json_node_get_object (node));

      g_assert_nonnull (summary);
      g_assert_cmpuint (summary->alignments->len, ==, 0);
    }
}

static void
test_summary_with_blocks (void)
{
  char *columns[] = { "IN00", "OUT00", NULL };
  char *warnings[] = { "mind the gap", NULL };
  AmLayerKind rows[] = { AM_LAYER_CONV, AM_LAYER_NORM, AM_N_LAYER_KINDS };
  double moved[] = { 0.0123, NAN, INFINITY, 0, 1e-9, 12.5 };
  guint n_moved[] = { 1, 0, 2, 3, 4, 5 };
  g_autoptr (GPtrArray) alignments = new_alignments ();
  const AmRunSummary summary = { .has_blocks = TRUE,
                                 .n_columns = 2,
                                 .n_rows = 3,
                                 .columns = columns,
                                 .rows = rows,
                                 .moved = moved,
                                 .n_moved = n_moved,
                                 .counts = { 7, 1 },
                                 .alignments = alignments,
                                 .warnings = warnings,
                                 .n_nan = 3,
                                 .n_saturated = 9,
                                 .bytes_read = G_GUINT64_CONSTANT (6900000000),
                                 .bytes_written = 5,
                                 .seconds = 1.5 };
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL, parsed = NULL;
  g_autoptr (AmRunSummary) back = NULL;
  g_autofree char *text = NULL;
  GError *error = NULL;

  json_builder_begin_object (builder);
  am_run_summary_add_json (&summary, builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = am_json_to_text (root, FALSE);
  parsed = json_from_string (text, &error);
  g_assert_no_error (error);
  back = am_run_summary_new_from_json (json_node_get_object (parsed));
  g_assert_nonnull (back);
  assert_same (&summary, back);
  g_assert_cmpstr (back->warnings[0], ==, "mind the gap");
  assert_same_alignments (summary.alignments, back->alignments);
}

int
main (int argc, char **argv)
{
  g_autofree char *data_folder = run_fixture_use_data_folder ();
  int status;

  desktop_test_init (&argc, &argv);

  g_test_add_func ("/history/kept", test_kept);
  g_test_add_func ("/history/recipe", test_recipe);
  g_test_add_func ("/history/never-started", test_never_started);
  g_test_add_func ("/history/damaged", test_damaged);
  g_test_add_func ("/history/damaged-result", test_damaged_result);
  g_test_add_func ("/history/summary-with-blocks", test_summary_with_blocks);
  g_test_add_func ("/history/damaged-alignment", test_damaged_alignment);
  status = g_test_run ();
  fixture_remove_folder (data_folder);
  return status;
}
