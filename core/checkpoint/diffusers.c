#include "checkpoint/checkpoint-private.h"

gboolean
am_diffusers_read (AmCheckpoint *checkpoint, const char *folder, GError **error)
{
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, "%s: diffusers folders are not read yet",
               am_checkpoint_get_path (checkpoint));
  return FALSE;
}
