#include "base/number-text.h"

#include <math.h>
#include <string.h>

/* Longer texts are no numbers anybody writes. */
#define MAX_NUMBER_LENGTH 400

char *
am_number_to_text (double number)
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_ascii_formatd (buffer, sizeof buffer, formats[i], number);
      if (g_ascii_strtod (buffer, NULL) == number)
        break;
    }
  return g_strdup (buffer);
}

gboolean
am_number_from_text (const char *text, gsize length, double *number)
{
  char buffer[MAX_NUMBER_LENGTH + 1];
  char *end;
  gboolean has_digit = FALSE;

  if (length == 0 || length > MAX_NUMBER_LENGTH)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (text[i] == '\0' || strchr ("0123456789+-.eE", text[i]) == NULL)
        return FALSE;
      has_digit = has_digit || g_ascii_isdigit (text[i]);
    }
  memcpy (buffer, text, length);
  buffer[length] = '\0';
  *number = g_ascii_strtod (buffer, &end);
  return has_digit && *end == '\0' && isfinite (*number);
}
