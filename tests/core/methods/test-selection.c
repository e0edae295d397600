/* The streaming selection against sorting everything. */
#include <math.h>
#include <stdlib.h>

#include "methods/selection.h"
#include "methods/tensor-reader.h"

typedef struct
{
  double *values;
  gsize n;
  guint64 n_fetched;
} Source;

static gboolean
fetch (gpointer user_data, const AmMethodTensor *tensor, guint input, guint64 first, gsize n, gpointer dest,
       GError **error)
{
  Source *source = user_data;

  g_assert_cmpuint (first + n, <=, source->n);
  source->n_fetched += n;
  for (gsize i = 0; i < n; i++)
    if (tensor->is_double)
      ((double *)dest)[i] = source->values[first + i];
    else
      ((float *)dest)[i] = (float)source->values[first + i];
  return TRUE;
}

static void
prepare (const AmMethodTensor *tensor, AmMethodChunk *chunk, gconstpointer *values, gpointer user_data)
{
  for (guint i = 0; i < *(guint *)user_data; i++)
    values[i] = chunk->model[0];
}

static const AmMethod method = { .id = "selection" };
static const AmMethodRun method_run = { .method = &method, .n_models = 1, .n_tensors = 1 };

static AmMethodTensor
describe (const Source *source, gboolean is_double)
{
  return (AmMethodTensor){ .run = &method_run,
                           .name = "values",
                           .length = source->n,
                           .slice_length = 1,
                           .row_length = source->n,
                           .is_double = is_double };
}

/* Greater magnitude first, then lower index; NaN before all. */
typedef struct
{
  double magnitude;
  gsize order;
  gsize index;
} Ranked;

static int
compare_ranked (gconstpointer a, gconstpointer b)
{
  const Ranked *x = a, *y = b;

  if (x->magnitude != y->magnitude)
    return x->magnitude > y->magnitude ? -1 : 1;
  return x->order < y->order ? -1 : 1;
}

static Ranked *
rank_all (const Source *source)
{
  Ranked *ranked = g_new (Ranked, source->n);

  for (gsize i = 0; i < source->n; i++)
    {
      ranked[i].magnitude = isnan (source->values[i]) ? INFINITY : fabs (source->values[i]);
      ranked[i].order = isnan (source->values[i]) ? i : source->n + i;
      ranked[i].index = i;
    }
  qsort (ranked, source->n, sizeof (Ranked), compare_ranked);
  return ranked;
}

static gboolean
is_kept (const AmCut *cut, double value, gsize index)
{
  if (isnan (value))
    return TRUE;
  return fabs (value) > cut->threshold || (fabs (value) == cut->threshold && index <= cut->last_tie);
}

/* Runs selections of several ranks at once and compares what they keep with the sorted order. */
static void
check_ranks (Source *source, gboolean is_double, const guint64 *ranks, guint n_ranks)
{
  g_autofree Ranked *ranked = rank_all (source);
  g_autoptr (AmTensorReader) reader = am_tensor_reader_new ();
  AmMethodTensor tensor = describe (source, is_double);
  AmSelection *selections[16];
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n_ranks; i++)
    selections[i] = am_selection_new (&tensor, ranks[i]);
  am_tensor_reader_bind (reader, &tensor, fetch, source);
  am_selection_run (selections, n_ranks, &tensor, reader, prepare, &n_ranks, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < n_ranks; i++)
    {
      const AmCut *cut = am_selection_get_cut (selections[i]);

      g_assert_cmpuint (cut->n_kept, ==, ranks[i]);
      /* Zeros are nothing to keep. */
      for (gsize j = 0; j < source->n && ranks[i] > 0 && ranked[j].magnitude != 0; j++)
        g_assert_true (is_kept (cut, source->values[ranked[j].index], ranked[j].index) == (j < ranks[i]));
      am_selection_free (selections[i]);
    }
}

static void
check_source (Source *source)
{
  guint64 ranks[] = { 0, 1, 2, source->n / 100 + 1, source->n / 5, source->n / 2, source->n - 1, source->n };

  for (guint is_double = 0; is_double < 2; is_double++)
    {
      check_ranks (source, is_double, ranks, G_N_ELEMENTS (ranks));
      check_ranks (source, is_double, &ranks[4], 1);
    }
}

