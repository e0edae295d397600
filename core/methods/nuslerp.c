/* Spherical interpolation with a weight for each of two models, of whole tensors or of their rows or columns,
 * and of the models' differences from a base where there is one.
 *
 * t = w2 / (w1 + w2), one half where the weights cancel. Parameters have mergekit's names and meaning: with
 * nuslerp_flatten off, vectors run along the last axis, and with nuslerp_row_wise along axis 0. A vector of
 * zeros is mixed on a line, where mergekit pretends it to be orthogonal to the other. */
#include "methods/arc.h"
#include "methods/gram.h"
#include "methods/linear-combination.h"

#include <math.h>

#include "kernels/kernels.h"

enum
{
  WEIGHT,
  FLATTEN,
  ROW_WISE,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [WEIGHT] = { "weight", N_ ("Weight of each model"), AM_PARAMETER_NUMBER, .per_model = TRUE,
               .is_ratio = TRUE, .per_tensor = TRUE, .minimum = -10, .maximum = 10, .soft_minimum = 0,
               .soft_maximum = 1, .default_value = 1 },
  [FLATTEN]
  = { "nuslerp_flatten", N_ ("Take each tensor as one vector"), AM_PARAMETER_BOOLEAN, .per_tensor = TRUE,
      .minimum = 0, .maximum = 1, .soft_minimum = 0, .soft_maximum = 1, .default_value = 1 },
  [ROW_WISE] = { "nuslerp_row_wise", N_ ("Vectors run along axis 0 instead of the last axis"),
                 AM_PARAMETER_BOOLEAN, .per_tensor = TRUE, .minimum = 0, .maximum = 1, .soft_minimum = 0,
                 .soft_maximum = 1, .default_value = 0 },
};

typedef enum
{
  VECTORS_FLAT,
  VECTORS_LAST_AXIS,
  VECTORS_FIRST_AXIS,
} Vectors;

/* Inner products of one pair of vectors. */
typedef struct
{
  double aa, ab, bb;
} Products;

/* Of A, B and the base. */
typedef struct
{
  double values[3];
} Coefficients;

static Vectors
get_vectors (const AmMethodTensor *tensor)
{
  if (am_method_tensor_get (tensor, FLATTEN) != 0)
    return VECTORS_FLAT;
  return am_method_tensor_get (tensor, ROW_WISE) != 0 ? VECTORS_FIRST_AXIS : VECTORS_LAST_AXIS;
}

static double
get_t (const AmMethodTensor *tensor)
{
  double a = am_method_tensor_get_for (tensor, WEIGHT, 0);
  double b = am_method_tensor_get_for (tensor, WEIGHT, 1);

  return fabs (a + b) < 1e-6 ? 0.5 : b / (a + b);
}

static Coefficients
get_coefficients (Products products, double t)
{
  Coefficients coefficients;
  double *values = coefficients.values;

  am_arc_get_coefficients (products.aa, products.ab, products.bb, t, AM_ARC_NUMERIC_LIMIT, values);
  values[2] = am_rest_of_one (values[0] + values[1]);
  return coefficients;
}

static Products
get_products (const AmMethodTensor *tensor, gconstpointer a, gconstpointer b, gsize n)
{
  const AmKernels *kernels = am_kernels_get ();

  if (tensor->is_double)
    return (Products){ kernels->dot_double (a, a, n), kernels->dot_double (a, b, n),
                       kernels->dot_double (b, b, n) };
  return (Products){ kernels->dot_float (a, a, n), kernels->dot_float (a, b, n),
                     kernels->dot_float (b, b, n) };
}

/* Differences from the base into @a and @b. */
static void
subtract_base (const AmMethodTensor *tensor, const AmMethodChunk *chunk, gpointer a, gpointer b)
{
  const AmKernels *kernels = am_kernels_get ();

  if (tensor->is_double)
    {
      kernels->subtract_double (a, chunk->model[0], chunk->base, chunk->n);
      kernels->subtract_double (b, chunk->model[1], chunk->base, chunk->n);
    }
  else
    {
      kernels->subtract_float (a, chunk->model[0], chunk->base, chunk->n);
      kernels->subtract_float (b, chunk->model[1], chunk->base, chunk->n);
    }
}

