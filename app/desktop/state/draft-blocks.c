/* Block weights of the draft: the recipe's, shown and changed through AmBlockValues. */
#include "draft-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/parameter-words.h"

static gint
get_ratio (const AmMethod *method)
{
  return method != NULL ? am_method_get_ratio (method) : -1;
}

guint
am_draft_get_n_targets (AmDraft *self)
{
  const AmMethod *method = am_draft_get_method (self);

  if (get_ratio (method) < 0)
    return 0;
  if (am_method_has_own_ratios (method))
    return am_draft_get_n_slots (self);
  return am_method_get_second_ratio (method) >= 0 ? 2 : 1;
}

/* Number of the parameter that a target's weights stand for. */
static guint
get_parameter (const AmMethod *method, guint target)
{
  return (guint)(target == 0 || am_method_has_own_ratios (method) ? am_method_get_ratio (method)
                                                                  : am_method_get_second_ratio (method));
}

char *
am_draft_dup_target_title (AmDraft *self, guint target)
{
  const AmMethod *method = am_draft_get_method (self);

  if (am_method_has_own_ratios (method))
    return am_draft_dup_slot_title (self, target);
  return am_parameter_dup_title (&method->parameters[get_parameter (method, target)]);
}

static const AmBlockWeights *
find_weights (AmDraft *self, guint target)
{
  const AmMethod *method = am_draft_get_method (self);
  const AmRecipe *recipe = am_draft_peek (self);

  if (am_method_has_own_ratios (method))
    return am_draft_find_model (self, target)->blocks;
  return g_hash_table_lookup (recipe->blocks,
                              target == 0 ? "" : method->parameters[get_parameter (method, 1)].id);
}

/* @weights: (transfer full) (nullable). */
static void
put_weights (AmDraft *self, guint target, AmBlockWeights *weights)
{
  const AmMethod *method = am_draft_get_method (self);
  AmRecipe *recipe = am_draft_peek (self);
  const char *id = target == 0 ? "" : method->parameters[get_parameter (method, target)].id;

  if (am_method_has_own_ratios (method))
    {
      AmRecipeModel *model = am_draft_find_model (self, target);

      g_clear_pointer (&model->blocks, am_block_weights_free);
      model->blocks = weights;
    }
  else if (weights != NULL)
    g_hash_table_insert (recipe->blocks, g_strdup (id), weights);
  else
    g_hash_table_remove (recipe->blocks, id);
}

static gint
find_bar (AmBlockValues *values, AmBarKind kind)
{
  for (guint i = 0; i < am_block_values_get_n_bars (values); i++)
    if (am_block_values_get_kind (values, i) == kind)
      return (gint)i;
  return -1;
}

/* Bars that recipes hold as policies of components. */
static const struct
{
  AmBarKind kind;
  const char *component;
} component_bars[] = { { AM_BAR_TEXT_ENCODER, "text_encoder" }, { AM_BAR_VAE, "vae" } };

static void
show_policy (AmDraft *self, AmBlockValues *values, AmBarKind kind, const char *component)
{
  const AmPolicy *policy = g_hash_table_lookup (am_draft_peek (self)->components, component);
  gint bar = find_bar (values, kind);

  if (bar >= 0)
    am_block_values_set (values, (guint)bar,
                         policy != NULL && policy->type == AM_POLICY_RATIO ? policy->ratio : NAN);
}

/* A bar speaks only where the component is merged: a policy to copy or to bake stays as long as the bar is
 * unset. */
static void
put_policy (AmDraft *self, AmBlockValues *values, AmBarKind kind, const char *component)
{
  GHashTable *components = am_draft_peek (self)->components;
  AmPolicy *policy = g_hash_table_lookup (components, component);
  gint bar = find_bar (values, kind);
  double value = bar >= 0 ? am_block_values_get (values, (guint)bar) : NAN;

  if (isnan (value))
    {
      if (bar >= 0 && policy != NULL && policy->type == AM_POLICY_RATIO)
        g_hash_table_remove (components, component);
      return;
    }
  policy = g_new0 (AmPolicy, 1);
  policy->type = AM_POLICY_RATIO;
  policy->ratio = value;
  g_hash_table_insert (components, g_strdup (component), policy);
}

