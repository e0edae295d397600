#include "statistics/measure-private.h"

#include <string.h>

#include "base/text.h"

/* Elements of patches that are laid out at once. */
#define PATCHES ((gsize)1 << 22)
#define ROW_STEP ((gsize)256)

/* Inputs that one or more weights multiply: queries, keys and values see the same. */
typedef struct
{
  guint first_node; /* before it they are gathered */
  const AmNode *node;
  gsize n;         /* inputs, kernel included */
  GPtrArray *keys; /* borrowed */
  guint64 n_rows;
  double *sums; /* [n][n] or [n]; %NULL before the first rows */
} Layer;

struct _AmGramMeasure
{
  const AmMeasure *measure;
  GPtrArray *layers; /* of Layer */
};

/* Pixels under a kernel are the channels themselves, so that every convolution of that kind may share. */
static gboolean
is_direct (const AmNode *node)
{
  return node->type == AM_NODE_LINEAR
         || (node->kernel <= 1 && node->stride <= 1 && node->padding == 0 && node->padding_end == 0);
}

static gboolean
sees_the_same (const AmNode *a, const AmNode *b)
{
  if (a->inputs[0] != b->inputs[0] || is_direct (a) != is_direct (b))
    return FALSE;
  return is_direct (a)
         || (a->kernel == b->kernel && a->stride == b->stride && a->padding == b->padding
             && a->padding_end == b->padding_end && a->dilation == b->dilation);
}

static gsize
count_inputs (const AmMeasure *measure, const AmNode *node)
{
  gsize n = am_graph_get_node (measure->graph, node->inputs[0])->channels;

  return is_direct (node) ? n : n * node->kernel * node->kernel;
}

/* Why a layer has no Gram, or NULL. (transfer full) */
static char *
find_gap (const AmMeasure *measure, const AmNode *node, gsize n)
{
  guint widest = measure->settings->widest_gram > 0 ? measure->settings->widest_gram : AM_WIDEST_GRAM;

  if (node->type == AM_NODE_CONV && node->groups > 1)
    return g_strdup (T_ ("a convolution in groups, whose inputs differ from group to group"));
  if (!measure->settings->diagonal && n > widest)
    return g_strdup_printf (T_ ("%lu inputs, more than %u"), (gulong)n, widest);
  return NULL;
}

static Layer *
find_layer (AmGramMeasure *self, const AmNode *node)
{
  for (guint i = 0; i < self->layers->len; i++)
    {
      Layer *layer = g_ptr_array_index (self->layers, i);

      if (sees_the_same (layer->node, node))
        return layer;
    }
  return NULL;
}

static void
add_layer (AmGramMeasure *self, guint index, const AmNode *node, const char *key)
{
  gsize n = count_inputs (self->measure, node);
  g_autofree char *gap = find_gap (self->measure, node, n);
  Layer *layer = find_layer (self, node);

  if (gap != NULL)
    {
      am_statistics_sums_add_gap (self->measure->sums, AM_STATISTIC_GRAM, key, gap);
      return;
    }
  if (layer == NULL)
    {
      layer = g_new0 (Layer, 1);
      layer->first_node = index;
      layer->node = node;
      layer->n = n;
      layer->keys = g_ptr_array_new ();
      g_ptr_array_add (self->layers, layer);
    }
  g_ptr_array_add (layer->keys, (gpointer)key);
}

static void
layer_free (gpointer data)
{
  Layer *layer = data;

  g_ptr_array_unref (layer->keys);
  g_free (layer->sums);
  g_free (layer);
}

AmGramMeasure *
am_gram_measure_new (const AmMeasure *measure)
{
  AmGramMeasure *self = g_new0 (AmGramMeasure, 1);

  self->measure = measure;
  self->layers = g_ptr_array_new_with_free_func (layer_free);
  for (guint i = 0; i < am_graph_get_n_nodes (measure->graph); i++)
    {
      const AmNode *node = am_graph_get_node (measure->graph, i);
      const char *key = am_measure_get_key (measure, node->weight);

      if (am_network_has_node (measure->network, i) && key != NULL
          && (node->type == AM_NODE_LINEAR || node->type == AM_NODE_CONV))
        add_layer (self, i, node, key);
    }
  return self;
}

void
am_gram_measure_free (AmGramMeasure *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->layers);
  g_free (self);
}

/* Windows over a picture. */
typedef struct
{
  const AmValue *in;
  guint64 kernel, stride, padding, dilation;
  guint64 height, width; /* of the result */
} Windows;

static gboolean
get_windows (const AmNode *node, const AmValue *in, Windows *windows)
{
  guint64 outside = (guint64)node->padding + node->padding_end;

  guint64 extent;

  *windows
      = (Windows){ in, MAX (node->kernel, 1), MAX (node->stride, 1), node->padding, MAX (node->dilation, 1) };
  extent = (windows->kernel - 1) * windows->dilation + 1;
  if (in->height + outside < extent || in->width + outside < extent)
    return FALSE;
  windows->height = (in->height + outside - extent) / windows->stride + 1;
  windows->width = (in->width + outside - extent) / windows->stride + 1;
  return TRUE;
}

