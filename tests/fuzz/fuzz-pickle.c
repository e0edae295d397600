/* The machine, and the walk from what it made to tensors, with the pickle's own bytes for every storage. */
#include <stdint.h>

#include "checkpoint/torch-state.h"
#include "fuzz-file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static gboolean
find_storage (gconstpointer data, const AmTorchStorage *storage, AmTorchExtent *extent)
{
  const gsize *size = data;

  *extent = (AmTorchExtent){ 0, storage->key_length == 1 && storage->key[0] == '0' ? 24 : *size };
  return extent->size <= *size;
}

static void
read_state (const uint8_t *data, size_t size, const AmPickle *pickle)
{
  int fd = memfd_create ("fuzz", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_new (path);
  g_autoptr (GError) error = NULL;
  const AmTorchSource source = { .pickle = pickle, .find = find_storage, .data = &size };

  g_assert (fd >= 0 && write (fd, data, size) == (ssize_t)size);
  g_assert_cmpint (am_checkpoint_add_file (checkpoint, path, NULL), ==, 0);
  if (am_torch_state_read (checkpoint, &source, &error) && am_checkpoint_finish (checkpoint, &error))
    fuzz_read_all (checkpoint);
  else
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  close (fd);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  gboolean truncated = FALSE;
  gsize used = 0;
  g_autoptr (AmPickle) pickle = am_pickle_parse (data, size, "fuzz", &used, &truncated, &error);

  g_assert_true ((pickle == NULL) == (error != NULL));
  if (pickle == NULL)
    {
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  g_assert_cmpuint (used, <=, size);
  g_assert_false (truncated);
  g_assert_nonnull (am_pickle_get_root (pickle));
  read_state (data, size, pickle);
  return 0;
}
