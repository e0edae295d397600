#include "graph-forward-private.h"

#include <math.h>
#include <string.h>

ForwardValue
forward_value_new (guint64 channels, guint64 height, guint64 width)
{
  return (ForwardValue){ channels, height, width, g_new0 (double, channels *height *width) };
}

ForwardValue
forward_copy (const ForwardStep *step)
{
  const ForwardValue *in = step->inputs[0];
  ForwardValue result = forward_value_new (in->channels, in->height, in->width);

  memcpy (result.data, in->data, in->channels * in->height * in->width * sizeof (double));
  return result;
}

ForwardValue
forward_parameter (const ForwardStep *step)
{
  guint64 channels = step->shape->shape[step->shape->n_dims - 1];
  guint64 n = 1;
  ForwardValue result;

  for (guint d = 0; d + 1 < step->shape->n_dims; d++)
    n *= step->shape->shape[d];
  result = forward_value_new (channels, 1, n);
  for (guint64 p = 0; p < n; p++)
    for (guint64 c = 0; c < channels; c++)
      result.data[c * n + p] = step->weight[p * channels + c];
  return result;
}

static double
activate (AmActivation activation, double x)
{
  switch (activation)
    {
    case AM_ACTIVATION_RELU:
      return MAX (x, 0.0);
    case AM_ACTIVATION_GELU:
      return 0.5 * x * (1.0 + erf (x / sqrt (2.0)));
    case AM_ACTIVATION_GELU_TANH:
      return 0.5 * x * (1.0 + tanh (sqrt (2.0 / G_PI) * (x + 0.044715 * x * x * x)));
    case AM_ACTIVATION_QUICK_GELU:
      return x / (1.0 + exp (-1.702 * x));
    case AM_ACTIVATION_SILU:
      return x / (1.0 + exp (-x));
    case AM_ACTIVATION_TANH:
      return tanh (x);
    case AM_ACTIVATION_SIGMOID:
      return 1.0 / (1.0 + exp (-x));
    }
  g_assert_not_reached ();
}

ForwardValue
forward_activation (const ForwardStep *step)
{
  ForwardValue result = forward_copy (step);
  guint64 n = result.channels * forward_value_count_positions (&result);

  for (guint64 i = 0; i < n; i++)
    result.data[i] = activate (step->node->activation, result.data[i]);
  return result;
}

/* The shape of the result: that of the first input with the most positions. Parameters count only where there
 * is nothing else: of them the first positions are used. */
static const ForwardValue *
find_widest (const ForwardStep *step)
{
  const ForwardValue *widest = NULL;

  for (guint pass = 0; pass < 2 && widest == NULL; pass++)
    for (guint i = 0; i < step->node->n_inputs; i++)
      {
        const ForwardValue *in = step->inputs[i];

        if (pass == 0 && step->is_parameter[i])
          continue;
        if (widest == NULL || forward_value_count_positions (in) > forward_value_count_positions (widest))
          widest = in;
      }
  return widest;
}

/* Element of channel @c at position @p of @n; a single position stands for all. */
static double
get_repeated (const ForwardStep *step, guint input, guint64 c, guint64 p, guint64 n)
{
  const ForwardValue *in = step->inputs[input];
  guint64 n_own = forward_value_count_positions (in);

  g_assert_true (n_own == n || n_own == 1 || (step->is_parameter[input] && n_own > n));
  return in->data[c * n_own + (n_own == 1 ? 0 : p)];
}

typedef double (*Combine) (const ForwardStep *step, guint64 c, guint64 p, guint64 n);

static double
combine_add (const ForwardStep *step, guint64 c, guint64 p, guint64 n)
{
  double sum = 0.0;

  for (guint i = 0; i < step->node->n_inputs; i++)
    sum += get_repeated (step, i, c, p, n);
  return sum;
}

static double
combine_multiply (const ForwardStep *step, guint64 c, guint64 p, guint64 n)
{
  double product = 1.0;

  for (guint i = 0; i < step->node->n_inputs; i++)
    product *= get_repeated (step, i, c, p, n);
  return product;
}

static double
combine_modulate (const ForwardStep *step, guint64 c, guint64 p, guint64 n)
{
  return get_repeated (step, 0, c, p, n) * (1.0 + get_repeated (step, 1, c, p, n))
         + get_repeated (step, 2, c, p, n);
}

