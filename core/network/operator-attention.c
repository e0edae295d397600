#include "network/operator.h"

#include <tgmath.h>

#include "base/text.h"

/* Queries that are looked at together: their scores take no more memory however many there are. */
#define TILE_QUERIES 256

/* Fewer scores than that are found by one thread. */
#define MIN_SCORES 4096

/* Additions and comparisons side by side: one chain of them would wait for each result. */
#define N_LANES 8

/**
 * Attention: heads are column ranges of queries, keys and values, which nothing copies
 * @n_shared: query heads for each head of keys
 * @width, @v_width: channels of a head of queries and keys, and of values
 * @scale: of scores
 */
typedef struct
{
  const AmOperation *operation;
  const AmValue *q, *k, *v;
  guint64 n_heads, n_kv_heads, n_shared;
  guint64 width, v_width;
  guint64 n_queries, n_keys;
  AmReal scale;
} Attention;

static Attention
get_attention (const AmOperation *operation)
{
  const AmNode *node = operation->node;
  Attention self = {
    .operation = operation, .q = operation->inputs[0], .k = operation->inputs[1], .v = operation->inputs[2]
  };

  self.n_heads = node->heads;
  self.n_kv_heads = node->kv_heads;
  self.n_shared = self.n_heads / self.n_kv_heads;
  self.width = self.q->channels / self.n_heads;
  self.v_width = self.v->channels / self.n_kv_heads;
  self.n_queries = self.q->height * self.q->width;
  self.n_keys = self.k->height * self.k->width;
  self.scale = (AmReal)(1.0 / sqrt ((double)self.width));
  return self;
}

/* Some queries of one head of one sample. */
typedef struct
{
  guint64 sample, head, first, n;
} Tile;

static const AmReal *
get_queries (const Attention *self, const Tile *tile)
{
  return self->q->data + (tile->sample * self->n_queries + tile->first) * self->q->channels
         + tile->head * self->width;
}

/* Channel 0 of the head of keys that head @head of queries looks at. */
static gsize
get_first_key (const Attention *self, const Tile *tile)
{
  return tile->sample * self->n_keys * self->k->channels + tile->head / self->n_shared * self->width;
}

static gsize
get_first_value (const Attention *self, const Tile *tile)
{
  return tile->sample * self->n_keys * self->v->channels + tile->head / self->n_shared * self->v_width;
}

/* The same of the output. */
static gsize
get_first_result (const Attention *self, const Tile *tile)
{
  return (tile->sample * self->n_queries + tile->first) * self->operation->output->channels
         + tile->head * self->v_width;
}

/* Where the probabilities of a tile are kept: [samples][heads][queries][keys] */
static gsize
get_first_kept (const Attention *self, const Tile *tile)
{
  return ((tile->sample * self->n_heads + tile->head) * self->n_queries + tile->first) * self->n_keys;
}

static gboolean
check_heads (const AmNode *node, GError **error)
{
  if (node->heads > 0)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
               T_ ("%s: the number of heads is not known; it is in the config.json that belongs beside the "
                   "checkpoint, or is given in an architecture file"),
               node->name);
  return FALSE;
}

static gboolean
set_attention_shape (AmOperation *operation, GError **error)
{
  const AmValue *q = operation->inputs[0], *k = operation->inputs[1], *v = operation->inputs[2];
  guint64 n_queries = q->height * q->width, n_keys = k->height * k->width;
  gsize size;

  if (!check_heads (operation->node, error))
    return FALSE;
  if (n_keys != v->height * v->width)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH, T_ ("%s: %lu keys and %lu values do not go together"),
                   operation->node->name, (gulong)n_keys, (gulong)(v->height * v->width));
      return FALSE;
    }
  operation->output->height = q->height;
  operation->output->width = q->width;
  if (g_size_checked_mul (&size, n_queries, n_keys)
      && g_size_checked_mul (&size, size, operation->node->heads)
      && g_size_checked_mul (&size, size, operation->n_samples)
      && g_size_checked_mul (&operation->kept_size, size, sizeof (AmReal)))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, T_ ("%s: values too large for this computer"),
               operation->node->name);
  return FALSE;
}