static void
put_target (AmDraft *self, guint target, AmBlockValues *values)
{
  put_weights (self, target, am_block_values_to_weights (values));
  for (guint i = 0; i < G_N_ELEMENTS (component_bars) && target == 0; i++)
    put_policy (self, values, component_bars[i].kind, component_bars[i].component);
}

/* Each of the others takes what the one just changed has. */
static void
put_linked (AmDraft *self, guint source)
{
  for (guint i = 0; i < am_draft_get_n_targets (self); i++)
    if (i != source)
      put_weights (self, i, am_block_values_to_weights (g_ptr_array_index (self->targets, source)));
}

static void
on_values_changed (AmBlockValues *values, AmDraft *self)
{
  g_autofree char *topic = NULL;
  guint target;

  if (self->is_syncing || !g_ptr_array_find (self->targets, values, &target)
      || target >= am_draft_get_n_targets (self))
    return;
  if (am_block_values_is_editing (values))
    topic = g_strdup_printf ("blocks %u %u", target, am_block_values_get_edit (values));
  am_draft_begin (self, topic);
  put_target (self, target, values);
  if (self->is_linked)
    put_linked (self, target);
  am_draft_end (self);
}

static void
sync_target (AmDraft *self, guint target)
{
  AmBlockValues *values = g_ptr_array_index (self->targets, target);
  const AmMethod *method = am_draft_get_method (self);
  guint index = get_parameter (method, target);
  const AmParameter *parameter = &method->parameters[index];
  double ratio = am_draft_get_parameter (self, index, am_method_has_own_ratios (method) ? target : 0);

  /* Policies of components are the whole merge's, so one target shows them. */
  am_block_values_set_has_components (values, target == 0);
  am_block_values_set_layout (values, self->family, (const char *const *)self->blocks, self->architecture);
  am_block_values_set_ratio (values, isnan (ratio) ? parameter->soft_minimum : ratio, parameter->soft_minimum,
                             parameter->soft_maximum, parameter->minimum, parameter->maximum);
  am_block_values_take_weights (values, find_weights (self, target));
  for (guint i = 0; i < G_N_ELEMENTS (component_bars) && target == 0; i++)
    show_policy (self, values, component_bars[i].kind, component_bars[i].component);
}

void
am_draft_sync_targets (AmDraft *self)
{
  guint n = MIN (self->targets->len, am_draft_get_n_targets (self));

  if (self->is_syncing)
    return;
  self->is_syncing = TRUE;
  for (guint i = 0; i < n; i++)
    sync_target (self, i);
  self->is_syncing = FALSE;
}

AmBlockValues *
am_draft_get_block_values (AmDraft *self, guint target)
{
  g_return_val_if_fail (target < am_draft_get_n_targets (self), NULL);

  while (self->targets->len <= target)
    {
      AmBlockValues *values = am_block_values_new ();

      g_signal_connect_object (values, "changed", G_CALLBACK (on_values_changed), self, 0);
      g_ptr_array_add (self->targets, values);
    }
  am_draft_sync_targets (self);
  return g_ptr_array_index (self->targets, target);
}

gboolean
am_draft_get_is_linked (AmDraft *self)
{
  return self->is_linked;
}

void
am_draft_set_is_linked (AmDraft *self, gboolean is_linked)
{
  if (self->is_linked == is_linked)
    return;
  self->is_linked = is_linked;
  if (!is_linked || am_draft_get_n_targets (self) < 2)
    return;
  am_draft_get_block_values (self, am_draft_get_n_targets (self) - 1);
  am_draft_begin (self, NULL);
  put_linked (self, 0);
  am_draft_end (self);
}

void
am_draft_set_layout (AmDraft *self, AmFamily family, const char *const *blocks, const char *title)
{
  static const char *const none[] = { NULL };
  const char *const *names = blocks != NULL ? blocks : none;

  if (family == self->family && g_strv_equal (names, (const char *const *)self->blocks))
    return;
  self->family = family;
  g_strfreev (self->blocks);
  self->blocks = g_strdupv ((char **)names);
  g_free (self->architecture);
  self->architecture = g_strdup (title);
  am_draft_begin (self, "layout");
  am_draft_end (self);
}
