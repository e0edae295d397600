/* A picture of what moved where: blocks by layer kind. */
#pragma once

#include "architecture/model.h"
#include "base/error.h"

G_BEGIN_DECLS

/* PNG text keyword, and safetensors metadata key, of a recipe. */
#define AM_PNG_RECIPE_KEYWORD "amalgam_recipe"

/**
 * AmHeatMap:
 * @title: headline
 * @subtitle: second line, or %NULL
 * @legend: what the values are, or %NULL
 * @n_columns, @n_rows: blocks across, layer kinds down
 * @column_names, @row_names: labels
 * @values: [n_rows * n_columns] fractions, shown as percent; 0 or more, infinity allowed, NAN for an empty cell
 *
 * Text outside ASCII is transliterated where possible.
 */
typedef struct
{
  const char *title;
  const char *subtitle;
  const char *legend;
  guint n_columns;
  guint n_rows;
  const char *const *column_names;
  const char *const *row_names;
  const double *values;
} AmHeatMap;

/**
 * am_heat_map_write_png:
 * @map: at least one column and one row
 * @recipe: (nullable): YAML put into the picture's text chunk under %AM_PNG_RECIPE_KEYWORD, so that the picture
 *   replays the merge
 *
 * Draws the map with axis labels, a legend and a perceptually even colour scale, atomically to @path. The scale
 * is linear from 0 when the largest value is at most 20 times the smallest above 0, else logarithmic, down to
 * 1/10000 of the largest at most; the legend says which.
 * Errors: NOT_WRITABLE, NO_SPACE.
 */
gboolean am_heat_map_write_png (const AmHeatMap *map, const char *path, const char *recipe, GError **error);

/* The text chunk of that keyword in a PNG, (transfer full) (nullable): %NULL with no error when the picture has
 * none. Errors: NOT_FOUND, NOT_READABLE, CORRUPT. */
char *am_png_read_text (const char *path, const char *keyword, GError **error);

G_END_DECLS
