#include "recipe/setting.h"

#include <string.h>

AmSetting *
am_setting_new_number (double number)
{
  AmSetting *setting = g_new0 (AmSetting, 1);

  setting->type = AM_SETTING_NUMBER;
  setting->number = number;
  return setting;
}

AmSetting *
am_setting_new_boolean (gboolean value)
{
  AmSetting *setting = am_setting_new_number (value ? 1 : 0);

  setting->is_boolean = TRUE;
  return setting;
}

AmSetting *
am_setting_new_word (const char *word)
{
  AmSetting *setting = g_new0 (AmSetting, 1);

  setting->type = AM_SETTING_WORD;
  setting->word = g_strdup (word);
  return setting;
}

AmSetting *
am_setting_new_gradient (const double *numbers, guint n)
{
  AmSetting *setting = g_new0 (AmSetting, 1);

  setting->type = AM_SETTING_GRADIENT;
  setting->gradient = g_array_sized_new (FALSE, FALSE, sizeof (double), n);
  g_array_append_vals (setting->gradient, numbers, n);
  return setting;
}

AmSetting *
am_setting_new_steps (const char *const *words)
{
  AmSetting *setting = g_new0 (AmSetting, 1);

  setting->type = AM_SETTING_STEPS;
  setting->steps = g_ptr_array_new_with_free_func (g_free);
  for (; *words != NULL; words++)
    g_ptr_array_add (setting->steps, g_strdup (*words));
  return setting;
}

static void
free_filter (gpointer data)
{
  AmSettingFilter *filter = data;

  g_free (filter->filter);
  am_setting_free (filter->value);
  g_free (filter);
}

AmSetting *
am_setting_new_filters (void)
{
  AmSetting *setting = g_new0 (AmSetting, 1);

  setting->type = AM_SETTING_FILTERS;
  setting->filters = g_ptr_array_new_with_free_func (free_filter);
  return setting;
}

void
am_setting_add_filter (AmSetting *setting, const char *filter, AmSetting *value)
{
  AmSettingFilter *entry = g_new0 (AmSettingFilter, 1);

  entry->filter = g_strdup (filter);
  entry->value = value;
  g_ptr_array_add (setting->filters, entry);
}

static gpointer
copy_filter (gconstpointer source, gpointer user_data)
{
  const AmSettingFilter *filter = source;
  AmSettingFilter *copy = g_new0 (AmSettingFilter, 1);

  copy->filter = g_strdup (filter->filter);
  copy->value = am_setting_copy (filter->value);
  return copy;
}

static gpointer
copy_word (gconstpointer source, gpointer user_data)
{
  return g_strdup (source);
}

AmSetting *
am_setting_copy (const AmSetting *setting)
{
  AmSetting *copy = g_new0 (AmSetting, 1);

  *copy = *setting;
  copy->word = g_strdup (setting->word);
  if (setting->gradient != NULL)
    copy->gradient = g_array_copy (setting->gradient);
  if (setting->steps != NULL)
    copy->steps = g_ptr_array_copy (setting->steps, (GCopyFunc)copy_word, NULL);
  if (setting->filters != NULL)
    copy->filters = g_ptr_array_copy (setting->filters, (GCopyFunc)copy_filter, NULL);
  return copy;
}

void
am_setting_free (AmSetting *setting)
{
  if (setting == NULL)
    return;
  g_free (setting->word);
  g_clear_pointer (&setting->gradient, g_array_unref);
  g_clear_pointer (&setting->steps, g_ptr_array_unref);
  g_clear_pointer (&setting->filters, g_ptr_array_unref);
  g_free (setting);
}

static gboolean
filter_matches (const char *filter, const char *tensor_name)
{
  if (filter == NULL || strcmp (filter, "*") == 0)
    return TRUE;
  return tensor_name != NULL && strstr (tensor_name, filter) != NULL;
}

static double
interpolate (const GArray *gradient, double position)
{
  double scaled = CLAMP (position, 0, 1) * (gradient->len - 1);
  guint left = (guint)scaled;
  guint right = MIN (left + 1, gradient->len - 1);
  double fraction = scaled - left;

  return (1 - fraction) * g_array_index (gradient, double, left)
         + fraction * g_array_index (gradient, double, right);
}

static const AmSetting *
resolve_filters (const AmSetting *setting, const char *tensor_name, double position, AmSetting *scratch)
{
  for (guint i = 0; i < setting->filters->len; i++)
    {
      const AmSettingFilter *filter = g_ptr_array_index (setting->filters, i);

      if (filter_matches (filter->filter, tensor_name))
        return am_setting_resolve (filter->value, tensor_name, position, scratch);
    }
  return NULL;
}

const AmSetting *
am_setting_resolve (const AmSetting *setting, const char *tensor_name, double position, AmSetting *scratch)
{
  switch (setting->type)
    {
    case AM_SETTING_GRADIENT:
      *scratch = (AmSetting){ .type = AM_SETTING_NUMBER, .line = setting->line };
      scratch->number = interpolate (setting->gradient, position);
      return scratch;
    case AM_SETTING_STEPS:
      *scratch = (AmSetting){ .type = AM_SETTING_WORD, .line = setting->line };
      scratch->word
          = g_ptr_array_index (setting->steps, (guint)(CLAMP (position, 0, 1) * (setting->steps->len - 1)));
      return scratch;
    case AM_SETTING_FILTERS:
      return resolve_filters (setting, tensor_name, position, scratch);
    default:
      return setting;
    }
}

gboolean
am_setting_is_constant (const AmSetting *setting)
{
  return setting->type == AM_SETTING_NUMBER || setting->type == AM_SETTING_WORD;
}