static AmReal
find_greatest (const AmReal *scores, guint64 n)
{
  AmReal lanes[N_LANES], greatest;
  guint64 j = 0;

  for (guint lane = 0; lane < N_LANES; lane++)
    lanes[lane] = scores[0];
  for (; j + N_LANES <= n; j += N_LANES)
    for (guint lane = 0; lane < N_LANES; lane++)
      lanes[lane] = MAX (lanes[lane], scores[j + lane]);
  greatest = lanes[0];
  for (guint lane = 1; lane < N_LANES; lane++)
    greatest = MAX (greatest, lanes[lane]);
  for (; j < n; j++)
    greatest = MAX (greatest, scores[j]);
  return greatest;
}

static double
add_up (const AmReal *values, guint64 n)
{
  double lanes[N_LANES] = { 0.0 };
  double sum = 0.0;
  guint64 j = 0;

  for (; j + N_LANES <= n; j += N_LANES)
    for (guint lane = 0; lane < N_LANES; lane++)
      lanes[lane] += values[j + lane];
  for (; j < n; j++)
    sum += values[j];
  for (guint lane = 0; lane < N_LANES; lane++)
    sum += lanes[lane];
  return sum;
}

/* scores [n] become probabilities. */
static void
softmax (AmReal *scores, guint64 n)
{
  const AmReal greatest = find_greatest (scores, n);
  AmReal factor;

  for (guint64 j = 0; j < n; j++)
    scores[j] = exp (scores[j] - greatest);
  factor = (AmReal)(1.0 / add_up (scores, n));
  for (guint64 j = 0; j < n; j++)
    scores[j] *= factor;
}

/* A causal query sees as many keys as it has a number, from 1. */
static void
weigh_keys (const Attention *self, const Tile *tile, AmReal *scores)
{
  for (guint64 i = 0; i < tile->n; i++)
    {
      AmReal *row = scores + i * self->n_keys;
      guint64 n_seen
          = self->operation->node->is_causal ? MIN (tile->first + i + 1, self->n_keys) : self->n_keys;

      softmax (row, n_seen);
      for (guint64 j = n_seen; j < self->n_keys; j++)
        row[j] = 0;
    }
}

/* @scores [tile->n][n_keys] becomes the probabilities. */
static void
attend (const Attention *self, const Tile *tile, AmReal *scores)
{
  AmValue *output = self->operation->output;

  am_real_multiply (false, true, tile->n, self->n_keys, self->width, self->scale, get_queries (self, tile),
                    self->q->channels, self->k->data + get_first_key (self, tile), self->k->channels, 0,
                    scores, self->n_keys);
  weigh_keys (self, tile, scores);
  am_real_multiply (false, false, tile->n, self->v_width, self->n_keys, 1, scores, self->n_keys,
                    self->v->data + get_first_value (self, tile), self->v->channels, 0,
                    output->data + get_first_result (self, tile), output->channels);
}

/* Tile @index of a head of a sample. */
static Tile
get_tile (const Attention *self, guint64 sample, guint64 head, guint64 index)
{
  guint64 first = index * TILE_QUERIES;

  return (Tile){ sample, head, first, MIN (self->n_queries - first, TILE_QUERIES) };
}

static guint64
count_tiles (const Attention *self)
{
  return (self->n_queries + TILE_QUERIES - 1) / TILE_QUERIES;
}

/* Whether threads do not wait for each other longer than they work. */
static gboolean
is_large (const Attention *self)
{
  return self->operation->n_samples * self->n_heads * self->n_queries * self->n_keys > MIN_SCORES;
}

static AmReal *
new_scores (const Attention *self)
{
  return g_new (AmReal, MIN (self->n_queries, TILE_QUERIES) * self->n_keys);
}

