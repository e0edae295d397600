/* The two sides of weight matching: the network that moves, tensor by tensor, and what it is compared with.
 */
#pragma once

#include "align/matching-crew.h"
#include "align/weight-matching.h"

G_BEGIN_DECLS

/**
 * AmMatchingPair:
 * @tensors: [n_tensors of the graph] those of the model
 * @others: [n_tensors][n_references] those of the reference's models; %NULL where it lacks them
 * @counts: [n_tensors] whether both sides have it in the same shape
 */
typedef struct
{
  const AmSymmetries *symmetries;
  const AmGraph *graph;
  AmCheckpoint *checkpoint;
  const AmReference *reference;
  guint n_tensors;
  const AmTensor **tensors;
  const AmTensor **others;
  gboolean *counts;
} AmMatchingPair;

/* All is borrowed. */
AmMatchingPair *am_matching_pair_new (const AmSymmetries *symmetries, const AmModel *model,
                                      AmCheckpoint *checkpoint, const AmReference *reference);
void am_matching_pair_free (AmMatchingPair *pair);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmMatchingPair, am_matching_pair_free)

/* Rows, that is elements of axis 0 with all that belongs to them, as they are stored. Grows as needed. */
typedef struct
{
  guint8 *data;
  gsize capacity;
  AmDtype dtype;
  float *sum; /* of several models, while they are added up */
  gsize sum_capacity;
} AmRows;

void am_rows_clear (AmRows *rows);

/* Elements of one row of the tensor, and number of rows; a scalar is one row. */
guint64 am_matching_pair_row_length (const AmMatchingPair *pair, guint tensor);
guint64 am_matching_pair_n_rows (const AmMatchingPair *pair, guint tensor);

/* Bytes of one row, of all sides together. */
guint64 am_matching_pair_row_size (const AmMatchingPair *pair, guint tensor);

/* Rows first .. first + n - 1 of the model's tensor as the file holds it, or rows map[first], map[first + 1],
 * ... Errors: those of am_checkpoint_read_bytes(). */
gboolean am_matching_pair_read_model (const AmMatchingPair *pair, guint tensor, guint64 first, guint64 n,
                                      const guint32 *map, AmRows *rows, GError **error);

/* The same rows of the reference, as its checkpoints hand them out: they may be reordered. The mean of
 * several models is float32. */
gboolean am_matching_pair_read_reference (const AmMatchingPair *pair, guint tensor, guint64 first, guint64 n,
                                          const guint32 *map, AmRows *rows, GError **error);

G_END_DECLS
