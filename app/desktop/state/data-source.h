/* The pictures that measuring, evaluating and repairing work with: what the Measure page chose. */
#pragma once

#include <gio/gio.h>

#include "amalgam.h"

G_BEGIN_DECLS

#define AM_TYPE_DATA_SOURCE (am_data_source_get_type ())
G_DECLARE_FINAL_TYPE (AmDataSource, am_data_source, AM, DATA_SOURCE, GObject)

/**
 * am_data_source_new:
 * @settings: (nullable): keeps the choice in "data-path", "data-preprocessing" and "data-samples"
 *
 * Properties, all of the main thread: "path" ("" for none), "preprocessing" (name of a built-in one, a file,
 * or
 * "" for the one the model is published with), "n-samples" (0: all), and, read only, filled in the background
 * when one of them changes: "is-reading", "summary" (translated: "1,797 pictures of 8 × 8, 10 classes"),
 * "complaint" (why it cannot be read, or %NULL). Signal "changed" after any of them.
 */
AmDataSource *am_data_source_new (GSettings *settings);

const char *am_data_source_get_path (AmDataSource *self);
void am_data_source_set_path (AmDataSource *self, const char *path);
const char *am_data_source_get_preprocessing (AmDataSource *self);
guint64 am_data_source_get_n_samples (AmDataSource *self);

/* Whether it can be used: a path was chosen and could be read. */
gboolean am_data_source_is_ready (AmDataSource *self);

/* What a job needs, to be opened on its thread. */
typedef struct
{
  char *path;
  char *preprocessing; /* "" : the model's own */
  guint64 n_samples;
} AmDataChoice;

AmDataChoice *am_data_source_dup_choice (AmDataSource *self);
void am_data_choice_free (AmDataChoice *choice);

/* Opens it for @network. Of any thread. Errors: those of am_preprocessing_load() and am_dataset_open(). */
AmDataset *am_data_choice_open (const AmDataChoice *choice, const AmVisionNetwork *network, GError **error);

G_END_DECLS
