/* An element of a network's symmetry group: a permutation for each factor and branch, and optionally
 * rotations. */
#pragma once

#include "checkpoint/checkpoint.h"
#include "graph/symmetries.h"

G_BEGIN_DECLS

/**
 * AmReorder:
 * @permutations: [n_factors][n_branches * size]: element x of the reordered factor, in branch b, comes from
 * element permutations[f][b * size + x] of the factor before. b is the mixed-radix number of the values its
 * ancestors have after reordering, outermost first
 * @rotations: [n_factors] NULL, or [n_branches][size][size], row-major, applied after the permutation: new
 * unit x of branch b is the sum over y of rotation[x][y] * permuted unit y. Only where can_rotate
 */
typedef struct
{
  const AmSymmetries *symmetries; /* borrowed */
  guint32 **permutations;
  double **rotations;
} AmReorder;

/* The identity. */
AmReorder *am_reorder_new (const AmSymmetries *symmetries);
void am_reorder_free (AmReorder *reorder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmReorder, am_reorder_free)
AmReorder *am_reorder_copy (const AmReorder *reorder);

/* A random element without rotations, from a seed; the same on every machine. */
AmReorder *am_reorder_new_random (const AmSymmetries *symmetries, guint64 seed);

/* Random rotations too, for every factor that can rotate; for tests. */
void am_reorder_rotate_randomly (AmReorder *reorder, guint64 seed);

/* What undoes it: applying one after the other changes nothing. */
AmReorder *am_reorder_invert (const AmReorder *reorder);

gboolean am_reorder_is_identity (const AmReorder *reorder);
gboolean am_reorder_has_rotation (const AmReorder *reorder, guint factor);

/* Elements of @factor that come from another place, over all branches; and their number. An element counts as
 * moved when its own digit or one of its ancestors' moved. */
guint am_reorder_count_moved (const AmReorder *reorder, guint factor);

/* @map [length of the axis]: element i of the reordered axis comes from element map[i] of the axis before.
 * Elements outside of segments map to themselves. Rotations are left out. */
void am_reorder_map_axis (const AmReorder *reorder, const AmAxisBinding *binding, guint64 length,
                          guint32 *map);

/**
 * am_reorder_apply:
 * @model: the model the symmetries' graph was made for; its checkpoint hands out reordered values from now
 * on, tensor by tensor, read row by row: memory stays flat
 * @checkpoint: the checkpoint of @model; keeps a reference to what it needs
 *
 * Copies (averaged weights) follow. With rotations the values are mixed in double and rounded once to the
 * tensor's type. Call before other threads read.
 */
void am_reorder_apply (const AmReorder *reorder, const AmModel *model, AmCheckpoint *checkpoint);

G_END_DECLS
