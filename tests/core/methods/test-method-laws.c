/* Laws that every method of the registry keeps. */
#include <math.h>
#include <string.h>

#include "method-harness.h"
#include "methods/registry.h"

static const char *const shapes[] = { "7,33", "61", "3,2,3,3", "1,5", "1", "", "0,4" };

/* Larger than a chunk, with short and with long slices and rows. */
static const char *const large_shapes[] = { "37,300", "3,5000", "20011", "40,30,3,3" };

/* Methods of which one ratio gives one input, bit for bit; input 3 is the base of three models. */
static const struct
{
  const char *method;
  double ratio;
  guint input;
} endpoints[] = {
  { "weighted_sum", 0, 0 },
  { "weighted_sum", 1, 1 },
  { "add_difference", 0, 0 },
  { "sum_twice", 0, 0 },
  { "sum_twice", 1, 1 },
  { "triple_sum", 0, 0 },
  { "triple_sum", 1, 1 },
  { "train_difference", 0, 0 },
  { "smooth_add_difference", 0, 0 },
  { "similarity_add_difference", 0, 0 },
  { "tensor_sum", 0, 0 },
  { "tensor_sum", 1, 1 },
  { "nearswap", 0, 0 },
  { "slerp", 0, 0 },
  { "slerp", 1, 1 },
  { "task_arithmetic", 0, 3 },
  { "ties", 0, 3 },
  { "dare_linear", 0, 3 },
  { "dare_ties", 0, 3 },
  { "breadcrumbs", 0, 3 },
  { "breadcrumbs_ties", 0, 3 },
  { "della", 0, 3 },
  { "della_linear", 0, 3 },
  { "passthrough", 1, 0 },
  { "tsv_merge", 0, 3 },
  { "iso_c", 0, 3 },
  { "wudi", 0, 3 },
  { "actmat", 0, 3 },
};

/* Wider layers get the diagonals of their Grams alone. */
#define WIDEST_GRAM 300

static Harness *
new_harness (const AmMethod *method)
{
  guint n_models = MIN (MAX (method->min_models, 3), method->max_models);
  Harness *harness = harness_new (method->id, n_models, method->base == AM_BASE_REQUIRED);

  for (guint i = 0; i < method->n_parameters; i++)
    if (isnan (method->parameters[i].default_value))
      harness_set (harness, method->parameters[i].id,
                   (method->parameters[i].soft_minimum + method->parameters[i].soft_maximum) / 2);
  return harness;
}

static guint
count_inputs (const AmMethod *method)
{
  return MIN (MAX (method->min_models, 3), method->max_models) + (method->base == AM_BASE_REQUIRED ? 1 : 0);
}

static void
add_tensors (Harness *harness, AmDtype dtype, const char *const *list, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      guint tensor = harness_add (harness, dtype, list[i]);

      harness_fill_all (harness, tensor, (guint32)i + 1);
      if (harness_get_method (harness)->statistics != AM_STATISTICS_NONE)
        harness_give_random_statistics (harness, tensor, (guint32)i + 1, WIDEST_GRAM);
    }
}

/* Statistics go with their models. */
static void
reverse_statistics (Harness *to, guint tensor, Harness *from, guint n_models)
{
  for (guint i = 0; i < n_models && harness_get_method (to)->statistics != AM_STATISTICS_NONE; i++)
    memcpy (harness_get_statistic (to, tensor, i), harness_get_statistic (from, tensor, n_models - 1 - i),
            harness_get_statistic_length (to, tensor, i) * sizeof (double));
}

static void
copy_input (Harness *to, guint tensor, guint input, Harness *from, guint from_input)
{
  harness_fill (to, tensor, input, harness_get_input (from, tensor, from_input));
}

static void
test_table (gconstpointer data)
{
  const AmMethod *method = data;
  guint n_ratios = 0, n_second = 0;

  g_assert_true (am_method_find (method->id) == method);
  g_assert_cmpint (g_utf8_strlen (method->title, -1), >, 0);
  g_assert_true (g_str_has_suffix (method->summary, "."));
  g_assert_cmpuint (method->min_models, >=, 1);
  g_assert_cmpuint (method->max_models, >=, method->min_models);
  g_assert_cmpuint (method->max_models, <=, AM_MAX_MODELS);
  g_assert_cmpuint (method->n_scratch, <=, 8);
  for (guint i = 0; i < method->n_parameters; i++)
    {
      const AmParameter *parameter = &method->parameters[i];

      g_assert_cmpint (am_method_find_parameter (method, parameter->id), ==, (gint)i);
      g_assert_false (g_str_has_suffix (parameter->summary, "."));
      g_assert_cmpfloat (parameter->minimum, <=, parameter->soft_minimum);
      g_assert_cmpfloat (parameter->soft_maximum, <=, parameter->maximum);
      g_assert_cmpfloat (parameter->soft_minimum, <, parameter->soft_maximum);
      g_assert_true (isnan (parameter->default_value)
                     || (parameter->default_value >= parameter->minimum
                         && parameter->default_value <= parameter->maximum));
      g_assert_true ((parameter->type == AM_PARAMETER_CHOICE) == (parameter->choices != NULL));
      if (parameter->choices != NULL)
        g_assert_cmpfloat (g_strv_length ((char **)parameter->choices), ==, parameter->maximum + 1);
      n_ratios += parameter->is_ratio ? 1 : 0;
      n_second += parameter->is_second_ratio ? 1 : 0;
      g_assert_true (!parameter->is_ratio || parameter->per_tensor);
    }
  g_assert_cmpuint (n_ratios, <=, 1);
  g_assert_cmpuint (n_second, <=, n_ratios);
}

