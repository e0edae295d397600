#include <glib/gstdio.h>
#include <string.h>

#include "command.h"
#include "console.h"
#include "interrupt.h"
#include "merge-recipe.h"
#include "merge-summary.h"
#include "terminal-progress.h"

typedef struct
{
  MergeFlags recipe;
  char *output;
  char *report;
  char *memory;
  guint64 memory_limit;
  gint n_threads;
  gboolean is_dry_run;
  gboolean is_forced;
  gboolean is_quiet;
  gboolean no_metadata;
  gboolean no_sync;
} Flags;

static void
flags_clear (Flags *flags)
{
  merge_flags_clear (&flags->recipe);
  g_clear_pointer (&flags->output, g_free);
  g_clear_pointer (&flags->report, g_free);
  g_clear_pointer (&flags->memory, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Flags, flags_clear)

static const char summary[]
    = "Merges MODELs, or runs a recipe again: a YAML file, a merged .safetensors or sharded folder, or a\n"
      "picture made by 'amalgam diff --png'. A model is a file, a sharded folder or a diffusers folder.";

static gboolean
parse_flags (Flags *flags, int argc, char **argv)
{
  MergeFlags *recipe = &flags->recipe;
  const GOptionEntry entries[] = {
    { "method", 'm', 0, G_OPTION_ARG_STRING, &recipe->method, "how to merge; see 'amalgam methods'",
      "METHOD" },
    { "parameter", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &recipe->parameters,
      "a parameter of the method; a comma list gives each model its own value", "NAME=VALUE" },
    { "base", 0, 0, G_OPTION_ARG_FILENAME, &recipe->base, "the model the others come from", "MODEL" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &flags->output, "where the result goes", "OUT" },
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
    { "threads", 0, 0, G_OPTION_ARG_INT, &flags->n_threads, "the result does not depend on it", "N" },
    { "memory", 0, 0, G_OPTION_ARG_STRING, &flags->memory,
      "run fewer threads to need no more than this, as in 200MB", "SIZE" },
    { "shard-size", 0, 0, G_OPTION_ARG_STRING, &recipe->shard_size,
      "write a folder of files this large, as in 5GB", "SIZE" },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &flags->is_dry_run, "say what would happen and write nothing",
      NULL },
    { "report", 0, 0, G_OPTION_ARG_FILENAME, &flags->report, "write what happened to every tensor as JSON",
      "FILE" },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &flags->is_forced, "replace an existing output and report", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &flags->is_quiet, "print errors only", NULL },
    { "no-metadata", 0, 0, G_OPTION_ARG_NONE, &flags->no_metadata,
      "leave the recipe and hashes out of the output", NULL },
    { "no-sync", 0, 0, G_OPTION_ARG_NONE, &flags->no_sync, "do not wait for the disk", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &recipe->files, NULL, NULL },
    { NULL },
  };

  return cli_parse_options (argc, argv, "RECIPE -o OUT\n  amalgam merge MODEL MODEL... -m METHOD -o OUT",
                            summary, entries);
}

static gboolean
is_same_file (const char *a, const char *b)
{
  g_autofree char *path_a = g_canonicalize_filename (a, NULL);
  g_autofree char *path_b = g_canonicalize_filename (b, NULL);
  GStatBuf info_a, info_b;

  if (g_stat (a, &info_a) == 0 && g_stat (b, &info_b) == 0)
    return info_a.st_dev == info_b.st_dev && info_a.st_ino == info_b.st_ino;
  return strcmp (path_a, path_b) == 0;
}

