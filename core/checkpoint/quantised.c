#include "checkpoint/checkpoint-private.h"

gboolean
am_quantised_resolve (AmCheckpoint *checkpoint, GError **error)
{
  return TRUE;
}
