/* What a merge did, in figures few enough to keep for ever: for result pages and the history. */
#pragma once

#include <json-glib/json-glib.h>

#include "amalgam.h"
#include "state/alignment-summary.h"

G_BEGIN_DECLS

/**
 * AmRunSummary:
 * @has_blocks: columns are blocks; else parts of the model, by id
 * @n_columns: 0 when nothing was merged
 * @rows: [n_rows] layer kinds that occur, and %AM_N_LAYER_KINDS last, which stands for all together
 * @moved: [n_rows * n_columns] how far the merged tensors of a cell moved from the leading model, taken
 * together as one vector: |out - A| / |A|; infinity where A is 0, NAN where nothing was merged
 * @n_moved: [n_rows * n_columns] how many tensors that is
 * @alignments: (element-type AmAlignmentSummary): of the models that were aligned first; may be empty
 * @warnings: those of the report, without what the counts of values that are not finite or saturated say
 */
typedef struct
{
  gboolean has_blocks;
  guint n_columns;
  guint n_rows;
  char **columns;
  AmLayerKind *rows;
  double *moved;
  guint *n_moved;
  guint counts[AM_N_ACTIONS];
  GPtrArray *alignments;
  char **warnings;
  guint64 n_nan;
  guint64 n_infinite;
  guint64 n_saturated;
  guint64 bytes_read;
  guint64 bytes_written;
  double seconds;
} AmRunSummary;

/* @plan has been run. On any thread. Returns: (transfer full). */
AmRunSummary *am_run_summary_new (const AmPlan *plan, const AmReport *report);
void am_run_summary_free (AmRunSummary *summary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmRunSummary, am_run_summary_free)

/* The members of an object that is being built, and back from one; %NULL when the object is not of that make.
 */
void am_run_summary_add_json (const AmRunSummary *summary, JsonBuilder *builder);
AmRunSummary *am_run_summary_new_from_json (JsonObject *object);

/* Whether a tensor of the report belongs to that cell. */
gboolean am_run_summary_is_in_cell (const AmRunSummary *summary, const AmPlanTensor *tensor, guint row,
                                    guint column);

/* Names for people, translated: (transfer full). */
char *am_run_summary_dup_column_title (const AmRunSummary *summary, guint column);
char *am_run_summary_dup_row_title (const AmRunSummary *summary, guint row);

G_END_DECLS
