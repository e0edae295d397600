#include <glib/gstdio.h>
#include <string.h>

#include "command.h"
#include "console.h"
#include "data-flags.h"
#include "interrupt.h"
#include "statistics-summary.h"
#include "terminal-progress.h"

/* With more classes a backward pass for each takes long. */
#define MOST_EXACT_CLASSES 32

typedef struct
{
  DataFlags data;
  char **files;
  char *output;
  char *kinds;
  char *estimator;
  AmMeasureSettings settings;
  gint widest;
  gboolean adds;
  gboolean is_json;
  gboolean is_forced;
  gboolean is_quiet;
  gboolean no_sync;
} Flags;

static void
flags_clear (Flags *flags)
{
  data_flags_clear (&flags->data);
  g_clear_pointer (&flags->files, g_strfreev);
  g_clear_pointer (&flags->output, g_free);
  g_clear_pointer (&flags->kinds, g_free);
  g_clear_pointer (&flags->estimator, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Flags, flags_clear)

static const char summary[]
    = "What a vision model does on data, for the methods fisher and regmean: squared gradients of each "
      "example,\n"
      "Gram matrices of layers' inputs; and sums and squares of their outputs. Recipes name the file as the\n"
      "model's 'statistics'. With --add the files are statistics of parts of the data, whose sum is written.";

static gboolean
parse_flags (Flags *flags, int argc, char **argv)
{
  const GOptionEntry own[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &flags->output, "where the statistics go", "OUT" },
    { "kind", 0, 0, G_OPTION_ARG_STRING, &flags->kinds, "which of fisher,gram,moments (all of them)",
      "KINDS" },
    { "estimator", 0, 0, G_OPTION_ARG_STRING, &flags->estimator,
      "Fisher over all classes, one drawn for each example, or the label (exact; above 32 classes sampled)",
      "exact|sampled|empirical" },
    { "diagonal", 0, 0, G_OPTION_ARG_NONE, &flags->settings.diagonal, "only the diagonals of Gram matrices",
      NULL },
    { "widest", 0, 0, G_OPTION_ARG_INT, &flags->widest, "no Gram matrices of layers with more inputs (4608)",
      "N" },
    { "add", 0, 0, G_OPTION_ARG_NONE, &flags->adds, "add up files of statistics", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &flags->is_json, "print what was measured as JSON", NULL },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &flags->is_forced, "replace an existing output", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &flags->is_quiet, "print errors only", NULL },
    { "no-sync", 0, 0, G_OPTION_ARG_NONE, &flags->no_sync, "do not wait for the disk", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &flags->files, NULL, NULL },
    { NULL },
  };
  g_autofree GOptionEntry *entries = data_flags_add_entries (&flags->data, own);

  return cli_parse_options (argc, argv, "MODEL --data PATH -o OUT", summary, entries);
}

static const char *
find_usage_fault (const Flags *flags)
{
  guint n = flags->files != NULL ? g_strv_length (flags->files) : 0;

  if (!flags->adds && n != 1)
    return "statistics takes one model; --add adds up files of statistics";
  if (flags->adds && n == 0)
    return "which statistics? --add takes one file or several";
  if (flags->adds
      && (flags->data.data != NULL || flags->kinds != NULL || flags->estimator != NULL
          || flags->settings.diagonal || flags->widest != 0))
    return "--add measures nothing: it goes with --output, --json, --force, --quiet and --no-sync";
  if (flags->output == NULL)
    return "where should the statistics go? -o OUT";
  if (flags->output[0] == '\0')
    return "the name of the output is empty";
  if (flags->widest < 0)
    return "--widest takes a number from 1 up";
  return NULL;
}

static gboolean
fill_settings (Flags *flags)
{
  AmMeasureSettings *settings = &flags->settings;
  g_autoptr (GError) failure = NULL;

  settings->seed = flags->data.seed;
  settings->n_samples = (guint64)flags->data.n_samples;
  settings->batch_size = (guint)flags->data.batch_size;
  settings->n_threads = (guint)flags->data.n_threads;
  settings->widest_gram = (guint)flags->widest;
  if (!am_statistic_kinds_parse (flags->kinds != NULL ? flags->kinds : "fisher,gram,moments",
                                 &settings->kinds, &failure))
    cli_usage_error ("--kind: %s", failure->message);
  else if (flags->estimator != NULL && !am_estimator_parse (flags->estimator, &settings->estimator))
    cli_usage_error ("--estimator takes exact, sampled or empirical");
  else
    return TRUE;
  return FALSE;
}

