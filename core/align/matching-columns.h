/* Where the elements of a tensor are that are compared with one another: those of the reference as they
 * stand, those of the model through all permutations but that of the axis being matched. */
#pragma once

#include "align/matching-pair.h"
#include "align/matching-tree.h"

G_BEGIN_DECLS

/* One digit of a column's number: elements from the start of the rows, on both sides. Without tables it
 * numbers rows, which are in the same order on both. */
typedef struct
{
  guint64 size;
  guint64 *reference, *model; /* [size] */
} AmColumnDigit;

/**
 * AmColumns:
 * @digits: [n_digits] outermost first
 * @units: [n_units] elements from the start of a column to each unit of the space, on both sides
 * @n_columns: of one row, or of all of them where the units are rows
 * @row_map: (nullable): the rows of the model that take the places of the reference's
 * @first_row, @n_rows: those that hold the slice
 * @all_at_once: whether every column needs all these rows
 */
typedef struct
{
  guint n_digits;
  AmColumnDigit digits[AM_MAX_DIGITS + 5];
  gsize n_units;
  guint64 *units;
  guint64 n_columns;
  guint64 row_length;
  guint32 *row_map;
  guint64 first_row, n_rows;
  gboolean all_at_once;
} AmColumns;

/**
 * am_columns_init:
 * @slice: (nullable): what is matched, a slice of tree number @tree; %NULL takes the whole tensor as one unit
 * @reorder: (nullable): of the other axes, without rotations. With a slice it must be there; else %NULL is
 * the identity
 */
void am_columns_init (AmColumns *columns, const AmMatchingPair *pair, const AmMatchingForest *forest,
                      guint tensor, const AmMatchingSlice *slice, guint tree, const AmReorder *reorder);
void am_columns_clear (AmColumns *columns);

/* Where columns first .. first + n - 1 begin, when @n_rows rows are at hand (does not matter with
 * all_at_once). */
void am_columns_locate (const AmColumns *columns, guint64 n_rows, guint64 first, gsize n, guint64 *reference,
                        guint64 *model);

/* @values: [n] the elements at base + offsets[0], base + offsets[1], ... widened. @is_run: they follow one
 * another. */
void am_columns_gather (const AmRows *rows, guint64 base, const guint64 *offsets, gsize n, gboolean is_run,
                        float *values);

/* Whether the offsets follow one another. */
gboolean am_columns_are_run (const guint64 *offsets, gsize n);

G_END_DECLS
