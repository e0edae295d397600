/* How far a job is, how long it takes yet, and a button that stops it. */
#pragma once

#include <adwaita.h>

#include "base/job.h"

G_BEGIN_DECLS

#define AM_TYPE_TASK_BAR (am_task_bar_get_type ())
G_DECLARE_FINAL_TYPE (AmTaskBar, am_task_bar, AM, TASK_BAR, AdwBin)

/* @job: (nullable): kept while it runs; %NULL hides the bar. Cancelling activates "measure.cancel". */
void am_task_bar_set_job (AmTaskBar *self, AmJob *job);

G_END_DECLS
