#include "output/scan.h"

#include <math.h>

#include "base/text.h"
#include "output/sweep.h"

#define CHUNK_LENGTH 32768

typedef struct
{
  AmCheckpoint *checkpoint;
  AmScanFinding *findings; /* one per tensor */
} Scan;

static void
count_chunk (AmScanFinding *finding, const double *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      finding->n_nan += isnan (values[i]) != 0;
      finding->n_infinite += isinf (values[i]) != 0;
    }
}

static gboolean
scan_tensor (AmSweep *sweep, guint item, gpointer buffer, gpointer user_data, GError **error)
{
  Scan *scan = user_data;
  const AmTensor *tensor = am_checkpoint_get_tensor (scan->checkpoint, item);

  scan->findings[item].tensor = item;
  for (guint64 first = 0; am_dtype_is_mergeable (tensor->dtype) && first < tensor->length;
       first += CHUNK_LENGTH)
    {
      gsize n = (gsize)MIN (CHUNK_LENGTH, tensor->length - first);

      if (!am_checkpoint_read_doubles (scan->checkpoint, tensor, first, n, buffer, error))
        return FALSE;
      count_chunk (&scan->findings[item], buffer, n);
      if (!am_sweep_advance (sweep, tensor->name, n * (tensor->size / tensor->length), error))
        return FALSE;
    }
  return TRUE;
}

static guint64
sum_sizes (const AmCheckpoint *checkpoint)
{
  guint64 total = 0;

  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    if (am_dtype_is_mergeable (am_checkpoint_get_tensor (checkpoint, i)->dtype))
      total += am_checkpoint_get_tensor (checkpoint, i)->size;
  return total;
}

static GArray *
keep_findings (const Scan *scan, guint n)
{
  GArray *kept = g_array_new (FALSE, FALSE, sizeof (AmScanFinding));

  for (guint i = 0; i < n; i++)
    if (scan->findings[i].n_nan > 0 || scan->findings[i].n_infinite > 0)
      g_array_append_val (kept, scan->findings[i]);
  return kept;
}

GArray *
am_scan_checkpoint (const AmCheckpoint *checkpoint, guint n_threads, const AmProgress *progress,
                    GCancellable *cancellable, GError **error)
{
  guint n = am_checkpoint_get_n_tensors (checkpoint);
  g_autofree AmScanFinding *findings = g_new0 (AmScanFinding, n);
  Scan scan = { (AmCheckpoint *)checkpoint, findings };
  AmSweepTask task = {
    .stage = N_ ("Scanning"),
    .n_items = n,
    .total_size = sum_sizes (checkpoint),
    .buffer_size = CHUNK_LENGTH * sizeof (double),
    .n_threads = n_threads,
    .progress = progress,
    .cancellable = cancellable,
    .func = scan_tensor,
    .user_data = &scan,
  };

  if (!am_sweep_run (&task, error))
    return NULL;
  return keep_findings (&scan, n);
}
