/* Aligning the models of a merge, and what came of it. */
#pragma once

#include <json-glib/json-glib.h>

#include "align/weight-matching.h"

G_BEGIN_DECLS

/**
 * AmAlignmentLayer: one factor tree, or the whole network
 * @name: of the layer; %NULL for the whole
 * @kind: what moves: units; heads (and channels inside them); groups (and channels inside them)
 * @block: name of the merge block, or %NULL
 * @n_units, @n_moved: channels, at the finest level
 * @similarity_before, @similarity_after: cosine between A and B over the tensors of the layer; NAN for zeros
 * @distance_before, @distance_after: |A - B| over them
 * @correlation_before, @correlation_after: of units in the same place, on average, where data was looked at;
 *   else NAN
 */
typedef struct
{
  const char *name;
  AmFactorKind kind;
  const char *block;
  AmComponent component;
  guint n_units, n_moved;
  double similarity_before, similarity_after;
  double distance_before, distance_after;
  double correlation_before, correlation_after;
} AmAlignmentLayer;

typedef struct _AmAlignment AmAlignment;

/**
 * am_alignment_new:
 * @model, @checkpoint: of the model that moves; borrowed until am_alignments_run() is over
 * @label: of the model, for people: its file's base name
 *
 * Finds graph and symmetries, reading headers only, so that what cannot be aligned is known at once.
 * Returns: (transfer full) (nullable). Errors: those of am_graph_new_for_model().
 */
AmAlignment *am_alignment_new (const AmModel *model, AmCheckpoint *checkpoint, const char *label,
                               const AmAlignSettings *settings, GError **error);
AmAlignment *am_alignment_ref (AmAlignment *alignment);
void am_alignment_unref (AmAlignment *alignment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmAlignment, am_alignment_unref)

/**
 * am_alignments_run:
 * @alignments: (element-type AmAlignment): the models that move
 * @reference: what they are aligned to; for %AM_ALIGN_TO_MEAN the models that stay, joined by the others
 *
 * Matches each, and makes its checkpoint hand out reordered values. With %AM_ALIGN_TO_MEAN each is matched to
 * @reference first and then to the mean of all others in turn, until none moves or rotations gain next to
 * nothing (Ainsworth et al. 2023, algorithm 3, from a start of one order for all). By activations, data is
 * opened first. After an error or a run that was cancelled it can be called again, with the same result.
 *
 * Errors: those of am_weight_matching_run() or am_activation_matching_run(), and of
 * am_activation_matching_open_data(); BAD_RECIPE where the settings contradict themselves, as
 * am_align_settings_check() says.
 */
gboolean am_alignments_run (const GPtrArray *alignments, const AmReference *reference,
                            const AmAlignSettings *settings, guint n_threads, const AmProgress *progress,
                            GCancellable *cancellable, GError **error);

const char *am_alignment_get_label (const AmAlignment *alignment);

/* Bytes that matching with @n_threads takes, about. */
guint64 am_alignment_get_memory (const AmAlignment *alignment, guint n_threads);

/* For people: parts that stay as they are, and what the network was taken for. %NULL-terminated. */
const char *const *am_alignment_get_notes (const AmAlignment *alignment);

/* Spaces of channels that no reordering moves, and why. */
guint am_alignment_get_n_fixed (const AmAlignment *alignment);
const AmFixedSpace *am_alignment_get_fixed (const AmAlignment *alignment, guint index);

/* Layers in the order of the network. Empty before it was run. */
guint am_alignment_get_n_layers (const AmAlignment *alignment);
const AmAlignmentLayer *am_alignment_get_layer (const AmAlignment *alignment, guint index);

/* The whole network. */
const AmAlignmentLayer *am_alignment_get_total (const AmAlignment *alignment);
guint am_alignment_get_n_sweeps (const AmAlignment *alignment);

/* Digest of the data that units were compared on, and how it was prepared: a name or a file. %NULL before it
 * was run, and by weights. */
const char *am_alignment_get_data_digest (const AmAlignment *alignment);
const char *am_alignment_get_preprocessing (const AmAlignment *alignment);

/* For people: what moved, or that nothing did and what that means; for siblings, that alignment is not
 * needed. (transfer full), translated, without a full stop at the end. */
char *am_alignment_describe (const AmAlignment *alignment);

/* Stable JSON, documented in docs/alignment.md: a document of its own, or an array inside another. */
char *am_alignments_to_json (const GPtrArray *alignments);
void am_alignments_add_json (const GPtrArray *alignments, JsonBuilder *builder);

/* A chart per layer as PNG: similarity before and after, share of units moved. Errors: NOT_WRITABLE,
 * NO_SPACE. */
gboolean am_alignments_write_picture (const GPtrArray *alignments, const char *path, gboolean replace,
                                      GError **error);

G_END_DECLS
