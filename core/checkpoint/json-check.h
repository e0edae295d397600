/* JSON from strangers: checked strictly before json-glib, which is lenient and recurses without limit, sees
 * it. */
#pragma once

#include <json-glib/json-glib.h>

#include "base/error.h"

G_BEGIN_DECLS

/* Objects and arrays may nest this deep. */
#define AM_JSON_MAX_DEPTH 32

/**
 * am_json_check:
 * @text: @length bytes, need not be NUL-terminated
 * @source: file name for messages
 *
 * Whether the text is JSON as RFC 8259 has it: UTF-8, no comments, no trailing commas, nothing behind the
 * value, at most %AM_JSON_MAX_DEPTH deep, no \u0000, and no name twice in an object (compared as written).
 * Thread-safe. Errors: CORRUPT with the byte.
 */
gboolean am_json_check (const char *text, gsize length, const char *source, GError **error);

/* Checks and parses. Returns: (transfer full) (nullable). Errors: as am_json_check(). */
JsonNode *am_json_parse (const char *text, gsize length, const char *source, GError **error);

G_END_DECLS
