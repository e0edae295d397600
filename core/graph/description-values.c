/* Steps that turn values into values. */
#include "graph/description-steps.h"

#include <string.h>

#include "base/nearest-name.h"

/* A concatenation or sum of more has no use. */
#define MAX_INPUTS 256

/* The layer that made a value, for the name of an attention. */
static const char *
find_layer_name (const AmGraph *graph, guint index)
{
  const AmNode *node = am_graph_get_node (graph, index);

  while (node->type != AM_NODE_LINEAR && node->type != AM_NODE_CONV && node->n_inputs == 1)
    node = am_graph_get_node (graph, node->inputs[0]);
  return node->name;
}

static gboolean
read_inputs (AmReader *reader, const AmStep *step, guint *inputs, guint *n_inputs, GError **error)
{
  const AmYamlNode *list = step->value;

  if (list->type != AM_YAML_LIST)
    return am_description_reader_fail_type (reader, list, "a list of values, as in [x, skip]", error);
  if (list->items->len > MAX_INPUTS)
    return am_description_reader_fail (reader, list, error, "%u values; at most %d go together",
                                       list->items->len, MAX_INPUTS);
  *n_inputs = list->items->len;
  for (guint i = 0; i < *n_inputs; i++)
    if (!am_description_reader_read_value (reader, g_ptr_array_index (list->items, i), &inputs[i], error))
      return FALSE;
  return TRUE;
}

/* Several values become one. */
gboolean
am_step_run_combination (AmReader *reader, const AmStep *step, GError **error)
{
  guint inputs[MAX_INPUTS];
  AmNode node = am_step_start_node (step);
  const char *name = NULL;

  node.inputs = inputs;
  if (!read_inputs (reader, step, inputs, &node.n_inputs, error))
    return FALSE;
  if (node.type == AM_NODE_ATTENTION && node.n_inputs > 0)
    name = find_layer_name (reader->graph, inputs[0]);
  return am_step_complete_node (reader, step, &node, name, error);
}

static gboolean
choose_word (AmReader *reader, const AmYamlNode *node, const char *const *words, guint *choice,
             GError **error)
{
  g_autofree char *word = am_description_reader_read_text (reader, node, error);
  g_autofree char *hint = NULL;
  g_autofree char *all = NULL;

  if (word == NULL)
    return FALSE;
  for (*choice = 0; words[*choice] != NULL; *choice += 1)
    if (strcmp (word, words[*choice]) == 0)
      return TRUE;
  hint = am_nearest_hint (word, words);
  all = g_strjoinv (", ", (char **)words);
  return am_description_reader_fail (reader, node, error, "expected one of %s, found '%s'%s", all, word,
                                     hint);
}

static gboolean
read_activation (AmReader *reader, const AmStep *step, AmNode *node, GError **error)
{
  static const char *const words[]
      = { "relu", "gelu", "gelu_tanh", "quick_gelu", "silu", "tanh", "sigmoid", NULL };
  guint choice;

  if (!choose_word (reader, step->value, words, &choice, error))
    return FALSE;
  node->activation = (AmActivation)choice;
  return TRUE;
}

static gboolean
read_pool (AmReader *reader, const AmStep *step, AmNode *node, GError **error)
{
  static const char *const words[] = { "max", "mean", "all", NULL };
  guint choice;

  if (!choose_word (reader, step->value, words, &choice, error))
    return FALSE;
  node->pool = (AmPool)choice;
  return TRUE;
}

static gboolean
read_take (AmReader *reader, const AmStep *step, AmNode *node, GError **error)
{
  const AmYamlNode *count = am_yaml_get (step->map, "count");

  return am_description_reader_read_whole (reader, step->value, 0, -G_MAXINT, &node->start, NULL, error)
         && (count == NULL
             || am_description_reader_read_whole (reader, count, 0, 0, &node->count, NULL, error));
}

static gboolean
read_nothing (AmReader *reader, const AmStep *step, GError **error)
{
  return am_yaml_is_null (step->value)
         || am_description_reader_fail_type (reader, step->value, "nothing behind it", error);
}