static double
next_normal (GRand *rand)
{
  return sqrt (-2 * log (1 - g_rand_double (rand))) * cos (2 * G_PI * g_rand_double (rand));
}

static Source
new_source (gsize n)
{
  return (Source){ .values = g_new0 (double, n), .n = n };
}

static const gsize lengths[] = { 2, 3, 100, 8192, 32768, 32769, 70001, 300007 };

static void
test_continuous (void)
{
  for (guint l = 0; l < G_N_ELEMENTS (lengths); l++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (l);
      Source source = new_source (lengths[l]);

      for (gsize i = 0; i < source.n; i++)
        source.values[i] = (float)next_normal (rand);
      check_source (&source);
      g_free (source.values);
    }
}

/* As differences of 16-bit models are: few values, many times each. */
static void
test_discrete (void)
{
  for (guint l = 0; l < G_N_ELEMENTS (lengths); l++)
    for (guint steps = 1; steps <= 1000; steps *= 10)
      {
        g_autoptr (GRand) rand = g_rand_new_with_seed (steps);
        Source source = new_source (lengths[l]);

        for (gsize i = 0; i < source.n; i++)
          source.values[i] = nearbyint (next_normal (rand) * steps) / 4096;
        check_source (&source);
        g_free (source.values);
      }
}

/* A sample says little of these: sorted, in blocks of very different size, or with most values in one place.
 */
static void
test_misleading (void)
{
  for (guint kind = 0; kind < 4; kind++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (kind);
      Source source = new_source (200000);

      for (gsize i = 0; i < source.n; i++)
        if (kind == 0)
          source.values[i] = (float)i;
        else if (kind == 1)
          source.values[i] = (float)(next_normal (rand) * exp2 ((double)(i / 20000)));
        else if (kind == 2)
          source.values[i] = i == 123456 ? 1 : i == 199999 ? -2 : 0;
        else
          source.values[i] = i < 190000 ? 1 + (double)(i % 7) * 0x1p-23 : (float)next_normal (rand);
      check_source (&source);
      g_free (source.values);
    }
}

static void
test_special (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  Source source = new_source (100000);
  guint64 ranks[] = { 5, 40, 1000, 50000 };

  for (gsize i = 0; i < source.n; i++)
    source.values[i] = (float)next_normal (rand);
  source.values[7] = NAN;
  source.values[99999] = NAN;
  source.values[50] = 0x1p-149;
  for (gsize i = 1000; i < 1020; i++)
    source.values[i] = i % 2 == 0 ? INFINITY : -INFINITY;
  for (guint is_double = 0; is_double < 2; is_double++)
    check_ranks (&source, is_double, ranks, G_N_ELEMENTS (ranks));
  g_free (source.values);
}

