#include "graph-forward-private.h"

#include <math.h>

/* The first @n of a set of elements @step apart. */
typedef struct
{
  double *first;
  guint64 n, step;
} Row;

static double
average (Row row)
{
  double sum = 0.0;

  for (guint64 i = 0; i < row.n; i++)
    sum += row.first[i * row.step];
  return sum / (double)row.n;
}

static double
average_square (Row row)
{
  double sum = 0.0;

  for (guint64 i = 0; i < row.n; i++)
    sum += row.first[i * row.step] * row.first[i * row.step];
  return sum / (double)row.n;
}

static void
shift (Row row, double by)
{
  for (guint64 i = 0; i < row.n; i++)
    row.first[i * row.step] += by;
}

static void
scale (Row row, double by)
{
  for (guint64 i = 0; i < row.n; i++)
    row.first[i * row.step] *= by;
}

static void
divide_by_root_mean_square (Row row, double epsilon)
{
  scale (row, 1.0 / sqrt (average_square (row) + epsilon));
}

static void
standardise (Row row, double epsilon)
{
  shift (row, -average (row));
  divide_by_root_mean_square (row, epsilon);
}

/* Channel by channel; the weight begins anew every @period channels. */
static void
apply_gain (ForwardValue *value, const double *gain, const double *bias, guint64 period)
{
  guint64 n = forward_value_count_positions (value);

  for (guint64 c = 0; c < value->channels; c++)
    {
      Row row = { value->data + c * n, n, 1 };

      if (gain != NULL)
        scale (row, gain[c % period]);
      if (bias != NULL)
        shift (row, bias[c % period]);
    }
}

ForwardValue
forward_batch_norm (const ForwardStep *step)
{
  ForwardValue result = forward_copy (step);
  guint64 n = forward_value_count_positions (&result);

  for (guint64 c = 0; c < result.channels; c++)
    {
      Row row = { result.data + c * n, n, 1 };

      shift (row, -step->mean[c]);
      scale (row, 1.0 / sqrt (step->variance[c] + step->node->epsilon));
    }
  apply_gain (&result, step->weight, step->bias, result.channels);
  return result;
}

ForwardValue
forward_layer_norm (const ForwardStep *step)
{
  ForwardValue result = forward_copy (step);
  guint64 n = forward_value_count_positions (&result);

  for (guint64 p = 0; p < n; p++)
    standardise ((Row){ result.data + p, result.channels, n }, step->node->epsilon);
  apply_gain (&result, step->weight, step->bias, result.channels);
  return result;
}

ForwardValue
forward_rms_norm (const ForwardStep *step)
{
  ForwardValue result = forward_copy (step);
  guint64 n = forward_value_count_positions (&result);

  for (guint64 p = 0; p < n; p++)
    divide_by_root_mean_square ((Row){ result.data + p, result.channels, n }, step->node->epsilon);
  apply_gain (&result, step->weight, step->bias, result.channels);
  return result;
}

ForwardValue
forward_group_norm (const ForwardStep *step)
{
  ForwardValue result = forward_copy (step);
  guint64 groups = step->node->groups;
  guint64 length = result.channels / groups * forward_value_count_positions (&result);

  g_assert_cmpuint (result.channels % groups, ==, 0);
  for (guint64 g = 0; g < groups; g++)
    standardise ((Row){ result.data + g * length, length, 1 }, step->node->epsilon);
  apply_gain (&result, step->weight, step->bias, result.channels);
  return result;
}

ForwardValue
forward_head_norm (const ForwardStep *step)
{
  ForwardValue result = forward_copy (step);
  guint64 n = forward_value_count_positions (&result);
  guint64 heads = MAX (step->node->heads, 1);
  guint64 width = result.channels / heads;

  g_assert_cmpuint (result.channels % heads, ==, 0);
  for (guint64 h = 0; h < heads; h++)
    for (guint64 p = 0; p < n; p++)
      divide_by_root_mean_square ((Row){ result.data + h * width * n + p, width, n }, step->node->epsilon);
  apply_gain (&result, step->weight, step->bias, width);
  return result;
}
