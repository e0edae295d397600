/* RegMean: each linear layer becomes the one whose outputs come closest, in squares, to those of all models
 * on their own inputs. Of the inputs it needs the Gram matrices alone; gram-solve.h has the equations.
 *
 * Off the diagonal Grams are multiplied by alpha: a Gram from few rows knows its diagonal best, and below 1
 * the sum can be solved for. Of a Gram the diagonal alone may be known; if that is so for all models, alpha
 * has no meaning and every input's column is a weighted mean of its own. A ridge draws towards the base,
 * without one towards the mean of the models.
 *
 * A weight is [out, in], or [out, in, ...] of a convolution, whose Gram covers the kernel. GPT-2 stores
 * [in, out]: that is what a matrix is taken for if the Gram's side is the extent of its first axis and not of
 * its last.
 *
 * Papers say alpha 0.9 for most models and 0.1 for some large ones; a ridge is ours, and by default there is
 * none.
 *
 * RegMean++ has the same equations. Its Grams are those of each model's data behind the layers that are
 * merged already, so they are measured while merging. */
#include "methods/element-mean.h"
#include "methods/gram-solve.h"
#include "methods/whole-matrix.h"

#include <math.h>
#include <string.h>

enum
{
  WEIGHT,
  ALPHA,
  RIDGE,
  SAMPLES, /* of RegMean++ alone */
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [WEIGHT] = { "weight", N_ ("Factor on each model's Gram matrices"), AM_PARAMETER_NUMBER, .per_model = TRUE,
               .is_ratio = TRUE, .per_tensor = TRUE, .minimum = 0, .maximum = 1000, .soft_minimum = 0,
               .soft_maximum = 1, .default_value = 1 },
  [ALPHA] = { "alpha", N_ ("Factor on what is off the diagonal of Gram matrices"), AM_PARAMETER_NUMBER,
              .per_tensor = TRUE, .minimum = 0, .maximum = 1, .soft_minimum = 0, .soft_maximum = 1,
              .default_value = 0.9 },
  [RIDGE] = { "ridge", N_ ("Draws towards the base, or the mean; a share of the Gram's mean diagonal"),
              AM_PARAMETER_NUMBER, .per_tensor = TRUE, .minimum = 0, .maximum = 1000, .soft_minimum = 0,
              .soft_maximum = 1, .default_value = 0 },
  [SAMPLES]
  = { "samples", N_ ("How many samples of each model's data are measured; 0 takes all"), AM_PARAMETER_INTEGER,
      .minimum = 0, .maximum = 1000000, .soft_minimum = 64, .soft_maximum = 1024, .default_value = 256 },
};

/* How a tensor is a matrix of outputs and inputs. */
typedef struct
{
  gsize rows;
  gsize columns;
  gboolean is_transposed;
  gboolean is_diagonal; /* of all models that count, the diagonal alone is known */
} Layout;

/**
 * State:
 * @values: the tensor's result, or %NULL
 * @weights: [columns][n_models + 1] weights of the models, then the base, for each input
 * @columns, @n_inner: of element i of the tensor, the input is i / n_inner % columns
 */
typedef struct
{
  double *values;
  double *weights;
  gsize columns;
  gsize n_inner;
} State;

static void
state_free (gpointer data)
{
  State *state = data;

  g_free (state->values);
  g_free (state->weights);
  g_free (state);
}

static double
get_weight (const AmMethodTensor *tensor, guint model)
{
  return am_method_tensor_get_for (tensor, WEIGHT, model);
}

static guint
count_used (const AmMethodTensor *tensor)
{
  guint n = 0;

  for (guint i = 0; i < tensor->run->n_models; i++)
    n += get_weight (tensor, i) != 0 ? 1 : 0;
  return n;
}

static guint64
get_side (const AmTensorStatistic *statistic)
{
  guint64 side = (guint64)sqrt ((double)statistic->length);

  if (statistic->is_diagonal)
    return statistic->length;
  while (side > 0 && side > statistic->length / side)
    side--;
  return side;
}

