/* How alike the units of two networks are: products of all weights that belong to one unit in one of them and
 * to another unit in the other. */
#pragma once

#include "align/matching-columns.h"

G_BEGIN_DECLS

/**
 * AmSimilarity:
 * @reorder: the permutations of everything but the tree in question; rotations are left out
 * @normalise: units by their cosine within each slice, times the number of weights, so that a matrix counts
 * for more than a bias
 * @scale_a, @scale_b: powers of two that weights are multiplied with, against overflow
 * @compared: called with the bytes of weights that were compared, and with multiplications
 */
typedef struct
{
  const AmMatchingPair *pair;
  const AmMatchingForest *forest;
  const AmReorder *reorder;
  AmCrew *crew;
  gboolean normalise;
  float scale_a, scale_b;
  void (*compared) (guint64 size, double work, gpointer user_data);
  gpointer user_data;
} AmSimilarity;

/**
 * am_similarity_add:
 * @slices: [n_slices] of tree number @tree, all of space number @space
 * @before: (nullable): what all else was reordered by when the slices were added to @sums: only what is
 * different now is looked at, and @sums are brought up to date
 * @sums: [n][n] with n the space's size: to element [i][j] is added the sum over the slices of the product of
 *   unit i of the reference and unit j of the model, as the file has it, all else of the model reordered
 *
 * Weights go through panels of some thousand columns, packed while they are permuted. Tiles of the products
 * are fixed, so that the bits depend neither on threads nor on what else runs. Errors: NOT_READABLE,
 * CANCELLED.
 */
gboolean am_similarity_add (const AmSimilarity *similarity, guint tree, const AmMatchingSlice *slices,
                            guint n_slices, const AmReorder *before, float *sums, GError **error);

/* Bytes that takes besides @sums. */
guint64 am_similarity_estimate_memory (const AmMatchingPair *pair, const AmMatchingForest *forest,
                                       guint tree);

/* Elements that the slice compares for each pair of units. */
double am_similarity_count_columns (const AmMatchingPair *pair, const AmMatchingForest *forest, guint tree,
                                    const AmMatchingSlice *slice);

G_END_DECLS
