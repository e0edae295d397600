/* DELLA: drops changes at random like DARE, the smaller the likelier: an element of magnitude rank r, from 0
 * for the smallest of its row to 1 for the greatest, stays with probability density - epsilon + 2 epsilon r.
 *
 * Rows run along axis 1, as in mergekit: the inputs of one output unit, and of one place in a convolution's
 * window. A tensor of one axis is one row; an element alone in its row has r = 1/2. Equal magnitudes rank by
 * index. By default what stays is divided by its own probability, as in the paper; "l1" is mergekit's rule,
 * which restores each tensor's sum of magnitudes. */
#include <math.h>

#include "kernels/kernels.h"
#include "kernels/philox.h"
#include "methods/magnitude-ranks.h"
#include "methods/task-vector.h"

enum
{
  DENSITY = AM_TASK_N_PARAMETERS,
  EPSILON,
  RESCALE,
  N_LINEAR_PARAMETERS,
  ELECTION = N_LINEAR_PARAMETERS,
  N_TIES_PARAMETERS,
};

#define EPSILON_PARAMETER                                                                                    \
  {                                                                                                          \
    "epsilon", N_ ("How far the chance to stay departs from the density by magnitude"), AM_PARAMETER_NUMBER, \
        .per_model = TRUE, .per_tensor = TRUE, .minimum = 0, .maximum = 0.5, .soft_minimum = 0,              \
        .soft_maximum = 0.5, .default_value = 0.15                                                           \
  }

static const AmParameter linear_parameters[N_LINEAR_PARAMETERS] = {
  AM_TASK_PARAMETERS (FALSE),
  [DENSITY]
  = AM_TASK_DENSITY_PARAMETER (N_ ("Share of each model's changes kept, picked at random by magnitude")),
  [EPSILON] = EPSILON_PARAMETER,
  [RESCALE] = AM_TASK_RESCALE_PARAMETER (AM_RESCALE_DENSITY),
};

static const AmParameter ties_parameters[N_TIES_PARAMETERS] = {
  AM_TASK_PARAMETERS (TRUE),
  [DENSITY]
  = AM_TASK_DENSITY_PARAMETER (N_ ("Share of each model's changes kept, picked at random by magnitude")),
  [EPSILON] = EPSILON_PARAMETER,
  [RESCALE] = AM_TASK_RESCALE_PARAMETER (AM_RESCALE_DENSITY),
  [ELECTION] = AM_TASK_ELECTION_PARAMETER,
};

/* Elements of a row are @stride apart; as many rows interleave. */
typedef struct
{
  guint64 length;
  guint64 stride;
} Rows;

static Rows
rows_of (const AmMethodTensor *tensor)
{
  Rows rows = { MAX (tensor->row_length, 1), 1 };

  if (tensor->n_dims >= 2)
    {
      rows.length = MAX (tensor->shape[1], 1);
      rows.stride = MAX (tensor->slice_length / rows.length, 1);
    }
  return rows;
}

static gboolean
check (const AmMethodTensor *tensor, GError **error)
{
  for (guint model = 0; model < tensor->run->n_models; model++)
    {
      double density = am_method_tensor_get_for (tensor, DENSITY, model);
      double epsilon = am_method_tensor_get_for (tensor, EPSILON, model);

      if (density <= 0 || density >= 1 || (density - epsilon > 0 && density + epsilon < 1))
        continue;
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                   "%s, model %u: density %g with epsilon %g gives chances outside of 0 to 1; "
                   "choose epsilon below %g",
                   tensor->name, model + 1, density, epsilon, MIN (density, 1 - density));
      return FALSE;
    }
  return TRUE;
}

static void
mask_element (gpointer delta, gsize index, gboolean is_double, gboolean stays, double factor)
{
  if (is_double)
    ((double *)delta)[index] = stays ? ((double *)delta)[index] * factor : 0;
  else
    ((float *)delta)[index] = stays ? ((float *)delta)[index] * (float)factor : 0;
}

/* What becomes of the element of one rank; the same in every row of a tensor. */
typedef struct
{
  guint64 limit; /* it stays when its word is below */
  double factor;
} Fate;

static void
decide_fates (const AmMethodTensor *tensor, guint model, Fate *fates, guint64 n)
{
  double epsilon = am_method_tensor_get_for (tensor, EPSILON, model);
  double lowest = am_method_tensor_get_for (tensor, DENSITY, model) - epsilon;
  gboolean divides = am_method_tensor_get (tensor, RESCALE) == AM_RESCALE_DENSITY;

  for (guint64 i = 0; i < n; i++)
    {
      double rank = n > 1 ? (double)i / (double)(n - 1) : 0.5;
      double chance = CLAMP (lowest + 2 * epsilon * rank, 0, 1);

      fates[i].limit = (guint64)nearbyint (chance * 0x1p32);
      fates[i].factor = divides ? 1 / chance : 1;
    }
}

static void
mask_row (const Fate *fates, gpointer delta, const guint32 *words, gboolean is_double, guint64 first,
          Rows rows, AmRanked *room)
{
  const gsize width = is_double ? sizeof (double) : sizeof (float);
  const AmRanked *ranked
      = am_rank_magnitudes ((guint8 *)delta + first * width, rows.stride, rows.length, is_double, room);

  for (guint64 i = 0; i < rows.length; i++)
    {
      guint64 index = first + ranked[i].index * rows.stride;

      mask_element (delta, index, is_double, words[index] < fates[i].limit, fates[i].factor);
    }
}

