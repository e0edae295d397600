#include "base/error.h"

#include <errno.h>

G_DEFINE_QUARK (am - error - quark, am_error)

static AmError
code_from_errno (int saved_errno)
{
  switch (saved_errno)
    {
    case ENOENT:
    case ENOTDIR:
      return AM_ERROR_NOT_FOUND;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return AM_ERROR_NO_SPACE;
    case EEXIST:
    case EROFS:
      return AM_ERROR_NOT_WRITABLE;
    default:
      return AM_ERROR_NOT_READABLE;
    }
}

void
am_set_error_errno (GError **error, int saved_errno, const char *path, const char *action)
{
  g_set_error (error, AM_ERROR, code_from_errno (saved_errno), "%s: cannot %s: %s", path, action,
               g_strerror (saved_errno));
}
