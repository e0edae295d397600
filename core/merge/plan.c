#include "merge/plan-private.h"

#include "merge/stages.h"

static const struct
{
  const char *id;
  const char *title;
} actions[AM_N_ACTIONS] = {
  [AM_ACTION_MERGED] = { "merged", N_ ("merged") },
  [AM_ACTION_MERGED_OVERLAP] = { "merged_overlap", N_ ("merged where shapes overlap") },
  [AM_ACTION_COPIED_ONE_SIDED] = { "copied_one_sided", N_ ("copied: not in every model") },
  [AM_ACTION_COPIED_SHAPE_MISMATCH]
  = { "copied_shape_mismatch", N_ ("copied from the first model: shapes differ") },
  [AM_ACTION_COPIED_INTEGER] = { "copied_integer", N_ ("copied exactly: not numbers to blend") },
  [AM_ACTION_COPIED_POLICY] = { "copied_policy", N_ ("copied as asked") },
  [AM_ACTION_COPIED_TRAINING] = { "copied_training", N_ ("copied: averaged copies and schedule") },
  [AM_ACTION_BAKED] = { "baked", N_ ("taken from the file given") },
  [AM_ACTION_REPAIRED] = { "repaired", N_ ("repaired: position ids put back to 0..76") },
  [AM_ACTION_DISCARDED] = { "discarded", N_ ("left out") },
};

const char *
am_action_get_id (AmAction action)
{
  return actions[action].id;
}

const char *
am_action_get_title (AmAction action)
{
  return actions[action].title;
}

void
am_plan_warn (AmPlan *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  /* One file may be several inputs. */
  if (!g_ptr_array_find_with_equal_func (self->warnings, text, g_str_equal, NULL))
    g_ptr_array_add (self->warnings, g_steal_pointer (&text));
}

static void
take_complaint (AmPlan *self, AmError code, char *text)
{
  if (self->complaints->len == 0)
    self->complaint_code = code;
  g_ptr_array_add (self->complaints, text);
}

