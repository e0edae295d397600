/* JSON in a few calls. */
#pragma once

#include <json-glib/json-glib.h>

void json_add_string (JsonBuilder *builder, const char *name, const char *value); /* %NULL: null */
void json_add_count (JsonBuilder *builder, const char *name, guint64 value);
void json_add_number (JsonBuilder *builder, const char *name, double value); /* not finite: null */
void json_add_boolean (JsonBuilder *builder, const char *name, gboolean value);
void json_add_strings (JsonBuilder *builder, const char *name, const char *const *values);

/* The finished document, indented, to stdout. */
void json_print (JsonBuilder *builder);
