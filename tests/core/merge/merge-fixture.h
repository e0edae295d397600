/* Running merges in tests: recipe text in, file out. */
#pragma once

#include "fixture-checkpoint.h"
#include "merge.h"

/* Parses @yaml, in which every "DIR/" is replaced by "@folder/". Aborts the test when it is no recipe. */
GPtrArray *recipes_new (const char *yaml, const char *folder);

/* Plans and runs @yaml into FOLDER/@name. Returns the report or %NULL with @error. */
AmReport *merge_run (const char *yaml, const char *folder, const char *name, const AmMergeOptions *options,
                     GError **error);

/* The same; a failure aborts the test. Returns the path. */
char *merge_into (const char *yaml, const char *folder, const char *name, const AmMergeOptions *options);

/* All values of a tensor as doubles. */
double *read_values (const char *path, const char *tensor, guint64 *length);

/* SHA-256 of a whole file, in hex. */
char *file_digest (const char *path);

/* Number of entries of a folder. */
guint count_entries (const char *folder);

/* The number of tensors of the report with that action. */
guint report_count (const AmReport *report, AmAction action);

/* Compares @tensor of the file @merged with (1 - @alpha) a + @alpha b of FOLDER/a.safetensors and
 * FOLDER/b.safetensors, within @tolerance (|a| + |b|) + @smallest. */
void check_weighted (const char *folder, const char *merged, const char *tensor, double alpha,
                     double tolerance, double smallest);
