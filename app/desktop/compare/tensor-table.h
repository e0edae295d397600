/* The tensors of a comparison, sortable, searchable and narrowed to a place of the model. */
#pragma once

#include <gtk/gtk.h>

#include "compare/tensor-row.h"

G_BEGIN_DECLS

#define AM_TYPE_TENSOR_TABLE (am_tensor_table_get_type ())
G_DECLARE_FINAL_TYPE (AmTensorTable, am_tensor_table, AM, TENSOR_TABLE, GtkWidget)

/**
 * am_tensor_table_set_comparison:
 *
 * Shows all tensors, those that differ most first. Property "selected" (AmTensorRow or %NULL): the tensor at
 * the cursor, at first the topmost.
 *
 * Actions: "table.sort" (s: id of a column), "table.show-all".
 */
void am_tensor_table_set_comparison (AmTensorTable *self, AmComparison *comparison);

AmTensorRow *am_tensor_table_get_selected (AmTensorTable *self); /* (transfer none) (nullable) */

/* Only tensors of one cell of the heat map: %AM_BLOCK_NONE and %AM_N_LAYER_KINDS mean any. */
void am_tensor_table_show_cell (AmTensorTable *self, guint block, guint layer);

/* Only those of one component. */
void am_tensor_table_show_component (AmTensorTable *self, AmComponent component);

void am_tensor_table_set_scope (AmTensorTable *self, AmTensorScope scope);

/* How many rows are left by search, scope and place. */
guint am_tensor_table_get_n_rows (AmTensorTable *self);

G_END_DECLS
