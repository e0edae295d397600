/* Values cut and put together, element by element the same. */
#include "network/operator-private.h"

#include <string.h>

#include "base/text.h"

static gsize
count_elements (const AmValue *value)
{
  return am_value_count_positions (value) * value->channels;
}

static void
add (const AmReal *in, gsize n, AmReal *out)
{
  am_add_rows (out, in, 1, n, n);
}

static gboolean
shape_parameter (AmOperation *operation, GError **error)
{
  operation->output->height = operation->output->width = 1;
  for (guint d = 0; d + 1 < operation->weight_n_dims; d++)
    operation->output->width *= operation->weight_shape[d];
  return TRUE;
}

static void
forward_parameter (const AmOperation *operation)
{
  const gsize n = count_elements (operation->output);

  for (guint s = 0; s < operation->n_samples; s++)
    memcpy (operation->output->data + s * n, operation->weight, n * sizeof (AmReal));
}

static void
add_gradient_parameter (const AmOperation *operation, const AmReal *gradient, AmLearned what, guint sample,
                        guint64 first_row, guint64 n_rows, AmReal *result)
{
  const gsize n = count_elements (operation->output), n_row = n / operation->weight_shape[0];

  add (gradient + sample * n + first_row * n_row, n_rows * n_row, result);
}

/* Rows of @n elements between matrices of other widths. */
typedef struct
{
  gsize n, in_stride, out_stride;
} Columns;

static void
copy_columns (const AmReal *in, gsize n_rows, Columns columns, AmReal *out)
{
  for (gsize r = 0; r < n_rows; r++)
    memcpy (out + r * columns.out_stride, in + r * columns.in_stride, columns.n * sizeof *out);
}

static void
add_columns (const AmReal *in, gsize n_rows, Columns columns, AmReal *out)
{
  for (gsize r = 0; r < n_rows; r++)
    add (in + r * columns.in_stride, columns.n, out + r * columns.out_stride);
}

static void
forward_concat (const AmOperation *operation)
{
  const gsize n_rows = am_value_count_rows (operation->output), n_out = operation->output->channels;

  for (gsize i = 0, at = 0; i < operation->node->n_inputs; at += operation->inputs[i++]->channels)
    for (gsize r = 0; r < n_rows; r++)
      memcpy (operation->output->data + r * n_out + at,
              operation->inputs[i]->data + am_combined_offset (operation, (guint)i, r),
              operation->inputs[i]->channels * sizeof (AmReal));
}

static void
backward_concat (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  const gsize n_rows = am_value_count_rows (operation->output), n_out = operation->output->channels;

  for (gsize i = 0, at = 0; i < operation->node->n_inputs; at += operation->inputs[i++]->channels)
    for (gsize r = 0; input_gradients[i] != NULL && r < n_rows; r++)
      add (gradient + r * n_out + at, operation->inputs[i]->channels,
           input_gradients[i] + am_combined_offset (operation, (guint)i, r));
}

static void
forward_slice (const AmOperation *operation)
{
  const AmValue *in = operation->inputs[0], *out = operation->output;

  copy_columns (in->data + operation->node->start, am_value_count_rows (out),
                (Columns){ out->channels, in->channels, out->channels }, out->data);
}

static void
backward_slice (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  const AmValue *in = operation->inputs[0], *out = operation->output;

  add_columns (gradient, am_value_count_rows (out), (Columns){ out->channels, out->channels, in->channels },
               input_gradients[0] + operation->node->start);
}

static gboolean
shape_join (AmOperation *operation, GError **error)
{
  operation->output->height = 1;
  operation->output->width = 0;
  for (guint i = 0; i < operation->node->n_inputs; i++)
    operation->output->width += operation->inputs[i]->height * operation->inputs[i]->width;
  return TRUE;
}

static void
forward_join (const AmOperation *operation)
{
  const gsize n_out = count_elements (operation->output);

  for (gsize i = 0, at = 0, n; i < operation->node->n_inputs; i++, at += n)
    {
      n = count_elements (operation->inputs[i]);
      copy_columns (operation->inputs[i]->data, operation->n_samples, (Columns){ n, n, n_out },
                    operation->output->data + at);
    }
}

static void
backward_join (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  const gsize n_out = count_elements (operation->output);

  for (gsize i = 0, at = 0, n; i < operation->node->n_inputs; i++, at += n)
    {
      n = count_elements (operation->inputs[i]);
      if (input_gradients[i] != NULL)
        add_columns (gradient + at, operation->n_samples, (Columns){ n, n_out, n }, input_gradients[i]);
    }
}