static inline double
get_value (const AmMethodTensor *tensor, gconstpointer values, gsize i)
{
  return tensor->is_double ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

static void
add_columns (const AmMethodTensor *tensor, Products *columns, AmMethodChunk *chunk)
{
  gsize column = chunk->first % tensor->slice_length;

  if (chunk->base != NULL)
    subtract_base (tensor, chunk, chunk->model[0], chunk->model[1]);
  for (gsize i = 0; i < chunk->n; i++)
    {
      double a = get_value (tensor, chunk->model[0], i), b = get_value (tensor, chunk->model[1], i);

      columns[column].aa += a * a;
      columns[column].ab += a * b;
      columns[column].bb += b * b;
      column = column + 1 < tensor->slice_length ? column + 1 : 0;
    }
}

/* One Coefficients for each column. */
static gboolean
reduce_columns (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  g_autofree Products *columns = g_new0 (Products, tensor->slice_length);
  g_autoptr (GError) read_error = NULL;
  Coefficients *coefficients;
  AmMethodChunk *chunk;

  while (am_tensor_reader_next (reader, &chunk, &read_error))
    add_columns (tensor, columns, chunk);
  if (read_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&read_error));
      return FALSE;
    }
  coefficients = g_new (Coefficients, tensor->slice_length);
  for (gsize i = 0; i < tensor->slice_length; i++)
    coefficients[i] = get_coefficients (columns[i], get_t (tensor));
  tensor->state = coefficients;
  return TRUE;
}

static gboolean
reduce_flat (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  g_autoptr (AmGram) gram
      = am_gram_read (tensor, reader, tensor->run->has_base ? AM_GRAM_FROM_BASE : AM_GRAM_FROM_ZERO, error);
  Products products;
  Coefficients *coefficients;

  if (gram == NULL)
    return FALSE;
  products = (Products){ am_gram_get (gram, 0, 0), am_gram_get (gram, 0, 1), am_gram_get (gram, 1, 1) };
  if (am_gram_has_zero (gram, tensor))
    tensor->stand_in = AM_STAND_IN_NO_DIRECTION;
  coefficients = g_new (Coefficients, 1);
  *coefficients = get_coefficients (products, get_t (tensor));
  tensor->state = coefficients;
  return TRUE;
}

static gboolean
is_end (double t)
{
  return t == 0 || t == 1;
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  if (is_end (get_t (tensor)) || get_vectors (tensor) == VECTORS_LAST_AXIS)
    return TRUE;
  if (get_vectors (tensor) == VECTORS_FLAT)
    return reduce_flat (tensor, reader, error);
  return reduce_columns (tensor, reader, error);
}

static void
apply_rows (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  gsize width = tensor->is_double ? sizeof (double) : sizeof (float);
  gsize n = tensor->row_length;
  const guint8 *a = chunk->model[0], *b = chunk->model[1];

  if (chunk->base != NULL)
    {
      subtract_base (tensor, chunk, chunk->scratch[0], chunk->scratch[1]);
      a = chunk->scratch[0];
      b = chunk->scratch[1];
    }
  for (gsize at = 0; at < chunk->n * width; at += n * width)
    {
      Coefficients coefficients = get_coefficients (get_products (tensor, a + at, b + at, n), get_t (tensor));
      gconstpointer values[] = { (guint8 *)chunk->model[0] + at, (guint8 *)chunk->model[1] + at,
                                 chunk->base != NULL ? (guint8 *)chunk->base + at : NULL };

      am_linear_combine_arrays (tensor, (guint8 *)chunk->out + at, values, coefficients.values,
                                chunk->base != NULL ? 3 : 2, n);
    }
}

static inline double
mix (const double coefficients[3], double a, double b, double base, gboolean has_base)
{
  if (am_same_bits (a, b) && (has_base ? am_same_bits (a, base) : coefficients[2] == 0))
    return a;
  return coefficients[0] * a + coefficients[1] * b + (has_base ? coefficients[2] * base : 0);
}

static void
apply_columns (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  const Coefficients *columns = tensor->state;
  gboolean has_base = chunk->base != NULL;
  gsize column = chunk->first % tensor->slice_length;

  for (gsize i = 0; i < chunk->n; i++)
    {
      double mixed = mix (columns[column].values, get_value (tensor, chunk->model[0], i),
                          get_value (tensor, chunk->model[1], i),
                          has_base ? get_value (tensor, chunk->base, i) : 0, has_base);

      if (tensor->is_double)
        ((double *)chunk->out)[i] = mixed;
      else
        ((float *)chunk->out)[i] = (float)mixed;
      column = column + 1 < tensor->slice_length ? column + 1 : 0;
    }
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  double t = get_t (tensor);

  if (is_end (t))
    am_copy_input (tensor, chunk, chunk->model[t == 0 ? 0 : 1]);
  else if (get_vectors (tensor) == VECTORS_FLAT)
    am_linear_combine (tensor, chunk, ((const Coefficients *)tensor->state)->values);
  else if (get_vectors (tensor) == VECTORS_FIRST_AXIS)
    apply_columns (tensor, chunk);
  else
    apply_rows (tensor, chunk);
}

const AmMethod am_nuslerp_method = {
  .id = "nuslerp",
  .title = N_ ("NuSLERP"),
  .summary
  = N_ ("Slerp by weights, of whole tensors, rows or columns, or of what sets two models apart from a base."),
  .base = AM_BASE_OPTIONAL,
  .min_models = 2,
  .max_models = 2,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_LAST_AXIS | AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .n_scratch = 2,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply,
};
