/* Values of one tensor of a checkpoint in another order. */
#pragma once

#include "align/reorder-axis.h"

G_BEGIN_DECLS

#define AM_MAX_AXES 5

typedef struct _AmReorderedTensor AmReorderedTensor;

/**
 * am_reordered_tensor_new:
 * @dtype: of the values as handed out, of whole bytes
 * @axes: [n_axes] (transfer full): what they hold is taken; lengths at least 1
 * @matrices: (nullable): kept as long as there are mixtures
 *
 * Returns: (nullable): %NULL when nothing moves.
 */
AmReorderedTensor *am_reordered_tensor_new (AmDtype dtype, guint n_axes, AmReorderedAxis *axes,
                                            GPtrArray *matrices);
void am_reordered_tensor_free (AmReorderedTensor *reordered);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmReorderedTensor, am_reordered_tensor_free)

/* An AmTensorRead; @user_data is the reordered tensor. */
gboolean am_reordered_tensor_read (AmCheckpoint *checkpoint, const AmTensor *tensor, guint64 offset,
                                   gsize size, gpointer dest, gpointer user_data, GError **error);

G_END_DECLS
