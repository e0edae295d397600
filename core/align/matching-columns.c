#include "align/matching-columns.h"

#include <string.h>

#include "kernels/kernels.h"

#define BLOCK 256

/* Some of the digits of a segment, with the distance between their values. */
typedef struct
{
  AmDigit digits[AM_MAX_DIGITS];
  guint64 weights[AM_MAX_DIGITS];
  guint n_digits;
  guint64 size;
} Part;

static void
part_append (Part *part, const AmDigit *digit, guint64 weight)
{
  part->weights[part->n_digits] = weight;
  part->digits[part->n_digits++] = *digit;
  part->size *= digit->size;
}

/* The digits of the tree, and all others. */
static void
split_segment (const AmMatchingForest *forest, const AmMatchingSlice *slice, guint tree, Part *own,
               Part *rest)
{
  const AmAxisSegment *segment = slice->segment;
  guint64 weight = segment->length;

  *own = *rest = (Part){ .size = 1 };
  for (guint k = 0; k < segment->n_digits; k++)
    {
      const AmDigit *digit = &segment->digits[k];
      gboolean is_own = digit->factor != AM_FIXED_FACTOR && forest->tree_of[digit->factor] == tree;

      weight /= digit->size;
      part_append (is_own ? own : rest, digit, weight);
    }
}

static guint64
part_locate (const Part *part, guint64 element)
{
  guint64 place = 0;

  for (guint k = part->n_digits; k-- > 0; element /= part->digits[k].size)
    place += element % part->digits[k].size * part->weights[k];
  return place;
}

static void
append_digit (AmColumns *columns, guint64 size, guint64 *reference, guint64 *model)
{
  columns->digits[columns->n_digits++] = (AmColumnDigit){ size, reference, model };
  columns->n_columns *= size;
}

/* What of the segment is not matched: fixed digits and those of other trees. */
static void
append_rest (AmColumns *columns, const AmMatchingForest *forest, const Part *rest, guint64 base,
             guint64 stride, const AmReorder *reorder)
{
  guint64 *reference, *model;
  g_autofree guint32 *map = NULL;

  if (rest->size == 1 && base == 0)
    return;
  reference = g_new (guint64, rest->size);
  model = g_new (guint64, rest->size);
  map = g_new (guint32, rest->size);
  am_matching_map_digits (forest->symmetries, rest->digits, rest->n_digits, reorder->permutations, map);
  for (guint64 i = 0; i < rest->size; i++)
    reference[i] = (base + part_locate (rest, i)) * stride;
  for (guint64 i = 0; i < rest->size; i++)
    model[i] = reference[map[i]];
  append_digit (columns, rest->size, reference, model);
}

static void
append_slice (AmColumns *columns, const AmMatchingForest *forest, const AmMatchingSlice *slice, guint tree,
              guint64 stride, const AmReorder *reorder)
{
  Part own, rest;
  guint64 base = columns->all_at_once ? 0 : slice->segment->start;

  split_segment (forest, slice, tree, &own, &rest);
  append_rest (columns, forest, &rest, base, stride, reorder);
  columns->n_units = own.size;
  columns->units = g_new (guint64, own.size);
  for (guint64 i = 0; i < own.size; i++)
    columns->units[i] = part_locate (&own, i) * stride;
}

static guint32 *
map_axis (const AmMatchingPair *pair, guint tensor, guint axis, const AmReorder *reorder)
{
  const AmAxisBinding *binding = am_symmetries_find_binding (pair->symmetries, tensor, axis);
  guint64 length = pair->tensors[tensor]->shape[axis];
  guint32 *map;

  if (binding == NULL || reorder == NULL)
    return NULL;
  map = g_new (guint32, length);
  am_reorder_map_axis (reorder, binding, length, map);
  return map;
}

static void
append_axis (AmColumns *columns, const AmMatchingPair *pair, guint tensor, guint axis, guint64 stride,
             const AmReorder *reorder)
{
  guint64 size = pair->tensors[tensor]->shape[axis];
  guint64 *reference = g_new (guint64, size), *model = g_new (guint64, size);
  g_autofree guint32 *map = map_axis (pair, tensor, axis, reorder);

  for (guint64 i = 0; i < size; i++)
    {
      reference[i] = i * stride;
      model[i] = (map != NULL ? map[i] : i) * stride;
    }
  append_digit (columns, size, reference, model);
}

static guint64
stride_of (const AmTensor *tensor, guint axis)
{
  guint64 stride = 1;

  for (guint i = axis + 1; i < tensor->n_dims; i++)
    stride *= tensor->shape[i];
  return stride;
}

