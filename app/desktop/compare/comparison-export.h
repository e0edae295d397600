/* Comparisons as files. */
#pragma once

#include "compare/comparison.h"

G_BEGIN_DECLS

typedef enum
{
  AM_EXPORT_JSON,    /* docs/diff.md */
  AM_EXPORT_PICTURE, /* the heat map, with the recipe of B or A where one was made by a merge */
} AmExportKind;

/* Writes atomically, and never over one of the two checkpoints. Returns: (transfer full): not started; no
 * result. */
AmJob *am_comparison_export_job_new (AmComparison *comparison, AmExportKind kind, const char *path);

/* "A-B.json" or "A-B.png". Returns: (transfer full). */
char *am_comparison_dup_export_name (AmComparison *comparison, AmExportKind kind);

G_END_DECLS