/* First position that is taken; negative when there are too few. */
static gint64
find_start (const AmOperation *operation)
{
  const gint64 start = operation->node->start;

  return start < 0 ? (gint64)am_value_count_positions (operation->inputs[0]) + start : start;
}

static gboolean
shape_take (AmOperation *operation, GError **error)
{
  const gint64 n = (gint64)am_value_count_positions (operation->inputs[0]), start = find_start (operation);
  const gint64 count = operation->node->count > 0 ? operation->node->count : n - start;

  if (start < 0 || count < 1 || start > n || count > n - start)
    return am_operation_fail (operation, error,
                              T_ ("%ld positions from %ld on do not lie within the %ld there are"),
                              (glong)operation->node->count, (glong)operation->node->start, (glong)n);
  operation->output->height = 1;
  operation->output->width = (guint64)count;
  return TRUE;
}

static void
forward_take (const AmOperation *operation)
{
  const gsize n_in = count_elements (operation->inputs[0]), n = count_elements (operation->output);

  copy_columns (operation->inputs[0]->data + (gsize)find_start (operation) * operation->output->channels,
                operation->n_samples, (Columns){ n, n_in, n }, operation->output->data);
}

static void
backward_take (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  const gsize n_in = count_elements (operation->inputs[0]), n = count_elements (operation->output);

  add_columns (gradient, operation->n_samples, (Columns){ n, n, n_in },
               input_gradients[0] + (gsize)find_start (operation) * operation->output->channels);
}

static gboolean
shape_flatten (AmOperation *operation, GError **error)
{
  const AmValue *in = operation->inputs[0];

  if (am_value_count_positions (in) != (gsize)operation->node->count)
    return am_operation_fail (operation, error,
                              T_ ("a picture of %lu x %lu, %lu positions, comes here; expected %ld"),
                              (gulong)in->height, (gulong)in->width, (gulong)(in->height * in->width),
                              (glong)operation->node->count);
  operation->output->height = operation->output->width = 1;
  return TRUE;
}

static void
forward_flatten (const AmOperation *operation)
{
  const gsize n = am_value_count_positions (operation->inputs[0]);
  const gsize channels = operation->inputs[0]->channels;

#pragma omp parallel for num_threads(operation->n_threads)                                                   \
    schedule(dynamic) if (am_operation_is_large(operation))
  for (guint s = 0; s < operation->n_samples; s++)
    {
      const AmReal *in = operation->inputs[0]->data + s * n * channels;
      AmReal *out = operation->output->data + s * n * channels;

      for (gsize c = 0; c < channels; c++)
        for (gsize p = 0; p < n; p++)
          out[c * n + p] = in[p * channels + c];
    }
}

static void
backward_flatten (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  const gsize n = am_value_count_positions (operation->inputs[0]);
  const gsize channels = operation->inputs[0]->channels;

#pragma omp parallel for num_threads(operation->n_threads)                                                   \
    schedule(dynamic) if (am_operation_is_large(operation))
  for (guint s = 0; s < operation->n_samples; s++)
    {
      const AmReal *in = gradient + s * n * channels;
      AmReal *out = input_gradients[0] + s * n * channels;

      for (gsize p = 0; p < n; p++)
        for (gsize c = 0; c < channels; c++)
          out[p * channels + c] += in[c * n + p];
    }
}

static void
forward_output (const AmOperation *operation)
{
  const gsize n = operation->n_samples * count_elements (operation->output);

  if (operation->output->data != operation->inputs[0]->data)
    memcpy (operation->output->data, operation->inputs[0]->data, n * sizeof (AmReal));
}

static void
backward_output (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  add (gradient, operation->n_samples * count_elements (operation->output), input_gradients[0]);
}

const AmOperator am_operator_parameter
    = { .shape = shape_parameter, .forward = forward_parameter, .add_gradient = add_gradient_parameter };
const AmOperator am_operator_concat
    = { .shape = am_combined_shape, .forward = forward_concat, .backward = backward_concat };
const AmOperator am_operator_slice = { .forward = forward_slice, .backward = backward_slice };
const AmOperator am_operator_join
    = { .shape = shape_join, .forward = forward_join, .backward = backward_join };
const AmOperator am_operator_take
    = { .shape = shape_take, .forward = forward_take, .backward = backward_take };
const AmOperator am_operator_flatten
    = { .shape = shape_flatten, .forward = forward_flatten, .backward = backward_flatten };
const AmOperator am_operator_output
    = { .in_place = TRUE, .forward = forward_output, .backward = backward_output };
