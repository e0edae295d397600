/* The desktop notification at the end of a merge. */
#pragma once

#include "state/run.h"

G_BEGIN_DECLS

/* @run has finished. Its action is "app.show-run" with the path of the output. Returns: (transfer full) (nullable): %NULL for a
 * merge that the user cancelled, who knows already. */
GNotification *am_run_make_notification (AmRun *run);

G_END_DECLS
