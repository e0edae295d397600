/* SCE: selects the elements on which the models differ most, calculates a weight for each model from the
 * energy of what was selected, and erases the minority's signs.
 *
 * select: floor (select_topk * number of elements whose variance across models is not 0), the greatest
 * variances first, equal ones by index. Variances are of the population. calculate: weight = sum of squares
 * of a model's selected changes over that of all models; equal weights when all are 0. erase: the sign of the
 * sum of selected changes wins, 0 counts as positive.
 *
 * mergekit takes equal weights already when the mean squares add up to less than 1e-6, as they do for most
 * fine tunes, and shrinks elements on whose sign only models of a weight below 1e-6 agree; here neither
 * happens. */
#include <math.h>
#include <string.h>

#include "kernels/kernels.h"
#include "methods/consensus.h"
#include "methods/linear-combination.h"
#include "methods/selection.h"

enum
{
  SELECT_TOPK,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [SELECT_TOPK] = { "select_topk", N_ ("Share of the elements kept, those on which models differ most"),
                    AM_PARAMETER_NUMBER, .per_tensor = TRUE, .minimum = 0, .maximum = 1, .soft_minimum = 0,
                    .soft_maximum = 1, .default_value = 1 },
};

typedef struct
{
  gboolean selects;
  AmCut cut; /* of variances */
  double weight[AM_MAX_MODELS];
} State;

static void
subtract_base (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  for (guint model = 0; model < tensor->run->n_models; model++)
    am_kernels_get ()->subtract_double (chunk->model[model], chunk->model[model], chunk->base, chunk->n);
}

/* Variances of the changes across models, into the scratch array. */
static void
compute_variances (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  double *restrict variance = chunk->scratch[0];
  guint n_models = tensor->run->n_models;

  for (gsize i = 0; i < chunk->n; i++)
    {
      double mean = 0, sum = 0;

      for (guint model = 0; model < n_models; model++)
        mean += ((const double *)chunk->model[model])[i];
      mean /= n_models;
      for (guint model = 0; model < n_models; model++)
        {
          double distance = ((const double *)chunk->model[model])[i] - mean;

          sum += distance * distance;
        }
      variance[i] = sum / n_models;
    }
}

static void
prepare_variances (const AmMethodTensor *tensor, AmMethodChunk *chunk, gconstpointer *values,
                   gpointer user_data)
{
  subtract_base (tensor, chunk);
  compute_variances (tensor, chunk);
  values[0] = chunk->scratch[0];
}

/* Leaves the selected changes in the chunk's models, zeros elsewhere. */
static void
select_changes (const AmMethodTensor *tensor, AmMethodChunk *chunk, const State *state)
{
  double *variance = chunk->scratch[0];

  subtract_base (tensor, chunk);
  if (!state->selects)
    return;
  compute_variances (tensor, chunk);
  am_kernels_get ()->trim_double (variance, state->cut.threshold, state->cut.last_tie, chunk->first,
                                  chunk->n);
  for (guint model = 0; model < tensor->run->n_models; model++)
    {
      double *restrict delta = chunk->model[model];

      for (gsize i = 0; i < chunk->n; i++)
        delta[i] = variance[i] != 0 ? delta[i] : 0;
    }
}

static void
set_weights (State *state, guint n_models, const double *energy)
{
  double total = 0;

  for (guint model = 0; model < n_models; model++)
    total += energy[model];
  for (guint model = 0; model < n_models; model++)
    state->weight[model] = total > 0 && isfinite (total) ? energy[model] / total : 1.0 / n_models;
}

static gboolean
calculate_weights (State *state, const AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  double energy[AM_MAX_MODELS] = { 0 };
  g_autoptr (GError) local_error = NULL;
  AmMethodChunk *chunk;

  am_tensor_reader_rewind (reader);
  while (am_tensor_reader_next (reader, &chunk, &local_error))
    {
      select_changes (tensor, chunk, state);
      for (guint model = 0; model < tensor->run->n_models; model++)
        energy[model] += am_kernels_get ()->dot_double (chunk->model[model], chunk->model[model], chunk->n);
    }
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  set_weights (state, tensor->run->n_models, energy);
  return TRUE;
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  g_autofree State *state = g_new0 (State, 1);
  double select_topk = am_method_tensor_get (tensor, SELECT_TOPK);

  state->selects = select_topk < 1;
  if (state->selects)
    {
      g_autoptr (AmSelection) selection = am_selection_new_of_nonzero (tensor, select_topk);

      if (!am_selection_run (&selection, 1, tensor, reader, prepare_variances, NULL, error))
        return FALSE;
      state->cut = *am_selection_get_cut (selection);
    }
  if (!(state->selects && state->cut.n_kept == 0) && !calculate_weights (state, tensor, reader, error))
    return FALSE;
  if (state->selects && state->cut.n_kept == 0 && tensor->length > 0)
    tensor->stand_in = AM_STAND_IN_NOTHING_KEPT;
  tensor->state = g_steal_pointer (&state);
  return TRUE;
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  const State *state = tensor->state;
  AmConsensus consensus
      = { .n = tensor->run->n_models, .election = AM_ELECTION_MASS, .normalize = TRUE, .lambda = 1 };
  gconstpointer delta[AM_MAX_MODELS];

  if (state->selects && state->cut.n_kept == 0)
    {
      am_copy_input (tensor, chunk, chunk->base);
      return;
    }
  select_changes (tensor, chunk, state);
  for (guint model = 0; model < tensor->run->n_models; model++)
    {
      consensus.model[model] = model;
      consensus.weight[model] = state->weight[model];
      consensus.factor[model] = state->weight[model];
      consensus.vote[model] = 1;
      delta[model] = chunk->model[model];
    }
  am_consensus_combine (&consensus, TRUE, chunk->out, chunk->base, delta, chunk->n);
}

const AmMethod am_sce_method = {
  .id = "sce",
  .title = N_ ("SCE"),
  .summary
  = N_ ("Takes the changes on which models differ most, weighted by their energy, where signs agree."),
  .paper = "Wan et al. 2024, arXiv:2408.07990",
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_DOUBLE | AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .n_scratch = 1,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply,
};
