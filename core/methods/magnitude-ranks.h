/* Values put in the order of their magnitudes: a stable radix sort, since rows of a weight matrix are short,
 * many, and sorted once for each model.
 *
 * Knuth, The Art of Computer Programming, volume 3, section 5.2.5. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One value being sorted. */
typedef struct
{
  guint64 magnitude; /* as a bit pattern, which orders as magnitudes do; NaN above infinity */
  guint64 index;
} AmRanked;

/**
 * am_rank_magnitudes:
 * @values: float* or double* by @is_double
 * @stride: distance between values, in elements
 * @n: number of values
 * @room: [2 * @n] to work in
 *
 * Returns: (transfer none): @n entries within @room, magnitudes ascending, equal ones by index. Indices count
 * values, not elements between them.
 */
const AmRanked *am_rank_magnitudes (gconstpointer values, gsize stride, gsize n, gboolean is_double,
                                    AmRanked *room);

G_END_DECLS
