/* A picture of what moved where: blocks by layer kind. */
#pragma once

#include "architecture/model.h"
#include "base/error.h"

G_BEGIN_DECLS

/**
 * AmHeatMap:
 * @title: headline
 * @subtitle: second line, or %NULL
 * @n_columns, @n_rows: blocks across, layer kinds down
 * @column_names, @row_names: labels
 * @values: [n_rows * n_columns], NAN for an empty cell
 */
typedef struct
{
  const char *title;
  const char *subtitle;
  guint n_columns;
  guint n_rows;
  const char *const *column_names;
  const char *const *row_names;
  const double *values;
} AmHeatMap;

/**
 * am_heat_map_write_png:
 * @recipe: (nullable): YAML put into the picture's text chunk under AM_RECIPE_METADATA_KEY, so that the picture
 *   replays the merge
 *
 * Draws the map with axis labels, a legend and a perceptually even colour scale, atomically to @path.
 * Errors: NOT_WRITABLE, NO_SPACE.
 */
gboolean am_heat_map_write_png (const AmHeatMap *map, const char *path, const char *recipe, GError **error);

/* The text chunk of that keyword in a PNG, (transfer full) (nullable): %NULL with no error when the picture has
 * none. Errors: NOT_READABLE, CORRUPT. */
char *am_png_read_text (const char *path, const char *keyword, GError **error);

G_END_DECLS
