#include "measure/measurement.h"

#include <errno.h>
#include <glib/gi18n.h>

/* With more classes a backward pass for each takes long. */
#define MOST_EXACT_CLASSES 32

typedef struct
{
  AmMeasureInput *input;
  gboolean resets;
  guint kinds;
  char *output;
} Work;

void
am_measure_input_free (AmMeasureInput *input)
{
  g_free (input->models[0]);
  g_free (input->models[1]);
  g_free (input->head);
  g_clear_pointer (&input->choice, am_data_choice_free);
  g_free (input);
}

static void
work_free (Work *work)
{
  g_clear_pointer (&work->input, am_measure_input_free);
  g_free (work->output);
  g_free (work);
}

static AmVisionNetwork *
open_network (const AmMeasureInput *input, guint which, GError **error)
{
  AmVisionNetwork *network = am_vision_network_open (input->models[which], NULL, input->head, error);

  if (network != NULL)
    am_network_set_n_threads (am_vision_network_get_network (network), input->n_threads);
  return network;
}

static AmEvaluateSettings
get_settings (const AmMeasureInput *input)
{
  return (AmEvaluateSettings){ .n_samples = input->choice->n_samples, .n_threads = input->n_threads };
}

static void
evaluated_model_free (AmEvaluatedModel *model)
{
  g_free (model->model);
  g_clear_pointer (&model->evaluation, am_evaluation_free);
  g_strfreev (model->classes);
  g_free (model);
}

static char **
name_classes (const AmDataset *dataset, guint n)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < n; i++)
    {
      const char *known = am_dataset_get_class_name (dataset, i);
      g_autofree char *name = known != NULL ? g_utf8_make_valid (known, -1) : g_strdup_printf ("%u", i);

      g_strv_builder_add (names, name);
    }
  return g_strv_builder_end (names);
}

static AmEvaluatedModel *
evaluate_one (const AmMeasureInput *input, guint which, const AmProgress *progress, GCancellable *cancellable,
              GError **error)
{
  g_autoptr (AmVisionNetwork) network = open_network (input, which, error);
  g_autoptr (AmDataset) dataset
      = network != NULL ? am_data_choice_open (input->choice, network, error) : NULL;
  AmEvaluateSettings settings = get_settings (input);
  AmEvaluation *evaluation;
  AmEvaluatedModel *model;

  if (dataset == NULL)
    return NULL;
  evaluation = am_evaluate (network, dataset, &settings, progress, cancellable, error);
  if (evaluation == NULL)
    return NULL;
  model = g_new0 (AmEvaluatedModel, 1);
  model->model = g_filename_display_basename (input->models[which]);
  model->evaluation = evaluation;
  model->classes = name_classes (dataset, evaluation->n_classes);
  return model;
}

static gpointer
evaluate (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  const Work *work = data;
  g_autoptr (GPtrArray) models = g_ptr_array_new_with_free_func ((GDestroyNotify)evaluated_model_free);

  for (guint i = 0; i < G_N_ELEMENTS (work->input->models) && work->input->models[i] != NULL; i++)
    {
      AmEvaluatedModel *model = evaluate_one (work->input, i, progress, cancellable, error);

      if (model == NULL)
        return NULL;
      g_ptr_array_add (models, model);
    }
  return g_steal_pointer (&models);
}

static gpointer
measure_line (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  const Work *work = data;
  AmEvaluateSettings settings = get_settings (work->input);
  g_autoptr (AmVisionNetwork) a = open_network (work->input, 0, error);
  g_autoptr (AmVisionNetwork) b = a != NULL ? open_network (work->input, 1, error) : NULL;
  g_autoptr (AmDataset) dataset = b != NULL ? am_data_choice_open (work->input->choice, a, error) : NULL;

  if (dataset == NULL)
    return NULL;
  return am_barrier_measure (a, b, dataset, AM_LINE_POINTS, work->resets, &settings, progress, cancellable,
                             error);
}

