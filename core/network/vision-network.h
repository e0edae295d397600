/* A vision model made ready to classify pictures. */
#pragma once

#include "network/network.h"

G_BEGIN_DECLS

typedef struct _AmVisionNetwork AmVisionNetwork;

/**
 * am_vision_network_open:
 * @path: checkpoint of an MLP, VGG, ResNet, ViT or CLIP vision tower, or any that @architecture describes
 * @architecture: (nullable): a description file (docs/architecture-files.md)
 * @head: (nullable): a safetensors file with `text_features` [classes, width] and optionally a scalar
 *   `logit_scale` (the factor itself; 100 when it is missing): logits are scale * cosine with each feature.
 *   CLIP has no other logits
 *
 * Opens, understands and loads. Errors: those of am_checkpoint_open(), am_graph_new_for_model(),
 * am_network_new(), am_network_load(); MISMATCH (widths of head and model); UNSUPPORTED (CLIP without a head,
 * saying what to pass; a model without a vision part).
 */
AmVisionNetwork *am_vision_network_open (const char *path, const char *architecture, const char *head,
                                         GError **error);

/**
 * am_vision_network_new:
 * @checkpoint: opened; borrowed, must outlive the result, like @model
 * @needs_logits: whether CLIP without a head is an error; else its image embedding is the output
 *
 * The same of a model that is open already: of reordered values too.
 */
AmVisionNetwork *am_vision_network_new (const AmModel *model, AmCheckpoint *checkpoint,
                                        const char *architecture, const char *head, gboolean needs_logits,
                                        GError **error);
void am_vision_network_free (AmVisionNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmVisionNetwork, am_vision_network_free)

AmNetwork *am_vision_network_get_network (AmVisionNetwork *network);
const AmModel *am_vision_network_get_model (const AmVisionNetwork *network);
AmCheckpoint *am_vision_network_get_checkpoint (const AmVisionNetwork *network);

/* Number of tensors of the checkpoint the graph's come from; those of a head come behind and have none. */
guint am_vision_network_get_n_model_tensors (const AmVisionNetwork *network);

/* Classes it tells apart: channels of the output. */
guint64 am_vision_network_get_n_classes (const AmVisionNetwork *network);

/* Height and width of the pictures it takes, where it takes only one size (positions, a first layer that
 * counts pixels); else 0. */
void am_vision_network_get_picture_size (const AmVisionNetwork *network, guint64 *height, guint64 *width);

/**
 * am_vision_network_arrange:
 * @values: [n][height][width][channels], as am_dataset_read() gives it
 * @value: (out): what am_network_run_new() takes; its data is the caller's, for g_free()
 *
 * As it is, or, for a network that takes vectors, in the order channel, row, column. Errors: MISMATCH naming
 * the shape of the data and what the network takes.
 */
gboolean am_vision_network_arrange (const AmVisionNetwork *network, const float *values, guint n,
                                    guint64 height, guint64 width, guint64 channels, AmValue *value,
                                    GError **error);

/* Identifier of the built-in preprocessing its family is published with: "clip", "torchvision", "none". */
const char *am_vision_network_get_preprocessing (const AmVisionNetwork *network);

G_END_DECLS
