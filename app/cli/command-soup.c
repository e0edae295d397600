#include <math.h>
#include <string.h>

#include "command.h"
#include "console.h"
#include "data-flags.h"
#include "interrupt.h"
#include "terminal-progress.h"

typedef struct
{
  DataFlags data;
  char **files;
  char *output;
  char *kind_name;
  char *command;
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
  g_clear_pointer (&flags->output, g_free);
  g_clear_pointer (&flags->kind_name, g_free);
  g_clear_pointer (&flags->command, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Flags, flags_clear)

static const char summary[]
    = "Averages models that were fine-tuned from one base: all of them (uniform), or best first those with\n"
      "which the average becomes strictly better (greedy). What better means a data set says, or a command\n"
      "that prints a number for the checkpoint it is given as $1 or {}. A run that was stopped goes on "
      "where\n"
      "it was.";

static gboolean
parse_flags (Flags *flags, int argc, char **argv)
{
  const GOptionEntry own[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &flags->output, "where the soup goes", "SOUP" },
    { "kind", 0, 0, G_OPTION_ARG_STRING, &flags->kind_name,
      "(greedy with --data or --evaluate, else uniform)", "greedy|uniform" },
    { "evaluate", 0, 0, G_OPTION_ARG_STRING, &flags->command,
      "run by the shell for each checkpoint; its last line is the score, higher is better", "CMD" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &flags->is_json, "print scores and choices as JSON", NULL },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &flags->is_forced, "replace an existing soup", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &flags->is_quiet, "print errors only", NULL },
    { "no-sync", 0, 0, G_OPTION_ARG_NONE, &flags->no_sync, "do not wait for the disk", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &flags->files, NULL, NULL },
    { NULL },
  };
  g_autofree GOptionEntry *entries = data_flags_add_entries (&flags->data, own);

  return cli_parse_options (argc, argv, "MODEL MODEL... -o SOUP", summary, entries);
}

static gboolean
has_evaluator (const Flags *flags)
{
  return flags->command != NULL || flags->data.data != NULL;
}

static const char *
find_usage_fault (const Flags *flags)
{
  if (flags->files == NULL || flags->files[1] == NULL)
    return "soup takes two models or more";
  if (flags->output == NULL)
    return "where should the soup go? -o SOUP";
  if (*flags->output == '\0')
    return "the name of the output is empty";
  if (flags->command != NULL && flags->data.data != NULL)
    return "--data and --evaluate are two ways to score models: choose one";
  if (g_strcmp0 (flags->command, "") == 0)
    return "--evaluate takes a command";
  if (flags->kind_name != NULL && strcmp (flags->kind_name, "greedy") != 0
      && strcmp (flags->kind_name, "uniform") != 0)
    return "--kind takes greedy or uniform";
  if (g_strcmp0 (flags->kind_name, "greedy") == 0 && !has_evaluator (flags))
    return "a greedy soup needs something that scores models: --data PATH or --evaluate CMD";
  return NULL;
}

static AmSoupKind
choose_kind (const Flags *flags)
{
  if (flags->kind_name != NULL)
    return strcmp (flags->kind_name, "greedy") == 0 ? AM_SOUP_GREEDY : AM_SOUP_UNIFORM;
  return has_evaluator (flags) ? AM_SOUP_GREEDY : AM_SOUP_UNIFORM;
}

/* The data as the first model wants it. */
static AmDataset *
open_data (const Flags *flags, GError **error)
{
  g_autoptr (AmVisionNetwork) network = data_flags_open_network (&flags->data, flags->files[0], error);
  AmDataset *dataset
      = network != NULL ? data_flags_open_data (&flags->data, network, flags->is_quiet, error) : NULL;

  if (dataset != NULL && !flags->is_quiet)
    data_flags_tell_about_classes (dataset, network);
  return dataset;
}

