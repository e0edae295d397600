/* Values of equal width, put together element by element. */
#include "network/operator-private.h"

#include <string.h>

#include "base/text.h"

static const AmValue *
find_widest (const AmOperation *operation)
{
  const AmValue *widest = NULL;

  for (guint pass = 0; pass < 2 && widest == NULL; pass++)
    for (guint i = 0; i < operation->node->n_inputs; i++)
      {
        const AmValue *in = operation->inputs[i];

        if (pass == 0 && operation->is_parameter[i])
          continue;
        if (widest == NULL || am_value_count_positions (in) > am_value_count_positions (widest))
          widest = in;
      }
  return widest;
}

gboolean
am_combined_shape (AmOperation *operation, GError **error)
{
  const AmValue *widest = find_widest (operation);
  const gsize n = am_value_count_positions (widest);

  operation->output->height = widest->height;
  operation->output->width = widest->width;
  for (guint i = 0; i < operation->node->n_inputs; i++)
    {
      const AmValue *in = operation->inputs[i];
      const gsize own = am_value_count_positions (in);

      if (own != n && own != 1 && !(operation->is_parameter[i] && own > n))
        return am_operation_fail (
            operation, error, T_ ("values of %lu x %lu and %lu x %lu positions do not go together"),
            (gulong)widest->height, (gulong)widest->width, (gulong)in->height, (gulong)in->width);
    }
  return TRUE;
}

gsize
am_combined_offset (const AmOperation *operation, guint input, gsize row)
{
  const AmValue *in = operation->inputs[input];
  const gsize n = am_value_count_positions (operation->output), own = am_value_count_positions (in);
  const gsize position = own == 1 ? 0 : row % n;

  return (row / n * own + position) * in->channels;
}

/* What an input does to what the ones before it have made. */
typedef void (*Apply) (const AmReal *in, gsize n, AmReal *out);

static void
add (const AmReal *in, gsize n, AmReal *out)
{
  for (gsize i = 0; i < n; i++)
    out[i] += in[i];
}

static void
multiply (const AmReal *in, gsize n, AmReal *out)
{
  for (gsize i = 0; i < n; i++)
    out[i] *= in[i];
}

static void
scale (const AmReal *in, gsize n, AmReal *out)
{
  for (gsize i = 0; i < n; i++)
    out[i] *= 1 + in[i];
}

static void
copy (const AmReal *in, gsize n, AmReal *out)
{
  if (in != out)
    memcpy (out, in, n * sizeof *out);
}

static void
apply_rows (const AmOperation *operation, guint input, Apply apply, gsize first, gsize n_rows)
{
  const AmValue *in = operation->inputs[input];
  const gsize n = in->channels;
  AmReal *out = operation->output->data + first * n;

  if (am_value_count_positions (in) == am_value_count_positions (operation->output))
    apply (in->data + first * n, n_rows * n, out);
  else
    for (gsize r = 0; r < n_rows; r++)
      apply (in->data + am_combined_offset (operation, input, first + r), n, out + r * n);
}

/* @second, @others: what the second input does, and those behind. */
static void
combine (const AmOperation *operation, Apply second, Apply others)
{
  const gsize n_rows = am_value_count_rows (operation->output);
  const gsize tile = am_count_tile_rows (operation->output->channels);
  const gsize n_tiles = am_count_tiles (n_rows, tile);

#pragma omp parallel for num_threads(operation->n_threads) schedule(dynamic) if (n_tiles > 1)
  for (gsize i = 0; i < n_tiles; i++)
    {
      const gsize first = i * tile, n = MIN (tile, n_rows - first);

      for (guint k = 0; k < operation->node->n_inputs; k++)
        apply_rows (operation, k, k == 0 ? copy : k == 1 ? second : others, first, n);
    }
}

static void
forward_add (const AmOperation *operation)
{
  combine (operation, add, add);
}

static void
forward_multiply (const AmOperation *operation)
{
  combine (operation, multiply, multiply);
}

static void
forward_modulate (const AmOperation *operation)
{
  combine (operation, scale, add);
}

/* slopes [channels] = what row @row of the output changes by with row of input @input. */
typedef void (*FindSlopes) (const AmOperation *operation, guint input, gsize row, AmReal *slopes);

static void
fill (AmReal *slopes, gsize n)
{
  for (gsize i = 0; i < n; i++)
    slopes[i] = 1;
}

static void
find_slopes_multiply (const AmOperation *operation, guint input, gsize row, AmReal *slopes)
{
  fill (slopes, operation->output->channels);
  for (guint k = 0; k < operation->node->n_inputs; k++)
    if (k != input)
      multiply (operation->inputs[k]->data + am_combined_offset (operation, k, row),
                operation->output->channels, slopes);
}

static void
find_slopes_modulate (const AmOperation *operation, guint input, gsize row, AmReal *slopes)
{
  const gsize n = operation->output->channels;

  fill (slopes, n);
  if (input == 0)
    scale (operation->inputs[1]->data + am_combined_offset (operation, 1, row), n, slopes);
  else if (input == 1)
    multiply (operation->inputs[0]->data + am_combined_offset (operation, 0, row), n, slopes);
}

/* @find_slopes: NULL where all are 1. */
static void
spread_sample (const AmOperation *operation, FindSlopes find_slopes, const AmReal *gradient, guint input,
               guint sample, AmReal *result)
{
  const gsize n = operation->output->channels;
  const gsize n_positions = am_value_count_positions (operation->output);
  g_autofree AmReal *slopes = g_new (AmReal, n);

  for (gsize row = sample * n_positions; row < (sample + 1) * n_positions; row++)
    {
      AmReal *own = result + am_combined_offset (operation, input, row);

      if (find_slopes == NULL)
        {
          add (gradient + row * n, n, own);
          continue;
        }
      find_slopes (operation, input, row, slopes);
      multiply (gradient + row * n, n, slopes);
      add (slopes, n, own);
    }
}

static void
spread (const AmOperation *operation, FindSlopes find_slopes, const AmReal *gradient,
        AmReal *const *input_gradients)
{
#pragma omp parallel for num_threads(operation->n_threads)                                                   \
    schedule(dynamic) if (am_operation_is_large(operation))
  for (guint s = 0; s < operation->n_samples; s++)
    for (guint i = 0; i < operation->node->n_inputs; i++)
      if (input_gradients[i] != NULL)
        spread_sample (operation, find_slopes, gradient, i, s, input_gradients[i]);
}

static void
backward_add (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  spread (operation, NULL, gradient, input_gradients);
}

static void
backward_multiply (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  spread (operation, find_slopes_multiply, gradient, input_gradients);
}

static void
backward_modulate (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  spread (operation, find_slopes_modulate, gradient, input_gradients);
}

const AmOperator am_operator_add
    = { .shape = am_combined_shape, .in_place = TRUE, .forward = forward_add, .backward = backward_add };
const AmOperator am_operator_multiply = {
  .shape = am_combined_shape, .in_place = TRUE, .forward = forward_multiply, .backward = backward_multiply
};
const AmOperator am_operator_modulate = {
  .shape = am_combined_shape, .in_place = TRUE, .forward = forward_modulate, .backward = backward_modulate
};
