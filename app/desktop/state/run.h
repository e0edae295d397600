/* One merge that waits, runs or has run. */
#pragma once

#include "amalgam.h"
#include "base/job.h"
#include "state/run-summary.h"

G_BEGIN_DECLS

#define AM_TYPE_RUN (am_run_get_type ())
G_DECLARE_FINAL_TYPE (AmRun, am_run, AM, RUN, GObject)

typedef struct
{
  guint n_threads;
  guint64 memory_limit;
  gboolean embeds_metadata;
  gboolean replaces_output; /* the user said that an existing output may be replaced */
} AmRunOptions;

/**
 * am_run_new:
 * @recipes: (transfer none): copied
 * @output: path of the result
 *
 * Properties: "title" (file name of the output), "subtitle" (method and models), "job" (the AmJob that does it; its state and
 * progress are the run's). The job plans and merges, and measures how far each tensor moved. Of the main thread.
 */
AmRun *am_run_new (const GPtrArray *recipes, const char *output, const AmRunOptions *options);

AmJob *am_run_get_job (AmRun *self);
const char *am_run_get_title (AmRun *self);
const char *am_run_get_subtitle (AmRun *self);
const char *am_run_get_output (AmRun *self);
const GPtrArray *am_run_get_recipes (AmRun *self);
gint64 am_run_get_started (AmRun *self); /* Unix seconds; 0 while waiting */

/* Borrowed; %NULL unless done. The inputs are closed by then. */
const AmReport *am_run_get_report (AmRun *self);
const AmRunSummary *am_run_get_summary (AmRun *self);

G_END_DECLS
