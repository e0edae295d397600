#include "align/similarity.h"

#include <math.h>
#include <string.h>

#include "kernels/kernels.h"
#include "kernels/linalg.h"

/* Elements of a panel, and its bounds in columns. */
#define PANEL_ELEMENTS ((gsize)5 << 20)
#define MIN_COLUMNS 512
#define MAX_COLUMNS 4096

/* Units of a tile of the product, a few hundredths of a second at the greatest width; and of a tile of
 * packing. */
#define PRODUCT_UNITS 512
#define PACKING_UNITS 64
#define PACKING_COLUMNS 128

/* Weights on their way: columns of all units side by side until there are enough for a product. */
typedef struct
{
  const AmSimilarity *similarity;
  float *sums;
  gsize n_units;
  gsize capacity, n_columns;                  /* of the panels */
  float *a, *b;                               /* [n_units][capacity] */
  guint64 *reference_offsets, *model_offsets; /* [capacity] of the columns being packed */
  gsize n_packed;
  gboolean is_run_a, is_run_b;
  const AmColumns *columns;
  const AmColumns *before; /* NULL, or where the model's elements were: then what changed is added */
  guint64 *before_offsets; /* [capacity] */
  AmRows reference, model, model_before;
  double *norms_a, *norms_b;  /* [n_units] or NULL: being measured */
  float *scales_a, *scales_b; /* [n_units] or NULL: of the slice */
} Panels;

static gsize
choose_capacity (gsize n_units)
{
  return CLAMP (PANEL_ELEMENTS / n_units, MIN_COLUMNS, MAX_COLUMNS);
}

static void
multiply_tile (guint tile, gpointer user_data)
{
  Panels *panels = user_data;
  const gsize first = (gsize)tile * PRODUCT_UNITS;
  const gsize n = MIN (PRODUCT_UNITS, panels->n_units - first);

  am_linalg_multiply_transposed (panels->sums + first * panels->n_units, panels->n_units,
                                 panels->a + first * panels->capacity, panels->capacity, panels->b,
                                 panels->capacity, n, panels->n_units, panels->n_columns, 1.0f);
}

static guint
count_tiles (gsize n, gsize tile)
{
  return (guint)((n + tile - 1) / tile);
}

static gboolean
multiply (Panels *panels, GError **error)
{
  gboolean is_done = TRUE;

  if (panels->n_columns > 0 && panels->norms_a == NULL)
    is_done = am_crew_share (panels->similarity->crew, count_tiles (panels->n_units, PRODUCT_UNITS),
                             multiply_tile, panels, error);
  panels->n_columns = 0;
  return is_done;
}

/* One side of some columns of a tile's units. The columns go first, so that rows of the file that lie far
 * apart are still at hand for the next unit. */
static void
pack_side (Panels *panels, const AmRows *rows, const guint64 *offsets, gboolean is_run, float *dest,
           gsize first, gsize end)
{
  const gsize step = is_run ? panels->n_packed : PACKING_COLUMNS;

  for (gsize column = 0; column < panels->n_packed; column += step)
    for (gsize unit = first; unit < end; unit++)
      am_columns_gather (rows, panels->columns->units[unit], offsets + column,
                         MIN (step, panels->n_packed - column), is_run,
                         dest + unit * panels->capacity + panels->n_columns + column);
}

/* Takes off what the model had in the same place before. */
static void
take_off_before (Panels *panels, gsize first, gsize end)
{
  const AmRows *rows = panels->columns->all_at_once ? &panels->model : &panels->model_before;
  float values[PACKING_COLUMNS];

  for (gsize column = 0; column < panels->n_packed; column += PACKING_COLUMNS)
    for (gsize unit = first; unit < end; unit++)
      {
        gsize n = MIN (PACKING_COLUMNS, panels->n_packed - column);
        float *dest = panels->b + unit * panels->capacity + panels->n_columns + column;

        am_columns_gather (rows, panels->columns->units[unit], panels->before_offsets + column, n, FALSE,
                           values);
        am_kernels_get ()->subtract_float (dest, dest, values, n);
      }
}

static void
scale_side (const Panels *panels, float *dest, const float *scales, float scale, gsize first, gsize end)
{
  for (gsize unit = first; unit < end; unit++)
    {
      float *values = dest + unit * panels->capacity + panels->n_columns;

      if (scale != 1.0f)
        am_kernels_get ()->scale_float (values, values, scale, panels->n_packed);
      if (scales != NULL)
        am_kernels_get ()->scale_float (values, values, scales[unit], panels->n_packed);
    }
}

