#include "network/operator-private.h"

/* A tile of the product: enough rows that the weights are worth their way through the caches. */
#define TILE_ROWS ((gsize)256)
/* With few rows the columns are divided too. */
#define FEW_TILES ((gsize)8)
#define TILE_COLUMNS ((gsize)256)
/* So few are done before other threads are awake. */
#define FEW_PRODUCTS ((gsize)1 << 19)

void
am_multiply_rows (const AmReal *in, gsize n_rows, gsize n_in, const AmReal *weight, gboolean is_transposed,
                  gsize n_out, const AmReal *bias, gboolean is_added, AmReal *out, guint n_threads)
{
  const gsize n_row_tiles = am_count_tiles (n_rows, TILE_ROWS);
  const gsize n_columns = n_row_tiles < FEW_TILES ? TILE_COLUMNS : n_out;
  const gsize n_column_tiles = am_count_tiles (n_out, n_columns);
  const gsize weight_stride = is_transposed ? n_out : n_in;
  const gboolean is_large = n_rows * n_in * n_out > FEW_PRODUCTS;

#pragma omp parallel for num_threads(n_threads) schedule(dynamic) collapse(2) if (is_large)
  for (gsize i = 0; i < n_row_tiles; i++)
    for (gsize j = 0; j < n_column_tiles; j++)
      {
        const gsize row = i * n_rows / n_row_tiles, end = (i + 1) * n_rows / n_row_tiles;
        const gsize column = j * n_columns, n = MIN (n_columns, n_out - column);
        AmReal *tile = out + row * n_out + column;

        if (bias != NULL)
          am_fill_rows (tile, end - row, n, n_out, bias + column);
        am_real_multiply (false, !is_transposed, end - row, n, n_in, 1, in + row * n_in, n_in,
                          weight + column * (is_transposed ? 1 : n_in), weight_stride,
                          bias != NULL || is_added ? 1 : 0, tile, n_out);
      }
}

static void
forward (const AmOperation *operation)
{
  const AmValue *in = operation->inputs[0];

  am_multiply_rows (in->data, am_value_count_rows (in), in->channels, operation->weight,
                    operation->node->is_transposed, operation->output->channels, operation->bias, FALSE,
                    operation->output->data, operation->n_threads);
}

static void
backward (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  const AmValue *in = operation->inputs[0];

  am_multiply_rows (gradient, am_value_count_rows (in), operation->output->channels, operation->weight,
                    !operation->node->is_transposed, in->channels, NULL, TRUE, input_gradients[0],
                    operation->n_threads);
}

/* Rows of the weight's axis 0 belong to one side, columns to the other. */
typedef struct
{
  const AmReal *rows, *columns; /* [positions][n_all_rows], [positions][n_columns] */
  gsize n_all_rows, n_columns, n_positions;
} Sides;

static Sides
get_sides (const AmOperation *operation, const AmReal *gradient)
{
  const AmValue *in = operation->inputs[0], *out = operation->output;
  const gsize n = am_value_count_positions (in);

  if (operation->node->is_transposed)
    return (Sides){ in->data, gradient, in->channels, out->channels, n };
  return (Sides){ gradient, in->data, out->channels, in->channels, n };
}

static void
add_gradient (const AmOperation *operation, const AmReal *gradient, AmLearned what, guint sample,
              guint64 first_row, guint64 n_rows, AmReal *result)
{
  const Sides sides = get_sides (operation, gradient);
  const gsize first = sample * sides.n_positions, n_out = operation->output->channels;

  if (what == AM_LEARNED_BIAS)
    am_add_rows (result, gradient + first * n_out + first_row, sides.n_positions, n_rows, n_out);
  else
    am_real_multiply (true, false, n_rows, sides.n_columns, sides.n_positions, 1,
                      sides.rows + first * sides.n_all_rows + first_row, sides.n_all_rows,
                      sides.columns + first * sides.n_columns, sides.n_columns, 1, result, sides.n_columns);
}

/* Squares of [n_samples][n] values, of which @stride lie from sample to sample. */
static double *
square (const AmReal *values, gsize n_samples, gsize n, gsize stride, const double *factors)
{
  double *squares = g_new (double, MAX (n_samples * n, 1));

  for (gsize s = 0; s < n_samples; s++)
    for (gsize i = 0; i < n; i++)
      {
        const double value = (double)values[s * stride + i];

        squares[s * n + i] = factors != NULL ? factors[s] * (value * value) : value * value;
      }
  return squares;
}

/* The gradient of one row is a product of two vectors, its square the product of their squares. In double:
 * squares of small gradients are no floats any more. */
static gboolean
add_squares (const AmOperation *operation, const AmReal *gradient, AmLearned what, const double *factors,
             guint64 first_row, guint64 n_rows, double *squares)
{
  const Sides sides = get_sides (operation, gradient);
  g_autofree double *rows = NULL;
  g_autofree double *columns = NULL;

  if (sides.n_positions != 1)
    return FALSE;
  if (what == AM_LEARNED_BIAS)
    {
      rows
          = square (gradient + first_row, operation->n_samples, n_rows, operation->output->channels, factors);
      for (gsize s = 0; s < operation->n_samples; s++)
        for (gsize i = 0; i < n_rows; i++)
          squares[i] += rows[s * n_rows + i];
      return TRUE;
    }
  rows = square (sides.rows + first_row, operation->n_samples, n_rows, sides.n_all_rows, factors);
  columns = square (sides.columns, operation->n_samples, sides.n_columns, sides.n_columns, NULL);
  am_linalg_multiply_double (true, false, n_rows, sides.n_columns, operation->n_samples, 1.0, rows, n_rows,
                             columns, sides.n_columns, 1.0, squares, sides.n_columns);
  return TRUE;
}

const AmOperator am_operator_linear = {
  .forward = forward,
  .backward = backward,
  .add_gradient = add_gradient,
  .add_squares = add_squares,
};
