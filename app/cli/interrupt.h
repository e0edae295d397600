/* Ctrl-C and SIGTERM as a cancellable. */
#pragma once

#include <gio/gio.h>

/* Starts watching; the first signal cancels the returned object, a second one ends the program at once.
 * Once per program. (transfer none) */
GCancellable *cli_interrupt_watch (void);