static void
measure_side (const Panels *panels, const float *dest, double *norms, gsize first, gsize end)
{
  for (gsize unit = first; unit < end; unit++)
    {
      const float *values = dest + unit * panels->capacity + panels->n_columns;

      norms[unit] += am_kernels_get ()->dot_float (values, values, panels->n_packed);
    }
}

static void
pack_tile (guint tile, gpointer user_data)
{
  Panels *panels = user_data;
  const AmSimilarity *similarity = panels->similarity;
  const gsize first = (gsize)tile * PACKING_UNITS;
  const gsize end = MIN (first + PACKING_UNITS, panels->n_units);

  pack_side (panels, &panels->reference, panels->reference_offsets, panels->is_run_a, panels->a, first, end);
  pack_side (panels, &panels->model, panels->model_offsets, panels->is_run_b, panels->b, first, end);
  if (panels->before != NULL)
    take_off_before (panels, first, end);
  scale_side (panels, panels->a, panels->scales_a, similarity->scale_a, first, end);
  scale_side (panels, panels->b, panels->scales_b, similarity->scale_b, first, end);
  if (panels->norms_a == NULL)
    return;
  measure_side (panels, panels->a, panels->norms_a, first, end);
  measure_side (panels, panels->b, panels->norms_b, first, end);
}

static gboolean
is_same_within_rows (const AmColumns *a, const AmColumns *b)
{
  for (guint i = 0; i < a->n_digits; i++)
    if (a->digits[i].model != NULL
        && memcmp (a->digits[i].model, b->digits[i].model, a->digits[i].size * sizeof (guint64)) != 0)
      return FALSE;
  return TRUE;
}

static guint32
find_row (const AmColumns *columns, guint64 row)
{
  return columns->row_map != NULL ? columns->row_map[row] : (guint32)row;
}

static gboolean
is_same (const AmColumns *a, const AmColumns *b)
{
  for (guint64 row = 0; row < a->n_rows && !a->all_at_once; row++)
    if (find_row (a, row) != find_row (b, row))
      return FALSE;
  return is_same_within_rows (a, b);
}

/* Leaves only columns that are taken from another place than before. */
static void
drop_unchanged (Panels *panels)
{
  gsize n = 0;

  for (gsize i = 0; i < panels->n_packed; i++)
    {
      if (panels->model_offsets[i] == panels->before_offsets[i])
        continue;
      panels->reference_offsets[n] = panels->reference_offsets[i];
      panels->model_offsets[n] = panels->model_offsets[i];
      panels->before_offsets[n++] = panels->before_offsets[i];
    }
  panels->n_packed = n;
}

/* Columns first .. first + n - 1 of the rows at hand. */
static gboolean
pack (Panels *panels, guint64 n_rows, guint64 first, gsize n, GError **error)
{
  panels->n_packed = n;
  if (panels->before != NULL)
    am_columns_locate (panels->before, n_rows, first, n, panels->reference_offsets, panels->before_offsets);
  am_columns_locate (panels->columns, n_rows, first, n, panels->reference_offsets, panels->model_offsets);
  if (panels->before != NULL && panels->columns->all_at_once)
    drop_unchanged (panels);
  panels->is_run_a = am_columns_are_run (panels->reference_offsets, panels->n_packed);
  panels->is_run_b = am_columns_are_run (panels->model_offsets, panels->n_packed);
  if (!am_crew_share (panels->similarity->crew, count_tiles (panels->n_units, PACKING_UNITS), pack_tile,
                      panels, error))
    return FALSE;
  panels->n_columns += panels->n_packed;
  return TRUE;
}

static gboolean
add_columns (Panels *panels, guint64 n_rows, guint64 n_columns, GError **error)
{
  gsize n;

  for (guint64 done = 0; done < n_columns; done += n)
    {
      n = (gsize)MIN (panels->capacity - panels->n_columns, n_columns - done);
      if (!pack (panels, n_rows, done, n, error)
          || (panels->n_columns == panels->capacity && !multiply (panels, error)))
        return FALSE;
    }
  return TRUE;
}

