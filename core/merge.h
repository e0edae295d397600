/* The conductor: recipe -> plan -> merged file. */
#pragma once

#include <gio/gio.h>

#include "align/alignment.h"
#include "architecture/model.h"
#include "base/progress.h"
#include "methods/registry.h"
#include "recipe/recipe.h"

G_BEGIN_DECLS

typedef struct _AmPlan AmPlan;
typedef struct _AmReport AmReport;

/* What happens to a tensor of the output. */
typedef enum
{
  AM_ACTION_MERGED,
  AM_ACTION_MERGED_OVERLAP,        /* merged where shapes overlap, the rest copied from the larger model */
  AM_ACTION_COPIED_ONE_SIDED,      /* not in every model: copied from the first that has it */
  AM_ACTION_COPIED_SHAPE_MISMATCH, /* shapes differ: copied from the first model */
  AM_ACTION_COPIED_INTEGER,        /* integers and booleans are never blended */
  AM_ACTION_COPIED_POLICY,         /* a component policy says so */
  AM_ACTION_COPIED_TRAINING,       /* EMA copies and schedule buffers: kept, never blended */
  AM_ACTION_BAKED,                 /* from the VAE file */
  AM_ACTION_REPAIRED,              /* position_ids put back to 0..76 */
  AM_ACTION_DISCARDED,             /* pruned or matched by discard */
  AM_N_ACTIONS,
} AmAction;

const char *am_action_get_id (AmAction action);    /* "merged", "copied_one_sided", ... */
const char *am_action_get_title (AmAction action); /* for people */

typedef struct
{
  const char *name; /* in the output */
  AmAction action;
  const char *reason; /* a sentence, or %NULL */
  AmDtype dtype;      /* in the output */
  guint n_dims;
  const guint64 *shape;
  guint64 size; /* bytes in the output; 0 when discarded */
  guint block;  /* of the leading model, or AM_BLOCK_NONE */
  AmComponent component;
  AmLayerKind kind;
  double ratio; /* main ratio that applies, NAN when the method has none */
} AmPlanTensor;

typedef struct
{
  guint n_threads;           /* 0: as many as useful */
  guint64 memory_limit;      /* bytes; 0: none. Fewer threads run until am_plan_get_memory() fits; a plan that
                                does not even fit with one says so in its warnings */
  gboolean no_metadata;      /* leave recipe, hashes and web-UI keys out of the header */
  gboolean no_sync;          /* skip fsync */
  gboolean force;            /* replace an existing output */
  gboolean measure;          /* how far each tensor moved, for the report; costs some time */
  const char *recipe_folder; /* where relative model paths and pinned inputs are looked for, or %NULL */
} AmMergeOptions;

/**
 * am_plan_new:
 * @recipes: stages; not changed
 *
 * Opens the inputs of the (last) stage (headers only), understands them, and decides for each tensor what
 * happens. Complaints that can be mended come back together, one per line, in one error.
 *
 * Returns: (transfer full) (nullable). Errors: NOT_FOUND, CORRUPT, MISMATCH, BAD_RECIPE, UNSUPPORTED.
 */
AmPlan *am_plan_new (const GPtrArray *recipes, const AmMergeOptions *options, GError **error);
void am_plan_free (AmPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmPlan, am_plan_free)

guint am_plan_get_n_tensors (const AmPlan *plan);
const AmPlanTensor *am_plan_get_tensor (const AmPlan *plan, guint index);
guint am_plan_count (const AmPlan *plan, AmAction action);
const char *const *am_plan_get_warnings (const AmPlan *plan); /* %NULL-terminated */
guint am_plan_get_n_inputs (const AmPlan *plan);              /* base first when there is one */
const AmModel *am_plan_get_input (const AmPlan *plan, guint index);
const char *am_plan_get_input_path (const AmPlan *plan, guint index);
guint64 am_plan_get_output_size (const AmPlan *plan);
guint64 am_plan_get_memory (const AmPlan *plan); /* estimate, bytes */
guint64 am_plan_get_read_size (const AmPlan *plan);

/* The inputs that am_merge_run() reorders first, to align them; empty when the recipe asks for no alignment.
 * (element-type AmAlignment), borrowed. */
const GPtrArray *am_plan_get_alignments (const AmPlan *plan);

/* Whether @path is a file of an input or the description of their network (same device and inode), of earlier
 * stages too once they have run. */
gboolean am_plan_is_input (const AmPlan *plan, const char *path);

/* Whether @output may be written as am_merge_run() would: it is no input, and what exists there may be
 * replaced. Errors: NOT_WRITABLE. */
gboolean am_plan_check_output (const AmPlan *plan, const char *output, GError **error);

/**
 * am_merge_run:
 * @plan: may be run several times, not concurrently
 * @output: path of the result; a folder when the recipe asks for shards
 * @progress: (nullable)
 * @cancellable: (nullable): polled once per block
 *
 * Writes to a temporary file beside @output and renames it when all is on disk. On failure or cancel nothing
 * is left and an existing @output is untouched. Never modifies an input.
 *
 * Returns: (transfer full) (nullable): the report. Errors: all.
 */
AmReport *am_merge_run (AmPlan *plan, const char *output, const AmProgress *progress,
                        GCancellable *cancellable, GError **error);

/* How far a tensor moved from the leading model (base, or A). */
typedef struct
{
  gboolean is_measured;
  double relative_l2; /* |out - A| / |A|; NAN for A = 0 */
  double cosine;      /* NAN where a norm is 0 */
  double norm;        /* of A: with relative_l2, figures of several tensors can be added up */
  guint64 n_nan;      /* in the output */
  guint64 n_infinite;
  guint64 n_saturated;
} AmTensorOutcome;

void am_report_free (AmReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmReport, am_report_free)
guint am_report_get_n_tensors (const AmReport *report); /* same order as the plan */
const AmPlanTensor *am_report_get_tensor (const AmReport *report, guint index);
const AmTensorOutcome *am_report_get_outcome (const AmReport *report, guint index);
double am_report_get_seconds (const AmReport *report);
guint64 am_report_get_bytes_read (const AmReport *report);
guint64 am_report_get_bytes_written (const AmReport *report);
const char *const *am_report_get_warnings (const AmReport *report);
const char *am_report_get_recipe (const AmReport *report); /* YAML as embedded */

/* What was reordered to align the inputs, of the last stage. (element-type AmAlignment), borrowed. */
const GPtrArray *am_report_get_alignments (const AmReport *report);

/* Stable JSON, documented in docs/report.md. */
char *am_report_to_json (const AmReport *report);

G_END_DECLS