static gboolean
find_layout (const AmMethodTensor *tensor, Layout *layout, GError **error)
{
  guint64 side = 0;
  gboolean is_same = TRUE;

  layout->is_diagonal = TRUE;
  for (guint i = 0; i < tensor->run->n_models; i++)
    {
      if (get_weight (tensor, i) == 0)
        continue;
      is_same &= side == 0 || side == get_side (&tensor->statistics[i]);
      side = get_side (&tensor->statistics[i]);
      layout->is_diagonal &= tensor->statistics[i].is_diagonal;
    }
  layout->is_transposed = side != tensor->slice_length;
  layout->columns = side;
  layout->rows = layout->is_transposed ? tensor->slice_length : tensor->shape[0];
  if (is_same && layout->rows <= AM_LARGEST_SIDE && side <= AM_LARGEST_SIDE
      && (!layout->is_transposed || (tensor->n_dims == 2 && side == tensor->shape[0])))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
               T_ ("the statistics of tensor “%s” do not fit it: its Gram matrix has %u rows"), tensor->name,
               (guint)MIN (side, G_MAXUINT));
  return FALSE;
}

static gboolean
is_reached (const AmMethodTensor *tensor)
{
  return tensor->statistics != NULL && tensor->n_dims >= 2;
}

/* Nothing to solve: no values, or one model, which is its own best if nothing draws it elsewhere. */
static gboolean
is_trivial (const AmMethodTensor *tensor)
{
  const gboolean is_drawn = tensor->run->has_base && am_method_tensor_get (tensor, RIDGE) > 0;

  return tensor->length == 0 || (count_used (tensor) == 1 && !is_drawn);
}

typedef struct
{
  const AmMethodTensor *tensor;
  AmTensorReader *reader;
} Reading;

/* An AmGramReadRows; of a diagonal it makes the whole matrix. */
static gboolean
read_rows (gpointer user_data, guint model, gsize first, gsize n, double *rows, GError **error)
{
  const Reading *reading = user_data;
  const AmTensorStatistic *statistic = &reading->tensor->statistics[model];
  const gsize side = (gsize)get_side (statistic);
  g_autofree double *diagonal = NULL;

  if (!statistic->is_diagonal)
    return am_tensor_reader_read_statistic (reading->reader, model, (guint64)first * side, n * side, rows,
                                            error);
  diagonal = g_new (double, n);
  if (!am_tensor_reader_read_statistic (reading->reader, model, first, n, diagonal, error))
    return FALSE;
  memset (rows, 0, n * side * sizeof *rows);
  for (gsize i = 0; i < n; i++)
    rows[i * side + first + i] = diagonal[i];
  return TRUE;
}

/* Solves into @values, [rows][columns]. */
static gboolean
solve (AmMethodTensor *tensor, AmTensorReader *reader, const AmWholeMatrix *matrix, double *values,
       GError **error)
{
  Reading reading = { tensor, reader };
  double coefficients[AM_MAX_MODELS], ridge;
  const AmGramProblem problem = {
    .rows = matrix->rows,
    .columns = matrix->columns,
    .n_models = tensor->run->n_models,
    .models = (const double *const *)matrix->model,
    .coefficients = coefficients,
    .anchor = matrix->base,
    .read_rows = read_rows,
    .user_data = &reading,
    .alpha = am_method_tensor_get (tensor, ALPHA),
    .ridge = am_method_tensor_get (tensor, RIDGE),
  };

  for (guint i = 0; i < tensor->run->n_models; i++)
    coefficients[i] = get_weight (tensor, i);
  if (!am_gram_solve (&problem, values, &ridge, error))
    return FALSE;
  if (ridge > problem.ridge)
    tensor->stand_in = AM_STAND_IN_RIDGE;
  return TRUE;
}

