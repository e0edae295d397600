#include "command.h"
#include "console.h"
#include "interrupt.h"
#include "terminal-progress.h"

typedef struct
{
  char **files;
  char *output;
  char *dtype;
  char *vae;
  char *shard_size;
  char *memory;
  gint n_threads;
  gboolean is_pruned;
  gboolean is_forced;
  gboolean is_quiet;
  gboolean no_metadata;
  gboolean no_sync;
} Flags;

static void
flags_clear (Flags *flags)
{
  g_clear_pointer (&flags->files, g_strfreev);
  g_clear_pointer (&flags->output, g_free);
  g_clear_pointer (&flags->dtype, g_free);
  g_clear_pointer (&flags->vae, g_free);
  g_clear_pointer (&flags->shard_size, g_free);
  g_clear_pointer (&flags->memory, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Flags, flags_clear)

static gboolean
parse_flags (Flags *flags, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &flags->output, "where the result goes", "OUT" },
    { "dtype", 0, 0, G_OPTION_ARG_STRING, &flags->dtype, "same, fp32, fp16, bf16, fp8_e4m3fn or fp8_e5m2",
      "DTYPE" },
    { "prune", 0, 0, G_OPTION_ARG_NONE, &flags->is_pruned, "leave out EMA copies and training leftovers",
      NULL },
    { "vae", 0, 0, G_OPTION_ARG_FILENAME, &flags->vae, "put in the VAE of this file", "FILE" },
    { "shard-size", 0, 0, G_OPTION_ARG_STRING, &flags->shard_size,
      "write a folder of files this large, as in 5GB", "SIZE" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &flags->n_threads, "the result does not depend on it", "N" },
    { "memory", 0, 0, G_OPTION_ARG_STRING, &flags->memory,
      "run fewer threads to need no more than this, as in 200MB", "SIZE" },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &flags->is_forced, "replace an existing output", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &flags->is_quiet, "print errors only", NULL },
    { "no-metadata", 0, 0, G_OPTION_ARG_NONE, &flags->no_metadata, "write no metadata of our own", NULL },
    { "no-sync", 0, 0, G_OPTION_ARG_NONE, &flags->no_sync, "do not wait for the disk", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &flags->files, NULL, NULL },
    { NULL },
  };

  return cli_parse_options (
      argc, argv, "IN -o OUT",
      "Writes any readable checkpoint (.safetensors, .ckpt, .pt, .bin, GGUF, a sharded or diffusers\n"
      "folder) as safetensors.",
      entries);
}

static int
run (const Flags *flags, const AmConvertOptions *options)
{
  CliProgress progress;
  g_autoptr (AmReport) report = NULL;
  g_autoptr (GError) failure = NULL;

  cli_progress_init (&progress, flags->is_quiet);
  report = am_convert (flags->files[0], flags->output, options, &progress.progress, cli_interrupt_watch (),
                       &failure);
  cli_progress_clear (&progress);
  if (report == NULL)
    return cli_fail (failure);
  if (!flags->is_quiet)
    {
      cli_warn (am_report_get_warnings (report));
      g_print ("Converted %s into %s.\n", flags->files[0], flags->output);
    }
  return CLI_DONE;
}

int
cli_convert (int argc, char **argv)
{
  g_auto (Flags) flags = { 0 };
  AmConvertOptions options = { 0 };
  g_autoptr (GError) failure = NULL;

  if (!parse_flags (&flags, argc, argv))
    return CLI_USAGE;
  if (flags.files == NULL || g_strv_length (flags.files) != 1)
    return cli_usage_error ("convert takes one input");
  if (flags.output == NULL)
    return cli_usage_error ("where should the result go? -o OUT");
  if (*flags.output == '\0')
    return cli_usage_error ("the name of the output is empty");
  if (flags.n_threads < 0 || flags.n_threads > 1024)
    return cli_usage_error ("--threads takes a number from 1 to 1024");
  if (!cli_parse_dtype (flags.dtype, &options.dtype))
    return cli_usage_error ("--dtype takes same, fp32, fp16, bf16, fp8_e4m3fn or fp8_e5m2");
  if (flags.shard_size != NULL && !am_size_parse (flags.shard_size, &options.shard_size, &failure))
    return cli_usage_error ("--shard-size: %s", failure->message);
  if (flags.memory != NULL && !am_size_parse (flags.memory, &options.memory_limit, &failure))
    return cli_usage_error ("--memory: %s", failure->message);
  options.prune = flags.is_pruned;
  options.vae = flags.vae;
  options.n_threads = (guint)flags.n_threads;
  options.force = flags.is_forced;
  options.no_sync = flags.no_sync;
  options.no_metadata = flags.no_metadata;
  return run (&flags, &options);
}
