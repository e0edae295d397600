#include "terminal-progress.h"

#include <math.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "console.h"

#define BAR_LENGTH 28
#define FIGURES_LENGTH 45 /* stage, percent, speed and time left */
#define LEAST_COLUMNS 20

static guint
count_columns (void)
{
  struct winsize size = { 0 };

  return ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= LEAST_COLUMNS ? size.ws_col : 80;
}

static double
compute_fraction (const AmProgressState *state)
{
  return state->total_size > 0 ? CLAMP ((double)state->done_size / (double)state->total_size, 0.0, 1.0) : 0.0;
}

static char *
format_seconds (double seconds)
{
  guint whole = (guint)ceil (MIN (seconds, 359999.0));

  if (whole < 60)
    return g_strdup_printf ("%u s left", whole);
  if (whole < 3600)
    return g_strdup_printf ("%u:%02u left", whole / 60, whole % 60);
  return g_strdup_printf ("%u:%02u:%02u left", whole / 3600, whole / 60 % 60, whole % 60);
}

/* "43%  1.20 GB/s  2 s left" */
static char *
format_figures (const AmProgressState *state)
{
  g_autoptr (GString) text = g_string_new (NULL);
  double fraction = compute_fraction (state);

  g_string_printf (text, "%3d%%", (gint)(fraction * 100.0));
  if (state->speed >= 1.0)
    {
      g_autofree char *speed = cli_format_size ((guint64)state->speed);

      g_string_append_printf (text, "  %s/s", speed);
    }
  /* A guess from the first blocks would be wild, and at the end nothing is left. */
  if (state->seconds_left >= 0.0 && fraction >= 0.01 && fraction < 1.0)
    {
      g_autofree char *left = format_seconds (state->seconds_left);

      g_string_append_printf (text, "  %s", left);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* On a narrow terminal the figures matter more. */
static char *
format_bar (const CliProgress *self, double fraction)
{
  GString *bar = g_string_new (NULL);
  guint n_columns = count_columns ();
  guint length = n_columns > FIGURES_LENGTH ? MIN (n_columns - FIGURES_LENGTH, BAR_LENGTH) : 0;
  guint n_full = (guint)(fraction * length);

  for (guint i = 0; i < length; i++)
    if (self->is_utf8)
      g_string_append (bar, i < n_full ? "\xe2\x96\x88" : "\xe2\x96\x91");
    else
      g_string_append_c (bar, i < n_full ? '#' : '.');
  return g_string_free (bar, FALSE);
}

static void
show_bar (CliProgress *self, const AmProgressState *state)
{
  g_autofree char *bar = format_bar (self, compute_fraction (state));
  g_autofree char *figures = format_figures (state);
  g_autofree char *line
      = g_strdup_printf ("%s %s %s  %s", state->stage, bar, figures, state->item != NULL ? state->item : "");
  g_autofree char *valid = cli_make_harmless (line);
  glong length = MIN (g_utf8_strlen (valid, -1), (glong)count_columns () - 1);

  *g_utf8_offset_to_pointer (valid, length) = '\0';
  fprintf (stderr, "\r%s\033[K", valid);
  fflush (stderr);
  self->is_shown = TRUE;
}

/* Ten lines per stage at the most, so that logs stay short. */
static void
show_line (CliProgress *self, const AmProgressState *state)
{
  gint tenth = (gint)(compute_fraction (state) * 10.0);
  g_autofree char *figures = NULL;

  if (g_strcmp0 (self->last_stage, state->stage) != 0)
    self->last_tenth = -1;
  self->last_stage = g_intern_string (state->stage);
  if (tenth <= self->last_tenth)
    return;
  self->last_tenth = tenth;
  figures = format_figures (state);
  g_printerr ("%s %s\n", state->stage, figures);
}

static void
on_progress (const AmProgressState *state, gpointer user_data)
{
  CliProgress *self = user_data;

  if (self->is_terminal)
    show_bar (self, state);
  else
    show_line (self, state);
}

void
cli_progress_init (CliProgress *self, gboolean is_quiet)
{
  *self = (CliProgress){ .last_tenth = -1 };
  self->is_terminal = isatty (STDERR_FILENO) != 0;
  self->is_utf8 = g_get_charset (NULL);
  if (!is_quiet)
    self->progress = (AmProgress){ on_progress, self };
}

void
cli_progress_clear (CliProgress *self)
{
  if (!self->is_shown)
    return;
  fputs ("\r\033[K", stderr);
  fflush (stderr);
  self->is_shown = FALSE;
}
