/* Soups of models of one number, scored by a script that knows which number would be best. */
#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "digits-fixture.h"
#include "merge-fixture.h"
#include "search/soup.h"

/* The score is minus the distance of the model's first number from 3. Every call leaves a line in "calls";
 * while there is a file "fail", call number 4 fails. */
static const char script[]
    = "cd \"$(dirname \"$0\")\" && echo \"$1\" >>calls\n"
      "if [ -e fail ] && [ \"$(wc -l <calls)\" -eq 4 ]; then echo 'the disk is on fire' >&2; exit 9; fi\n"
      "header=$(od -An -tu8 -N8 \"$1\")\n"
      "od -An -tf4 -j$((header + 8)) -N4 \"$1\" | awk '{ d = $1 - 3; print (d > 0 ? -d : d) }'\n";

typedef struct
{
  char *folder;
  char *command;
  char *output;
  GPtrArray *models; /* %NULL-terminated */
} Kitchen;

static void
set_up (Kitchen *kitchen, gconstpointer data)
{
  g_autofree char *path = NULL;

  kitchen->folder = fixture_new_folder ();
  kitchen->output = g_build_filename (kitchen->folder, "soup.safetensors", NULL);
  path = g_build_filename (kitchen->folder, "score.sh", NULL);
  g_assert_true (g_file_set_contents (path, script, -1, NULL));
  kitchen->command = g_strdup_printf ("sh %s {}", path);
  kitchen->models = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (kitchen->models, NULL);
}

static void
tear_down (Kitchen *kitchen, gconstpointer data)
{
  g_ptr_array_unref (kitchen->models);
  fixture_remove_folder (kitchen->folder);
  g_free (kitchen->folder);
  g_free (kitchen->command);
  g_free (kitchen->output);
}

/* A model NAME.safetensors whose weight begins with @number. */
static void
add_model (Kitchen *kitchen, const char *name, double number)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *file = g_strconcat (name, ".safetensors", NULL);
  const double values[] = { number, 1, 2, -number };

  fixture_add_values (fixture, "layer.weight", AM_DTYPE_F32, "2,2", values);
  g_ptr_array_insert (kitchen->models, (gint)kitchen->models->len - 1,
                      fixture_write (fixture, kitchen->folder, file));
}

static void
add_models (Kitchen *kitchen)
{
  add_model (kitchen, "a", 1);
  add_model (kitchen, "b", 4);
  add_model (kitchen, "c", 2.25);
  add_model (kitchen, "d", 9);
}

static AmSoup *
try_cook (Kitchen *kitchen, AmSoupKind kind, const char *command, GCancellable *cancellable, GError **error)
{
  g_autoptr (AmEvaluator) evaluator = command != NULL ? am_evaluator_new_command (command) : NULL;

  return am_soup_cook (kind, (const char *const *)kitchen->models->pdata, evaluator, kitchen->output, FALSE,
                       FALSE, NULL, cancellable, error);
}

static AmSoup *
cook (Kitchen *kitchen, AmSoupKind kind, const char *command)
{
  g_autoptr (GError) error = NULL;
  AmSoup *soup = try_cook (kitchen, kind, command, NULL, &error);

  g_assert_no_error (error);
  return soup;
}

static char *
in_folder (const Kitchen *kitchen, const char *name)
{
  return g_build_filename (kitchen->folder, name, NULL);
}

static guint
count_calls (const Kitchen *kitchen)
{
  g_autofree char *path = in_folder (kitchen, "calls");
  g_autofree char *text = NULL;
  guint n = 0;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  for (const char *p = text; *p != '\0'; p++)
    n += *p == '\n';
  return n;
}

static void
check_step (const AmSoup *soup, guint index, guint model, double score, gboolean is_alone, gboolean is_kept)
{
  const AmSoupStep *step = am_soup_get_step (soup, index);

  g_assert_cmpuint (step->model, ==, model);
  g_assert_cmpfloat_with_epsilon (step->score, score, 1e-5);
  g_assert_cmpint (step->is_alone, ==, is_alone);
  g_assert_cmpint (step->is_kept, ==, is_kept);
}

static double
read_first (const char *path)
{
  g_autofree double *values = read_values (path, "layer.weight", NULL);

  return values[0];
}

