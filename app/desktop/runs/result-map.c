#include "runs/result-map.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/readable.h"
#include "runs/run-words.h"

static char **
list_columns (const AmRunSummary *summary)
{
  char **names = g_new0 (char *, summary->n_columns + 1);

  for (guint i = 0; i < summary->n_columns; i++)
    names[i] = am_run_summary_dup_column_title (summary, i);
  return names;
}

static char **
list_rows (const AmRunSummary *summary)
{
  char **names = g_new0 (char *, summary->n_rows + 1);

  for (guint i = 0; i < summary->n_rows; i++)
    names[i] = am_run_summary_dup_row_title (summary, i);
  return names;
}

gboolean
am_result_map_is_there (AmHistoryEntry *entry)
{
  const AmRunSummary *summary = am_history_entry_get_summary (entry);

  return summary != NULL && summary->n_columns > 0 && summary->n_rows > 0 && summary->moved != NULL;
}

static char *
describe_cell (guint row, guint column, gpointer user_data)
{
  const AmRunSummary *summary = am_history_entry_get_summary (user_data);
  guint cell = row * summary->n_columns + column;
  g_autofree char *block = am_run_summary_dup_column_title (summary, column);
  g_autofree char *kind = am_run_summary_dup_row_title (summary, row);
  g_autofree char *moved = am_run_words_percent (summary->moved[cell]);
  g_autofree char *count = am_readable_count (summary->n_moved[cell]);

  if (isnan (summary->moved[cell]))
    /* Translators: block and kind of layer. */
    return g_strdup_printf (_ ("%s, %s: nothing merged"), block, kind);
  /* Translators: block, kind of layer, percent and a number, as in "OUT05, self-attention: moved by 12.3 %, 8
   * tensors". */
  return g_strdup_printf (
      ngettext ("%s, %s: moved by %s, %s tensor", "%s, %s: moved by %s, %s tensors", summary->n_moved[cell]),
      block, kind, moved, count);
}

void
am_result_map_show (AmHeatMapView *view, AmHistoryEntry *entry)
{
  const AmRunSummary *summary = am_history_entry_get_summary (entry);
  const char *const nothing[] = { NULL };
  g_auto (GStrv) columns = NULL;
  g_auto (GStrv) rows = NULL;

  am_heat_map_view_select (view, -1, -1);
  if (!am_result_map_is_there (entry))
    {
      am_heat_map_view_set_describe (view, NULL, NULL, NULL);
      am_heat_map_view_set_data (view, nothing, nothing, NULL);
      return;
    }
  columns = list_columns (summary);
  rows = list_rows (summary);
  am_heat_map_view_set_describe (view, describe_cell, g_object_ref (entry), g_object_unref);
  am_heat_map_view_set_data (view, (const char *const *)columns, (const char *const *)rows, summary->moved);
}

/* Pictures are written in the few letters the core can draw: names stay as they are, untranslated. */
static const char **
list_plain_rows (const AmRunSummary *summary)
{
  const char **names = g_new0 (const char *, summary->n_rows + 1);

  for (guint i = 0; i < summary->n_rows; i++)
    names[i] = summary->rows[i] == AM_N_LAYER_KINDS ? "all" : am_layer_kind_get_title (summary->rows[i]);
  return names;
}

gboolean
am_result_map_export (AmHistoryEntry *entry, const char *path, GError **error)
{
  const AmRunSummary *summary = am_history_entry_get_summary (entry);
  g_autofree const char **rows = list_plain_rows (summary);
  const AmHeatMap map = {
    .title = am_history_entry_get_title (entry),
    .subtitle = am_history_entry_get_method (entry),
    .legend = "moved by",
    .n_columns = summary->n_columns,
    .n_rows = summary->n_rows,
    .column_names = (const char *const *)summary->columns,
    .row_names = rows,
    .values = summary->moved,
  };

  return am_heat_map_write_png (&map, path, am_history_entry_get_yaml (entry), error);
}
