/* Model soups: the average of all models, or of those that help (Wortsman et al. 2022, recipe 1). */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "search/evaluator.h"

G_BEGIN_DECLS

typedef enum
{
  AM_SOUP_UNIFORM,
  AM_SOUP_GREEDY, /* best first; a model stays when the average is strictly better with it */
} AmSoupKind;

/**
 * AmSoupStep:
 * @model: number of the model
 * @score: of the model alone (first pass), or of the soup with it
 * @is_alone: which of the two
 * @is_kept: whether it is in the soup afterwards
 */
typedef struct
{
  guint model;
  double score;
  gboolean is_alone;
  gboolean is_kept;
} AmSoupStep;

typedef struct _AmSoup AmSoup;

/**
 * am_soup_cook:
 * @kind: what is averaged. Every average is made of the models themselves, in one pass, as `linear` with
 * equal weights does it
 * @models: paths, %NULL-terminated; at least 2
 * @evaluator: (nullable): for uniform soups: whether to score the result
 * @output: the soup; work goes on beside it in "OUTPUT.soup.json" and a temporary checkpoint, until it is
 * done. When a run was stopped, the same call goes on where it was: scores are kept by the digests of the
 * models and the evaluator
 *
 * Returns: (transfer full) (nullable). Errors: those of merging and of the evaluator, MISMATCH (a state file
 * of other models or another evaluator, saying to remove it), CANCELLED.
 */
AmSoup *am_soup_cook (AmSoupKind kind, const char *const *models, AmEvaluator *evaluator, const char *output,
                      gboolean replace, gboolean sync, const AmProgress *progress, GCancellable *cancellable,
                      GError **error);
void am_soup_free (AmSoup *soup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmSoup, am_soup_free)

guint am_soup_get_n_steps (const AmSoup *soup);
const AmSoupStep *am_soup_get_step (const AmSoup *soup, guint index);

/* Numbers of the models in the soup, in the order they joined. */
guint am_soup_get_n_ingredients (const AmSoup *soup);
guint am_soup_get_ingredient (const AmSoup *soup, guint index);

double am_soup_get_score (const AmSoup *soup);    /* NAN without an evaluator */
guint am_soup_get_n_resumed (const AmSoup *soup); /* scores taken over from an earlier run */

/* What the merge that made the soup warns of. %NULL-terminated. */
const char *const *am_soup_get_warnings (const AmSoup *soup);

/* Stable JSON, documented in docs/evaluation.md. (transfer full) */
char *am_soup_to_json (const AmSoup *soup);

/* The file "OUTPUT.soup.json" that keeps scores while a soup is made. (transfer full) */
char *am_soup_get_state_path (const char *output);

G_END_DECLS
