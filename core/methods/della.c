/* DELLA: drops changes at random like DARE, the smaller the likelier: an element of magnitude rank r, from 0
 * for the smallest of its row to 1 for the greatest, stays with probability density - epsilon + 2 epsilon r.
 *
 * Rows run along axis 1, as in mergekit: the inputs of one output unit, and of one place in a convolution's
 * window. A tensor of one axis is one row; an element alone in its row has r = 1/2. Equal magnitudes rank by
 * index. By default what stays is divided by its own probability, as in the paper; "l1" is mergekit's rule,
 * which restores each tensor's sum of magnitudes. */
#include <math.h>
#include <string.h>

#include "kernels/kernels.h"
#include "kernels/philox.h"
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
    "epsilon", "How far the chance to stay departs from the density by magnitude", AM_PARAMETER_NUMBER,      \
        .per_model = TRUE, .per_tensor = TRUE, .minimum = 0, .maximum = 0.5, .soft_minimum = 0,              \
        .soft_maximum = 0.5, .default_value = 0.15                                                           \
  }

static const AmParameter linear_parameters[N_LINEAR_PARAMETERS] = {
  AM_TASK_PARAMETERS (FALSE),
  [DENSITY] = AM_TASK_DENSITY_PARAMETER ("Share of each model's changes kept, picked at random by magnitude"),
  [EPSILON] = EPSILON_PARAMETER,
  [RESCALE] = AM_TASK_RESCALE_PARAMETER (AM_RESCALE_DENSITY),
};

static const AmParameter ties_parameters[N_TIES_PARAMETERS] = {
  AM_TASK_PARAMETERS (TRUE),
  [DENSITY] = AM_TASK_DENSITY_PARAMETER ("Share of each model's changes kept, picked at random by magnitude"),
  [EPSILON] = EPSILON_PARAMETER,
  [RESCALE] = AM_TASK_RESCALE_PARAMETER (AM_RESCALE_DENSITY),
  [ELECTION] = AM_TASK_ELECTION_PARAMETER,
};

/* One element of a row being sorted. */
typedef struct
{
  guint64 magnitude; /* as a bit pattern */
  guint64 index;     /* in the chunk */
} Entry;

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

/* Stable radix sort by eight bits at a time; digits all entries share are passed over. Returns the sorted one
 * of the two arrays. */
static Entry *
sort_entries (Entry *entries, Entry *room, gsize n)
{
  for (guint shift = 0; shift < 64; shift += 8)
    {
      gsize place[257] = { 0 };
      Entry *swap = room;

      for (gsize i = 0; i < n; i++)
        place[(entries[i].magnitude >> shift & 255) + 1]++;
      if (place[(entries[0].magnitude >> shift & 255) + 1] == n)
        continue;
      for (guint digit = 0; digit < 256; digit++)
        place[digit + 1] += place[digit];
      for (gsize i = 0; i < n; i++)
        room[place[entries[i].magnitude >> shift & 255]++] = entries[i];
      room = entries;
      entries = swap;
    }
  return entries;
}

static guint64
magnitude_pattern (gconstpointer values, gsize index, gboolean is_double)
{
  union
  {
    float value;
    guint32 pattern;
  } single;
  union
  {
    double value;
    guint64 pattern;
  } wide;

  if (is_double)
    {
      wide.value = fabs (((const double *)values)[index]);
      return wide.pattern;
    }
  single.value = fabsf (((const float *)values)[index]);
  return single.pattern;
}

static void
mask_element (gpointer delta, gsize index, gboolean is_double, gboolean stays, double factor)
{
  if (is_double)
    ((double *)delta)[index] = stays ? ((double *)delta)[index] * factor : 0;
  else
    ((float *)delta)[index] = stays ? ((float *)delta)[index] * (float)factor : 0;
}

/* What one model's draw needs. */
typedef struct
{
  double lowest;        /* probability of the smallest */
  double span;          /* of probabilities */
  gboolean divides;     /* what stays is divided by its probability */
  const guint32 *words; /* of the chunk */
} Draw;

static void
mask_row (const Draw *draw, gpointer delta, gboolean is_double, gsize first, Rows rows, Entry *room)
{
  Entry *entries;

  for (gsize i = 0; i < rows.length; i++)
    {
      room[i].index = first + i * rows.stride;
      room[i].magnitude = magnitude_pattern (delta, room[i].index, is_double);
    }
  entries = sort_entries (room, room + rows.length, rows.length);
  for (gsize i = 0; i < rows.length; i++)
    {
      double rank = rows.length > 1 ? (double)i / (double)(rows.length - 1) : 0.5;
      double chance = CLAMP (draw->lowest + draw->span * rank, 0, 1);
      gboolean stays = draw->words[entries[i].index] < (guint64)nearbyint (chance * 0x1p32);

      mask_element (delta, entries[i].index, is_double, stays, draw->divides ? 1 / chance : 1);
    }
}

static void
mask_chunk (const AmMethodTensor *tensor, AmMethodChunk *chunk, guint model, const AmSparsity *sparsity)
{
  Rows rows = rows_of (tensor);
  guint64 slice = rows.length * rows.stride;
  g_autofree Entry *room = g_new (Entry, 2 * rows.length);
  double epsilon = am_method_tensor_get_for (tensor, EPSILON, model);
  guint32 *words = chunk->scratch[0];
  Draw draw = { .span = 2 * epsilon, .words = words };

  draw.lowest = am_method_tensor_get_for (tensor, DENSITY, model) - epsilon;
  draw.divides = am_method_tensor_get (tensor, RESCALE) == AM_RESCALE_DENSITY;
  am_philox_words (words, sparsity->key, 0, chunk->first, chunk->n);
  for (guint64 at = 0; at < chunk->n; at += slice)
    for (guint64 row = 0; row < rows.stride; row++)
      mask_row (&draw, chunk->model[model], tensor->is_double, at + row, rows, room);
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
  .title = "DELLA, linear",
  .summary = "Drops changes at random, small ones first, scales the rest up and adds them to the base.",
  .paper = "Deep et al. 2024, arXiv:2406.11617",
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = linear_parameters,
  .n_parameters = N_LINEAR_PARAMETERS,
  .flags = AM_METHOD_SLICES | AM_METHOD_LAST_AXIS | AM_METHOD_IDEMPOTENT | AM_METHOD_RANDOM,
  .n_scratch = 1,
  .check = check,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply_linear,
};

const AmMethod am_della_method = {
  .id = "della",
  .title = "DELLA",
  .summary = "Drops changes at random, small ones first, and takes the mean of those that agree on a sign.",
  .paper = "Deep et al. 2024, arXiv:2406.11617",
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = ties_parameters,
  .n_parameters = N_TIES_PARAMETERS,
  .flags = AM_METHOD_SLICES | AM_METHOD_LAST_AXIS | AM_METHOD_IDEMPOTENT | AM_METHOD_RANDOM,
  .n_scratch = 1,
  .check = check,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply_ties,
};
