/* Task arithmetic, TIES and breadcrumbs. */
#include <math.h>
#include <string.h>

#include "methods/selection.h"
#include "task-vector-reference.h"

/* Three task vectors of ten elements and what comes of them, worked out by hand. With a density of 0.4 four
 * stay: 4 -3 2 1, then 4 3 2 -2, then -4 3 2 -1, where equal magnitudes go to the lower index. */
static const double hand_delta[3][10] = {
  { 4, -3, 2, 1, 0, -1, 0.5, -0.5, 0.25, -0.25 },
  { -1, 3, 2, -2, 0.5, 0.5, -0.5, 4, 0.125, -0.125 },
  { 2, -1, -4, 1, 3, -1, 0.5, -0.5, 0.25, 1 },
};

static const struct
{
  double weights[3];
  const char *election;
  gboolean normalize;
  double lambda;
  double expected[10];
} hand_cases[] = {
  { { 1, 1, 1 }, "mass", TRUE, 1, { 4, -1, 3, -1, 4, 1, 1, 5, 1, 1 } },
  { { 1, 1, 1 }, "count", TRUE, 1, { 4, -1, 3, 2, 4, 1, 1, 5, 1, 1 } },
  { { 1, 1, 1 }, "mass", FALSE, 1, { 7, -3, 5, -1, 4, 1, 1, 5, 1, 1 } },
  { { 1, 2, 1 }, "mass", TRUE, 1, { 4, 4, 3, -1, 4, 1, 1, 5, 1, 1 } },
  { { 1, 2, 1 }, "mass", FALSE, 0.5, { 4, 4, 4, -1, 2.5, 1, 1, 5, 1, 1 } },
  { { 1, -1, 1 }, "mass", FALSE, 1, { 7, -6, -5, 4, 4, 1, 1, -3, 1, 1 } },
  { { 1, 0, 0 }, "mass", TRUE, 1, { 5, -2, 3, 2, 1, 1, 1, 1, 1, 1 } },
};

static void
test_by_hand (void)
{
  for (guint c = 0; c < G_N_ELEMENTS (hand_cases); c++)
    for (guint d = 0; d < HARNESS_N_DTYPES; d++)
      {
        g_autoptr (Harness) harness = harness_new ("ties", 3, TRUE);
        guint tensor = harness_add (harness, harness_dtypes[d], "2,5");

        harness_set_output (harness, tensor, AM_DTYPE_F32);
        harness_fill_one (harness, tensor, 3, 1);
        for (guint model = 0; model < 3; model++)
          {
            for (gsize i = 0; i < 10; i++)
              harness_set_element (harness, tensor, model, i, 1 + hand_delta[model][i]);
            harness_set_for (harness, "weight", model, hand_cases[c].weights[model]);
          }
        harness_set (harness, "density", 0.4);
        harness_set_choice (harness, "election", hand_cases[c].election);
        harness_set (harness, "normalize", hand_cases[c].normalize);
        harness_set (harness, "lambda", hand_cases[c].lambda);
        harness_run (harness);
        harness_assert_equal (harness, tensor, hand_cases[c].expected);
      }
}

/* One setting of a method of the family. */
typedef struct
{
  const char *method;
  double density;
  double gamma;
  double lambda;
  gboolean normalize;
  const char *rescale;  /* NULL where the method has none */
  const char *election; /* likewise */
} Setting;

static const Setting settings[] = {
  { "task_arithmetic", 1, 0, 1, FALSE, NULL, NULL },
  { "task_arithmetic", 1, 0, -0.5, TRUE, NULL, NULL },
  { "ties", 1, 0, 1, TRUE, "none", "mass" },
  { "ties", 0.2, 0, 1, TRUE, "none", "mass" },
  { "ties", 0.3, 0, 0.75, FALSE, "density", "count" },
  { "ties", 0.7, 0, 1, TRUE, "l1", "count" },
  { "ties", 0.001, 0, 1, FALSE, "l1", "mass" },
  { "breadcrumbs", 0.5, 0.01, 1, FALSE, "none", NULL },
  { "breadcrumbs", 0.875, 0.2, 1, TRUE, "l1", NULL },
  { "breadcrumbs", 0.4, 0, 1, FALSE, "density", NULL },
  { "breadcrumbs", 1, 0.3, 1, FALSE, "none", NULL },
  { "breadcrumbs_ties", 0.3, 0.05, 1, FALSE, "none", "mass" },
  { "breadcrumbs_ties", 0.6, 0.1, 1.5, TRUE, "l1", "count" },
};

/* The middle one is not added, whatever it holds. */
static const double weights[] = { 0.75, 0, -0.5, 1 };

static const char *const shapes[] = { "30,37", "3,5,3,3", "99", "5", "1", "", "0", "16,1024,3" };