static void
count_columns (const Panels *panels, guint tensor, guint64 n_rows, guint64 n_columns)
{
  const AmSimilarity *similarity = panels->similarity;

  similarity->compared (n_rows * am_matching_pair_row_size (similarity->pair, tensor),
                        (double)n_columns * (double)panels->n_units * (double)panels->n_units,
                        similarity->user_data);
}

/* Units are rows. */
static gboolean
add_whole (Panels *panels, guint tensor, GError **error)
{
  const AmMatchingPair *pair = panels->similarity->pair;
  const AmColumns *columns = panels->columns;

  if (!am_matching_pair_read_reference (pair, tensor, columns->first_row, columns->n_rows, NULL,
                                        &panels->reference, error)
      || !am_matching_pair_read_model (pair, tensor, columns->first_row, columns->n_rows, NULL,
                                       &panels->model, error)
      || !add_columns (panels, columns->n_rows, columns->n_columns, error))
    return FALSE;
  count_columns (panels, tensor, columns->n_rows, columns->n_columns);
  return TRUE;
}

/* Rows of the reference, and those of the model that take their places, now and before. */
typedef struct
{
  guint64 n;
  guint32 *rows, *now, *before;
} Selection;

static void
select_rows (const Panels *panels, Selection *selection)
{
  const AmColumns *columns = panels->columns, *before = panels->before;
  gboolean takes_all = before == NULL || !is_same_within_rows (columns, before);

  *selection = (Selection){ 0, g_new (guint32, columns->n_rows), g_new (guint32, columns->n_rows),
                            g_new (guint32, columns->n_rows) };
  for (guint64 row = 0; row < columns->n_rows; row++)
    {
      guint32 now = find_row (columns, row);
      guint32 then = before != NULL ? find_row (before, row) : (guint32)row;

      if (!takes_all && now == then)
        continue;
      selection->rows[selection->n] = (guint32)row;
      selection->now[selection->n] = now;
      selection->before[selection->n++] = then;
    }
}

/* Units are inside rows: as many of these at a time as about fill a panel. */
static gboolean
add_rows (Panels *panels, guint tensor, const Selection *selection, GError **error)
{
  const AmMatchingPair *pair = panels->similarity->pair;
  const guint64 step = MAX (1, panels->capacity / panels->columns->n_columns);

  for (guint64 row = 0; row < selection->n; row += step)
    {
      guint64 n = MIN (step, selection->n - row);

      if (!am_matching_pair_read_reference (pair, tensor, row, n, selection->rows, &panels->reference, error)
          || !am_matching_pair_read_model (pair, tensor, row, n, selection->now, &panels->model, error)
          || (panels->before != NULL
              && !am_matching_pair_read_model (pair, tensor, row, n, selection->before, &panels->model_before,
                                               error))
          || !add_columns (panels, n, n * panels->columns->n_columns, error))
        return FALSE;
      count_columns (panels, tensor, n, n * panels->columns->n_columns);
    }
  return TRUE;
}

static gboolean
add_slice (Panels *panels, guint tensor, GError **error)
{
  Selection selection;
  gboolean is_done;

  if (panels->columns->all_at_once)
    return add_whole (panels, tensor, error);
  select_rows (panels, &selection);
  is_done = add_rows (panels, tensor, &selection, error);
  g_free (selection.rows);
  g_free (selection.now);
  g_free (selection.before);
  return is_done;
}

/* Factors that bring the mean square of each unit's weights to 1. */
static float *
invert_norms (const double *norms, gsize n, guint64 n_columns)
{
  float *scales = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    scales[i] = norms[i] > 0.0 ? (float)sqrt ((double)n_columns / norms[i]) : 0.0f;
  return scales;
}

/* A walk over the slice that only measures its units. */
static gboolean
measure_slice (Panels *panels, guint tensor, GError **error)
{
  g_autofree double *norms_a = g_new0 (double, panels->n_units);
  g_autofree double *norms_b = g_new0 (double, panels->n_units);
  const AmColumns *columns = panels->columns, *before = panels->before;
  const guint64 n_columns = columns->n_columns * (columns->all_at_once ? 1 : columns->n_rows);
  gboolean is_done;

  if (!multiply (panels, error))
    return FALSE;
  panels->norms_a = norms_a;
  panels->norms_b = norms_b;
  panels->before = NULL;
  is_done = add_slice (panels, tensor, error);
  panels->n_columns = 0;
  panels->norms_a = panels->norms_b = NULL;
  panels->before = before;
  panels->scales_a = invert_norms (norms_a, panels->n_units, n_columns);
  panels->scales_b = invert_norms (norms_b, panels->n_units, n_columns);
  return is_done;
}

