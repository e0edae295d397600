/* A loop over tensors in parallel, with progress, cancelling and the first error kept. */
#pragma once

#include <gio/gio.h>

#include "base/error.h"
#include "base/progress.h"

G_BEGIN_DECLS

typedef struct _AmSweep AmSweep;

/**
 * AmSweepTask:
 * @stage: for progress, as in "Comparing"
 * @n_items: how often @func is called
 * @total_size: bytes of the whole work
 * @buffer_size: bytes of the scratch memory each thread has
 * @n_threads: 0 for as many as useful
 * @func: works on one item; concurrently with others. Returns %FALSE with an error to end the sweep
 */
typedef struct
{
  const char *stage;
  guint n_items;
  guint64 total_size;
  gsize buffer_size;
  guint n_threads;
  const AmProgress *progress;
  GCancellable *cancellable;
  gboolean (*func) (AmSweep *sweep, guint item, gpointer buffer, gpointer user_data, GError **error);
  gpointer user_data;
} AmSweepTask;

/* Errors: CANCELLED, and those of the function. */
gboolean am_sweep_run (const AmSweepTask *task, GError **error);

/* Called by the function now and then: tells that @size bytes more are done. %FALSE with an error when the work
 * shall stop. Progress is reported from the thread that started the sweep alone. */
gboolean am_sweep_advance (AmSweep *sweep, const char *item, guint64 size, GError **error);

G_END_DECLS
