/* Aligning models to others. */
#include <math.h>
#include <string.h>

#include "align/activation-matching.h"
#include "align/alignment-private.h"
#include "align/matching-tree.h"
#include "base/text.h"

/* The mean of several models moves with each of them; this many rounds are more than it was ever seen to
 * take. */
#define MAX_ROUNDS 100

/* Rounds of rotations that gain less than this part of the objective are not worth their time. */
#define ROUND_TOLERANCE 1e-4

/* Layers of which the data tells nothing: those of parts that take no pictures. */
static void
note_unseen_layers (AmAlignment *self)
{
  const AmAlignmentLayer *first = NULL;
  guint n = 0;

  for (guint i = 0; i < self->layers->len; i++)
    {
      const AmAlignmentLayer *layer = &g_array_index (self->layers, AmAlignmentLayer, i);

      if (!isnan (layer->correlation_after) || layer->n_units > AM_MATCHING_MAX_UNITS)
        continue;
      first = first != NULL ? first : layer;
      n++;
    }
  if (n > 0)
    am_graph_add_note (self->graph,
                       TN_ ("%u layer stays as it is, since no picture reaches it: %s",
                            "%u layers stay as they are, since no picture reaches them; the first is %s", n),
                       n, first->name);
}

typedef struct
{
  const GPtrArray *alignments;
  const AmReference *fixed;
  AmDataset *dataset; /* by activations, else NULL */
  const AmAlignSettings *settings;
  guint n_threads;
  const AmProgress *progress;
  GCancellable *cancellable;
} Run;

/* Whether nothing changed to speak of. Rotations never come out the same to the last bit and creep on for
 * long: with them it is what is gained that counts. */
static gboolean
is_still (const Run *run, const AmMatching *before, const AmMatching *after)
{
  if (run->settings->rotate
      && fabs (after->objective - before->objective) <= ROUND_TOLERANCE * fabs (after->objective))
    return TRUE;
  return am_reorder_is_equal (before->reorder, after->reorder);
}

/* The order of units that was found before, or NULL. Rotations are found anew. */
static AmReorder *
make_start (const AmAlignment *self)
{
  AmReorder *start = self->matching != NULL ? am_reorder_copy (self->matching->reorder) : NULL;

  for (guint i = 0; start != NULL && i < am_symmetries_get_n_factors (self->symmetries); i++)
    g_clear_pointer (&start->rotations[i], g_free);
  return start;
}

static AmMatching *
find_matching (const Run *run, const AmAlignment *self, const AmReference *reference, const AmReorder *start,
               GError **error)
{
  if (run->dataset != NULL)
    return am_activation_matching_run (self->symmetries, self->model, self->checkpoint, reference->models[0],
                                       reference->checkpoints[0], run->dataset, run->settings, run->n_threads,
                                       run->progress, run->cancellable, error);
  return am_weight_matching_run (self->symmetries, self->model, self->checkpoint, reference, run->settings,
                                 start, run->n_threads, run->progress, run->cancellable, error);
}

/* @still (out) (optional) */
static gboolean
match (const Run *run, AmAlignment *self, const AmReference *reference, gboolean *still, GError **error)
{
  g_autoptr (AmReorder) identity = am_reorder_new (self->symmetries);
  g_autoptr (AmReorder) start = make_start (self);
  AmMatching *matching;

  /* The model is compared as its file has it. */
  am_reorder_apply (identity, self->model, self->checkpoint);
  matching = find_matching (run, self, reference, start, error);
  if (matching == NULL)
    return FALSE;
  if (still != NULL)
    *still = is_still (run, self->matching, matching);
  am_matching_free (self->matching);
  self->matching = matching;
  am_reorder_apply (matching->reorder, self->model, self->checkpoint);
  return TRUE;
}

static gboolean
match_all (const Run *run, GError **error)
{
  for (guint i = 0; i < run->alignments->len; i++)
    if (!match (run, g_ptr_array_index (run->alignments, i), run->fixed, NULL, error))
      return FALSE;
  return TRUE;
}

