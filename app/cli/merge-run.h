/* Running recipes: the options and the checks that commands share which do so. */
#pragma once

#include "amalgam.h"

typedef struct
{
  char *output;
  char *report;
  char *memory;
  guint64 memory_limit; /* what @memory says */
  gint n_threads;
  gboolean is_dry_run;
  gboolean is_forced;
  gboolean is_quiet;
  gboolean no_metadata;
  gboolean no_sync;
} RunFlags;

void run_flags_clear (RunFlags *flags);

/* The options in @entries (ended by a %NULL name) and those that fill @flags. (transfer container). */
GOptionEntry *run_flags_add_entries (RunFlags *flags, const GOptionEntry *entries);

/* Whether the flags make sense; what is wrong has been told. */
gboolean run_flags_check (RunFlags *flags);

/**
 * cli_run_recipes:
 * @recipe_file: (nullable): the recipe named on the command line, which is an input too
 * @folder: (nullable): where the recipe's relative paths start
 * @extra_output: (nullable): a further small file that is going to be written
 * @plan: (out) (transfer full): also of a dry run
 * @status: (out): exit code
 *
 * Plans, and unless this is a dry run, runs; writes the report and prints warnings.
 *
 * Returns: (transfer full) (nullable): %NULL after a failure, which has been told, and after a dry run.
 */
AmReport *cli_run_recipes (const GPtrArray *recipes, const char *recipe_file, const char *folder,
                           const char *extra_output, const RunFlags *flags, AmPlan **plan, int *status);
