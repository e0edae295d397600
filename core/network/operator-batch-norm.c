#include "network/operator-private.h"

#include <math.h>

/* scales, shifts: [channels]: the norm is x * scale + shift. */
static void
get_line (const AmOperation *operation, AmReal *scales, AmReal *shifts)
{
  for (gsize c = 0; c < operation->output->channels; c++)
    {
      const double weight = operation->weight != NULL ? (double)operation->weight[c] : 1.0;
      const double bias = operation->bias != NULL ? (double)operation->bias[c] : 0.0;
      const double scale = weight / sqrt ((double)operation->variance[c] + operation->node->epsilon);

      scales[c] = (AmReal)scale;
      shifts[c] = (AmReal)(bias - (double)operation->mean[c] * scale);
    }
}

static void
scale_rows (const AmReal *in, gsize n_rows, gsize n, const AmReal *scales, const AmReal *shifts, AmReal *out)
{
  for (gsize r = 0; r < n_rows; r++)
    for (gsize c = 0; c < n; c++)
      out[r * n + c] = in[r * n + c] * scales[c] + shifts[c];
}

static void
forward (const AmOperation *operation)
{
  const gsize n = operation->output->channels, n_rows = am_value_count_rows (operation->output);
  const gsize tile = am_count_tile_rows (n), n_tiles = am_count_tiles (n_rows, tile);
  g_autofree AmReal *scales = g_new (AmReal, 2 * n);
  const AmReal *in = operation->inputs[0]->data;
  AmReal *shifts = scales + n, *out = operation->output->data;

  get_line (operation, scales, shifts);
#pragma omp parallel for num_threads(operation->n_threads) schedule(dynamic) if (n_tiles > 1)
  for (gsize i = 0; i < n_tiles; i++)
    scale_rows (in + i * tile * n, MIN (tile, n_rows - i * tile), n, scales, shifts, out + i * tile * n);
}

static void
backward (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  const gsize n = operation->output->channels, n_rows = am_value_count_rows (operation->output);
  const gsize tile = am_count_tile_rows (n), n_tiles = am_count_tiles (n_rows, tile);
  g_autofree AmReal *scales = g_new (AmReal, 2 * n);
  AmReal *result = input_gradients[0];

  get_line (operation, scales, scales + n);
#pragma omp parallel for num_threads(operation->n_threads) schedule(dynamic) if (n_tiles > 1)
  for (gsize i = 0; i < n_tiles; i++)
    for (gsize r = i * tile; r < MIN ((i + 1) * tile, n_rows); r++)
      for (gsize c = 0; c < n; c++)
        result[r * n + c] += gradient[r * n + c] * scales[c];
}

static void
add_gradient (const AmOperation *operation, const AmReal *gradient, AmLearned what, guint sample,
              guint64 first_row, guint64 n_rows, AmReal *result)
{
  const gsize n = operation->output->channels, n_positions = am_value_count_positions (operation->output);
  const AmReal *in = operation->inputs[0]->data + sample * n_positions * n;
  const AmReal *own = gradient + sample * n_positions * n;

  if (what == AM_LEARNED_BIAS)
    {
      am_add_rows (result, own + first_row, n_positions, n_rows, n);
      return;
    }
  for (gsize c = first_row; c < first_row + n_rows; c++)
    {
      const double scale = 1.0 / sqrt ((double)operation->variance[c] + operation->node->epsilon);
      double sum = 0.0;

      for (gsize p = 0; p < n_positions; p++)
        sum += (double)own[p * n + c] * ((double)in[p * n + c] - (double)operation->mean[c]);
      result[c - first_row] += (AmReal)(sum * scale);
    }
}

const AmOperator am_operator_batch_norm = {
  .in_place = TRUE,
  .forward = forward,
  .backward = backward,
  .add_gradient = add_gradient,
};
