#include "base/cancelled.h"

#include "base/text.h"

gboolean
am_check_cancelled (GCancellable *cancellable, GError **error)
{
  if (!g_cancellable_is_cancelled (cancellable))
    return TRUE;
  g_set_error_literal (error, AM_ERROR, AM_ERROR_CANCELLED, T_ ("cancelled"));
  return FALSE;
}
