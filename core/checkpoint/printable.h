/* Names out of files, made fit for messages. */
#pragma once

#include <glib.h>

/* At most 100 bytes of @text as valid UTF-8 without control characters, with "..." where it was cut.
 * (transfer full) */
char *am_printable (const char *text, gsize length);
