#include <string.h>

#include "base/number-text.h"
#include "recipe/recipe.h"

static AmPolicy *
new_policy (AmPolicyType type)
{
  AmPolicy *policy = g_new0 (AmPolicy, 1);

  policy->type = type;
  return policy;
}

static AmPolicy *
new_model_policy (guint model)
{
  AmPolicy *policy = new_policy (AM_POLICY_MODEL);

  policy->model = model;
  return policy;
}

static AmPolicy *
new_ratio_policy (double ratio)
{
  AmPolicy *policy = new_policy (AM_POLICY_RATIO);

  policy->ratio = ratio;
  return policy;
}

AmPolicy *
am_policy_parse (const char *text, GError **error)
{
  double number;
  AmPolicy *policy;

  if (text[0] == '\0')
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                   "the policy is empty; expected a, b, merge, discard, a number or a file");
      return NULL;
    }
  if (g_ascii_isalpha (text[0]) && text[1] == '\0')
    return new_model_policy ((guint)(g_ascii_tolower (text[0]) - 'a'));
  if (strcmp (text, "base") == 0)
    return new_model_policy (AM_POLICY_BASE);
  if (strcmp (text, "merge") == 0)
    return new_policy (AM_POLICY_MERGE);
  if (strcmp (text, "discard") == 0)
    return new_policy (AM_POLICY_DISCARD);
  if (am_number_from_text (text, strlen (text), &number))
    return new_ratio_policy (number);
  policy = new_policy (AM_POLICY_FILE);
  policy->file = g_strdup (text);
  return policy;
}

gboolean
am_size_parse (const char *text, guint64 *size, GError **error)
{
  static const struct
  {
    const char *unit;
    guint64 bytes;
  } units[] = {
    { "", 1 },
    { "B", 1 },
    { "KB", 1000 },
    { "MB", 1000 * 1000 },
    { "GB", 1000 * 1000 * 1000 },
    { "TB", G_GUINT64_CONSTANT (1000000000000) },
    { "KIB", G_GUINT64_CONSTANT (1) << 10 },
    { "MIB", G_GUINT64_CONSTANT (1) << 20 },
    { "GIB", G_GUINT64_CONSTANT (1) << 30 },
    { "TIB", G_GUINT64_CONSTANT (1) << 40 },
  };
  gsize digits = strspn (text, "0123456789.");
  const char *unit = text + digits;
  double number;

  while (*unit == ' ')
    unit++;
  if (am_number_from_text (text, digits, &number))
    for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
      if (g_ascii_strcasecmp (unit, units[i].unit) == 0)
        {
          double bytes = number * (double)units[i].bytes;

          if (bytes < 1 || bytes > 9e15)
            break;
          *size = (guint64)bytes;
          return TRUE;
        }
  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
               "'%s' is not a size; expected bytes or something like 2GB or 500MiB", text);
  return FALSE;
}
