/* Grams for RegMean++: what the layers of several models get to see behind the part of the network that is
 * merged already. */
#pragma once

#include <gio/gio.h>

#include "base/progress.h"
#include "dataset/dataset.h"
#include "network/vision-network.h"
#include "statistics/statistics.h"

G_BEGIN_DECLS

/**
 * AmMergedPrefixSolve:
 * @key: name of a tensor
 * @grams: [n_models] mean Gram matrices of the models, [n][n] each; %NULL where the tensor has none
 * @n: inputs
 * @merged: (out): [elements of the tensor] what the merge will make of it
 */
typedef gboolean (*AmMergedPrefixSolve) (gpointer user_data, const char *key, const double *const *grams,
                                         gsize n, float *merged, GError **error);

/**
 * AmMergedPrefixSettings:
 * @n_samples: of each model's data; 0: all
 * @seed: of the choice of samples
 * @batch_size, @n_threads: 0: as suits
 * @widest_gram: as in #AmMeasureSettings
 * @solve, @user_data: merges one tensor
 */
typedef struct
{
  guint64 n_samples;
  guint64 seed;
  guint batch_size;
  guint n_threads;
  guint widest_gram;
  AmMergedPrefixSolve solve;
  gpointer user_data;
} AmMergedPrefixSettings;

/**
 * am_merged_prefix_measure:
 * @networks: [n_models] of one architecture
 * @datasets: [n_models] what each is measured on
 * @sums: (out): [n_models] the statistics of each; the caller frees them
 *
 * Layer by layer (the blocks of a transformer; elsewhere every matrix is a layer of its own): each model's
 * own layer runs on what the merged layers before it make of that model's data, and its inputs there are
 * summed up; then the layer is merged with @solve and its outputs take the place of the model's own (Nguyen
 * et al. 2025, arXiv:2508.03121, section 3). What flows between two layers is held for all samples, twice.
 *
 * Errors: MISMATCH (architectures), those of @solve, of running and of reading, CANCELLED.
 */
gboolean am_merged_prefix_measure (AmVisionNetwork *const *networks, AmDataset *const *datasets,
                                   guint n_models, const AmMergedPrefixSettings *settings,
                                   AmStatisticsSums **sums, const AmProgress *progress,
                                   GCancellable *cancellable, GError **error);

G_END_DECLS
