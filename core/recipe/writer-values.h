/* Values as YAML. The writer is our own, so that the text depends on the recipe alone and not on a library's
 * line folding. */
#pragma once

#include "align/settings.h"

G_BEGIN_DECLS

/* In quotes where a word without them would mean something else. */
void am_write_text (GString *out, const char *text);
void am_write_number (GString *out, double number);

/* [a, b, c] of doubles, or of char *. */
void am_write_numbers (GString *out, const GArray *numbers);
void am_write_texts (GString *out, const GPtrArray *texts);

/* The align key; nothing for %NULL. */
void am_write_align (GString *out, const AmAlignSettings *align);

G_END_DECLS
