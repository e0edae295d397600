/* Words to the person at the terminal. */
#pragma once

#include "amalgam.h"

/* From now on g_print() and g_printerr() write UTF-8 and put "?" for control characters: names and metadata
 * of files must not steer the terminal. */
void cli_console_init (void);

/* @text with "?" for control characters other than line ends and tabs. (transfer full) */
char *cli_make_harmless (const char *text);

/* "amalgam: MESSAGE" to stderr, then where help is. Returns the exit code of a usage error. */
int cli_usage_error (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* "amalgam: MESSAGE" to stderr, line by line. Returns the exit code that goes with @error. */
int cli_fail (const GError *error);

/* "amalgam: warning: MESSAGE" to stderr for each. */
void cli_warn (const char *const *warnings);

/**
 * cli_parse_options:
 * @usage: what follows the command's name, as in "A B -o OUT"
 * @summary: shown by --help
 * @entries: a G_OPTION_REMAINING entry takes the other arguments
 *
 * Returns: %FALSE after telling what is wrong; exit code %CLI_USAGE then. --help ends the program.
 */
gboolean cli_parse_options (int argc, char **argv, const char *usage, const char *summary,
                            const GOptionEntry *entries);

/* The dtype of --dtype: "same" and %NULL are %AM_DTYPE_NONE. %FALSE for a word that is none. */
gboolean cli_parse_dtype (const char *word, AmDtype *dtype);

/* "2.13 GB", "940 bytes". (transfer full) */
char *cli_format_size (guint64 size);

/* "1,131". (transfer full) */
char *cli_format_count (guint64 count);

/* "0.0312%", "12.5%", "0%", "-" for NAN. (transfer full) */
char *cli_format_percent (double fraction);

/* The shortest of its kind: "0.3". (transfer full) */
char *cli_format_number (double value);

/* Text and a line end to stdout, byte for byte: for JSON and lists of numbers. */
void cli_print_raw (const char *text);

/* Whether a report or a picture may be written under that name: no folder, device, pipe or socket, and its
 * folder exists. Errors: NOT_WRITABLE. */
gboolean cli_check_small_file (const char *path, GError **error);

/* Writes a small file of the user's choice. Errors: NOT_WRITABLE, NO_SPACE. */
gboolean cli_save_text (const char *path, const char *text, GError **error);
