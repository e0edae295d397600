/* The sub-commands. */
#pragma once

#include <glib.h>

enum
{
  CLI_DONE = 0,
  CLI_FAILED = 1,
  CLI_USAGE = 2,
  CLI_CANCELLED = 3,
};

/* Each takes the arguments after its own name (argv[0] is the name) and returns an exit code. */
int cli_align (int argc, char **argv);
int cli_convert (int argc, char **argv);
int cli_demo (int argc, char **argv);
int cli_diff (int argc, char **argv);
int cli_evaluate (int argc, char **argv);
int cli_inspect (int argc, char **argv);
int cli_merge (int argc, char **argv);
int cli_methods (int argc, char **argv);
int cli_presets (int argc, char **argv);
int cli_repair (int argc, char **argv);
int cli_soup (int argc, char **argv);
int cli_statistics (int argc, char **argv);
