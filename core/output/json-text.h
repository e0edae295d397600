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

/* Members of the object being built. */
void am_json_add_string (JsonBuilder *builder, const char *name, const char *value); /* %NULL: null */
void am_json_add_count (JsonBuilder *builder, const char *name, guint64 value);
void am_json_add_number (JsonBuilder *builder, const char *name, double value); /* not finite: null */
void am_json_add_boolean (JsonBuilder *builder, const char *name, gboolean value);
void am_json_add_strings (JsonBuilder *builder, const char *name, const char *const *values); /* or %NULL */

G_END_DECLS