void
am_plan_complain (AmPlan *self, AmError code, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  take_complaint (self, code, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

void
am_plan_complain_error (AmPlan *self, GError *error)
{
  AmError code = error->domain == AM_ERROR ? (AmError)error->code : AM_ERROR_BAD_RECIPE;

  take_complaint (self, code, g_strdup (error->message));
  g_error_free (error);
}

static void
planned_free (gpointer data)
{
  AmPlanned *planned = data;

  g_free (planned->tensors);
  g_free (planned->statistics);
  g_free ((gpointer)planned->method.statistics);
  g_free ((gpointer)planned->method.parameters);
  g_free ((gpointer)planned->method.model_parameters);
  g_free ((gpointer)planned->method.shape);
  g_free (planned);
}

static AmPlan *
plan_alloc (const AmRecipe *recipe, const AmMergeOptions *options)
{
  AmPlan *self = g_new0 (AmPlan, 1);

  self->recipe = am_recipe_copy (recipe);
  if (options != NULL)
    self->options = *options;
  self->recipe_folder = g_strdup (self->options.recipe_folder);
  self->options.recipe_folder = self->recipe_folder;
  self->stages = g_ptr_array_new_with_free_func ((GDestroyNotify)am_recipe_free);
  self->inputs = g_ptr_array_new_with_free_func ((GDestroyNotify)am_input_free);
  self->tensors = g_ptr_array_new_with_free_func (planned_free);
  self->policy_files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->alignments = g_ptr_array_new_with_free_func ((GDestroyNotify)am_alignment_unref);
  self->data_digests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->statistics = g_ptr_array_new_with_free_func ((GDestroyNotify)am_statistics_free);
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  self->complaints = g_ptr_array_new_with_free_func (g_free);
  self->strings = g_string_chunk_new (4096);
  return self;
}

void
am_plan_free (AmPlan *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->tensors);
  g_ptr_array_unref (self->alignments);
  g_ptr_array_unref (self->statistics);
  g_hash_table_unref (self->data_digests);
  g_ptr_array_unref (self->inputs);
  g_ptr_array_unref (self->stages);
  g_ptr_array_unref (self->warnings);
  g_ptr_array_unref (self->complaints);
  g_hash_table_unref (self->policy_files);
  g_string_chunk_free (self->strings);
  am_recipe_free (self->recipe);
  g_free (self->recipe_folder);
  g_free (self->run_parameters);
  g_free (self);
}

static void
check_counts (AmPlan *self)
{
  const AmMethod *method = self->method;
  guint n = self->recipe->models->len;

  if (method->base == AM_BASE_REQUIRED && self->recipe->base == NULL)
    am_plan_complain (self, AM_ERROR_BAD_RECIPE,
                      T_ ("%s works on differences from a base model: give one with --base or base_model"),
                      method->id);
  if (n < method->min_models && method->min_models == method->max_models)
    am_plan_complain (self, AM_ERROR_BAD_RECIPE, "%s takes %u model%s%s, %u given", method->id,
                      method->min_models, method->min_models == 1 ? "" : "s",
                      self->recipe->base != NULL ? " beside the base" : "", n);
  else if (n < method->min_models)
    am_plan_complain (self, AM_ERROR_BAD_RECIPE, "%s takes at least %u model%s%s, %u given", method->id,
                      method->min_models, method->min_models == 1 ? "" : "s",
                      self->recipe->base != NULL ? " beside the base" : "", n);
  if (n > method->max_models)
    am_plan_complain (self, AM_ERROR_BAD_RECIPE, "%s takes at most %u model%s%s, %u given", method->id,
                      method->max_models, method->max_models == 1 ? "" : "s",
                      self->recipe->base != NULL ? " beside the base" : "", n);
}

AmInput *
am_plan_open_input (AmPlan *self, const char *path, const char *sha256)
{
  GError *error = NULL;
  AmInput *input = am_input_open (path, sha256, self->recipe_folder, &error);
  const char *name;

  if (input == NULL)
    {
      am_plan_complain_error (self, error);
      return NULL;
    }
  name = self->stage_files != NULL ? g_hash_table_lookup (self->stage_files, input->path) : NULL;
  if (name != NULL)
    am_input_set_label (input, name);
  g_ptr_array_add (self->inputs, input);
  return input;
}

static void
open_policy_files (AmPlan *self)
{
  GHashTableIter iter;
  gpointer id, value;

  if (self->recipe->components == NULL)
    return;
  g_hash_table_iter_init (&iter, self->recipe->components);
  while (g_hash_table_iter_next (&iter, &id, &value))
    {
      const AmPolicy *policy = value;

      if (policy->type != AM_POLICY_FILE)
        continue;
      am_plan_open_input (self, policy->file, policy->sha256);
      g_hash_table_insert (self->policy_files, g_strdup (id), GUINT_TO_POINTER (self->inputs->len));
    }
}

static void
open_align_target (AmPlan *self)
{
  const AmAlignSettings *align = self->recipe->align;

  if (align == NULL || align->target != AM_ALIGN_TO_FILE)
    return;
  self->align_input = self->inputs->len;
  am_plan_open_input (self, align->file, align->sha256);
}

static void
open_inputs (AmPlan *self)
{
  AmRecipe *recipe = self->recipe;

  if (recipe->base != NULL)
    am_plan_open_input (self, recipe->base->path, recipe->base->sha256);
  for (guint i = 0; i < recipe->models->len; i++)
    {
      const AmRecipeModel *model = g_ptr_array_index (recipe->models, i);

      am_plan_open_input (self, model->path, model->sha256);
    }
  self->has_base = recipe->base != NULL;
  self->n_models = recipe->models->len;
  self->n_inputs = self->n_models + (self->has_base ? 1 : 0);
  if (self->complaints->len == 0)
    open_policy_files (self);
  if (self->complaints->len == 0)
    open_align_target (self);
  if (self->complaints->len == 0)
    am_plan_open_statistics (self);
  if (self->complaints->len == 0)
    am_plan_check_data (self);
}

/* What the inputs are, against each other: merging SD 1.5 with SDXL tensor by tensor makes no model. */
static void
check_compatible (AmPlan *self)
{
  const AmInput *lead = am_plan_input (self, 0);

  for (guint i = 1; i < self->n_inputs; i++)
    {
      const AmInput *other = am_plan_input (self, i);
      g_autofree char *reason = NULL;

      if (!am_model_is_compatible (lead->model, other->model, &reason))
        am_plan_complain (self, AM_ERROR_MISMATCH, "%s", reason);
    }
}

static void
warn_about_inputs (AmPlan *self)
{
  for (guint i = 0; self->recipe->notes != NULL && i < self->recipe->notes->len; i++)
    am_plan_warn (self, "%s", (const char *)g_ptr_array_index (self->recipe->notes, i));
  for (guint i = 0; i < self->inputs->len; i++)
    {
      const AmInput *input = am_plan_input (self, i);
      const char *const *missing = am_model_get_missing (input->model);
      const char *const *notes = am_checkpoint_get_notes (input->checkpoint);
      guint n_missing = g_strv_length ((char **)missing);

      if (n_missing > 0)
        am_plan_warn (self,
                      TN_ ("%s is incomplete: %u tensor is missing, the first is %s",
                           "%s is incomplete: %u tensors are missing, the first is %s", n_missing),
                      input->label, n_missing, missing[0]);
      for (guint k = 0; notes != NULL && notes[k] != NULL; k++)
        if (g_str_has_prefix (notes[k], input->path))
          am_plan_warn (self, "%s", notes[k]);
        else
          am_plan_warn (self, "%s: %s", input->label, notes[k]);
    }
}

static gint
count_layers (const AmInput *input)
{
  gint n_layers = 0;

  for (guint i = 0; i < am_checkpoint_get_n_tensors (input->checkpoint); i++)
    n_layers = MAX (n_layers, am_model_get_role (input->model, i)->n_layers);
  return n_layers;
}

/* mergekit slices are taken as whole models; whether they are is known only now. */
static void
check_layer_ranges (AmPlan *self)
{
  for (guint i = 0; i < self->n_models; i++)
    {
      const AmRecipeModel *model = g_ptr_array_index (self->recipe->models, i);
      const AmInput *input = am_plan_input (self, am_plan_model_input (self, i));
      gint n_layers = count_layers (input);

      if (model->layer_end != 0 && (gint)model->layer_end != n_layers)
        am_plan_complain (
            self, AM_ERROR_UNSUPPORTED,
            "%s has %d layers and the slice takes %u: slices of parts of models are not supported yet",
            input->label, n_layers, model->layer_end);
    }
}

static void
find_method (AmPlan *self)
{
  self->method = am_method_find (self->recipe->method);
  if (self->method == NULL)
    am_plan_complain (self, AM_ERROR_BAD_RECIPE,
                      "there is no merge method “%s”; `amalgam methods` lists them", self->recipe->method);
}

static void
set_run (AmPlan *self)
{
  self->run.method = self->method;
  self->run.n_models = self->n_models;
  self->run.has_base = self->has_base;
  self->run.seed = self->recipe->seed;
}

/* "a.safetensors, b.safetensors and c.safetensors" */
static char *
list_labels (const AmPlan *self)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < self->n_inputs; i++)
    g_string_append_printf (list, "%s%s",
                            i == 0                   ? ""
                            : i + 1 < self->n_inputs ? ", "
                                                     : " and ",
                            am_plan_input (self, i)->label);
  return g_string_free (list, FALSE);
}

