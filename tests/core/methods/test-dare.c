/* Random masks: DARE and DELLA. */
#include <math.h>

#include "kernels/philox.h"
#include "task-vector-reference.h"

#define SEED 1234

/* The number the draw of an element is compared with, in 0 .. 1. */
static double
draw (guint model, guint tensor, gsize element)
{
  g_autofree char *name = g_strdup_printf ("tensor-%02u", tensor);
  guint32 key[2], word;

  am_philox_key (key, SEED, model, name);
  am_philox_words (&word, key, 0, element, 1);
  return word * 0x1p-32;
}

typedef struct
{
  const char *method;
  double density;
  double epsilon;
  double lambda;
  gboolean normalize;
  const char *rescale;
  const char *election; /* NULL where the method has none */
} Setting;

static const Setting settings[] = {
  { "dare_linear", 0.5, 0, 1, FALSE, "density", NULL },
  { "dare_linear", 0.1, 0, 0.5, TRUE, "l1", NULL },
  { "dare_linear", 0.001, 0, 1, FALSE, "none", NULL },
  { "dare_ties", 0.3, 0, 1, FALSE, "density", "mass" },
  { "dare_ties", 0.75, 0, 1, TRUE, "l1", "count" },
  { "della_linear", 0.5, 0.25, 1, FALSE, "density", NULL },
  { "della_linear", 0.3, 0.2, 1, FALSE, "l1", NULL },
  { "della", 0.7, 0.15, 1, TRUE, "density", "mass" },
  { "della", 0.4, 0, 0.5, FALSE, "none", "count" },
};

static const double weights[] = { 0.75, 0, -0.5, 1 };

static const struct
{
  const char *shape;
  gsize slice, inner; /* elements of a slice of axis 0 and of one step along axis 1 */
} shapes[] = {
  { "30,37", 37, 1 }, { "3,5,3,3", 45, 9 }, { "9000", 9000, 9000 }, { "5", 5, 5 },      { "1", 1, 1 },
  { "", 1, 1 },       { "0,4", 4, 1 },      { "7,1", 1, 1 },        { "4,6,2", 12, 2 },
};

/* An element of a row, to be sorted. */
typedef struct
{
  double magnitude;
  gsize index;
} Ranked;

static int
compare_ranked (const void *first, const void *second)
{
  const Ranked *a = first, *b = second;

  if (a->magnitude != b->magnitude)
    return a->magnitude < b->magnitude ? -1 : 1;
  return (a->index > b->index) - (a->index < b->index);
}

/* Ranks of all elements among those of their rows, 0 .. 1, small ones first. */
static double *
rank_rows (const double *delta, gsize n, gsize slice, gsize inner, gboolean is_vector)
{
  gsize step = is_vector ? 1 : inner, length = slice / step;
  g_autofree Ranked *row = g_new (Ranked, length);
  double *ranks = g_new (double, n + 1);

  for (gsize element = 0; element < n; element++)
    {
      if (element % slice / step != 0)
        continue;
      for (gsize i = 0; i < length; i++)
        row[i] = (Ranked){ fabs (delta[element + i * step]), element + i * step };
      qsort (row, length, sizeof *row, compare_ranked);
      for (gsize i = 0; i < length; i++)
        ranks[row[i].index] = length > 1 ? (double)i / (double)(length - 1) : 0.5;
    }
  return ranks;
}

/* Chances of all elements to stay. */
static double *
get_chances (const Setting *setting, const double *delta, gsize n, guint shape)
{
  gsize slice = shapes[shape].slice, inner = shapes[shape].inner;
  double *chances = rank_rows (delta, n, slice, inner, inner == slice && slice > 1);

  for (gsize i = 0; i < n; i++)
    chances[i] = g_str_has_prefix (setting->method, "della")
                     ? setting->density - setting->epsilon + 2 * setting->epsilon * chances[i]
                     : setting->density;
  return chances;
}

