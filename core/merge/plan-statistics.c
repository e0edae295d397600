/* What methods know of the models beside their weights. */
#include "merge/plan-private.h"

#include "checkpoint/digest.h"

static const AmStatisticKind kinds[] = {
  [AM_STATISTICS_FISHER] = AM_STATISTIC_FISHER,
  [AM_STATISTICS_GRAM] = AM_STATISTIC_GRAM,
};

/* Statistics of another model give a result that looks right and is not. */
static gboolean
is_of_model (const AmPlan *plan, guint model, const AmStatistics *statistics, const char *digest,
             GError **error)
{
  const char *measured = am_statistics_get_metadata (statistics, "model_sha256");
  g_autofree char *file = NULL;

  if (measured == NULL || digest == NULL || g_ascii_strcasecmp (digest, measured) == 0)
    return TRUE;
  file = g_path_get_basename (am_checkpoint_get_path (am_statistics_get_checkpoint (statistics)));
  g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
               T_ ("%s was measured on another model than %s: their SHA-256 differ"), file,
               am_plan_input (plan, am_plan_model_input (plan, model))->label);
  return FALSE;
}

/* As far as digests are known; am_plan_check_origins() knows the others. */
static void
check_origin (AmPlan *plan, guint model, const AmStatistics *statistics)
{
  const AmInput *input = am_plan_input (plan, am_plan_model_input (plan, model));
  g_autofree char *digest = am_digest_lookup (input->path);
  GError *error = NULL;

  if (!is_of_model (plan, model, statistics, digest, &error))
    am_plan_complain_error (plan, error);
}

gboolean
am_plan_check_origins (const AmPlan *plan, GHashTable *digests, GError **error)
{
  for (guint i = 0; i < plan->statistics->len; i++)
    {
      const AmInput *input = am_plan_input (plan, am_plan_model_input (plan, i));

      if (!is_of_model (plan, i, g_ptr_array_index (plan->statistics, i),
                        g_hash_table_lookup (digests, input->path), error))
        return FALSE;
    }
  return TRUE;
}

static void
open_for (AmPlan *plan, guint model)
{
  const AmRecipeModel *written = g_ptr_array_index (plan->recipe->models, model);
  const AmInput *input
      = am_plan_open_input (plan, written->files.statistics, written->files.statistics_sha256);
  GError *error = NULL;
  AmStatistics *statistics = input != NULL ? am_statistics_open (input->path, &error) : NULL;

  if (statistics != NULL)
    {
      g_ptr_array_add (plan->statistics, statistics);
      check_origin (plan, model, statistics);
    }
  else if (error != NULL)
    am_plan_complain_error (plan, error);
}

static gboolean
check_are_named (AmPlan *plan)
{
  for (guint i = 0; i < plan->n_models; i++)
    {
      const AmRecipeModel *model = g_ptr_array_index (plan->recipe->models, i);

      if (model->files.statistics != NULL)
        continue;
      am_plan_complain (plan, AM_ERROR_BAD_RECIPE,
                        T_ ("%s needs statistics of %s: measure them with “amalgam statistics” and name the "
                            "file as the model’s parameter “statistics”"),
                        plan->method->id, am_plan_input (plan, am_plan_model_input (plan, i))->label);
    }
  return plan->complaints->len == 0;
}

void
am_plan_open_statistics (AmPlan *plan)
{
  if (plan->method->statistics == AM_STATISTICS_NONE || (plan->method->flags & AM_METHOD_MERGED_PREFIX))
    return;
  if (plan->recipe->align != NULL)
    am_plan_complain (
        plan, AM_ERROR_BAD_RECIPE,
        T_ ("statistics belong to a model as it is, not to what alignment makes of it: write the "
            "aligned model with “amalgam align”, measure that, and merge it without align"));
  else if (check_are_named (plan))
    for (guint i = 0; i < plan->n_models && plan->complaints->len == 0; i++)
      open_for (plan, i);
}

