/* A shell command that is run to its end for the number it prints. For core/search alone. */
#pragma once

#include <gio/gio.h>

#include "base/error.h"

G_BEGIN_DECLS

/**
 * am_command_run:
 * @path: $1, and what stands in the place of {}
 * @number: (out)
 *
 * Errors: those of am_evaluator_score().
 */
gboolean am_command_run (const char *command, const char *path, double *number, GCancellable *cancellable,
                         GError **error);

G_END_DECLS
