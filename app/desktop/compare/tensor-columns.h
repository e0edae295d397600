/* The columns of the tensor table. */
#pragma once

#include <gtk/gtk.h>

#include "compare/tensor-row.h"

G_BEGIN_DECLS

/* Adds them all to a view of AmTensorRow, each with its sorter. */
void am_tensor_columns_add (GtkColumnView *view);

/* Sorts by @column as a click on its header does, the tensors that differ most first where that means
 * anything. */
void am_tensor_columns_sort (GtkColumnView *view, AmTensorColumn column);

/* "relative-l2" and the like; %AM_N_TENSOR_COLUMNS for a name that is none. */
AmTensorColumn am_tensor_column_from_id (const char *id);

G_END_DECLS
