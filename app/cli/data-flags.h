/* A model at work on data: the options that commands share which run one. */
#pragma once

#include "amalgam.h"

typedef struct
{
  char *data;
  char *preprocessing;
  char *architecture;
  char *head;
  char *seed_text;
  guint64 seed; /* what @seed_text says */
  gint64 n_samples;
  gint batch_size;
  gint n_threads;
} DataFlags;

void data_flags_clear (DataFlags *flags);

/* The options in @entries (ended by a %NULL name) and those that fill @flags, but for those that @entries has
 * by the same name. (transfer container). */
GOptionEntry *data_flags_add_entries (DataFlags *flags, const GOptionEntry *entries);

/* Whether the flags make sense; what is wrong has been told. */
gboolean data_flags_check (DataFlags *flags, gboolean needs_data);

/* The model of file @path as --architecture and --head want it. (transfer full) (nullable) */
AmVisionNetwork *data_flags_open_network (const DataFlags *flags, const char *path, GError **error);

/**
 * data_flags_open_data:
 * @network: for which the data is prepared when there is no --preprocessing: as its family is published with;
 *   floating-point numbers stay as they are
 * @is_quiet: whether not to tell, on standard error, which preprocessing that is
 *
 * Returns: (transfer full) (nullable). Errors: those of the preprocessing and of am_dataset_open().
 */
AmDataset *data_flags_open_data (const DataFlags *flags, const AmVisionNetwork *network, gboolean is_quiet,
                                 GError **error);

/* Warns on standard error where pictures have fewer class folders than @network has classes: their order says
 * which is which, so a missing one shifts those behind it. */
void data_flags_tell_about_classes (const AmDataset *dataset, AmVisionNetwork *network);
