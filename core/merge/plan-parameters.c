/* Parameters of every merged tensor: settings, then block weights, then component ratios. */
#include "merge/plan-private.h"

#include <math.h>

#include "recipe/evaluate.h"
#include "recipe/presets.h"

/* Block weights resolved against the leading model's architecture. */
typedef struct
{
  const AmBlockWeights *weights;
  gint parameter;
  guint model;    /* G_MAXUINT: all models */
  double *values; /* per block; NAN keeps the method's own ratio */
  double time_embed;
  double vae;
} ResolvedBlocks;

#define ALL_MODELS G_MAXUINT

static void
resolved_free (gpointer data)
{
  ResolvedBlocks *resolved = data;

  g_free (resolved->values);
  g_free (resolved);
}

/* Families with blocks of their own know what artists paste; elsewhere the model's layers are the blocks. */
static gboolean
resolve_for (const AmBlockWeights *weights, const AmModel *lead, ResolvedBlocks *resolved, GError **error)
{
  const char *const *blocks = am_model_get_blocks (lead);
  AmFamily family = am_model_get_family (lead);
  guint n_family = g_strv_length ((char **)am_family_get_blocks (family));

  if (n_family > 0 && n_family == am_model_get_n_blocks (lead))
    return am_block_weights_resolve (weights, family, resolved->values, &resolved->time_embed, &resolved->vae,
                                     error);
  return am_block_weights_resolve_names (weights, blocks, am_model_get_title (lead), resolved->values,
                                         &resolved->time_embed, &resolved->vae, error);
}

static void
resolve (AmPlan *plan, GPtrArray *list, const AmBlockWeights *weights, gint parameter, guint model)
{
  const AmModel *lead = am_plan_input (plan, 0)->model;
  ResolvedBlocks *resolved = g_new0 (ResolvedBlocks, 1);
  GError *error = NULL;

  resolved->weights = weights;
  resolved->parameter = parameter;
  resolved->model = model;
  resolved->values = g_new (double, am_model_get_n_blocks (lead) + 1);
  if (!resolve_for (weights, lead, resolved, &error))
    {
      am_plan_complain_error (plan, error);
      resolved_free (resolved);
      return;
    }
  if (am_block_weights_get_note (weights, am_model_get_family (lead)) != NULL)
    am_plan_warn (plan, "%s", am_block_weights_get_note (weights, am_model_get_family (lead)));
  g_ptr_array_add (list, resolved);
}

/* Which parameter the block weights under @id replace; -1 with a complaint when there is none. */
static gint
find_ratio (AmPlan *plan, const char *id)
{
  gint parameter
      = *id == '\0' ? am_method_get_ratio (plan->method) : am_method_find_parameter (plan->method, id);

  if (parameter < 0 && *id == '\0')
    am_plan_complain (plan, AM_ERROR_BAD_RECIPE, T_ ("%s has no ratio that block weights could replace"),
                      plan->method->id);
  else if (parameter < 0)
    am_plan_complain (plan, AM_ERROR_BAD_RECIPE, T_ ("blocks: %s has no parameter “%s”"), plan->method->id,
                      id);
  else if (!plan->method->parameters[parameter].per_tensor)
    am_plan_complain (plan, AM_ERROR_BAD_RECIPE, T_ ("blocks: “%s” of %s is one value for the whole merge"),
                      id, plan->method->id);
  else
    return parameter;
  return -1;
}

/* One ratio for two models without a base means how much of the second: weights 1 - ratio and ratio. With a
 * base it is the weight of each model. */
static gboolean
is_spreadable (const AmPlan *plan, gint parameter)
{
  return !plan->method->parameters[parameter].per_model || plan->has_base || plan->n_models <= 2;
}

static gboolean
check_spread (AmPlan *plan, gint parameter)
{
  if (is_spreadable (plan, parameter))
    return TRUE;
  am_plan_complain (
      plan, AM_ERROR_BAD_RECIPE,
      T_ ("blocks: with %u models and no base, give block weights to each model (blocks: beside its path)"),
      plan->n_models);
  return FALSE;
}

