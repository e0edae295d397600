#include <string.h>

#include "base/nearest-name.h"
#include "recipe/recipe-reader.h"

gboolean
am_reader_fail_type (const AmRecipeReader *reader, const AmYamlNode *node, const char *expected,
                     GError **error)
{
  g_autofree char *found = am_yaml_describe (node);

  return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error, "expected %s, found %s", expected,
                       found);
}

static gboolean
fail_key (const AmRecipeReader *reader, const AmYamlNode *key, const AmReaderKey *keys, const char *what,
          GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *hint = NULL;
  g_autofree char *list = NULL;

  for (; keys->key != NULL; keys++)
    g_ptr_array_add (names, (gpointer)keys->key);
  g_ptr_array_add (names, NULL);
  hint = am_nearest_hint (key->text, (const char *const *)names->pdata);
  list = g_strjoinv (", ", (char **)names->pdata);
  return am_yaml_fail (reader->file, key, AM_ERROR_BAD_RECIPE, error, "%s has no key '%s'%s%s", what,
                       key->text, hint[0] != '\0' ? hint : "; it takes: ", hint[0] != '\0' ? "" : list);
}

static const AmReaderKey *
find_key (const AmReaderKey *keys, const char *name)
{
  for (; keys->key != NULL; keys++)
    if (strcmp (keys->key, name) == 0)
      return keys;
  return NULL;
}

gboolean
am_reader_read_map (AmRecipeReader *reader, const AmYamlNode *node, const AmReaderKey *keys, const char *what,
                    gpointer target, GError **error)
{
  if (node->type != AM_YAML_MAP)
    return am_reader_fail_type (reader, node, "a map", error);
  for (guint i = 0; i < node->items->len; i += 2)
    {
      const AmYamlNode *name = g_ptr_array_index (node->items, i);
      const AmReaderKey *key = find_key (keys, name->text);

      if (key == NULL)
        return fail_key (reader, name, keys, what, error);
      if (!key->read (reader, g_ptr_array_index (node->items, i + 1), target, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
am_reader_read_text (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  char **text = target;

  if (node->type != AM_YAML_SCALAR || am_yaml_is_null (node) || node->text[0] == '\0')
    return am_reader_fail_type (reader, node, "text", error);
  g_free (*text);
  *text = g_strdup (node->text);
  return TRUE;
}

gboolean
am_reader_read_boolean (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  if (!am_yaml_get_boolean (node, target))
    return am_reader_fail_type (reader, node, "true or false", error);
  return TRUE;
}

gboolean
am_reader_read_number (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  if (!am_yaml_get_number (node, target))
    return am_reader_fail_type (reader, node, "a number", error);
  return TRUE;
}

gboolean
am_reader_read_dtype (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmDtype *dtype = target;

  if (node->type != AM_YAML_SCALAR)
    return am_reader_fail_type (reader, node, "a dtype", error);
  *dtype = AM_DTYPE_NONE;
  if (strcmp (node->text, "same") == 0)
    return TRUE;
  *dtype = am_dtype_from_word (node->text);
  if (am_dtype_is_mergeable (*dtype))
    return TRUE;
  return am_reader_fail_type (
      reader, node, "one of: same, float64, float32, float16, bfloat16, fp8_e4m3fn, fp8_e5m2", error);
}

gboolean
am_reader_read_sha256 (AmRecipeReader *reader, const AmYamlNode *node, char **sha256, GError **error)
{
  gsize length = node->type == AM_YAML_SCALAR ? strlen (node->text) : 0;

  if (length != 64 || strspn (node->text, "0123456789abcdefABCDEF") != 64)
    return am_reader_fail_type (reader, node, "the 64 hexadecimal digits of a SHA-256", error);
  *sha256 = g_ascii_strdown (node->text, -1);
  return TRUE;
}
