/* Numbers as text, whatever the locale. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The shortest of 15, 16 or 17 digits that reads back to the same double. (transfer full). */
char *am_number_to_text (double number);

/* Reads a finite decimal number that fills all @length bytes of @text; white space, hexadecimal, infinities
 * and NaN are no numbers here. */
gboolean am_number_from_text (const char *text, gsize length, double *number);

G_END_DECLS
