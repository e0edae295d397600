#include "graph-forward-private.h"

#include <math.h>

/* Channels @first .. @first + @width of one position, over the root of @width. */
static double
get_score (const ForwardValue *q, guint64 q_first, guint64 i, const ForwardValue *k, guint64 k_first,
           guint64 j, guint64 width)
{
  guint64 n_queries = forward_value_count_positions (q);
  guint64 n_keys = forward_value_count_positions (k);
  double sum = 0.0;

  for (guint64 c = 0; c < width; c++)
    sum += q->data[(q_first + c) * n_queries + i] * k->data[(k_first + c) * n_keys + j];
  return sum / sqrt ((double)width);
}

static void
softmax (double *scores, guint64 n)
{
  double greatest = scores[0];
  double sum = 0.0;

  for (guint64 j = 1; j < n; j++)
    greatest = MAX (greatest, scores[j]);
  for (guint64 j = 0; j < n; j++)
    sum += scores[j] = exp (scores[j] - greatest);
  for (guint64 j = 0; j < n; j++)
    scores[j] /= sum;
}

typedef struct
{
  const ForwardValue *q, *k, *v;
  guint64 head, kv_head, width, v_width;
  gboolean is_causal;
} Head;

/* Output channels of one head at query @i. @scores [keys] is room to work in. */
static void
attend (const Head *head, guint64 i, double *scores, ForwardValue *result)
{
  guint64 n_queries = forward_value_count_positions (head->q);
  guint64 n_keys = forward_value_count_positions (head->k);
  guint64 n_seen = head->is_causal ? MIN (i + 1, n_keys) : n_keys;

  for (guint64 j = 0; j < n_seen; j++)
    scores[j] = get_score (head->q, head->head * head->width, i, head->k, head->kv_head * head->width, j,
                           head->width);
  softmax (scores, n_seen);
  for (guint64 c = 0; c < head->v_width; c++)
    {
      const double *values = head->v->data + (head->kv_head * head->v_width + c) * n_keys;
      double sum = 0.0;

      for (guint64 j = 0; j < n_seen; j++)
        sum += scores[j] * values[j];
      result->data[(head->head * head->v_width + c) * n_queries + i] = sum;
    }
}

ForwardValue
forward_attention (const ForwardStep *step)
{
  const ForwardValue *q = step->inputs[0], *k = step->inputs[1], *v = step->inputs[2];
  guint64 heads = step->node->heads > 0 ? step->node->heads : q->channels / k->channels;
  guint64 kv_heads = step->node->heads > 0 ? step->node->kv_heads : 1;
  guint64 v_width = v->channels / kv_heads;
  guint64 n_queries = forward_value_count_positions (q);
  ForwardValue result = forward_value_new (heads * v_width, q->height, q->width);
  g_autofree double *scores = g_new (double, forward_value_count_positions (k));

  g_assert_cmpuint (heads % kv_heads, ==, 0);
  g_assert_cmpuint (q->channels / heads, ==, k->channels / kv_heads);
  g_assert_cmpuint (forward_value_count_positions (k), ==, forward_value_count_positions (v));
  for (guint64 h = 0; h < heads; h++)
    {
      Head head = { q, k, v, h, h / (heads / kv_heads), q->channels / heads, v_width, step->node->is_causal };

      for (guint64 i = 0; i < n_queries; i++)
        attend (&head, i, scores, &result);
    }
  return result;
}

/* Su et al. 2021, RoFormer, equation 15: pair i of a head of d channels turns by position * 10000^(-2i/d). */
static void
turn (double *a, double *b, double angle)
{
  double x = *a, y = *b;

  *a = x * cos (angle) - y * sin (angle);
  *b = y * cos (angle) + x * sin (angle);
}

ForwardValue
forward_rotary (const ForwardStep *step)
{
  ForwardValue result = forward_copy (step);
  guint64 n = forward_value_count_positions (&result);
  guint64 heads = MAX (step->node->heads, 1);
  guint64 width = result.channels / heads;

  g_assert_cmpuint (width % 2, ==, 0);
  for (guint64 h = 0; h < heads; h++)
    for (guint64 i = 0; i < width / 2; i++)
      for (guint64 p = 0; p < n; p++)
        {
          double *first = result.data + (h * width + i) * n + p;
          double frequency = pow (10000.0, -2.0 * (double)i / (double)width);

          turn (first, first + width / 2 * n, (double)p * frequency);
        }
  return result;
}
