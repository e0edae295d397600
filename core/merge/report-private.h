#pragma once

#include "merge/run-private.h"

G_BEGIN_DECLS

/* What a finished run did; keeps nothing of the run or the plan. @began: as g_get_monotonic_time() gave it
 * before anything was aligned. @recipe (nullable) is copied. */
AmReport *am_report_new (const AmMerger *run, gint64 began, const char *recipe);

G_END_DECLS
