/* Texts of descriptions, and what is put in for names in braces. */
#include "graph/description-private.h"

#include <string.h>

/* Of what stands in {}. */
#define MAX_NAME 32

void
am_description_reader_bind (AmReader *reader, const char *name, char *value)
{
  AmBinding binding = { g_strdup (name), value };

  g_array_append_val (reader->scope, binding);
}

void
am_description_reader_unbind (AmReader *reader, guint n_left)
{
  g_array_set_size (reader->scope, n_left);
}

gboolean
am_description_reader_check_name (const AmReader *reader, const AmYamlNode *node, GError **error)
{
  if (node->type != AM_YAML_SCALAR)
    return am_description_reader_fail_type (reader, node, "a name to stand in {}", error);
  return (node->n_bytes > 0 && node->n_bytes <= MAX_NAME && strpbrk (node->text, "{}") == NULL)
         || am_description_reader_fail (reader, node, error,
                                        "expected a name of 1 to %d letters to stand in {}", MAX_NAME);
}

gboolean
am_description_reader_bind_map (AmReader *reader, const AmYamlNode *map, GError **error)
{
  guint n_outer = reader->scope->len;

  if (map->type != AM_YAML_MAP)
    return am_description_reader_fail_type (reader, map, "a map of names and what to put in for them", error);
  for (guint i = 0; i < map->items->len; i += 2)
    {
      const AmYamlNode *key = g_ptr_array_index (map->items, i);
      char *value = NULL;

      if (!am_description_reader_check_name (reader, key, error)
          || (value = am_description_reader_read_text (reader, g_ptr_array_index (map->items, i + 1), error))
                 == NULL)
        {
          am_description_reader_unbind (reader, n_outer);
          return FALSE;
        }
      am_description_reader_bind (reader, key->text, value);
    }
  return TRUE;
}

static const char *
find_binding (const AmReader *reader, const char *name, gsize length)
{
  for (guint i = reader->scope->len; i-- > 0;)
    {
      const AmBinding *binding = &g_array_index (reader->scope, AmBinding, i);

      if (strlen (binding->name) == length && memcmp (binding->name, name, length) == 0)
        return binding->value;
    }
  return NULL;
}

static gboolean
fail_binding (const AmReader *reader, const AmYamlNode *node, const char *name, gsize length, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *word = g_strndup (name, length);
  g_autofree char *hint = NULL;

  for (guint i = 0; i < reader->scope->len; i++)
    g_hash_table_add (names, g_array_index (reader->scope, AmBinding, i).name);
  hint = am_description_reader_hint (word, names);
  return am_description_reader_fail (reader, node, error, "nothing to put in for {%s}%s", word, hint);
}

/* Appends what stands for the {NAME} at @open to @text, and returns what follows it, or NULL. */
static const char *
put_in (AmReader *reader, const AmYamlNode *node, const char *open, GString *text, GError **error)
{
  const char *name = open + 1;
  const char *close = strchr (name, '}');
  const char *value = NULL;

  if (!am_description_reader_spend (reader, node, 1 + reader->scope->len / 8, error))
    return NULL;
  if (close == NULL)
    am_description_reader_fail (reader, node, error, "'{' without '}' in '%s'", node->text);
  else if ((value = find_binding (reader, name, (gsize)(close - name))) == NULL)
    fail_binding (reader, node, name, (gsize)(close - name), error);
  if (value == NULL)
    return NULL;
  g_string_append (text, value);
  return close + 1;
}

static gboolean
fail_length (const AmReader *reader, const AmYamlNode *node, GError **error)
{
  return am_description_reader_fail (reader, node, error, "more than %d bytes of text; no name is that long",
                                     AM_DESCRIPTION_MAX_TEXT);
}

char *
am_description_reader_read_text (AmReader *reader, const AmYamlNode *node, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const char *rest;

  if (!am_description_reader_spend (reader, node, 1, error))
    return NULL;
  if (node->type != AM_YAML_SCALAR || am_yaml_is_null (node))
    {
      am_description_reader_fail_type (reader, node, "text", error);
      return NULL;
    }
  if (node->n_bytes > AM_DESCRIPTION_MAX_TEXT)
    {
      fail_length (reader, node, error);
      return NULL;
    }
  for (rest = node->text; *rest != '\0' && text->len <= AM_DESCRIPTION_MAX_TEXT;)
    {
      gsize length = strcspn (rest, "{");

      g_string_append_len (text, rest, (gssize)length);
      rest += length;
      if (*rest == '{' && (rest = put_in (reader, node, rest, text, error)) == NULL)
        return NULL;
    }
  if (text->len > AM_DESCRIPTION_MAX_TEXT)
    {
      fail_length (reader, node, error);
      return NULL;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
am_description_reader_read_key (AmReader *reader, const AmStep *step, const char *key, const char *fallback,
                                GError **error)
{
  const AmYamlNode *node = am_yaml_get (step->map, key);

  return node != NULL ? am_description_reader_read_text (reader, node, error) : g_strdup (fallback);
}
