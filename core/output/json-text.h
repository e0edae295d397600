/* JSON documents as text. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * am_json_to_text:
 * @is_pretty: indented, on many lines
 *
 * What json_to_string() gives, with one fault mended: json-glib up to 1.6 writes 1e-08 as "1e-08.0", which is no JSON.
 *
 * Returns: (transfer full).
 */
char *am_json_to_text (JsonNode *root, gboolean is_pretty);

G_END_DECLS
