#include <string.h>

#include "alignment-text.h"
#include "command.h"
#include "console.h"
#include "merge-run.h"

typedef struct
{
  RunFlags run;
  char **files;
  char *order;
  char *seed;
  char *architecture;
  char *dtype;
  char *picture;
  char *matching;
  char *data;
  char *preprocessing;
  char *objective;
  gint64 n_samples;
  gint n_restarts;
  gint max_sweeps;
  gint n_top;
  double tolerance;
  gboolean rotate;
  gboolean normalize;
  gboolean is_json;
} Flags;

static void
flags_clear (Flags *flags)
{
  run_flags_clear (&flags->run);
  g_clear_pointer (&flags->files, g_strfreev);
  g_clear_pointer (&flags->order, g_free);
  g_clear_pointer (&flags->seed, g_free);
  g_clear_pointer (&flags->architecture, g_free);
  g_clear_pointer (&flags->dtype, g_free);
  g_clear_pointer (&flags->picture, g_free);
  g_clear_pointer (&flags->matching, g_free);
  g_clear_pointer (&flags->data, g_free);
  g_clear_pointer (&flags->preprocessing, g_free);
  g_clear_pointer (&flags->objective, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Flags, flags_clear)

static const char summary[]
    = "Writes B with its hidden units reordered so that they match A's: by their weights (Git Re-Basin,\n"
      "weight matching), or with --data by what they say on pictures. What B computes does not change;\n"
      "merging it with A does less harm afterwards. Models that were fine-tuned from one base match\n"
      "already: then nothing moves.";

static gboolean
parse_flags (Flags *flags, int argc, char **argv)
{
  const GOptionEntry own[] = {
    { "order", 0, 0, G_OPTION_ARG_STRING, &flags->order, "in which layers are visited",
      "random|forward|backward|alternate" },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &flags->seed, "of random orders and samples (0)", "N" },
    { "restarts", 0, 0, G_OPTION_ARG_INT, &flags->n_restarts,
      "starts with another order each; the best counts (1)", "N" },
    { "sweeps", 0, 0, G_OPTION_ARG_INT, &flags->max_sweeps, "visits of each layer at most (100)", "N" },
    { "tolerance", 0, 0, G_OPTION_ARG_DOUBLE, &flags->tolerance,
      "stop when a sweep gains less than this fraction (1e-6)", "FRACTION" },
    { "rotate", 0, 0, G_OPTION_ARG_NONE, &flags->rotate, "also rotate the channels inside attention heads",
      NULL },
    { "normalize", 0, 0, G_OPTION_ARG_NONE, &flags->normalize,
      "compare units by their cosine, whatever their size", NULL },
    { "architecture", 0, 0, G_OPTION_ARG_FILENAME, &flags->architecture,
      "a description of the network, for one that is not built in", "FILE" },
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &flags->data,
      "match by activations on these pictures: a folder, IDX, CIFAR, npy, npz or safetensors", "PATH" },
    { "matching", 0, 0, G_OPTION_ARG_STRING, &flags->matching,
      "what units are compared by (activations with --data, else weights)", "weights|activations" },
    { "preprocessing", 0, 0, G_OPTION_ARG_FILENAME, &flags->preprocessing,
      "how pictures are prepared: none, torchvision, clip, vit, cifar10, mnist or a file (as the model's "
      "kind is)",
      "NAME" },
    { "samples", 0, 0, G_OPTION_ARG_INT64, &flags->n_samples, "pictures at most; 0 for all (1000)", "N" },
    { "objective", 0, 0, G_OPTION_ARG_STRING, &flags->objective,
      "what activations of two units are worth together (correlation)", "correlation|product" },
    { "dtype", 0, 0, G_OPTION_ARG_STRING, &flags->dtype, "same, fp32, fp16, bf16, fp8_e4m3fn or fp8_e5m2",
      "DTYPE" },
    { "top", 0, 0, G_OPTION_ARG_INT, &flags->n_top, "how many of the most moved layers to list (10)", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &flags->is_json, "print every layer as JSON", NULL },
    { "png", 0, 0, G_OPTION_ARG_FILENAME, &flags->picture, "draw similarity and moved units by layer",
      "FILE" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &flags->files, NULL, NULL },
    { NULL },
  };
  g_autofree GOptionEntry *entries = run_flags_add_entries (&flags->run, own);

  return cli_parse_options (argc, argv, "A B -o B_ALIGNED", summary, entries);
}

/* What is said of data, and of what is done with it. */
static const char *
find_data_fault (const Flags *flags)
{
  const gboolean by_activations = g_strcmp0 (flags->matching, "activations") == 0;

  if (flags->matching != NULL && !by_activations && strcmp (flags->matching, "weights") != 0)
    return "--matching takes weights or activations";
  if (by_activations && flags->data == NULL)
    return "--matching activations takes pictures: --data PATH";
  if (flags->matching != NULL && !by_activations && flags->data != NULL)
    return "--matching weights takes no --data";
  if (g_strcmp0 (flags->data, "") == 0)
    return "the name of the data is empty";
  if (flags->data == NULL && (flags->preprocessing != NULL || flags->objective != NULL))
    return "--preprocessing and --objective go with --data";
  if (flags->data != NULL && flags->rotate)
    return "--rotate finds rotations from weights, not from --data";
  return NULL;
}

