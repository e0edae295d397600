/* Any readable checkpoint to safetensors. */
#pragma once

#include <gio/gio.h>

#include "base/progress.h"
#include "checkpoint/checkpoint.h"
#include "merge.h"

G_BEGIN_DECLS

typedef struct
{
  AmDtype dtype; /* AM_DTYPE_NONE: as it is */
  gboolean prune;
  const char *vae; /* file whose VAE replaces the input's, or %NULL */
  guint64 shard_size;
  guint n_threads;
  guint64 memory_limit; /* as in AmMergeOptions */
  gboolean force;
  gboolean no_sync;
  gboolean no_metadata;
} AmConvertOptions;

/* Writes @output as a merge of one model does: streaming and atomic. The report tells of values that did not
 * fit the new type. Returns: (transfer full): a report, or %NULL. Errors: all. */
AmReport *am_convert (const char *input, const char *output, const AmConvertOptions *options,
                      const AmProgress *progress, GCancellable *cancellable, GError **error);

G_END_DECLS
