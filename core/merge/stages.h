/* Recipes of several stages, where a stage uses results of earlier ones. */
#pragma once

#include "merge.h"

G_BEGIN_DECLS

/* While planning: files of the names and shapes the earlier stages will have, without their data. */
typedef struct _AmStagePlaceholders AmStagePlaceholders;

/* Plans every stage but the last. @stages are borrowed. Errors: those of am_plan_new(), naming the stage. */
AmStagePlaceholders *am_stage_placeholders_new (const GPtrArray *stages, const AmMergeOptions *options,
                                                GError **error);
void am_stage_placeholders_free (AmStagePlaceholders *placeholders);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmStagePlaceholders, am_stage_placeholders_free)

/* The last stage, its model paths pointing at the placeholders. Borrowed. */
const AmRecipe *am_stage_placeholders_get_last (const AmStagePlaceholders *placeholders);

/* Path of a placeholder -> name of its stage. Borrowed. */
GHashTable *am_stage_placeholders_get_names (const AmStagePlaceholders *placeholders);

/* Runs all stages; results of earlier ones are kept beside @output while they are needed. */
AmReport *am_stages_run (AmPlan *plan, const char *output, const AmProgress *progress,
                         GCancellable *cancellable, GError **error);

G_END_DECLS
