#include <string.h>

#include "architecture/model.h"
#include "base/nearest-name.h"
#include "recipe/recipe-reader.h"

#define MAX_PATTERN_LENGTH 4096

static gboolean
is_component (const char *name)
{
  for (guint i = 0; i < AM_N_COMPONENTS; i++)
    if (strcmp (am_component_get_id ((AmComponent)i), name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
fail_component (AmRecipeReader *reader, const AmYamlNode *key, GError **error)
{
  const char *names[AM_N_COMPONENTS + 1] = { NULL };
  g_autofree char *list = NULL;
  g_autofree char *hint = NULL;

  for (guint i = 0; i < AM_N_COMPONENTS; i++)
    names[i] = am_component_get_id ((AmComponent)i);
  list = g_strjoinv (", ", (char **)names);
  hint = am_nearest_hint (key->text, names);
  return am_yaml_fail (reader->file, key, AM_ERROR_BAD_RECIPE, error, "no component '%s'; there are: %s%s",
                       key->text, list, hint);
}

static gboolean
read_policy_file (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmPolicy *policy = target;

  if (node->type != AM_YAML_SCALAR || node->text[0] == '\0')
    return am_reader_fail_type (reader, node, "a file", error);
  policy->file = g_strdup (node->text);
  return TRUE;
}

static gboolean
read_policy_sha256 (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmPolicy *policy = target;

  return am_reader_read_sha256 (reader, node, &policy->sha256, error);
}

/* A file with the digest that pins it. */
static gboolean
read_pinned_file (AmRecipeReader *reader, const AmYamlNode *node, AmPolicy *policy, GError **error)
{
  static const AmReaderKey keys[]
      = { { "file", read_policy_file }, { "sha256", read_policy_sha256 }, { NULL } };

  policy->type = AM_POLICY_FILE;
  if (!am_reader_read_map (reader, node, keys, "a component", policy, error))
    return FALSE;
  if (policy->file == NULL)
    return am_reader_fail_type (reader, node, "a map with the key file", error);
  return TRUE;
}

static AmPolicy *
read_policy (AmRecipeReader *reader, const AmYamlNode *node, GError **error)
{
  AmPolicy *policy;

  if (node->type == AM_YAML_MAP)
    {
      policy = g_new0 (AmPolicy, 1);
      if (read_pinned_file (reader, node, policy, error))
        return policy;
      am_policy_free (policy);
      return NULL;
    }
  if (node->type != AM_YAML_SCALAR || am_yaml_is_null (node))
    {
      am_reader_fail_type (reader, node, "a, b, merge, discard, a number or a file", error);
      return NULL;
    }
  policy = am_policy_parse (node->text, error);
  if (policy == NULL)
    am_yaml_locate (reader->file, node, error);
  return policy;
}

gboolean
am_reader_read_components (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  if (node->type != AM_YAML_MAP)
    return am_reader_fail_type (reader, node, "a map from components to policies", error);
  for (guint i = 0; i < node->items->len; i += 2)
    {
      const AmYamlNode *key = g_ptr_array_index (node->items, i);
      const AmYamlNode *value = g_ptr_array_index (node->items, i + 1);
      AmPolicy *policy;

      if (!is_component (key->text))
        return fail_component (reader, key, error);
      policy = read_policy (reader, value, error);
      if (policy == NULL)
        return FALSE;
      g_hash_table_insert (reader->recipe->components, g_strdup (key->text), policy);
    }
  return TRUE;
}

static gboolean
add_discard (AmRecipeReader *reader, const AmYamlNode *node, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GRegex) regex = NULL;

  if (node->type != AM_YAML_SCALAR || node->text[0] == '\0')
    return am_reader_fail_type (reader, node, "a regular expression", error);
  if (strlen (node->text) > MAX_PATTERN_LENGTH)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         "a regular expression of more than %d bytes; split it into several",
                         MAX_PATTERN_LENGTH);
  regex = g_regex_new (node->text, 0, 0, &reason);
  if (regex == NULL)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error, "not a regular expression: %s",
                         reason->message);
  g_ptr_array_add (reader->recipe->discard, g_strdup (node->text));
  return TRUE;
}

gboolean
am_reader_read_discard (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  if (node->type != AM_YAML_LIST)
    return add_discard (reader, node, error);
  for (guint i = 0; i < node->items->len; i++)
    if (!add_discard (reader, g_ptr_array_index (node->items, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
read_shard_size (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmRecipe *recipe = target;

  if (node->type != AM_YAML_SCALAR)
    return am_reader_fail_type (reader, node, "a size like 2GB", error);
  if (!am_size_parse (node->text, &recipe->shard_size, error))
    return am_yaml_locate (reader->file, node, error);
  return TRUE;
}

static gboolean
read_output_dtype (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmRecipe *recipe = target;

  if (recipe->out_dtype != AM_DTYPE_NONE)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         "the output's dtype is given twice; keep either out_dtype or the one in output");
  return am_reader_read_dtype (reader, node, &recipe->out_dtype, error);
}

gboolean
am_reader_read_output (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  static const AmReaderKey keys[]
      = { { "shard_size", read_shard_size }, { "dtype", read_output_dtype }, { NULL } };

  return am_reader_read_map (reader, node, keys, "output", reader->recipe, error);
}