/* c is the best alone, b makes it better, a and d do not. */
static void
check_greedy (const Kitchen *kitchen, const AmSoup *soup)
{
  g_assert_cmpuint (am_soup_get_n_steps (soup), ==, 7);
  check_step (soup, 0, 0, -2, TRUE, FALSE);
  check_step (soup, 1, 1, -1, TRUE, FALSE);
  check_step (soup, 2, 2, -0.75, TRUE, TRUE);
  check_step (soup, 3, 3, -6, TRUE, FALSE);
  check_step (soup, 4, 1, -0.125, FALSE, TRUE);
  check_step (soup, 5, 0, -(3 - 7.25 / 3), FALSE, FALSE);
  check_step (soup, 6, 3, -(15.25 / 3 - 3), FALSE, FALSE);
  g_assert_cmpfloat (am_soup_get_score (soup), ==, -0.125);
  g_assert_cmpuint (am_soup_get_n_ingredients (soup), ==, 2);
  g_assert_cmpuint (am_soup_get_ingredient (soup, 0), ==, 2);
  g_assert_cmpuint (am_soup_get_ingredient (soup, 1), ==, 1);
  g_assert_cmpfloat (read_first (kitchen->output), ==, 3.125);
}

static void
test_greedy (Kitchen *kitchen, gconstpointer data)
{
  g_autoptr (AmSoup) soup = NULL;
  g_autofree char *json = NULL;

  add_models (kitchen);
  soup = cook (kitchen, AM_SOUP_GREEDY, kitchen->command);
  check_greedy (kitchen, soup);
  g_assert_cmpuint (am_soup_get_n_resumed (soup), ==, 0);
  g_assert_cmpuint (count_calls (kitchen), ==, 7);
  /* Four models, the script, its calls, the soup: nothing else is left. */
  g_assert_cmpuint (count_entries (kitchen->folder), ==, 7);
  json = am_soup_to_json (soup);
  g_assert_nonnull (strstr (json, "amalgam-soup-1"));
}

/* The recipe in the soup makes the same bytes again. */
static void
test_replay (Kitchen *kitchen, gconstpointer data)
{
  g_autoptr (AmSoup) soup = NULL;
  g_autoptr (GPtrArray) recipes = NULL;
  g_autoptr (AmPlan) plan = NULL;
  g_autoptr (AmReport) report = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *again = in_folder (kitchen, "again.safetensors");
  g_autofree char *first = NULL, *second = NULL;
  AmMergeOptions options = { .recipe_folder = kitchen->folder };

  add_models (kitchen);
  soup = cook (kitchen, AM_SOUP_GREEDY, kitchen->command);
  recipes = am_recipes_load (kitchen->output, &error);
  g_assert_no_error (error);
  plan = am_plan_new (recipes, &options, &error);
  g_assert_no_error (error);
  report = am_merge_run (plan, again, NULL, NULL, &error);
  g_assert_no_error (error);
  first = file_digest (kitchen->output);
  second = file_digest (again);
  g_assert_cmpstr (first, ==, second);
}

/* Of equal scores the model given first is the best, and an average that is no better stays out. */
static void
test_strict (Kitchen *kitchen, gconstpointer data)
{
  g_autoptr (AmSoup) soup = NULL;

  add_model (kitchen, "far", 8);
  add_model (kitchen, "first", 2);
  add_model (kitchen, "second", 2);
  soup = cook (kitchen, AM_SOUP_GREEDY, kitchen->command);
  check_step (soup, 1, 1, -1, TRUE, TRUE);
  check_step (soup, 2, 2, -1, TRUE, FALSE);
  check_step (soup, 3, 2, -1, FALSE, FALSE);
  check_step (soup, 4, 0, -2, FALSE, FALSE);
  g_assert_cmpuint (am_soup_get_n_ingredients (soup), ==, 1);
  g_assert_cmpfloat (read_first (kitchen->output), ==, 2);
}

static void
test_uniform (Kitchen *kitchen, gconstpointer data)
{
  g_autoptr (AmSoup) soup = NULL;

  add_models (kitchen);
  soup = cook (kitchen, AM_SOUP_UNIFORM, NULL);
  g_assert_cmpuint (am_soup_get_n_ingredients (soup), ==, 4);
  g_assert_true (isnan (am_soup_get_score (soup)));
  g_assert_cmpfloat (read_first (kitchen->output), ==, 4.0625);
}

static void
test_uniform_scored (Kitchen *kitchen, gconstpointer data)
{
  g_autoptr (AmSoup) soup = NULL;

  add_models (kitchen);
  soup = cook (kitchen, AM_SOUP_UNIFORM, kitchen->command);
  g_assert_cmpfloat (am_soup_get_score (soup), ==, -1.0625);
  g_assert_cmpuint (count_calls (kitchen), ==, 1);
  g_assert_cmpuint (count_entries (kitchen->folder), ==, 7);
}

