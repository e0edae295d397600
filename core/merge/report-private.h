#pragma once

#include "merge/run-private.h"

G_BEGIN_DECLS

/* What a finished run did; keeps nothing of the run or the plan. @recipe (nullable) is copied. */
AmReport *am_report_new (const AmMerger *run, const char *recipe);

G_END_DECLS
