#include "command.h"
#include "console.h"
#include "inspect-facts.h"
#include "interrupt.h"
#include "terminal-progress.h"

typedef struct
{
  char **files;
  gboolean is_json;
  gboolean is_scan;
  gboolean is_hash;
  gboolean is_quiet;
} Flags;

static gboolean
scan (InspectFacts *facts, gboolean is_quiet, GError **error)
{
  CliProgress progress;

  cli_progress_init (&progress, is_quiet);
  facts->findings
      = am_scan_checkpoint (facts->checkpoint, 0, &progress.progress, cli_interrupt_watch (), error);
  cli_progress_clear (&progress);
  return facts->findings != NULL;
}

static int
inspect (const Flags *flags)
{
  g_auto (InspectFacts) facts = { 0 };
  g_autoptr (GError) failure = NULL;

  if (!inspect_facts_init (&facts, flags->files[0], &failure)
      || !inspect_facts_hash (&facts, flags->is_hash, cli_interrupt_watch (), &failure)
      || (flags->is_scan && !scan (&facts, flags->is_quiet, &failure)))
    return cli_fail (failure);
  if (flags->is_json)
    inspect_print_json (&facts);
  else
    inspect_print_text (&facts);
  return CLI_DONE;
}

int
cli_inspect (int argc, char **argv)
{
  Flags flags = { 0 };
  g_auto (GStrv) files = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &flags.is_json, "print JSON", NULL },
    { "scan", 0, 0, G_OPTION_ARG_NONE, &flags.is_scan, "read all values and look for NaN and infinity",
      NULL },
    { "hash", 0, 0, G_OPTION_ARG_NONE, &flags.is_hash, "compute all hashes, not only those known already",
      NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &flags.is_quiet, "no progress", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, NULL },
    { NULL },
  };

  if (!cli_parse_options (argc, argv, "FILE",
                          "What a checkpoint is and holds: its architecture and why, components, "
                          "blocks,\nhashes, metadata and the recipe that made it.",
                          entries))
    return CLI_USAGE;
  if (files == NULL || g_strv_length (files) != 1)
    return cli_usage_error ("inspect takes one checkpoint");
  flags.files = files;
  return inspect (&flags);
}
