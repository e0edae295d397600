#include "graph-forward-private.h"

#include <string.h>

/* Eight sums side by side keep the adder busy where there is one position only. */
#define N_LANES 8

static double
dot (const double *a, const double *b, guint64 n)
{
  double lanes[N_LANES] = { 0.0 };
  double sum = 0.0;
  guint64 i = 0;

  for (; i + N_LANES <= n; i += N_LANES)
    for (guint lane = 0; lane < N_LANES; lane++)
      lanes[lane] += a[i + lane] * b[i + lane];
  for (; i < n; i++)
    sum += a[i] * b[i];
  for (guint lane = 0; lane < N_LANES; lane++)
    sum += lanes[lane];
  return sum;
}

/* sums [n] += the first four of @row times the first four rows of @in: one pass for all is quicker. */
static void
add_four (const double *row, const double *in, guint64 n, double *sums)
{
  for (guint64 p = 0; p < n; p++)
    sums[p] += (row[0] * in[p] + row[1] * in[n + p]) + (row[2] * in[2 * n + p] + row[3] * in[3 * n + p]);
}

/* out [n_out][n] += weight [n_out][n_in] * in [n_in][n] */
static void
multiply (const double *weight, const double *in, guint64 n_out, guint64 n_in, guint64 n, double *out)
{
  for (guint64 o = 0; o < n_out; o++)
    {
      const double *row = weight + o * n_in;
      double *sums = out + o * n;
      guint64 i = 0;

      if (n == 1)
        {
          sums[0] += dot (row, in, n_in);
          continue;
        }
      for (; i + 4 <= n_in; i += 4)
        add_four (row + i, in + i * n, n, sums);
      for (; i < n_in; i++)
        for (guint64 p = 0; p < n; p++)
          sums[p] += row[i] * in[i * n + p];
    }
}

static void
add_bias (ForwardValue *value, const double *bias)
{
  guint64 n = forward_value_count_positions (value);

  for (guint64 c = 0; bias != NULL && c < value->channels; c++)
    for (guint64 p = 0; p < n; p++)
      value->data[c * n + p] += bias[c];
}

ForwardValue
forward_embedding (const ForwardStep *step)
{
  const ForwardValue *numbers = step->inputs[0];
  guint64 n = forward_value_count_positions (numbers);
  guint64 channels = step->shape->shape[1];
  ForwardValue result = forward_value_new (channels, 1, n);

  g_assert_cmpuint (numbers->channels, ==, 1);
  for (guint64 p = 0; p < n; p++)
    {
      guint64 row = (guint64)numbers->data[p];

      g_assert_cmpuint (row, <, step->shape->shape[0]);
      for (guint64 c = 0; c < channels; c++)
        result.data[c * n + p] = step->weight[row * channels + c];
    }
  return result;
}

static double *
transpose (const double *matrix, guint64 rows, guint64 columns)
{
  double *result = g_new (double, rows *columns);

  for (guint64 i = 0; i < rows; i++)
    for (guint64 j = 0; j < columns; j++)
      result[j * rows + i] = matrix[i * columns + j];
  return result;
}

ForwardValue
forward_linear (const ForwardStep *step)
{
  const ForwardValue *in = step->inputs[0];
  gboolean is_transposed = step->node->is_transposed;
  guint64 n_out = step->shape->shape[is_transposed ? 1 : 0];
  ForwardValue result = forward_value_new (n_out, in->height, in->width);
  g_autofree double *turned = NULL;

  g_assert_cmpuint (step->shape->shape[is_transposed ? 0 : 1], ==, in->channels);
  if (is_transposed)
    turned = transpose (step->weight, in->channels, n_out);
  multiply (is_transposed ? turned : step->weight, in->data, n_out, in->channels,
            forward_value_count_positions (in), result.data);
  add_bias (&result, step->bias);
  return result;
}

typedef struct
{
  guint64 kernel, stride, padding, dilation, height, width;
} Window;

/* @n_outside: rows of padding on both sides together */
static guint64
count_windows (guint64 n, guint64 n_outside, const Window *window)
{
  guint64 extent = (window->kernel - 1) * window->dilation + 1;

  g_assert_cmpuint (n + n_outside, >=, extent);
  return (n + n_outside - extent) / window->stride + 1;
}

static Window
get_window (const AmNode *node, const ForwardValue *in, guint64 kernel)
{
  guint64 far_side = node->padding_end > 0 ? node->padding_end : node->padding;
  Window window = { kernel, MAX (node->stride, 1), node->padding, MAX (node->dilation, 1), 0, 0 };

  window.height = count_windows (in->height, node->padding + far_side, &window);
  window.width = count_windows (in->width, node->padding + far_side, &window);
  return window;
}

