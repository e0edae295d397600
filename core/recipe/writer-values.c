#include "recipe/writer-values.h"

#include <string.h>

#include "base/number-text.h"

static const char *const reserved[]
    = { "true", "false", "yes", "no", "on", "off", "null", "same", "y", "n", NULL };

/* Words that mean themselves without quotes in any YAML reader. */
static gboolean
is_plain_word (const char *text)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-";
  g_autofree char *lower = g_ascii_strdown (text, -1);

  if (!g_ascii_isalpha (text[0]) && text[0] != '/')
    return FALSE;
  return strspn (text, letters) == strlen (text) && !g_strv_contains (reserved, lower);
}

static gboolean
needs_escape (gunichar c)
{
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF || c == 0xFFFE
         || c == 0xFFFF || (c >= 0xFDD0 && c <= 0xFDEF) || c > 0xFFFF;
}

static void
add_quoted (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_string_append_c (out, '"');
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '"' || c == '\\')
        g_string_append_printf (out, "\\%c", (char)c);
      else if (needs_escape (c))
        g_string_append_printf (out, c > 0xFFFF ? "\\U%08X" : "\\u%04X", c);
      else
        g_string_append_unichar (out, c);
    }
  g_string_append_c (out, '"');
}

void
am_write_text (GString *out, const char *text)
{
  if (is_plain_word (text))
    g_string_append (out, text);
  else
    add_quoted (out, text);
}

void
am_write_number (GString *out, double number)
{
  g_autofree char *text = am_number_to_text (number);

  g_string_append (out, text);
}

void
am_write_numbers (GString *out, const GArray *numbers)
{
  g_string_append_c (out, '[');
  for (guint i = 0; i < numbers->len; i++)
    {
      g_string_append (out, i > 0 ? ", " : "");
      am_write_number (out, g_array_index (numbers, double, i));
    }
  g_string_append_c (out, ']');
}

void
am_write_texts (GString *out, const GPtrArray *texts)
{
  g_string_append_c (out, '[');
  for (guint i = 0; i < texts->len; i++)
    {
      g_string_append (out, i > 0 ? ", " : "");
      am_write_text (out, g_ptr_array_index (texts, i));
    }
  g_string_append_c (out, ']');
}
