/* Weight matching: the reordering of one network that brings its weights nearest to those of another.
 *
 * Coordinate descent over linear assignment problems (Ainsworth, Hayase and Srinivasa 2023, algorithm 1),
 * each step over a tree of factors at once: the assignment of channels inside two heads or groups gives the
 * value of matching these two.
 *
 * From the identity, similarities of units are mostly noise: the units on the other axes are not matched yet.
 * So the first start begins with a sweep that goes outwards from what is tied to inputs and outputs and
 * compares only weights whose other axes are decided. If that ends below where it started, it is forgotten.
 */
#pragma once

#include <gio/gio.h>

#include "align/reorder.h"
#include "align/settings.h"
#include "base/progress.h"

G_BEGIN_DECLS

/* What a model is compared with: the mean of one or several checkpoints. */
typedef struct
{
  guint n_models;
  const AmModel *const *models;
  AmCheckpoint *const *checkpoints;
} AmReference;

/* Sums over the tensors that a factor tree moves, or over the whole network. Before and after. */
typedef struct
{
  double inner_before, inner_after; /* <A, B> and <A, reordered B> */
  double norm_a, norm_b;            /* squared */
} AmMatchingSums;

/* The mean correlation of units' values on data. Before and after; NAN where no value shows the units. */
typedef struct
{
  double before, after;
} AmMatchingCorrelation;

/**
 * AmMatching:
 * @reorder: (owned): the best one found; the identity when nothing is better
 * @sums: [n_factors] for root factors, over the tensors that the factor and those below it move; zeros for
 * others
 * @total: over all tensors of the graph that both have, but running statistics
 * @n_sweeps: of the best start, the first one of all included
 * @n_solves: trees solved, over all starts
 * @objective: <A, reordered B> over tensors that move, each counted once
 * @correlations: [n_factors] for root factors, by activation matching; else %NULL
 * @total_correlation: over all units, where there are @correlations
 */
typedef struct
{
  AmReorder *reorder;
  AmMatchingSums *sums;
  AmMatchingSums total;
  guint n_sweeps;
  guint n_solves;
  double objective;
  AmMatchingCorrelation *correlations;
  AmMatchingCorrelation total_correlation;
} AmMatching;

void am_matching_free (AmMatching *matching);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmMatching, am_matching_free)

/**
 * am_weight_matching_run:
 * @symmetries: of @model
 * @checkpoint: that of @model
 * @start: (nullable): where to start instead of the identity; without sweeps it is only measured
 * @n_threads: 0: as many as useful; the result does not depend on it
 * @progress: (nullable): item is the layer
 *
 * Tensors that the reference lacks, or has in another shape, do not count. The model's weights are taken as
 * its files hold them, the reference's as its checkpoints hand them out. They are read when they are compared
 * and not kept; similarities of layers that are visited often are, up to 1 GiB of them, and what is worked on
 * at a time takes another, unless a single layer takes more.
 *
 * Similarities are rounded to 2^-20 of the largest one before they are solved, so that ties are ties on every
 * machine. A step is taken only if it gains more than one such part per unit that it moves, so the objective
 * never falls from visit to visit after the first sweep.
 *
 * With cosines each tensor has an objective of its own for every axis, so that steps may undo one another;
 * what a unit's cosine counts for is the number of its weights. A layer whose units share one tensor's both
 * axes is moved only if the truth about that tensor says so.
 *
 * Stops within about a tenth of a second when it is cancelled, or when the largest assignment is solved.
 *
 * Errors: NOT_READABLE, CANCELLED, CORRUPT (a weight that is not finite, named), UNSUPPORTED (a layer so wide
 * that there is not enough memory).
 */
AmMatching *am_weight_matching_run (const AmSymmetries *symmetries, const AmModel *model,
                                    AmCheckpoint *checkpoint, const AmReference *reference,
                                    const AmAlignSettings *settings, const AmReorder *start, guint n_threads,
                                    const AmProgress *progress, GCancellable *cancellable, GError **error);

G_END_DECLS
