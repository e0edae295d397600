/* Looking for values that are not numbers. */
#pragma once

#include <gio/gio.h>

#include "base/progress.h"
#include "checkpoint/checkpoint.h"

G_BEGIN_DECLS

typedef struct
{
  guint tensor; /* index in the checkpoint */
  guint64 n_nan;
  guint64 n_infinite;
} AmScanFinding;

/**
 * am_scan_checkpoint:
 * @n_threads: 0 for as many as useful
 *
 * Streams all values of float types.
 *
 * Returns: (transfer full) (nullable) (element-type AmScanFinding): the tensors that hold NaN or infinity, by
 * name. Errors: NOT_READABLE, CANCELLED.
 */
GArray *am_scan_checkpoint (const AmCheckpoint *checkpoint, guint n_threads, const AmProgress *progress,
                            GCancellable *cancellable, GError **error);

G_END_DECLS
