/* What happens to each tensor of the output. */
#include "merge/plan-shapes.h"

#include <math.h>
#include <string.h>

static const AmTensor *
find_canonical (const AmInput *input, const char *canonical)
{
  gint index = am_model_find (input->model, canonical);

  return index >= 0 ? am_checkpoint_get_tensor (input->checkpoint, (guint)index) : NULL;
}

static gboolean
is_known (const AmInput *input)
{
  return am_model_get_family (input->model) != AM_FAMILY_UNKNOWN;
}

const AmPolicy *
am_plan_find_policy (const AmPlan *plan, AmComponent component, const char **id)
{
  const AmPolicy *policy = NULL;

  if (plan->recipe->components == NULL)
    return NULL;
  *id = am_component_get_id (component);
  policy = g_hash_table_lookup (plan->recipe->components, *id);
  if (policy == NULL
      && (component == AM_COMPONENT_TEXT_ENCODER_2 || component == AM_COMPONENT_TEXT_ENCODER_3))
    {
      *id = am_component_get_id (AM_COMPONENT_TEXT_ENCODER);
      policy = g_hash_table_lookup (plan->recipe->components, *id);
    }
  return policy;
}

static void
discard (AmPlanned *planned, const AmTensor *tensor, const char *reason)
{
  planned->public.action = AM_ACTION_DISCARDED;
  planned->public.reason = reason;
  planned->public.dtype = tensor->dtype;
  planned->public.n_dims = tensor->n_dims;
  planned->public.shape = tensor->shape;
  planned->public.size = 0;
}

/* A discard pattern, compiled once per plan. */
typedef struct
{
  GRegex *regex;
  gboolean has_matched;
} Pattern;

static void
pattern_free (gpointer data)
{
  Pattern *pattern = data;

  g_regex_unref (pattern->regex);
  g_free (pattern);
}

/* All patterns are tried, so that those which never match are known. */
static gboolean
matches_any (GPtrArray *patterns, const char *name)
{
  gboolean matches = FALSE;

  for (guint i = 0; i < patterns->len; i++)
    {
      Pattern *pattern = g_ptr_array_index (patterns, i);

      if (!g_regex_match (pattern->regex, name, 0, NULL))
        continue;
      pattern->has_matched = TRUE;
      matches = TRUE;
    }
  return matches;
}

static void
warn_of_idle_patterns (AmPlan *plan, GPtrArray *patterns)
{
  for (guint i = 0; i < patterns->len; i++)
    {
      const Pattern *pattern = g_ptr_array_index (patterns, i);

      if (!pattern->has_matched)
        am_plan_warn (plan, T_ ("discard “%s” matches no tensor"), g_regex_get_pattern (pattern->regex));
    }
}

static gboolean
is_training_leftover (const AmPlan *plan, AmComponent component)
{
  return component == AM_COMPONENT_EMA
         || (component == AM_COMPONENT_OTHER && is_known (am_plan_input (plan, 0)));
}

/* position_ids hold 0..76 as integers; merges of the past turned them into floats or blended them. */
static gboolean
is_damaged (const AmInput *input, const AmTensor *tensor)
{
  gint64 ids[77];

  if (tensor->length != G_N_ELEMENTS (ids))
    return FALSE;
  if (tensor->dtype != AM_DTYPE_I64)
    return TRUE;
  if (!am_checkpoint_read_bytes (input->checkpoint, tensor, 0, sizeof ids, ids, NULL))
    return FALSE;
  for (gint64 i = 0; i < 77; i++)
    if (GINT64_FROM_LE (ids[i]) != i)
      return TRUE;
  return FALSE;
}

static void
decide_position_ids (const AmPlan *plan, AmPlanned *planned, const AmTensor *tensor)
{
  if (!is_damaged (am_plan_input (plan, planned->source), tensor))
    {
      am_planned_copy (plan, planned, planned->source, tensor, AM_ACTION_COPIED_INTEGER, NULL);
      planned->public.dtype = tensor->dtype;
      planned->public.size = tensor->size;
      return;
    }
  planned->public.action = AM_ACTION_REPAIRED;
  planned->public.reason = N_ ("position_ids were damaged by an earlier merge");
  planned->source_tensor = NULL;
  am_planned_set_shape (planned, tensor->n_dims, tensor->shape, AM_DTYPE_I64);
}