/* A report replaces what stands under its name only when told so, and never a model or the recipe. */
static gboolean
check_report (const AmPlan *plan, const Flags *flags, GError **error)
{
  const char *recipe = flags->recipe.method == NULL ? flags->recipe.files[0] : NULL;

  if (flags->report == NULL)
    return TRUE;
  if (am_plan_is_input (plan, flags->report) || (recipe != NULL && is_same_file (flags->report, recipe)))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
                 "%s is one of the inputs; inputs are never changed: choose another name for the report",
                 flags->report);
  else if (flags->output != NULL && is_same_file (flags->report, flags->output))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
                 "%s is the output: choose another name for the report", flags->report);
  else if (!flags->is_forced && g_file_test (flags->report, G_FILE_TEST_IS_REGULAR))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s exists; use --force to replace it",
                 flags->report);
  else
    return cli_check_small_file (flags->report, error);
  return FALSE;
}

/* The recipe named on the command line is an input too. */
static gboolean
check_output (const Flags *flags, GError **error)
{
  if (flags->recipe.method != NULL || flags->output == NULL
      || !is_same_file (flags->output, flags->recipe.files[0]))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
               "%s is the recipe; inputs are never changed: choose another name for the output",
               flags->output);
  return FALSE;
}

static int
run_plan (AmPlan *plan, const AmRecipe *recipe, const Flags *flags)
{
  CliProgress progress;
  g_autoptr (AmReport) report = NULL;
  g_autoptr (GError) failure = NULL;

  cli_progress_init (&progress, flags->is_quiet);
  report = am_merge_run (plan, flags->output, &progress.progress, cli_interrupt_watch (), &failure);
  cli_progress_clear (&progress);
  if (report == NULL)
    return cli_fail (failure);
  if (!flags->is_quiet)
    {
      cli_warn (am_report_get_warnings (report));
      merge_print_report (plan, report, recipe, flags->output);
    }
  if (flags->report != NULL)
    {
      g_autofree char *json = am_report_to_json (report);

      if (!check_report (plan, flags, &failure) || !cli_save_text (flags->report, json, &failure))
        return cli_fail (failure);
    }
  return CLI_DONE;
}

static int
plan_and_run (const GPtrArray *recipes, const char *folder, const Flags *flags)
{
  const AmRecipe *recipe = g_ptr_array_index (recipes, recipes->len - 1);
  AmMergeOptions options = {
    .n_threads = (guint)flags->n_threads,
    .memory_limit = flags->memory_limit,
    .no_metadata = flags->no_metadata,
    .no_sync = flags->no_sync,
    .force = flags->is_forced,
    .measure = flags->report != NULL,
    .recipe_folder = folder,
  };
  g_autoptr (GError) failure = NULL;
  g_autoptr (AmPlan) plan = am_plan_new (recipes, &options, &failure);

  if (plan == NULL || !check_report (plan, flags, &failure) || !check_output (flags, &failure))
    return cli_fail (failure);
  if (!flags->is_dry_run)
    return run_plan (plan, recipe, flags);
  if (flags->output != NULL && !am_plan_check_output (plan, flags->output, &failure))
    return cli_fail (failure);
  cli_warn (am_plan_get_warnings (plan));
  if (!flags->is_quiet)
    merge_print_plan (plan, recipe);
  return CLI_DONE;
}

int
cli_merge (int argc, char **argv)
{
  g_auto (Flags) flags = { 0 };
  g_autoptr (GPtrArray) recipes = NULL;
  g_autofree char *folder = NULL;
  g_autoptr (GError) failure = NULL;
  int status;

  if (!parse_flags (&flags, argc, argv))
    return CLI_USAGE;
  if (flags.output == NULL && !flags.is_dry_run)
    return cli_usage_error ("where should the result go? -o OUT");
  if (g_strcmp0 (flags.output, "") == 0)
    return cli_usage_error ("the name of the output is empty");
  if (flags.n_threads < 0 || flags.n_threads > 1024)
    return cli_usage_error ("--threads takes a number from 1 to 1024");
  if (flags.memory != NULL && !am_size_parse (flags.memory, &flags.memory_limit, &failure))
    return cli_usage_error ("--memory: %s", failure->message);
  recipes = merge_recipes_new (&flags.recipe, &folder, &status);
  return recipes != NULL ? plan_and_run (recipes, folder, &flags) : status;
}
