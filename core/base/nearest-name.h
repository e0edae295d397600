/* "Did you mean ...?" */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The name most like @word when it is close enough to be meant (a few letters off), or %NULL. Case is
 * ignored.
 * @names is %NULL-terminated; the result is one of its strings. */
const char *am_nearest_name (const char *word, const char *const *names);

/* "; did you mean 'NAME'?" or "". (transfer full). */
char *am_nearest_hint (const char *word, const char *const *names);

G_END_DECLS
