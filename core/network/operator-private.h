/* What several operators have in common. For core/network alone. */
#pragma once

#include "network/operator.h"

G_BEGIN_DECLS

/* Elements that a thread takes at once where they are only moved or added. */
#define AM_TILE_ELEMENTS ((gsize)1 << 14)

/* MISMATCH: "NAME (KIND): ...". Returns: FALSE. */
gboolean am_operation_fail (const AmOperation *operation, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Rows of @n_channels elements in a tile, and tiles of that many in @n. */
static inline gsize
am_count_tile_rows (gsize n_channels)
{
  return MAX (AM_TILE_ELEMENTS / MAX (n_channels, 1), 1);
}

static inline gsize
am_count_tiles (gsize n, gsize tile)
{
  return (n + tile - 1) / tile;
}

static inline gsize
am_value_count_positions (const AmValue *value)
{
  return (gsize)(value->height * value->width);
}

/* Whether samples are worth the attention of several threads. */
static inline gboolean
am_operation_is_large (const AmOperation *operation)
{
  const AmValue *in = operation->inputs[0], *out = operation->output;

  return operation->n_samples > 1
         && MAX (am_value_count_rows (in) * in->channels, am_value_count_rows (out) * out->channels)
                > AM_TILE_ELEMENTS;
}

/**
 * am_multiply_rows:
 * out [n_rows][n_out] = bias + in [n_rows][n_in] * weight^T, or added to @out
 * @weight: [n_out][n_in], or [n_in][n_out] when @is_transposed
 * @bias: (nullable): [n_out]
 * @is_added: whether @out is added to; then without @bias
 */
void am_multiply_rows (const AmReal *in, gsize n_rows, gsize n_in, const AmReal *weight,
                       gboolean is_transposed, gsize n_out, const AmReal *bias, gboolean is_added,
                       AmReal *out, guint n_threads);

/* Each of @n_rows rows of @out is @bias, or 0. @stride: elements from row to row. */
void am_fill_rows (AmReal *out, gsize n_rows, gsize n, gsize stride, const AmReal *bias);

/* sums [n] += the rows of @in, @stride elements apart. */
void am_add_rows (AmReal *sums, const AmReal *in, gsize n_rows, gsize n, gsize stride);

/* Windows that slide over a picture, of a convolution or pool; dilation spreads a kernel out. */
typedef struct
{
  guint64 kernel, stride, padding, dilation;
} AmWindow;

AmWindow am_window_get (const AmNode *node);

/* Height and width of what comes out. */
gboolean am_window_shape (AmOperation *operation, GError **error);

/**
 * am_window_clip:
 * @position: of the window, in one direction
 * @n: rows of the picture in that direction
 * @first, @end: (out): elements of the kernel from @first to before @end lie in the picture
 * Returns: the row under element 0, which may be negative
 */
gint64 am_window_clip (const AmWindow *window, guint64 position, guint64 n, guint64 *first, guint64 *end);

/* The shape of what is combined position by position: that of the first input with the most positions.
 * Parameters count only where there is nothing else. Fails where an input fits it neither by itself, nor as a
 * single position that is repeated, nor as a longer parameter. */
gboolean am_combined_shape (AmOperation *operation, GError **error);

/* Row of input @input that goes into row @row of what is combined, as an offset. */
gsize am_combined_offset (const AmOperation *operation, guint input, gsize row);

/* Memory of the calling thread, of @n elements, until it asks again. */
AmReal *am_thread_memory_get (gsize n);

G_END_DECLS