static GPtrArray *
resolve_all (AmPlan *plan)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (resolved_free);
  GHashTableIter iter;
  gpointer id, weights;

  if (plan->recipe->blocks != NULL)
    {
      g_hash_table_iter_init (&iter, plan->recipe->blocks);
      while (g_hash_table_iter_next (&iter, &id, &weights))
        {
          gint parameter = find_ratio (plan, id);

          if (parameter >= 0 && check_spread (plan, parameter))
            resolve (plan, list, weights, parameter, ALL_MODELS);
        }
    }
  for (guint i = 0; i < plan->n_models; i++)
    {
      const AmRecipeModel *model = g_ptr_array_index (plan->recipe->models, i);
      gint parameter = model->blocks != NULL ? find_ratio (plan, "") : -1;

      if (parameter >= 0 && plan->method->parameters[parameter].per_model)
        resolve (plan, list, model->blocks, parameter, i);
      else if (parameter >= 0)
        am_plan_complain (plan, AM_ERROR_BAD_RECIPE,
                          T_ ("blocks of a single model: “%s” of %s belongs to the whole merge"),
                          plan->method->parameters[parameter].id, plan->method->id);
    }
  return list;
}

static void
set_ratio (AmPlan *plan, double *parameters, double *model_parameters, gint parameter, guint model,
           double value)
{
  guint n = plan->method->n_parameters;

  if (!plan->method->parameters[parameter].per_model)
    parameters[parameter] = value;
  else if (model != ALL_MODELS)
    model_parameters[model * n + parameter] = value;
  else if (!plan->has_base && plan->n_models == 2)
    {
      model_parameters[parameter] = 1.0 - value;
      model_parameters[n + parameter] = value;
    }
  else
    for (guint i = 0; i < plan->n_models; i++)
      model_parameters[i * n + parameter] = value;
}

/* The block weight of a tensor, elemental rules first; NAN keeps the method's own ratio. */
static double
block_value (const AmPlan *plan, const ResolvedBlocks *resolved, const AmTensorRole *role)
{
  const AmModel *lead = am_plan_input (plan, 0)->model;
  double value = am_block_weights_match_element (resolved->weights, lead, role->block, role->canonical);

  if (isnan (value) && role->is_time_embed)
    value = resolved->time_embed;
  if (isnan (value) && role->component == AM_COMPONENT_VAE)
    value = resolved->vae;
  if (isnan (value) && role->block != AM_BLOCK_NONE)
    value = resolved->values[role->block];
  return value;
}

static gboolean
is_in_range (AmPlan *plan, gint parameter, double value, const char *name)
{
  const AmParameter *row = &plan->method->parameters[parameter];

  if (value >= row->minimum && value <= row->maximum)
    return TRUE;
  am_plan_complain (plan, AM_ERROR_BAD_RECIPE,
                    T_ ("block weight %g of “%s” is outside %g to %g, the range of %s"), value, name,
                    row->minimum, row->maximum, row->id);
  return FALSE;
}

static const AmPolicy *
ratio_policy (const AmPlan *plan, AmComponent component)
{
  const char *id = NULL;
  const AmPolicy *policy = am_plan_find_policy (plan, component, &id);

  return policy != NULL && policy->type == AM_POLICY_RATIO ? policy : NULL;
}

static gboolean
check_component_ratio (AmPlan *plan, gint ratio, AmComponent component)
{
  const char *id = am_component_get_id (component);

  if (ratio < 0)
    am_plan_complain (plan, AM_ERROR_BAD_RECIPE,
                      T_ ("components: %s has no ratio, so %s cannot have its own"), plan->method->id, id);
  else if (!is_spreadable (plan, ratio))
    am_plan_complain (plan, AM_ERROR_BAD_RECIPE,
                      T_ ("components: with %u models and no base, one ratio for %s says too little"),
                      plan->n_models, id);
  else
    return TRUE;
  return FALSE;
}

