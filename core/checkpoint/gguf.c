#include "checkpoint/checkpoint-private.h"

gboolean
am_gguf_read (AmCheckpoint *checkpoint, guint file, GError **error)
{
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, "%s: GGUF files are not read yet",
               am_checkpoint_get_path (checkpoint));
  return FALSE;
}
