/* A + alpha F, F the difference B - C made smooth: a median over three neighbours along every axis, then a
 * Gaussian of deviation 1 along every axis.
 *
 * The numbers are those of scipy.ndimage median_filter (size 3) and gaussian_filter (sigma 1) on the whole
 * tensor: every axis is filtered, that of the output channels too; the Gaussian reaches four deviations;
 * beyond an edge the values are mirrored, the edge itself included. A NaN counts as larger than everything
 * for the median, and so only spreads where most of its neighbours are NaN.
 *
 * A result needs its neighbours four slices away smoothed, these theirs one slice further: a halo of five. */
#include "methods/linear-combination.h"

#include <math.h>

#define RADIUS 4
#define MAX_AXES 6
#define MAX_ROWS 243 /* 3 ^ (MAX_AXES - 1) */

enum
{
  ALPHA,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [ALPHA] = { "alpha", N_ ("How much of the smooth difference is added to A"), AM_PARAMETER_NUMBER,
              .is_ratio = TRUE, .per_tensor = TRUE, .minimum = -10, .maximum = 10, .soft_minimum = 0,
              .soft_maximum = 1, .default_value = 1 },
};

/* Some slices of a tensor. Axes of extent 1, along which all neighbours are the value itself, are left out;
 * the first and the last axis are always there. */
typedef struct
{
  guint n_axes;
  guint64 extents[MAX_AXES];
  guint64 strides[MAX_AXES];
  guint64 first; /* slice at which the values begin */
} Grid;

static guint
count_axes (const AmMethodTensor *tensor)
{
  guint n = 2;

  for (guint i = 1; i + 1 < tensor->n_dims; i++)
    n += tensor->shape[i] > 1 ? 1 : 0;
  return n;
}

static gboolean
check (const AmMethodTensor *tensor, GError **error)
{
  if (count_axes (tensor) <= MAX_AXES)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               "smooth_add_difference: tensor “%s” has more than %d axes; use add_difference for it",
               tensor->name, MAX_AXES);
  return FALSE;
}

static Grid
make_grid (const AmMethodTensor *tensor, const AmMethodChunk *chunk)
{
  Grid grid = { .n_axes = 1, .first = (chunk->first - chunk->n_before) / tensor->slice_length };
  guint64 stride = 1;

  grid.extents[0] = tensor->n_dims > 0 ? tensor->shape[0] : 1;
  for (guint i = 1; i + 1 < tensor->n_dims; i++)
    if (tensor->shape[i] > 1)
      grid.extents[grid.n_axes++] = tensor->shape[i];
  grid.extents[grid.n_axes++] = tensor->n_dims > 1 ? tensor->row_length : 1;
  for (guint i = grid.n_axes; i-- > 0; stride *= grid.extents[i])
    grid.strides[i] = stride;
  return grid;
}

/* Index within 0 .. n - 1 of a position that may lie beyond, mirrored with the edge repeated: c b a | a b c |
 * c b a. */
static guint64
mirror (gint64 position, guint64 n)
{
  gint64 period = 2 * (gint64)n;
  gint64 index = ((position % period) + period) % period;

  return (guint64)(index < (gint64)n ? index : period - 1 - index);
}

/* The middle one of an odd number of values, none of them NaN, by Hoare's selection; reorders them. */
static double
take_median (double *values, guint n)
{
  gint low = 0, high = (gint)n - 1, middle = (gint)n / 2;

  while (low < high)
    {
      double pivot = values[middle];
      gint i = low, j = high;

      while (i <= j)
        {
          while (values[i] < pivot)
            i++;
          while (values[j] > pivot)
            j--;
          if (i <= j)
            {
              double swapped = values[i];

              values[i++] = values[j];
              values[j--] = swapped;
            }
        }
      if (j < middle)
        low = i;
      if (middle < i)
        high = j;
    }
  return values[middle];
}

/* Offsets of the rows (runs along the last axis) around one row, of a slice and a position within it: three
 * for every other axis. Returns how many. */
static guint
collect_rows (const Grid *grid, guint64 slice, guint64 position, guint64 *rows)
{
  guint n = 1;

  rows[0] = 0;
  for (guint axis = 0; axis + 1 < grid->n_axes; axis++)
    {
      gint64 here = (gint64)(axis == 0 ? slice : position / grid->strides[axis] % grid->extents[axis]);
      guint64 origin = axis == 0 ? grid->first : 0;
      guint64 before = (mirror (here - 1, grid->extents[axis]) - origin) * grid->strides[axis];
      guint64 after = (mirror (here + 1, grid->extents[axis]) - origin) * grid->strides[axis];

      for (guint i = 0; i < n; i++)
        {
          rows[i + n] = rows[i] + before;
          rows[i + 2 * n] = rows[i] + after;
          rows[i] += ((guint64)here - origin) * grid->strides[axis];
        }
      n *= 3;
    }
  return n;
}

static void
filter_row (const Grid *grid, const double *values, const guint64 *rows, guint n_rows, double *out)
{
  guint64 length = grid->extents[grid->n_axes - 1];
  double window[3 * MAX_ROWS];

  for (guint64 x = 0; x < length; x++)
    {
      guint64 before = x > 0 ? x - 1 : 0, after = x + 1 < length ? x + 1 : x;

      for (guint i = 0; i < n_rows; i++)
        {
          window[3 * i] = values[rows[i] + before];
          window[3 * i + 1] = values[rows[i] + x];
          window[3 * i + 2] = values[rows[i] + after];
        }
      out[x] = take_median (window, 3 * n_rows);
    }
}

