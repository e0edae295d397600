/* Texts for people, in English here and in the catalogue of translations. N_() marks a text that is handed
 * out as it stands, for the front end to translate. T_() and TN_() are for what core puts together itself,
 * errors and warnings: they ask the front end for the translation, and without one stay English. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As in glib/gi18n.h, so that both may be included. */
#ifndef N_
#define N_(String) (String)
#endif
#define T_(text) am_translate (text)
#define TN_(one, many, n) am_translate_plural (one, many, n)

/**
 * AmTranslate:
 * @many: (nullable): with %NULL the translation of @one is wanted, else that of the form for @n
 *
 * As gettext() and ngettext() do. Called on any thread.
 */
typedef const char *(*AmTranslate) (const char *one, const char *many, gulong n);

/* @translate: (nullable): what core's errors and warnings are translated with. To be called before anything
 * else. */
void am_set_translate (AmTranslate translate);

const char *am_translate (const char *text) G_GNUC_FORMAT (1);
const char *am_translate_plural (const char *one, const char *many, gulong n) G_GNUC_FORMAT (1)
    G_GNUC_FORMAT (2);

G_END_DECLS
