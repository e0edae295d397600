#include "network/operator-private.h"

#include <string.h>

#include "base/text.h"

/* Elements under a window, in the sample's rows and columns. */
typedef struct
{
  gsize sample;
  gint64 y, x;
  guint64 first_y, end_y, first_x, end_x;
} Place;

static gboolean
shape_pool (AmOperation *operation, GError **error)
{
  const AmNode *node = operation->node;

  if (node->pool == AM_POOL_MEAN_ALL)
    {
      operation->output->height = operation->output->width = 1;
      return TRUE;
    }
  if (!am_window_shape (operation, error))
    return FALSE;
  if (node->pool == AM_POOL_MAX && MAX (node->padding, node->padding_end) >= node->kernel)
    return am_operation_fail (operation, error,
                              T_ ("a window of %u and padding of %u leave nothing to look at"), node->kernel,
                              MAX (node->padding, node->padding_end));
  if (node->pool == AM_POOL_MAX)
    operation->kept_size = operation->n_samples * operation->output->height * operation->output->width
                           * operation->output->channels * sizeof (guint32);
  return TRUE;
}

static Place
locate (const AmOperation *operation, gsize row)
{
  const AmWindow window = am_window_get (operation->node);
  const AmValue *in = operation->inputs[0], *out = operation->output;
  const gsize n = am_value_count_positions (out), position = row % n;
  Place place = { .sample = row / n };

  place.y = am_window_clip (&window, position / out->width, in->height, &place.first_y, &place.end_y);
  place.x = am_window_clip (&window, position % out->width, in->width, &place.first_x, &place.end_x);
  return place;
}

/* Position in its sample of an element of the window. */
static inline gsize
find_position (const AmOperation *operation, const Place *place, guint64 ky, guint64 kx)
{
  return (gsize)(place->y + (gint64)ky) * operation->inputs[0]->width + (gsize)(place->x + (gint64)kx);
}

static void
take_greater (const AmReal *in, gsize n, AmReal *out)
{
  for (gsize c = 0; c < n; c++)
    out[c] = in[c] > out[c] ? in[c] : out[c];
}

static void
take_greater_kept (const AmReal *in, gsize n, guint32 position, AmReal *out, guint32 *kept)
{
  for (gsize c = 0; c < n; c++)
    {
      kept[c] = in[c] > out[c] ? position : kept[c];
      out[c] = in[c] > out[c] ? in[c] : out[c];
    }
}

/* Of equal ones the first counts, row by row. @kept: [channels] positions, or NULL */
static void
find_greatest (const AmOperation *operation, gsize row, AmReal *out, guint32 *kept)
{
  const Place place = locate (operation, row);
  const AmValue *in = operation->inputs[0];
  const gsize n = in->channels;
  const AmReal *sample = in->data + place.sample * am_value_count_positions (in) * n;
  gboolean is_first = TRUE;

  for (guint64 ky = place.first_y; ky < place.end_y; ky++)
    for (guint64 kx = place.first_x; kx < place.end_x; kx++)
      {
        const gsize position = find_position (operation, &place, ky, kx);

        if (is_first)
          {
            memcpy (out, sample + position * n, n * sizeof *out);
            for (gsize c = 0; kept != NULL && c < n; c++)
              kept[c] = (guint32)position;
          }
        else if (kept != NULL)
          take_greater_kept (sample + position * n, n, (guint32)position, out, kept);
        else
          take_greater (sample + position * n, n, out);
        is_first = FALSE;
      }
}

static AmReal
get_share (const AmOperation *operation)
{
  return 1 / ((AmReal)operation->node->kernel * (AmReal)operation->node->kernel);
}

/* What lies outside counts as 0. */
static void
find_mean (const AmOperation *operation, gsize row, AmReal *out)
{
  const Place place = locate (operation, row);
  const AmValue *in = operation->inputs[0];
  const gsize n = in->channels;
  const AmReal *sample = in->data + place.sample * am_value_count_positions (in) * n;
  const AmReal share = get_share (operation);

  memset (out, 0, n * sizeof *out);
  for (guint64 ky = place.first_y; ky < place.end_y; ky++)
    for (guint64 kx = place.first_x; kx < place.end_x; kx++)
      am_add_rows (out, sample + find_position (operation, &place, ky, kx) * n, 1, n, n);
  for (gsize c = 0; c < n; c++)
    out[c] *= share;
}

static void
average_sample (const AmOperation *operation, guint sample)
{
  const AmValue *in = operation->inputs[0];
  const gsize n = in->channels, n_positions = am_value_count_positions (in);
  const AmReal *rows = in->data + sample * n_positions * n;
  g_autofree double *sums = g_new0 (double, n);

  for (gsize p = 0; p < n_positions; p++)
    for (gsize c = 0; c < n; c++)
      sums[c] += (double)rows[p * n + c];
  for (gsize c = 0; c < n; c++)
    operation->output->data[sample * n + c] = (AmReal)(sums[c] / (double)n_positions);
}

