#include "methods/task-vector.h"

#include "kernels/kernels.h"
#include "methods/linear-combination.h"

/* Elements per round, so that all inputs stay in the first-level cache from subtraction to sum. */
#define BLOCK 1024

const char *const am_election_choices[] = { "mass", "count", NULL };

double
am_task_vector_get_weight (const AmMethodTensor *tensor, guint model)
{
  return am_method_tensor_get_for (tensor, AM_TASK_WEIGHT, model);
}

void
am_task_vector_get_consensus (const AmMethodTensor *tensor, AmElection election, const AmSparsity *sparsities,
                              AmConsensus *consensus)
{
  consensus->n = 0;
  consensus->election = election;
  consensus->normalize = am_method_tensor_get (tensor, AM_TASK_NORMALIZE) != 0;
  consensus->lambda = am_method_tensor_get (tensor, AM_TASK_LAMBDA);
  for (guint model = 0; model < tensor->run->n_models; model++)
    {
      double weight = am_task_vector_get_weight (tensor, model);

      if (weight == 0)
        continue;
      consensus->model[consensus->n] = model;
      consensus->weight[consensus->n] = weight;
      consensus->factor[consensus->n] = sparsities != NULL ? weight * sparsities[model].factor : weight;
      consensus->vote[consensus->n] = consensus->factor[consensus->n];
      consensus->n++;
    }
}

static gpointer
element (const AmMethodTensor *tensor, gpointer values, gsize index)
{
  return (guint8 *)values + index * (tensor->is_double ? sizeof (double) : sizeof (float));
}

static void
subtract (const AmMethodTensor *tensor, gpointer model, gconstpointer base, gsize n)
{
  if (tensor->is_double)
    am_kernels_get ()->subtract_double (model, model, base, n);
  else
    am_kernels_get ()->subtract_float (model, model, base, n);
}

void
am_task_vector_subtract (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  for (guint model = 0; model < tensor->run->n_models; model++)
    if (am_task_vector_get_weight (tensor, model) != 0)
      subtract (tensor, chunk->model[model], chunk->base, chunk->n);
}

gboolean
am_task_vector_apply_endpoint (const AmMethodTensor *tensor, AmMethodChunk *chunk,
                               const AmConsensus *consensus, const AmSparsity *sparsities)
{
  double factor;
  guint model;

  if (consensus->n == 0 || consensus->lambda == 0)
    {
      am_copy_input (tensor, chunk, chunk->base);
      return TRUE;
    }
  if (consensus->n > 1)
    return FALSE;

  model = consensus->model[0];
  factor = (consensus->normalize ? 1 : consensus->weight[0]) * consensus->lambda;
  if (factor != 1 || (sparsities != NULL && sparsities[model].kind != AM_SPARSITY_ALL))
    return FALSE;
  am_copy_input (tensor, chunk, chunk->model[model]);
  return TRUE;
}

void
am_task_vector_apply (const AmMethodTensor *tensor, AmMethodChunk *chunk, AmElection election,
                      const AmSparsity *sparsities)
{
  AmConsensus consensus;

  am_task_vector_get_consensus (tensor, election, sparsities, &consensus);
  if (am_task_vector_apply_endpoint (tensor, chunk, &consensus, sparsities))
    return;

  for (gsize at = 0; at < chunk->n; at += BLOCK)
    {
      gsize n = MIN (BLOCK, chunk->n - at);
      gpointer base = element (tensor, chunk->base, at);
      gconstpointer delta[AM_MAX_MODELS];

      for (guint i = 0; i < consensus.n; i++)
        {
          guint model = consensus.model[i];
          gpointer values = element (tensor, chunk->model[model], at);

          subtract (tensor, values, base, n);
          if (sparsities != NULL)
            am_sparsity_apply (&sparsities[model], tensor->is_double, values, chunk->first + at, n);
          delta[i] = values;
        }
      am_consensus_combine (&consensus, tensor->is_double, element (tensor, chunk->out, at), base, delta, n);
    }
}

static const char *
plan_nothing_kept (const AmMethodTensor *tensor, gboolean is_draw)
{
  for (guint model = 0; model < tensor->run->n_models; model++)
    {
      double density = am_method_tensor_get_for (tensor, AM_TASK_N_PARAMETERS, model);
      gboolean is_kept = is_draw ? density > 0 : am_fraction_of (density, tensor->length) > 0;

      if (is_kept && am_task_vector_get_weight (tensor, model) != 0)
        return NULL;
    }
  return tensor->length > 0 ? AM_STAND_IN_NOTHING_KEPT : NULL;
}

const char *
am_task_vector_plan_trim (const AmMethodTensor *tensor)
{
  return plan_nothing_kept (tensor, FALSE);
}

const char *
am_task_vector_plan_draw (const AmMethodTensor *tensor)
{
  return plan_nothing_kept (tensor, TRUE);
}