static void
check_touched (AmPlan *self)
{
  g_autofree char *labels = list_labels (self);

  if (self->is_conversion || self->n_merged > 0 || self->complaints->len > 0)
    return;
  if (self->tensors->len > 0 && am_plan_count (self, AM_ACTION_DISCARDED) == self->tensors->len)
    am_plan_complain (self, AM_ERROR_MISMATCH, "%s: nothing would be merged: all %u tensors are left out",
                      labels, self->tensors->len);
  else
    am_plan_complain (
        self, AM_ERROR_MISMATCH,
        "%s: nothing would be merged: no tensor is in every model with a shape and type that can be blended",
        labels);
}

static gboolean
is_averaged_statistic (const AmPlanned *planned)
{
  return planned->tensors != NULL && g_str_has_suffix (planned->method.name, ".running_var");
}

/* Averaged units vary less than their parents (Jordan et al. 2023), and a batch norm that divides by an
 * average of deviations does not know: without new statistics such merges are near chance. */
static void
warn_about_batch_norms (AmPlan *self)
{
  guint n = 0;

  for (guint i = 0; self->n_inputs > 1 && i < self->tensors->len; i++)
    if (is_averaged_statistic (am_plan_planned (self, i)))
      n++;
  if (n > 0)
    am_plan_warn (self,
                  TN_ ("%u batch norm keeps running statistics, and averages of them do not fit averaged "
                       "weights: measure them anew afterwards with “amalgam repair OUTPUT --data PICTURES”",
                       "%u batch norms keep running statistics, and averages of them do not fit averaged "
                       "weights: measure them anew afterwards with “amalgam repair OUTPUT --data PICTURES”",
                       n),
                  n);
}

