/* Trees of factors: what one step of weight matching decides at once, and which trees see one another. */
#pragma once

#include "align/reorder.h"

G_BEGIN_DECLS

#define AM_MATCHING_MAX_UNITS 32768

/* The digits of one tree among those of an axis segment, outermost first. Several segments share a space. */
typedef struct
{
  guint n_digits;
  gint factors[AM_MAX_DIGITS];
  gsize size; /* product of the factors' sizes */
} AmMatchingSpace;

/**
 * AmMatchingSlice: a segment of a tensor's axis whose elements a tree moves
 * @space: number in the tree
 * @is_constant: nothing else moves in the tensor, so that its similarities never change
 * @is_own: another axis of the tensor moves with the same tree, so that they are only an approximation
 */
typedef struct
{
  guint tensor, axis;
  const AmAxisSegment *segment;
  guint space;
  gboolean is_constant, is_own;
} AmMatchingSlice;

/**
 * AmMatchingTree:
 * @factors: [n_factors] ascending, the root first
 * @slices: [n_slices] of tensors that count, by space, then constant ones, then others, then own ones
 * @neighbours: [n_neighbours] numbers of trees whose permutations this one's similarities depend on, and the
 *   other way round; the tree itself when it has slices that are its own
 * @is_coupled: [n_factors] whether the factor shares an axis with a sibling: query heads with the channels of
 *   a key head
 * @is_solvable: whether it has slices and am_nested_assignment_solve() can decide it. A space of more than
 *   %AM_MATCHING_MAX_UNITS is not compared: its similarities would take more than 4 GiB
 */
typedef struct
{
  gint root;
  guint n_factors;
  gint *factors;
  gboolean *is_coupled;
  guint n_spaces;
  AmMatchingSpace *spaces;
  guint n_slices;
  AmMatchingSlice *slices;
  guint n_neighbours;
  guint *neighbours;
  gboolean is_solvable;
} AmMatchingTree;

/**
 * AmMatchingForest:
 * @trees: [n_trees] by root
 * @tree_of: [n_factors of the network] number of the factor's tree
 */
typedef struct
{
  const AmSymmetries *symmetries;
  guint n_trees;
  AmMatchingTree *trees;
  guint *tree_of;
} AmMatchingForest;

/* @counts: [tensors of the graph] whether the tensor is compared. @symmetries is borrowed. */
AmMatchingForest *am_matching_forest_new (const AmSymmetries *symmetries, const gboolean *counts);
void am_matching_forest_free (AmMatchingForest *forest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmMatchingForest, am_matching_forest_free)

/* Whether all trees but number @tree that move the slice's tensor, or other digits of its segment, are
 * solved.
 * @is_solved: [n_trees]. */
gboolean am_matching_forest_is_known (const AmMatchingForest *forest, guint tree,
                                      const AmMatchingSlice *slice, const gboolean *is_solved);

/**
 * am_matching_map_digits:
 * @digits: [n_digits]; with a factor, all its ancestors stand before it
 * @permutations: as in #AmReorder
 * @map: (out): [product of sizes] where element i of the reordered digits comes from
 */
void am_matching_map_digits (const AmSymmetries *symmetries, const AmDigit *digits, guint n_digits,
                             guint32 *const *permutations, guint32 *map);

/* The same for a space. @map: [space->size]. */
void am_matching_map_space (const AmSymmetries *symmetries, const AmMatchingSpace *space,
                            guint32 *const *permutations, guint32 *map);

/* Whether @ancestor is @factor's parent, or its parent's, and so on. */
gboolean am_matching_is_ancestor (const AmSymmetries *symmetries, gint ancestor, gint factor);

G_END_DECLS
