/* Errors: one domain, codes by what the user can do about it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * AmError:
 * @AM_ERROR_NOT_FOUND: a file, folder or named thing does not exist
 * @AM_ERROR_NOT_READABLE: it exists and cannot be read (permission, I/O error)
 * @AM_ERROR_CORRUPT: the bytes break the rules of their format
 * @AM_ERROR_UNSUPPORTED: valid, and of a kind Amalgam does not read
 * @AM_ERROR_MISMATCH: inputs that do not go together
 * @AM_ERROR_BAD_RECIPE: a recipe or parameter is wrong; the message names the line where there is one
 * @AM_ERROR_NO_SPACE: the disk is full or a quota is reached
 * @AM_ERROR_NOT_WRITABLE: the output cannot be written, or exists already
 * @AM_ERROR_CANCELLED: the user stopped the work
 *
 * Every message names the file, and where it applies the tensor and the byte.
 */
typedef enum
{
  AM_ERROR_NOT_FOUND,
  AM_ERROR_NOT_READABLE,
  AM_ERROR_CORRUPT,
  AM_ERROR_UNSUPPORTED,
  AM_ERROR_MISMATCH,
  AM_ERROR_BAD_RECIPE,
  AM_ERROR_NO_SPACE,
  AM_ERROR_NOT_WRITABLE,
  AM_ERROR_CANCELLED,
} AmError;

#define AM_ERROR (am_error_quark ())
GQuark am_error_quark (void);

/**
 * am_set_error_errno:
 * @error: (out) (optional): where to put the error
 * @saved_errno: errno of the failed call
 * @path: the file the call was about
 * @action: what was attempted, as in "read", "create"
 *
 * Turns errno into the right code and a message "PATH: cannot ACTION: reason".
 */
void am_set_error_errno (GError **error, int saved_errno, const char *path, const char *action);

G_END_DECLS
