#include "task-vector-reference.h"

#include <math.h>
#include <stdlib.h>

void
reference_init (Reference *reference, Harness *harness, guint tensor, guint n_models, AmDtype dtype)
{
  gboolean is_float = dtype != AM_DTYPE_F32 && dtype != AM_DTYPE_F64;

  *reference = (Reference){ .n_models = n_models, .lambda = 1 };
  reference->n = harness_get_length (harness, tensor);
  reference->base = harness_get_input (harness, tensor, n_models);
  for (guint model = 0; model < n_models; model++)
    {
      reference->weight[model] = 1;
      reference->factor[model] = 1;
      reference->delta[model] = g_new (double, reference->n);
      for (gsize i = 0; i < reference->n; i++)
        {
          double delta = harness_get_input (harness, tensor, model)[i] - reference->base[i];

          reference->delta[model][i] = is_float ? (float)delta : delta;
        }
    }
}

void
reference_clear (Reference *reference)
{
  for (guint model = 0; model < reference->n_models; model++)
    g_free (reference->delta[model]);
}

typedef struct
{
  double magnitude;
  gsize index;
} Ranked;

static int
compare_ranked (gconstpointer a, gconstpointer b)
{
  const Ranked *x = a, *y = b;

  if (x->magnitude != y->magnitude)
    return x->magnitude > y->magnitude ? -1 : 1;
  return x->index < y->index ? -1 : 1;
}

void
reference_keep (Reference *reference, guint model, gsize n_skipped, gsize n_kept)
{
  g_autofree Ranked *ranked = g_new (Ranked, reference->n);

  for (gsize i = 0; i < reference->n; i++)
    ranked[i] = (Ranked){ fabs (reference->delta[model][i]), i };
  qsort (ranked, reference->n, sizeof (Ranked), compare_ranked);
  for (gsize i = 0; i < reference->n; i++)
    if (i < n_skipped || i >= n_skipped + n_kept)
      reference->delta[model][ranked[i].index] = 0;
}

double
reference_get_l1 (const Reference *reference, guint model)
{
  double sum = 0;

  for (gsize i = 0; i < reference->n; i++)
    sum += fabs (reference->delta[model][i]);
  return sum;
}

static double
get_value (const Reference *reference, guint model, gsize i)
{
  return reference->weight[model] * reference->factor[model] * reference->delta[model][i];
}

static int
sign_of (double value)
{
  return (value > 0) - (value < 0);
}

static int
elect (const Reference *reference, gsize i)
{
  double votes = 0;

  for (guint model = 0; model < reference->n_models; model++)
    votes
        += reference->by_count ? sign_of (get_value (reference, model, i)) : get_value (reference, model, i);
  return votes >= 0 ? 1 : -1;
}

double *
reference_merge (const Reference *reference)
{
  double *merged = g_new (double, reference->n);

  for (gsize i = 0; i < reference->n; i++)
    {
      int sign = reference->elects ? elect (reference, i) : 0;
      double sum = 0, divisor = 0;

      for (guint model = 0; model < reference->n_models; model++)
        if (!reference->elects || sign_of (get_value (reference, model, i)) == sign)
          {
            sum += get_value (reference, model, i);
            divisor += reference->weight[model];
          }
      if (reference->normalize && divisor != 0)
        sum /= divisor;
      merged[i] = reference->base[i] + reference->lambda * sum;
    }
  return merged;
}
