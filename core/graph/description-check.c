/* Steps and their keys, looked at before any step is run. */
#include "graph/description-private.h"

#include <string.h>

#include "base/nearest-name.h"

static const AmStepKind *
find_kind (const char *name)
{
  const AmStepKind *const tables[] = { am_node_steps, am_flow_steps };

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const AmStepKind *kind = tables[i]; kind->name != NULL; kind++)
      if (strcmp (kind->name, name) == 0)
        return kind;
  return NULL;
}

static gboolean
fail_step (const AmYamlFile *file, const AmYamlNode *key, GError **error)
{
  const AmStepKind *const tables[] = { am_node_steps, am_flow_steps };
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *hint = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const AmStepKind *kind = tables[i]; kind->name != NULL; kind++)
      g_ptr_array_add (names, (gpointer)kind->name);
  g_ptr_array_add (names, NULL);
  hint = am_nearest_hint (key->text, (const char *const *)names->pdata);
  return am_yaml_fail (file, key, AM_ERROR_BAD_RECIPE, error, "no step is called '%s'%s", key->text, hint);
}

static gboolean
check_key (const AmYamlFile *file, const AmStepKind *kind, const AmYamlNode *key, GError **error)
{
  g_auto (GStrv) words = g_strsplit (kind->keys, " ", -1);
  g_autofree char *hint = NULL;

  if (*key->text != '\0' && g_strv_contains ((const char *const *)words, key->text))
    return TRUE;
  hint = am_nearest_hint (key->text, (const char *const *)words);
  return am_yaml_fail (file, key, AM_ERROR_BAD_RECIPE, error, "'%s' is not a key of the step '%s'%s",
                       key->text, kind->name, hint);
}

gboolean
am_description_reader_open_step (const AmYamlFile *file, const AmYamlNode *node, AmStep *step, GError **error)
{
  *step = (AmStep){ .map = node };
  if (node->type != AM_YAML_MAP || node->items->len == 0)
    {
      g_autofree char *found = am_yaml_describe (node);

      return am_yaml_fail (file, node, AM_ERROR_BAD_RECIPE, error,
                           "expected a step, as in 'linear: fc1', found %s", found);
    }
  for (guint i = 0; i < node->items->len && step->kind == NULL; i += 2)
    {
      step->key = g_ptr_array_index (node->items, i);
      step->value = g_ptr_array_index (node->items, i + 1);
      step->kind = find_kind (step->key->text);
    }
  return step->kind != NULL || fail_step (file, g_ptr_array_index (node->items, 0), error);
}

static gboolean
check_keys (const AmYamlFile *file, const AmStep *step, GError **error)
{
  for (guint i = 0; i < step->map->items->len; i += 2)
    {
      const AmYamlNode *key = g_ptr_array_index (step->map->items, i);

      if (key != step->key && !check_key (file, step->kind, key, error))
        return FALSE;
    }
  return TRUE;
}

/* A repeat needs something to do and an end. */
static gboolean
check_repeat (const AmYamlFile *file, const AmStep *step, GError **error)
{
  if (!g_str_equal (step->kind->name, "repeat"))
    return TRUE;
  if (am_yaml_get (step->map, "do") == NULL)
    return am_yaml_fail (file, step->key, AM_ERROR_BAD_RECIPE, error, "a repeat without 'do'");
  if (am_yaml_get (step->map, "while") == NULL && am_yaml_get (step->map, "last") == NULL)
    return am_yaml_fail (file, step->key, AM_ERROR_BAD_RECIPE, error,
                         "a repeat without end; expected 'while' or 'last'");
  return TRUE;
}

gboolean
am_description_reader_check_steps (const AmYamlFile *file, const AmYamlNode *list, GError **error)
{
  static const char *const inner[] = { "do", "then", "else" };

  if (list->type != AM_YAML_LIST)
    {
      g_autofree char *found = am_yaml_describe (list);

      return am_yaml_fail (file, list, AM_ERROR_BAD_RECIPE, error, "expected a list of steps, found %s",
                           found);
    }
  for (guint i = 0; i < list->items->len; i++)
    {
      AmStep step;

      if (!am_description_reader_open_step (file, g_ptr_array_index (list->items, i), &step, error)
          || !check_keys (file, &step, error) || !check_repeat (file, &step, error))
        return FALSE;
      for (guint k = 0; k < G_N_ELEMENTS (inner); k++)
        {
          const AmYamlNode *steps = am_yaml_get (step.map, inner[k]);

          if (steps != NULL && !am_description_reader_check_steps (file, steps, error))
            return FALSE;
        }
    }
  return TRUE;
}
