#include "output/json-text.h"

#include <math.h>
#include <string.h>

/* Length of the string that begins with the quote at @text. */
static gsize
measure_string (const char *text)
{
  gsize length = 1;

  while (text[length] != '"' && text[length] != '\0')
    length += text[length] == '\\' && text[length + 1] != '\0' ? 2 : 1;
  return length + (text[length] == '"');
}

/* Length of a number with an exponent before a fraction that follows it; 0 for anything else. */
static gsize
measure_broken_number (const char *text)
{
  gsize mantissa = strspn (text, "-0123456789.");
  gsize digits;

  if (mantissa == 0 || text[mantissa] != 'e')
    return 0;
  digits = strspn (text + mantissa + 1, "+-0123456789");
  return g_str_has_prefix (text + mantissa + 1 + digits, ".0") ? mantissa + 1 + digits : 0;
}

char *
am_json_to_text (JsonNode *root, gboolean is_pretty)
{
  g_autofree char *text = json_to_string (root, is_pretty);
  GString *mended = g_string_sized_new (strlen (text));
  const char *at = text;

  while (*at != '\0')
    {
      gsize broken = measure_broken_number (at);
      gsize length = *at == '"' ? measure_string (at) : MAX (broken, 1);

      g_string_append_len (mended, at, (gssize)length);
      at += length + (broken > 0 ? strlen (".0") : 0);
    }
  return g_string_free (mended, FALSE);
}

void
am_json_add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value != NULL)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
am_json_add_count (JsonBuilder *builder, const char *name, guint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64)value);
}

void
am_json_add_number (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  /* JSON has no NaN and no infinity. */
  if (isfinite (value))
    json_builder_add_double_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
am_json_add_boolean (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

void
am_json_add_strings (JsonBuilder *builder, const char *name, const char *const *values)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; values != NULL && values[i] != NULL; i++)
    json_builder_add_string_value (builder, values[i]);
  json_builder_end_array (builder);
}
