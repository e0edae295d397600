/* JSON on the terminal. */
#pragma once

#include <json-glib/json-glib.h>

/* The finished document, indented, to stdout. */
void json_print (JsonBuilder *builder);
