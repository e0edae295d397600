/* Parameters and component policies of the draft. */
#include "draft-private.h"

#include <math.h>

static const AmSetting *
find_setting (AmDraft *self, const AmParameter *parameter, guint slot)
{
  AmRecipe *recipe = am_draft_peek (self);
  const AmRecipeModel *model = parameter->per_model ? am_draft_find_model (self, slot) : NULL;
  const AmSetting *setting = model != NULL ? g_hash_table_lookup (model->parameters, parameter->id) : NULL;

  return setting != NULL ? setting : g_hash_table_lookup (recipe->parameters, parameter->id);
}

static double
get_choice (const AmParameter *parameter, const char *word)
{
  for (guint i = 0; parameter->choices != NULL && parameter->choices[i] != NULL; i++)
    if (g_ascii_strcasecmp (parameter->choices[i], word) == 0)
      return i;
  return NAN;
}

double
am_draft_get_parameter (AmDraft *self, guint index, guint slot)
{
  const AmParameter *parameter = &am_draft_get_method (self)->parameters[index];
  const AmSetting *setting = find_setting (self, parameter, slot);

  if (setting == NULL)
    return parameter->default_value;
  if (setting->type == AM_SETTING_NUMBER)
    return setting->number;
  return setting->type == AM_SETTING_WORD ? get_choice (parameter, setting->word) : NAN;
}

static AmSetting *
new_setting (const AmParameter *parameter, double value)
{
  switch (parameter->type)
    {
    case AM_PARAMETER_BOOLEAN:
      return am_setting_new_boolean (value != 0);
    case AM_PARAMETER_CHOICE:
      return am_setting_new_word (parameter->choices[(guint)value]);
    case AM_PARAMETER_INTEGER:
      return am_setting_new_number (round (CLAMP (value, parameter->minimum, parameter->maximum)));
    case AM_PARAMETER_NUMBER:
    default:
      return am_setting_new_number (CLAMP (value, parameter->minimum, parameter->maximum));
    }
}

void
am_draft_set_parameter (AmDraft *self, guint index, guint slot, double value)
{
  const AmParameter *parameter = &am_draft_get_method (self)->parameters[index];
  g_autofree char *topic = g_strdup_printf ("parameter %u %u", index, slot);
  AmRecipe *recipe;
  GHashTable *settings;

  g_return_if_fail (!isnan (value));

  recipe = am_draft_begin (self, topic);
  settings = parameter->per_model ? am_draft_find_model (self, slot)->parameters : recipe->parameters;
  g_hash_table_insert (settings, g_strdup (parameter->id), new_setting (parameter, value));
  am_draft_end (self);
}

gboolean
am_draft_is_parameter_elaborate (AmDraft *self, guint index, guint slot)
{
  const AmSetting *setting = find_setting (self, &am_draft_get_method (self)->parameters[index], slot);

  return setting != NULL && !am_setting_is_constant (setting);
}

static char *
write_policy (const AmPolicy *policy)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  switch (policy->type)
    {
    case AM_POLICY_MODEL:
      return policy->model == AM_POLICY_BASE ? g_strdup ("base")
                                             : g_strdup_printf ("%c", 'a' + (char)policy->model);
    case AM_POLICY_FILE:
      return g_strdup (policy->file);
    case AM_POLICY_RATIO:
      return g_strdup (g_ascii_dtostr (number, sizeof number, policy->ratio));
    case AM_POLICY_DISCARD:
      return g_strdup ("discard");
    case AM_POLICY_MERGE:
    default:
      return g_strdup ("merge");
    }
}

char *
am_draft_dup_policy (AmDraft *self, const char *component)
{
  const AmPolicy *policy = g_hash_table_lookup (am_draft_peek (self)->components, component);

  return policy != NULL ? write_policy (policy) : NULL;
}

gboolean
am_draft_set_policy (AmDraft *self, const char *component, const char *text, GError **error)
{
  AmPolicy *policy = text != NULL ? am_policy_parse (text, error) : NULL;
  g_autofree char *topic = g_strconcat ("policy ", component, NULL);
  AmRecipe *recipe;

  if (text != NULL && policy == NULL)
    return FALSE;
  recipe = am_draft_begin (self, topic);
  if (policy != NULL)
    g_hash_table_insert (recipe->components, g_strdup (component), policy);
  else
    g_hash_table_remove (recipe->components, component);
  am_draft_end (self);
  return TRUE;
}
