#include <stdint.h>

#include "checkpoint/checkpoint-private.h"
#include "fuzz-file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Straight into the reader: the kind of file is told by sixteen bytes no mutation would find again. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  int fd = memfd_create ("fuzz", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_new (path);
  g_autoptr (GError) error = NULL;

  g_assert (fd >= 0 && write (fd, data, size) == (ssize_t)size);
  g_assert_cmpint (am_checkpoint_add_file (checkpoint, path, NULL), ==, 0);
  if (am_torch_legacy_read (checkpoint, 0, &error) && am_checkpoint_finish (checkpoint, &error))
    fuzz_read_all (checkpoint);
  else
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  close (fd);
  return 0;
}
