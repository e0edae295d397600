#include "network/operator.h"

#include <math.h>

#include "base/text.h"

/* Elements one turn of a loop takes at least, so that small rows do not cost more to hand out than to do. */
#define TILE_LENGTH 16384

/* Additions side by side: one chain of them would wait for each sum. */
#define N_LANES 8

/**
 * Layout: what is brought to one scale: sets of n_rows rows of n_columns neighbouring channels
 * @n_sets: of the batch; those of a sample are @n_per_row next to each other for every set of rows
 * @n_per_row: sets side by side in a row
 * @stride: channels of the value
 * @is_centred: whether the mean is taken off first
 * @shares_gain: whether the sets side by side have the same weights
 */
typedef struct
{
  guint64 n_sets, n_per_row, n_rows, n_columns, stride;
  gboolean is_centred, shares_gain;
} Layout;

/* x becomes (x - mean) * factor. */
typedef struct
{
  double mean, factor;
} Scaling;

static Layout
get_layout (const AmOperation *operation)
{
  const AmNode *node = operation->node;
  const AmValue *in = operation->inputs[0];
  guint64 n_positions = in->height * in->width;
  gboolean is_group = node->type == AM_NODE_GROUP_NORM;
  gboolean is_head = node->type == AM_NODE_HEAD_NORM;
  guint64 n_per_row = is_group ? node->groups : is_head ? node->heads : 1;

  return (Layout){
    .n_sets = in->n_samples * (is_group ? 1 : n_positions) * n_per_row,
    .n_per_row = n_per_row,
    .n_rows = is_group ? n_positions : 1,
    .n_columns = in->channels / n_per_row,
    .stride = in->channels,
    .is_centred = is_group || node->type == AM_NODE_LAYER_NORM,
    .shares_gain = is_head,
  };
}

/* Where set @set begins in a value. */
static gsize
get_first (const Layout *layout, guint64 set)
{
  return set / layout->n_per_row * layout->n_rows * layout->stride
         + set % layout->n_per_row * layout->n_columns;
}

/* The first of its channels' weights. */
static guint64
get_first_gain (const Layout *layout, guint64 set)
{
  return layout->shares_gain ? 0 : set % layout->n_per_row * layout->n_columns;
}

static double
add_lanes (const double *lanes)
{
  double sum = 0.0;

  for (guint lane = 0; lane < N_LANES; lane++)
    sum += lanes[lane];
  return sum;
}

/* lanes += the values of a row; those left over go to the first lane. */
static void
add_row (const AmReal *row, guint64 n, double *lanes)
{
  guint64 i = 0;

  for (; i + N_LANES <= n; i += N_LANES)
    for (guint lane = 0; lane < N_LANES; lane++)
      lanes[lane] += row[i + lane];
  for (; i < n; i++)
    lanes[0] += row[i];
}

static void
add_squared_row (const AmReal *row, guint64 n, double mean, double *lanes)
{
  guint64 i = 0;

  for (; i + N_LANES <= n; i += N_LANES)
    for (guint lane = 0; lane < N_LANES; lane++)
      lanes[lane] += (row[i + lane] - mean) * (row[i + lane] - mean);
  for (; i < n; i++)
    lanes[0] += (row[i] - mean) * (row[i] - mean);
}

static Scaling
measure (const Layout *layout, const AmReal *values, double epsilon)
{
  double n = (double)layout->n_rows * (double)layout->n_columns;
  double sums[N_LANES] = { 0.0 }, squares[N_LANES] = { 0.0 };
  Scaling scaling = { 0.0, 0.0 };
  double variance;

  if (layout->is_centred)
    {
      for (guint64 row = 0; row < layout->n_rows; row++)
        add_row (values + row * layout->stride, layout->n_columns, sums);
      scaling.mean = add_lanes (sums) / n;
    }
  for (guint64 row = 0; row < layout->n_rows; row++)
    add_squared_row (values + row * layout->stride, layout->n_columns, scaling.mean, squares);
  variance = add_lanes (squares) / n + epsilon;
  /* Nothing but zeros, and no epsilon: they stay. */
  scaling.factor = variance > 0.0 ? 1.0 / sqrt (variance) : 0.0;
  return scaling;
}

static void
scale_set (const AmOperation *operation, const Layout *layout, guint64 set, Scaling scaling)
{
  guint64 gain = get_first_gain (layout, set);
  const AmReal *weight = operation->weight != NULL ? operation->weight + gain : NULL;
  const AmReal *bias = operation->bias != NULL ? operation->bias + gain : NULL;

  for (guint64 row = 0; row < layout->n_rows; row++)
    {
      const AmReal *in = operation->inputs[0]->data + get_first (layout, set) + row * layout->stride;
      AmReal *out = operation->output->data + get_first (layout, set) + row * layout->stride;

      for (guint64 c = 0; c < layout->n_columns; c++)
        {
          double value = (in[c] - scaling.mean) * scaling.factor;

          if (weight != NULL)
            value *= weight[c];
          out[c] = (AmReal)(bias != NULL ? value + bias[c] : value);
        }
    }
}

static gboolean
set_shape (AmOperation *operation, GError **error)
{
  Layout layout = get_layout (operation);

  operation->output->height = operation->inputs[0]->height;
  operation->output->width = operation->inputs[0]->width;
  if (g_size_checked_mul (&operation->kept_size, layout.n_sets, sizeof (Scaling)))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, T_ ("%s: values too large for this computer"),
               operation->node->name);
  return FALSE;
}

