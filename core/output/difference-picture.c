#include <math.h>

#include "output/difference.h"
#include "output/heat-map.h"

typedef struct
{
  GArray *values;     /* double */
  GPtrArray *rows;    /* const char * */
  GPtrArray *columns; /* const char * */
} Cells;

static void
cells_clear (Cells *cells)
{
  g_clear_pointer (&cells->values, g_array_unref);
  g_clear_pointer (&cells->rows, g_ptr_array_unref);
  g_clear_pointer (&cells->columns, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Cells, cells_clear)

/* A row without a value is left out. */
static void
add_row (Cells *cells, const AmDifference *difference, guint n_blocks, AmLayerKind layer, const char *title)
{
  gboolean has_value = FALSE;
  guint before = cells->values->len;

  for (guint block = 0; block < n_blocks; block++)
    {
      double value = am_difference_get_cell (difference, block, layer);

      has_value = has_value || !isnan (value);
      g_array_append_val (cells->values, value);
    }
  if (has_value)
    g_ptr_array_add (cells->rows, (gpointer)title);
  else
    g_array_set_size (cells->values, before);
}

static void
collect_cells (Cells *cells, const AmDifference *difference, const AmModel *a)
{
  guint n_blocks = am_model_get_n_blocks (a);

  cells->values = g_array_new (FALSE, FALSE, sizeof (double));
  cells->rows = g_ptr_array_new ();
  cells->columns = g_ptr_array_new ();
  for (guint block = 0; block < n_blocks; block++)
    g_ptr_array_add (cells->columns, (gpointer)am_model_get_block_name (a, block));
  for (guint layer = 1; layer < AM_N_LAYER_KINDS; layer++)
    add_row (cells, difference, n_blocks, layer, am_layer_kind_get_title (layer));
  add_row (cells, difference, n_blocks, AM_LAYER_OTHER, am_layer_kind_get_title (AM_LAYER_OTHER));
  add_row (cells, difference, n_blocks, AM_N_LAYER_KINDS, "all layers");
}

gboolean
am_difference_write_png (const AmDifference *difference, const AmModel *a, const char *title,
                         const char *subtitle, const char *path, const char *recipe, GError **error)
{
  g_auto (Cells) cells = { NULL, NULL, NULL };
  AmHeatMap map = { title, subtitle, "relative L2 difference |B - A| / |A|", 0, 0, NULL, NULL, NULL };

  collect_cells (&cells, difference, a);
  if (cells.rows->len == 0)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, "%s: there is no picture to draw: %s",
                   difference->path_a,
                   cells.columns->len == 0 ? "this kind of model is not divided into blocks"
                                           : "no tensor of any block could be compared");
      return FALSE;
    }
  map.n_columns = cells.columns->len;
  map.n_rows = cells.rows->len;
  map.column_names = (const char *const *)cells.columns->pdata;
  map.row_names = (const char *const *)cells.rows->pdata;
  map.values = (const double *)(gpointer)cells.values->data;
  return am_heat_map_write_png (&map, path, recipe, error);
}