static gboolean
is_idempotent (const AmMethod *method)
{
  return (method->flags & AM_METHOD_IDEMPOTENT) != 0;
}

static void
test_idempotent (gconstpointer data)
{
  const AmMethod *method = data;

  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    {
      g_autoptr (Harness) harness = new_harness (method);

      add_tensors (harness, harness_dtypes[d], shapes, G_N_ELEMENTS (shapes));
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        for (guint i = 1; i < count_inputs (method); i++)
          copy_input (harness, t, i, harness, 0);
      harness_run (harness);
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        harness_assert_equal (harness, t, harness_get_input (harness, t, 0));
    }
}

/* Everything but the one input is NaN: it must not even be looked at. */
static void
check_endpoint (const AmMethod *method, AmDtype dtype, double ratio, guint input, gboolean poison)
{
  g_autoptr (Harness) harness = new_harness (method);
  guint n = count_inputs (method);

  add_tensors (harness, dtype, shapes, G_N_ELEMENTS (shapes));
  harness_set (harness, method->parameters[am_method_get_ratio (method)].id, ratio);
  if (am_method_get_second_ratio (method) >= 0)
    harness_set (harness, method->parameters[am_method_get_second_ratio (method)].id, 0);
  for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
    for (guint i = 0; i < n && poison; i++)
      if (i != input)
        harness_fill_one (harness, t, i, NAN);
  harness_run (harness);
  for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
    harness_assert_equal (harness, t, harness_get_input (harness, t, input));
}

static gboolean
has_endpoints (const AmMethod *method)
{
  for (guint i = 0; i < G_N_ELEMENTS (endpoints); i++)
    if (strcmp (endpoints[i].method, method->id) == 0)
      return TRUE;
  return FALSE;
}

static void
test_endpoints (gconstpointer data)
{
  const AmMethod *method = data;

  for (guint i = 0; i < G_N_ELEMENTS (endpoints); i++)
    for (guint d = 0; d < HARNESS_N_DTYPES && strcmp (endpoints[i].method, method->id) == 0; d++)
      for (guint poison = 0; poison < 2; poison++)
        check_endpoint (method, harness_dtypes[d], endpoints[i].ratio, endpoints[i].input, poison);
}

static gboolean
has_weights (const AmMethod *method)
{
  gint ratio = am_method_get_ratio (method);

  return ratio >= 0 && method->parameters[ratio].per_model && method->max_models > 1;
}

/* A model of weight 0, full of NaN, changes nothing: the result is what finite values there give. */
static void
test_unused (gconstpointer data)
{
  const AmMethod *method = data;
  gint ratio = am_method_get_ratio (method);

  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    {
      g_autoptr (Harness) clean = new_harness (method);
      g_autoptr (Harness) poisoned = new_harness (method);

      add_tensors (clean, harness_dtypes[d], shapes, G_N_ELEMENTS (shapes));
      add_tensors (poisoned, harness_dtypes[d], shapes, G_N_ELEMENTS (shapes));
      harness_set_for (clean, method->parameters[ratio].id, 1, 0);
      harness_set_for (poisoned, method->parameters[ratio].id, 1, 0);
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        harness_fill_one (poisoned, t, 1, NAN);
      harness_run (clean);
      harness_run (poisoned);
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        {
          for (gsize i = 0; i < harness_get_length (clean, t); i++)
            g_assert_false (isnan (harness_get_result (clean, t)[i]));
          harness_assert_equal (poisoned, t, harness_get_result (clean, t));
        }
    }
}

static gboolean
is_orderless (const AmMethod *method)
{
  return (method->flags & AM_METHOD_ORDERLESS) != 0;
}

/* Methods that take tensors whole solve equations over them, which lose digits. */
static double
get_working_precision (const AmMethod *method, AmDtype dtype)
{
  if (dtype == AM_DTYPE_F64)
    return method->count_memory != NULL ? 0x1p-36 : 0x1p-48;
  return 0x1p-20;
}