static AmEvaluator *
make_evaluator (const Flags *flags, AmDataset *dataset)
{
  AmEvaluateSettings settings = { .n_samples = (guint64)flags->data.n_samples,
                                  .seed = flags->data.seed,
                                  .batch_size = (guint)flags->data.batch_size,
                                  .n_threads = (guint)flags->data.n_threads };

  if (flags->command != NULL)
    return am_evaluator_new_command (flags->command);
  return am_evaluator_new_dataset (dataset, flags->data.architecture, flags->data.head, &settings);
}

static void
print_step (const Flags *flags, const AmSoupStep *step)
{
  g_autofree char *score = am_number_to_text (step->score);
  const char *note = "";

  if (!step->is_alone)
    note = step->is_kept ? "  joins" : "  stays out";
  else if (step->is_kept)
    note = "  the best";
  g_print ("  %-8s %-20s %s%s\n", step->is_alone ? "alone" : "together", score, flags->files[step->model],
           note);
}

static void
print_soup (const Flags *flags, const AmSoup *soup)
{
  g_autofree char *score = am_number_to_text (am_soup_get_score (soup));
  guint n = am_soup_get_n_ingredients (soup), n_resumed = am_soup_get_n_resumed (soup);

  for (guint i = 0; i < am_soup_get_n_steps (soup); i++)
    print_step (flags, am_soup_get_step (soup, i));
  if (n_resumed > 0)
    g_print ("%u score%s taken over from an earlier run.\n", n_resumed, n_resumed == 1 ? " was" : "s were");
  if (n == 1)
    g_print ("No average is better than %s alone.\n", flags->files[am_soup_get_ingredient (soup, 0)]);
  else
    g_print ("The average of %u of %u models", n, g_strv_length (flags->files));
  if (n > 1 && !isnan (am_soup_get_score (soup)))
    g_print (" scores %s", score);
  g_print ("%sWritten to %s.\n", n == 1 ? "" : ".\n", flags->output);
}

static int
tell (const Flags *flags, const AmSoup *soup)
{
  if (!flags->is_quiet)
    cli_warn (am_soup_get_warnings (soup));
  if (flags->is_json)
    {
      g_autofree char *json = am_soup_to_json (soup);

      cli_print_raw (json);
    }
  else if (!flags->is_quiet)
    print_soup (flags, soup);
  return CLI_DONE;
}

/* What was found out is not lost; a message about the record itself says what to do with it. */
static void
tell_about_state (const Flags *flags, const GError *failure)
{
  g_autofree char *path = am_soup_get_state_path (flags->output);

  if (strstr (failure->message, path) == NULL && g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_printerr ("The scores so far are kept in %s: the same command goes on from there.\n", path);
}

static int
make_soup (const Flags *flags)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AmDataset) dataset = NULL;
  g_autoptr (AmEvaluator) evaluator = NULL;
  g_autoptr (AmSoup) soup = NULL;
  CliProgress progress;
  int status;

  if (flags->data.data != NULL && (dataset = open_data (flags, &failure)) == NULL)
    return cli_fail (failure);
  if (has_evaluator (flags))
    evaluator = make_evaluator (flags, dataset);
  cli_progress_init (&progress, flags->is_quiet);
  soup = am_soup_cook (choose_kind (flags), (const char *const *)flags->files, evaluator, flags->output,
                       flags->is_forced, !flags->no_sync, &progress.progress, cli_interrupt_watch (),
                       &failure);
  cli_progress_clear (&progress);
  if (soup != NULL)
    return tell (flags, soup);
  status = cli_fail (failure);
  if (!g_error_matches (failure, AM_ERROR, AM_ERROR_MISMATCH))
    tell_about_state (flags, failure);
  return status;
}

int
cli_soup (int argc, char **argv)
{
  g_auto (Flags) flags = { 0 };
  const char *fault;

  if (!parse_flags (&flags, argc, argv))
    return CLI_USAGE;
  fault = find_usage_fault (&flags);
  if (fault != NULL)
    return cli_usage_error ("%s", fault);
  return data_flags_check (&flags.data, FALSE) ? make_soup (&flags) : CLI_USAGE;
}
