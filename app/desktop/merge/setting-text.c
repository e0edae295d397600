#include "setting-text.h"

#include <glib/gi18n.h>

/* Between the values of a gradient, from the first layer to the last. */
#define ARROW " → "

static char *
write_number (double number)
{
  return g_strdup_printf ("%.6g", number);
}

static char *
write_gradient (const GArray *gradient)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < gradient->len; i++)
    g_ptr_array_add (parts, write_number (g_array_index (gradient, double, i)));
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (ARROW, (char **)parts->pdata);
}

static char *
write_steps (const GPtrArray *steps)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();

  for (guint i = 0; i < steps->len; i++)
    g_ptr_array_add (parts, g_ptr_array_index (steps, i));
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (ARROW, (char **)parts->pdata);
}

static char *
write_filter (const AmSettingFilter *filter)
{
  g_autofree char *value = am_setting_text_new (filter->value);
  gboolean is_rest = filter->filter == NULL || g_str_equal (filter->filter, "*");

  if (is_rest)
    /* Translators: value of a parameter for tensors that no filter before matched. */
    return g_strdup_printf (_ ("all others: %s"), value);
  /* Translators: part of tensor names, and value of a parameter for tensors of such names. */
  return g_strdup_printf (C_ ("filter", "%s: %s"), filter->filter, value);
}

static char *
write_filters (const GPtrArray *filters)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < filters->len; i++)
    g_ptr_array_add (parts, write_filter (g_ptr_array_index (filters, i)));
  g_ptr_array_add (parts, NULL);
  /* Translators: between several filters in a list. */
  return g_strjoinv (C_ ("filter", "; "), (char **)parts->pdata);
}

char *
am_setting_text_new (const AmSetting *setting)
{
  switch (setting->type)
    {
    case AM_SETTING_WORD:
      return g_strdup (setting->word);
    case AM_SETTING_GRADIENT:
      return write_gradient (setting->gradient);
    case AM_SETTING_STEPS:
      return write_steps (setting->steps);
    case AM_SETTING_FILTERS:
      return write_filters (setting->filters);
    case AM_SETTING_NUMBER:
    default:
      if (setting->is_boolean)
        return g_strdup (setting->number != 0 ? C_ ("setting", "on") : C_ ("setting", "off"));
      return write_number (setting->number);
    }
}
