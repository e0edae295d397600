/* Pairs of networks for weight matching, and its sums done plainly in double. */
#pragma once

#include "align/weight-matching-private.h"

/* A network on disk. */
typedef struct
{
  AmCheckpoint *checkpoint;
  AmModel *model;
} MatchingSide;

MatchingSide *matching_side_open (const char *path);
void matching_side_free (MatchingSide *side);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MatchingSide, matching_side_free)

/* All tensors of the graph with normal random values of deviation 0.1, but @without (nullable). */
MatchingSide *matching_side_new_random (const AmGraph *graph, const char *folder, guint32 seed,
                                        const char *without);

/* All tensors of the graph as @side has them, reordered, plus normal noise of @noise times the deviation of
 * each tensor, stored as @dtype. */
MatchingSide *matching_side_new_reordered (MatchingSide *side, const AmReorder *reorder, const char *folder,
                                           double noise, guint32 seed, AmDtype dtype);

/* Values of a graph's tensor as the side hands them out. (transfer full) */
double *matching_side_read (MatchingSide *side, const AmGraph *graph, guint tensor);

/* Matches @model to @reference with these settings on @n_threads; no error. */
AmMatching *matching_run (const AmSymmetries *symmetries, MatchingSide *model, MatchingSide *reference,
                          const AmAlignSettings *settings, guint n_threads);

/* <A, reordered B> over tensors that move and are compared, element by element. */
double matching_naive_inner (const AmReorder *reorder, MatchingSide *reference, MatchingSide *model);

/* Aborts the test unless @found undoes @hidden on every axis that moves. */
void matching_assert_undone (const AmReorder *found, const AmReorder *hidden);

gboolean matching_is_equal (const AmReorder *a, const AmReorder *b);
