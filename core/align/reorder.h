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

/* A random element without rotations, uniform over all of them, from a seed; the same on every machine:
 * shuffles of Fisher and Yates (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm P) on Philox
 * words. */
AmReorder *am_reorder_new_random (const AmSymmetries *symmetries, guint64 seed);

/* Random rotations too, for every factor that can rotate, in place of those it has; for tests. They are
 * products of reflections, orthogonal to rounding, not uniform. The same on every machine. */
void am_reorder_rotate_randomly (AmReorder *reorder, guint64 seed);

/**
 * am_reorder_invert:
 *
 * What undoes it: applying one after the other changes nothing, in either order. Exact for permutations, of
 * factors below others too; matrices are transposed, so rotations are undone to rounding.
 *
 * Branch b of a factor takes elements from branch o of the factor before, o being where the ancestors' values
 * come from. With new_b = R_b P_b old_o, the inverse is old_o = (P_b' R_b' P_b) P_b' new_b: permutation P_b',
 * then the transposed matrix with rows and columns permuted back.
 */
AmReorder *am_reorder_invert (const AmReorder *reorder);

gboolean am_reorder_is_identity (const AmReorder *reorder);

/* Whether both, of the same symmetries, do the same to the last bit. */
gboolean am_reorder_is_equal (const AmReorder *a, const AmReorder *b);
gboolean am_reorder_has_rotation (const AmReorder *reorder, guint factor);

/* Elements of @factor that come from another place, over all branches; and their number. An element counts as
 * moved when its own digit or one of its ancestors' moved; rotations do not count. */
guint am_reorder_count_moved (const AmReorder *reorder, guint factor);

/**
 * am_reorder_map_axis:
 * @length: of the axis, at least the end of the last segment
 * @map: (out): [length]: element i of the reordered axis comes from element map[i] of the axis before
 *
 * Element i of a segment is the mixed-radix number i - start of the segment's digits, the first one counting
 * most. Digit by digit: let v be its value in i and f its factor. The branch b is the mixed-radix number of
 * the values, in i too, of the digits of f's ancestors, which stand to the left in the same segment, the
 * outermost counting most. The value before is permutations[f][b * size + v]. A fixed digit keeps its value,
 * so that positions behind flattened channels move along with their channel. map[i] is start + the number
 * that the values before make. Elements outside of segments map to themselves. Rotations are left out.
 */
void am_reorder_map_axis (const AmReorder *reorder, const AmAxisBinding *binding, guint64 length,
                          guint32 *map);

/**
 * am_reorder_apply:
 * @reorder: not needed afterwards
 * @model: a model with the tensors of the symmetries' graph
 * @checkpoint: the checkpoint of @model; hands out reordered values from now on, in place of those of an
 *   earlier reorder
 *
 * Values are read when they are asked for, any range of bytes, with at most about a megabyte of memory per
 * thread. With rotations they are mixed in double and rounded once to the tensor's type; that takes the rows
 * of one branch as doubles. Copies (averaged weights) follow.
 *
 * Tensors that @model lacks, that have another shape than in the graph (axes of one element apart), or that
 * have types under 8 bits stay as they are, and so do those with a rotation whose type cannot be merged: the
 * caller checks. Tensors that do not move keep their way of being read. Call before other threads read.
 */
void am_reorder_apply (const AmReorder *reorder, const AmModel *model, AmCheckpoint *checkpoint);

G_END_DECLS
