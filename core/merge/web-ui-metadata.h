/* The keys web UIs and model sites read: sd_merge_recipe, sd_merge_models, modelspec.*. */
#pragma once

#include "merge/plan-private.h"

G_BEGIN_DECLS

/* Adds the keys that fit the models at hand. @digests: path -> SHA-256, zeros where unknown yet. Depends on
 * the recipe and the inputs alone: no date, no output name. */
void am_web_ui_metadata_add (GHashTable *table, const AmPlan *plan, GHashTable *digests);

G_END_DECLS