/* The tensor of every input under that name; FALSE when one lacks it. */
static gboolean
gather (const AmPlan *plan, const char *canonical, const AmTensor **tensors, guint *lacking)
{
  for (guint i = 0; i < plan->n_inputs; i++)
    {
      tensors[i] = find_canonical (am_plan_input (plan, i), canonical);
      if (tensors[i] == NULL)
        {
          *lacking = i;
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
all_mergeable (const AmPlan *plan, const AmTensor **tensors)
{
  for (guint i = 0; i < plan->n_inputs; i++)
    if (!am_dtype_is_mergeable (tensors[i]->dtype))
      return FALSE;
  return TRUE;
}

/* Whether shapes agree but for axes of length 1: some VAE files hold 1x1 convolutions as matrices. */
static gboolean
has_same_axes (const AmTensor *a, const AmTensor *b)
{
  guint i = 0, k = 0;

  for (;; i++, k++)
    {
      while (i < a->n_dims && a->shape[i] == 1)
        i++;
      while (k < b->n_dims && b->shape[k] == 1)
        k++;
      if (i == a->n_dims || k == b->n_dims)
        return i == a->n_dims && k == b->n_dims;
      if (a->shape[i] != b->shape[k])
        return FALSE;
    }
}

/* A part of another architecture would be a model that nothing can load. One complaint says it for all. */
static void
check_baked_shape (AmPlan *plan, const AmInput *input, const AmTensor *own, const AmTensor *tensor,
                   const char *id)
{
  if (has_same_axes (own, tensor) || plan->complaints->len > 0)
    return;
  am_plan_complain (
      plan, AM_ERROR_MISMATCH,
      T_ ("%s: its %s does not fit this model: tensor \"%s\" has another shape there; give one made "
          "for this architecture"),
      input->label, id, own->name);
}

/* The tensor a policy names, or NULL after discarding or when the policy merges after all. */
static gboolean
decide_by_policy (AmPlan *plan, AmPlanned *planned, const AmPolicy *policy, const char *id,
                  const AmTensor *own, const char *canonical)
{
  const AmTensor *tensor;
  guint source;

  switch (policy->type)
    {
    case AM_POLICY_DISCARD:
      discard (planned, own, N_ ("its component is left out"));
      return TRUE;
    case AM_POLICY_MODEL:
      source = policy->model == AM_POLICY_BASE ? 0 : am_plan_model_input (plan, policy->model);
      tensor = find_canonical (am_plan_input (plan, source), canonical);
      if (tensor == NULL)
        return FALSE;
      am_planned_copy (plan, planned, source, tensor, AM_ACTION_COPIED_POLICY,
                       am_plan_intern (plan, "%s is taken from %s", id, am_plan_input (plan, source)->label));
      return TRUE;
    case AM_POLICY_FILE:
      source = GPOINTER_TO_UINT (g_hash_table_lookup (plan->policy_files, id)) - 1;
      tensor = find_canonical (am_plan_input (plan, source), canonical);
      if (tensor == NULL)
        return FALSE;
      am_planned_copy (plan, planned, source, tensor, AM_ACTION_BAKED,
                       am_plan_intern (plan, "%s is taken from %s", id, am_plan_input (plan, source)->label));
      /* In the type the model keeps its own in. */
      check_baked_shape (plan, am_plan_input (plan, source), own, tensor, id);
      if (am_dtype_is_mergeable (tensor->dtype) && am_dtype_is_mergeable (own->dtype))
        am_planned_set_shape (planned, own->n_dims, own->shape, am_plan_output_dtype (plan, own->dtype));
      return TRUE;
    default:
      return FALSE;
    }
}

/* The general case: merged if every model has it and it is made of numbers to blend. */
static void
decide_by_contents (AmPlan *plan, AmPlanned *planned, const AmTensorRole *role, const AmTensor *tensor,
                    guint source)
{
  const AmTensor *tensors[AM_MAX_MODELS + 1] = { NULL };
  guint lacking = 0;

  if (plan->is_conversion)
    am_planned_copy (plan, planned, source, tensor, AM_ACTION_COPIED_POLICY, NULL);
  else if (role->component == AM_COMPONENT_EMA)
    am_planned_copy (plan, planned, source, tensor, AM_ACTION_COPIED_TRAINING, NULL);
  else if (role->component == AM_COMPONENT_SCHEDULE)
    {
      /* A noise schedule is a table of constants, kept as precise as it came. */
      am_planned_copy (plan, planned, source, tensor, AM_ACTION_COPIED_TRAINING, NULL);
      am_planned_set_shape (planned, tensor->n_dims, tensor->shape, tensor->dtype);
    }
  else if (!gather (plan, role->canonical, tensors, &lacking))
    am_planned_copy (plan, planned, source, tensor, AM_ACTION_COPIED_ONE_SIDED,
                     am_plan_intern (plan, "%s does not have it", am_plan_input (plan, lacking)->label));
  else if (!all_mergeable (plan, tensors))
    am_planned_copy (plan, planned, source, tensor, AM_ACTION_COPIED_INTEGER,
                     am_plan_intern (plan, "%s values are never blended", am_dtype_get_name (tensor->dtype)));
  else
    am_planned_merge (plan, planned, role, tensors);
}

static void
decide_tensor (AmPlan *plan, guint source, const AmTensor *tensor, const AmTensorRole *role,
               GPtrArray *patterns)
{
  AmPlanned *planned = g_new0 (AmPlanned, 1);
  const char *id = NULL;
  const AmPolicy *policy = am_plan_find_policy (plan, role->component, &id);

  planned->source = source;
  planned->merged = AM_NOT_MERGED;
  planned->public.name = tensor->name;
  planned->public.block = source == 0 ? role->block : AM_BLOCK_NONE;
  planned->public.component = role->component;
  planned->public.kind = role->kind;
  planned->public.ratio = NAN;
  g_ptr_array_add (plan->tensors, planned);

  if (matches_any (patterns, tensor->name) || matches_any (patterns, role->canonical))
    discard (planned, tensor, N_ ("its name matches a discard pattern"));
  else if (plan->recipe->prune && is_training_leftover (plan, role->component))
    discard (planned, tensor, N_ ("pruned: kept for training only"));
  else if (source > 0 && is_training_leftover (plan, role->component))
    discard (planned, tensor, N_ ("a training leftover that the first model does not have"));
  else if (source > 0
           && am_model_is_bare (am_plan_input (plan, 0)->model)
                  != am_model_is_bare (am_plan_input (plan, source)->model))
    discard (planned, tensor, N_ ("the first model is a bare part of a checkpoint"));
  else if (role->is_position_ids && (policy == NULL || policy->type != AM_POLICY_DISCARD))
    decide_position_ids (plan, planned, tensor);
  else if (policy == NULL || !decide_by_policy (plan, planned, policy, id, tensor, role->canonical))
    decide_by_contents (plan, planned, role, tensor, source);
}

static GPtrArray *
compile_patterns (AmPlan *plan)
{
  GPtrArray *patterns = g_ptr_array_new_with_free_func (pattern_free);

  for (guint i = 0; plan->recipe->discard != NULL && i < plan->recipe->discard->len; i++)
    {
      GError *error = NULL;
      const char *text = g_ptr_array_index (plan->recipe->discard, i);
      GRegex *regex = g_regex_new (text, G_REGEX_OPTIMIZE, 0, &error);

      if (regex != NULL)
        {
          Pattern *pattern = g_new0 (Pattern, 1);

          pattern->regex = regex;
          g_ptr_array_add (patterns, pattern);
          continue;
        }
      am_plan_complain (plan, AM_ERROR_BAD_RECIPE, T_ ("discard “%s” is not a regular expression: %s"), text,
                        error->message);
      g_error_free (error);
    }
  return patterns;
}

/* Tensors of one input that no earlier input has. */
static void
decide_input (AmPlan *plan, guint source, GHashTable *seen, GPtrArray *patterns)
{
  const AmInput *input = am_plan_input (plan, source);
  guint n = am_checkpoint_get_n_tensors (input->checkpoint);

  for (guint i = 0; i < n; i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (input->checkpoint, i);
      const AmTensorRole *role = am_model_get_role (input->model, i);

      if (g_hash_table_add (seen, (gpointer)role->canonical))
        decide_tensor (plan, source, tensor, role, patterns);
    }
}

/* A baked file may bring tensors no input has, a whole VAE for a model without one. */
static void
add_baked (AmPlan *plan, GHashTable *seen)
{
  GHashTableIter iter;
  gpointer id, number;

  g_hash_table_iter_init (&iter, plan->policy_files);
  while (g_hash_table_iter_next (&iter, &id, &number))
    {
      guint source = GPOINTER_TO_UINT (number) - 1;
      const AmInput *input = am_plan_input (plan, source);
      guint n_taken = 0;

      for (guint i = 0; i < am_checkpoint_get_n_tensors (input->checkpoint); i++)
        {
          const AmTensorRole *role = am_model_get_role (input->model, i);
          const AmTensor *tensor = am_checkpoint_get_tensor (input->checkpoint, i);
          const char *policy_id = NULL;
          AmPlanned *planned;

          if (am_plan_find_policy (plan, role->component, &policy_id) == NULL || strcmp (policy_id, id) != 0)
            continue;
          n_taken++;
          if (!g_hash_table_add (seen, (gpointer)role->canonical))
            continue;
          planned = g_new0 (AmPlanned, 1);
          planned->merged = AM_NOT_MERGED;
          planned->public.name = g_string_chunk_insert_const (plan->strings, role->canonical);
          planned->public.component = role->component;
          planned->public.kind = role->kind;
          planned->public.block = AM_BLOCK_NONE;
          planned->public.ratio = NAN;
          g_ptr_array_add (plan->tensors, planned);
          am_planned_copy (plan, planned, source, tensor, AM_ACTION_BAKED,
                           am_plan_intern (plan, "taken from %s", input->label));
        }
      if (n_taken == 0)
        am_plan_complain (plan, AM_ERROR_MISMATCH, T_ ("%s has no %s to take"), input->label,
                          (const char *)id);
    }
}

static int
compare_planned (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(AmPlanned *const *)a)->public.name, (*(AmPlanned *const *)b)->public.name);
}

static void
number_merged (AmPlan *plan)
{
  for (guint i = 0; i < plan->tensors->len; i++)
    {
      AmPlanned *planned = am_plan_planned (plan, i);

      if (planned->tensors == NULL)
        continue;
      planned->merged = planned->method.index = plan->n_merged++;
    }
  plan->run.n_tensors = plan->n_merged;
}

static void
check_names (AmPlan *plan)
{
  for (guint i = 1; i < plan->tensors->len; i++)
    {
      const AmPlanned *before = am_plan_planned (plan, i - 1);
      const AmPlanned *planned = am_plan_planned (plan, i);

      if (strcmp (before->public.name, planned->public.name) == 0)
        am_plan_complain (plan, AM_ERROR_MISMATCH,
                          T_ ("tensor “%s” would be written twice: the inputs name it differently"),
                          planned->public.name);
    }
}

static gboolean
check_policies (AmPlan *plan)
{
  GHashTableIter iter;
  gpointer id, value;

  if (plan->recipe->components == NULL)
    return TRUE;
  g_hash_table_iter_init (&iter, plan->recipe->components);
  while (g_hash_table_iter_next (&iter, &id, &value))
    {
      const AmPolicy *policy = value;

      if (policy->type == AM_POLICY_MODEL && policy->model != AM_POLICY_BASE
          && policy->model >= plan->n_models)
        am_plan_complain (plan, AM_ERROR_BAD_RECIPE, T_ ("%s: there is no model %c, the last is %c"),
                          (const char *)id, (char)('a' + policy->model), (char)('a' + plan->n_models - 1));
    }
  return plan->complaints->len == 0;
}

void
am_plan_decide (AmPlan *plan)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) patterns = compile_patterns (plan);

  if (!check_policies (plan))
    return;
  for (guint i = 0; i < plan->n_inputs; i++)
    decide_input (plan, i, seen, patterns);
  add_baked (plan, seen);
  warn_of_idle_patterns (plan, patterns);
  g_ptr_array_sort (plan->tensors, compare_planned);
  check_names (plan);
  number_merged (plan);
}