static AmWholeMatrix *
read_matrix (const AmMethodTensor *tensor, AmTensorReader *reader, const Layout *layout, GError **error)
{
  gboolean is_used[AM_MAX_MODELS];

  for (guint i = 0; i < tensor->run->n_models; i++)
    is_used[i] = get_weight (tensor, i) != 0;
  return am_whole_matrix_read (tensor, reader, layout->rows, layout->columns, layout->is_transposed, is_used,
                               error);
}

static gboolean
reduce_full (AmMethodTensor *tensor, AmTensorReader *reader, const Layout *layout, State *state,
             GError **error)
{
  g_autoptr (AmWholeMatrix) matrix = read_matrix (tensor, reader, layout, error);
  g_autofree double *values = NULL;

  if (matrix == NULL)
    return FALSE;
  if (!am_whole_matrix_is_finite (matrix, tensor->run->n_models))
    {
      tensor->stand_in = AM_STAND_IN_NOT_FINITE;
      return TRUE;
    }
  values = am_doubles_new (layout->rows, layout->columns, error);
  if (values == NULL || !solve (tensor, reader, matrix, values, error))
    return FALSE;
  if (!layout->is_transposed)
    {
      state->values = g_steal_pointer (&values);
      return TRUE;
    }
  state->values = am_doubles_new (layout->rows, layout->columns, error);
  if (state->values != NULL)
    am_transpose (state->values, values, layout->rows, layout->columns);
  return state->values != NULL;
}

/* What draws towards the base, or adds to each model's part of the mean. */
static void
add_ridge (const AmMethodTensor *tensor, State *state)
{
  const guint n_models = tensor->run->n_models;
  double trace = 0, sum = 0, shift;

  for (gsize k = 0; k < state->columns * (n_models + 1); k++)
    trace += state->weights[k];
  shift = am_method_tensor_get (tensor, RIDGE) * trace / (double)state->columns;
  for (guint i = 0; i < n_models; i++)
    sum += get_weight (tensor, i);
  for (gsize j = 0; j < state->columns; j++)
    if (tensor->run->has_base)
      state->weights[j * (n_models + 1) + n_models] = shift;
    else
      for (guint i = 0; i < n_models; i++)
        state->weights[j * (n_models + 1) + i] += shift * get_weight (tensor, i) / sum;
}

/* An input that is 0 in all models takes their mean. */
static void
fill_dead_inputs (const AmMethodTensor *tensor, State *state)
{
  const guint n_models = tensor->run->n_models;

  for (gsize j = 0; j < state->columns; j++)
    {
      double *weights = state->weights + j * (n_models + 1), sum = 0;

      for (guint i = 0; i <= n_models; i++)
        sum += weights[i];
      for (guint i = 0; sum == 0 && i < n_models; i++)
        weights[i] = get_weight (tensor, i);
    }
}

static gboolean
reduce_diagonal (const AmMethodTensor *tensor, AmTensorReader *reader, const Layout *layout, State *state,
                 GError **error)
{
  const guint n_models = tensor->run->n_models;
  g_autofree double *diagonal = am_doubles_new (layout->columns, 1, error);

  state->columns = layout->columns;
  state->n_inner = layout->is_transposed ? layout->rows : 1;
  state->weights = am_doubles_new (layout->columns, n_models + 1, error);
  if (diagonal == NULL || state->weights == NULL)
    return FALSE;
  memset (state->weights, 0, layout->columns * (n_models + 1) * sizeof (double));
  for (guint i = 0; i < n_models; i++)
    {
      if (get_weight (tensor, i) == 0)
        continue;
      if (!am_tensor_reader_read_statistic (reader, i, 0, layout->columns, diagonal, error))
        return FALSE;
      for (gsize j = 0; j < layout->columns; j++)
        state->weights[j * (n_models + 1) + i] = get_weight (tensor, i) * diagonal[j];
    }
  add_ridge (tensor, state);
  fill_dead_inputs (tensor, state);
  return TRUE;
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  State *state;
  Layout layout;

  if (!is_reached (tensor))
    tensor->stand_in = AM_STAND_IN_NO_STATISTICS;
  if (!is_reached (tensor) || is_trivial (tensor))
    return TRUE;
  if (!find_layout (tensor, &layout, error))
    return FALSE;
  tensor->state = state = g_new0 (State, 1);
  if (layout.is_diagonal)
    return reduce_diagonal (tensor, reader, &layout, state, error);
  return reduce_full (tensor, reader, &layout, state, error);
}

