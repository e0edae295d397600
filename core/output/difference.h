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
} AmDifferenceKind;

typedef struct
{
  const char *name;
  AmDifferenceKind kind;
  AmComponent component;
  guint block;
  AmLayerKind layer;
  guint64 length;
  gboolean is_equal;   /* every value the same (NaN equals NaN) */
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
} AmDifference;

/* Streams both; memory does not depend on their size. Errors: NOT_READABLE, CANCELLED. */
AmDifference *am_difference_new (const AmCheckpoint *a_checkpoint, const AmModel *a, const AmCheckpoint *b_checkpoint,
                                 const AmModel *b, guint n_threads, const AmProgress *progress,
                                 GCancellable *cancellable, GError **error);
void am_difference_free (AmDifference *difference);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmDifference, am_difference_free)

/* Root of summed squared differences over root of summed squares of A, over the tensors of a cell; NAN when
 * the cell is empty. @block AM_BLOCK_NONE and @layer AM_N_LAYER_KINDS mean any. */
double am_difference_get_cell (const AmDifference *difference, guint block, AmLayerKind layer);

/* Stable JSON (docs/diff.md): (transfer full). */
char *am_difference_to_json (const AmDifference *difference, const AmModel *a, const AmModel *b);

G_END_DECLS