static gboolean
compare_columns (Panels *panels, guint tensor, GError **error)
{
  gboolean is_done;

  if (panels->before != NULL && is_same (panels->columns, panels->before))
    return TRUE;
  is_done = (!panels->similarity->normalise || measure_slice (panels, tensor, error))
            && add_slice (panels, tensor, error);
  g_clear_pointer (&panels->scales_a, g_free);
  g_clear_pointer (&panels->scales_b, g_free);
  return is_done;
}

static gboolean
compare_slice (Panels *panels, guint tree, const AmMatchingSlice *slice, const AmReorder *before,
               GError **error)
{
  const AmSimilarity *similarity = panels->similarity;
  AmColumns columns, columns_before;
  gboolean is_done;

  am_columns_init (&columns, similarity->pair, similarity->forest, slice->tensor, slice, tree,
                   similarity->reorder);
  if (before != NULL)
    am_columns_init (&columns_before, similarity->pair, similarity->forest, slice->tensor, slice, tree,
                     before);
  panels->columns = &columns;
  panels->before = before != NULL ? &columns_before : NULL;
  is_done = compare_columns (panels, slice->tensor, error);
  am_columns_clear (&columns);
  if (before != NULL)
    am_columns_clear (&columns_before);
  return is_done;
}

static void
panels_open (Panels *panels, const AmSimilarity *similarity, gsize n_units, float *sums)
{
  *panels = (Panels){ .similarity = similarity, .sums = sums, .n_units = n_units };
  panels->capacity = choose_capacity (n_units);
  panels->a = g_new (float, n_units * panels->capacity);
  panels->b = g_new (float, n_units * panels->capacity);
  panels->reference_offsets = g_new (guint64, panels->capacity);
  panels->model_offsets = g_new (guint64, panels->capacity);
  panels->before_offsets = g_new (guint64, panels->capacity);
}

static void
panels_close (Panels *panels)
{
  g_free (panels->a);
  g_free (panels->b);
  g_free (panels->reference_offsets);
  g_free (panels->model_offsets);
  g_free (panels->before_offsets);
  am_rows_clear (&panels->reference);
  am_rows_clear (&panels->model);
  am_rows_clear (&panels->model_before);
}

gboolean
am_similarity_add (const AmSimilarity *similarity, guint tree, const AmMatchingSlice *slices, guint n_slices,
                   const AmReorder *before, float *sums, GError **error)
{
  const AmMatchingTree *root = &similarity->forest->trees[tree];
  gboolean is_done = TRUE;
  Panels panels;

  if (n_slices == 0)
    return TRUE;
  panels_open (&panels, similarity, root->spaces[slices[0].space].size, sums);
  for (guint i = 0; i < n_slices && is_done; i++)
    is_done = compare_slice (&panels, tree, &slices[i], before, error);
  is_done = is_done && multiply (&panels, error);
  panels_close (&panels);
  return is_done;
}

/* Rows held at a time, and panels. */
guint64
am_similarity_estimate_memory (const AmMatchingPair *pair, const AmMatchingForest *forest, guint tree)
{
  const AmMatchingTree *root = &forest->trees[tree];
  guint64 rows = 0, panels = 0;

  for (guint i = 0; i < root->n_slices; i++)
    {
      const AmMatchingSlice *slice = &root->slices[i];
      gsize n = root->spaces[slice->space].size;
      guint64 row_size = am_matching_pair_row_size (pair, slice->tensor);
      guint64 row_columns = MAX (1, am_matching_pair_row_length (pair, slice->tensor) / n);
      guint64 step = MAX (1, choose_capacity (n) / row_columns);

      rows = MAX (rows, row_size * (slice->axis == 0 ? slice->segment->length : step));
      panels = MAX (panels, 2 * sizeof (float) * n * choose_capacity (n));
    }
  return rows + panels;
}

double
am_similarity_count_columns (const AmMatchingPair *pair, const AmMatchingForest *forest, guint tree,
                             const AmMatchingSlice *slice)
{
  const AmTensor *tensor = pair->tensors[slice->tensor];
  double size = (double)forest->trees[tree].spaces[slice->space].size;

  return (double)tensor->length / (double)tensor->shape[slice->axis] * (double)slice->segment->length / size;
}