static void
attend_all (const AmOperation *operation)
{
  Attention self = get_attention (operation);
  guint64 n_tiles = count_tiles (&self);
  AmReal *kept = operation->kept;

#pragma omp parallel for num_threads(operation->n_threads) schedule(dynamic) if (is_large(&self))
  for (guint64 i = 0; i < operation->n_samples * self.n_heads * n_tiles; i++)
    {
      guint64 head = i / n_tiles;
      Tile tile = get_tile (&self, head / self.n_heads, head % self.n_heads, i % n_tiles);
      g_autofree AmReal *scores = kept == NULL ? new_scores (&self) : NULL;

      attend (&self, &tile, kept == NULL ? scores : kept + get_first_kept (&self, &tile));
    }
}

/* The gradient of probabilities becomes that of scores. */
static void
pass_back_softmax (const AmReal *probabilities, guint64 n, AmReal *gradient)
{
  double sum = 0.0;

  for (guint64 j = 0; j < n; j++)
    sum += (double)probabilities[j] * gradient[j];
  for (guint64 j = 0; j < n; j++)
    gradient[j] = (AmReal)(probabilities[j] * (gradient[j] - sum));
}

/* @gradient: of the tile's part of the output; @scores [tile->n][n_keys]: their gradient (out) */
static void
pass_back_scores (const Attention *self, const Tile *tile, const AmReal *gradient, AmReal *scores)
{
  const AmReal *probabilities = (const AmReal *)self->operation->kept + get_first_kept (self, tile);

  am_real_multiply (false, true, tile->n, self->n_keys, self->v_width, 1, gradient,
                    self->operation->output->channels, self->v->data + get_first_value (self, tile),
                    self->v->channels, 0, scores, self->n_keys);
  for (guint64 i = 0; i < tile->n; i++)
    pass_back_softmax (probabilities + i * self->n_keys, self->n_keys, scores + i * self->n_keys);
}

static void
pass_back_tile (const Attention *self, const Tile *tile, const AmReal *gradient, AmReal *scores,
                AmReal *const *results)
{
  const AmReal *probabilities = (const AmReal *)self->operation->kept + get_first_kept (self, tile);
  const AmReal *own = gradient + get_first_result (self, tile);
  gsize key = get_first_key (self, tile), value = get_first_value (self, tile);

  if (results[2] != NULL)
    am_real_multiply (true, false, self->n_keys, self->v_width, tile->n, 1, probabilities, self->n_keys, own,
                      self->operation->output->channels, 1, results[2] + value, self->v->channels);
  if (results[0] == NULL && results[1] == NULL)
    return;
  pass_back_scores (self, tile, own, scores);
  if (results[0] != NULL)
    am_real_multiply (false, false, tile->n, self->width, self->n_keys, self->scale, scores, self->n_keys,
                      self->k->data + key, self->k->channels, 1,
                      results[0] + (get_queries (self, tile) - self->q->data), self->q->channels);
  if (results[1] != NULL)
    am_real_multiply (true, false, self->n_keys, self->width, tile->n, self->scale, scores, self->n_keys,
                      get_queries (self, tile), self->q->channels, 1, results[1] + key, self->k->channels);
}

/* Heads that share keys add to the same gradient, one after the other. */
static void
pass_back_attention (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  Attention self = get_attention (operation);
  guint64 n_tiles = count_tiles (&self);

#pragma omp parallel for num_threads(operation->n_threads) schedule(dynamic) if (is_large(&self))
  for (guint64 i = 0; i < operation->n_samples * self.n_kv_heads; i++)
    {
      g_autofree AmReal *scores = new_scores (&self);

      for (guint64 k = 0; k < self.n_shared * n_tiles; k++)
        {
          guint64 head = i % self.n_kv_heads * self.n_shared + k / n_tiles;
          Tile tile = get_tile (&self, i / self.n_kv_heads, head, k % n_tiles);

          pass_back_tile (&self, &tile, gradient, scores, input_gradients);
        }
    }
}

const AmOperator am_operator_attention = {
  .shape = set_attention_shape,
  .forward = attend_all,
  .backward = pass_back_attention,
};
