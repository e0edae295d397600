/* The line between the weights of two networks of one kind. For core/evaluation alone. */
#pragma once

#include "network/vision-network.h"

G_BEGIN_DECLS

typedef struct _AmWeightLine AmWeightLine;

/**
 * am_weight_line_new:
 * @a: its weights are what am_weight_line_set() changes
 *
 * Borrows both, and copies the weights of @a. Returns: (transfer full) (nullable). Errors: MISMATCH naming
 * the files and the tensor.
 */
AmWeightLine *am_weight_line_new (AmVisionNetwork *a, AmVisionNetwork *b, GError **error);

/* Puts the weights of @a back. */
void am_weight_line_free (AmWeightLine *line);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmWeightLine, am_weight_line_free)

/* Gives @a the weights at @ratio: 0 its own, 1 those of @b. */
void am_weight_line_set (AmWeightLine *line, double ratio);

G_END_DECLS