static void
test_of_nonzero (void)
{
  for (guint l = 2; l < G_N_ELEMENTS (lengths); l++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (l);
      g_autoptr (AmTensorReader) reader = am_tensor_reader_new ();
      g_autoptr (AmSelection) selection = NULL;
      g_autoptr (GError) error = NULL;
      Source source = new_source (lengths[l]);
      AmMethodTensor tensor = describe (&source, TRUE);
      guint64 n_nonzero = 0, n_kept = 0;
      guint n = 1;

      for (gsize i = 0; i < source.n; i++)
        source.values[i] = i % 3 == 0 ? next_normal (rand) : 0;
      for (gsize i = 0; i < source.n; i++)
        n_nonzero += source.values[i] != 0;
      selection = am_selection_new_of_nonzero (&tensor, 0.25);
      am_tensor_reader_bind (reader, &tensor, fetch, &source);
      am_selection_run (&selection, 1, &tensor, reader, prepare, &n, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (am_selection_get_n_nonzero (selection), ==, n_nonzero);
      g_assert_cmpuint (am_selection_get_cut (selection)->n_kept, ==, n_nonzero / 4);
      for (gsize i = 0; i < source.n; i++)
        n_kept += is_kept (am_selection_get_cut (selection), source.values[i], i);
      g_assert_cmpuint (n_kept, ==, n_nonzero / 4);
      g_free (source.values);
    }
}

/* Ordinary tensors must be read about once: speed is the reason for all of this. */
static void
test_one_pass (void)
{
  for (guint is_discrete = 0; is_discrete < 2; is_discrete++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (1);
      g_autoptr (AmTensorReader) reader = am_tensor_reader_new ();
      g_autoptr (AmSelection) selection = NULL;
      g_autoptr (GError) error = NULL;
      Source source = new_source (1000000);
      AmMethodTensor tensor = describe (&source, FALSE);
      guint n = 1;

      for (gsize i = 0; i < source.n; i++)
        source.values[i] = is_discrete ? nearbyint (next_normal (rand) * 100) : (float)next_normal (rand);
      selection = am_selection_new (&tensor, 200000);
      am_tensor_reader_bind (reader, &tensor, fetch, &source);
      am_selection_run (&selection, 1, &tensor, reader, prepare, &n, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (source.n_fetched, <, 1100000);
      g_free (source.values);
    }
}

static gboolean
fail (gpointer user_data, const AmMethodTensor *tensor, guint input, guint64 first, gsize n, gpointer dest,
      GError **error)
{
  guint *n_left = user_data;

  if (*n_left == 0)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_NOT_READABLE, "gone");
      return FALSE;
    }
  (*n_left)--;
  for (gsize i = 0; i < n; i++)
    ((float *)dest)[i] = (float)((first + i) % 1000);
  return TRUE;
}

/* Reading may fail in the sample, in the pass and in the search for the last tie. */
static void
test_failing_read (void)
{
  guint n_failures = 0;

  for (guint n_good = 0;; n_good++)
    {
      g_autoptr (AmTensorReader) reader = am_tensor_reader_new ();
      g_autoptr (GError) error = NULL;
      Source source = { .n = 50000 };
      AmMethodTensor tensor = describe (&source, FALSE);
      g_autoptr (AmSelection) selection = am_selection_new (&tensor, 1025);
      guint n_left = n_good, n = 1;

      am_tensor_reader_bind (reader, &tensor, fail, &n_left);
      if (am_selection_run (&selection, 1, &tensor, reader, prepare, &n, &error))
        break;
      g_assert_error (error, AM_ERROR, AM_ERROR_NOT_READABLE);
      n_failures++;
    }
  g_assert_cmpuint (n_failures, >, 64);
}

static void
test_fraction (void)
{
  g_assert_cmpuint (am_fraction_of (0.3, 10), ==, 3);
  g_assert_cmpuint (am_fraction_of (0.29, 100), ==, 29);
  g_assert_cmpuint (am_fraction_of (0.57, 100), ==, 57);
  g_assert_cmpuint (am_fraction_of (0.7, 1000000007), ==, 700000004);
  g_assert_cmpuint (am_fraction_of (0.2, 4), ==, 0);
  g_assert_cmpuint (am_fraction_of (0.2, 5), ==, 1);
  g_assert_cmpuint (am_fraction_of (0.5, 3), ==, 1);
  g_assert_cmpuint (am_fraction_of (1, 17), ==, 17);
  g_assert_cmpuint (am_fraction_of (0, 17), ==, 0);
  g_assert_cmpuint (am_fraction_of (NAN, 17), ==, 0);
  g_assert_cmpuint (am_fraction_of (1e-9, 17), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/selection/fraction", test_fraction);
  g_test_add_func ("/selection/continuous", test_continuous);
  g_test_add_func ("/selection/discrete", test_discrete);
  g_test_add_func ("/selection/misleading", test_misleading);
  g_test_add_func ("/selection/special", test_special);
  g_test_add_func ("/selection/of-nonzero", test_of_nonzero);
  g_test_add_func ("/selection/one-pass", test_one_pass);
  g_test_add_func ("/selection/failing-read", test_failing_read);
  return g_test_run ();
}
