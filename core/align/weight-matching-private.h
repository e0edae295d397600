/* What the parts of weight matching share, and a look at its steps for tests. */
#pragma once

#include "align/matching-sums.h"
#include "align/similarity.h"

G_BEGIN_DECLS

/* A byte that is read takes about as long as this many multiplications. */
#define AM_READING_WORK 32

/**
 * AmMatchingVisit: what is known of a tree
 * @is_dirty: something its similarities depend on changed since it was solved
 * @is_running, @is_done, @place: in this sweep
 * @is_changed, @gain: of its last visit
 * @taken: memory of the visit that is running
 * @memory: bytes a visit takes; @work: multiplications
 * @is_kept: whether its similarities are remembered
 * @kept: [n_spaces] those of the last visit, not of own slices; %NULL before the first
 * @is_included: [n_slices] whether they are in @kept
 * @before: what neighbours were reordered by then: permutations of their factors alone
 */
typedef struct
{
  gboolean is_dirty, is_running, is_done;
  guint place;
  gboolean is_changed;
  double gain;
  guint64 taken, memory;
  double work;
  gboolean is_kept;
  float **kept;
  gboolean *is_included;
  AmReorder before;
} AmMatchingVisit;

/* Called after each visit that changed something, never concurrently. @gain: of <A, reordered B>, as the
 * solver sees it; with cosines, of their sum. */
typedef void (*AmMatchingObserver) (const AmReorder *reorder, gint root, double gain, gpointer user_data);

/**
 * AmMatcher:
 * @moves: [n_tensors] whether a tree moves the tensor; @is_summed: whether it takes part in sums
 * @inner, @norm_a, @norm_b: [n_tensors] before
 * @visits: [n_trees]
 * @order: [n_order] trees that can be solved
 * @is_anchored: whether only slices are compared whose other trees come before in the order
 */
typedef struct
{
  AmMatchingPair *pair;
  AmMatchingForest *forest;
  const AmAlignSettings *settings;
  const AmProgress *progress;
  AmCrew *crew;
  AmReorder *reorder;
  gboolean is_anchored;
  gboolean *moves, *is_summed;
  double *inner, *norm_a, *norm_b;
  AmMatchingVisit *visits;
  guint *order;
  guint n_order, n_sweeps;
  guint n_solves;          /* atomic */
  guint64 running_memory;  /* under the crew's lock */
  guint64 constant_memory; /* atomic */
  guint64 done_work;       /* atomic */
  guint64 total_work;
  double share;     /* of the work, as last reported */
  const char *item; /* atomic */
  gint64 started;
  AmMatchingObserver observer;
  gpointer observer_data;
} AmMatcher;

/* Similarities of @tree as they stand: am_similarity_add() with what the matcher has. */
AmSimilarity am_matcher_get_similarity (AmMatcher *matcher, guint tree);

/* Decides which trees' similarities are remembered: those that save most for their memory. */
void am_matcher_choose_kept (AmMatcher *matcher);

/* Forgets what a tree's similarities were made from, and remembers what they are made from now. */
void am_matcher_remember (AmMatcher *matcher, guint tree);
void am_matcher_forget (AmMatcher *matcher, guint tree);

/* Solves tree number @tree and takes what is better. Errors: NOT_READABLE, CANCELLED. */
gboolean am_matcher_visit (AmMatcher *matcher, guint tree, GError **error);

/**
 * am_matcher_set_anchored_order:
 *
 * An order for a first sweep from nothing: next is always the tree with the most weights per unit whose other
 * axes stay, or belong to trees that went before. Where channels are tied to inputs or outputs, and to what
 * is tied to those, similarities say something from the start; all others are noise as long as nothing is
 * matched.
 */
void am_matcher_set_anchored_order (AmMatcher *matcher);

/* The order of the settings. */
void am_matcher_set_order (AmMatcher *matcher, guint restart, guint sweep);

/* All trees that are out of date once, in the order that is set. @gain: (out): of all. Errors: as
 * am_matcher_visit(). */
gboolean am_matcher_sweep (AmMatcher *matcher, double *gain, GError **error);

/**
 * am_matcher_rotate:
 * @gains: [n_tensors] what rotations add to <A, reordered B>
 *
 * Finds the rotations of all factors that can rotate (orthogonal Procrustes: Schoenemann, Psychometrika 31,
 * 1966) for the permutations there are, where they make the networks more alike. Errors: NOT_READABLE,
 * CANCELLED.
 */
gboolean am_matcher_rotate (AmMatcher *matcher, double *gains, GError **error);

AmMatching *am_weight_matching_run_observed (const AmSymmetries *symmetries, const AmModel *model,
                                             AmCheckpoint *checkpoint, const AmReference *reference,
                                             const AmAlignSettings *settings, const AmReorder *start,
                                             guint n_threads, const AmProgress *progress,
                                             GCancellable *cancellable, AmMatchingObserver observer,
                                             gpointer user_data, GError **error);

G_END_DECLS
