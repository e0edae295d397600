#include <math.h>
#include <string.h>

#include "command.h"
#include "console.h"
#include "interrupt.h"
#include "terminal-progress.h"

typedef struct
{
  char **files;
  char *picture;
  gint n_top;
  gint n_threads;
  gboolean is_json;
  gboolean is_quiet;
} Flags;

static void
flags_clear (Flags *flags)
{
  g_clear_pointer (&flags->files, g_strfreev);
  g_clear_pointer (&flags->picture, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Flags, flags_clear)

typedef struct
{
  AmCheckpoint *checkpoint;
  AmModel *model;
} Side;

static void
side_clear (Side *side)
{
  g_clear_pointer (&side->model, am_model_free);
  g_clear_pointer (&side->checkpoint, am_checkpoint_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Side, side_clear)

static gboolean
side_open (Side *side, const char *path, GError **error)
{
  side->checkpoint = am_checkpoint_open (path, error);
  if (side->checkpoint == NULL)
    return FALSE;
  side->model = am_model_new (side->checkpoint);
  return TRUE;
}

static void
print_kinds (const AmDifference *difference)
{
  static const char *const words[AM_N_DIFFERENCE_KINDS]
      = { NULL, "only in A", "only in B", "have different shapes",
          "are not of a float type: compared as bytes" };
  guint counts[AM_N_DIFFERENCE_KINDS] = { 0 };
  guint n_equal = 0;

  for (guint i = 0; i < difference->n_tensors; i++)
    {
      counts[difference->tensors[i].kind]++;
      n_equal += difference->tensors[i].is_equal != FALSE;
    }
  g_print ("%u tensor%s: %u compared, %u equal\n", difference->n_tensors,
           difference->n_tensors == 1 ? "" : "s", counts[AM_DIFFERENCE_COMPARED], n_equal);
  for (guint kind = 1; kind < AM_N_DIFFERENCE_KINDS; kind++)
    if (counts[kind] > 0)
      g_print ("  %u %s\n", counts[kind], words[kind]);
}

static const char *
get_column_title (guint layer)
{
  return layer < AM_N_LAYER_KINDS ? am_layer_kind_get_title (layer) : "all layers";
}

static int
measure_column (guint layer)
{
  return (int)MAX (strlen (get_column_title (layer)), 8);
}

static char *
format_cosine (double cosine)
{
  return isnan (cosine) ? g_strdup ("-") : g_strdup_printf ("%.6f", cosine);
}

static void
print_block (const AmDifference *difference, const AmModel *a, guint block, const gboolean *is_used)
{
  AmCellDifference cell;
  g_autofree char *cosine = NULL;

  g_print ("  %-8s", am_model_get_block_name (a, block));
  for (guint layer = 0; layer <= AM_N_LAYER_KINDS; layer++)
    if (is_used[layer])
      {
        g_autofree char *text = cli_format_percent (am_difference_get_cell (difference, block, layer));

        g_print ("  %*s", measure_column (layer), text);
      }
  am_difference_sum_cell (difference, block, AM_N_LAYER_KINDS, &cell);
  cosine = format_cosine (cell.cosine);
  g_print ("  %9s  %10.4g\n", cosine, cell.maximum);
}

static void
print_blocks (const AmDifference *difference, const AmModel *a)
{
  gboolean is_used[AM_N_LAYER_KINDS + 1] = { FALSE };

  if (am_model_get_n_blocks (a) == 0)
    return;
  g_print ("\nRelative L2 difference by block:\n  %-8s", "");
  for (guint layer = 0; layer <= AM_N_LAYER_KINDS; layer++)
    {
      for (guint block = 0; block < am_model_get_n_blocks (a); block++)
        is_used[layer] = is_used[layer] || !isnan (am_difference_get_cell (difference, block, layer));
      if (is_used[layer])
        g_print ("  %*s", measure_column (layer), get_column_title (layer));
    }
  g_print ("  %9s  %10s\n", "cosine", "max");
  for (guint block = 0; block < am_model_get_n_blocks (a); block++)
    print_block (difference, a, block, is_used);
}

static double
rank_tensor (const AmTensorDifference *tensor)
{
  if (tensor->kind != AM_DIFFERENCE_COMPARED)
    return -1.0;
  return isnan (tensor->relative_l2) ? HUGE_VAL : tensor->relative_l2;
}

/* Most changed first; equal ones by name, so that the order is always the same. */
static gint
order_tensors (gconstpointer a, gconstpointer b)
{
  const AmTensorDifference *first = *(const AmTensorDifference *const *)a;
  const AmTensorDifference *second = *(const AmTensorDifference *const *)b;
  double x = rank_tensor (first), y = rank_tensor (second);

  return x != y ? (x < y) - (x > y) : g_strcmp0 (first->name, second->name);
}

static void
print_tensor (const AmTensorDifference *tensor)
{
  g_autofree char *relative = cli_format_percent (tensor->relative_l2);
  g_autofree char *cosine = format_cosine (tensor->cosine);

  g_print ("  %10s  %9s  %10.4g  %s\n", relative, cosine, tensor->maximum, tensor->name);
}

static void
print_top (const AmDifference *difference, guint n_top)
{
  g_autoptr (GPtrArray) order = g_ptr_array_new ();

  for (guint i = 0; i < difference->n_tensors; i++)
    if (rank_tensor (&difference->tensors[i]) > 0.0)
      g_ptr_array_add (order, &difference->tensors[i]);
  if (order->len == 0 || n_top == 0)
    return;
  g_ptr_array_sort (order, order_tensors);
  g_print ("\nMost changed tensors:\n  %10s  %9s  %10s\n", "relative", "cosine", "max");
  for (guint i = 0; i < MIN (n_top, order->len); i++)
    print_tensor (g_ptr_array_index (order, i));
}

static void
print_text (const AmDifference *difference, const Side *a, const Side *b, guint n_top)
{
  g_autofree char *overall
      = cli_format_percent (am_difference_get_cell (difference, AM_BLOCK_NONE, AM_N_LAYER_KINDS));

  g_print ("A  %s: %s\nB  %s: %s\n", difference->path_a, am_model_get_title (a->model), difference->path_b,
           am_model_get_title (b->model));
  print_kinds (difference);
  g_print ("Relative L2 difference |B - A| / |A| over all: %s\n", overall);
  print_blocks (difference, a->model);
  print_top (difference, n_top);
}

/* The recipe that made B, or A, so that the picture replays it. */
static const char *
find_recipe (const Side *a, const Side *b)
{
  const Side *sides[] = { b, a };
  const char *recipe = NULL;

  for (guint i = 0; i < 2 && recipe == NULL; i++)
    {
      GHashTable *metadata = am_checkpoint_get_metadata (sides[i]->checkpoint);

      if (metadata != NULL)
        recipe = g_hash_table_lookup (metadata, AM_RECIPE_METADATA_KEY);
    }
  return recipe;
}

static gboolean
draw_picture (const AmDifference *difference, const Side *a, const Side *b, const char *path, GError **error)
{
  g_autofree char *name_a = g_path_get_basename (difference->path_a);
  g_autofree char *name_b = g_path_get_basename (difference->path_b);
  g_autofree char *title = g_strdup_printf ("%s against %s", name_b, name_a);
  g_autofree char *overall
      = cli_format_percent (am_difference_get_cell (difference, AM_BLOCK_NONE, AM_N_LAYER_KINDS));
  g_autofree char *subtitle = g_strdup_printf ("%s; %s over all", am_model_get_title (a->model), overall);

  return am_difference_write_png (difference, a->model, title, subtitle, path, find_recipe (a, b), error);
}

static gboolean
check_picture (const Side *a, const Side *b, const char *path, GError **error)
{
  if (path == NULL)
    return TRUE;
  if (!am_checkpoint_is_file (a->checkpoint, path) && !am_checkpoint_is_file (b->checkpoint, path))
    return cli_check_small_file (path, error);
  g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
               "%s is one of the inputs; inputs are never changed: choose another name for the picture",
               path);
  return FALSE;
}

static int
compare (const Flags *flags)
{
  g_auto (Side) a = { NULL, NULL };
  g_auto (Side) b = { NULL, NULL };
  g_autoptr (AmDifference) difference = NULL;
  g_autoptr (GError) failure = NULL;
  CliProgress progress;

  if (!side_open (&a, flags->files[0], &failure) || !side_open (&b, flags->files[1], &failure)
      || !check_picture (&a, &b, flags->picture, &failure))
    return cli_fail (failure);
  cli_progress_init (&progress, flags->is_quiet);
  difference = am_difference_new (a.checkpoint, a.model, b.checkpoint, b.model, (guint)flags->n_threads,
                                  &progress.progress, cli_interrupt_watch (), &failure);
  cli_progress_clear (&progress);
  if (difference == NULL)
    return cli_fail (failure);
  if (flags->is_json)
    {
      g_autofree char *json = am_difference_to_json (difference, a.model, b.model);

      cli_print_raw (json);
    }
  else if (!flags->is_quiet)
    print_text (difference, &a, &b, (guint)flags->n_top);
  if (flags->picture != NULL && !draw_picture (difference, &a, &b, flags->picture, &failure))
    return cli_fail (failure);
  return CLI_DONE;
}

int
cli_diff (int argc, char **argv)
{
  g_auto (Flags) flags = { .n_top = 10 };
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &flags.is_json, "print JSON", NULL },
    { "png", 0, 0, G_OPTION_ARG_FILENAME, &flags.picture, "draw a heat map: blocks by layer kind", "FILE" },
    { "top", 0, 0, G_OPTION_ARG_INT, &flags.n_top, "how many of the most changed tensors to list (10)", "N" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &flags.n_threads, "the figures do not depend on it", "N" },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &flags.is_quiet, "no progress and no text", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &flags.files, NULL, NULL },
    { NULL },
  };

  if (!cli_parse_options (argc, argv, "A B", "How B differs from A, per block and per tensor.", entries))
    return CLI_USAGE;
  if (flags.files == NULL || g_strv_length (flags.files) != 2)
    return cli_usage_error ("diff takes two checkpoints");
  if (flags.n_top < 0 || flags.n_threads < 0 || flags.n_threads > 1024)
    return cli_usage_error ("--top and --threads take numbers from 0 up");
  return compare (&flags);
}
