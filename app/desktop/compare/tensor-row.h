/* One tensor of a comparison: a row of the table. */
#pragma once

#include "compare/comparison.h"

G_BEGIN_DECLS

/* The columns of the table. */
typedef enum
{
  AM_TENSOR_NAME,
  AM_TENSOR_BLOCK,
  AM_TENSOR_LAYER,
  AM_TENSOR_RELATIVE_L2,
  AM_TENSOR_COSINE,
  AM_TENSOR_MAXIMUM,
  AM_TENSOR_STATE,
  AM_TENSOR_SHAPE,
  AM_N_TENSOR_COLUMNS,
} AmTensorColumn;

/* Which tensors are looked at. */
typedef enum
{
  AM_SCOPE_ALL,
  AM_SCOPE_DIFFERENT, /* in both, and not the same */
  AM_SCOPE_EQUAL,
  AM_SCOPE_ONLY_A,
  AM_SCOPE_ONLY_B,
  AM_SCOPE_SHAPE,
  AM_SCOPE_NOT_FINITE, /* NaN or infinity on either side */
  AM_N_SCOPES,
} AmTensorScope;

/* Translated. */
const char *am_tensor_scope_get_title (AmTensorScope scope);

#define AM_TYPE_TENSOR_ROW (am_tensor_row_get_type ())
G_DECLARE_FINAL_TYPE (AmTensorRow, am_tensor_row, AM, TENSOR_ROW, GObject)

/* @index: in the difference. */
AmTensorRow *am_tensor_row_new (AmComparison *comparison, guint index);

AmComparison *am_tensor_row_get_comparison (AmTensorRow *self);
guint am_tensor_row_get_index (AmTensorRow *self);
const AmTensorDifference *am_tensor_row_get_difference (AmTensorRow *self);
gboolean am_tensor_row_is_in_scope (AmTensorRow *self, AmTensorScope scope);

/* What stands in a column, translated: (transfer full). */
char *am_tensor_row_dup_text (AmTensorRow *self, AmTensorColumn column);

/**
 * am_tensor_row_compare:
 *
 * The ascending order of a column, with ties broken by name. Tensors without the figure come after those that
 * differ least: at the small end of differences and at the large end of cosines.
 */
int am_tensor_row_compare (AmTensorRow *a, AmTensorRow *b, AmTensorColumn column);

G_END_DECLS
