#include "state/run-summary.h"

#include <glib/gi18n.h>
#include <math.h>

static gboolean
is_in_network (const AmPlanTensor *tensor)
{
  return tensor->component != AM_COMPONENT_EMA && tensor->component != AM_COMPONENT_SCHEDULE
         && tensor->component != AM_COMPONENT_OTHER;
}

gboolean
am_run_summary_is_in_cell (const AmRunSummary *self, const AmPlanTensor *tensor, guint row, guint column)
{
  if (!is_in_network (tensor)
      || (self->rows[row] != AM_N_LAYER_KINDS && (guint)tensor->kind != (guint)self->rows[row]))
    return FALSE;
  if (self->has_blocks)
    return tensor->block == column;
  return strcmp (am_component_get_id (tensor->component), self->columns[column]) == 0;
}

static gboolean
counts_in_cells (const AmReport *report, guint index)
{
  return am_report_get_outcome (report, index)->is_measured
         && is_in_network (am_report_get_tensor (report, index));
}

static char **
list_components (const AmReport *report)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  gboolean is_there[AM_N_COMPONENTS] = { FALSE };

  for (guint i = 0; i < am_report_get_n_tensors (report); i++)
    if (counts_in_cells (report, i))
      is_there[am_report_get_tensor (report, i)->component] = TRUE;
  for (guint component = 0; component < AM_N_COMPONENTS; component++)
    if (is_there[component])
      g_strv_builder_add (builder, am_component_get_id (component));
  return g_strv_builder_end (builder);
}

static void
set_rows (AmRunSummary *self, const AmReport *report)
{
  gboolean is_there[AM_N_LAYER_KINDS] = { FALSE };

  for (guint i = 0; i < am_report_get_n_tensors (report); i++)
    if (counts_in_cells (report, i))
      is_there[am_report_get_tensor (report, i)->kind] = TRUE;
  self->rows = g_new (AmLayerKind, AM_N_LAYER_KINDS + 1);
  for (guint kind = 0; kind < AM_N_LAYER_KINDS; kind++)
    if (is_there[kind])
      self->rows[self->n_rows++] = kind;
  if (self->n_rows > 0)
    self->rows[self->n_rows++] = AM_N_LAYER_KINDS;
}

static void
measure_cell (AmRunSummary *self, const AmReport *report, guint row, guint column)
{
  double moved = 0, norm = 0;
  gboolean is_beyond_measure = FALSE;
  guint n = 0;

  for (guint i = 0; i < am_report_get_n_tensors (report); i++)
    {
      const AmTensorOutcome *outcome = am_report_get_outcome (report, i);

      if (!outcome->is_measured
          || !am_run_summary_is_in_cell (self, am_report_get_tensor (report, i), row, column))
        continue;
      n++;
      norm += outcome->norm * outcome->norm;
      if (isnan (outcome->relative_l2))
        is_beyond_measure = TRUE;
      else
        moved += outcome->relative_l2 * outcome->norm * outcome->relative_l2 * outcome->norm;
    }
  self->n_moved[row * self->n_columns + column] = n;
  self->moved[row * self->n_columns + column] = n == 0              ? NAN
                                                : norm > 0          ? sqrt (moved / norm)
                                                : is_beyond_measure ? INFINITY
                                                                    : 0;
}

static void
measure (AmRunSummary *self, const AmReport *report)
{
  self->moved = g_new (double, self->n_rows * self->n_columns + 1);
  self->n_moved = g_new (guint, self->n_rows * self->n_columns + 1);
  for (guint row = 0; row < self->n_rows; row++)
    for (guint column = 0; column < self->n_columns; column++)
      measure_cell (self, report, row, column);
}

static void
add_up (AmRunSummary *self, const AmReport *report)
{
  for (guint i = 0; i < am_report_get_n_tensors (report); i++)
    {
      const AmTensorOutcome *outcome = am_report_get_outcome (report, i);

      self->counts[am_report_get_tensor (report, i)->action]++;
      self->n_nan += outcome->n_nan;
      self->n_infinite += outcome->n_infinite;
      self->n_saturated += outcome->n_saturated;
    }
}

/* The report ends its warnings with one for each kind of value that is not finite or was cut off. The figures
 * say the same, and can be put into words of any language. */
static void
copy_warnings (AmRunSummary *self, const AmReport *report)
{
  const char *const *warnings = am_report_get_warnings (report);
  guint n_kinds = (self->n_nan > 0) + (self->n_infinite > 0) + (self->n_saturated > 0);
  guint n = g_strv_length ((char **)warnings);

  n -= MIN (n, n_kinds);
  self->warnings = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    self->warnings[i] = g_strdup (warnings[i]);
}

static GPtrArray *
summarise_alignments (const AmReport *report)
{
  const GPtrArray *alignments = am_report_get_alignments (report);
  GPtrArray *summaries = g_ptr_array_new_with_free_func ((GDestroyNotify)am_alignment_summary_free);

  for (guint i = 0; i < alignments->len; i++)
    g_ptr_array_add (summaries, am_alignment_summary_new (g_ptr_array_index (alignments, i)));
  return summaries;
}

AmRunSummary *
am_run_summary_new (const AmPlan *plan, const AmReport *report)
{
  AmRunSummary *self = g_new0 (AmRunSummary, 1);
  const AmModel *lead = am_plan_get_input (plan, 0);

  set_rows (self, report);
  self->has_blocks = lead != NULL && am_model_get_n_blocks (lead) > 0;
  self->columns
      = self->has_blocks ? g_strdupv ((char **)am_model_get_blocks (lead)) : list_components (report);
  self->n_columns = self->n_rows > 0 ? g_strv_length (self->columns) : 0;
  measure (self, report);
  add_up (self, report);
  copy_warnings (self, report);
  self->alignments = summarise_alignments (report);
  self->bytes_read = am_report_get_bytes_read (report);
  self->bytes_written = am_report_get_bytes_written (report);
  self->seconds = am_report_get_seconds (report);
  return self;
}

void
am_run_summary_free (AmRunSummary *self)
{
  if (self == NULL)
    return;
  g_strfreev (self->columns);
  g_strfreev (self->warnings);
  g_clear_pointer (&self->alignments, g_ptr_array_unref);
  g_free (self->rows);
  g_free (self->moved);
  g_free (self->n_moved);
  g_free (self);
}

char *
am_run_summary_dup_column_title (const AmRunSummary *self, guint column)
{
  if (!self->has_blocks)
    for (guint component = 0; component < AM_N_COMPONENTS; component++)
      if (strcmp (am_component_get_id (component), self->columns[column]) == 0)
        return g_strdup (gettext (am_component_get_title (component)));
  return g_strdup (self->columns[column]);
}

char *
am_run_summary_dup_row_title (const AmRunSummary *self, guint row)
{
  if (self->rows[row] == AM_N_LAYER_KINDS)
    return g_strdup (C_ ("layer kind", "all together"));
  return g_strdup (gettext (am_layer_kind_get_title (self->rows[row])));
}
