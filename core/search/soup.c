#include <glib/gstdio.h>
#include <math.h>

#include "output/json-text.h"
#include "search/soup-private.h"

char *
am_soup_get_state_path (const char *output)
{
  return g_strconcat (output, ".soup.json", NULL);
}

static char *
make_candidate_path (const char *output)
{
  g_autofree char *folder = g_path_get_dirname (output);
  g_autofree char *base = g_path_get_basename (output);
  g_autofree char *name = g_strdup_printf (".%s.soup-candidate.safetensors", base);

  return g_build_filename (folder, name, NULL);
}

static void
cook_clear (AmCook *cook)
{
  g_clear_pointer (&cook->soup, am_soup_free);
  g_clear_pointer (&cook->digests, g_strfreev);
  g_clear_pointer (&cook->candidate, g_free);
  g_clear_pointer (&cook->state, am_soup_state_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AmCook, cook_clear)

static void
add_step (AmCook *cook, guint model, double score, gboolean is_alone, gboolean is_kept)
{
  AmSoupStep step = { model, score, is_alone, is_kept };

  g_array_append_val (cook->soup->steps, step);
}

static void
add_ingredient (AmCook *cook, guint model)
{
  g_array_append_val (cook->soup->ingredients, model);
}

/* @steps are of models alone. Best first; of equal ones the one given first. */
static gint
order_steps (gconstpointer a, gconstpointer b)
{
  const AmSoupStep *first = a, *second = b;

  if (first->score != second->score)
    return first->score > second->score ? -1 : 1;
  return (first->model > second->model) - (first->model < second->model);
}

/* Scores every model alone and puts the best into the pot. (transfer full): the steps, best first. */
static GArray *
score_models (AmCook *cook, GError **error)
{
  g_autoptr (GArray) order = NULL;
  guint n_models = g_strv_length (cook->soup->models);

  for (guint i = 0; i < n_models; i++)
    {
      double score;

      if (!am_cook_score (cook, &i, 1, &score, error))
        return NULL;
      add_step (cook, i, score, TRUE, FALSE);
    }
  order = g_array_copy (cook->soup->steps);
  g_array_sort (order, order_steps);
  return g_steal_pointer (&order);
}

/* The next model, into the soup when the average is strictly better with it. */
static gboolean
try_model (AmCook *cook, guint model, GError **error)
{
  AmSoup *soup = cook->soup;
  gboolean is_better;
  double score;

  add_ingredient (cook, model);
  if (!am_cook_score (cook, (const guint *)(gpointer)soup->ingredients->data, soup->ingredients->len, &score,
                      error))
    return FALSE;
  is_better = score > soup->score;
  add_step (cook, model, score, FALSE, is_better);
  if (is_better)
    soup->score = score;
  else
    g_array_set_size (soup->ingredients, soup->ingredients->len - 1);
  return TRUE;
}

static gboolean
choose_greedily (AmCook *cook, GError **error)
{
  g_autoptr (GArray) order = score_models (cook, error);
  const AmSoupStep *best;

  if (order == NULL)
    return FALSE;
  best = &g_array_index (order, AmSoupStep, 0);
  g_array_index (cook->soup->steps, AmSoupStep, best->model).is_kept = TRUE;
  add_ingredient (cook, best->model);
  cook->soup->score = best->score;
  for (guint i = 1; i < order->len; i++)
    if (!try_model (cook, g_array_index (order, AmSoupStep, i).model, error))
      return FALSE;
  return TRUE;
}

static gboolean
choose_all (AmCook *cook, GError **error)
{
  AmSoup *soup = cook->soup;

  for (guint i = 0; soup->models[i] != NULL; i++)
    add_ingredient (cook, i);
  return cook->evaluator == NULL
         || am_cook_score (cook, (const guint *)(gpointer)soup->ingredients->data, soup->ingredients->len,
                           &soup->score, error);
}

static gboolean
open_state (AmCook *cook, GError **error)
{
  g_autofree char *path = NULL;
  g_autofree char *identity = NULL;

  if (cook->evaluator == NULL)
    return TRUE;
  identity = am_evaluator_get_identity (cook->evaluator, error);
  if (identity == NULL)
    return FALSE;
  path = am_soup_get_state_path (cook->soup->output);
  cook->state = am_soup_state_open (path, (const char *const *)cook->digests, identity, error);
  return cook->state != NULL;
}

static gboolean
make_soup (AmCook *cook, GError **error)
{
  guint n_models = g_strv_length (cook->soup->models);
  gboolean is_chosen;

  if (!am_cook_check (cook, error) || !open_state (cook, error))
    return FALSE;
  /* A run that was killed may have left it. */
  g_unlink (cook->candidate);
  cook->n_to_score = cook->evaluator == NULL ? 0 : cook->soup->kind == AM_SOUP_GREEDY ? 2 * n_models - 1 : 1;
  cook->began = g_get_monotonic_time ();
  is_chosen = cook->soup->kind == AM_SOUP_GREEDY ? choose_greedily (cook, error) : choose_all (cook, error);
  if (!is_chosen || !am_cook_serve (cook, error))
    return FALSE;
  if (cook->state != NULL)
    am_soup_state_remove (cook->state);
  return TRUE;
}

static AmSoup *
soup_new (AmSoupKind kind, const char *const *models, const char *output)
{
  AmSoup *soup = g_new0 (AmSoup, 1);

  soup->kind = kind;
  soup->models = g_strdupv ((char **)models);
  soup->output = g_strdup (output);
  soup->steps = g_array_new (FALSE, FALSE, sizeof (AmSoupStep));
  soup->ingredients = g_array_new (FALSE, FALSE, sizeof (guint));
  soup->score = NAN;
  return soup;
}

AmSoup *
am_soup_cook (AmSoupKind kind, const char *const *models, AmEvaluator *evaluator, const char *output,
              gboolean replace, gboolean sync, const AmProgress *progress, GCancellable *cancellable,
              GError **error)
{
  g_auto (AmCook) cook = { .soup = soup_new (kind, models, output),
                           .evaluator = evaluator,
                           .candidate = make_candidate_path (output),
                           .replace = replace,
                           .sync = sync,
                           .progress = progress,
                           .cancellable = cancellable };

  cook.began = g_get_monotonic_time ();
  return make_soup (&cook, error) ? g_steal_pointer (&cook.soup) : NULL;
}

void
am_soup_free (AmSoup *soup)
{
  g_strfreev (soup->models);
  g_strfreev (soup->warnings);
  g_free (soup->output);
  g_array_unref (soup->steps);
  g_array_unref (soup->ingredients);
  g_free (soup);
}

guint
am_soup_get_n_steps (const AmSoup *soup)
{
  return soup->steps->len;
}

const AmSoupStep *
am_soup_get_step (const AmSoup *soup, guint index)
{
  return &g_array_index (soup->steps, AmSoupStep, index);
}

guint
am_soup_get_n_ingredients (const AmSoup *soup)
{
  return soup->ingredients->len;
}

guint
am_soup_get_ingredient (const AmSoup *soup, guint index)
{
  return g_array_index (soup->ingredients, guint, index);
}

double
am_soup_get_score (const AmSoup *soup)
{
  return soup->score;
}

guint
am_soup_get_n_resumed (const AmSoup *soup)
{
  return soup->n_resumed;
}

const char *const *
am_soup_get_warnings (const AmSoup *soup)
{
  return (const char *const *)soup->warnings;
}

static void
add_step_json (const AmSoup *soup, const AmSoupStep *step, JsonBuilder *builder)
{
  g_autofree char *model = g_filename_display_name (soup->models[step->model]);

  json_builder_begin_object (builder);
  am_json_add_string (builder, "model", model);
  am_json_add_boolean (builder, "alone", step->is_alone);
  am_json_add_number (builder, "score", step->score);
  am_json_add_boolean (builder, "kept", step->is_kept);
  json_builder_end_object (builder);
}

static void
add_ingredients_json (const AmSoup *soup, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "ingredients");
  json_builder_begin_array (builder);
  for (guint i = 0; i < soup->ingredients->len; i++)
    {
      g_autofree char *model = g_filename_display_name (soup->models[am_soup_get_ingredient (soup, i)]);

      json_builder_add_string_value (builder, model);
    }
  json_builder_end_array (builder);
}

char *
am_soup_to_json (const AmSoup *soup)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *output = g_filename_display_name (soup->output);

  json_builder_begin_object (builder);
  am_json_add_string (builder, "format", "amalgam-soup-1");
  am_json_add_string (builder, "kind", soup->kind == AM_SOUP_GREEDY ? "greedy" : "uniform");
  am_json_add_string (builder, "output", output);
  am_json_add_count (builder, "models", g_strv_length (soup->models));
  add_ingredients_json (soup, builder);
  am_json_add_number (builder, "score", soup->score);
  am_json_add_count (builder, "resumed", soup->n_resumed);
  json_builder_set_member_name (builder, "steps");
  json_builder_begin_array (builder);
  for (guint i = 0; i < soup->steps->len; i++)
    add_step_json (soup, am_soup_get_step (soup, i), builder);
  json_builder_end_array (builder);
  am_json_add_strings (builder, "warnings", am_soup_get_warnings (soup));
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return am_json_to_text (root, TRUE);
}
