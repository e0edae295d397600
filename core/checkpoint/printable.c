#include "checkpoint/printable.h"

#define MOST_BYTES 100

char *
am_printable (const char *text, gsize length)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize)MIN (length, MOST_BYTES));
  GString *shown = g_string_new (NULL);

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);
      g_string_append_unichar (shown, g_unichar_iscntrl (character) ? '?' : character);
    }
  if (length > MOST_BYTES)
    g_string_append (shown, "...");
  return g_string_free (shown, FALSE);
}
