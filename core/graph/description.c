#include "graph/description-private.h"

#include <string.h>

#include "base/nearest-name.h"

#define MAX_FILES 64

/* A file that is read: it stays with the reader. */
typedef struct
{
  AmReader *reader;
  const AmYamlFile *file;
  const AmYamlNode *root;
} Document;

static gboolean read_file (AmReader *reader, const char *text, gsize length, const char *source,
                           Document *document, GError **error);

static gboolean
check_top_key (const Document *document, const AmYamlNode *key, GError **error)
{
  static const char *const keys[] = { "architecture", "require", "let", "include", "parts", "graph", NULL };
  g_autofree char *hint = NULL;

  if (g_strv_contains (keys, key->text))
    return TRUE;
  hint = am_nearest_hint (key->text, keys);
  return am_description_reader_fail (document->reader, key, error, "unknown key '%s'%s", key->text, hint);
}

static gboolean
parse (AmReader *reader, const char *text, gsize length, const char *source, Document *document,
       GError **error)
{
  AmYamlFile *file = am_yaml_file_new (text, length, source, error);

  if (file == NULL)
    return FALSE;
  g_ptr_array_add (reader->files, file);
  reader->file = file;
  if (file->documents->len != 1)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "%s: expected one description, found %u", source,
                   file->documents->len);
      return FALSE;
    }
  *document = (Document){ reader, file, g_ptr_array_index (file->documents, 0) };
  if (document->root->type != AM_YAML_MAP)
    return am_description_reader_fail_type (reader, document->root, "a map with the keys of a description",
                                            error);
  for (guint i = 0; i < document->root->items->len; i += 2)
    if (!check_top_key (document, g_ptr_array_index (document->root->items, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
add_parts (const Document *document, GError **error)
{
  const AmYamlNode *parts = am_yaml_get (document->root, "parts");

  if (parts == NULL)
    return TRUE;
  if (parts->type != AM_YAML_MAP)
    return am_description_reader_fail_type (document->reader, parts, "a map of parts and their steps", error);
  for (guint i = 0; i < parts->items->len; i += 2)
    {
      const AmYamlNode *name = g_ptr_array_index (parts->items, i);
      AmPart *part = g_new (AmPart, 1);

      part->file = document->file;
      part->steps = g_ptr_array_index (parts->items, i + 1);
      g_hash_table_replace (document->reader->parts, g_strdup (name->text), part);
      if (!am_description_reader_check_steps (document->file, part->steps, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
include (const Document *document, const AmYamlNode *node, GError **error)
{
  AmReader *reader = document->reader;
  g_autofree char *name = am_description_reader_read_text (reader, node, error);
  g_autofree char *source = NULL;
  Document included;
  const char *text;
  gsize length;
  gboolean is_good;

  if (name == NULL)
    return FALSE;
  source = g_strdup_printf (AM_BUILT_IN_SOURCE, name);
  for (guint i = 0; i < reader->files->len; i++)
    if (g_str_equal (((const AmYamlFile *)g_ptr_array_index (reader->files, i))->source, source))
      return TRUE;
  text = am_family_description_find (name, &length);
  if (text == NULL)
    return am_description_reader_fail (reader, node, error, "no built-in description is called '%s'", name);
  if (reader->files->len >= MAX_FILES)
    return am_description_reader_fail (reader, node, error, "more than %d files", MAX_FILES);
  is_good = read_file (reader, text, length, source, &included, error);
  reader->file = document->file;
  return is_good;
}

static gboolean
read_includes (const Document *document, GError **error)
{
  const AmYamlNode *list = am_yaml_get (document->root, "include");

  if (list == NULL)
    return TRUE;
  if (list->type != AM_YAML_LIST)
    return am_description_reader_fail_type (document->reader, list, "a list of built-in descriptions", error);
  for (guint i = 0; i < list->items->len; i++)
    if (!include (document, g_ptr_array_index (list->items, i), error))
      return FALSE;
  return TRUE;
}

/* Parts of the files it includes come first, so that its own replace them. */
static gboolean
read_file (AmReader *reader, const char *text, gsize length, const char *source, Document *document,
           GError **error)
{
  return parse (reader, text, length, source, document, error) && read_includes (document, error)
         && add_parts (document, error);
}

/* The first name under `require` that is not in the model, or "" when all are; NULL on errors. */
static char *
find_missing (const Document *document, GError **error)
{
  AmReader *reader = document->reader;
  const AmYamlNode *list = am_yaml_get (document->root, "require");

  if (list != NULL && list->type != AM_YAML_LIST)
    {
      am_description_reader_fail_type (reader, list, "a list of tensors", error);
      return NULL;
    }
  for (guint i = 0; list != NULL && i < list->items->len; i++)
    {
      g_autofree char *name
          = am_description_reader_read_text (reader, g_ptr_array_index (list->items, i), error);

      if (name == NULL || !am_description_reader_has_tensor (reader, name))
        return g_steal_pointer (&name);
    }
  return g_strdup ("");
}

static gboolean
check_required (const Document *document, GError **error)
{
  const AmYamlNode *list = am_yaml_get (document->root, "require");
  g_autofree char *missing = find_missing (document, error);

  if (missing == NULL)
    return FALSE;
  return *missing == '\0'
         || am_yaml_fail (document->file, list, AM_ERROR_MISMATCH, error,
                          "this describes networks with a tensor '%s', and there is none", missing);
}

static gboolean
check_architecture (const Document *document, GError **error)
{
  const AmYamlNode *node = am_yaml_get (document->root, "architecture");

  return node == NULL || node->type == AM_YAML_SCALAR
         || am_description_reader_fail_type (document->reader, node, "a name", error);
}

/* Layers whose values are made to be read; parts of a split or the end of a stream may be left over. */
static gboolean
is_made_to_be_read (const AmNode *node)
{
  return node->type == AM_NODE_LINEAR || node->type == AM_NODE_CONV || node->type == AM_NODE_ACTIVATION
         || node->type == AM_NODE_PARAMETER || node->type == AM_NODE_EMBEDDING;
}

/* A layer whose value no step reads, or NULL. */
static const AmNode *
find_unread (const AmGraph *graph)
{
  guint n = am_graph_get_n_nodes (graph);
  g_autofree gboolean *is_read = g_new0 (gboolean, n + 1);

  for (guint i = n; i-- > 0;)
    {
      const AmNode *node = am_graph_get_node (graph, i);

      if (!is_read[i] && is_made_to_be_read (node))
        return node;
      for (guint k = 0; k < node->n_inputs; k++)
        is_read[node->inputs[k]] = TRUE;
    }
  return NULL;
}

static gboolean
has_output (const AmGraph *graph)
{
  for (guint i = am_graph_get_n_nodes (graph); i-- > 0;)
    if (am_graph_get_node (graph, i)->type == AM_NODE_OUTPUT)
      return TRUE;
  return FALSE;
}

/* What no step reads would be free to move, although somebody outside may read it. */
static gboolean
check_outputs (const Document *document, const AmYamlNode *steps, GError **error)
{
  const AmGraph *graph = document->reader->graph;
  const AmNode *unread = find_unread (graph);

  if (unread != NULL)
    return am_yaml_fail (document->file, steps, AM_ERROR_BAD_RECIPE, error,
                         "nothing reads what '%s' (%s) makes; expected a step that does, as 'output' would",
                         unread->name, am_node_type_get_id (unread->type));
  return am_graph_get_n_tensors (graph) == 0 || has_output (graph)
         || am_yaml_fail (document->file, steps, AM_ERROR_BAD_RECIPE, error,
                          "no 'output'; expected one for each value that others see");
}

static gboolean
run_document (const Document *document, GError **error)
{
  AmReader *reader = document->reader;
  const AmYamlNode *steps = am_yaml_get (document->root, "graph");
  const AmYamlNode *names = am_yaml_get (document->root, "let");

  reader->file = document->file;
  if (steps == NULL)
    return am_description_reader_fail (reader, document->root, error,
                                       "no graph; expected 'graph:' and a list of steps");
  return check_architecture (document, error)
         && am_description_reader_check_steps (document->file, steps, error)
         && check_required (document, error)
         && (names == NULL || am_description_reader_bind_map (reader, names, error))
         && am_description_reader_run (reader, steps, error) && check_outputs (document, steps, error);
}

gboolean
am_description_read (const AmModel *model, const char *text, gsize length, const char *source, AmGraph *graph,
                     GPtrArray *kept, GError **error)
{
  g_autoptr (AmReader) reader = am_description_reader_new (model, graph, kept);
  Document document;

  if (!read_file (reader, text, length, source, &document, error) || !run_document (&document, error))
    return FALSE;
  if (am_model_config_get_problem (reader->config) != NULL)
    am_graph_add_note (graph, "%s", am_model_config_get_problem (reader->config));
  return TRUE;
}

gboolean
am_description_fits (const AmModel *model, const char *text, gsize length, const char *source, gboolean *fits,
                     GError **error)
{
  g_autoptr (AmReader) reader = am_description_reader_new (model, NULL, NULL);
  g_autofree char *missing = NULL;
  Document document;

  if (!parse (reader, text, length, source, &document, error))
    return FALSE;
  missing = find_missing (&document, error);
  *fits = missing != NULL && *missing == '\0' && am_yaml_get (document.root, "require") != NULL;
  return missing != NULL;
}