static void
pool_rows (const AmOperation *operation, gsize first, gsize end)
{
  const gsize n = operation->output->channels;

  for (gsize row = first; row < end; row++)
    if (operation->node->pool == AM_POOL_MAX)
      find_greatest (operation, row, operation->output->data + row * n,
                     operation->kept != NULL ? (guint32 *)operation->kept + row * n : NULL);
    else
      find_mean (operation, row, operation->output->data + row * n);
}

static void
forward_pool (const AmOperation *operation)
{
  const gsize n_rows = am_value_count_rows (operation->output);
  const gsize tile = am_count_tile_rows (operation->output->channels);
  const gsize n_tiles = am_count_tiles (n_rows, tile);

  if (operation->node->pool == AM_POOL_MEAN_ALL)
    {
#pragma omp parallel for num_threads(operation->n_threads)                                                   \
    schedule(dynamic) if (am_operation_is_large(operation))
      for (guint s = 0; s < operation->n_samples; s++)
        average_sample (operation, s);
      return;
    }
#pragma omp parallel for num_threads(operation->n_threads) schedule(dynamic) if (n_tiles > 1)
  for (gsize i = 0; i < n_tiles; i++)
    pool_rows (operation, i * tile, MIN ((i + 1) * tile, n_rows));
}

static void
spread_greatest (const AmOperation *operation, const AmReal *gradient, guint sample, AmReal *result)
{
  const gsize n = operation->output->channels, n_positions = am_value_count_positions (operation->output);
  const guint32 *kept = (const guint32 *)operation->kept + sample * n_positions * n;
  const AmReal *own = gradient + sample * n_positions * n;
  AmReal *rows = result + sample * am_value_count_positions (operation->inputs[0]) * n;

  for (gsize p = 0; p < n_positions; p++)
    for (gsize c = 0; c < n; c++)
      rows[kept[p * n + c] * n + c] += own[p * n + c];
}

static void
add_share (const AmReal *gradient, gsize n, AmReal share, AmReal *result)
{
  for (gsize c = 0; c < n; c++)
    result[c] += gradient[c] * share;
}

static void
spread_mean (const AmOperation *operation, const AmReal *gradient, guint sample, AmReal *result)
{
  const gsize n = operation->output->channels, n_positions = am_value_count_positions (operation->output);
  const AmReal share = get_share (operation);
  AmReal *rows = result + sample * am_value_count_positions (operation->inputs[0]) * n;

  for (gsize row = sample * n_positions; row < (sample + 1) * n_positions; row++)
    {
      const Place place = locate (operation, row);

      for (guint64 ky = place.first_y; ky < place.end_y; ky++)
        for (guint64 kx = place.first_x; kx < place.end_x; kx++)
          add_share (gradient + row * n, n, share, rows + find_position (operation, &place, ky, kx) * n);
    }
}

static void
spread_mean_all (const AmOperation *operation, const AmReal *gradient, guint sample, AmReal *result)
{
  const gsize n = operation->output->channels, n_in = am_value_count_positions (operation->inputs[0]);
  const AmReal share = 1 / (AmReal)n_in;

  for (gsize p = 0; p < n_in; p++)
    add_share (gradient + sample * n, n, share, result + (sample * n_in + p) * n);
}

static void
backward_pool (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  static void (*const spreads[]) (const AmOperation *, const AmReal *, guint, AmReal *) = {
    [AM_POOL_MAX] = spread_greatest,
    [AM_POOL_MEAN] = spread_mean,
    [AM_POOL_MEAN_ALL] = spread_mean_all,
  };

#pragma omp parallel for num_threads(operation->n_threads)                                                   \
    schedule(dynamic) if (am_operation_is_large(operation))
  for (guint s = 0; s < operation->n_samples; s++)
    spreads[operation->node->pool](operation, gradient, s, input_gradients[0]);
}

static gboolean
shape_upsample (AmOperation *operation, GError **error)
{
  operation->output->height = 2 * operation->inputs[0]->height;
  operation->output->width = 2 * operation->inputs[0]->width;
  return TRUE;
}

/* Row of the input that row @row of the output repeats. */
static gsize
find_source (const AmOperation *operation, gsize row)
{
  const AmValue *out = operation->output, *in = operation->inputs[0];
  const gsize line = row / out->width;

  return (line / out->height * in->height + line % out->height / 2) * in->width + row % out->width / 2;
}

static void
forward_upsample (const AmOperation *operation)
{
  const gsize n = operation->output->channels, n_rows = am_value_count_rows (operation->output);

  for (gsize row = 0; row < n_rows; row++)
    memcpy (operation->output->data + row * n, operation->inputs[0]->data + find_source (operation, row) * n,
            n * sizeof (AmReal));
}

static void
backward_upsample (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  const gsize n = operation->output->channels, n_rows = am_value_count_rows (operation->output);

  for (gsize row = 0; row < n_rows; row++)
    am_add_rows (input_gradients[0] + find_source (operation, row) * n, gradient + row * n, 1, n, n);
}

const AmOperator am_operator_pool
    = { .shape = shape_pool, .forward = forward_pool, .backward = backward_pool };
const AmOperator am_operator_upsample
    = { .shape = shape_upsample, .forward = forward_upsample, .backward = backward_upsample };