static void
apply_setting (Harness *harness, const Setting *setting)
{
  for (guint model = 0; model < G_N_ELEMENTS (weights); model++)
    harness_set_for (harness, "weight", model, weights[model]);
  harness_set (harness, "lambda", setting->lambda);
  harness_set (harness, "normalize", setting->normalize);
  if (setting->rescale != NULL)
    {
      harness_set (harness, "density", setting->density);
      harness_set_choice (harness, "rescale", setting->rescale);
    }
  if (g_str_has_prefix (setting->method, "breadcrumbs"))
    harness_set (harness, "gamma", setting->gamma);
  if (setting->election != NULL)
    harness_set_choice (harness, "election", setting->election);
}

static void
sparsify (Reference *reference, const Setting *setting, guint model)
{
  gsize n_kept = am_fraction_of (setting->density, reference->n);
  gsize n_outliers = am_fraction_of (setting->gamma, reference->n);
  double before = reference_get_l1 (reference, model);

  if (n_kept == reference->n)
    return;
  reference_keep (reference, model, MIN (n_outliers, reference->n - n_kept), n_kept);
  if (g_strcmp0 (setting->rescale, "density") == 0)
    reference->factor[model] = 1 / setting->density;
  else if (g_strcmp0 (setting->rescale, "l1") == 0 && n_kept > 0)
    reference->factor[model] = before / reference_get_l1 (reference, model);
}

static double *
expect (Harness *harness, guint tensor, const Setting *setting, AmDtype dtype)
{
  g_auto (Reference) reference = { 0 };

  reference_init (&reference, harness, tensor, G_N_ELEMENTS (weights), dtype);
  reference.lambda = setting->lambda;
  reference.normalize = setting->normalize;
  reference.elects = setting->election != NULL;
  reference.by_count = g_strcmp0 (setting->election, "count") == 0;
  for (guint model = 0; model < reference.n_models; model++)
    {
      reference.weight[model] = weights[model];
      sparsify (&reference, setting, model);
    }
  return reference_merge (&reference);
}

static void
test_formulas (void)
{
  for (guint s = 0; s < G_N_ELEMENTS (settings); s++)
    for (guint d = 0; d < HARNESS_N_DTYPES; d++)
      {
        g_autoptr (Harness) harness = harness_new (settings[s].method, G_N_ELEMENTS (weights), TRUE);

        for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
          {
            guint tensor = harness_add (harness, harness_dtypes[d], shapes[t]);

            harness_fill_all (harness, tensor, 100 + t);
          }
        apply_setting (harness, &settings[s]);
        harness_run (harness);
        for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
          {
            g_autofree double *expected = expect (harness, t, &settings[s], harness_dtypes[d]);

            harness_assert_near (harness, t, expected, 16);
          }
      }
}

/* A model that alone is added, whole and with a factor of 1, comes back to the bit; no model at all is the
 * base. */
static void
test_endpoints (gconstpointer data)
{
  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    for (guint which = 0; which < 4; which++)
      {
        g_autoptr (Harness) harness = harness_new (data, 3, TRUE);
        guint tensor = harness_add (harness, harness_dtypes[d], "11,13");

        harness_fill_all (harness, tensor, 5);
        for (guint input = 0; input < 4; input++)
          if (input != which)
            harness_set_element (harness, tensor, input, 17, NAN);
        for (guint model = 0; model < 3; model++)
          harness_set_for (harness, "weight", model, model == which);
        harness_run (harness);
        harness_assert_equal (harness, tensor, harness_get_input (harness, tensor, which));
      }
}

/* So few elements that none is kept: the base stays, and other tensors are merged as ever. */
static void
test_nothing_kept (gconstpointer data)
{
  g_autoptr (Harness) harness = harness_new (data, 2, TRUE);
  guint small = harness_add (harness, AM_DTYPE_F16, "4");
  guint large = harness_add (harness, AM_DTYPE_F16, "400");
  guint n_changed = 0;

  harness_fill_all (harness, small, 1);
  harness_fill_all (harness, large, 2);
  harness_set (harness, "density", 0.2);
  harness_run (harness);
  harness_assert_equal (harness, small, harness_get_input (harness, small, 2));
  for (gsize i = 0; i < 400; i++)
    n_changed += harness_get_result (harness, large)[i] != harness_get_input (harness, large, 2)[i];
  g_assert_cmpuint (n_changed, >=, 75);
  g_assert_cmpuint (n_changed, <=, 160);
}

