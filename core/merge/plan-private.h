/* Inside of a plan, for core/merge alone. */
#pragma once

#include "dataset/dataset.h"
#include "merge.h"
#include "merge/input.h"
#include "methods/method.h"
#include "statistics/statistics.h"

G_BEGIN_DECLS

#define AM_NOT_MERGED G_MAXUINT

/**
 * AmPlanned: a tensor of the output, or one left out.
 * @public: what front ends see
 * @source: input it is copied from, or whose shape it has
 * @source_tensor: tensor of that input; %NULL for a repaired one
 * @tensors: [n_inputs] for merged ones: the tensor of each input; else %NULL
 * @merged: number among the merged tensors, or %AM_NOT_MERGED
 * @statistics: [n_models] when the method uses statistics and every model has one of this tensor; else NULL
 * @method: how the method sees it; parameters and statistics are owned by the plan
 */
typedef struct
{
  AmPlanTensor public;
  guint source;
  const AmTensor *source_tensor;
  const AmTensor **tensors;
  guint merged;
  const AmStatistic **statistics;
  AmMethodTensor method;
} AmPlanned;

struct _AmPlan
{
  AmRecipe *recipe;       /* the last stage, brought into order: base not among the models */
  GPtrArray *stages;      /* all stages as given: AmRecipe */
  GPtrArray *stage_plans; /* while running several stages: the plans of the earlier ones, borrowed; or NULL */
  GHashTable *stage_files; /* paths of earlier stages' results -> stage name, borrowed; or NULL */
  AmMergeOptions options;
  char *recipe_folder;
  const AmMethod *method;
  GPtrArray *inputs; /* AmInput: base first when there is one, then the models; later VAE files */
  guint n_inputs;    /* of the method */
  guint n_models;
  gboolean has_base;
  AmMethodRun run;
  double *run_parameters;
  GPtrArray *tensors; /* AmPlanned */
  guint n_merged;
  GHashTable *policy_files; /* component id -> input number + 1 */
  GPtrArray *alignments;    /* AmAlignment: of the inputs that are reordered first */
  guint align_input;        /* what they are aligned to */
  GHashTable *data_digests; /* path of a data set as written -> its digest */
  GPtrArray *statistics;    /* AmStatistics of each model, for methods that use them; else empty */
  gboolean is_aligned;      /* their checkpoints hand out reordered values by now */
  GPtrArray *warnings;      /* char *, NULL-terminated once finished */
  GPtrArray *complaints;    /* char * */
  AmError complaint_code;
  GStringChunk *strings;
  gboolean is_conversion; /* everything is copied */
};

/* The leading model's number among the inputs is 0: the base, or A. */
static inline AmInput *
am_plan_input (const AmPlan *plan, guint index)
{
  return g_ptr_array_index (plan->inputs, index);
}

static inline AmPlanned *
am_plan_planned (const AmPlan *plan, guint index)
{
  return g_ptr_array_index (plan->tensors, index);
}

/* Input number of model @model (base excluded). */
static inline guint
am_plan_model_input (const AmPlan *plan, guint model)
{
  return model + (plan->has_base ? 1 : 0);
}

/* Whether @input is the result of an earlier stage rather than a file of the user's. */
static inline gboolean
am_plan_is_stage_result (const AmPlan *plan, const AmInput *input)
{
  return plan->stage_files != NULL && g_hash_table_contains (plan->stage_files, input->path);
}

void am_plan_warn (AmPlan *plan, const char *format, ...) G_GNUC_PRINTF (2, 3);
void am_plan_complain (AmPlan *plan, AmError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* A complaint made of @error's message; takes @error. */
void am_plan_complain_error (AmPlan *plan, GError *error);

/* What the recipe says about a component, or %NULL; @id gets the key it says it under. All text encoders
 * follow "text_encoder" where they have no entry of their own. */
const AmPolicy *am_plan_find_policy (const AmPlan *plan, AmComponent component, const char **id);

/* Decides what happens to every tensor: fills plan->tensors. */
void am_plan_decide (AmPlan *plan);

/* Finds what is needed to align the inputs, when the recipe asks for it. */
void am_plan_prepare_alignment (AmPlan *plan);

/* Aligns them, once. Errors: those of am_alignments_run(). */
gboolean am_plan_align (AmPlan *plan, const AmProgress *progress, GCancellable *cancellable, GError **error);

/* Opens the statistics of the models; their files become inputs behind the others. */
void am_plan_open_statistics (AmPlan *plan);

/* @digests: path of an input -> its SHA-256. Errors: MISMATCH for statistics of another model. */
gboolean am_plan_check_origins (const AmPlan *plan, GHashTable *digests, GError **error);

/* Finds the statistics of each merged tensor. */
void am_plan_bind_statistics (AmPlan *plan);

/* The same once they were measured. Errors: MISMATCH. */
gboolean am_plan_bind_measured (AmPlan *plan, GError **error);

/* A path as written, or beside the recipe where it is there. (transfer full) */
char *am_plan_find_beside (const AmPlan *plan, const char *path);

/* The same of data; a file that moved is found by the digest the recipe pins, if that is known. (transfer
 * full) */
char *am_plan_find_data (const AmPlan *plan, const char *written, const char *pinned);

/* Whether @dataset, which the recipe calls @written, is the one it pins; keeps the digest for the recipe in
 * the output. @pinned: (nullable). Errors: MISMATCH, NOT_READABLE. */
gboolean am_plan_check_digest (AmPlan *plan, const AmDataset *dataset, const char *written,
                               const char *pinned, GError **error);

/* Whether the data is there for methods that measure while they merge. */
void am_plan_check_data (AmPlan *plan);

/* Measures for these methods, once; what is measured lies beside @output for as long as the plan lives.
 * Errors: those of am_merged_prefix_measure(). */
gboolean am_plan_measure (AmPlan *plan, const char *output, const AmProgress *progress,
                          GCancellable *cancellable, GError **error);

/* Opens an input and adds it to the plan, or complains. Returns: (transfer none) (nullable). */
AmInput *am_plan_open_input (AmPlan *plan, const char *path, const char *sha256);

/* Adds a line to @lines for each thing that stands in for the method's formula, with the number of tensors,
 * unless the line is there already. */
void am_plan_list_stand_ins (const AmPlan *plan, GPtrArray *lines);

/* Threads that will run, within the memory limit. */
guint am_plan_get_n_threads (const AmPlan *plan);

/* Warns when not even one thread fits the memory limit. */
void am_plan_warn_about_memory (AmPlan *plan);

/* Resolves parameters and block weights of the merged tensors. */
void am_plan_set_parameters (AmPlan *plan);

/* A plan of one stage whose inputs exist. @stages are all stages, for the recipe in the output;
 * @stage_files become the plan's. */
AmPlan *am_plan_new_stage (const AmRecipe *recipe, const GPtrArray *stages, GHashTable *stage_files,
                           const AmMergeOptions *options, GError **error);

/* Whether @path is no input of the plan or of an earlier stage that ran for it. Errors: NOT_WRITABLE. */
gboolean am_plan_check_is_no_input (const AmPlan *plan, const char *path, GError **error);

/* Runs a plan of one stage. */
AmReport *am_plan_run (AmPlan *plan, const char *output, const AmProgress *progress,
                       GCancellable *cancellable, GError **error);

/* A plan that copies all of @path: for am_convert(). */
AmPlan *am_plan_new_conversion (const AmRecipe *recipe, const AmMergeOptions *options, GError **error);

G_END_DECLS
