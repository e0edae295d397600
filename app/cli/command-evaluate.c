#include <math.h>
#include <string.h>

#include "command.h"
#include "console.h"
#include "data-flags.h"
#include "interrupt.h"
#include "json-text.h"
#include "terminal-progress.h"

typedef struct
{
  DataFlags data;
  char **files;
  char *picture;
  gint n_points;
  gboolean is_barrier;
  gboolean is_reset;
  gboolean shows_classes;
  gboolean is_json;
  gboolean is_quiet;
  gboolean is_forced;
} Flags;

static void
flags_clear (Flags *flags)
{
  data_flags_clear (&flags->data);
  g_clear_pointer (&flags->files, g_strfreev);
  g_clear_pointer (&flags->picture, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Flags, flags_clear)

static const char summary[]
    = "How often models name the right class, their mean cross entropy, and how far their confidence is "
      "from\n"
      "their accuracy. With --barrier the same on the line between the weights of two models: whether they\n"
      "can be averaged.";

static gboolean
parse_flags (Flags *flags, int argc, char **argv)
{
  const GOptionEntry own[] = {
    { "classes", 0, 0, G_OPTION_ARG_NONE, &flags->shows_classes, "also tell the accuracy of each class",
      NULL },
    { "barrier", 0, 0, G_OPTION_ARG_NONE, &flags->is_barrier, "measure the line from A to B", NULL },
    { "points", 0, 0, G_OPTION_ARG_INT, &flags->n_points, "odd number of points on that line (25)", "N" },
    { "reset-bn", 0, 0, G_OPTION_ARG_NONE, &flags->is_reset,
      "measure the statistics of batch norms anew at every point", NULL },
    { "png", 0, 0, G_OPTION_ARG_FILENAME, &flags->picture, "draw loss and accuracy along the line", "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &flags->is_json, "print JSON", NULL },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &flags->is_forced, "replace an existing picture", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &flags->is_quiet,
      "print nothing but the accuracy, or with --barrier the barrier of the loss, as a number", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &flags->files, NULL, NULL },
    { NULL },
  };
  g_autofree GOptionEntry *entries = data_flags_add_entries (&flags->data, own);

  return cli_parse_options (argc, argv, "MODEL... --data PATH", summary, entries);
}

static const char *
find_usage_fault (const Flags *flags)
{
  guint n = flags->files != NULL ? g_strv_length (flags->files) : 0;

  if (n == 0)
    return "evaluate takes one model or several";
  if (flags->is_barrier && n != 2)
    return "--barrier takes two models: the ends of the line";
  if (!flags->is_barrier && (flags->is_reset || flags->picture != NULL || flags->n_points != 0))
    return "--points, --reset-bn and --png belong to --barrier";
  if (flags->n_points != 0 && (flags->n_points < 3 || flags->n_points > 1001 || flags->n_points % 2 == 0))
    return "--points takes an odd number from 3 to 1001, so that the middle is one of them";
  if (flags->is_barrier && flags->shows_classes)
    return "--classes does not go with --barrier";
  if (flags->is_json && flags->is_quiet)
    return "--json and --quiet are two ways to print: choose one";
  return NULL;
}

static AmEvaluateSettings
get_settings (const Flags *flags)
{
  return (AmEvaluateSettings){ .n_samples = (guint64)flags->data.n_samples,
                               .seed = flags->data.seed,
                               .batch_size = (guint)flags->data.batch_size,
                               .n_threads = (guint)flags->data.n_threads };
}

static gboolean
has_batch_norms (AmVisionNetwork *network)
{
  const AmGraph *graph = am_network_get_graph (am_vision_network_get_network (network));

  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    if (am_graph_get_node (graph, i)->type == AM_NODE_BATCH_NORM)
      return TRUE;
  return FALSE;
}

/* Whether the file is the average of several models, and nobody measured anew since. */
static gboolean
is_unrepaired_merge (AmVisionNetwork *network)
{
  GHashTable *metadata = am_checkpoint_get_metadata (am_vision_network_get_checkpoint (network));
  const char *yaml = metadata != NULL ? g_hash_table_lookup (metadata, AM_RECIPE_METADATA_KEY) : NULL;
  g_autoptr (GPtrArray) recipes = NULL;
  const AmRecipe *last;

  if (yaml == NULL || g_hash_table_contains (metadata, "amalgam_repair"))
    return FALSE;
  recipes = am_recipes_parse (yaml, -1, "recipe", NULL);
  last = recipes != NULL && recipes->len > 0 ? g_ptr_array_index (recipes, recipes->len - 1) : NULL;
  return last != NULL && last->models->len + (last->base != NULL) > 1;
}

static void
tell_about_batch_norms (AmVisionNetwork *network, const char *file)
{
  if (has_batch_norms (network) && is_unrepaired_merge (network))
    g_printerr (
        "amalgam: warning: %s was merged, and the statistics of its batch norms with it, which fit no "
        "average of weights: 'amalgam repair' measures them anew\n",
        file);
}

/* The data as @network wants it: what is open already where that is the same. */
static gboolean
prepare_data (const Flags *flags, AmVisionNetwork *network, AmDataset **dataset, const char **prepared_for,
              GError **error)
{
  const char *wanted = am_vision_network_get_preprocessing (network);

  if (*dataset != NULL && (flags->data.preprocessing != NULL || strcmp (wanted, *prepared_for) == 0))
    return TRUE;
  g_clear_pointer (dataset, am_dataset_free);
  *prepared_for = g_intern_string (wanted);
  *dataset = data_flags_open_data (&flags->data, network, flags->is_quiet, error);
  if (*dataset != NULL && !flags->is_quiet)
    data_flags_tell_about_classes (*dataset, network);
  return *dataset != NULL;
}

static void
print_classes (const AmEvaluation *evaluation, const AmDataset *dataset)
{
  g_print ("\n  %5s  %8s  %9s  %s\n", "class", "samples", "accuracy", "name");
  for (guint i = 0; i < evaluation->n_classes; i++)
    {
      guint64 count = evaluation->class_count[i];
      const char *name
          = i < am_dataset_get_n_classes (dataset) ? am_dataset_get_class_name (dataset, i) : NULL;
      g_autofree char *samples = cli_format_count (count);
      g_autofree char *accuracy
          = count > 0
                ? g_strdup_printf ("%.2f%%", 100.0 * (double)evaluation->class_correct[i] / (double)count)
                : g_strdup ("-");

      g_print ("  %5u  %8s  %9s  %s\n", i, samples, accuracy, name != NULL ? name : "");
    }
}

static void
print_missing (const AmEvaluation *evaluation)
{
  guint n = am_evaluation_count_missing (evaluation);

  if (n > 0)
    g_print ("%u of the model's %u classes %s no sample in the data.\n", n, evaluation->n_classes,
             n == 1 ? "has" : "have");
}

static void
print_evaluation (const AmEvaluation *evaluation, const Flags *flags, const AmVisionNetwork *network,
                  const AmDataset *dataset, const char *file)
{
  g_autofree char *count = cli_format_count (evaluation->n);
  guint64 n_correct = 0;

  for (guint i = 0; i < evaluation->n_classes; i++)
    n_correct += evaluation->class_correct[i];
  g_print ("%s: %s\n", file, am_model_get_title (am_vision_network_get_model (network)));
  g_print ("Data               %s: %s, %s sample%s\n", am_dataset_get_path (dataset),
           am_dataset_get_kind (dataset), count, evaluation->n == 1 ? "" : "s");
  g_print ("Accuracy           %.2f%% (%" G_GUINT64_FORMAT " right)\n", 100 * evaluation->accuracy,
           n_correct);
  g_print ("Loss               %.5g\n", evaluation->loss);
  g_print ("Calibration error  %.5g\n", evaluation->calibration_error);
  print_missing (evaluation);
  if (flags->shows_classes)
    print_classes (evaluation, dataset);
}

static void
print_line (const AmEvaluation *evaluation, const Flags *flags, const AmDataset *dataset, const char *file,
            gboolean is_first)
{
  if (is_first)
    g_print ("%9s  %10s  %11s  %s\n", "accuracy", "loss", "calibration", "model");
  g_print ("%8.2f%%  %10.5g  %11.5g  %s\n", 100 * evaluation->accuracy, evaluation->loss,
           evaluation->calibration_error, file);
  if (flags->shows_classes)
    {
      print_classes (evaluation, dataset);
      g_print ("\n");
    }
}

static void
print_number (double number)
{
  g_autofree char *text = am_number_to_text (number);

  cli_print_raw (text);
}

static void
add_json (const AmEvaluation *evaluation, const AmDataset *dataset, const char *file, JsonBuilder *builder)
{
  g_autofree char *name = g_filename_display_name (file);
  g_autofree char *data = g_filename_display_name (am_dataset_get_path (dataset));

  json_builder_begin_object (builder);
  am_json_add_string (builder, "model", name);
  am_json_add_string (builder, "data", data);
  am_json_add_string (builder, "preprocessing", am_dataset_get_preprocessing (dataset)->name);
  am_evaluation_add_json (evaluation, dataset, builder);
  json_builder_end_object (builder);
}

/* Data that are open from one model to the next. */
typedef struct
{
  AmDataset *dataset;
  const char *prepared_for;
  JsonBuilder *builder; /* (nullable) */
  CliProgress *progress;
} Session;

static gboolean
evaluate_file (const Flags *flags, guint index, Session *session, GError **error)
{
  const char *file = flags->files[index];
  g_autoptr (AmVisionNetwork) network = data_flags_open_network (&flags->data, file, error);
  g_autoptr (AmEvaluation) evaluation = NULL;
  AmEvaluateSettings settings = get_settings (flags);

  if (network == NULL || !prepare_data (flags, network, &session->dataset, &session->prepared_for, error))
    return FALSE;
  if (!flags->is_quiet)
    tell_about_batch_norms (network, file);
  evaluation = am_evaluate (network, session->dataset, &settings, &session->progress->progress,
                            cli_interrupt_watch (), error);
  cli_progress_clear (session->progress);
  if (evaluation == NULL)
    return FALSE;
  if (session->builder != NULL)
    add_json (evaluation, session->dataset, file, session->builder);
  else if (flags->is_quiet)
    print_number (evaluation->accuracy);
  else if (flags->files[1] == NULL)
    print_evaluation (evaluation, flags, network, session->dataset, file);
  else
    {
      print_line (evaluation, flags, session->dataset, file, index == 0);
      if (flags->files[index + 1] == NULL)
        print_missing (evaluation);
    }
  return TRUE;
}

static gboolean
evaluate_files (const Flags *flags, JsonBuilder *builder, GError **error)
{
  CliProgress progress;
  Session session = { .builder = builder, .progress = &progress };
  gboolean is_good = TRUE;

  cli_progress_init (&progress, flags->is_quiet);
  for (guint i = 0; is_good && flags->files[i] != NULL; i++)
    is_good = evaluate_file (flags, i, &session, error);
  g_clear_pointer (&session.dataset, am_dataset_free);
  return is_good;
}

static int
evaluate (const Flags *flags)
{
  g_autoptr (JsonBuilder) builder = flags->is_json ? json_builder_new () : NULL;
  g_autoptr (GError) failure = NULL;

  if (builder != NULL)
    {
      json_builder_begin_object (builder);
      am_json_add_string (builder, "format", "amalgam-evaluations-1");
      json_builder_set_member_name (builder, "models");
      json_builder_begin_array (builder);
    }
  if (!evaluate_files (flags, builder, &failure))
    return cli_fail (failure);
  if (builder != NULL)
    {
      json_builder_end_array (builder);
      json_builder_end_object (builder);
      json_print (builder);
    }
  return CLI_DONE;
}

static gboolean
check_picture (const Flags *flags, AmVisionNetwork *const *ends, GError **error)
{
  const char *path = flags->picture;

  if (path == NULL)
    return TRUE;
  if (am_checkpoint_is_file (am_vision_network_get_checkpoint (ends[0]), path)
      || am_checkpoint_is_file (am_vision_network_get_checkpoint (ends[1]), path))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
                 "%s is one of the inputs; inputs are never changed: choose another name for the picture",
                 path);
  else if (!flags->is_forced && g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s exists; use --force to replace it", path);
  else
    return cli_check_small_file (path, error);
  return FALSE;
}

static void
tell_about_reset (const Flags *flags, AmVisionNetwork *network)
{
  if (has_batch_norms (network) && !flags->is_reset)
    g_printerr (
        "amalgam: warning: the statistics of batch norms are averaged along the line, which makes the "
        "middle look worse than it has to be; --reset-bn measures them anew\n");
  else if (!has_batch_norms (network) && flags->is_reset)
    g_printerr ("amalgam: warning: there are no batch norms that --reset-bn could measure anew\n");
}

static void
print_barrier (const AmBarrier *barrier)
{
  g_print ("%7s  %9s  %10s\n", "B", "accuracy", "loss");
  for (guint i = 0; i < barrier->n_points; i++)
    g_print ("%7.4g  %8.2f%%  %10.5g\n", barrier->points[i].ratio, 100 * barrier->points[i].accuracy,
             barrier->points[i].loss);
  g_print ("\nBarrier of the loss      %.5g, at %.4g of B\n", barrier->loss_barrier, barrier->worst_ratio);
  g_print ("Barrier of the accuracy  %.2f%% in the middle\n", 100 * barrier->accuracy_barrier);
  if (barrier->is_reset)
    g_print ("Batch norms were measured anew at every point, on %" G_GUINT64_FORMAT " samples.\n",
             barrier->n_reset);
}

static gboolean
draw_barrier (const Flags *flags, const AmBarrier *barrier, GError **error)
{
  g_autofree char *a = g_filename_display_basename (flags->files[0]);
  g_autofree char *b = g_filename_display_basename (flags->files[1]);
  g_autofree char *title = g_strdup_printf ("From %s (A) to %s (B)", a, b);

  return flags->picture == NULL
         || am_barrier_write_picture (barrier, title, flags->picture, flags->is_forced, error);
}

static int
tell_barrier (const Flags *flags, const AmBarrier *barrier)
{
  g_autoptr (GError) failure = NULL;

  if (flags->is_json)
    {
      g_autofree char *json = am_barrier_to_json (barrier);

      cli_print_raw (json);
    }
  else if (flags->is_quiet)
    print_number (barrier->loss_barrier);
  else
    print_barrier (barrier);
  return draw_barrier (flags, barrier, &failure) ? CLI_DONE : cli_fail (failure);
}

static int
measure_barrier (const Flags *flags)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (AmVisionNetwork) a = data_flags_open_network (&flags->data, flags->files[0], &failure);
  g_autoptr (AmVisionNetwork) b
      = a != NULL ? data_flags_open_network (&flags->data, flags->files[1], &failure) : NULL;
  g_autoptr (AmDataset) dataset = NULL;
  g_autoptr (AmBarrier) barrier = NULL;
  AmEvaluateSettings settings = get_settings (flags);
  CliProgress progress;

  if (b == NULL || !check_picture (flags, (AmVisionNetwork *[]){ a, b }, &failure))
    return cli_fail (failure);
  dataset = data_flags_open_data (&flags->data, a, flags->is_quiet, &failure);
  if (dataset == NULL)
    return cli_fail (failure);
  if (!flags->is_quiet)
    {
      data_flags_tell_about_classes (dataset, a);
      tell_about_reset (flags, a);
    }
  cli_progress_init (&progress, flags->is_quiet);
  barrier
      = am_barrier_measure (a, b, dataset, flags->n_points != 0 ? (guint)flags->n_points : 25,
                            flags->is_reset, &settings, &progress.progress, cli_interrupt_watch (), &failure);
  cli_progress_clear (&progress);
  return barrier != NULL ? tell_barrier (flags, barrier) : cli_fail (failure);
}

int
cli_evaluate (int argc, char **argv)
{
  g_auto (Flags) flags = { 0 };
  const char *fault;

  if (!parse_flags (&flags, argc, argv))
    return CLI_USAGE;
  fault = find_usage_fault (&flags);
  if (fault != NULL)
    return cli_usage_error ("%s", fault);
  if (!data_flags_check (&flags.data, TRUE))
    return CLI_USAGE;
  return flags.is_barrier ? measure_barrier (&flags) : evaluate (&flags);
}
