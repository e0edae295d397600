/* What the files of vision networks share. For core/network alone. */
#pragma once

#include "network/vision-network.h"

G_BEGIN_DECLS

/**
 * AmVisionNetwork:
 * @own_checkpoint, @own_model: of a network that was opened by itself, else %NULL
 * @takes_vectors: whether nothing in the network looks at more than one position
 * @has_many_positions: whether the output has a value for each part of a picture
 * @height, @width: of pictures, or 0
 */
struct _AmVisionNetwork
{
  AmCheckpoint *own_checkpoint;
  AmModel *own_model;
  AmCheckpoint *checkpoint;
  const AmModel *model;
  AmGraph *graph;
  AmNetwork *network;
  guint n_model_tensors;
  gboolean takes_vectors, has_many_positions;
  guint64 height, width;
};

/* Finds what pictures a network takes, once it has its graph and network. */
void am_vision_network_find_pictures (AmVisionNetwork *self);

/**
 * AmVisionHead:
 * @features: [n_classes][width] scaled so that their products with embeddings whose root mean square is 1 are
 *   the logits
 */
typedef struct
{
  guint64 n_classes, width;
  AmReal *features;
} AmVisionHead;

/* Reads @path for embeddings @width wide. Errors: those of am_checkpoint_open(); NOT_FOUND (text_features),
 * MISMATCH, CORRUPT (values that are not finite). */
gboolean am_vision_head_load (AmVisionHead *head, const char *path, guint64 width, GError **error);
void am_vision_head_clear (AmVisionHead *head);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AmVisionHead, am_vision_head_clear)

/* Nodes that compare the value of node @embedding with the features, and an output for them. @tensor,
 * @output: (out): number of the features in the graph and name of the output. */
gboolean am_vision_head_append (const AmVisionHead *head, AmGraph *graph, guint embedding, guint *tensor,
                                const char **output, GError **error);

G_END_DECLS
