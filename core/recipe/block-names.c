#include "recipe/block-names.h"

#include <stdlib.h>
#include <string.h>

#include "architecture/model.h"

const char *
am_block_name_in_list (gconstpointer data, guint index)
{
  return ((const char *const *)data)[index];
}

const char *
am_block_name_in_model (gconstpointer data, guint index)
{
  return index < am_model_get_n_blocks (data) ? am_model_get_block_name (data, index) : NULL;
}

static gsize
count_letters (const char *text, gsize length)
{
  gsize n = 0;

  while (n < length && !g_ascii_isdigit (text[n]))
    n++;
  return n;
}

/* Letters equal, and then the same number however many digits it is written with. */
static gboolean
is_same_block (const char *name, const char *text, gsize length)
{
  gsize letters = count_letters (name, strlen (name));
  const char *digits = name + letters;

  if (count_letters (text, length) != letters || g_ascii_strncasecmp (name, text, letters) != 0)
    return FALSE;
  text += letters;
  length -= letters;
  if ((*digits == '\0') != (length == 0))
    return FALSE;
  while (digits[0] == '0' && digits[1] != '\0')
    digits++;
  while (length > 1 && text[0] == '0')
    {
      text++;
      length--;
    }
  return strlen (digits) == length && strncmp (digits, text, length) == 0;
}

gint
am_block_names_find (AmBlockNameFunc name_of, gconstpointer data, const char *text, gsize length)
{
  const char *name;

  if (length == 3 && g_ascii_strncasecmp (text, "MID", 3) == 0)
    text = "M00";
  for (guint i = 0; (name = name_of (data, i)) != NULL; i++)
    if (is_same_block (name, text, length))
      return (gint)i;
  return -1;
}