/* The average of equal models is the model, to the bit. */
static void
test_identical (Kitchen *kitchen, gconstpointer data)
{
  g_autoptr (AmSoup) soup = NULL;
  const char *const names[] = { "a", "b", "c" };

  for (guint i = 0; i < 3; i++)
    add_model (kitchen, names[i], 0.1);
  soup = cook (kitchen, AM_SOUP_UNIFORM, NULL);
  g_assert_cmpfloat (read_first (kitchen->output), ==, (double)0.1f);
}

/* The evaluator fails in the middle; the second run asks it only for what is missing. */
static void
test_resume (Kitchen *kitchen, gconstpointer data)
{
  g_autofree char *fail = in_folder (kitchen, "fail");
  g_autofree char *state = am_soup_get_state_path (kitchen->output);
  g_autoptr (AmSoup) soup = NULL;
  g_autoptr (GError) error = NULL;

  add_models (kitchen);
  g_assert_true (g_file_set_contents (fail, "", 0, NULL));
  g_assert_null (try_cook (kitchen, AM_SOUP_GREEDY, kitchen->command, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_READABLE);
  g_assert_nonnull (strstr (error->message, "exit code 9"));
  g_assert_nonnull (strstr (error->message, "the disk is on fire"));
  g_assert_true (g_file_test (state, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (kitchen->output, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count_calls (kitchen), ==, 4);
  soup = cook (kitchen, AM_SOUP_GREEDY, kitchen->command);
  check_greedy (kitchen, soup);
  g_assert_cmpuint (am_soup_get_n_resumed (soup), ==, 3);
  g_assert_cmpuint (count_calls (kitchen), ==, 4 + 4);
  g_assert_false (g_file_test (state, G_FILE_TEST_EXISTS));
}

/* Leaves a state of three scores. */
static void
cook_halfway (Kitchen *kitchen)
{
  g_autofree char *fail = in_folder (kitchen, "fail");
  g_autoptr (GError) error = NULL;

  add_models (kitchen);
  g_assert_true (g_file_set_contents (fail, "", 0, NULL));
  g_assert_null (try_cook (kitchen, AM_SOUP_GREEDY, kitchen->command, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_READABLE);
}

static void
check_refused (Kitchen *kitchen, const char *command, AmError code, const char *says)
{
  g_autofree char *state = am_soup_get_state_path (kitchen->output);
  g_autoptr (GError) error = NULL;
  guint n_calls = count_calls (kitchen);

  g_assert_null (try_cook (kitchen, AM_SOUP_GREEDY, command, NULL, &error));
  g_assert_error (error, AM_ERROR, (gint)code);
  g_assert_nonnull (strstr (error->message, says));
  g_assert_nonnull (strstr (error->message, "soup.safetensors.soup.json"));
  g_assert_nonnull (strstr (error->message, "remove it"));
  g_assert_true (g_file_test (state, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count_calls (kitchen), ==, n_calls);
}

static void
test_changed_model (Kitchen *kitchen, gconstpointer data)
{
  cook_halfway (kitchen);
  g_ptr_array_remove_index (kitchen->models, 3);
  add_model (kitchen, "d", 5);
  check_refused (kitchen, kitchen->command, AM_ERROR_MISMATCH, "other models");
}

static void
test_changed_evaluator (Kitchen *kitchen, gconstpointer data)
{
  g_autofree char *other = g_strconcat (kitchen->command, " --fast", NULL);

  cook_halfway (kitchen);
  check_refused (kitchen, other, AM_ERROR_MISMATCH, "another evaluator");
}

static void
test_broken_state (Kitchen *kitchen, gconstpointer data)
{
  static const char *const texts[]
      = { "", "{", "[1]", "{\"format\": 3}", "{\"format\": \"amalgam-soup-9\"}" };
  g_autofree char *state = am_soup_get_state_path (kitchen->output);

  add_models (kitchen);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_assert_true (g_file_set_contents (state, texts[i], -1, NULL));
      check_refused (kitchen, kitchen->command, AM_ERROR_CORRUPT, "no record of a soup");
    }
}

typedef struct
{
  const Kitchen *kitchen;
  GCancellable *cancellable;
} Watch;

static gpointer
cancel_at_fifth_call (gpointer data)
{
  Watch *watch = data;

  while (count_calls (watch->kitchen) < 5)
    g_usleep (2000);
  g_cancellable_cancel (watch->cancellable);
  return NULL;
}

/* Cancelled while an average is scored: it is taken away, the scores stay. */
static void
test_cancel (Kitchen *kitchen, gconstpointer data)
{
  g_autofree char *hanging = in_folder (kitchen, "hang.sh");
  g_autofree char *text = g_strconcat (script, "[ \"$(wc -l <calls)\" -lt 5 ] || sleep 1000\n", NULL);
  g_autofree char *command = g_strdup_printf ("sh %s \"$1\"", hanging);
  g_autofree char *state = am_soup_get_state_path (kitchen->output);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Watch watch = { kitchen, cancellable };
  g_autoptr (GError) error = NULL;
  GThread *thread;

  add_models (kitchen);
  g_assert_true (g_file_set_contents (hanging, text, -1, NULL));
  thread = g_thread_new ("watch", cancel_at_fifth_call, &watch);
  g_assert_null (try_cook (kitchen, AM_SOUP_GREEDY, command, cancellable, &error));
  g_thread_join (thread);
  g_assert_error (error, AM_ERROR, AM_ERROR_CANCELLED);
  g_assert_true (g_file_test (state, G_FILE_TEST_EXISTS));
  /* Four models, both scripts, calls, state. */
  g_assert_cmpuint (count_entries (kitchen->folder), ==, 8);
}

static void
test_refused (Kitchen *kitchen, gconstpointer data)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GError) error = NULL;

  add_model (kitchen, "a", 1);
  g_assert_null (try_cook (kitchen, AM_SOUP_UNIFORM, NULL, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_clear_error (&error);
  add_model (kitchen, "b", 1);
  g_assert_null (try_cook (kitchen, AM_SOUP_GREEDY, NULL, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_clear_error (&error);
  fixture_add_random (fixture, "another", AM_DTYPE_F32, "3", 1, 1);
  g_ptr_array_insert (kitchen->models, 1, fixture_write (fixture, kitchen->folder, "other.safetensors"));
  g_assert_null (try_cook (kitchen, AM_SOUP_GREEDY, kitchen->command, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_cmpuint (count_calls (kitchen), ==, 0);
}

static void
test_existing_output (Kitchen *kitchen, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  add_models (kitchen);
  g_assert_true (g_file_set_contents (kitchen->output, "precious", -1, NULL));
  g_assert_null (try_cook (kitchen, AM_SOUP_GREEDY, kitchen->command, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE);
  g_assert_cmpuint (count_calls (kitchen), ==, 0);
}

/* Networks that were trained apart do not average: the better one stays alone. */
static void
test_data_set (Kitchen *kitchen, gconstpointer data)
{
  g_autoptr (AmDataset) digits = digits_data (kitchen->folder, "digits.safetensors", 0);
  AmEvaluateSettings settings = { .n_threads = 1 }, fewer = { .n_samples = 50, .seed = 1 };
  g_autoptr (AmEvaluator) evaluator = am_evaluator_new_dataset (digits, NULL, NULL, &settings);
  g_autoptr (AmEvaluator) other = am_evaluator_new_dataset (digits, NULL, NULL, &fewer);
  g_autofree char *b = digits_path ("mlp-b.safetensors");
  g_autofree char *a = digits_path ("mlp-a.safetensors");
  const char *const models[] = { b, a, NULL };
  g_autofree char *identity = NULL, *other_identity = NULL;
  g_autoptr (AmSoup) soup = NULL;
  g_autoptr (GError) error = NULL;

  soup = am_soup_cook (AM_SOUP_GREEDY, models, evaluator, kitchen->output, FALSE, FALSE, NULL, NULL, &error);
  g_assert_no_error (error);
  check_step (soup, 0, 0, 527 / 540.0, TRUE, FALSE);
  check_step (soup, 1, 1, 529 / 540.0, TRUE, TRUE);
  g_assert_false (am_soup_get_step (soup, 2)->is_kept);
  g_assert_cmpuint (am_soup_get_n_ingredients (soup), ==, 1);
  identity = am_evaluator_get_identity (evaluator, &error);
  g_assert_no_error (error);
  other_identity = am_evaluator_get_identity (other, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (identity, !=, other_identity);
}

#define add(name, function) g_test_add ("/soup/" name, Kitchen, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("greedy", test_greedy);
  add ("replay", test_replay);
  add ("strict", test_strict);
  add ("uniform", test_uniform);
  add ("uniform-scored", test_uniform_scored);
  add ("identical", test_identical);
  add ("resume", test_resume);
  add ("changed-model", test_changed_model);
  add ("changed-evaluator", test_changed_evaluator);
  add ("broken-state", test_broken_state);
  add ("cancel", test_cancel);
  add ("refused", test_refused);
  add ("existing-output", test_existing_output);
  add ("data-set", test_data_set);
  return g_test_run ();
}