static void
mask_chunk (const AmMethodTensor *tensor, AmMethodChunk *chunk, guint model, const AmSparsity *sparsity)
{
  const Rows rows = rows_of (tensor);
  const guint64 slice = rows.length * rows.stride;
  g_autofree AmRanked *room = g_new (AmRanked, 2 * rows.length);
  g_autofree Fate *fates = g_new (Fate, rows.length);
  guint32 *words = chunk->scratch[0];

  decide_fates (tensor, model, fates, rows.length);
  am_philox_words (words, sparsity->key, 0, chunk->first, chunk->n);
  for (guint64 at = 0; at < chunk->n; at += slice)
    for (guint64 row = 0; row < rows.stride; row++)
      mask_row (fates, chunk->model[model], words, tensor->is_double, at + row, rows, room);
}

/* Leaves the sparse task vectors in the chunk's models. */
static void
sparsify (const AmMethodTensor *tensor, AmMethodChunk *chunk, guint model, const AmSparsity *sparsity)
{
  if (sparsity->kind == AM_SPARSITY_RANDOM)
    mask_chunk (tensor, chunk, model, sparsity);
  else
    am_sparsity_apply (sparsity, tensor->is_double, chunk->model[model], chunk->first, chunk->n);
}

static double
sum_abs (const AmMethodTensor *tensor, gconstpointer values, gsize n)
{
  return tensor->is_double ? am_kernels_get ()->sum_abs_double (values, n)
                           : am_kernels_get ()->sum_abs_float (values, n);
}

static gboolean
rescale_l1 (AmSparsity *sparsities, const AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  double before[AM_MAX_MODELS] = { 0 }, after[AM_MAX_MODELS] = { 0 };
  g_autoptr (GError) local_error = NULL;
  AmMethodChunk *chunk;

  while (am_tensor_reader_next (reader, &chunk, &local_error))
    {
      am_task_vector_subtract (tensor, chunk);
      for (guint model = 0; model < tensor->run->n_models; model++)
        if (sparsities[model].kind == AM_SPARSITY_RANDOM && am_task_vector_get_weight (tensor, model) != 0)
          {
            before[model] += sum_abs (tensor, chunk->model[model], chunk->n);
            sparsify (tensor, chunk, model, &sparsities[model]);
            after[model] += sum_abs (tensor, chunk->model[model], chunk->n);
          }
    }
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  for (guint model = 0; model < tensor->run->n_models; model++)
    sparsities[model].factor = am_sparsity_factor_of_l1 (before[model], after[model]);
  return TRUE;
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  g_autofree AmSparsity *sparsities = g_new0 (AmSparsity, tensor->run->n_models);

  for (guint model = 0; model < tensor->run->n_models; model++)
    am_sparsity_init_random (&sparsities[model], tensor, model,
                             am_method_tensor_get_for (tensor, DENSITY, model));
  if (am_method_tensor_get (tensor, RESCALE) == AM_RESCALE_L1
      && !rescale_l1 (sparsities, tensor, reader, error))
    return FALSE;
  tensor->state = g_steal_pointer (&sparsities);
  return TRUE;
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk, AmElection election)
{
  const AmSparsity *sparsities = tensor->state;
  gconstpointer delta[AM_MAX_MODELS];
  AmConsensus consensus;

  am_task_vector_get_consensus (tensor, election, sparsities, &consensus);
  if (am_task_vector_apply_endpoint (tensor, chunk, &consensus, sparsities))
    return;

  am_task_vector_subtract (tensor, chunk);
  for (guint i = 0; i < consensus.n; i++)
    {
      guint model = consensus.model[i];

      sparsify (tensor, chunk, model, &sparsities[model]);
      delta[i] = chunk->model[model];
    }
  am_consensus_combine (&consensus, tensor->is_double, chunk->out, chunk->base, delta, chunk->n);
}

static void
apply_linear (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  apply (tensor, chunk, AM_ELECTION_NONE);
}

static void
apply_ties (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  apply (tensor, chunk, (AmElection)am_method_tensor_get (tensor, ELECTION));
}

const AmMethod am_della_linear_method = {
  .id = "della_linear",
  .title = N_ ("DELLA, linear"),
  .summary = N_ ("Drops changes at random, small ones first, scales the rest up and adds them to the base."),
  .paper = "Deep et al. 2024, arXiv:2406.11617",
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = linear_parameters,
  .n_parameters = N_LINEAR_PARAMETERS,
  .flags = AM_METHOD_SLICES | AM_METHOD_LAST_AXIS | AM_METHOD_IDEMPOTENT | AM_METHOD_RANDOM,
  .n_scratch = 1,
  .check = check,
  .plan_stand_in = am_task_vector_plan_draw,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply_linear,
};

const AmMethod am_della_method = {
  .id = "della",
  .title = N_ ("DELLA"),
  .summary
  = N_ ("Drops changes at random, small ones first, and takes the mean of those that agree on a sign."),
  .paper = "Deep et al. 2024, arXiv:2406.11617",
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = ties_parameters,
  .n_parameters = N_TIES_PARAMETERS,
  .flags = AM_METHOD_SLICES | AM_METHOD_LAST_AXIS | AM_METHOD_IDEMPOTENT | AM_METHOD_RANDOM,
  .n_scratch = 1,
  .check = check,
  .plan_stand_in = am_task_vector_plan_draw,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply_ties,
};
