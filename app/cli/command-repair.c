#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "command.h"
#include "console.h"
#include "data-flags.h"
#include "interrupt.h"
#include "terminal-progress.h"

/* Below it, statistics say more about the samples than about the units. */
#define FEW_SAMPLES 100

typedef struct
{
  DataFlags data;
  char **files;
  char **parents;
  char *output;
  char *method_name;
  char *memory;
  guint64 memory_limit; /* what @memory says */
  AmRepairMethod method;
  double ratio;
  gint n_top;
  gboolean is_json;
  gboolean is_quiet;
  gboolean is_forced;
  gboolean no_sync;
} Flags;

static void
flags_clear (Flags *flags)
{
  data_flags_clear (&flags->data);
  g_clear_pointer (&flags->files, g_strfreev);
  g_clear_pointer (&flags->parents, g_strfreev);
  g_clear_pointer (&flags->output, g_free);
  g_clear_pointer (&flags->method_name, g_free);
  g_clear_pointer (&flags->memory, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Flags, flags_clear)

static const char summary[]
    = "Gives the units of a merged vision model the mean and spread that its parents' have on pictures\n"
      "(REPAIR), or its batch norms the statistics of what reaches them (RESET, which needs no parents).\n"
      "Merging takes much of both away, and accuracy with it. Pictures need no labels. Parents are the "
      "models\n"
      "as they were merged: pass B aligned where the merge aligned it.";

static gboolean
parse_flags (Flags *flags, int argc, char **argv)
{
  const GOptionEntry own[] = {
    { "parents", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &flags->parents,
      "the models that were merged: --parents A B", "A" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &flags->output, "where the result goes", "OUT" },
    { "method", 0, 0, G_OPTION_ARG_STRING, &flags->method_name,
      "batch norms' statistics, units' mean and spread layer by layer, or from the parents alone (auto: "
      "reset where "
      "there are batch norms, else rescale)",
      "auto|reset|rescale|closed_form" },
    { "ratio", 0, 0, G_OPTION_ARG_DOUBLE, &flags->ratio, "share of B in the merge (found from the weights)",
      "T" },
    { "memory", 0, 0, G_OPTION_ARG_STRING, &flags->memory,
      "room for values of all samples, as in 2GB (half of what is free)", "SIZE" },
    { "top", 0, 0, G_OPTION_ARG_INT, &flags->n_top, "how many layers to list, the most collapsed first (10)",
      "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &flags->is_json, "print every layer as JSON", NULL },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &flags->is_forced, "replace an existing output", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &flags->is_quiet, "print errors only", NULL },
    { "no-sync", 0, 0, G_OPTION_ARG_NONE, &flags->no_sync, "do not wait for the disk", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &flags->files, NULL, NULL },
    { NULL },
  };
  g_autofree GOptionEntry *entries = data_flags_add_entries (&flags->data, own);

  return cli_parse_options (argc, argv, "MERGED [--parents A B] --data PATH -o OUT", summary, entries);
}

/* "--parents A B" as "--parents A --parents B": the option takes all words up to the next option. (transfer
 * container) */
static char **
spread_parents (int argc, char **argv, int *n)
{
  char **words = g_new0 (char *, 2 * (gsize)argc + 1);
  gboolean is_parent = FALSE;

  *n = 0;
  for (int i = 0; i < argc; i++)
    {
      const gboolean is_option = argv[i][0] == '-';

      if (is_parent && !is_option)
        words[(*n)++] = (char *)"--parents";
      if (strcmp (argv[i], "--parents") != 0)
        words[(*n)++] = argv[i];
      else if (i + 1 == argc || argv[i + 1][0] == '-')
        words[(*n)++] = argv[i];
      if (is_option)
        is_parent = strcmp (argv[i], "--parents") == 0;
    }
  return words;
}

static const char *
find_usage_fault (Flags *flags)
{
  const guint n_parents = flags->parents != NULL ? g_strv_length (flags->parents) : 0;

  if (flags->files == NULL || g_strv_length (flags->files) != 1)
    return "repair takes one merged model, in front of --parents: MERGED --parents A B";
  if (flags->output == NULL || flags->output[0] == '\0')
    return "where should the result go? -o OUT";
  if (flags->method_name != NULL && !am_repair_method_parse (flags->method_name, &flags->method))
    return "--method takes auto, reset, rescale or closed_form";
  if (!isnan (flags->ratio) && !(flags->ratio >= 0 && flags->ratio <= 1))
    return "--ratio takes a number from 0 to 1";
  if (!isnan (flags->ratio) && n_parents != 2)
    return "--ratio says where the merge lies between two parents";
  if (n_parents == 1)
    return "--parents takes all models that were merged: two or more";
  if (n_parents == 0 && (flags->method == AM_REPAIR_RESCALE || flags->method == AM_REPAIR_CLOSED_FORM))
    return "this method gives units what their parents have: --parents A B";
  if (flags->n_top < 0)
    return "--top takes a number from 0 up";
  return NULL;
}

static gboolean
check_memory (Flags *flags)
{
  g_autoptr (GError) failure = NULL;

  if (flags->memory == NULL || am_size_parse (flags->memory, &flags->memory_limit, &failure))
    return TRUE;
  cli_usage_error ("--memory: %s", failure->message);
  return FALSE;
}

static gboolean
is_same_file (const char *a, const char *b)
{
  GStatBuf info_a, info_b;

  return g_stat (a, &info_a) == 0 && g_stat (b, &info_b) == 0 && info_a.st_dev == info_b.st_dev
         && info_a.st_ino == info_b.st_ino;
}

/* Before the work, not after it. */
static gboolean
check_output (const Flags *flags, GError **error)
{
  gboolean is_input
      = is_same_file (flags->output, flags->files[0]) || is_same_file (flags->output, flags->data.data);

  for (guint i = 0; flags->parents != NULL && flags->parents[i] != NULL; i++)
    is_input = is_input || is_same_file (flags->output, flags->parents[i]);
  if (is_input)
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
                 "%s is one of the inputs; inputs are never changed: choose another name for the output",
                 flags->output);
  else if (!flags->is_forced && g_file_test (flags->output, G_FILE_TEST_IS_REGULAR))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s exists; use --force to replace it",
                 flags->output);
  else
    return cli_check_small_file (flags->output, error);
  return FALSE;
}

