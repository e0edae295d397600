/* Methods that measure while they merge: layer by layer, before the merge proper runs. */
#include "merge/plan-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint/digest.h"
#include "methods/gram-solve.h"
#include "statistics/measure.h"
#include "statistics/merged-prefix.h"

static gboolean
is_measured_while_merging (const AmPlan *plan)
{
  return (plan->method->flags & AM_METHOD_MERGED_PREFIX) != 0;
}

char *
am_plan_find_beside (const AmPlan *plan, const char *path)
{
  g_autofree char *beside = NULL;

  if (plan->recipe_folder == NULL || g_path_is_absolute (path) || g_file_test (path, G_FILE_TEST_EXISTS))
    return g_strdup (path);
  beside = g_build_filename (plan->recipe_folder, path, NULL);
  return g_strdup (g_file_test (beside, G_FILE_TEST_EXISTS) ? beside : path);
}

char *
am_plan_find_data (const AmPlan *plan, const char *written, const char *pinned)
{
  g_autofree char *path = am_plan_find_beside (plan, written);
  char *known
      = pinned != NULL && !g_file_test (path, G_FILE_TEST_EXISTS) ? am_digest_find_path (pinned) : NULL;

  return known != NULL ? known : g_steal_pointer (&path);
}

static AmDataset *
open_data (const AmPlan *plan, const AmRecipeFiles *files, GError **error)
{
  g_autofree char *path = am_plan_find_data (plan, files->data, files->data_sha256);
  const char *written = files->preprocessing != NULL ? files->preprocessing : "none";
  g_autofree char *name = am_plan_find_beside (plan, written);
  g_autoptr (AmPreprocessing) preprocessing = am_preprocessing_load (name, error);

  return preprocessing != NULL ? am_dataset_open (path, preprocessing, error) : NULL;
}

gboolean
am_plan_check_digest (AmPlan *plan, const AmDataset *dataset, const char *written, const char *pinned,
                      GError **error)
{
  g_autofree char *digest = am_dataset_get_digest (dataset, error);

  if (digest == NULL)
    return FALSE;
  if (pinned != NULL && g_ascii_strcasecmp (pinned, digest) != 0)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
                   T_ ("%s is not the data the recipe was made with: its SHA-256 is %s, the recipe wants %s"),
                   am_dataset_get_path (dataset), digest, pinned);
      return FALSE;
    }
  g_hash_table_insert (plan->data_digests, g_strdup (written), g_steal_pointer (&digest));
  return TRUE;
}

static void
check_data_of (AmPlan *plan, guint model)
{
  const AmRecipeModel *written = g_ptr_array_index (plan->recipe->models, model);
  GError *error = NULL;
  g_autoptr (AmDataset) dataset = NULL;

  if (written->files.data == NULL)
    {
      am_plan_complain (
          plan, AM_ERROR_BAD_RECIPE,
          T_ ("%s measures each model on data of its own: name it as the parameter “data” of %s"),
          plan->method->id, am_plan_input (plan, am_plan_model_input (plan, model))->label);
      return;
    }
  dataset = open_data (plan, &written->files, &error);
  if (dataset == NULL
      || !am_plan_check_digest (plan, dataset, written->files.data, written->files.data_sha256, &error))
    am_plan_complain_error (plan, error);
}

void
am_plan_check_data (AmPlan *plan)
{
  if (!is_measured_while_merging (plan))
    return;
  for (guint i = 0; i < plan->n_models && plan->complaints->len == 0; i++)
    check_data_of (plan, i);
}

/* What measuring needs while it runs. */
typedef struct
{
  AmPlan *plan;
  GHashTable *by_name; /* canonical name -> AmPlanned */
  GPtrArray *networks; /* AmVisionNetwork */
  GPtrArray *datasets; /* AmDataset */
} Measuring;