/* The sums are taken in another order, so bits may differ; values may not. */
static void
test_orderless (gconstpointer data)
{
  const AmMethod *method = data;
  guint n_models = MIN (MAX (method->min_models, 3), method->max_models);

  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    {
      g_autoptr (Harness) forward = new_harness (method);
      g_autoptr (Harness) backward = new_harness (method);
      double working = get_working_precision (method, harness_dtypes[d]);

      add_tensors (forward, harness_dtypes[d], shapes, G_N_ELEMENTS (shapes));
      add_tensors (backward, harness_dtypes[d], shapes, G_N_ELEMENTS (shapes));
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        {
          for (guint i = 0; i < n_models; i++)
            copy_input (backward, t, i, forward, n_models - 1 - i);
          reverse_statistics (backward, t, forward, n_models);
        }
      harness_run (forward);
      harness_run (backward);
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        for (gsize i = 0; i < harness_get_length (forward, t); i++)
          g_assert_cmpfloat_with_epsilon (harness_get_raw (forward, t)[i], harness_get_raw (backward, t)[i],
                                          working * (4 + fabs (harness_get_raw (forward, t)[i])));
    }
}

static void
test_chunks (gconstpointer data)
{
  static const guint64 ranges[] = { 331, 1000, 8192, 8193 };
  static const AmDtype dtypes[] = { AM_DTYPE_F32, AM_DTYPE_BF16 };
  const AmMethod *method = data;

  for (guint d = 0; d < G_N_ELEMENTS (dtypes); d++)
    {
      g_autoptr (Harness) whole = new_harness (method);
      g_autoptr (Harness) pieces = new_harness (method);

      add_tensors (whole, dtypes[d], large_shapes, G_N_ELEMENTS (large_shapes));
      add_tensors (pieces, dtypes[d], large_shapes, G_N_ELEMENTS (large_shapes));
      harness_run (whole);
      for (guint r = 0; r < G_N_ELEMENTS (ranges); r++)
        {
          harness_set_range (pieces, ranges[r]);
          harness_run (pieces);
          for (guint t = 0; t < G_N_ELEMENTS (large_shapes); t++)
            harness_assert_equal (pieces, t, harness_get_result (whole, t));
        }
    }
}

/* One input, or all, without any length: angles and norms have nothing to divide by. */
static void
test_zeros (gconstpointer data)
{
  const AmMethod *method = data;
  guint n = count_inputs (method);

  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    for (guint zero = 0; zero <= n; zero++)
      {
        g_autoptr (Harness) harness = new_harness (method);

        add_tensors (harness, harness_dtypes[d], shapes, G_N_ELEMENTS (shapes));
        for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
          for (guint i = 0; i < n; i++)
            if (zero == n || i == zero)
              harness_fill_one (harness, t, i, 0);
        harness_run (harness);
        for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
          for (gsize i = 0; i < harness_get_length (harness, t); i++)
            {
              g_assert_true (isfinite (harness_get_result (harness, t)[i]));
              if (zero == n)
                g_assert_cmpfloat (harness_get_result (harness, t)[i], ==, 0);
            }
      }
}

/* One NaN in one input stays where it is, at the most in its row or slice and the neighbours a method's
 * window reaches; it never takes the tensor. */
static void
test_nan_stays (gconstpointer data)
{
  const AmMethod *method = data;

  for (guint input = 0; input < count_inputs (method); input++)
    {
      g_autoptr (Harness) harness = new_harness (method);
      guint n_nan = 0;

      harness_fill_all (harness, harness_add (harness, AM_DTYPE_F16, "40,50"), 3);
      harness_set_element (harness, 0, input, 777, NAN);
      harness_run (harness);
      for (gsize i = 0; i < harness_get_length (harness, 0); i++)
        n_nan += isnan (harness_get_result (harness, 0)[i]) ? 1 : 0;
      g_assert_cmpuint (n_nan, <=, 100);
    }
}

static const struct
{
  const char *name;
  gboolean (*applies) (const AmMethod *method);
  void (*run) (gconstpointer data);
} laws[] = {
  { "table", NULL, test_table },
  { "idempotent", is_idempotent, test_idempotent },
  { "endpoints", has_endpoints, test_endpoints },
  { "unused", has_weights, test_unused },
  { "orderless", is_orderless, test_orderless },
  { "chunks", NULL, test_chunks },
  { "zeros", NULL, test_zeros },
  { "nan-stays", NULL, test_nan_stays },
};

static void
add_laws (const AmMethod *method)
{
  for (guint i = 0; i < G_N_ELEMENTS (laws); i++)
    if (laws[i].applies == NULL || laws[i].applies (method))
      {
        g_autofree char *path = g_strdup_printf ("/methods/%s/%s", method->id, laws[i].name);

        g_test_add_data_func (path, method, laws[i].run);
      }
}

static void
test_find (void)
{
  g_assert_null (am_method_find ("no_such_method"));
  g_assert_null (am_method_find (""));
  g_assert_cmpint (am_method_find_parameter (am_method_find ("passthrough"), "scale"), ==, 0);
  g_assert_cmpint (am_method_find_parameter (am_method_find ("passthrough"), "alpha"), ==, -1);
  g_assert_cmpint (am_method_get_second_ratio (am_method_find ("passthrough")), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/methods/find", test_find);
  for (guint i = 0; i < am_method_get_count (); i++)
    add_laws (am_method_get (i));
  return g_test_run ();
}
