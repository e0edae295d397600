#include "merge-run.h"

#include <glib/gstdio.h>
#include <string.h>

#include "command.h"
#include "console.h"
#include "interrupt.h"
#include "terminal-progress.h"

void
run_flags_clear (RunFlags *flags)
{
  g_clear_pointer (&flags->output, g_free);
  g_clear_pointer (&flags->report, g_free);
  g_clear_pointer (&flags->memory, g_free);
}

static guint
count_entries (const GOptionEntry *entries)
{
  guint n = 0;

  while (entries[n].long_name != NULL)
    n++;
  return n;
}

GOptionEntry *
run_flags_add_entries (RunFlags *flags, const GOptionEntry *entries)
{
  const GOptionEntry shared[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &flags->output, "where the result goes", "OUT" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &flags->n_threads, "the result does not depend on it", "N" },
    { "memory", 0, 0, G_OPTION_ARG_STRING, &flags->memory,
      "run fewer threads to need no more than this, as in 200MB", "SIZE" },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &flags->is_dry_run, "say what would happen and write nothing",
      NULL },
    { "report", 0, 0, G_OPTION_ARG_FILENAME, &flags->report, "write what happened to every tensor as JSON",
      "FILE" },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &flags->is_forced, "replace an existing output and report", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &flags->is_quiet, "print errors only", NULL },
    { "no-metadata", 0, 0, G_OPTION_ARG_NONE, &flags->no_metadata,
      "leave the recipe and hashes out of the output", NULL },
    { "no-sync", 0, 0, G_OPTION_ARG_NONE, &flags->no_sync, "do not wait for the disk", NULL },
    { NULL },
  };
  guint n_own = count_entries (entries), n_shared = count_entries (shared);
  GOptionEntry *all = g_new0 (GOptionEntry, n_own + n_shared + 1);

  memcpy (all, entries, n_own * sizeof *all);
  memcpy (all + n_own, shared, n_shared * sizeof *all);
  return all;
}

gboolean
run_flags_check (RunFlags *flags)
{
  g_autoptr (GError) failure = NULL;

  if (flags->output == NULL && !flags->is_dry_run)
    cli_usage_error ("where should the result go? -o OUT");
  else if (g_strcmp0 (flags->output, "") == 0)
    cli_usage_error ("the name of the output is empty");
  else if (flags->n_threads < 0 || flags->n_threads > 1024)
    cli_usage_error ("--threads takes a number from 1 to 1024");
  else if (flags->memory != NULL && !am_size_parse (flags->memory, &flags->memory_limit, &failure))
    cli_usage_error ("--memory: %s", failure->message);
  else
    return TRUE;
  return FALSE;
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

/* A report or picture replaces what stands under its name only when told so, and never a model or the recipe.
 */
static gboolean
check_side_file (const AmPlan *plan, const char *path, const char *recipe_file, const RunFlags *flags,
                 GError **error)
{
  if (path == NULL)
    return TRUE;
  if (am_plan_is_input (plan, path) || (recipe_file != NULL && is_same_file (path, recipe_file)))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
                 "%s is one of the inputs; inputs are never changed: choose another name for it", path);
  else if (flags->output != NULL && is_same_file (path, flags->output))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s is the output: choose another name for it",
                 path);
  else if (!flags->is_forced && g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s exists; use --force to replace it", path);
  else
    return cli_check_small_file (path, error);
  return FALSE;
}

static gboolean
check_side_files_differ (const char *extra_output, const RunFlags *flags, GError **error)
{
  if (extra_output == NULL || flags->report == NULL || !is_same_file (extra_output, flags->report))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s is the report too: choose another name for it",
               extra_output);
  return FALSE;
}

/* The recipe named on the command line is an input too. */
static gboolean
check_output (const char *recipe_file, const RunFlags *flags, GError **error)
{
  if (recipe_file == NULL || flags->output == NULL || !is_same_file (flags->output, recipe_file))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
               "%s is the recipe; inputs are never changed: choose another name for the output",
               flags->output);
  return FALSE;
}

static AmReport *
run_plan (AmPlan *plan, const char *recipe_file, const RunFlags *flags, GError **error)
{
  CliProgress progress;
  g_autoptr (AmReport) report = NULL;
  g_autofree char *json = NULL;

  cli_progress_init (&progress, flags->is_quiet);
  report = am_merge_run (plan, flags->output, &progress.progress, cli_interrupt_watch (), error);
  cli_progress_clear (&progress);
  if (report == NULL)
    return NULL;
  if (!flags->is_quiet)
    cli_warn (am_report_get_warnings (report));
  if (flags->report == NULL)
    return g_steal_pointer (&report);
  json = am_report_to_json (report);
  if (!check_side_file (plan, flags->report, recipe_file, flags, error)
      || !cli_save_text (flags->report, json, error))
    return NULL;
  return g_steal_pointer (&report);
}

static AmReport *
try_run (const GPtrArray *recipes, const char *recipe_file, const char *folder, const char *extra_output,
         const RunFlags *flags, AmPlan **plan, GError **error)
{
  AmMergeOptions options = {
    .n_threads = (guint)flags->n_threads,
    .memory_limit = flags->memory_limit,
    .no_metadata = flags->no_metadata,
    .no_sync = flags->no_sync,
    .force = flags->is_forced,
    .measure = flags->report != NULL,
    .recipe_folder = folder,
  };

  *plan = am_plan_new (recipes, &options, error);
  if (*plan == NULL || !check_side_file (*plan, flags->report, recipe_file, flags, error)
      || !check_side_file (*plan, extra_output, recipe_file, flags, error)
      || !check_side_files_differ (extra_output, flags, error) || !check_output (recipe_file, flags, error))
    return NULL;
  if (!flags->is_dry_run)
    return run_plan (*plan, recipe_file, flags, error);
  if (flags->output == NULL || am_plan_check_output (*plan, flags->output, error))
    cli_warn (am_plan_get_warnings (*plan));
  return NULL;
}

AmReport *
cli_run_recipes (const GPtrArray *recipes, const char *recipe_file, const char *folder,
                 const char *extra_output, const RunFlags *flags, AmPlan **plan, int *status)
{
  g_autoptr (GError) failure = NULL;
  AmReport *report = try_run (recipes, recipe_file, folder, extra_output, flags, plan, &failure);

  *status = failure != NULL ? cli_fail (failure) : CLI_DONE;
  return report;
}