static void
measured_statistics_free (AmMeasuredStatistics *measured)
{
  g_free (measured->path);
  g_free (measured->reason);
  g_free (measured);
}

static gboolean
make_folder (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int failure;

  if (g_mkdir_with_parents (folder, 0700) == 0)
    return TRUE;
  failure = errno;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (failure), "%s: %s", folder,
               g_strerror (failure));
  return FALSE;
}

static AmMeasuredStatistics *
describe_sums (const AmStatisticsSums *sums, const char *path)
{
  AmMeasuredStatistics *measured = g_new0 (AmMeasuredStatistics, 1);

  measured->path = g_strdup (path);
  measured->n_gaps = am_statistics_sums_get_n_gaps (sums);
  if (measured->n_gaps > 0)
    measured->reason = g_strdup (am_statistics_sums_get_gap (sums, 0)->reason);
  return measured;
}

static gpointer
measure_statistics (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  const Work *work = data;
  g_autoptr (AmVisionNetwork) network = open_network (work->input, 0, error);
  g_autoptr (AmDataset) dataset
      = network != NULL ? am_data_choice_open (work->input->choice, network, error) : NULL;
  g_autoptr (AmStatisticsSums) sums = NULL;
  AmMeasureSettings settings = {
    .kinds = work->kinds,
    .n_samples = work->input->choice->n_samples,
    .n_threads = work->input->n_threads,
  };

  if (dataset == NULL)
    return NULL;
  settings.estimator = am_vision_network_get_n_classes (network) <= MOST_EXACT_CLASSES ? AM_ESTIMATOR_EXACT
                                                                                       : AM_ESTIMATOR_SAMPLED;
  sums = am_statistics_measure (network, dataset, &settings, progress, cancellable, error);
  if (sums == NULL || !make_folder (work->output, error)
      || !am_statistics_sums_write (sums, work->output, FALSE, TRUE, error))
    return NULL;
  return describe_sums (sums, work->output);
}

static AmJob *
make_job (const char *title, AmJobFunc func, AmMeasureInput *input, GDestroyNotify result_free, Work **work)
{
  *work = g_new0 (Work, 1);
  (*work)->input = input;
  return am_job_new (title, func, *work, (GDestroyNotify)work_free, result_free);
}

AmJob *
am_evaluate_job_new (AmMeasureInput *input)
{
  Work *work;

  return make_job (_ ("Evaluating"), evaluate, input, (GDestroyNotify)g_ptr_array_unref, &work);
}

AmJob *
am_line_job_new (AmMeasureInput *input, gboolean resets)
{
  Work *work;
  AmJob *job
      = make_job (_ ("Measuring the line"), measure_line, input, (GDestroyNotify)am_barrier_free, &work);

  work->resets = resets;
  return job;
}

AmJob *
am_statistics_job_new (AmMeasureInput *input, guint kinds, const char *output)
{
  Work *work;
  AmJob *job = make_job (_ ("Measuring statistics"), measure_statistics, input,
                         (GDestroyNotify)measured_statistics_free, &work);

  work->kinds = kinds;
  work->output = g_strdup (output);
  return job;
}

typedef struct
{
  AmBarrier *barrier;
  char *title;
  char *path;
} Export;

static void
export_free (Export *export)
{
  am_barrier_free (export->barrier);
  g_free (export->title);
  g_free (export->path);
  g_free (export);
}

static gpointer
save_picture (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  const Export *export = data;

  if (!am_barrier_write_picture (export->barrier, export->title, export->path, TRUE, error))
    return NULL;
  return g_strdup (export->path);
}

AmJob *
am_line_export_job_new (const AmBarrier *barrier, const char *title, const char *path)
{
  Export *export = g_new0 (Export, 1);

  export->barrier = g_memdup2 (barrier, sizeof *barrier);
  export->barrier->points = g_memdup2 (barrier->points, barrier->n_points * sizeof *barrier->points);
  export->title = g_strdup (title);
  export->path = g_strdup (path);
  return am_job_new (_ ("Saving"), save_picture, export, (GDestroyNotify)export_free, g_free);
}