/* One unit, the whole. */
static void
make_single_unit (AmColumns *columns)
{
  columns->n_units = 1;
  columns->units = g_new0 (guint64, 1);
}

void
am_columns_init (AmColumns *columns, const AmMatchingPair *pair, const AmMatchingForest *forest, guint tensor,
                 const AmMatchingSlice *slice, guint tree, const AmReorder *reorder)
{
  const AmTensor *stored = pair->tensors[tensor];

  *columns = (AmColumns){ .n_columns = 1 };
  columns->row_length = am_matching_pair_row_length (pair, tensor);
  columns->n_rows = am_matching_pair_n_rows (pair, tensor);
  columns->all_at_once = slice != NULL && slice->axis == 0;
  if (columns->all_at_once)
    {
      columns->first_row = slice->segment->start;
      columns->n_rows = slice->segment->length;
    }
  for (guint axis = 0; axis < stored->n_dims; axis++)
    if (slice != NULL && axis == slice->axis)
      append_slice (columns, forest, slice, tree, stride_of (stored, axis), reorder);
    else if (axis > 0)
      append_axis (columns, pair, tensor, axis, stride_of (stored, axis), reorder);
    else
      {
        columns->row_map = map_axis (pair, tensor, 0, reorder);
        append_digit (columns, 1, NULL, NULL);
      }
  if (slice == NULL)
    make_single_unit (columns);
}

void
am_columns_clear (AmColumns *columns)
{
  for (guint i = 0; i < columns->n_digits; i++)
    {
      g_free (columns->digits[i].reference);
      g_free (columns->digits[i].model);
    }
  g_free (columns->units);
  g_free (columns->row_map);
}

static void
locate_one (const AmColumns *columns, guint64 n_rows, guint64 column, guint64 *reference, guint64 *model)
{
  *reference = *model = 0;
  for (guint k = columns->n_digits; k-- > 0;)
    {
      const AmColumnDigit *digit = &columns->digits[k];
      guint64 size = digit->reference != NULL ? digit->size : n_rows;
      guint64 value = column % size;

      column /= size;
      *reference += digit->reference != NULL ? digit->reference[value] : value * columns->row_length;
      *model += digit->reference != NULL ? digit->model[value] : value * columns->row_length;
    }
}

/* The innermost digit changes fastest, so the others are looked up once for all its values. */
void
am_columns_locate (const AmColumns *columns, guint64 n_rows, guint64 first, gsize n, guint64 *reference,
                   guint64 *model)
{
  const AmColumnDigit *inner = columns->n_digits > 0 ? &columns->digits[columns->n_digits - 1] : NULL;
  gsize done = 0;

  while (done < n)
    {
      guint64 base_reference, base_model, value;
      gsize count;

      locate_one (columns, n_rows, first + done, &base_reference, &base_model);
      if (inner == NULL || inner->reference == NULL)
        {
          reference[done] = base_reference;
          model[done++] = base_model;
          continue;
        }
      value = (first + done) % inner->size;
      count = MIN (n - done, inner->size - value);
      base_reference -= inner->reference[value];
      base_model -= inner->model[value];
      for (gsize i = 0; i < count; i++)
        {
          reference[done + i] = base_reference + inner->reference[value + i];
          model[done + i] = base_model + inner->model[value + i];
        }
      done += count;
    }
}

gboolean
am_columns_are_run (const guint64 *offsets, gsize n)
{
  for (gsize i = 1; i < n; i++)
    if (offsets[i] != offsets[i - 1] + 1)
      return FALSE;
  return TRUE;
}

#define GATHER(type)                                                                                         \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    const type *source = (const type *)(gconstpointer)rows->data + base;                                     \
    type *dest = (type *)(gpointer)buffer;                                                                   \
    for (gsize i = 0; i < count; i++)                                                                        \
      dest[i] = source[offsets[done + i]];                                                                   \
  }                                                                                                          \
  G_STMT_END

void
am_columns_gather (const AmRows *rows, guint64 base, const guint64 *offsets, gsize n, gboolean is_run,
                   float *values)
{
  const gsize size = am_dtype_get_bits (rows->dtype) / 8;
  double buffer[BLOCK];

  if (is_run && n > 0)
    {
      am_kernels_get ()->widen_float (values, rows->data + (base + offsets[0]) * size, rows->dtype, n);
      return;
    }
  for (gsize done = 0; done < n; done += BLOCK)
    {
      const gsize count = MIN (BLOCK, n - done);

      if (size == 1)
        GATHER (guint8);
      else if (size == 2)
        GATHER (guint16);
      else if (size == 4)
        GATHER (guint32);
      else
        GATHER (guint64);
      am_kernels_get ()->widen_float (values + done, buffer, rows->dtype, count);
    }
}