/* patch [channels][kernel][kernel] of window @row, zeroed before. */
static void
lay_out_patch (const Windows *windows, gsize row, AmReal *patch)
{
  const AmValue *in = windows->in;
  gsize position = row % (windows->height * windows->width);
  gsize sample = row / (windows->height * windows->width);
  gsize area = windows->kernel * windows->kernel;

  for (guint64 k = 0; k < area; k++)
    {
      guint64 y = position / windows->width * windows->stride + k / windows->kernel * windows->dilation;
      guint64 x = position % windows->width * windows->stride + k % windows->kernel * windows->dilation;
      const AmReal *pixel;

      if (y < windows->padding || x < windows->padding || y - windows->padding >= in->height
          || x - windows->padding >= in->width)
        continue;
      pixel = in->data
              + ((sample * in->height + y - windows->padding) * in->width + x - windows->padding)
                    * in->channels;
      for (guint64 c = 0; c < in->channels; c++)
        patch[c * area + k] = pixel[c];
    }
}

static void
lay_out_patches (const Windows *windows, gsize first, gsize n_rows, gsize n, AmReal *patches, guint n_threads)
{
#pragma omp parallel for num_threads(n_threads) schedule(dynamic, 64)
  for (gsize row = 0; row < n_rows; row++)
    {
      memset (patches + row * n, 0, n * sizeof *patches);
      lay_out_patch (windows, first + row, patches + row * n);
    }
}

static gsize
count_sums (const AmGramMeasure *self, const Layer *layer)
{
  return self->measure->settings->diagonal ? layer->n : layer->n * layer->n;
}

guint64
am_gram_measure_get_memory (const AmGramMeasure *self)
{
  guint64 memory = 0;

  for (guint i = 0; i < self->layers->len; i++)
    {
      const Layer *layer = g_ptr_array_index (self->layers, i);
      guint64 size;

      if (!g_uint64_checked_mul (&size, count_sums (self, layer), sizeof (double) * (layer->keys->len + 1))
          || !g_uint64_checked_add (&memory, memory, size))
        return G_MAXUINT64;
    }
  return memory;
}

static void
add_rows (AmGramMeasure *self, Layer *layer, const AmReal *rows, gsize n_rows)
{
  if (layer->sums == NULL)
    layer->sums = g_new0 (double, count_sums (self, layer));
  if (self->measure->settings->diagonal)
    am_gram_add_diagonal (rows, n_rows, layer->n, layer->sums, self->measure->n_threads);
  else
    am_gram_add (rows, n_rows, layer->n, layer->sums, self->measure->n_threads);
  layer->n_rows += n_rows;
}

static void
add_patches (AmGramMeasure *self, Layer *layer, const AmValue *in)
{
  gsize most = CLAMP (PATCHES / layer->n, 1, G_MAXSIZE - ROW_STEP) / ROW_STEP * ROW_STEP;
  g_autofree AmReal *patches = NULL;
  Windows windows;
  gsize n_rows;

  /* The convolution itself tells about a picture that is too small. */
  if (!get_windows (layer->node, in, &windows))
    return;
  n_rows = in->n_samples * windows.height * windows.width;
  most = MIN (MAX (most, ROW_STEP), n_rows);
  patches = g_new (AmReal, most * layer->n);
  for (gsize first = 0; first < n_rows; first += most)
    {
      gsize n = MIN (most, n_rows - first);

      lay_out_patches (&windows, first, n, layer->n, patches, self->measure->n_threads);
      add_rows (self, layer, patches, n);
    }
}

void
am_gram_measure_observe (AmGramMeasure *self, AmNetworkRun *run, guint node)
{
  for (guint i = 0; i < self->layers->len; i++)
    {
      Layer *layer = g_ptr_array_index (self->layers, i);
      const AmValue *in;

      if (layer->first_node != node)
        continue;
      in = am_network_run_get_value (run, layer->node->inputs[0]);
      if (is_direct (layer->node))
        add_rows (self, layer, in->data, am_value_count_rows (in));
      else
        add_patches (self, layer, in);
    }
}

static void
hand_over (AmGramMeasure *self, const Layer *layer, const char *key)
{
  gboolean is_diagonal = self->measure->settings->diagonal;
  guint64 shape[] = { layer->n, layer->n };
  double *dest = am_statistics_sums_get (self->measure->sums, AM_STATISTIC_GRAM, is_diagonal, key,
                                         is_diagonal ? 1 : 2, shape);

  if (is_diagonal)
    for (gsize i = 0; i < layer->n; i++)
      dest[i] += layer->sums[i];
  else
    am_gram_mirror (layer->sums, layer->n, dest);
  am_statistics_sums_add_count (self->measure->sums, AM_STATISTIC_GRAM, is_diagonal, key, layer->n_rows);
}

void
am_gram_measure_finish (AmGramMeasure *self)
{
  for (guint i = 0; i < self->layers->len; i++)
    {
      Layer *layer = g_ptr_array_index (self->layers, i);

      for (guint k = 0; layer->sums != NULL && k < layer->keys->len; k++)
        hand_over (self, layer, g_ptr_array_index (layer->keys, k));
      g_clear_pointer (&layer->sums, g_free);
    }
}

static const Layer *
find_layer_of (const AmGramMeasure *self, const char *key)
{
  for (guint i = 0; i < self->layers->len; i++)
    {
      const Layer *layer = g_ptr_array_index (self->layers, i);

      if (g_ptr_array_find_with_equal_func (layer->keys, key, g_str_equal, NULL))
        return layer;
    }
  return NULL;
}

double *
am_gram_measure_dup_mean (const AmGramMeasure *self, const char *key, gsize *n)
{
  const Layer *layer = find_layer_of (self, key);
  double *mean;

  if (layer == NULL || layer->n_rows == 0)
    return NULL;
  *n = layer->n;
  mean = g_new0 (double, layer->n * layer->n);
  am_gram_mirror (layer->sums, layer->n, mean);
  for (gsize i = 0; i < layer->n * layer->n; i++)
    mean[i] /= (double)layer->n_rows;
  return mean;
}
