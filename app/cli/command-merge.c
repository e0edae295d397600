#include "command.h"
#include "console.h"
#include "merge-recipe.h"
#include "merge-run.h"
#include "merge-summary.h"

typedef struct
{
  MergeFlags recipe;
  RunFlags run;
} Flags;

static void
flags_clear (Flags *flags)
{
  merge_flags_clear (&flags->recipe);
  run_flags_clear (&flags->run);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Flags, flags_clear)

static const char summary[]
    = "Merges MODELs, or runs a recipe again: a YAML file, a merged .safetensors or sharded folder, or a\n"
      "picture made by 'amalgam diff --png'. A model is a file, a sharded folder or a diffusers folder.";

static gboolean
parse_flags (Flags *flags, int argc, char **argv)
{
  MergeFlags *recipe = &flags->recipe;
  const GOptionEntry own[] = {
    { "method", 'm', 0, G_OPTION_ARG_STRING, &recipe->method, "how to merge; see 'amalgam methods'",
      "METHOD" },
    { "parameter", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &recipe->parameters,
      "a parameter of the method; a comma list gives each model its own value", "NAME=VALUE" },
    { "base", 0, 0, G_OPTION_ARG_FILENAME, &recipe->base, "the model the others come from", "MODEL" },
    { "blocks", 0, 0, G_OPTION_ARG_STRING_ARRAY, &recipe->blocks,
      "the ratio for each block: a preset, or numbers; PARAMETER=... for another parameter", "WEIGHTS" },
    { "blocks-file", 0, 0, G_OPTION_ARG_FILENAME, &recipe->blocks_file, "presets of your own for --blocks",
      "FILE" },
    { "elements", 0, 0, G_OPTION_ARG_STRING_ARRAY, &recipe->elements,
      "the ratio for parts of blocks: BLOCKS:ELEMENTS:RATIO,...", "RULES" },
    { "time-embed", 0, 0, G_OPTION_ARG_STRING, &recipe->time_embed, "the ratio of the time embedding",
      "RATIO" },
    { "dtype", 0, 0, G_OPTION_ARG_STRING, &recipe->dtype, "same, fp32, fp16, bf16, fp8_e4m3fn or fp8_e5m2",
      "DTYPE" },
    { "vae", 0, 0, G_OPTION_ARG_FILENAME, &recipe->vae, "where the VAE comes from", "a|b|merge|FILE" },
    { "text-encoder", 0, 0, G_OPTION_ARG_FILENAME, &recipe->text_encoder, "where text encoders come from",
      "a|b|merge" },
    { "clamp", 0, 0, G_OPTION_ARG_NONE, &recipe->clamp, "keep every value within the range of the inputs",
      NULL },
    { "discard", 0, 0, G_OPTION_ARG_STRING_ARRAY, &recipe->discard, "leave out tensors whose names match",
      "REGEX" },
    { "prune", 0, 0, G_OPTION_ARG_NONE, &recipe->prune, "leave out EMA copies and training leftovers", NULL },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &recipe->seed, "for methods that draw random numbers", "N" },
    { "align", 0, 0, G_OPTION_ARG_NONE, &recipe->align,
      "reorder the units of the other models first so that they match the first one's, or the base's", NULL },
    { "shard-size", 0, 0, G_OPTION_ARG_STRING, &recipe->shard_size,
      "write a folder of files this large, as in 5GB", "SIZE" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &recipe->files, NULL, NULL },
    { NULL },
  };
  g_autofree GOptionEntry *entries = run_flags_add_entries (&flags->run, own);

  return cli_parse_options (argc, argv, "RECIPE -o OUT\n  amalgam merge MODEL MODEL... -m METHOD -o OUT",
                            summary, entries);
}

int
cli_merge (int argc, char **argv)
{
  g_auto (Flags) flags = { 0 };
  g_autoptr (GPtrArray) recipes = NULL;
  g_autofree char *folder = NULL;
  g_autoptr (AmPlan) plan = NULL;
  g_autoptr (AmReport) report = NULL;
  const AmRecipe *recipe;
  int status;

  if (!parse_flags (&flags, argc, argv) || !run_flags_check (&flags.run))
    return CLI_USAGE;
  recipes = merge_recipes_new (&flags.recipe, &folder, &status);
  if (recipes == NULL)
    return status;
  report = cli_run_recipes (recipes, flags.recipe.method == NULL ? flags.recipe.files[0] : NULL, folder, NULL,
                            &flags.run, &plan, &status);
  recipe = g_ptr_array_index (recipes, recipes->len - 1);
  if (status != CLI_DONE || flags.run.is_quiet)
    return status;
  if (report != NULL)
    merge_print_report (plan, report, recipe, flags.run.output);
  else
    merge_print_plan (plan, recipe);
  return status;
}