static void
measuring_clear (Measuring *self)
{
  g_clear_pointer (&self->by_name, g_hash_table_unref);
  g_clear_pointer (&self->networks, g_ptr_array_unref);
  g_clear_pointer (&self->datasets, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Measuring, measuring_clear)

static double
get_parameter (const AmPlanned *planned, const char *id, gint model)
{
  const AmMethodTensor *tensor = &planned->method;
  gint index = am_method_find_parameter (tensor->run->method, id);

  return model >= 0 ? am_method_tensor_get_for (tensor, (guint)index, (guint)model)
                    : am_method_tensor_get (tensor, (guint)index);
}

/* The models' values of a tensor, [n_models][length], then the base's where there is one. */
static double *
read_models (const AmPlan *plan, const AmPlanned *planned, GError **error)
{
  guint64 length = planned->method.length;
  g_autofree double *values = g_new (double, (plan->n_inputs) * length + 1);

  for (guint i = 0; i < plan->n_inputs; i++)
    {
      guint input = i < plan->n_models ? am_plan_model_input (plan, i) : 0;

      if (!am_checkpoint_read_doubles (am_plan_input (plan, input)->checkpoint, planned->tensors[input], 0,
                                       length, values + i * length, error))
        return NULL;
    }
  return g_steal_pointer (&values);
}

static void
average (const AmPlan *plan, const double *values, const double *coefficients, guint64 length, float *merged)
{
  double sum = 0.0;

  for (guint i = 0; i < plan->n_models; i++)
    sum += coefficients[i];
  for (guint64 k = 0; k < length; k++)
    {
      double total = 0.0;

      for (guint i = 0; i < plan->n_models; i++)
        total += coefficients[i] * values[i * length + k];
      merged[k] = (float)(total / sum);
    }
}

static gboolean
solve (const AmPlan *plan, const AmPlanned *planned, const double *values, const double *coefficients,
       const double *const *grams, gsize n, float *merged, GError **error)
{
  guint64 length = planned->method.length;
  g_autofree const double **models = g_new0 (const double *, plan->n_models);
  g_autofree double *result = g_new (double, length);
  AmGramArrays arrays = { grams, n };
  AmGramProblem problem = { .rows = length / n,
                            .columns = n,
                            .n_models = plan->n_models,
                            .models = models,
                            .coefficients = coefficients,
                            .anchor = plan->has_base ? values + plan->n_models * length : NULL,
                            .read_rows = am_gram_read_array,
                            .user_data = &arrays,
                            .alpha = get_parameter (planned, "alpha", -1),
                            .ridge = get_parameter (planned, "ridge", -1) };

  for (guint i = 0; i < plan->n_models; i++)
    models[i] = values + i * length;
  if (!am_gram_solve (&problem, result, NULL, error))
    return FALSE;
  for (guint64 k = 0; k < length; k++)
    merged[k] = (float)result[k];
  return TRUE;
}

/* An AmMergedPrefixSolve. What the plan does not merge, a network takes from the first model. */
static gboolean
merge_tensor (gpointer user_data, const char *key, const double *const *grams, gsize n, float *merged,
              GError **error)
{
  const Measuring *self = user_data;
  const AmPlan *plan = self->plan;
  const AmPlanned *planned = g_hash_table_lookup (self->by_name, key);
  double coefficients[AM_MAX_MODELS];
  g_autofree double *values = NULL;

  if (planned == NULL || planned->public.action != AM_ACTION_MERGED)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("tensor “%s” is not merged here, but %s measures the merged network: leave it in"),
                   key, plan->method->id);
      return FALSE;
    }
  values = read_models (plan, planned, error);
  if (values == NULL)
    return FALSE;
  for (guint i = 0; i < plan->n_models; i++)
    coefficients[i] = get_parameter (planned, "weight", (gint)i);
  if (grams != NULL && n == planned->method.slice_length)
    return solve (plan, planned, values, coefficients, grams, n, merged, error);
  average (plan, values, coefficients, planned->method.length, merged);
  return TRUE;
}

