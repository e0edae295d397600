#include <errno.h>

#include <glib/gstdio.h>

#include "command.h"
#include "console.h"
#include "interrupt.h"
#include "merge-summary.h"
#include "terminal-progress.h"

#define DEMO_METHOD "weighted_sum"
#define DEMO_PRESET "GRAD_V"

typedef struct
{
  char *base;
  char *style;
  char *merged;
  char *report;
  char *picture;
} Files;

static void
files_clear (Files *files)
{
  g_clear_pointer (&files->base, g_free);
  g_clear_pointer (&files->style, g_free);
  g_clear_pointer (&files->merged, g_free);
  g_clear_pointer (&files->report, g_free);
  g_clear_pointer (&files->picture, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Files, files_clear)

static gboolean
make_models (Files *files, const char *folder, GError **error)
{
  if (g_mkdir_with_parents (folder, 0777) != 0)
    {
      am_set_error_errno (error, errno, folder, "create");
      return FALSE;
    }
  files->merged = g_build_filename (folder, "merged.safetensors", NULL);
  files->report = g_build_filename (folder, "report.json", NULL);
  files->picture = g_build_filename (folder, "moved.png", NULL);
  return am_demo_write_models (folder, &files->base, &files->style, error);
}

static GPtrArray *
make_recipes (const Files *files, GError **error)
{
  g_autoptr (GPtrArray) recipes = g_ptr_array_new_with_free_func ((GDestroyNotify)am_recipe_free);
  AmBlockWeights *weights = am_block_weights_parse (DEMO_PRESET, error);
  AmRecipe *recipe = am_recipe_new (DEMO_METHOD);

  g_ptr_array_add (recipes, recipe);
  if (weights == NULL)
    return NULL;
  g_ptr_array_add (recipe->models, am_recipe_model_new (files->base));
  g_ptr_array_add (recipe->models, am_recipe_model_new (files->style));
  g_hash_table_insert (recipe->blocks, g_strdup (""), weights);
  return g_steal_pointer (&recipes);
}

static gboolean
merge (const Files *files, GError **error)
{
  g_autoptr (GPtrArray) recipes = make_recipes (files, error);
  AmMergeOptions options = { .force = TRUE, .measure = TRUE, .no_sync = TRUE };
  g_autoptr (AmPlan) plan = recipes != NULL ? am_plan_new (recipes, &options, error) : NULL;
  g_autoptr (AmReport) report = NULL;
  g_autofree char *json = NULL;
  CliProgress progress;

  if (plan == NULL)
    return FALSE;
  cli_progress_init (&progress, FALSE);
  report = am_merge_run (plan, files->merged, &progress.progress, cli_interrupt_watch (), error);
  cli_progress_clear (&progress);
  if (report == NULL)
    return FALSE;
  cli_warn (am_report_get_warnings (report));
  merge_print_report (plan, report, g_ptr_array_index (recipes, 0), files->merged);
  json = am_report_to_json (report);
  return cli_save_text (files->report, json, error);
}

static gboolean
draw (const Files *files, GError **error)
{
  g_autoptr (AmCheckpoint) a = am_checkpoint_open (files->base, error);
  g_autoptr (AmCheckpoint) b = a != NULL ? am_checkpoint_open (files->merged, error) : NULL;
  g_autoptr (AmModel) model_a = NULL;
  g_autoptr (AmModel) model_b = NULL;
  g_autoptr (AmDifference) difference = NULL;
  GHashTable *metadata;

  if (b == NULL)
    return FALSE;
  model_a = am_model_new (a);
  model_b = am_model_new (b);
  difference = am_difference_new (a, model_a, b, model_b, 0, NULL, cli_interrupt_watch (), error);
  if (difference == NULL)
    return FALSE;
  metadata = am_checkpoint_get_metadata (b);
  return am_difference_write_png (
      difference, model_a, "How far the merge moved from its base",
      "two small checkpoints of Stable Diffusion 1.5 layout, " DEMO_METHOD " with block weights " DEMO_PRESET,
      files->picture, metadata != NULL ? g_hash_table_lookup (metadata, AM_RECIPE_METADATA_KEY) : NULL,
      error);
}

static int
run (const char *folder)
{
  g_auto (Files) files = { NULL, NULL, NULL, NULL, NULL };
  g_autoptr (GError) failure = NULL;

  if (!make_models (&files, folder, &failure))
    return cli_fail (failure);
  g_print ("Wrote two small models of Stable Diffusion 1.5 layout, with random values:\n  %s\n  %s\n",
           files.base, files.style);
  if (!merge (&files, &failure) || !draw (&files, &failure))
    return cli_fail (failure);
  g_print ("What happened to every tensor: %s\nWhat moved where, as a picture: %s\n", files.report,
           files.picture);
  g_print ("\nThe same by hand:\n  amalgam merge %s %s -m %s --blocks %s -o OUT.safetensors\n", files.base,
           files.style, DEMO_METHOD, DEMO_PRESET);
  g_print ("  amalgam diff %s %s --png OUT.png\n  amalgam merge %s -o AGAIN.safetensors\n", files.base,
           files.merged, files.picture);
  return CLI_DONE;
}

int
cli_demo (int argc, char **argv)
{
  g_auto (GStrv) folders = NULL;
  const GOptionEntry entries[] = {
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &folders, NULL, NULL },
    { NULL },
  };

  if (!cli_parse_options (
          argc, argv, "[FOLDER]",
          "Writes two small models into FOLDER (amalgam-demo), merges them with block weights and draws\n"
          "the heat map.",
          entries))
    return CLI_USAGE;
  if (folders != NULL && g_strv_length (folders) > 1)
    return cli_usage_error ("demo takes one folder");
  return run (folders != NULL ? folders[0] : "amalgam-demo");
}