/* What stands behind the key of a step that turns one value into another. */
static gboolean
read_argument (AmReader *reader, const AmStep *step, AmNode *node, GError **error)
{
  switch (node->type)
    {
    case AM_NODE_ACTIVATION:
      return read_activation (reader, step, node, error);
    case AM_NODE_POOL:
      return read_pool (reader, step, node, error);
    case AM_NODE_TAKE:
      return read_take (reader, step, node, error);
    case AM_NODE_FLATTEN:
      return am_description_reader_read_whole (reader, step->value, 0, 1, &node->count, NULL, error);
    default:
      return read_nothing (reader, step, error);
    }
}

gboolean
am_step_run_shape (AmReader *reader, const AmStep *step, GError **error)
{
  AmNode node = am_step_start_node (step);
  guint input;

  node.inputs = &input;
  node.n_inputs = 1;
  return am_description_reader_read_from (reader, step, &input, error)
         && read_argument (reader, step, &node, error)
         && am_step_complete_node (reader, step, &node, NULL, error);
}

/* The value keeps its name: an output is not read again. */
gboolean
am_step_run_output (AmReader *reader, const AmStep *step, GError **error)
{
  g_autofree char *name = am_description_reader_read_text (reader, step->value, error);
  AmNode node = am_step_start_node (step);
  guint input;

  node.inputs = &input;
  node.n_inputs = 1;
  node.name = name;
  if (name == NULL || !am_description_reader_read_from (reader, step, &input, error))
    return FALSE;
  return am_graph_add_node (reader->graph, &node, NULL, error)
         || am_yaml_locate (reader->file, step->key, error);
}

/* Cuts @width channels into @n parts as `sizes` says, or equally. */
static gboolean
read_sizes (AmReader *reader, const AmStep *step, guint64 width, guint n, gint64 *sizes, GError **error)
{
  const AmYamlNode *list = am_yaml_get (step->map, "sizes");

  if (list != NULL && (list->type != AM_YAML_LIST || list->items->len != n))
    return am_description_reader_fail (reader, list, error, "expected a list of %u sizes, one for each name",
                                       n);
  if (list == NULL && (n == 0 || width % n != 0))
    return am_yaml_fail (reader->file, step->key, AM_ERROR_MISMATCH, error,
                         "%" G_GUINT64_FORMAT " channels do not divide into %u equal parts", width, n);
  for (guint i = 0; i < n; i++)
    if (list == NULL)
      sizes[i] = (gint64)(width / n);
    else if (!am_description_reader_read_whole (reader, g_ptr_array_index (list->items, i), width, 1,
                                                &sizes[i], NULL, error))
      return FALSE;
  return TRUE;
}

static gboolean
cut (AmReader *reader, const AmStep *step, AmNode *node, const AmYamlNode *part, GError **error)
{
  g_autofree char *name = am_description_reader_read_text (reader, part, error);
  guint index;

  if (name == NULL)
    return FALSE;
  if (strcmp (name, "_") == 0)
    return TRUE;
  if (!am_graph_add_node (reader->graph, node, &index, error))
    return am_yaml_locate (reader->file, step->key, error);
  am_description_reader_set_value (reader, name, index);
  return TRUE;
}

gboolean
am_step_run_split (AmReader *reader, const AmStep *step, GError **error)
{
  const GPtrArray *parts = step->value->items;
  gint64 sizes[MAX_INPUTS];
  AmNode node = am_step_start_node (step);
  guint input;
  guint64 width;

  if (step->value->type != AM_YAML_LIST || parts->len == 0 || parts->len > MAX_INPUTS)
    return am_description_reader_fail_type (reader, step->value, "a list of names, as in [q, k, v]", error);
  if (!am_description_reader_read_from (reader, step, &input, error))
    return FALSE;
  width = am_graph_get_node (reader->graph, input)->channels;
  if (!read_sizes (reader, step, width, parts->len, sizes, error))
    return FALSE;
  node.inputs = &input;
  node.n_inputs = 1;
  for (guint i = 0; i < parts->len; i++)
    {
      node.channels = (guint64)sizes[i];
      if (!cut (reader, step, &node, g_ptr_array_index (parts, i), error))
        return FALSE;
      node.start += sizes[i];
    }
  if ((guint64)node.start != width)
    return am_yaml_fail (reader->file, step->key, AM_ERROR_MISMATCH, error,
                         "parts of %" G_GINT64_FORMAT " channels in all; '%s' is %" G_GUINT64_FORMAT " wide",
                         node.start, am_graph_get_node (reader->graph, input)->name, width);
  return TRUE;
}
