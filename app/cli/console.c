#include "console.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

/* C1 controls are two bytes in UTF-8: 0xc2, 0x80 .. 0x9f. */
static gboolean
is_control (const char *at)
{
  const guchar *bytes = (const guchar *)at;

  return (bytes[0] < 0x20 && bytes[0] != '\n' && bytes[0] != '\t') || bytes[0] == 0x7f
         || (bytes[0] == 0xc2 && bytes[1] >= 0x80 && bytes[1] <= 0x9f);
}

char *
cli_make_harmless (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *harmless = g_string_sized_new (strlen (valid));

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    if (is_control (at))
      g_string_append_c (harmless, '?');
    else
      g_string_append_len (harmless, at, g_utf8_next_char (at) - at);
  return g_string_free (harmless, FALSE);
}

static void
print_to_stdout (const char *text)
{
  g_autofree char *harmless = cli_make_harmless (text);

  fputs (harmless, stdout);
}

static void
print_to_stderr (const char *text)
{
  g_autofree char *harmless = cli_make_harmless (text);

  fputs (harmless, stderr);
}

void
cli_console_init (void)
{
  g_set_print_handler (print_to_stdout);
  g_set_printerr_handler (print_to_stderr);
}

int
cli_usage_error (const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_printerr ("amalgam: %s\nTry '%s --help'.\n", message, g_get_prgname ());
  return CLI_USAGE;
}

int
cli_fail (const GError *error)
{
  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0')
      g_printerr ("amalgam: %s\n", lines[i]);
  if (g_error_matches (error, AM_ERROR, AM_ERROR_CANCELLED)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return CLI_CANCELLED;
  return CLI_FAILED;
}

void
cli_warn (const char *const *warnings)
{
  for (guint i = 0; warnings != NULL && warnings[i] != NULL; i++)
    g_printerr ("amalgam: warning: %s\n", warnings[i]);
}

gboolean
cli_parse_options (int argc, char **argv, const char *usage, const char *summary, const GOptionEntry *entries)
{
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  g_autofree char *name = g_strconcat ("amalgam ", argv[0], NULL);
  g_autoptr (GError) failure = NULL;

  g_set_prgname (name);
  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);
  if (g_option_context_parse (context, &argc, &argv, &failure))
    return TRUE;
  cli_usage_error ("%s", failure->message);
  return FALSE;
}

gboolean
cli_parse_dtype (const char *word, AmDtype *dtype)
{
  *dtype = AM_DTYPE_NONE;
  if (word == NULL || strcmp (word, "same") == 0)
    return TRUE;
  *dtype = am_dtype_from_word (word);
  return *dtype != AM_DTYPE_NONE && am_dtype_is_mergeable (*dtype);
}

char *
cli_format_size (guint64 size)
{
  static const char *const units[] = { "kB", "MB", "GB", "TB" };
  double value = (double)size;
  gint unit = -1;

  if (size < 1000)
    return g_strdup_printf ("%u bytes", (guint)size);
  while (value >= 999.5 && unit + 1 < (gint)G_N_ELEMENTS (units))
    {
      value /= 1000.0;
      unit++;
    }
  return g_strdup_printf ("%.*f %s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, units[MAX (unit, 0)]);
}

char *
cli_format_count (guint64 count)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_printf (text, "%" G_GUINT64_FORMAT, count);
  for (gssize at = (gssize)text->len - 3; at > 0; at -= 3)
    g_string_insert_c (text, at, ',');
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
cli_format_percent (double fraction)
{
  double percent = fraction * 100.0;

  if (isnan (percent))
    return g_strdup ("-");
  if (isinf (percent))
    return g_strdup ("infinite");
  return percent == 0.0 ? g_strdup ("0%") : g_strdup_printf ("%.3g%%", percent);
}

char *
cli_format_number (double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (text, sizeof text, "%.6g", value);
  return g_strdup (text);
}

void
cli_print_raw (const char *text)
{
  fputs (text, stdout);
  if (!g_str_has_suffix (text, "\n"))
    fputc ('\n', stdout);
}

gboolean
cli_check_small_file (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s: cannot write: there is no folder %s", path,
                 folder);
  else if (*path == '\0')
    g_set_error_literal (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "cannot write to a file without a name");
  else if (g_file_test (path, G_FILE_TEST_IS_DIR))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s: cannot write: this is a folder", path);
  else if (g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
                 "%s: cannot write: this is a device, a pipe or a socket", path);
  else if (g_access (folder, W_OK) != 0)
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s: cannot write into %s: %s", path, folder,
                 g_strerror (errno));
  else
    return TRUE;
  return FALSE;
}

gboolean
cli_save_text (const char *path, const char *text, GError **error)
{
  g_autofree char *lines = g_strconcat (text, g_str_has_suffix (text, "\n") ? "" : "\n", NULL);
  g_autoptr (GError) failure = NULL;

  if (g_file_set_contents (path, lines, -1, &failure))
    return TRUE;
  g_set_error (error, AM_ERROR,
               g_error_matches (failure, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? AM_ERROR_NO_SPACE
                                                                           : AM_ERROR_NOT_WRITABLE,
               "%s: cannot write: %s", path, failure->message);
  return FALSE;
}