static void
prepare (AmPlan *self)
{
  find_method (self);
  if (self->method == NULL)
    return;
  am_recipe_settle_base (self->recipe);
  check_counts (self);
  if (self->complaints->len == 0)
    open_inputs (self);
  if (self->complaints->len == 0)
    check_compatible (self);
  if (self->complaints->len == 0)
    check_layer_ranges (self);
  if (self->complaints->len == 0)
    am_plan_prepare_alignment (self);
  if (self->complaints->len > 0)
    return;
  set_run (self);
  warn_about_inputs (self);
  am_plan_decide (self);
  am_plan_bind_statistics (self);
  if (!self->is_conversion)
    am_plan_set_parameters (self);
  if (self->complaints->len > 0)
    return;
  am_plan_warn_about_memory (self);
  warn_about_batch_norms (self);
  check_touched (self);
}

static AmPlan *
finish (AmPlan *self, GError **error)
{
  g_autofree char *text = NULL;

  g_ptr_array_add (self->warnings, NULL);
  if (self->complaints->len == 0)
    return self;
  g_ptr_array_add (self->complaints, NULL);
  text = g_strjoinv ("\n", (char **)self->complaints->pdata);
  g_set_error_literal (error, AM_ERROR, (gint)self->complaint_code, text);
  am_plan_free (self);
  return NULL;
}

AmPlan *
am_plan_new (const GPtrArray *recipes, const AmMergeOptions *options, GError **error)
{
  g_autoptr (AmStagePlaceholders) placeholders = NULL;
  AmPlan *plan;

  if (recipes->len == 0)
    {
      g_set_error_literal (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "the recipe is empty");
      return NULL;
    }
  /* Earlier stages are planned too, so that their mistakes show now; their results are stood in for by files
   * of the right names and shapes. */
  placeholders = am_stage_placeholders_new (recipes, options, error);
  if (placeholders == NULL)
    return NULL;
  plan = am_plan_new_stage (am_stage_placeholders_get_last (placeholders), recipes,
                            am_stage_placeholders_get_names (placeholders), options, error);
  if (plan != NULL)
    plan->stage_files = NULL;
  return plan;
}

AmPlan *
am_plan_new_stage (const AmRecipe *recipe, const GPtrArray *stages, GHashTable *stage_files,
                   const AmMergeOptions *options, GError **error)
{
  AmPlan *self = plan_alloc (recipe, options);

  self->stage_files = stage_files;
  for (guint i = 0; i < stages->len; i++)
    g_ptr_array_add (self->stages, am_recipe_copy (g_ptr_array_index (stages, i)));
  prepare (self);
  return finish (self, error);
}

AmPlan *
am_plan_new_conversion (const AmRecipe *recipe, const AmMergeOptions *options, GError **error)
{
  AmPlan *self = plan_alloc (recipe, options);

  self->is_conversion = TRUE;
  prepare (self);
  return finish (self, error);
}