/* Matches number @index to the mean of all others as they are now. */
static gboolean
match_to_others (const Run *run, guint index, gboolean *still, GError **error)
{
  guint n = run->fixed->n_models, n_others = run->alignments->len - 1;
  g_autofree const AmModel **models = g_new0 (const AmModel *, n + n_others + 1);
  g_autofree AmCheckpoint **checkpoints = g_new0 (AmCheckpoint *, n + n_others + 1);
  AmReference reference = { n + n_others, models, checkpoints };

  memcpy (models, run->fixed->models, n * sizeof *models);
  memcpy (checkpoints, run->fixed->checkpoints, n * sizeof *checkpoints);
  for (guint i = 0; i < run->alignments->len; i++)
    {
      const AmAlignment *other = g_ptr_array_index (run->alignments, i);

      if (i == index)
        continue;
      models[n] = other->model;
      checkpoints[n++] = other->checkpoint;
    }
  return match (run, g_ptr_array_index (run->alignments, index), &reference, still, error);
}

static gboolean
match_to_mean (const Run *run, GError **error)
{
  guint n_still = 0;

  /* A mean of models in different orders resembles none of them, and what is matched to it stays where it
   * got: one order for all is a better start. */
  if (!match_all (run, error))
    return FALSE;

  /* Each model's objective can only rise while the others rest, so that rounds without a gain end it. */
  for (guint i = 0; i < MAX_ROUNDS * run->alignments->len && n_still < run->alignments->len; i++)
    {
      gboolean still;

      if (!match_to_others (run, i % run->alignments->len, &still, error))
        return FALSE;
      n_still = still ? n_still + 1 : 0;
    }
  return TRUE;
}

/* A run that was cancelled leaves no trace: the next one starts where it did. */
static void
begin (AmAlignment *self)
{
  g_autoptr (AmReorder) identity = am_reorder_new (self->symmetries);

  g_clear_pointer (&self->matching, am_matching_free);
  am_reorder_apply (identity, self->model, self->checkpoint);
}

/* What all models are compared on, prepared as the first one needs it: they are of one family. */
static gboolean
open_data (Run *run, GError **error)
{
  const AmAlignment *first = run->alignments->len > 0 ? g_ptr_array_index (run->alignments, 0) : NULL;
  g_autofree char *digest = NULL;

  if (first == NULL || run->settings->matching != AM_ALIGN_BY_ACTIVATIONS)
    return TRUE;
  run->dataset
      = am_activation_matching_open_data (run->settings, first->model, first->checkpoint, &digest, error);
  for (guint i = 0; run->dataset != NULL && i < run->alignments->len; i++)
    {
      AmAlignment *self = g_ptr_array_index (run->alignments, i);

      g_free (self->data_digest);
      g_free (self->preprocessing);
      self->data_digest = g_strdup (digest);
      self->preprocessing = g_strdup (am_dataset_get_preprocessing (run->dataset)->name);
    }
  return run->dataset != NULL;
}

static gboolean
check_settings (const AmAlignSettings *settings, GError **error)
{
  const char *fault = am_align_settings_check (settings);

  if (fault != NULL)
    g_set_error_literal (error, AM_ERROR, AM_ERROR_BAD_RECIPE, fault);
  return fault == NULL;
}

static void
end (const Run *run, AmAlignment *self)
{
  const gboolean is_first = self->layers->len == 0;

  am_alignment_describe_layers (self);
  if (run->dataset != NULL && is_first)
    note_unseen_layers (self);
}

gboolean
am_alignments_run (const GPtrArray *alignments, const AmReference *reference, const AmAlignSettings *settings,
                   guint n_threads, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  Run run = { alignments, reference, NULL, settings, n_threads, progress, cancellable };
  gboolean done;

  for (guint i = 0; i < alignments->len; i++)
    begin (g_ptr_array_index (alignments, i));
  if (!check_settings (settings, error) || !open_data (&run, error))
    return FALSE;
  done = settings->target == AM_ALIGN_TO_MEAN ? match_to_mean (&run, error) : match_all (&run, error);
  for (guint i = 0; done && i < alignments->len; i++)
    end (&run, g_ptr_array_index (alignments, i));
  am_dataset_free (run.dataset);
  return done;
}
