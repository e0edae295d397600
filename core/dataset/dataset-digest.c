#include "dataset/dataset-private.h"

#include <string.h>

#include "checkpoint/digest.h"

/* Of each picture in a folder; its size counts too, so that folders of any size take seconds. */
#define HASHED_BYTES 16384

static gboolean
hash_picture (GChecksum *checksum, const char *path, const char *name, GError **error)
{
  g_autoptr (AmCheckpoint) file = am_checkpoint_new (path);
  g_autofree char *line = NULL;
  guint8 bytes[HASHED_BYTES];
  gsize n;

  if (am_checkpoint_add_file (file, path, error) < 0)
    return FALSE;
  n = MIN (am_checkpoint_file_size (file, 0), sizeof bytes);
  if (!am_checkpoint_pread (file, 0, 0, n, bytes, error))
    return FALSE;
  line = g_strdup_printf ("%" G_GUINT64_FORMAT "  %s\n", am_checkpoint_file_size (file, 0), name);
  g_checksum_update (checksum, (const guint8 *)line, (gssize)strlen (line));
  g_checksum_update (checksum, bytes, (gssize)n);
  return TRUE;
}

/* Pictures stand in an order that names alone decide. */
static char *
hash_pictures (const AmDataset *dataset, GError **error)
{
  const GPtrArray *paths = dataset->samples->paths;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *folder = g_build_filename (dataset->path, "/", NULL);

  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);

      if (!hash_picture (checksum, path, path + strlen (folder), error))
        return NULL;
    }
  return g_strdup (g_checksum_get_string (checksum));
}

char *
am_dataset_get_digest (const AmDataset *dataset, GError **error)
{
  const AmSamples *samples = dataset->samples;

  return samples->files != NULL ? am_digest_finish (am_digest_start (samples->files, NULL), error)
                                : hash_pictures (dataset, error);
}
