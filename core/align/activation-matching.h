/* Activation matching: the reordering of one network's units that brings what they say on data nearest to
 * what another network's units say.
 *
 * Every unit is assigned to the one it correlates with most (Li et al. 2015; Jordan et al. 2023, section 3),
 * or to the one with the greatest uncentred product (Ainsworth et al. 2023, section 3.1). Reordering only
 * renames units, so one pass over the data serves all layers. */
#pragma once

#include "align/weight-matching.h"
#include "dataset/dataset.h"

G_BEGIN_DECLS

/**
 * am_activation_matching_run:
 * @symmetries: of the graph both networks have
 * @model, @checkpoint: the network that moves
 * @reference_model, @reference: the one that stays
 * @dataset: pictures both take; labels are not used
 * @settings: n_samples, seed, objective; rotate is refused
 *
 * Statistics of units are taken behind the activation, where a space has one; of spaces that several layers
 * share (the stream of residual networks), at their last value. Products are summed in double. Units that do
 * not vary correlate with none. Heads and groups are assigned by the best that can be made inside them, as in
 * weight matching. Factors whose values the engine does not see keep their order, and are told.
 *
 * Returns: (transfer full) (nullable), as weight matching does. Errors: those of am_vision_network_new() and
 * am_dataset_read(), CANCELLED.
 */
AmMatching *am_activation_matching_run (const AmSymmetries *symmetries, const AmModel *model,
                                        AmCheckpoint *checkpoint, const AmModel *reference_model,
                                        AmCheckpoint *reference, AmDataset *dataset,
                                        const AmAlignSettings *settings, guint n_threads,
                                        const AmProgress *progress, GCancellable *cancellable,
                                        GError **error);

G_END_DECLS
