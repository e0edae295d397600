/* Bytes as a file that lives in memory only, for readers that want a path. */
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>

#include "checkpoint/checkpoint.h"

/* A checkpoint over the bytes, or %NULL; @error must be given. */
static inline AmCheckpoint *
fuzz_open (const uint8_t *data, size_t size, GError **error)
{
  int fd = memfd_create ("fuzz", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  AmCheckpoint *checkpoint;

  g_assert (fd >= 0 && write (fd, data, size) == (ssize_t) size);
  checkpoint = am_checkpoint_open (path, error);
  g_assert ((checkpoint == NULL) == (*error != NULL));
  close (fd);
  return checkpoint;
}

/* Reads every tensor in every way; tensors over 1 MiB only in part. */
static inline void
fuzz_read_all (AmCheckpoint *checkpoint)
{
  const gsize most = 1 << 20;
  g_autofree guint8 *bytes = g_malloc (most);
  g_autofree double *values = g_new (double, most / 4);

  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (checkpoint, i);
      const gsize element = MAX (am_dtype_get_bits (tensor->dtype) / 8, 1);
      const gsize size = MIN (tensor->size, most / element * element);
      const gsize n = MIN (tensor->length, most / 4);

      g_assert_true (am_checkpoint_find (checkpoint, tensor->name, NULL) == tensor);
      g_assert_true (am_checkpoint_read_bytes (checkpoint, tensor, tensor->size - size, size, bytes, NULL));
      if (!am_dtype_is_mergeable (tensor->dtype))
        continue;
      g_assert_true (am_checkpoint_read_doubles (checkpoint, tensor, tensor->length - n, n, values, NULL));
      g_assert_true (am_checkpoint_read_floats (checkpoint, tensor, 0, n, (float *) values, NULL));
    }
}
