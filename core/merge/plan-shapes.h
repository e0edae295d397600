/* The shape, type and source of one planned tensor. */
#pragma once

#include "merge/plan-private.h"

G_BEGIN_DECLS

/* Text that lives as long as the plan. */
const char *am_plan_intern (AmPlan *plan, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* What a tensor of @dtype is written as. */
AmDtype am_plan_output_dtype (const AmPlan *plan, AmDtype dtype);

/* Shape and type in the output; @shape is borrowed. */
void am_planned_set_shape (AmPlanned *planned, guint n_dims, const guint64 *shape, AmDtype dtype);

/* Makes it a copy of @tensor of input @source. */
void am_planned_copy (const AmPlan *plan, AmPlanned *planned, guint source, const AmTensor *tensor,
                      AmAction action, const char *reason);

/**
 * am_planned_merge:
 * @tensors: [n_inputs]: the tensor of each input, all mergeable
 *
 * Merges whole where shapes are equal; where they overlap as inpainting channels or vocabulary rows do, the
 * overlap; else copies the leading model's. Nothing is ever broadcast.
 */
void am_planned_merge (AmPlan *plan, AmPlanned *planned, const AmTensorRole *role, const AmTensor **tensors);

G_END_DECLS
