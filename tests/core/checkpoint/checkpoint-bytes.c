#include "checkpoint-bytes.h"

#include <glib/gstdio.h>
#include <string.h>

AmCheckpoint *
open_bytes (const char *path, const GByteArray *bytes, GError **error)
{
  /* Written in place, without truncation, GLib 2.74 would leave the tail of a longer file. */
  g_unlink (path);
  g_assert_true (g_file_set_contents_full (path, (const char *)bytes->data, bytes->len,
                                           G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  return am_checkpoint_open (path, error);
}

AmCheckpoint *
open_good (const char *path, const GByteArray *bytes)
{
  g_autoptr (GError) error = NULL;
  AmCheckpoint *checkpoint = open_bytes (path, bytes, &error);

  g_assert_no_error (error);
  return checkpoint;
}

void
assert_refused (const char *path, const char *name, const GByteArray *bytes, AmError code,
                const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = open_bytes (path, bytes, &error);
  g_autofree char *file = g_path_get_basename (path);
  g_autofree char *prefix = g_strconcat (file, ": ", NULL);

  if (checkpoint != NULL)
    g_error ("%s: accepted", name);
  if (strstr (error->message, prefix) == NULL || strstr (error->message, message) == NULL)
    g_error ("%s: \"%s\" lacks \"%s\"", name, error->message, message);
  if (!g_error_matches (error, AM_ERROR, (gint)code))
    g_error ("%s: code %d", name, error->code);
}
