/* Whether the user stopped the work. */
#pragma once

#include <gio/gio.h>

#include "base/error.h"

G_BEGIN_DECLS

/* %FALSE and a CANCELLED @error when @cancellable (nullable) is cancelled, else %TRUE. Thread-safe. */
gboolean am_check_cancelled (GCancellable *cancellable, GError **error);

G_END_DECLS
