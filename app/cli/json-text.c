#include "json-text.h"

#include "console.h"

void
json_print (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = am_json_to_text (root, TRUE);

  cli_print_raw (text);
}