/* Bytes for the models, the base, the result in both orders and the equations. */
static guint64
count_memory (const AmMethodTensor *tensor)
{
  const guint n_models = tensor->run->n_models;
  Layout layout;

  if (!is_reached (tensor) || is_trivial (tensor) || !find_layout (tensor, &layout, NULL))
    return 0;
  if (layout.is_diagonal)
    return am_doubles_size (layout.columns, n_models + 2);
  return am_sizes_add (am_doubles_size (tensor->length, (guint64)count_used (tensor) + 3),
                       am_gram_solve_get_memory (layout.rows, layout.columns));
}

static gboolean
check (const AmMethodTensor *tensor, GError **error)
{
  Layout layout;

  if (!am_check_weights (tensor, WEIGHT, error))
    return FALSE;
  return !is_reached (tensor) || is_trivial (tensor) || find_layout (tensor, &layout, error);
}

static const char *
plan_stand_in (const AmMethodTensor *tensor)
{
  if (tensor->n_dims >= 2 && (tensor->run->method->flags & AM_METHOD_MERGED_PREFIX))
    return NULL;
  return is_reached (tensor) ? NULL : AM_STAND_IN_NO_STATISTICS;
}

static void
apply_diagonal (const AmMethodTensor *tensor, const State *state, AmMethodChunk *chunk)
{
  const guint n_models = tensor->run->n_models;
  double values[AM_MAX_MODELS + 1] = { 0 };

  for (gsize k = 0; k < chunk->n; k++)
    {
      const gsize column = (chunk->first + k) / state->n_inner % state->columns;

      for (guint i = 0; i < n_models; i++)
        values[i] = ((const double *)chunk->model[i])[k];
      if (chunk->base != NULL)
        values[n_models] = ((const double *)chunk->base)[k];
      ((double *)chunk->out)[k]
          = am_weighted_mean (values, state->weights + column * (n_models + 1), n_models + 1);
    }
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  const State *state = tensor->state;

  if (state != NULL && state->values != NULL)
    am_whole_matrix_write (tensor, chunk, state->values);
  else if (state != NULL && state->weights != NULL)
    apply_diagonal (tensor, state, chunk);
  else
    am_average_by_weight (tensor, chunk, WEIGHT);
}

/* clang-format off */
#define REGMEAN_FUNCTIONS                                                                                      \
  .base = AM_BASE_OPTIONAL, .min_models = 1, .max_models = AM_MAX_MODELS, .parameters = parameters,            \
  .statistics = AM_STATISTICS_GRAM, .check = check,                              \
  .plan_stand_in = plan_stand_in, .reduce = reduce, .state_free = state_free, .count_memory = count_memory,    \
  .apply = apply
/* clang-format on */

const AmMethod am_regmean_method = {
  .id = "regmean",
  .title = N_ ("RegMean"),
  .summary
  = N_ ("Makes each linear layer answer to each model's own inputs as that model does, in least squares."),
  .paper = "Jin et al. 2023, arXiv:2212.09849",
  .flags = AM_METHOD_DOUBLE | AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .n_parameters = SAMPLES,
  REGMEAN_FUNCTIONS,
};

const AmMethod am_regmean_plus_plus_method = {
  .id = "regmean_plus_plus",
  .title = N_ ("RegMean++"),
  .summary
  = N_ ("RegMean on the inputs that layers get behind those merged before them, measured while merging."),
  .paper = "Nguyen et al. 2025, arXiv:2508.03121",
  .flags = AM_METHOD_DOUBLE | AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT | AM_METHOD_MERGED_PREFIX,
  .n_parameters = N_PARAMETERS,
  REGMEAN_FUNCTIONS,
};