static const char *
find_usage_fault (const Flags *flags)
{
  if (flags->files == NULL || g_strv_length (flags->files) != 2)
    return "align takes two models: the one that stays, and the one to reorder";
  if (flags->n_restarts < 1 || flags->n_restarts > 1000)
    return "--restarts takes a number from 1 to 1000";
  if (flags->max_sweeps < 1 || flags->max_sweeps > 100000)
    return "--sweeps takes a number from 1 to 100000";
  if (!(flags->tolerance >= 0 && flags->tolerance <= 1))
    return "--tolerance takes a number from 0 to 1";
  if (flags->n_samples < 0)
    return "--samples takes a number from 1 up, or 0 for all";
  if (flags->n_top < 0)
    return "--top takes a number from 0 up";
  if (flags->is_json && flags->run.is_dry_run)
    return "--json tells what moved, which a dry run does not find out";
  return find_data_fault (flags);
}

static gboolean
fill_settings (AmAlignSettings *align, const Flags *flags)
{
  align->target = AM_ALIGN_TO_FILE;
  align->file = g_strdup (flags->files[0]);
  align->restarts = (guint)flags->n_restarts;
  align->max_sweeps = (guint)flags->max_sweeps;
  align->tolerance = flags->tolerance;
  align->rotate = flags->rotate;
  align->normalise = flags->normalize;
  align->architecture = g_strdup (flags->architecture);
  align->matching = flags->data != NULL ? AM_ALIGN_BY_ACTIVATIONS : AM_ALIGN_BY_WEIGHTS;
  align->data = g_strdup (flags->data);
  align->preprocessing = g_strdup (flags->preprocessing);
  align->n_samples = (guint64)flags->n_samples;
  if (flags->order != NULL && !am_align_order_parse (flags->order, &align->order))
    cli_usage_error ("--order takes random, forward, backward or alternate");
  else if (flags->seed != NULL
           && !g_ascii_string_to_unsigned (flags->seed, 10, 0, G_MAXUINT64, &align->seed, NULL))
    cli_usage_error ("--seed takes a whole number from 0 up");
  else if (flags->objective != NULL && !am_align_objective_parse (flags->objective, &align->objective))
    cli_usage_error ("--objective takes correlation or product");
  else
    return TRUE;
  return FALSE;
}

/* Aligning is a recipe too: B passed through, aligned to A. */
static GPtrArray *
make_recipes (const Flags *flags)
{
  g_autoptr (AmRecipe) recipe = am_recipe_new ("passthrough");
  GPtrArray *recipes;

  recipe->align = am_align_settings_new ();
  if (!fill_settings (recipe->align, flags))
    return NULL;
  if (!cli_parse_dtype (flags->dtype, &recipe->out_dtype))
    {
      cli_usage_error ("--dtype takes same, fp32, fp16, bf16, fp8_e4m3fn or fp8_e5m2");
      return NULL;
    }
  g_ptr_array_add (recipe->models, am_recipe_model_new (flags->files[1]));
  recipes = g_ptr_array_new_with_free_func ((GDestroyNotify)am_recipe_free);
  g_ptr_array_add (recipes, g_steal_pointer (&recipe));
  return recipes;
}

static int
tell (const AmReport *report, const Flags *flags)
{
  const GPtrArray *alignments = am_report_get_alignments (report);
  g_autoptr (GError) failure = NULL;

  if (flags->is_json)
    {
      g_autofree char *json = am_alignments_to_json (alignments);

      cli_print_raw (json);
    }
  else if (!flags->run.is_quiet)
    {
      alignment_print (g_ptr_array_index (alignments, 0), (guint)flags->n_top);
      g_print ("Written to %s in %.1f s.\n", flags->run.output, am_report_get_seconds (report));
    }
  if (flags->picture != NULL
      && !am_alignments_write_picture (alignments, flags->picture, flags->run.is_forced, &failure))
    return cli_fail (failure);
  return CLI_DONE;
}

static void
print_plan (const AmPlan *plan, const Flags *flags)
{
  g_autofree char *memory = cli_format_size (am_plan_get_memory (plan));

  g_print ("Would reorder the units of %s (%s) to match those of %s, in about %s of memory. Nothing was "
           "written.\n",
           flags->files[1], am_model_get_title (am_plan_get_input (plan, 0)), flags->files[0], memory);
}

int
cli_align (int argc, char **argv)
{
  g_auto (Flags) flags
      = { .n_restarts = 1, .max_sweeps = 100, .tolerance = 1e-6, .n_samples = 1000, .n_top = 10 };
  g_autoptr (GPtrArray) recipes = NULL;
  g_autoptr (AmPlan) plan = NULL;
  g_autoptr (AmReport) report = NULL;
  const char *fault;
  int status;

  if (!parse_flags (&flags, argc, argv))
    return CLI_USAGE;
  fault = find_usage_fault (&flags);
  if (fault != NULL)
    return cli_usage_error ("%s", fault);
  recipes = run_flags_check (&flags.run) ? make_recipes (&flags) : NULL;
  if (recipes == NULL)
    return CLI_USAGE;
  report = cli_run_recipes (recipes, NULL, NULL, flags.picture, &flags.run, &plan, &status);
  if (report != NULL)
    return tell (report, &flags);
  if (status == CLI_DONE && !flags.run.is_quiet)
    print_plan (plan, &flags);
  return status;
}