/* All magnitudes are equal: the first ones stay. */
static void
test_all_equal (void)
{
  g_autoptr (Harness) harness = harness_new ("ties", 1, TRUE);
  guint tensor = harness_add (harness, AM_DTYPE_BF16, "100000");
  g_autofree double *expected = g_new0 (double, 100000);

  for (gsize i = 0; i < 100000; i++)
    harness_set_element (harness, tensor, 0, i, i % 2 == 0 ? 0.5 : -0.5);
  for (gsize i = 0; i < 30000; i++)
    expected[i] = i % 2 == 0 ? 0.5 : -0.5;
  harness_set (harness, "density", 0.3);
  harness_run (harness);
  harness_assert_equal (harness, tensor, expected);
}

/* With the scope of the model, the tensors are one vector in the order of their names. */
static const struct
{
  AmDtype dtype;
  const char *shape;
  double deviation;
} parts[] = {
  { AM_DTYPE_F16, "100,90", 1 },   { AM_DTYPE_F32, "77", 4 },        { AM_DTYPE_F8_E4M3, "3000", 2 },
  { AM_DTYPE_BF16, "", 1 },        { AM_DTYPE_F64, "20,20", 0.125 }, { AM_DTYPE_F8_E4M3, "0,3", 1 },
  { AM_DTYPE_F8_E4M3, "5000", 2 },
};

#define N_PARTS G_N_ELEMENTS (parts)
#define N_PART_MODELS 3

static double *
flatten (Reference *references, guint model, gsize *n)
{
  double *flat;
  gsize at = 0;

  for (guint t = 0; t < N_PARTS; t++)
    at += references[t].n;
  *n = at;
  flat = g_new (double, at);
  at = 0;
  for (guint t = 0; t < N_PARTS; t++)
    for (gsize i = 0; i < references[t].n; i++)
      flat[at++] = references[t].delta[model][i];
  return flat;
}

static void
trim_flat (Reference *references, guint model, double density)
{
  gsize n, at = 0;
  double *flat = flatten (references, model, &n);
  g_auto (Reference) whole = { .n_models = 1, .n = n, .delta = { flat } };

  reference_keep (&whole, 0, 0, am_fraction_of (density, n));
  for (guint t = 0; t < N_PARTS; t++)
    for (gsize i = 0; i < references[t].n; i++)
      references[t].delta[model][i] = flat[at++];
}

static Harness *
new_whole_model (double density)
{
  Harness *harness = harness_new ("ties", N_PART_MODELS, TRUE);

  for (guint t = 0; t < N_PARTS; t++)
    {
      harness_add (harness, parts[t].dtype, parts[t].shape);
      for (guint input = 0; input <= N_PART_MODELS; input++)
        harness_fill_random (harness, t, input, 10 * t + input + 1, parts[t].deviation);
    }
  harness_set_choice (harness, "scope", "model");
  harness_set (harness, "density", density);
  return harness;
}

static void
test_whole_model (void)
{
  static const double densities[] = { 1e-6, 0.0001, 0.1, 0.2, 0.37, 0.6, 0.99, 1 };

  for (guint d = 0; d < G_N_ELEMENTS (densities); d++)
    {
      g_autoptr (Harness) harness = new_whole_model (densities[d]);
      Reference references[N_PARTS];

      harness_run (harness);
      for (guint t = 0; t < N_PARTS; t++)
        reference_init (&references[t], harness, t, N_PART_MODELS, parts[t].dtype);
      for (guint model = 0; model < N_PART_MODELS; model++)
        trim_flat (references, model, densities[d]);
      for (guint t = 0; t < N_PARTS; t++)
        {
          g_autofree double *expected = NULL;

          references[t].elects = references[t].normalize = TRUE;
          expected = reference_merge (&references[t]);
          harness_assert_near (harness, t, expected, 16);
          reference_clear (&references[t]);
        }
    }
}

int
main (int argc, char **argv)
{
  static const char *const methods[]
      = { "task_arithmetic",  "ties",  "dare_linear", "dare_ties", "breadcrumbs",
          "breadcrumbs_ties", "della", "della_linear" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ties/by-hand", test_by_hand);
  g_test_add_func ("/ties/formulas", test_formulas);
  g_test_add_func ("/ties/all-equal", test_all_equal);
  g_test_add_func ("/ties/whole-model", test_whole_model);
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_autofree char *path = g_strdup_printf ("/ties/endpoints/%s", methods[i]);

      g_test_add_data_func (path, methods[i], test_endpoints);
    }
  g_test_add_data_func ("/ties/nothing-kept/ties", "ties", test_nothing_kept);
  g_test_add_data_func ("/ties/nothing-kept/breadcrumbs", "breadcrumbs", test_nothing_kept);
  g_test_add_data_func ("/ties/nothing-kept/breadcrumbs-ties", "breadcrumbs_ties", test_nothing_kept);
  return g_test_run ();
}
