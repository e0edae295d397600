/* SCE, and the other method that picks elements by rank: Arcee fusion. */
#include <math.h>
#include <stdlib.h>

#include "methods/selection.h"
#include "task-vector-reference.h"

#define N_MODELS 3

static const char *const shapes[] = { "30,37", "3,5,3,3", "99", "5", "1", "", "0,4", "50,1000" };

typedef struct
{
  double score;
  gsize index;
} Scored;

static int
compare_scored (gconstpointer a, gconstpointer b)
{
  const Scored *x = a, *y = b;

  if (x->score != y->score)
    return x->score > y->score ? -1 : 1;
  return x->index < y->index ? -1 : 1;
}

static double
get_variance (const Reference *reference, gsize i)
{
  double mean = 0, sum = 0;

  for (guint model = 0; model < N_MODELS; model++)
    mean += reference->delta[model][i];
  mean /= N_MODELS;
  for (guint model = 0; model < N_MODELS; model++)
    sum += (reference->delta[model][i] - mean) * (reference->delta[model][i] - mean);
  return sum / N_MODELS;
}

static void
select_by_variance (Reference *reference, double share)
{
  g_autofree Scored *scored = g_new (Scored, reference->n);
  gsize n_varied = 0;

  if (share >= 1 || reference->n == 0)
    return;
  for (gsize i = 0; i < reference->n; i++)
    {
      scored[i] = (Scored){ get_variance (reference, i), i };
      n_varied += scored[i].score != 0;
    }
  qsort (scored, reference->n, sizeof (Scored), compare_scored);
  for (gsize i = am_fraction_of (share, n_varied); i < reference->n; i++)
    for (guint model = 0; model < N_MODELS; model++)
      reference->delta[model][scored[i].index] = 0;
}

static double *
merge_by_energy (const Reference *reference)
{
  double *merged = g_new (double, reference->n);
  double energy[N_MODELS] = { 0 }, total = 0;

  for (guint model = 0; model < N_MODELS; model++)
    {
      for (gsize i = 0; i < reference->n; i++)
        energy[model] += reference->delta[model][i] * reference->delta[model][i];
      total += energy[model];
    }
  for (gsize i = 0; i < reference->n; i++)
    {
      double votes = 0, sum = 0, divisor = 0;

      for (guint model = 0; model < N_MODELS; model++)
        votes += reference->delta[model][i];
      for (guint model = 0; model < N_MODELS; model++)
        {
          double delta = reference->delta[model][i];
          double weight = total > 0 ? energy[model] / total : 1.0 / N_MODELS;

          if (delta != 0 && (delta > 0) == (votes >= 0))
            {
              sum += weight * delta;
              divisor += weight;
            }
        }
      merged[i] = reference->base[i] + (divisor > 0 ? sum / divisor : 0);
    }
  return merged;
}

static void
test_formula (gconstpointer data)
{
  double share = *(const double *)data;

  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    {
      g_autoptr (Harness) harness = harness_new ("sce", N_MODELS, TRUE);

      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        {
          harness_add (harness, harness_dtypes[d], shapes[t]);
          for (guint input = 0; input <= N_MODELS; input++)
            harness_fill_random (harness, t, input, 10 * t + input + 1, 1 + input);
        }
      harness_set (harness, "select_topk", share);
      harness_run (harness);
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        {
          g_auto (Reference) reference = { 0 };
          g_autofree double *expected = NULL;

          reference_init (&reference, harness, t, N_MODELS, AM_DTYPE_F64);
          select_by_variance (&reference, share);
          expected = merge_by_energy (&reference);
          harness_assert_near (harness, t, expected, 16);
        }
    }
}

/* Changes as small as those of a fine-tune are weighted by their energy too: 4 to 1. */
static void
test_small_changes (void)
{
  const double models[2][2] = { { 2e-5, 0 }, { 1e-5, 1e-5 } };
  const double expected[2] = { (4.0 * 2e-5 + 2.0 * 1e-5) / 6, 1e-5 };
  g_autoptr (Harness) harness = harness_new ("sce", 2, TRUE);

  harness_add (harness, AM_DTYPE_F64, "2");
  for (guint model = 0; model < 2; model++)
    harness_fill (harness, 0, model, models[model]);
  harness_run (harness);
  harness_assert_near (harness, 0, expected, 1);
}