/* Element (@ky, @kx) of the window at (@y, @x) of one channel, @outside where that is padding. */
static double
look (const ForwardValue *in, guint64 channel, const Window *window, guint64 y, guint64 x, guint64 ky,
      guint64 kx, double outside)
{
  guint64 row = y * window->stride + ky * window->dilation;
  guint64 column = x * window->stride + kx * window->dilation;

  if (row < window->padding || column < window->padding || row - window->padding >= in->height
      || column - window->padding >= in->width)
    return outside;
  return in->data[(channel * in->height + row - window->padding) * in->width + column - window->padding];
}

/* [n_channels * kernel * kernel][height * width of the result]: what each element of a kernel meets. */
static double *
unfold (const ForwardValue *in, guint64 first, guint64 n_channels, const Window *window)
{
  double *result
      = g_new (double, n_channels * window->kernel * window->kernel * window->height * window->width);
  double *next = result;

  for (guint64 c = first; c < first + n_channels; c++)
    for (guint64 ky = 0; ky < window->kernel; ky++)
      for (guint64 kx = 0; kx < window->kernel; kx++)
        for (guint64 y = 0; y < window->height; y++)
          for (guint64 x = 0; x < window->width; x++)
            *next++ = look (in, c, window, y, x, ky, kx, 0.0);
  return result;
}

ForwardValue
forward_conv (const ForwardStep *step)
{
  const ForwardValue *in = step->inputs[0];
  const guint64 *shape = step->shape->shape;
  guint64 groups = MAX (step->node->groups, 1);
  guint64 n_out = shape[0] / groups;
  Window window = get_window (step->node, in, step->shape->n_dims > 2 ? shape[2] : 1);
  guint64 fan_in = shape[1] * window.kernel * window.kernel;
  guint64 n = window.height * window.width;
  ForwardValue result = forward_value_new (shape[0], window.height, window.width);

  g_assert_cmpuint (shape[1] * groups, ==, in->channels);
  for (guint64 g = 0; g < groups; g++)
    {
      g_autofree double *seen = unfold (in, g * shape[1], shape[1], &window);

      multiply (step->weight + g * n_out * fan_in, seen, n_out, fan_in, n, result.data + g * n_out * n);
    }
  add_bias (&result, step->bias);
  return result;
}

static double
pool_window (const ForwardStep *step, const Window *window, guint64 channel, guint64 y, guint64 x)
{
  gboolean is_max = step->node->pool == AM_POOL_MAX;
  double result = is_max ? -G_MAXDOUBLE : 0.0;

  for (guint64 ky = 0; ky < window->kernel; ky++)
    for (guint64 kx = 0; kx < window->kernel; kx++)
      {
        double element = look (step->inputs[0], channel, window, y, x, ky, kx, is_max ? -G_MAXDOUBLE : 0.0);

        result = is_max ? MAX (result, element) : result + element;
      }
  return is_max ? result : result / (double)(window->kernel * window->kernel);
}

static ForwardValue
average_all (const ForwardValue *in)
{
  guint64 n = forward_value_count_positions (in);
  ForwardValue result = forward_value_new (in->channels, 1, 1);

  for (guint64 c = 0; c < in->channels; c++)
    for (guint64 p = 0; p < n; p++)
      result.data[c] += in->data[c * n + p] / (double)n;
  return result;
}

ForwardValue
forward_pool (const ForwardStep *step)
{
  const ForwardValue *in = step->inputs[0];
  ForwardValue result;
  Window window;
  double *next;

  if (step->node->pool == AM_POOL_MEAN_ALL)
    return average_all (in);
  window = get_window (step->node, in, step->node->kernel);
  result = forward_value_new (in->channels, window.height, window.width);
  next = result.data;
  for (guint64 c = 0; c < in->channels; c++)
    for (guint64 y = 0; y < window.height; y++)
      for (guint64 x = 0; x < window.width; x++)
        *next++ = pool_window (step, &window, c, y, x);
  return result;
}

ForwardValue
forward_upsample (const ForwardStep *step)
{
  const ForwardValue *in = step->inputs[0];
  ForwardValue result = forward_value_new (in->channels, 2 * in->height, 2 * in->width);
  double *next = result.data;

  for (guint64 c = 0; c < in->channels; c++)
    for (guint64 y = 0; y < result.height; y++)
      for (guint64 x = 0; x < result.width; x++)
        *next++ = in->data[(c * in->height + y / 2) * in->width + x / 2];
  return result;
}
