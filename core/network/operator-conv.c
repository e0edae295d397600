/* Convolutions as products: the patches under the windows of some positions, a row each, times the weight. */
#include "network/operator-conv.h"

#include <string.h>

/* Bytes of patches that a thread makes at once, and bounds of their number: with fewer the weight is moved
 * too often. */
#define PATCH_BYTES ((gsize)512 << 10)
#define MIN_ROWS ((gsize)128)
#define MAX_ROWS ((gsize)1024)

AmConv
am_conv_get (const AmOperation *operation)
{
  const AmNode *node = operation->node;
  const AmValue *in = operation->inputs[0];
  const gsize groups = MAX (node->groups, 1);
  AmConv conv = {
    .window = am_window_get (node),
    .groups = groups,
    .in_channels = in->channels / groups,
    .out_channels = operation->output->channels / groups,
    .in = in,
    .out = operation->output,
    .kernel = operation->packed != NULL ? operation->packed : operation->weight,
  };

  conv.n_patch = conv.window.kernel * conv.window.kernel * conv.in_channels;
  conv.is_direct
      = conv.window.kernel == 1 && conv.window.stride == 1 && node->padding == 0 && node->padding_end == 0;
  return conv;
}

gsize
am_conv_choose_rows (const AmConv *conv, gsize n_rows)
{
  const gsize most = CLAMP (PATCH_BYTES / (conv->n_patch * sizeof (AmReal)), MIN_ROWS, MAX_ROWS);
  const gsize n_tiles = MAX (am_count_tiles (n_rows, most), 1);

  return MAX (am_count_tiles (n_rows, n_tiles), 1);
}

/* One row of a kernel over a row of the picture; what lies outside is 0. */
static void
copy_kernel_row (const AmConv *conv, const AmReal *row, gint64 column, guint64 first, guint64 end,
                 AmReal *patch)
{
  const gsize n = conv->in_channels, stride = conv->in->channels;
  const gint64 step = (gint64)conv->window.dilation;

  memset (patch, 0, first * n * sizeof *patch);
  memset (patch + end * n, 0, (conv->window.kernel - end) * n * sizeof *patch);
  if (n == stride && step == 1)
    memcpy (patch + first * n, row + (column + (gint64)first) * (gint64)stride,
            (end - first) * n * sizeof *patch);
  else
    for (guint64 k = first; k < end; k++)
      memcpy (patch + k * n, row + (column + (gint64)k * step) * (gint64)stride, n * sizeof *patch);
}

AmConvPlace
am_conv_locate (const AmConv *conv, gsize row)
{
  const gsize positions = am_value_count_positions (conv->out);
  const gsize position = row % positions;
  AmConvPlace place = { .sample = row / positions };

  place.y = am_window_clip (&conv->window, position / conv->out->width, conv->in->height, &place.first_y,
                            &place.end_y);
  place.x = am_window_clip (&conv->window, position % conv->out->width, conv->in->width, &place.first_x,
                            &place.end_x);
  return place;
}

void
am_conv_unfold (const AmConv *conv, gsize group, gsize first_row, gsize n_rows, AmReal *patches)
{
  const gsize n_line = conv->window.kernel * conv->in_channels;

  for (gsize r = 0; r < n_rows; r++)
    {
      const AmConvPlace place = am_conv_locate (conv, first_row + r);
      AmReal *patch = patches + r * conv->n_patch;

      for (guint64 k = 0; k < conv->window.kernel; k++)
        if (k < place.first_y || k >= place.end_y)
          memset (patch + k * n_line, 0, n_line * sizeof *patch);
        else
          copy_kernel_row (conv, am_conv_get_row (conv, conv->in->data, &place, group, k), place.x,
                           place.first_x, place.end_x, patch + k * n_line);
    }
}

/* A tile of positions times all weights. */
static void
multiply_tile (const AmConv *conv, const AmReal *bias, gsize first_row, gsize n_rows, AmReal *patches)
{
  const gsize n_in = conv->in->channels, n_out = conv->out->channels;
  AmReal *out = conv->out->data + first_row * n_out;

  am_fill_rows (out, n_rows, n_out, n_out, bias);
  for (gsize g = 0; g < conv->groups; g++)
    {
      const AmReal *kernel = conv->kernel + g * conv->out_channels * conv->n_patch;
      const AmReal *rows = patches;

      if (conv->is_direct)
        rows = conv->in->data + first_row * n_in + g * conv->in_channels;
      else
        am_conv_unfold (conv, g, first_row, n_rows, patches);
      am_real_multiply (false, true, n_rows, conv->out_channels, conv->n_patch, 1, rows,
                        conv->is_direct ? n_in : conv->n_patch, kernel, conv->n_patch, 1,
                        out + g * conv->out_channels, n_out);
    }
}

static void
forward (const AmOperation *operation)
{
  const AmConv conv = am_conv_get (operation);
  const gsize n_rows = am_value_count_rows (operation->output);
  const gsize tile = am_conv_choose_rows (&conv, n_rows), n_tiles = am_count_tiles (n_rows, tile);

  if (am_conv_is_depthwise (&conv))
    am_depthwise_forward (operation);
  else if (conv.is_direct && conv.groups == 1)
    am_multiply_rows (conv.in->data, n_rows, conv.in_channels, conv.kernel, FALSE, conv.out_channels,
                      operation->bias, FALSE, conv.out->data, operation->n_threads);
  else
    {
#pragma omp parallel for num_threads(operation->n_threads) schedule(dynamic) if (n_tiles > 1)
      for (gsize i = 0; i < n_tiles; i++)
        multiply_tile (&conv, operation->bias, i * tile, MIN (tile, n_rows - i * tile),
                       conv.is_direct ? NULL : am_thread_memory_get (tile * conv.n_patch));
    }
}

/* [out][in][kernel][kernel] with channels last: [out][kernel][kernel][in]; for depthwise ones
 * [kernel][kernel][out], beside each other what is multiplied together. */
static AmReal *
pack (const AmNode *node, guint n_dims, const guint64 *shape, const AmReal *weight)
{
  const gsize n_out = shape[0], n_in = shape[1], kernel = n_dims == 4 ? shape[2] * shape[3] : 1;
  const gboolean is_depthwise = node->groups == n_out && n_in == 1;
  AmReal *packed;

  if (kernel == 1)
    return NULL;
  packed = g_new (AmReal, n_out * n_in * kernel);
  for (gsize o = 0; o < n_out; o++)
    for (gsize i = 0; i < n_in; i++)
      for (gsize k = 0; k < kernel; k++)
        packed[is_depthwise ? k * n_out + o : (o * kernel + k) * n_in + i]
            = weight[(o * n_in + i) * kernel + k];
  return packed;
}

const AmOperator am_operator_conv = {
  .shape = am_window_shape,
  .pack = pack,
  .forward = forward,
  .backward = am_conv_backward,
  .add_gradient = am_conv_add_gradient,
};
