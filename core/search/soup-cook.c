#include <glib/gstdio.h>

#include "base/cancelled.h"
#include "base/text.h"
#include "checkpoint/digest.h"
#include "merge.h"
#include "search/soup-private.h"

/* The recipe of an average of @members [n], as stages. (transfer full) */
static GPtrArray *
make_recipes (const AmCook *cook, const guint *members, guint n, gboolean is_pinned)
{
  GPtrArray *recipes = g_ptr_array_new_with_free_func ((GDestroyNotify)am_recipe_free);
  AmRecipe *recipe = am_recipe_new ("linear");

  for (guint i = 0; i < n; i++)
    {
      AmRecipeModel *model = am_recipe_model_new (cook->soup->models[members[i]]);

      model->sha256 = is_pinned ? g_strdup (cook->digests[members[i]]) : NULL;
      g_ptr_array_add (recipe->models, model);
    }
  g_ptr_array_add (recipes, recipe);
  return recipes;
}

static void
report_progress (const AmCook *cook, const char *stage, const char *item)
{
  AmProgressState state = { .stage = stage,
                            .item = item,
                            .done_size = cook->n_scored,
                            .total_size = cook->n_to_score,
                            .seconds_left = -1 };
  double seconds = (double)(g_get_monotonic_time () - cook->began) / G_USEC_PER_SEC;

  if (cook->progress == NULL || cook->progress->func == NULL)
    return;
  if (cook->n_measured > 0)
    state.seconds_left = seconds / cook->n_measured * (cook->n_to_score - cook->n_scored);
  cook->progress->func (&state, cook->progress->user_data);
}

/* The files that are written beside the output are none of the models either. */
static gboolean
check_side_files (const AmCook *cook, const AmPlan *plan, GError **error)
{
  g_autofree char *state = am_soup_get_state_path (cook->soup->output);
  const char *paths[] = { state, cook->candidate };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    if (am_plan_is_input (plan, paths[i]))
      {
        g_set_error (
            error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
            T_ ("%s is one of the models, and a file of that name is written meanwhile: choose another "
                "name for the soup"),
            paths[i]);
        return FALSE;
      }
  return TRUE;
}

/* The models from @first on, as many as one merge takes, beside the first of all. Returns: the next one, or 0
 * on failure. */
static guint
check_some (const AmCook *cook, guint first, guint n_models, GError **error)
{
  guint members[AM_MAX_MODELS] = { 0 };
  guint n = MIN (n_models - first, AM_MAX_MODELS - 1);
  AmMergeOptions options = { .force = cook->replace };
  g_autoptr (GPtrArray) recipes = NULL;
  g_autoptr (AmPlan) plan = NULL;

  for (guint i = 0; i < n; i++)
    members[i + 1] = first + i;
  recipes = make_recipes (cook, members, n + 1, FALSE);
  plan = am_plan_new (recipes, &options, error);
  if (plan == NULL || !am_plan_check_output (plan, cook->soup->output, error)
      || !check_side_files (cook, plan, error))
    return 0;
  return first + n;
}

static gboolean
find_digests (AmCook *cook, guint n_models, GError **error)
{
  cook->digests = g_new0 (char *, n_models + 1);
  for (guint i = 0; i < n_models; i++)
    {
      g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (cook->soup->models[i], error);

      if (checkpoint == NULL)
        return FALSE;
      report_progress (cook, N_ ("Reading the models"), cook->soup->models[i]);
      cook->digests[i] = am_digest_finish (am_digest_start (checkpoint, cook->cancellable), error);
      if (cook->digests[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

gboolean
am_cook_check (AmCook *cook, GError **error)
{
  guint n_models = g_strv_length (cook->soup->models);

  if (n_models < 2)
    g_set_error_literal (error, AM_ERROR, AM_ERROR_MISMATCH, T_ ("a soup takes at least two models"));
  else if (cook->soup->kind == AM_SOUP_GREEDY && cook->evaluator == NULL)
    g_set_error_literal (error, AM_ERROR, AM_ERROR_MISMATCH,
                         T_ ("a greedy soup needs something that scores models: data or a command"));
  else
    {
      for (guint next = 1; next < n_models;)
        if ((next = check_some (cook, next, n_models, error)) == 0)
          return FALSE;
      return find_digests (cook, n_models, error);
    }
  return FALSE;
}

static AmReport *
merge (const AmCook *cook, const guint *members, guint n, gboolean is_final, GError **error)
{
  AmMergeOptions options = { .force = !is_final || cook->replace,
                             .no_sync = !is_final || !cook->sync,
                             .no_metadata = !is_final };
  g_autoptr (GPtrArray) recipes = make_recipes (cook, members, n, is_final);
  g_autoptr (AmPlan) plan = am_plan_new (recipes, &options, error);

  if (plan == NULL)
    return NULL;
  return am_merge_run (plan, is_final ? cook->soup->output : cook->candidate,
                       is_final ? cook->progress : NULL, cook->cancellable, error);
}

static gboolean
score_average (AmCook *cook, const guint *members, guint n, double *score, GError **error)
{
  g_autoptr (AmReport) report = merge (cook, members, n, FALSE, error);
  gboolean is_scored
      = report != NULL
        && am_evaluator_score (cook->evaluator, cook->candidate, score, cook->cancellable, error);

  g_unlink (cook->candidate);
  return is_scored;
}

/* A command says what it scores by the path it gets, which for an average is that of a file that is gone by
 * the time anybody reads it. */
static void
name_average (const AmCook *cook, const guint *members, guint n, GError **error)
{
  const char *last = cook->soup->models[members[n - 1]];

  if (n > 1)
    g_prefix_error (error, T_ ("the average of %u models, with %s last: "), n, last);
}

gboolean
am_cook_score (AmCook *cook, const guint *members, guint n, double *score, GError **error)
{
  const char *model = cook->soup->models[members[n - 1]];
  gboolean is_scored;

  report_progress (cook, n == 1 ? N_ ("Scoring the models") : N_ ("Scoring averages"), model);
  if (am_soup_state_find (cook->state, members, n, score))
    cook->soup->n_resumed++;
  else
    {
      if (!am_check_cancelled (cook->cancellable, error))
        return FALSE;
      is_scored = n == 1 ? am_evaluator_score (cook->evaluator, model, score, cook->cancellable, error)
                         : score_average (cook, members, n, score, error);
      if (!is_scored)
        {
          name_average (cook, members, n, error);
          return FALSE;
        }
      if (!am_soup_state_add (cook->state, members, n, *score, error))
        return FALSE;
      cook->n_measured++;
    }
  cook->n_scored++;
  return TRUE;
}

gboolean
am_cook_serve (AmCook *cook, GError **error)
{
  const GArray *members = cook->soup->ingredients;
  g_autoptr (AmReport) report
      = merge (cook, (const guint *)(gpointer)members->data, members->len, TRUE, error);

  if (report == NULL)
    return FALSE;
  cook->soup->warnings = g_strdupv ((char **)am_report_get_warnings (report));
  return TRUE;
}
