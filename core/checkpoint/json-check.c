#include "checkpoint/json-check.h"

#include <string.h>

typedef struct
{
  const char *text;
  gsize length;
  gsize at;
  guint depth;
  const char *source;
  GError **error;
} Scan;

static gboolean
fail (const Scan *scan, const char *fault)
{
  g_set_error (scan->error, AM_ERROR, AM_ERROR_CORRUPT, "%s: byte %" G_GSIZE_FORMAT ": %s", scan->source,
               scan->at, scan->at < scan->length ? fault : "the JSON text ends early");
  return FALSE;
}

static char
peek (Scan *scan)
{
  while (scan->at < scan->length && strchr (" \t\r\n", scan->text[scan->at]) && scan->text[scan->at])
    scan->at++;
  return scan->at < scan->length ? scan->text[scan->at] : 0;
}

static gboolean
take (Scan *scan, char c)
{
  if (peek (scan) != c)
    return FALSE;
  scan->at++;
  return TRUE;
}

static gboolean
scan_unicode_escape (Scan *scan, gunichar *value)
{
  *value = 0;
  for (guint i = 0; i < 4; i++, scan->at++)
    {
      if (scan->at >= scan->length || !g_ascii_isxdigit (scan->text[scan->at]))
        return fail (scan, "a \\u escape needs four hexadecimal digits");
      *value = *value * 16 + (gunichar)g_ascii_xdigit_value (scan->text[scan->at]);
    }
  return TRUE;
}

static gboolean
scan_surrogates (Scan *scan, gunichar first)
{
  gunichar second;

  if (first >= 0xdc00 || scan->length - scan->at < 6 || scan->text[scan->at] != '\\'
      || scan->text[scan->at + 1] != 'u')
    return fail (scan, "a \\u escape is half of a surrogate pair without the other half");
  scan->at += 2;
  if (!scan_unicode_escape (scan, &second))
    return FALSE;
  return (second >= 0xdc00 && second <= 0xdfff)
         || fail (scan, "a \\u escape is half of a surrogate pair without the other half");
}

/* Behind the backslash. */
static gboolean
scan_escape (Scan *scan)
{
  gunichar value;

  if (scan->at >= scan->length || !scan->text[scan->at] || !strchr ("\"\\/bfnrtu", scan->text[scan->at]))
    return fail (scan, "an escape that JSON does not know");
  if (scan->text[scan->at++] != 'u')
    return TRUE;
  if (!scan_unicode_escape (scan, &value))
    return FALSE;
  if (value == 0)
    return fail (scan, "a string holds a NUL");
  return value < 0xd800 || value > 0xdfff || scan_surrogates (scan, value);
}

static gboolean
scan_string (Scan *scan)
{
  if (!take (scan, '"'))
    return fail (scan, "a string in quotes should stand here");
  while (scan->at < scan->length && scan->text[scan->at] != '"')
    {
      guchar c = (guchar)scan->text[scan->at];

      if (c < 0x20)
        return fail (scan, "a control character stands in a string");
      scan->at++;
      if (c == '\\' && !scan_escape (scan))
        return FALSE;
    }
  if (scan->at >= scan->length)
    return fail (scan, NULL);
  scan->at++;
  return TRUE;
}

static gboolean
scan_digits (Scan *scan)
{
  gsize start = scan->at;

  while (scan->at < scan->length && g_ascii_isdigit (scan->text[scan->at]))
    scan->at++;
  return scan->at > start || fail (scan, "a digit should stand here");
}

static gboolean
take_now (Scan *scan, const char *any)
{
  if (scan->at >= scan->length || !scan->text[scan->at] || !strchr (any, scan->text[scan->at]))
    return FALSE;
  scan->at++;
  return TRUE;
}

static gboolean
scan_number (Scan *scan)
{
  take_now (scan, "-");
  if (!take_now (scan, "0") && !scan_digits (scan))
    return FALSE;
  if (take_now (scan, ".") && !scan_digits (scan))
    return FALSE;
  if (!take_now (scan, "eE"))
    return TRUE;
  take_now (scan, "+-");
  return scan_digits (scan);
}

static gboolean scan_value (Scan *scan);

static gboolean
scan_member (Scan *scan, GHashTable *names)
{
  gsize start;

  peek (scan);
  start = scan->at;
  if (!scan_string (scan))
    return FALSE;
  if (!g_hash_table_add (names, g_strndup (scan->text + start, scan->at - start)))
    {
      g_autofree char *fault = g_strdup_printf ("the name %.*s is there twice",
                                                (int)MIN (scan->at - start, 200), scan->text + start);

      scan->at = start;
      return fail (scan, fault);
    }
  if (!take (scan, ':'))
    return fail (scan, "':' should stand here");
  return scan_value (scan);
}

static gboolean
scan_object (Scan *scan)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (take (scan, '}'))
    return TRUE;
  do
    if (!scan_member (scan, names))
      return FALSE;
  while (take (scan, ','));
  return take (scan, '}') || fail (scan, "',' or '}' should stand here");
}

static gboolean
scan_array (Scan *scan)
{
  if (take (scan, ']'))
    return TRUE;
  do
    if (!scan_value (scan))
      return FALSE;
  while (take (scan, ','));
  return take (scan, ']') || fail (scan, "',' or ']' should stand here");
}

static gboolean
scan_nested (Scan *scan)
{
  gboolean is_object = scan->text[scan->at] == '{';
  gboolean is_ok;

  if (scan->depth >= AM_JSON_MAX_DEPTH)
    return fail (scan, "objects and arrays are nested too deep");
  scan->at++;
  scan->depth++;
  is_ok = is_object ? scan_object (scan) : scan_array (scan);
  scan->depth--;
  return is_ok;
}

static gboolean
take_word (Scan *scan, const char *word)
{
  gsize length = strlen (word);

  if (scan->length - scan->at < length || memcmp (scan->text + scan->at, word, length) != 0)
    return FALSE;
  scan->at += length;
  return TRUE;
}

static gboolean
scan_value (Scan *scan)
{
  char c = peek (scan);

  if (c == '{' || c == '[')
    return scan_nested (scan);
  if (c == '"')
    return scan_string (scan);
  if (c == '-' || g_ascii_isdigit (c))
    return scan_number (scan);
  return take_word (scan, "true") || take_word (scan, "false") || take_word (scan, "null")
         || fail (scan, "a value should stand here");
}

gboolean
am_json_check (const char *text, gsize length, const char *source, GError **error)
{
  Scan scan = { .text = text, .length = length, .source = source, .error = error };
  const char *end;

  if (!g_utf8_validate_len (text, length, &end))
    {
      scan.at = (gsize)(end - text);
      return fail (&scan, "the text is not valid UTF-8");
    }
  if (!scan_value (&scan))
    return FALSE;
  peek (&scan);
  return scan.at == length || fail (&scan, "something follows the JSON value");
}

JsonNode *
am_json_parse (const char *text, gsize length, const char *source, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) local_error = NULL;

  if (!am_json_check (text, length, source, error))
    return NULL;
  if (json_parser_load_from_data (parser, text, (gssize)length, &local_error))
    return json_parser_steal_root (parser);
  g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, "%s: %s", source, local_error->message);
  return NULL;
}