static void
sparsify (Reference *reference, const Setting *setting, guint model, guint shape)
{
  double before = reference_get_l1 (reference, model), after;
  g_autofree double *chances = get_chances (setting, reference->delta[model], reference->n, shape);
  g_autofree double *sparse = g_new (double, reference->n);

  for (gsize i = 0; i < reference->n; i++)
    {
      double factor = g_str_equal (setting->rescale, "density") ? 1 / chances[i] : 1;

      sparse[i] = draw (model, shape, i) < chances[i] ? reference->delta[model][i] * factor : 0;
    }
  for (gsize i = 0; i < reference->n; i++)
    reference->delta[model][i] = sparse[i];
  after = reference_get_l1 (reference, model);
  if (g_str_equal (setting->rescale, "l1") && after > 0)
    reference->factor[model] = before / after;
}

static double *
expect (Harness *harness, guint shape, const Setting *setting, AmDtype dtype)
{
  g_auto (Reference) reference = { 0 };

  reference_init (&reference, harness, shape, G_N_ELEMENTS (weights), dtype);
  reference.lambda = setting->lambda;
  reference.normalize = setting->normalize;
  reference.elects = setting->election != NULL;
  reference.by_count = g_strcmp0 (setting->election, "count") == 0;
  for (guint model = 0; model < reference.n_models; model++)
    {
      reference.weight[model] = weights[model];
      sparsify (&reference, setting, model, shape);
    }
  return reference_merge (&reference);
}

static void
apply_setting (Harness *harness, const Setting *setting)
{
  for (guint model = 0; model < G_N_ELEMENTS (weights); model++)
    harness_set_for (harness, "weight", model, weights[model]);
  harness_set_seed (harness, SEED);
  harness_set (harness, "density", setting->density);
  harness_set (harness, "lambda", setting->lambda);
  harness_set (harness, "normalize", setting->normalize);
  harness_set_choice (harness, "rescale", setting->rescale);
  if (g_str_has_prefix (setting->method, "della"))
    harness_set (harness, "epsilon", setting->epsilon);
  if (setting->election != NULL)
    harness_set_choice (harness, "election", setting->election);
}

static void
test_formulas (void)
{
  for (guint s = 0; s < G_N_ELEMENTS (settings); s++)
    for (guint d = 0; d < HARNESS_N_DTYPES; d++)
      {
        g_autoptr (Harness) harness = harness_new (settings[s].method, G_N_ELEMENTS (weights), TRUE);

        for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
          harness_fill_all (harness, harness_add (harness, harness_dtypes[d], shapes[t].shape), 100 + t);
        apply_setting (harness, &settings[s]);
        harness_run (harness);
        for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
          {
            g_autofree double *expected = expect (harness, t, &settings[s], harness_dtypes[d]);

            harness_assert_near (harness, t, expected, 64);
          }
      }
}

/* Runs a method over one task vector of ones; returns the number of elements that moved, and their sum. */
static guint
run_ones (const char *method, double density, guint64 seed, guint model, double *sum, guint8 *moved)
{
  g_autoptr (Harness) harness = harness_new (method, 2, TRUE);
  guint tensor = harness_add (harness, AM_DTYPE_F32, "1000,100");
  guint n = 0;

  harness_fill_one (harness, tensor, model, 1);
  harness_set_for (harness, "weight", 1 - model, 0);
  harness_set (harness, "density", density);
  harness_set_seed (harness, seed);
  harness_run (harness);
  *sum = 0;
  for (gsize i = 0; i < 100000; i++)
    {
      moved[i] = harness_get_result (harness, tensor)[i] != 0;
      n += moved[i];
      *sum += harness_get_result (harness, tensor)[i];
    }
  return n;
}