static const AmStatistic *
find_for (const AmPlan *plan, const AmPlanned *planned, guint model)
{
  const AmStatistics *statistics = g_ptr_array_index (plan->statistics, model);
  AmStatisticKind kind = kinds[plan->method->statistics];
  const AmTensor *tensor = planned->tensors[am_plan_model_input (plan, model)];
  const AmStatistic *found = am_statistics_find (statistics, kind, tensor->name);

  return found != NULL ? found : am_statistics_find (statistics, kind, planned->method.name);
}

static guint
skip_ones (const guint64 *shape, guint n_dims, guint axis)
{
  while (axis < n_dims && shape[axis] == 1)
    axis++;
  return axis;
}

/* Axes of length 1 aside. */
static gboolean
is_shaped_alike (const AmMethodTensor *tensor, const AmStatistic *statistic)
{
  guint i = skip_ones (tensor->shape, tensor->n_dims, 0);
  guint k = skip_ones (statistic->shape, statistic->n_dims, 0);

  while (i < tensor->n_dims && k < statistic->n_dims && tensor->shape[i] == statistic->shape[k])
    {
      i = skip_ones (tensor->shape, tensor->n_dims, i + 1);
      k = skip_ones (statistic->shape, statistic->n_dims, k + 1);
    }
  return i == tensor->n_dims && k == statistic->n_dims;
}

/* Inputs of a matrix stand behind its first axis, or before its last where it is stored transposed. */
static gboolean
is_fitting (const AmMethodTensor *tensor, const AmStatistic *statistic)
{
  guint64 n = statistic->shape[0];

  if (statistic->kind == AM_STATISTIC_FISHER)
    return is_shaped_alike (tensor, statistic);
  return tensor->n_dims >= 2 && (n == tensor->slice_length || (tensor->n_dims == 2 && n == tensor->shape[0]));
}

/* FALSE and no complaint when a model has no statistic of this tensor. */
static gboolean
find_all (AmPlan *plan, AmPlanned *planned, const AmStatistic **found, AmTensorStatistic *seen)
{
  for (guint i = 0; i < plan->n_models; i++)
    {
      found[i] = find_for (plan, planned, i);
      if (found[i] == NULL)
        return FALSE;
      if (!is_fitting (&planned->method, found[i]))
        {
          const AmStatistics *statistics = g_ptr_array_index (plan->statistics, i);

          am_plan_complain (plan, AM_ERROR_MISMATCH,
                            T_ ("%s: the statistics of tensor “%s” have another shape than the tensor"),
                            am_checkpoint_get_path (am_statistics_get_checkpoint (statistics)),
                            planned->public.name);
          return FALSE;
        }
      seen[i] = (AmTensorStatistic){ found[i]->length, found[i]->is_diagonal };
    }
  return TRUE;
}

static gboolean
bind (AmPlan *plan, AmPlanned *planned)
{
  g_autofree const AmStatistic **found = g_new0 (const AmStatistic *, plan->n_models);
  g_autofree AmTensorStatistic *seen = g_new0 (AmTensorStatistic, plan->n_models);

  if (planned->public.action != AM_ACTION_MERGED || !find_all (plan, planned, found, seen))
    return FALSE;
  planned->statistics = g_steal_pointer (&found);
  planned->method.statistics = g_steal_pointer (&seen);
  return TRUE;
}

static guint
bind_all (AmPlan *plan)
{
  guint n_bound = 0;

  for (guint i = 0; i < plan->tensors->len && plan->complaints->len == 0; i++)
    {
      AmPlanned *planned = am_plan_planned (plan, i);

      if (planned->tensors != NULL && bind (plan, planned))
        n_bound++;
    }
  return n_bound;
}

void
am_plan_bind_statistics (AmPlan *plan)
{
  if (plan->statistics->len > 0 && bind_all (plan) == 0 && plan->complaints->len == 0)
    am_plan_complain (
        plan, AM_ERROR_MISMATCH,
        T_ ("no tensor has statistics that %s could use: these files are of other models, or of "
            "another kind"),
        plan->method->id);
}

gboolean
am_plan_bind_measured (AmPlan *plan, GError **error)
{
  bind_all (plan);
  if (plan->complaints->len == 0)
    return TRUE;
  g_set_error_literal (error, AM_ERROR, (gint)plan->complaint_code, g_ptr_array_index (plan->complaints, 0));
  return FALSE;
}
