/* Convolutions with a group for every channel: no products of matrices, but of neighbouring channels. */
#include "network/operator-conv.h"

static void
add_products (const AmReal *a, const AmReal *b, gsize n, AmReal *sums)
{
  for (gsize i = 0; i < n; i++)
    sums[i] += a[i] * b[i];
}

static inline gsize
find_input (const AmConv *conv, const AmConvPlace *place, guint64 ky, guint64 kx)
{
  const gsize x = (gsize)(place->x + (gint64)(kx * conv->window.dilation));

  return am_conv_get_offset (conv, place, 0, ky) + x * conv->in->channels;
}

static void
sum_window (const AmConv *conv, gsize row, AmReal *out)
{
  const AmConvPlace place = am_conv_locate (conv, row);
  const gsize n = conv->groups;

  for (guint64 ky = place.first_y; ky < place.end_y; ky++)
    for (guint64 kx = place.first_x; kx < place.end_x; kx++)
      add_products (conv->in->data + find_input (conv, &place, ky, kx),
                    conv->kernel + (ky * conv->window.kernel + kx) * n, n, out);
}

void
am_depthwise_forward (const AmOperation *operation)
{
  const AmConv conv = am_conv_get (operation);
  const gsize n = conv.groups, n_rows = am_value_count_rows (conv.out);
  const gsize tile = am_count_tile_rows (n), n_tiles = am_count_tiles (n_rows, tile);

#pragma omp parallel for num_threads(operation->n_threads) schedule(dynamic) if (n_tiles > 1)
  for (gsize i = 0; i < n_tiles; i++)
    for (gsize row = i * tile; row < MIN ((i + 1) * tile, n_rows); row++)
      {
        am_fill_rows (conv.out->data + row * n, 1, n, n, operation->bias);
        sum_window (&conv, row, conv.out->data + row * n);
      }
}

static void
spread_window (const AmConv *conv, gsize row, const AmReal *gradient, AmReal *result)
{
  const AmConvPlace place = am_conv_locate (conv, row);
  const gsize n = conv->groups;

  for (guint64 ky = place.first_y; ky < place.end_y; ky++)
    for (guint64 kx = place.first_x; kx < place.end_x; kx++)
      add_products (gradient, conv->kernel + (ky * conv->window.kernel + kx) * n, n,
                    result + find_input (conv, &place, ky, kx));
}

void
am_depthwise_backward (const AmOperation *operation, const AmReal *gradient, AmReal *result)
{
  const AmConv conv = am_conv_get (operation);
  const gsize n = conv.groups, n_positions = am_value_count_positions (conv.out);

#pragma omp parallel for num_threads(operation->n_threads)                                                   \
    schedule(dynamic) if (am_operation_is_large(operation))
  for (guint s = 0; s < operation->n_samples; s++)
    for (gsize row = s * n_positions; row < (s + 1) * n_positions; row++)
      spread_window (&conv, row, gradient + row * n, result);
}

void
am_depthwise_add_gradient (const AmOperation *operation, const AmReal *gradient, guint sample,
                           gsize first_row, gsize n_rows, AmReal *result)
{
  const AmConv conv = am_conv_get (operation);
  const gsize kernel = conv.window.kernel, n_positions = am_value_count_positions (conv.out);
  g_autofree AmReal *sums = g_new0 (AmReal, kernel * kernel * n_rows);

  for (gsize row = sample * n_positions; row < (sample + 1) * n_positions; row++)
    {
      const AmConvPlace place = am_conv_locate (&conv, row);

      for (guint64 ky = place.first_y; ky < place.end_y; ky++)
        for (guint64 kx = place.first_x; kx < place.end_x; kx++)
          add_products (conv.in->data + find_input (&conv, &place, ky, kx) + first_row,
                        gradient + row * conv.groups + first_row, n_rows, sums + (ky * kernel + kx) * n_rows);
    }
  for (gsize c = 0; c < n_rows; c++)
    for (gsize k = 0; k < kernel * kernel; k++)
      result[c * kernel * kernel + k] += sums[k * n_rows + c];
}
