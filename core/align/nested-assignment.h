/* The best permutations of a tree of factors: assignments inside assignments.
 *
 * The value of matching element x of a factor with element y of the other network is what their own spaces
 * say plus the best that can be made of the factors below, inside x and y. So the assignment of channels
 * inside any two heads or groups is solved first, and the assignment of heads then rests on these values. */
#pragma once

#include "align/matching-tree.h"

G_BEGIN_DECLS

/* Similarities are whole numbers up to this, as float holds them and sums of them exactly. */
#define AM_MATCHING_LEVELS 1048576.0

/**
 * am_nested_assignment_solve:
 * @tree: one that is solvable
 * @similarities: [n_spaces] matrices [size][size] of whole numbers, rows for the network that stays: what it
 *   is worth when element i of the reordered space comes from element j. At most %AM_MATCHING_LEVELS each
 * @permutations: (out): as in #AmReorder, those of the tree's factors are written
 *
 * The optimum, with two limits. Values of outer elements that exceed 2^24 are rounded to 24 bits before these
 * are assigned. Siblings that share an axis (query heads that share a key head, and the channels inside it)
 * are decided in turn, each the best for the others, until nothing is gained: a local optimum of that pair.
 *
 * O(m^2) inner assignments for m outer elements. Thread-safe. Returns: the value of the result, exact.
 */
double am_nested_assignment_solve (const AmSymmetries *symmetries, const AmMatchingTree *tree,
                                   const float *const *similarities, guint32 *const *permutations);

G_END_DECLS
