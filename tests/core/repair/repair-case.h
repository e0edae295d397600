/* A pair of networks, what was merged from them, and digits to repair it on. */
#pragma once

#include "repair-fixture.h"

typedef struct
{
  char *folder;
  char *a, *b, *merged, *output; /* paths */
  AmDataset *dataset;
  AmVisionNetwork *network, *parent_a, *parent_b;
  AmRepairSettings settings;
} Case;

/* NAME-a and the aligned NAME-b, @ratio of the way, and the first @n_samples digits. */
void case_init (Case *self, const char *name, double ratio, AmDtype dtype, guint n_samples);

/* Of any two files; @left_out as in write_between(), for all three. */
void case_init_with (Case *self, const char *path_a, const char *path_b, double ratio, AmDtype dtype,
                     const char *left_out, guint n_samples);
void case_clear (Case *self);

AmRepair *case_try (Case *self, GError **error);

/* Repairs and writes; aborts the test on failure. */
AmRepair *case_run (Case *self);

/* Aborts the test unless repairing fails with that code and all of @parts, between '|', in its message. */
void case_assert_error (Case *self, AmError code, const char *parts);

/* Aborts the test unless the output of the layer called @name has, by the plain interpreter on the written
 * file, the interpolated statistics of its parents to @tolerance of the deviation. */
void case_assert_unit_statistics (const Case *self, const char *name, double ratio, double tolerance);