static guint64
count_sets_of_tile (const Layout *layout)
{
  return MAX (TILE_LENGTH / (layout->n_rows * layout->n_columns), 1);
}

static void
normalise (const AmOperation *operation)
{
  Layout layout = get_layout (operation);
  guint64 n_per_tile = count_sets_of_tile (&layout);
  guint64 n_tiles = (layout.n_sets + n_per_tile - 1) / n_per_tile;
  Scaling *kept = operation->kept;

#pragma omp parallel for num_threads(operation->n_threads) schedule(dynamic) if (n_tiles > 1)
  for (guint64 tile = 0; tile < n_tiles; tile++)
    for (guint64 set = tile * n_per_tile; set < MIN ((tile + 1) * n_per_tile, layout.n_sets); set++)
      {
        Scaling scaling = measure (&layout, operation->inputs[0]->data + get_first (&layout, set),
                                   operation->node->epsilon);

        scale_set (operation, &layout, set, scaling);
        if (kept != NULL)
          kept[set] = scaling;
      }
}

/* What a set's gradient has in common with the directions in which the set cannot move. */
typedef struct
{
  double mean;  /* of the gradient of the scaled values */
  double along; /* of its products with them */
} Projection;

static Projection
project (const Layout *layout, const AmReal *values, const AmReal *gradient, const AmReal *weight,
         Scaling scaling)
{
  double n = (double)layout->n_rows * (double)layout->n_columns;
  Projection sum = { 0.0, 0.0 };

  for (guint64 row = 0; row < layout->n_rows; row++)
    for (guint64 c = 0; c < layout->n_columns; c++)
      {
        gsize i = row * layout->stride + c;
        double scaled = weight != NULL ? (double)gradient[i] * weight[c] : gradient[i];

        sum.mean += scaled;
        sum.along += scaled * (values[i] - scaling.mean) * scaling.factor;
      }
  return (Projection){ layout->is_centred ? sum.mean / n : 0.0, sum.along / n };
}

/* The derivative of x / deviation: what changes the mean or the deviation has no effect. */
static void
pass_back_set (const AmOperation *operation, const Layout *layout, guint64 set, const AmReal *gradient,
               AmReal *result)
{
  gsize first = get_first (layout, set);
  const AmReal *values = operation->inputs[0]->data + first;
  const AmReal *weight = operation->weight != NULL ? operation->weight + get_first_gain (layout, set) : NULL;
  Scaling scaling = ((const Scaling *)operation->kept)[set];
  Projection projection = project (layout, values, gradient + first, weight, scaling);

  for (guint64 row = 0; row < layout->n_rows; row++)
    for (guint64 c = 0; c < layout->n_columns; c++)
      {
        gsize i = row * layout->stride + c;
        double scaled = weight != NULL ? (double)gradient[first + i] * weight[c] : gradient[first + i];
        double value = (values[i] - scaling.mean) * scaling.factor;

        result[first + i] += (AmReal)(scaling.factor * (scaled - projection.mean - value * projection.along));
      }
}

static void
pass_back (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  Layout layout = get_layout (operation);
  guint64 n_per_tile = count_sets_of_tile (&layout);
  guint64 n_tiles = (layout.n_sets + n_per_tile - 1) / n_per_tile;

  if (input_gradients[0] == NULL)
    return;
#pragma omp parallel for num_threads(operation->n_threads) schedule(dynamic) if (n_tiles > 1)
  for (guint64 tile = 0; tile < n_tiles; tile++)
    for (guint64 set = tile * n_per_tile; set < MIN ((tile + 1) * n_per_tile, layout.n_sets); set++)
      pass_back_set (operation, &layout, set, gradient, input_gradients[0]);
}

/* sums [n_rows] += what set @set adds to the gradient of weights first_row and those behind. */
static void
add_set_gradient (const AmOperation *operation, const Layout *layout, guint64 set, const AmReal *gradient,
                  AmLearned what, guint64 first_row, guint64 n_rows, double *sums)
{
  guint64 gain = get_first_gain (layout, set);
  guint64 begin = MAX (first_row, gain);
  guint64 end = MIN (first_row + n_rows, gain + layout->n_columns);
  Scaling scaling = ((const Scaling *)operation->kept)[set];

  for (guint64 row = 0; row < layout->n_rows; row++)
    for (guint64 c = begin; c < end; c++)
      {
        gsize i = get_first (layout, set) + row * layout->stride + c - gain;
        double value = (operation->inputs[0]->data[i] - scaling.mean) * scaling.factor;

        sums[c - first_row] += what == AM_LEARNED_WEIGHT ? gradient[i] * value : gradient[i];
      }
}

static void
add_gradient (const AmOperation *operation, const AmReal *gradient, AmLearned what, guint sample,
              guint64 first_row, guint64 n_rows, AmReal *result)
{
  Layout layout = get_layout (operation);
  guint64 n_sets = layout.n_sets / operation->n_samples;
  g_autofree double *sums = g_new0 (double, n_rows);

  for (guint64 set = sample * n_sets; set < (sample + 1) * n_sets; set++)
    add_set_gradient (operation, &layout, set, gradient, what, first_row, n_rows, sums);
  for (guint64 row = 0; row < n_rows; row++)
    result[row] += (AmReal)sums[row];
}

const AmOperator am_operator_norm = {
  .shape = set_shape,
  .in_place = TRUE,
  .forward = normalise,
  .backward = pass_back,
  .add_gradient = add_gradient,
};
