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
 * @settings: n_samples, seed, objective, architecture; rotate is refused
 *
 * Statistics of units are taken behind the activation, where a space has one; of spaces that several layers
 * share (the stream of residual networks), at their last value. Products are summed in double. Units that do
 * not vary correlate with none. Heads and groups are assigned by the best that can be made inside them, as in
 * weight matching. Factors whose values the engine does not see keep their order, and are told.
 *
 * Returns: (transfer full) (nullable), as weight matching does, and correlations. Errors: those of
 * am_vision_network_new(), am_network_run_node() and am_dataset_read(); MISMATCH (no pictures, or of a size
 * the networks cannot take, naming the data; networks that differ), UNSUPPORTED (memory), BAD_RECIPE
 * (rotate), CANCELLED.
 */
AmMatching *am_activation_matching_run (const AmSymmetries *symmetries, const AmModel *model,
                                        AmCheckpoint *checkpoint, const AmModel *reference_model,
                                        AmCheckpoint *reference, AmDataset *dataset,
                                        const AmAlignSettings *settings, guint n_threads,
                                        const AmProgress *progress, GCancellable *cancellable,
                                        GError **error);

/**
 * am_activation_matching_open_data:
 * @model, @checkpoint: whose family decides how pictures are prepared, where the settings do not say
 * @digest: (out): of the data
 *
 * The data of the settings. Returns: (transfer full) (nullable). Errors: those of am_preprocessing_load(),
 * am_dataset_open() and am_vision_network_new(); MISMATCH (other data than the settings pin).
 */
AmDataset *am_activation_matching_open_data (const AmAlignSettings *settings, const AmModel *model,
                                             AmCheckpoint *checkpoint, char **digest, GError **error);

/* Bytes that matching takes, about, with networks that run every part of the graph. */
guint64 am_activation_matching_estimate_memory (const AmSymmetries *symmetries, guint n_threads);

G_END_DECLS