static ForwardValue
combine (const ForwardStep *step, Combine function)
{
  const ForwardValue *widest = find_widest (step);
  guint64 n = forward_value_count_positions (widest);
  ForwardValue result = forward_value_new (widest->channels, widest->height, widest->width);

  for (guint i = 0; i < step->node->n_inputs; i++)
    g_assert_cmpuint (step->inputs[i]->channels, ==, widest->channels);
  for (guint64 c = 0; c < widest->channels; c++)
    for (guint64 p = 0; p < n; p++)
      result.data[c * n + p] = function (step, c, p, n);
  return result;
}

ForwardValue
forward_add (const ForwardStep *step)
{
  return combine (step, combine_add);
}

ForwardValue
forward_multiply (const ForwardStep *step)
{
  return combine (step, combine_multiply);
}

ForwardValue
forward_modulate (const ForwardStep *step)
{
  return combine (step, combine_modulate);
}

ForwardValue
forward_concat (const ForwardStep *step)
{
  const ForwardValue *widest = find_widest (step);
  guint64 n = forward_value_count_positions (widest);
  guint64 channels = 0, next = 0;
  ForwardValue result;

  for (guint i = 0; i < step->node->n_inputs; i++)
    channels += step->inputs[i]->channels;
  result = forward_value_new (channels, widest->height, widest->width);
  for (guint i = 0; i < step->node->n_inputs; i++)
    for (guint64 c = 0; c < step->inputs[i]->channels; c++)
      for (guint64 p = 0; p < n; p++)
        result.data[next++] = get_repeated (step, i, c, p, n);
  return result;
}

ForwardValue
forward_slice (const ForwardStep *step)
{
  const ForwardValue *in = step->inputs[0];
  guint64 n = forward_value_count_positions (in);
  ForwardValue result = forward_value_new (step->node->channels, in->height, in->width);

  g_assert_cmpuint ((guint64)step->node->start + step->node->channels, <=, in->channels);
  memcpy (result.data, in->data + (guint64)step->node->start * n, step->node->channels * n * sizeof (double));
  return result;
}

/* Positions @first .. @first + @count of @in become those from @at on of @out. */
static void
copy_positions (const ForwardValue *in, guint64 first, guint64 count, ForwardValue *out, guint64 at)
{
  guint64 n_in = forward_value_count_positions (in);
  guint64 n_out = forward_value_count_positions (out);

  for (guint64 c = 0; c < in->channels; c++)
    memcpy (out->data + c * n_out + at, in->data + c * n_in + first, count * sizeof (double));
}

ForwardValue
forward_join (const ForwardStep *step)
{
  guint64 n = 0, at = 0;
  ForwardValue result;

  for (guint i = 0; i < step->node->n_inputs; i++)
    n += forward_value_count_positions (step->inputs[i]);
  result = forward_value_new (step->inputs[0]->channels, 1, n);
  for (guint i = 0; i < step->node->n_inputs; i++)
    {
      guint64 count = forward_value_count_positions (step->inputs[i]);

      g_assert_cmpuint (step->inputs[i]->channels, ==, result.channels);
      copy_positions (step->inputs[i], 0, count, &result, at);
      at += count;
    }
  return result;
}

ForwardValue
forward_take (const ForwardStep *step)
{
  const ForwardValue *in = step->inputs[0];
  gint64 n = (gint64)forward_value_count_positions (in);
  gint64 start = step->node->start < 0 ? n + step->node->start : step->node->start;
  gint64 count = step->node->count > 0 ? step->node->count : n - start;
  ForwardValue result;

  g_assert_cmpint (start, >=, 0);
  g_assert_cmpint (start + count, <=, n);
  result = forward_value_new (in->channels, 1, (guint64)count);
  copy_positions (in, (guint64)start, (guint64)count, &result, 0);
  return result;
}

ForwardValue
forward_flatten (const ForwardStep *step)
{
  ForwardValue result = forward_copy (step);

  if (step->node->count > 0)
    g_assert_cmpuint (forward_value_count_positions (&result), ==, (guint64)step->node->count);
  result.channels *= forward_value_count_positions (&result);
  result.height = result.width = 1;
  return result;
}
