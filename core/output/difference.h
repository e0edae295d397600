/* How two checkpoints differ, tensor by tensor and block by block. */
#pragma once

#include <gio/gio.h>

#include "architecture/model.h"
#include "base/progress.h"

G_BEGIN_DECLS

typedef enum
{
  AM_DIFFERENCE_COMPARED,
  AM_DIFFERENCE_ONLY_A,
  AM_DIFFERENCE_ONLY_B,
  AM_DIFFERENCE_SHAPE, /* shapes differ */
  AM_DIFFERENCE_EXACT, /* not a float type: compared as bytes */
  AM_N_DIFFERENCE_KINDS,
} AmDifferenceKind;

/* Identifier in JSON: "compared", "only_a", "only_b", "shape", "exact". */
const char *am_difference_kind_get_id (AmDifferenceKind kind);

/* Values that are not finite in A or in B are counted and left out of every sum. */
typedef struct
{
  const char *name;    /* canonical */
  AmDifferenceKind kind;
  AmComponent component;
  guint block;         /* of A; of B for tensors only there */
  AmLayerKind layer;
  guint64 length;      /* elements, of A where it has the tensor */
  gboolean is_equal;   /* every value the same (NaN equals NaN, 0 equals -0), whatever the dtypes */
  double cosine;       /* NAN when a norm is 0 */
  double relative_l2;  /* |B - A| / |A|; NAN when |A| is 0 and |B| is not; 0 when both are */
  double maximum;      /* max |B - A| */
  double norm_a, norm_b, norm_difference;
  guint64 n_not_finite_a, n_not_finite_b;
} AmTensorDifference;

typedef struct
{
  guint n_tensors;
  AmTensorDifference *tensors;  /* by canonical name */
  GStringChunk *names;
  char *path_a;
  char *path_b;
} AmDifference;

/**
 * am_difference_new:
 * @n_threads: 0 for as many as useful; the figures do not depend on it
 * @progress: (nullable)
 * @cancellable: (nullable): polled once per 16384 elements
 *
 * Streams both; memory does not depend on their size. Tensors meet by canonical name.
 *
 * Returns: (transfer full) (nullable). Errors: NOT_READABLE, CANCELLED.
 */
AmDifference *am_difference_new (const AmCheckpoint *a_checkpoint, const AmModel *a, const AmCheckpoint *b_checkpoint,
                                 const AmModel *b, guint n_threads, const AmProgress *progress,
                                 GCancellable *cancellable, GError **error);
void am_difference_free (AmDifference *difference);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmDifference, am_difference_free)

/* Figures over the compared tensors of a cell taken together as one vector. */
typedef struct
{
  guint n_tensors;
  double relative_l2;  /* NAN when the cell is empty, infinity when A is 0 all over it and B is not */
  double cosine;       /* NAN when the cell is empty or a norm is 0 */
  double maximum;      /* max |B - A| */
} AmCellDifference;

/**
 * am_difference_sum_cell:
 * @block: %AM_BLOCK_NONE means any
 * @layer: %AM_N_LAYER_KINDS means any
 * @cell: (out)
 *
 * EMA copies, schedule buffers and additions that are no part of the network count in no cell.
 */
void am_difference_sum_cell (const AmDifference *difference, guint block, AmLayerKind layer, AmCellDifference *cell);

/* The cell's relative_l2. */
double am_difference_get_cell (const AmDifference *difference, guint block, AmLayerKind layer);

/**
 * am_difference_write_png:
 * @a: has blocks
 * @subtitle: (nullable)
 * @recipe: (nullable): as for am_heat_map_write_png()
 *
 * Draws the cells: blocks of A across, the layer kinds that occur and all of them together down.
 * Errors: UNSUPPORTED when A has no blocks or no block was compared, NOT_WRITABLE, NO_SPACE.
 */
gboolean am_difference_write_png (const AmDifference *difference, const AmModel *a, const char *title,
                                  const char *subtitle, const char *path, const char *recipe, GError **error);

/* Stable JSON (docs/diff.md): (transfer full). */
char *am_difference_to_json (const AmDifference *difference, const AmModel *a, const AmModel *b);

G_END_DECLS
