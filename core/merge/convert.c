#include "convert.h"

#include "merge/plan-private.h"

static AmRecipe *
make_recipe (const char *input, const AmConvertOptions *options)
{
  AmRecipe *recipe = am_recipe_new ("passthrough");

  g_ptr_array_add (recipe->models, am_recipe_model_new (input));
  recipe->out_dtype = options->dtype;
  recipe->prune = options->prune;
  recipe->shard_size = options->shard_size;
  if (options->vae != NULL)
    {
      AmPolicy *policy = g_new0 (AmPolicy, 1);

      policy->type = AM_POLICY_FILE;
      policy->file = g_strdup (options->vae);
      g_hash_table_insert (recipe->components, g_strdup (am_component_get_id (AM_COMPONENT_VAE)), policy);
    }
  return recipe;
}

AmReport *
am_convert (const char *input, const char *output, const AmConvertOptions *options,
            const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  g_autoptr (AmRecipe) recipe = make_recipe (input, options);
  AmMergeOptions merge_options = {
    .n_threads = options->n_threads,
    .memory_limit = options->memory_limit,
    .force = options->force,
    .no_sync = options->no_sync,
    .no_metadata = options->no_metadata,
  };
  g_autoptr (AmPlan) plan = am_plan_new_conversion (recipe, &merge_options, error);

  if (plan == NULL)
    return NULL;
  return am_plan_run (plan, output, progress, cancellable, error);
}