static void
free_network (gpointer network)
{
  am_vision_network_free (network);
}

static GPtrArray *
open_parents (const Flags *flags, GError **error)
{
  g_autoptr (GPtrArray) parents = g_ptr_array_new_with_free_func (free_network);

  for (guint i = 0; flags->parents != NULL && flags->parents[i] != NULL; i++)
    {
      AmVisionNetwork *parent = data_flags_open_network (&flags->data, flags->parents[i], error);

      if (parent == NULL)
        return NULL;
      g_ptr_array_add (parents, parent);
    }
  return g_steal_pointer (&parents);
}

/* The most collapsed first, resets last; equal ones in the order of the network. */
static gint
order_layers (gconstpointer a, gconstpointer b)
{
  const AmRepairedLayer *first = *(const AmRepairedLayer *const *)a;
  const AmRepairedLayer *second = *(const AmRepairedLayer *const *)b;

  if (first->is_reset != second->is_reset)
    return first->is_reset - second->is_reset;
  if (!first->is_reset && first->deviation_before != second->deviation_before)
    return first->deviation_before < second->deviation_before ? -1 : 1;
  return (first > second) - (first < second);
}

static void
print_layer (const AmRepairedLayer *layer)
{
  g_autofree char *units = layer->n_dead > 0 ? g_strdup_printf ("%u (%u dead)", layer->n_units, layer->n_dead)
                                             : g_strdup_printf ("%u", layer->n_units);
  const double error = MAX (layer->mean_error, layer->deviation_error);

  if (layer->is_reset)
    g_print ("  %14s  %8s  %8s  %8.1e  %s (reset)\n", units, "-", "-", error, layer->name);
  else
    g_print ("  %14s  %7.1f%%  %7.1f%%  %8.1e  %s\n", units, 100.0 * layer->deviation_before,
             100.0 * layer->deviation_after, error, layer->name);
}

/* Batch norms have no parents' spread to be compared with. */
static void
print_resets (const AmRepair *repair)
{
  const guint n = am_repair_get_n_layers (repair);
  double error = 0.0;

  for (guint i = 0; i < n; i++)
    {
      const AmRepairedLayer *layer = am_repair_get_layer (repair, i);

      error = fmax (error, fmax (layer->mean_error, layer->deviation_error));
    }
  g_print (
      "Batch norms have the mean and spread of what reaches them; the greatest error left is %.1e spreads.\n",
      error);
}

static void
print_layers (const AmRepair *repair, guint n_layers)
{
  const guint n = am_repair_get_n_layers (repair);
  g_autoptr (GPtrArray) order = g_ptr_array_new ();

  if (n_layers == 0)
    return;
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (order, (gpointer)am_repair_get_layer (repair, i));
  g_ptr_array_sort (order, order_layers);
  g_print ("Spread of units as a share of the parents', and the greatest error left, in spreads:\n"
           "  %14s  %8s  %8s  %8s  layer\n",
           "units", "before", "after", "error");
  for (guint i = 0; i < MIN (n, n_layers); i++)
    print_layer (order->pdata[i]);
  if (n > n_layers)
    g_print ("  and %u more; --json lists them all\n", n - n_layers);
}

