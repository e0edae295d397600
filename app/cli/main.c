#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "console.h"

typedef struct
{
  const char *name;
  const char *summary;
  int (*run) (int argc, char **argv);
} Command;

static const Command commands[] = {
  { "merge", "merge checkpoints, or run a recipe again", cli_merge },
  { "inspect", "what a checkpoint is and holds", cli_inspect },
  { "diff", "how two checkpoints differ, block by block", cli_diff },
  { "align", "reorder the units of a model so that they match another's", cli_align },
  { "evaluate", "how good models are on labelled pictures", cli_evaluate },
  { "statistics", "measure what a model does on data, for merges that use it", cli_statistics },
  { "repair", "give the units of a merged model its parents' statistics", cli_repair },
  { "soup", "average the models that make each other better", cli_soup },
  { "convert", "any readable checkpoint to safetensors", cli_convert },
  { "methods", "the merge methods and their parameters", cli_methods },
  { "presets", "the block-weight presets", cli_presets },
  { "demo", "make two small models, merge them, draw the heat map", cli_demo },
};

static void
print_help (void)
{
  g_print (
      "Usage:\n  amalgam COMMAND [ARGUMENTS]\n\nAmalgam merges neural-network checkpoints.\n\nCommands:\n");
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-10s  %s\n", commands[i].name, commands[i].summary);
  g_print ("\n'amalgam help COMMAND' tells more about one. 'amalgam --version' prints the version.\n\n"
           "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 cancelled.\n");
}

static const Command *
find_command (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i].name, name) == 0)
      return &commands[i];
  return NULL;
}

static int
run_command (int argc, char **argv)
{
  const Command *command = find_command (argv[0]);

  if (command == NULL)
    return cli_usage_error ("no command is called '%s'", argv[0]);
  return command->run (argc, argv);
}

static int
show_command_help (const char *name)
{
  char *argv[] = { (char *)name, (char *)"--help", NULL };

  return run_command (2, argv);
}

static int
dispatch (int argc, char **argv)
{
  if (argc < 2)
    {
      print_help ();
      return CLI_USAGE;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      g_print ("amalgam %s\n", AM_VERSION);
      return CLI_DONE;
    }
  if (strcmp (argv[1], "help") == 0 && argc > 2)
    return show_command_help (argv[2]);
  if (strcmp (argv[1], "help") == 0 || strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0)
    {
      print_help ();
      return CLI_DONE;
    }
  return run_command (argc - 1, argv + 1);
}

int
main (int argc, char **argv)
{
  int status;

  /* Writing beyond a file size limit becomes an ordinary error. */
  signal (SIGXFSZ, SIG_IGN);
  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C");
  g_set_prgname ("amalgam");
  cli_console_init ();
  status = dispatch (argc, argv);
  if ((fflush (stdout) != 0 || ferror (stdout)) && status == CLI_DONE)
    {
      g_printerr ("amalgam: cannot write to standard output\n");
      status = CLI_FAILED;
    }
  return status;
}
