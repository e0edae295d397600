/* The parts of reading a reordered tensor. */
#pragma once

#include "align/reordered-tensor.h"

G_BEGIN_DECLS

/* Memory for what is read around what is wanted. Stays in the L2 cache. */
#define AM_REORDER_BATCH (256 * 1024)

/* Longer rows than this are not read whole to pick from. */
#define AM_REORDER_ROW (1024 * 1024)

/* The permuted tensor is rows of units: rows are numbered by the first @n_outer axes, which have maps of
 * their own; units change places within each row by one map, unless it is %NULL. */
struct _AmReorderedTensor
{
  AmDtype dtype;
  guint n_axes;
  AmReorderedAxis axes[AM_MAX_AXES];
  guint64 size; /* bytes */
  guint n_outer;
  guint64 row_bytes;
  gsize unit_bytes;
  const guint32 *map; /* [row_bytes / unit_bytes] */
  gboolean is_scattered;
  gboolean is_mixed_inside; /* by an axis but the first */
  gboolean is_mixed;
  gint is_prefetched; /* atomic */
  GPtrArray *matrices;
};

typedef struct
{
  AmCheckpoint *checkpoint;
  const AmTensor *tensor;
  const AmReorderedTensor *reordered;
  GError **error;
} AmReorderedRead;

/* Bytes offset .. offset + size of the permuted tensor. */
gboolean am_reordered_read_rows (const AmReorderedRead *read, guint64 offset, gsize size, guint8 *dest);

/* The same, mixed by rotations. */
gboolean am_reordered_read_mixed (const AmReorderedRead *read, guint64 offset, gsize size, guint8 *dest);

G_END_DECLS