static gboolean
open_models (Measuring *self, GError **error)
{
  AmPlan *plan = self->plan;

  for (guint i = 0; i < plan->n_models; i++)
    {
      const AmInput *input = am_plan_input (plan, am_plan_model_input (plan, i));
      const AmRecipeModel *model = g_ptr_array_index (plan->recipe->models, i);
      AmVisionNetwork *network
          = am_vision_network_new (input->model, input->checkpoint, NULL, NULL, FALSE, error);
      AmDataset *dataset;

      if (network == NULL)
        return FALSE;
      g_ptr_array_add (self->networks, network);
      dataset = open_data (plan, &model->files, error);
      if (dataset == NULL)
        return FALSE;
      g_ptr_array_add (self->datasets, dataset);
    }
  return TRUE;
}

static void
index_tensors (Measuring *self)
{
  for (guint i = 0; i < self->plan->tensors->len; i++)
    {
      AmPlanned *planned = am_plan_planned (self->plan, i);

      if (planned->tensors == NULL)
        continue;
      g_hash_table_insert (self->by_name, (gpointer)planned->method.name, planned);
      g_hash_table_insert (self->by_name, (gpointer)planned->public.name, planned);
    }
}

/* Statistics are read from files, so these become one in @folder, without a name as soon as it is open. */
static AmStatistics *
store (AmStatisticsSums *sums, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, ".amalgam-grams-XXXXXX", NULL);
  int fd = g_mkstemp (path);
  AmStatistics *statistics = NULL;

  if (fd < 0)
    {
      am_set_error_errno (error, errno, path, "create");
      return NULL;
    }
  close (fd);
  if (am_statistics_sums_write (sums, path, TRUE, FALSE, error))
    statistics = am_statistics_open (path, error);
  g_unlink (path);
  return statistics;
}

static gboolean
keep (AmPlan *plan, AmStatisticsSums **sums, const char *folder, GError **error)
{
  for (guint i = 0; i < plan->n_models; i++)
    {
      AmStatistics *statistics = store (sums[i], folder, error);

      if (statistics == NULL)
        return FALSE;
      g_ptr_array_add (plan->statistics, statistics);
    }
  return TRUE;
}

static gboolean
measure (Measuring *self, const AmMergedPrefixSettings *settings, const char *folder,
         const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  AmPlan *plan = self->plan;
  AmStatisticsSums *sums[AM_MAX_MODELS] = { NULL };
  gboolean is_kept;

  if (!am_merged_prefix_measure ((AmVisionNetwork *const *)self->networks->pdata,
                                 (AmDataset *const *)self->datasets->pdata, plan->n_models, settings, sums,
                                 progress, cancellable, error))
    return FALSE;
  is_kept = keep (plan, sums, folder, error);
  for (guint i = 0; i < plan->n_models; i++)
    am_statistics_sums_free (sums[i]);
  return is_kept;
}

gboolean
am_plan_measure (AmPlan *plan, const char *output, const AmProgress *progress, GCancellable *cancellable,
                 GError **error)
{
  g_autofree char *folder = g_path_get_dirname (output);
  g_auto (Measuring) self = { .plan = plan };
  gint samples = am_method_find_parameter (plan->method, "samples");
  AmMergedPrefixSettings settings = { .seed = plan->recipe->seed,
                                      .n_threads = plan->options.n_threads,
                                      .solve = merge_tensor,
                                      .user_data = &self };

  if (!is_measured_while_merging (plan) || plan->statistics->len > 0)
    return TRUE;
  settings.n_samples = (guint64)plan->run_parameters[samples];
  self.by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self.networks = g_ptr_array_new_with_free_func ((GDestroyNotify)am_vision_network_free);
  self.datasets = g_ptr_array_new_with_free_func ((GDestroyNotify)am_dataset_free);
  index_tensors (&self);
  if (!open_models (&self, error) || !measure (&self, &settings, folder, progress, cancellable, error))
    {
      g_ptr_array_set_size (plan->statistics, 0);
      return FALSE;
    }
  return am_plan_bind_measured (plan, error);
}
