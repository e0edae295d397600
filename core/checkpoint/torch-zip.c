#include "checkpoint/checkpoint-private.h"

gboolean
am_torch_zip_read (AmCheckpoint *checkpoint, guint file, GError **error)
{
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, "%s: torch zip files are not read yet",
               am_checkpoint_get_path (checkpoint));
  return FALSE;
}
