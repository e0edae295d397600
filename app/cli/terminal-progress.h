/* Progress of long work on stderr: a bar on a terminal, plain lines elsewhere. */
#pragma once

#include "amalgam.h"

typedef struct
{
  AmProgress progress; /* to hand to the core; lives as long as this does */
  gboolean is_terminal;
  gboolean is_utf8;
  gboolean is_shown;   /* a bar stands on the line */
  gint last_tenth;
  const char *last_stage;
} CliProgress;

void cli_progress_init (CliProgress *self, gboolean is_quiet);

/* Takes the bar away. Call before printing and at the end; harmless when there is none. */
void cli_progress_clear (CliProgress *self);