static gboolean
apply_blocks (AmPlan *plan, const GPtrArray *resolved, const AmTensorRole *role, double *parameters,
              double *model_parameters)
{
  const AmPolicy *policy = ratio_policy (plan, role->component);
  gint ratio = am_method_get_ratio (plan->method);

  for (guint i = 0; i < resolved->len; i++)
    {
      const ResolvedBlocks *blocks = g_ptr_array_index (resolved, i);
      double value = block_value (plan, blocks, role);

      if (isnan (value))
        continue;
      if (!is_in_range (plan, blocks->parameter, value, role->canonical))
        return FALSE;
      set_ratio (plan, parameters, model_parameters, blocks->parameter, blocks->model, value);
    }
  if (policy == NULL)
    return TRUE;
  if (!check_component_ratio (plan, ratio, role->component)
      || !is_in_range (plan, ratio, policy->ratio, role->canonical))
    return FALSE;
  set_ratio (plan, parameters, model_parameters, ratio, ALL_MODELS, policy->ratio);
  return TRUE;
}

/* What people see as "the" ratio of a tensor: the method's main one, of the last model where each has its
 * own. */
static double
shown_ratio (const AmPlan *plan, const double *parameters, const double *model_parameters)
{
  gint ratio = am_method_get_ratio (plan->method);

  if (ratio < 0)
    return NAN;
  if (!plan->method->parameters[ratio].per_model)
    return parameters[ratio];
  return model_parameters[(plan->n_models - 1) * plan->method->n_parameters + ratio];
}

static gboolean
set_tensor (AmPlan *plan, AmPlanned *planned, const GPtrArray *resolved)
{
  const AmMethod *method = plan->method;
  const AmInput *lead = am_plan_input (plan, 0);
  const AmTensorRole *role
      = am_model_get_role (lead->model, (guint)am_model_find (lead->model, planned->method.name));
  double *parameters = g_new (double, method->n_parameters + 1);
  double *model_parameters = g_new (double, plan->n_models * method->n_parameters + 1);
  double position = role->layer < 0      ? 0.0
                    : role->n_layers > 1 ? (double)role->layer / (role->n_layers - 1)
                                         : 1.0;
  GError *error = NULL;

  planned->method.parameters = parameters;
  planned->method.model_parameters = model_parameters;
  if (!am_recipe_evaluate (plan->recipe, method, plan->n_models, planned->public.name, position, parameters,
                           model_parameters, &error))
    {
      am_plan_complain_error (plan, error);
      return FALSE;
    }
  if (!apply_blocks (plan, resolved, role, parameters, model_parameters))
    return FALSE;
  planned->public.ratio = shown_ratio (plan, parameters, model_parameters);
  if (method->check != NULL && !method->check (&planned->method, &error))
    {
      am_plan_complain_error (plan, error);
      return FALSE;
    }
  if (method->plan_stand_in != NULL && planned->public.action == AM_ACTION_MERGED)
    planned->public.reason = method->plan_stand_in (&planned->method);
  return TRUE;
}

void
am_plan_set_parameters (AmPlan *plan)
{
  g_autoptr (GPtrArray) resolved = resolve_all (plan);
  g_autofree double *unused = g_new (double, plan->n_models * plan->method->n_parameters + 1);
  GError *error = NULL;

  plan->run_parameters = g_new0 (double, plan->method->n_parameters + 1);
  plan->run.parameters = plan->run_parameters;
  if (!am_recipe_evaluate (plan->recipe, plan->method, plan->n_models, NULL, 0.0, plan->run_parameters,
                           unused, &error))
    am_plan_complain_error (plan, error);

  /* One complaint is enough: the same mistake meets every tensor. */
  for (guint i = 0; i < plan->tensors->len && plan->complaints->len == 0; i++)
    {
      AmPlanned *planned = am_plan_planned (plan, i);

      if (planned->tensors != NULL && !set_tensor (plan, planned, resolved))
        return;
    }
  am_plan_list_stand_ins (plan, plan->warnings);
}
