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
  AmColumns *columns;
  AmRows reference, model;
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
  scale_side (panels, panels->a, panels->scales_a, similarity->scale_a, first, end);
  scale_side (panels, panels->b, panels->scales_b, similarity->scale_b, first, end);
  if (panels->norms_a == NULL)
    return;
  measure_side (panels, panels->a, panels->norms_a, first, end);
  measure_side (panels, panels->b, panels->norms_b, first, end);
}

/* Columns first .. first + n - 1 of the rows at hand. */
static gboolean
pack (Panels *panels, guint64 n_rows, guint64 first, gsize n, GError **error)
{
  am_columns_locate (panels->columns, n_rows, first, n, panels->reference_offsets, panels->model_offsets);
  panels->n_packed = n;
  panels->is_run_a = am_columns_are_run (panels->reference_offsets, n);
  panels->is_run_b = am_columns_are_run (panels->model_offsets, n);
  if (!am_crew_share (panels->similarity->crew, count_tiles (panels->n_units, PACKING_UNITS), pack_tile,
                      panels, error))
    return FALSE;
  panels->n_columns += n;
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

/* All rows at once where the units are rows, else as many as about fill a panel. */
static gboolean
add_slice (Panels *panels, const AmMatchingSlice *slice, GError **error)
{
  const AmSimilarity *similarity = panels->similarity;
  const AmColumns *columns = panels->columns;
  const guint64 step
      = columns->all_at_once ? columns->n_rows : MAX (1, panels->capacity / columns->n_columns);

  for (guint64 row = 0; row < columns->n_rows; row += step)
    {
      guint64 n_rows = MIN (step, columns->n_rows - row);
      guint64 n_columns = columns->all_at_once ? columns->n_columns : n_rows * columns->n_columns;
      guint64 size = n_rows * am_matching_pair_row_size (similarity->pair, slice->tensor);

      if (!am_matching_pair_read_reference (similarity->pair, slice->tensor, columns->first_row + row, n_rows,
                                            &panels->reference, error)
          || !am_matching_pair_read_model (similarity->pair, slice->tensor, columns->first_row + row, n_rows,
                                           columns->row_map, &panels->model, error)
          || !add_columns (panels, n_rows, n_columns, error))
        return FALSE;
      similarity->compared (size, (double)n_columns * (double)panels->n_units * (double)panels->n_units,
                            similarity->user_data);
    }
  return TRUE;
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
measure_slice (Panels *panels, const AmMatchingSlice *slice, GError **error)
{
  g_autofree double *norms_a = g_new0 (double, panels->n_units);
  g_autofree double *norms_b = g_new0 (double, panels->n_units);
  const AmColumns *columns = panels->columns;
  const guint64 n_columns = columns->n_columns * (columns->all_at_once ? 1 : columns->n_rows);
  gboolean is_done;

  if (!multiply (panels, error))
    return FALSE;
  panels->norms_a = norms_a;
  panels->norms_b = norms_b;
  is_done = add_slice (panels, slice, error);
  panels->n_columns = 0;
  panels->norms_a = panels->norms_b = NULL;
  panels->scales_a = invert_norms (norms_a, panels->n_units, n_columns);
  panels->scales_b = invert_norms (norms_b, panels->n_units, n_columns);
  return is_done;
}

static gboolean
compare_slice (Panels *panels, guint tree, const AmMatchingSlice *slice, GError **error)
{
  const AmSimilarity *similarity = panels->similarity;
  AmColumns columns;
  gboolean is_done = TRUE;

  am_columns_init (&columns, similarity->pair, similarity->forest, slice->tensor, slice, tree,
                   similarity->reorder);
  panels->columns = &columns;
  if (similarity->normalise)
    is_done = measure_slice (panels, slice, error);
  is_done = is_done && add_slice (panels, slice, error);
  g_clear_pointer (&panels->scales_a, g_free);
  g_clear_pointer (&panels->scales_b, g_free);
  am_columns_clear (&columns);
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
}

static void
panels_close (Panels *panels)
{
  g_free (panels->a);
  g_free (panels->b);
  g_free (panels->reference_offsets);
  g_free (panels->model_offsets);
  am_rows_clear (&panels->reference);
  am_rows_clear (&panels->model);
}

gboolean
am_similarity_add (const AmSimilarity *similarity, guint tree, const AmMatchingSlice *slices, guint n_slices,
                   float *sums, GError **error)
{
  const AmMatchingTree *root = &similarity->forest->trees[tree];
  gboolean is_done = TRUE;
  Panels panels;

  if (n_slices == 0)
    return TRUE;
  panels_open (&panels, similarity, root->spaces[slices[0].space].size, sums);
  for (guint i = 0; i < n_slices && is_done; i++)
    is_done = compare_slice (&panels, tree, &slices[i], error);
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