/* The share kept is the density, and the expected value is kept: within five standard deviations. */
static void
test_moments (gconstpointer data)
{
  static const double densities[] = { 0.2, 0.5, 0.8 };
  g_autofree guint8 *moved = g_new (guint8, 100000);

  for (guint d = 0; d < G_N_ELEMENTS (densities); d++)
    {
      double density = densities[d], sum, deviation = sqrt (100000 * density * (1 - density));
      guint n = run_ones (data, density, 42, 0, &sum, moved);

      g_assert_cmpfloat_with_epsilon (n, 100000 * density, 5 * deviation);
      g_assert_cmpfloat_with_epsilon (sum, 100000, 10 * deviation / density);
    }
}

static double
agreement (const guint8 *a, const guint8 *b)
{
  guint n = 0;

  for (gsize i = 0; i < 100000; i++)
    n += a[i] == b[i];
  return n / 100000.0;
}

/* Same seed, same mask; another seed or another model, another mask that has nothing to do with it. */
static void
test_seeds (gconstpointer data)
{
  g_autofree guint8 *first = g_new (guint8, 100000);
  g_autofree guint8 *second = g_new (guint8, 100000);
  double sum;

  run_ones (data, 0.5, 1, 0, &sum, first);
  run_ones (data, 0.5, 1, 0, &sum, second);
  g_assert_cmpmem (first, 100000, second, 100000);
  run_ones (data, 0.5, 2, 0, &sum, second);
  g_assert_cmpfloat_with_epsilon (agreement (first, second), 0.5, 0.02);
  run_ones (data, 0.5, 1, 1, &sum, second);
  g_assert_cmpfloat_with_epsilon (agreement (first, second), 0.5, 0.02);
}

static void
test_extremes (gconstpointer data)
{
  g_autofree guint8 *moved = g_new (guint8, 100000);
  double sum;

  g_assert_cmpuint (run_ones (data, 0, 1, 0, &sum, moved), ==, 0);
  g_assert_cmpuint (run_ones (data, 1, 1, 0, &sum, moved), ==, 100000);
  g_assert_cmpfloat (sum, ==, 100000);
}

static void
test_epsilon_checked (gconstpointer data)
{
  static const struct
  {
    double density, epsilon;
    gboolean is_valid;
  } cases[] = { { 0.5, 0.15, TRUE }, { 0.5, 0.5, FALSE }, { 0.1, 0.15, FALSE }, { 0.9, 0.15, FALSE },
                { 0.9, 0.05, TRUE }, { 1, 0.15, TRUE },   { 0, 0.15, TRUE } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Harness) harness = harness_new (data, 2, TRUE);
      g_autoptr (GError) error = NULL;

      harness_add (harness, AM_DTYPE_F16, "3,4");
      harness_set (harness, "density", cases[i].density);
      harness_set (harness, "epsilon", cases[i].epsilon);
      if (cases[i].is_valid)
        {
          g_assert_true (harness_check (harness, &error));
          g_assert_no_error (error);
          continue;
        }
      g_assert_false (harness_check (harness, &error));
      g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
      g_assert_nonnull (g_strstr_len (error->message, -1, "tensor-00"));
      g_assert_nonnull (g_strstr_len (error->message, -1, "epsilon"));
    }
}

int
main (int argc, char **argv)
{
  static const char *const methods[] = { "dare_linear", "dare_ties", "della_linear", "della" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dare/formulas", test_formulas);
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_autofree char *moments = g_strdup_printf ("/dare/moments/%s", methods[i]);
      g_autofree char *seeds = g_strdup_printf ("/dare/seeds/%s", methods[i]);
      g_autofree char *extremes = g_strdup_printf ("/dare/extremes/%s", methods[i]);

      g_test_add_data_func (moments, methods[i], test_moments);
      g_test_add_data_func (seeds, methods[i], test_seeds);
      g_test_add_data_func (extremes, methods[i], test_extremes);
    }
  g_test_add_data_func ("/dare/epsilon/della", "della", test_epsilon_checked);
  g_test_add_data_func ("/dare/epsilon/della-linear", "della_linear", test_epsilon_checked);
  return g_test_run ();
}
