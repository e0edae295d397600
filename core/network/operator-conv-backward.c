#include "network/operator-conv.h"

#include <string.h>

/* Gradients of patches go back to where they came from. */
static void
fold (const AmConv *conv, gsize group, gsize first_row, gsize n_rows, const AmReal *patches, AmReal *result)
{
  const gsize n = conv->in_channels, n_line = conv->window.kernel * n;
  const gint64 step = (gint64)conv->window.dilation, stride = (gint64)conv->in->channels;

  for (gsize r = 0; r < n_rows; r++)
    {
      const AmConvPlace place = am_conv_locate (conv, first_row + r);
      const AmReal *patch = patches + r * conv->n_patch;

      for (guint64 ky = place.first_y; ky < place.end_y; ky++)
        {
          AmReal *row = result + am_conv_get_offset (conv, &place, group, ky);

          for (guint64 kx = place.first_x; kx < place.end_x; kx++)
            am_add_rows (row + (place.x + (gint64)kx * step) * stride, patch + ky * n_line + kx * n, 1, n, n);
        }
    }
}

static void
add_tile (const AmConv *conv, const AmReal *gradient, gsize first_row, gsize n_rows, AmReal *patches,
          AmReal *result)
{
  const gsize n_in = conv->in->channels, n_out = conv->out->channels;

  for (gsize g = 0; g < conv->groups; g++)
    {
      const AmReal *kernel = conv->kernel + g * conv->out_channels * conv->n_patch;
      const AmReal *rows = gradient + first_row * n_out + g * conv->out_channels;

      if (conv->is_direct)
        {
          am_real_multiply (false, false, n_rows, conv->n_patch, conv->out_channels, 1, rows, n_out, kernel,
                            conv->n_patch, 1, result + first_row * n_in + g * conv->in_channels, n_in);
          continue;
        }
      am_real_multiply (false, false, n_rows, conv->n_patch, conv->out_channels, 1, rows, n_out, kernel,
                        conv->n_patch, 0, patches, conv->n_patch);
      fold (conv, g, first_row, n_rows, patches, result);
    }
}

/* Windows overlap, so only whole samples are independent of each other. */
void
am_conv_backward (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  const AmConv conv = am_conv_get (operation);
  const gsize n_positions = am_value_count_positions (conv.out);
  const gsize tile = am_conv_choose_rows (&conv, n_positions);

  if (am_conv_is_depthwise (&conv))
    {
      am_depthwise_backward (operation, gradient, input_gradients[0]);
      return;
    }
#pragma omp parallel for num_threads(operation->n_threads)                                                   \
    schedule(dynamic) if (am_operation_is_large(operation))
  for (guint s = 0; s < operation->n_samples; s++)
    {
      AmReal *patches = conv.is_direct ? NULL : am_thread_memory_get (tile * conv.n_patch);

      for (gsize row = 0; row < n_positions; row += tile)
        add_tile (&conv, gradient, s * n_positions + row, MIN (tile, n_positions - row), patches,
                  input_gradients[0]);
    }
}

/* sums [n][n_patch] of rows @first .. @first + @n of one group, which lie at @column of the gradient. */
static void
sum_patches (const AmConv *conv, const AmReal *gradient, guint sample, gsize group, gsize column, gsize n,
             AmReal *sums)
{
  const gsize n_positions = am_value_count_positions (conv->out), n_out = conv->out->channels;
  const gsize tile = am_conv_choose_rows (conv, n_positions);
  AmReal *patches = conv->is_direct ? NULL : am_thread_memory_get (tile * conv->n_patch);

  for (gsize row = 0; row < n_positions; row += tile)
    {
      const gsize n_rows = MIN (tile, n_positions - row), first = sample * n_positions + row;
      const AmReal *rows = patches;

      if (conv->is_direct)
        rows = conv->in->data + first * conv->in->channels + group * conv->in_channels;
      else
        am_conv_unfold (conv, group, first, n_rows, patches);
      am_real_multiply (true, false, n, conv->n_patch, n_rows, 1, gradient + first * n_out + column, n_out,
                        rows, conv->is_direct ? conv->in->channels : conv->n_patch, 1, sums, conv->n_patch);
    }
}

/* result [n][in][kernel * kernel] += sums [n][kernel * kernel][in] */
static void
add_unpacked (const AmConv *conv, const AmReal *sums, gsize n, AmReal *result)
{
  const gsize n_in = conv->in_channels, n_kernel = conv->window.kernel * conv->window.kernel;

  for (gsize o = 0; o < n; o++)
    for (gsize i = 0; i < n_in; i++)
      for (gsize k = 0; k < n_kernel; k++)
        result[(o * n_in + i) * n_kernel + k] += sums[(o * n_kernel + k) * n_in + i];
}

static void
add_weight_gradient (const AmConv *conv, const AmReal *gradient, guint sample, gsize first_row, gsize n_rows,
                     AmReal *result)
{
  for (gsize row = first_row; row < first_row + n_rows;)
    {
      const gsize group = row / conv->out_channels;
      const gsize n = MIN ((group + 1) * conv->out_channels, first_row + n_rows) - row;
      AmReal *own = result + (row - first_row) * conv->n_patch;

      if (conv->window.kernel == 1)
        sum_patches (conv, gradient, sample, group, row, n, own);
      else
        {
          g_autofree AmReal *sums = g_new0 (AmReal, n * conv->n_patch);

          sum_patches (conv, gradient, sample, group, row, n, sums);
          add_unpacked (conv, sums, n, own);
        }
      row += n;
    }
}

void
am_conv_add_gradient (const AmOperation *operation, const AmReal *gradient, AmLearned what, guint sample,
                      guint64 first_row, guint64 n_rows, AmReal *result)
{
  const AmConv conv = am_conv_get (operation);
  const gsize n_positions = am_value_count_positions (conv.out), n_out = conv.out->channels;

  if (what == AM_LEARNED_BIAS)
    am_add_rows (result, gradient + sample * n_positions * n_out + first_row, n_positions, n_rows, n_out);
  else if (am_conv_is_depthwise (&conv))
    am_depthwise_add_gradient (operation, gradient, sample, first_row, n_rows, result);
  else
    add_weight_gradient (&conv, gradient, sample, first_row, n_rows, result);
}
