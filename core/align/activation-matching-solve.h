/* From what units' values are worth together to the order of units. For core/align alone. */
#pragma once

#include <gio/gio.h>

#include "align/activation-matching-features.h"
#include "align/activation-matching-sums.h"
#include "align/reorder.h"

G_BEGIN_DECLS

/**
 * AmFeatureProblem:
 * @sums: [features] of @features, finished
 * @max_sweeps: over trees whose units are shown only together with those of other trees (channels that are
 *   the same in every head of which only a norm knows): each is solved as the others are then
 */
typedef struct
{
  const AmMatchingForest *forest;
  const AmFeatures *features;
  AmFeatureSums *const *sums;
  AmAlignObjective objective;
  guint max_sweeps;
} AmFeatureProblem;

/**
 * am_features_solve:
 * @n_sweeps, @n_solves: (out): over all trees, and trees solved
 *
 * The order with the greatest sum over all units, as am_nested_assignment_solve() finds it, with similarities
 * rounded as in weight matching; the identity for trees that nothing shows, and where another order gains no
 * more than rounding may feign. Among units of the network that moves which are worth nothing anywhere the
 * order stays, in spaces without heads and groups.
 *
 * Returns: (transfer full) (nullable). Errors: UNSUPPORTED (memory), CANCELLED.
 */
AmReorder *am_features_solve (const AmFeatureProblem *problem, guint n_threads, GCancellable *cancellable,
                              guint *n_sweeps, guint *n_solves, GError **error);

/* The mean correlation of units that stand in the same place, over all that show @tree; NAN without any.
 * @n_units: (out): how many that are. */
double am_features_correlate (const AmFeatureProblem *problem, guint tree, const AmReorder *reorder,
                              guint64 *n_units);

/* Whether any view shows @tree. */
gboolean am_features_show (const AmFeatures *features, guint tree);

G_END_DECLS