static gboolean
is_same_file (const char *a, const char *b)
{
  GStatBuf info_a, info_b;

  return g_stat (a, &info_a) == 0 && g_stat (b, &info_b) == 0 && info_a.st_dev == info_b.st_dev
         && info_a.st_ino == info_b.st_ino;
}

static gboolean
refuse_input (const char *path, GError **error)
{
  g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
               "%s is one of the inputs; inputs are never changed: choose another name for the output", path);
  return FALSE;
}

/* Found out before hours of work. */
static gboolean
check_output (const Flags *flags, GError **error)
{
  if (flags->data.data != NULL && is_same_file (flags->data.data, flags->output))
    return refuse_input (flags->output, error);
  for (guint i = 0; flags->files[i] != NULL; i++)
    if (is_same_file (flags->files[i], flags->output))
      return refuse_input (flags->output, error);
  if (flags->is_forced || !g_file_test (flags->output, G_FILE_TEST_EXISTS))
    return cli_check_small_file (flags->output, error);
  g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s exists; use --force to replace it", flags->output);
  return FALSE;
}

static void
choose_estimator (Flags *flags, const AmVisionNetwork *network)
{
  guint64 n_classes = am_vision_network_get_n_classes (network);

  if (flags->estimator != NULL || n_classes <= MOST_EXACT_CLASSES
      || (flags->settings.kinds & (1u << AM_STATISTIC_FISHER)) == 0)
    return;
  flags->settings.estimator = AM_ESTIMATOR_SAMPLED;
  if (!flags->is_quiet)
    g_printerr (
        "There are %lu classes, so the Fisher takes one that is drawn for each example; --estimator exact "
        "takes all.\n",
        (gulong)n_classes);
}

static AmStatisticsSums *
measure (Flags *flags, GError **error)
{
  g_autoptr (AmVisionNetwork) network = data_flags_open_network (&flags->data, flags->files[0], error);
  g_autoptr (AmDataset) dataset = NULL;
  AmStatisticsSums *sums;
  CliProgress progress;

  if (network == NULL)
    return NULL;
  if (am_checkpoint_is_file (am_vision_network_get_checkpoint (network), flags->output))
    {
      refuse_input (flags->output, error);
      return NULL;
    }
  dataset = data_flags_open_data (&flags->data, network, flags->is_quiet, error);
  if (dataset == NULL)
    return NULL;
  choose_estimator (flags, network);
  cli_progress_init (&progress, flags->is_quiet);
  sums = am_statistics_measure (network, dataset, &flags->settings, &progress.progress,
                                cli_interrupt_watch (), error);
  cli_progress_clear (&progress);
  return sums;
}

static AmStatisticsSums *
add_up (const Flags *flags, GError **error)
{
  g_autoptr (AmStatisticsSums) sums = am_statistics_sums_new ();

  for (guint i = 0; flags->files[i] != NULL; i++)
    {
      g_autoptr (AmStatistics) statistics = am_statistics_open (flags->files[i], error);

      if (statistics == NULL || !am_statistics_sums_add_file (sums, statistics, error))
        return NULL;
    }
  return g_steal_pointer (&sums);
}

static int
tell (const Flags *flags, const AmStatisticsSums *sums, GError **error)
{
  g_autoptr (AmStatistics) statistics = am_statistics_open (flags->output, error);

  if (statistics == NULL)
    return CLI_FAILED;
  if (flags->is_json)
    statistics_summary_print_json (statistics, sums);
  else if (!flags->is_quiet)
    statistics_summary_print (statistics, sums);
  return CLI_DONE;
}

static int
run (Flags *flags)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AmStatisticsSums) sums = NULL;

  if (!check_output (flags, &failure))
    return cli_fail (failure);
  sums = flags->adds ? add_up (flags, &failure) : measure (flags, &failure);
  if (sums == NULL
      || !am_statistics_sums_write (sums, flags->output, flags->is_forced, !flags->no_sync, &failure))
    return cli_fail (failure);
  return tell (flags, sums, &failure) == CLI_DONE ? CLI_DONE : cli_fail (failure);
}

int
cli_statistics (int argc, char **argv)
{
  g_auto (Flags) flags = { .widest = 0 };
  const char *fault;

  if (!parse_flags (&flags, argc, argv))
    return CLI_USAGE;
  fault = find_usage_fault (&flags);
  if (fault != NULL)
    return cli_usage_error ("%s", fault);
  if (!data_flags_check (&flags.data, !flags.adds) || !fill_settings (&flags))
    return CLI_USAGE;
  return run (&flags);
}