static void
print_repair (const AmRepair *repair, const Flags *flags)
{
  const char *const *names = am_repair_get_new_tensors (repair);
  g_autofree char *count = cli_format_count (am_repair_get_n_samples (repair));
  g_autofree char *ratio = cli_format_number (round (am_repair_get_ratio (repair) * 1e4) / 1e4);
  guint n_new = 0;

  while (names[n_new] != NULL)
    n_new++;
  g_print ("%s: %u layers repaired (%s) on %s samples", flags->files[0], am_repair_get_n_layers (repair),
           am_repair_method_get_id (am_repair_get_method (repair)), count);
  if (isnan (am_repair_get_ratio (repair)))
    g_print (".\n");
  else
    g_print (", %s of the way from %s to %s.\n", ratio, flags->parents[0], flags->parents[1]);
  if (am_repair_get_method (repair) == AM_REPAIR_RESET)
    print_resets (repair);
  else
    print_layers (repair, (guint)flags->n_top);
  if (am_repair_get_method (repair) == AM_REPAIR_RESET && flags->parents != NULL)
    g_print ("Parents were not needed for that; --method rescale brings sums of blocks and the last layer to "
             "theirs.\n");
  if (n_new > 0)
    g_print ("%u layer%s had no bias and %s one now.\n", n_new, n_new == 1 ? "" : "s",
             n_new == 1 ? "has" : "have");
  g_print ("Written to %s.\n", flags->output);
}

static void
tell (const AmRepair *repair, const Flags *flags)
{
  g_autofree char *json = flags->is_json ? am_repair_to_json (repair) : NULL;

  if (!flags->is_quiet && am_repair_get_n_samples (repair) < FEW_SAMPLES)
    g_printerr ("amalgam: warning: %" G_GUINT64_FORMAT
                " samples are few to measure statistics on; take some hundreds\n",
                am_repair_get_n_samples (repair));
  if (json != NULL)
    cli_print_raw (json);
  else if (!flags->is_quiet)
    print_repair (repair, flags);
}

static AmRepairSettings
get_settings (const Flags *flags)
{
  return (AmRepairSettings){ .method = flags->method,
                             .ratio = flags->ratio,
                             .n_samples = (guint64)flags->data.n_samples,
                             .seed = flags->data.seed,
                             .batch_size = (guint)flags->data.batch_size,
                             .n_threads = (guint)flags->data.n_threads,
                             .memory = flags->memory_limit };
}

static gboolean
repair_file (const Flags *flags, GError **error)
{
  const AmRepairSettings settings = get_settings (flags);
  g_autoptr (AmVisionNetwork) merged = NULL;
  g_autoptr (GPtrArray) parents = NULL;
  g_autoptr (AmDataset) dataset = NULL;
  g_autoptr (AmRepair) repair = NULL;
  CliProgress progress;

  if (!check_output (flags, error))
    return FALSE;
  merged = data_flags_open_network (&flags->data, flags->files[0], error);
  parents = merged != NULL ? open_parents (flags, error) : NULL;
  dataset = parents != NULL ? data_flags_open_data (&flags->data, merged, flags->is_quiet, error) : NULL;
  if (dataset == NULL)
    return FALSE;
  cli_progress_init (&progress, flags->is_quiet);
  repair = am_repair_new (merged, (AmVisionNetwork *const *)parents->pdata, parents->len, dataset, &settings,
                          &progress.progress, cli_interrupt_watch (), error);
  cli_progress_clear (&progress);
  if (repair == NULL || !am_repair_write (repair, flags->output, flags->is_forced, !flags->no_sync, error))
    return FALSE;
  tell (repair, flags);
  return TRUE;
}

int
cli_repair (int argc, char **argv)
{
  g_auto (Flags) flags = { .ratio = NAN, .n_top = 10 };
  g_autoptr (GError) failure = NULL;
  int n_words;
  g_autofree char **words = spread_parents (argc, argv, &n_words);
  const char *fault;

  if (!parse_flags (&flags, n_words, words))
    return CLI_USAGE;
  fault = find_usage_fault (&flags);
  if (fault != NULL)
    return cli_usage_error ("%s", fault);
  if (!data_flags_check (&flags.data, TRUE) || !check_memory (&flags))
    return CLI_USAGE;
  return repair_file (&flags, &failure) ? CLI_DONE : cli_fail (failure);
}
