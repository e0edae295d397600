#include "recipe/evaluate.h"

#include <math.h>

#include "recipe/parameter-value.h"

typedef struct
{
  const AmRecipe *recipe;
  const AmMethod *method;
  guint n_models;
  const char *tensor_name;
  double position;
} Evaluation;

/* @found tells whether @settings have a value for the tensor. */
static gboolean
look_up (const Evaluation *evaluation, GHashTable *settings, const AmParameter *parameter, double *value,
         gboolean *found, GError **error)
{
  const AmSetting *setting = g_hash_table_lookup (settings, parameter->id);
  AmSetting scratch;

  *found = FALSE;
  if (setting != NULL)
    setting = am_setting_resolve (setting, evaluation->tensor_name, evaluation->position, &scratch);
  if (setting == NULL)
    return TRUE;
  *found = TRUE;
  if (am_parameter_convert (parameter, setting, value, error))
    return TRUE;
  if (setting->line > 0)
    g_prefix_error (error, "line %u: ", setting->line);
  return FALSE;
}

static gboolean
is_in_blocks (GHashTable *blocks, const AmParameter *parameter)
{
  return (parameter->is_ratio && g_hash_table_contains (blocks, ""))
         || g_hash_table_contains (blocks, parameter->id);
}

static gboolean
fail_missing (const Evaluation *evaluation, const AmParameter *parameter, const AmRecipeModel *model,
              GError **error)
{
  const char *tensor = evaluation->tensor_name;

  if (is_in_blocks (evaluation->recipe->blocks, parameter))
    return TRUE;
  if (model != NULL && model->blocks != NULL && parameter->is_ratio)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "%s needs a value for %s%s%s%s%s",
               evaluation->method->id, parameter->id, model != NULL ? " of " : "",
               model != NULL ? model->path : "", tensor != NULL ? " in tensor " : "",
               tensor != NULL ? tensor : "");
  return FALSE;
}

static gboolean
evaluate_per_model (const Evaluation *evaluation, guint index, double fallback, double *model_parameters,
                    GError **error)
{
  const AmParameter *parameter = &evaluation->method->parameters[index];

  for (guint i = 0; i < evaluation->n_models; i++)
    {
      const AmRecipeModel *model = g_ptr_array_index (evaluation->recipe->models, i);
      double *value = &model_parameters[i * evaluation->method->n_parameters + index];
      gboolean found;

      *value = fallback;
      if (!look_up (evaluation, model->parameters, parameter, value, &found, error))
        return FALSE;
      if (isnan (*value) && !fail_missing (evaluation, parameter, model, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
evaluate_from_models (const Evaluation *evaluation, const AmParameter *parameter, double *value,
                      GError **error)
{
  gboolean found = FALSE;

  for (guint i = evaluation->n_models; i > 0 && !found; i--)
    {
      const AmRecipeModel *model = g_ptr_array_index (evaluation->recipe->models, i - 1);

      if (!look_up (evaluation, model->parameters, parameter, value, &found, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
evaluate_parameter (const Evaluation *evaluation, guint index, double *parameters, double *model_parameters,
                    GError **error)
{
  const AmParameter *parameter = &evaluation->method->parameters[index];
  double value = parameter->default_value;
  gboolean found;

  if (!look_up (evaluation, evaluation->recipe->parameters, parameter, &value, &found, error))
    return FALSE;
  if (parameter->per_model)
    {
      parameters[index] = value;
      return evaluate_per_model (evaluation, index, value, model_parameters, error);
    }
  if (!found && !evaluate_from_models (evaluation, parameter, &value, error))
    return FALSE;
  if (isnan (value) && !fail_missing (evaluation, parameter, NULL, error))
    return FALSE;
  parameters[index] = value;
  for (guint i = 0; i < evaluation->n_models; i++)
    model_parameters[i * evaluation->method->n_parameters + index] = value;
  return TRUE;
}

gboolean
am_recipe_evaluate (const AmRecipe *recipe, const AmMethod *method, guint n_models, const char *tensor_name,
                    double position, double *parameters, double *model_parameters, GError **error)
{
  Evaluation evaluation = { recipe, method, n_models, tensor_name, position };

  g_return_val_if_fail (n_models <= recipe->models->len, FALSE);
  for (guint i = 0; i < method->n_parameters; i++)
    if (!evaluate_parameter (&evaluation, i, parameters, model_parameters, error))
      return FALSE;
  return TRUE;
}