/* Medians of slices first .. end - 1, each at its place in @out. */
static void
filter_median (const Grid *grid, const double *values, guint64 first, guint64 end, double *out)
{
  guint64 length = grid->extents[grid->n_axes - 1];
  guint64 rows[MAX_ROWS];

  for (guint64 slice = first; slice < end; slice++)
    for (guint64 position = 0; position < grid->strides[0]; position += length)
      {
        guint n_rows = collect_rows (grid, slice, position, rows);

        filter_row (grid, values, rows, n_rows, out + (slice - grid->first) * grid->strides[0] + position);
      }
}

/* exp (-i^2 / 2) written out, since the last bit of exp() depends on the machine. */
static void
fill_gaussian (double weights[2 * RADIUS + 1])
{
  static const double heights[RADIUS + 1]
      = { 1, 0.6065306597126334, 0.1353352832366127, 0.011108996538242306, 0.00033546262790251185 };
  double sum = heights[0];

  for (guint i = 1; i <= RADIUS; i++)
    sum += 2 * heights[i];
  for (guint i = 0; i <= RADIUS; i++)
    weights[RADIUS + i] = weights[RADIUS - i] = heights[i] / sum;
}

/* Along axis 0, from the halo into slices first .. end - 1 of @out. */
static void
smooth_slices (const Grid *grid, const double *weights, const double *values, guint64 first, guint64 end,
               double *out)
{
  guint64 n = grid->strides[0];

  memset (out, 0, (end - first) * n * sizeof *out);
  for (guint64 slice = first; slice < end; slice++)
    for (gint i = -RADIUS; i <= RADIUS; i++)
      {
        guint64 from = mirror ((gint64)slice + i, grid->extents[0]) - grid->first;

        for (guint64 j = 0; j < n; j++)
          out[(slice - first) * n + j] += weights[i + RADIUS] * values[from * n + j];
      }
}

/* One line of @n values @stride apart, in place; @line has room for it and a mirrored margin on both sides.
 */
static void
smooth_line (const double *weights, double *values, guint64 n, guint64 stride, double *line)
{
  for (gint64 i = -RADIUS; i < (gint64)n + RADIUS; i++)
    line[i + RADIUS] = values[(i >= 0 && i < (gint64)n ? (guint64)i : mirror (i, n)) * stride];
  for (guint64 i = 0; i < n; i++)
    {
      double sum = 0;

      for (gint j = 0; j <= 2 * RADIUS; j++)
        sum += weights[j] * line[i + (guint)j];
      values[i * stride] = sum;
    }
}

/* Along every axis but the first, slice after slice. */
static void
smooth_axes (const Grid *grid, const double *weights, double *values, gsize n)
{
  for (guint axis = 1; axis < grid->n_axes; axis++)
    {
      guint64 extent = grid->extents[axis], stride = grid->strides[axis];
      g_autofree double *line = g_new (double, extent + 2 * RADIUS);

      if (extent == 1)
        continue;
      for (guint64 block = 0; block < n; block += extent * stride)
        for (guint64 i = 0; i < stride; i++)
          smooth_line (weights, values + block + i, extent, stride, line);
    }
}

static void
subtract (double *b, const double *c, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      double difference = b[i] - c[i];

      b[i] = isnan (difference) ? INFINITY : difference;
    }
}

/* The difference takes the place of B, its medians that of C. */
static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  double alpha = am_method_tensor_get (tensor, ALPHA), weights[2 * RADIUS + 1];
  double *difference = (double *)chunk->model[1] - chunk->n_before;
  double *medians = (double *)chunk->model[2] - chunk->n_before;
  const double *a = chunk->model[0], *smooth = chunk->scratch[0];
  Grid grid = make_grid (tensor, chunk);
  guint64 first = chunk->first / grid.strides[0], end = first + chunk->n / grid.strides[0];

  am_copy_input (tensor, chunk, a);
  if (alpha == 0)
    return;
  fill_gaussian (weights);
  subtract (difference, medians, chunk->n_before + chunk->n + chunk->n_after);
  filter_median (&grid, difference, first > RADIUS ? first - RADIUS : 0, MIN (end + RADIUS, grid.extents[0]),
                 medians);
  smooth_slices (&grid, weights, medians, first, end, chunk->scratch[0]);
  smooth_axes (&grid, weights, chunk->scratch[0], chunk->n);
  for (gsize i = 0; i < chunk->n; i++)
    ((double *)chunk->out)[i] = a[i] + alpha * smooth[i];
}

const AmMethod am_smooth_add_difference_method = {
  .id = "smooth_add_difference",
  .title = N_ ("Smooth add difference"),
  .summary
  = N_ ("Adds what sets B apart from C after smoothing it, so that single odd values do not come along."),
  .base = AM_BASE_NONE,
  .min_models = 3,
  .max_models = 3,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_DOUBLE | AM_METHOD_SLICES | AM_METHOD_IDEMPOTENT,
  .n_scratch = 1,
  .halo_slices = RADIUS + 1,
  .check = check,
  .apply = apply,
};