/* Only what differs between models counts as selectable: half of the two elements that do is one. */
static void
test_same_everywhere (void)
{
  const double models[2][4] = { { 5, 1, 5, 2 }, { 5, -3, 5, -1 } };
  const double expected[4] = { 0, -3, 0, 0 };
  g_autoptr (Harness) harness = harness_new ("sce", 2, TRUE);

  harness_add (harness, AM_DTYPE_F16, "4");
  for (guint model = 0; model < 2; model++)
    harness_fill (harness, 0, model, models[model]);
  harness_set (harness, "select_topk", 0.5);
  harness_run (harness);
  harness_assert_equal (harness, 0, expected);
}

static void
get_importances (Harness *harness, guint tensor, gsize row, double *importance)
{
  const double *model = harness_get_input (harness, tensor, 0);
  const double *base = harness_get_input (harness, tensor, 1);

  for (gsize first = 0; first < harness_get_length (harness, tensor); first += row)
    {
      double model_sum = 0, base_sum = 0, divergence = 0;

      for (gsize i = first; i < first + row; i++)
        {
          model_sum += exp (model[i]);
          base_sum += exp (base[i]);
        }
      for (gsize i = first; i < first + row; i++)
        {
          double p = exp (model[i]) / model_sum + 1e-8;

          divergence += p * log (p / (exp (base[i]) / base_sum + 1e-8));
        }
      for (gsize i = first; i < first + row; i++)
        importance[i] = fabs (model[i] - base[i]) * divergence;
    }
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

/* Elements within rounding of the threshold may go either way. */
static void
check_fusion (Harness *harness, guint tensor, gsize row)
{
  gsize n = harness_get_length (harness, tensor), n_taken = 0, n_unsure = 0;
  g_autofree double *importance = g_new (double, n);
  g_autofree double *sorted = g_new (double, n);
  double threshold;

  get_importances (harness, tensor, row, importance);
  for (gsize i = 0; i < n; i++)
    sorted[i] = importance[i];
  qsort (sorted, n, sizeof (double), compare_doubles);
  threshold = sorted[(n - 1) / 2] + 1.5 * (sorted[(n - 1) * 3 / 4] - sorted[(n - 1) / 4]);
  for (gsize i = 0; i < n; i++)
    {
      gboolean is_taken = importance[i] >= threshold;

      if (fabs (importance[i] - threshold) <= 1e-9 * threshold)
        n_unsure++;
      else
        g_assert_cmpfloat (harness_get_result (harness, tensor)[i], ==,
                           harness_get_input (harness, tensor, is_taken ? 0 : 1)[i]);
      n_taken += is_taken;
    }
  g_assert_cmpuint (n_unsure, <=, 1 + n / 1000);
  g_assert_cmpuint (n_taken, >, 0);
  g_assert_cmpuint (n_taken, <, n);
}

static void
test_fusion (void)
{
  static const struct
  {
    const char *shape;
    gsize row;
  } cases[] = { { "30,37", 37 }, { "3,5,3,3", 3 },    { "99", 99 },
                { "5", 5 },      { "10,9000", 9000 }, { "200000,2", 2 } };

  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    {
      g_autoptr (Harness) harness = harness_new ("arcee_fusion", 1, TRUE);

      for (guint t = 0; t < G_N_ELEMENTS (cases); t++)
        harness_fill_all (harness, harness_add (harness, harness_dtypes[d], cases[t].shape), 100 + t);
      harness_run (harness);
      for (guint t = 0; t < G_N_ELEMENTS (cases); t++)
        check_fusion (harness, t, cases[t].row);
    }
}

/* Rows of one element say nothing of importance: the model is taken over. */
static void
test_fusion_of_scalars (void)
{
  static const char *const single[] = { "", "1", "40,1" };
  g_autoptr (Harness) harness = harness_new ("arcee_fusion", 1, TRUE);

  for (guint t = 0; t < G_N_ELEMENTS (single); t++)
    harness_fill_all (harness, harness_add (harness, AM_DTYPE_BF16, single[t]), t + 1);
  harness_run (harness);
  for (guint t = 0; t < G_N_ELEMENTS (single); t++)
    harness_assert_equal (harness, t, harness_get_input (harness, t, 0));
}

int
main (int argc, char **argv)
{
  static const double shares[] = { 1, 0.5, 0.1, 0.0001, 0 };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (shares); i++)
    {
      g_autofree char *path = g_strdup_printf ("/sce/formula/%g", shares[i]);

      g_test_add_data_func (path, &shares[i], test_formula);
    }
  g_test_add_func ("/sce/small-changes", test_small_changes);
  g_test_add_func ("/sce/same-everywhere", test_same_everywhere);
  g_test_add_func ("/arcee-fusion/formula", test_fusion);
  g_test_add_func ("/arcee-fusion/scalars", test_fusion_of_scalars);
  return g_test_run ();
}
