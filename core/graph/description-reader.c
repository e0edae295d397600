#include "graph/description-private.h"

#include <string.h>

#include "base/nearest-name.h"

static void
clear_binding (gpointer data)
{
  AmBinding *binding = data;

  g_free (binding->name);
  g_free (binding->value);
}

gboolean
am_description_reader_fail (const AmReader *reader, const AmYamlNode *node, GError **error,
                            const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error, "%s", message);
}

gboolean
am_description_reader_fail_type (const AmReader *reader, const AmYamlNode *node, const char *wanted,
                                 GError **error)
{
  g_autofree char *found = am_yaml_describe (node);

  return am_description_reader_fail (reader, node, error, "expected %s, found %s", wanted, found);
}

char *
am_description_reader_hint (const char *word, GHashTable *table)
{
  g_autofree gpointer *keys = g_hash_table_get_keys_as_array (table, NULL);

  return am_nearest_hint (word, (const char *const *)keys);
}

gboolean
am_description_reader_spend (AmReader *reader, const AmYamlNode *node, guint amount, GError **error)
{
  reader->work += MIN (amount, AM_DESCRIPTION_MAX_WORK);
  return reader->work <= AM_DESCRIPTION_MAX_WORK
         || am_description_reader_fail (reader, node, error,
                                        "more than %d steps, rounds and values; no network needs so many",
                                        AM_DESCRIPTION_MAX_WORK);
}

gboolean
am_description_reader_find_value (AmReader *reader, const AmYamlNode *node, const char *name, guint *value,
                                  GError **error)
{
  guint found = GPOINTER_TO_UINT (g_hash_table_lookup (reader->values, name));
  g_autofree char *hint = NULL;

  *value = found - 1;
  if (found > 0)
    return TRUE;
  hint = am_description_reader_hint (name, reader->values);
  return am_description_reader_fail (reader, node, error, "no value is called '%s' here%s", name, hint);
}

gboolean
am_description_reader_read_value (AmReader *reader, const AmYamlNode *node, guint *value, GError **error)
{
  g_autofree char *name = am_description_reader_read_text (reader, node, error);

  return name != NULL && am_description_reader_find_value (reader, node, name, value, error);
}

gboolean
am_description_reader_read_from (AmReader *reader, const AmStep *step, guint *value, GError **error)
{
  const AmYamlNode *node = am_yaml_get (step->map, "from");

  return node != NULL ? am_description_reader_read_value (reader, node, value, error)
                      : am_description_reader_find_value (reader, step->key, AM_VALUE_DEFAULT, value, error);
}

void
am_description_reader_set_value (AmReader *reader, const char *name, guint value)
{
  g_hash_table_replace (reader->values, g_strdup (name), GUINT_TO_POINTER (value + 1));
}

gboolean
am_description_reader_write_to (AmReader *reader, const AmStep *step, guint value, GError **error)
{
  g_autofree char *name = am_description_reader_read_key (reader, step, "to", AM_VALUE_DEFAULT, error);

  if (name == NULL)
    return FALSE;
  am_description_reader_set_value (reader, name, value);
  return TRUE;
}

static gboolean
run_step (AmReader *reader, const AmYamlNode *node, GError **error)
{
  AmStep step;

  return am_description_reader_spend (reader, node, 1, error)
         && am_description_reader_open_step (reader->file, node, &step, error)
         && step.kind->run (reader, &step, error);
}

gboolean
am_description_reader_run (AmReader *reader, const AmYamlNode *list, GError **error)
{
  guint n_outer = reader->scope->len;
  gboolean is_good = TRUE;

  for (guint i = 0; i < list->items->len && is_good; i++)
    is_good = run_step (reader, g_ptr_array_index (list->items, i), error);
  am_description_reader_unbind (reader, n_outer);
  return is_good;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
free_stack (gpointer stack)
{
  g_array_unref (stack);
}

AmReader *
am_description_reader_new (const AmModel *model, AmGraph *graph, GPtrArray *kept)
{
  const AmCheckpoint *checkpoint = am_model_get_checkpoint (model);
  AmReader *reader = g_new0 (AmReader, 1);

  reader->model = model;
  reader->graph = graph;
  reader->kept = kept;
  reader->config
      = am_model_config_new (am_checkpoint_get_path (checkpoint), am_checkpoint_get_metadata (checkpoint));
  reader->names = g_ptr_array_new ();
  reader->files = g_ptr_array_new_with_free_func ((GDestroyNotify)am_yaml_file_free);
  reader->parts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  reader->scope = g_array_new (FALSE, FALSE, sizeof (AmBinding));
  g_array_set_clear_func (reader->scope, clear_binding);
  reader->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  reader->stacks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_stack);
  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    g_ptr_array_add (reader->names, (gpointer)am_model_get_role (model, i)->canonical);
  g_ptr_array_sort (reader->names, compare_names);
  return reader;
}

void
am_description_reader_free (AmReader *reader)
{
  if (reader == NULL)
    return;
  am_model_config_free (reader->config);
  g_ptr_array_unref (reader->names);
  g_ptr_array_unref (reader->files);
  g_hash_table_unref (reader->parts);
  g_array_unref (reader->scope);
  g_hash_table_unref (reader->values);
  g_hash_table_unref (reader->stacks);
  g_free (reader);
}

const AmTensor *
am_description_reader_find_tensor (const AmReader *reader, const char *name)
{
  gint index = am_model_find (reader->model, name);

  return index >= 0 ? am_checkpoint_get_tensor (am_model_get_checkpoint (reader->model), (guint)index) : NULL;
}

gboolean
am_name_is_under (const char *name, const char *prefix)
{
  gsize length = strlen (prefix);

  if (length == 0 || strncmp (name, prefix, length) != 0)
    return FALSE;
  return name[length] == '\0' || name[length] == '.' || !g_ascii_isalnum (prefix[length - 1]);
}

/* Whether any name starts with @prefix. */
static gboolean
has_prefix (const AmReader *reader, const char *prefix)
{
  guint first = 0, end = reader->names->len;

  while (first < end)
    {
      guint middle = first + (end - first) / 2;

      if (strcmp (g_ptr_array_index (reader->names, middle), prefix) < 0)
        first = middle + 1;
      else
        end = middle;
    }
  return first < reader->names->len && g_str_has_prefix (g_ptr_array_index (reader->names, first), prefix);
}

gboolean
am_description_reader_has_tensor (const AmReader *reader, const char *name)
{
  gsize length = strlen (name);
  g_autofree char *prefix = NULL;

  if (length == 0)
    return FALSE;
  if (am_description_reader_find_tensor (reader, name) != NULL)
    return TRUE;
  prefix = g_strconcat (name, g_ascii_isalnum (name[length - 1]) ? "." : "", NULL);
  return has_prefix (reader, prefix);
}
