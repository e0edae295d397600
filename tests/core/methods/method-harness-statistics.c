#include "method-harness-private.h"

#include <math.h>

static void
give_statistic (Harness *harness, guint index, guint model, guint64 length, gboolean is_diagonal)
{
  Tensor *tensor = harness_get_tensor (harness, index);

  if (tensor->statistics == NULL)
    {
      tensor->statistics = g_new0 (AmTensorStatistic, harness->n_models);
      tensor->means = g_new0 (double *, harness->n_models + 1);
    }
  g_free (tensor->means[model]);
  tensor->means[model] = g_new0 (double, MAX (length, 1));
  tensor->statistics[model] = (AmTensorStatistic){ length, is_diagonal };
}

static gsize
get_slice (const Tensor *tensor)
{
  gsize slice = 1;

  for (guint i = 1; i < tensor->n_dims; i++)
    slice *= tensor->shape[i];
  return slice;
}

void
harness_give_gram (Harness *harness, guint tensor, guint model, gsize side, gboolean is_diagonal)
{
  side = side > 0 ? side : get_slice (harness_get_tensor (harness, tensor));
  give_statistic (harness, tensor, model, is_diagonal ? side : (guint64)side * side, is_diagonal);
}

void
harness_give_statistics (Harness *harness, guint tensor)
{
  for (guint i = 0; i < harness->n_models; i++)
    if (harness->method->statistics == AM_STATISTICS_FISHER)
      give_statistic (harness, tensor, i, harness_get_tensor (harness, tensor)->length, FALSE);
    else
      harness_give_gram (harness, tensor, i, 0, FALSE);
}

double *
harness_get_statistic (Harness *harness, guint tensor, guint model)
{
  return harness_get_tensor (harness, tensor)->means[model];
}

gsize
harness_get_statistic_length (Harness *harness, guint tensor, guint model)
{
  return harness_get_tensor (harness, tensor)->statistics[model].length;
}

/* Inputs that have a few directions in common and something of their own. */
static void
fill_gram (GRand *rand, gsize side, gboolean is_diagonal, double *gram)
{
  g_autofree double *row = g_new (double, side);

  for (gsize i = 0; i < side; i++)
    gram[is_diagonal ? i : i * side + i] = g_rand_double_range (rand, 0.1, 1);
  for (guint direction = 0; direction < 8; direction++)
    {
      for (gsize i = 0; i < side; i++)
        row[i] = g_rand_double_range (rand, -1, 1);
      for (gsize i = 0; i < side && is_diagonal; i++)
        gram[i] += row[i] * row[i];
      for (gsize i = 0; i < side && !is_diagonal; i++)
        for (gsize j = 0; j < side; j++)
          gram[i * side + j] += row[i] * row[j];
    }
}

void
harness_give_random_statistics (Harness *harness, guint tensor, guint32 seed, gsize widest)
{
  const gsize side = get_slice (harness_get_tensor (harness, tensor));

  harness_give_statistics (harness, tensor);
  for (guint i = 0; i < harness->n_models; i++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (1000 * seed + i);

      if (harness->method->statistics == AM_STATISTICS_GRAM)
        {
          harness_give_gram (harness, tensor, i, side, side > widest);
          fill_gram (rand, side, side > widest, harness_get_statistic (harness, tensor, i));
        }
      else
        for (gsize k = 0; k < harness_get_tensor (harness, tensor)->length; k++)
          harness_get_statistic (harness, tensor, i)[k] = exp (g_rand_double_range (rand, -8, 0));
    }
}
