#include "network/operator.h"

#include <math.h>

#include "base/text.h"

/* Channels i and i + half of a head are a pair. */
typedef struct
{
  guint64 n_heads, half, n_positions;
} Pairs;

static Pairs
get_pairs (const AmOperation *operation)
{
  const AmValue *in = operation->inputs[0];
  guint64 n_heads = operation->node->heads;

  return (Pairs){ n_heads, in->channels / n_heads / 2, in->height * in->width };
}

static gboolean
set_rotary_shape (AmOperation *operation, GError **error)
{
  const AmValue *in = operation->inputs[0];

  operation->output->height = in->height;
  operation->output->width = in->width;
  if (operation->node->heads > 0 && in->channels / operation->node->heads % 2 == 0)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
               T_ ("%s: %lu channels in %u heads are not made of pairs; the number of heads is in the "
                   "config.json that belongs beside the checkpoint, or is given in an architecture file"),
               operation->node->name, (gulong)in->channels, operation->node->heads);
  return FALSE;
}

/* Su et al. 2021, RoFormer, equation 15. [half] cosines, then [half] sines. */
static void
find_turns (const Pairs *pairs, guint64 position, double *turns)
{
  for (guint64 i = 0; i < pairs->half; i++)
    {
      double angle = (double)position * pow (10000.0, -(double)i / (double)pairs->half);

      turns[i] = cos (angle);
      turns[pairs->half + i] = sin (angle);
    }
}

/* @direction: 1, or -1 to turn back; @is_added: whether @out is added to */
static void
turn_head (const double *turns, guint64 half, double direction, const AmReal *in, AmReal *out,
           gboolean is_added)
{
  for (guint64 i = 0; i < half; i++)
    {
      double x = in[i], y = in[half + i];
      double cosine = turns[i], sine = direction * turns[half + i];
      double a = x * cosine - y * sine, b = y * cosine + x * sine;

      out[i] = (AmReal)(is_added ? out[i] + a : a);
      out[half + i] = (AmReal)(is_added ? out[half + i] + b : b);
    }
}

static void
turn_all (const AmOperation *operation, double direction, const AmReal *in, AmReal *out, gboolean is_added)
{
  Pairs pairs = get_pairs (operation);
  guint64 channels = operation->inputs[0]->channels;

#pragma omp parallel for num_threads(operation->n_threads) schedule(dynamic) if (pairs.n_positions > 1)
  for (guint64 p = 0; p < pairs.n_positions; p++)
    {
      g_autofree double *turns = g_new (double, 2 * pairs.half);

      find_turns (&pairs, p, turns);
      for (guint64 sample = 0; sample < operation->n_samples; sample++)
        for (guint64 head = 0; head < pairs.n_heads; head++)
          {
            gsize first = (sample * pairs.n_positions + p) * channels + head * 2 * pairs.half;

            turn_head (turns, pairs.half, direction, in + first, out + first, is_added);
          }
    }
}

static void
turn (const AmOperation *operation)
{
  turn_all (operation, 1.0, operation->inputs[0]->data, operation->output->data, FALSE);
}

static void
turn_back (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  if (input_gradients[0] != NULL)
    turn_all (operation, -1.0, gradient, input_gradients[0], TRUE);
}

const AmOperator am_operator_rotary = {
  .shape = set_rotary_shape,
  .in_place = TRUE,
  .forward = turn,
  .backward = turn_back,
};
