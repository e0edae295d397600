/* What forward and backward of convolutions share. For operator-conv*.c alone. */
#pragma once

#include "network/operator-private.h"

G_BEGIN_DECLS

/**
 * AmConv: a convolution at work
 * @in_channels, @out_channels: of one group
 * @n_patch: elements of one group under a window: kernel * kernel * in_channels
 * @kernel: weights as pack() left them: [groups][out_channels][n_patch], depthwise [kernel][kernel][channels]
 * @is_direct: a patch is a row of the input as it lies there
 */
typedef struct
{
  AmWindow window;
  gsize groups, in_channels, out_channels, n_patch;
  const AmValue *in, *out;
  const AmReal *kernel;
  gboolean is_direct;
} AmConv;

AmConv am_conv_get (const AmOperation *operation);

static inline gboolean
am_conv_is_depthwise (const AmConv *conv)
{
  return conv->groups > 1 && conv->in_channels == 1 && conv->out_channels == 1;
}

/* Positions whose patches are made at once, of @n_rows. */
gsize am_conv_choose_rows (const AmConv *conv, gsize n_rows);

/* Where a window lies: in row and column @y and @x of a sample, and which of its elements are inside. */
typedef struct
{
  gsize sample;
  gint64 y, x;
  guint64 first_y, end_y, first_x, end_x;
} AmConvPlace;

/* The window of @row, which counts positions of the output over all samples. */
AmConvPlace am_conv_locate (const AmConv *conv, gsize row);

/* Offset in the input of column 0, channel 0 of the group, of the row under row @k of the kernel. */
static inline gsize
am_conv_get_offset (const AmConv *conv, const AmConvPlace *place, gsize group, guint64 k)
{
  const gsize y = (gsize)(place->y + (gint64)(k * conv->window.dilation));

  return (place->sample * conv->in->height + y) * conv->in->width * conv->in->channels
         + group * conv->in_channels;
}

static inline const AmReal *
am_conv_get_row (const AmConv *conv, const AmReal *data, const AmConvPlace *place, gsize group, guint64 k)
{
  return data + am_conv_get_offset (conv, place, group, k);
}

/* patches: [n_rows][n_patch] of one group */
void am_conv_unfold (const AmConv *conv, gsize group, gsize first_row, gsize n_rows, AmReal *patches);

/* operator-conv-backward.c */
void am_conv_backward (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients);
void am_conv_add_gradient (const AmOperation *operation, const AmReal *gradient, AmLearned what, guint sample,
                           guint64 first_row, guint64 n_rows, AmReal *result);

/* operator-depthwise.c: a group for every channel, with one channel out of it */
void am_depthwise_forward (const AmOperation *operation);
void am_depthwise_backward (const AmOperation *operation, const AmReal *gradient, AmReal *result);
void am_depthwise_add_gradient (const AmOperation *operation, const AmReal *gradient, guint sample,
                                gsize first_row, gsize n_rows, AmReal *result);

G_END_DECLS
