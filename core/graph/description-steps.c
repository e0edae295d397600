/* Steps that make a node. */
#include "graph/description-private.h"

#include <math.h>
#include <string.h>

#include "base/nearest-name.h"

/* A concatenation or sum of more has no use. */
#define MAX_INPUTS 256

static AmNode
start_node (const AmStep *step)
{
  return (AmNode){
    .type = step->kind->type,
    .weight = AM_NO_TENSOR,
    .bias = AM_NO_TENSOR,
    .mean = AM_NO_TENSOR,
    .variance = AM_NO_TENSOR,
  };
}

static gboolean
use_tensor (AmReader *reader, const AmYamlNode *node, const char *name, gint *number, GError **error)
{
  const AmTensor *tensor = am_reader_find_tensor (reader, name);
  g_autofree char *hint = NULL;

  if (tensor == NULL)
    {
      g_autoptr (GPtrArray) names = g_ptr_array_copy (reader->names, NULL, NULL);

      g_ptr_array_add (names, NULL);
      hint = am_nearest_hint (name, (const char *const *)names->pdata);
      return am_yaml_fail (reader->file, node, AM_ERROR_MISMATCH, error, "there is no tensor '%s'%s", name,
                           hint);
    }
  if (tensor->n_dims > 5)
    return am_yaml_fail (reader->file, node, AM_ERROR_MISMATCH, error, "%s has %u axes; at most 5 are known",
                         name, tensor->n_dims);
  *number = (gint)am_graph_add_tensor (reader->graph, name, tensor->n_dims, tensor->shape);
  return TRUE;
}

/* What a key names in full, nothing for "none", else STEM and @ending when there is such a tensor. */
static gboolean
read_tensor (AmReader *reader, const AmStep *step, const char *key, const char *ending, const char *stem,
             gint *number, GError **error)
{
  const AmYamlNode *node = am_yaml_get (step->map, key);
  g_autofree char *name = NULL;

  if (node == NULL)
    {
      name = stem != NULL ? g_strconcat (stem, ending, NULL) : NULL;
      return name == NULL || am_reader_find_tensor (reader, name) == NULL
             || use_tensor (reader, step->value, name, number, error);
    }
  name = am_reader_read_text (reader, node, error);
  return name != NULL && (strcmp (name, "none") == 0 || use_tensor (reader, node, name, number, error));
}

/* Numbers that stand behind keys. */
static const struct
{
  const char *key;
  gsize offset;
  gint64 least;
  gboolean may_be_unknown;
} counts[] = {
  { "stride", offsetof (AmNode, stride), 1 },           { "padding", offsetof (AmNode, padding), 0 },
  { "padding_end", offsetof (AmNode, padding_end), 0 }, { "groups", offsetof (AmNode, groups), 1 },
  { "kernel", offsetof (AmNode, kernel), 1 },           { "heads", offsetof (AmNode, heads), 1, TRUE },
  { "kv_heads", offsetof (AmNode, kv_heads), 1, TRUE },
};

static gboolean
read_counts (AmReader *reader, const AmStep *step, guint64 width, AmNode *node, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      const AmYamlNode *value = am_yaml_get (step->map, counts[i].key);
      gboolean is_known = TRUE;
      gint64 number;

      if (value == NULL)
        continue;
      if (!am_reader_read_whole (reader, value, width, counts[i].least, &number,
                                 counts[i].may_be_unknown ? &is_known : NULL, error))
        return FALSE;
      if (is_known && number > G_MAXINT)
        return am_reader_fail (reader, value, error, "%" G_GINT64_FORMAT " is too large", number);
      if (is_known)
        G_STRUCT_MEMBER (guint, node, counts[i].offset) = (guint)number;
    }
  return TRUE;
}

/* head_width stands for a number of heads that is not known otherwise. */
static gboolean
read_head_width (AmReader *reader, const AmStep *step, guint64 width, AmNode *node, GError **error)
{
  const AmYamlNode *value = am_yaml_get (step->map, "head_width");
  gboolean is_known;
  gint64 number;

  if (value == NULL || node->heads > 0)
    return TRUE;
  if (!am_reader_read_whole (reader, value, width, 1, &number, &is_known, error) || !is_known)
    return is_known;
  if (width % (guint64)number != 0 || width / (guint64)number > G_MAXINT)
    return am_yaml_fail (reader->file, value, AM_ERROR_MISMATCH, error,
                         "%" G_GUINT64_FORMAT " channels do not divide into heads of %" G_GINT64_FORMAT,
                         width, number);
  node->heads = (guint)(width / (guint64)number);
  return TRUE;
}

static gboolean
read_epsilon (AmReader *reader, const AmStep *step, guint64 width, AmNode *node, GError **error)
{
  const AmYamlNode *value = am_yaml_get (step->map, "epsilon");
  gboolean is_root_mean_square = node->type == AM_NODE_RMS_NORM || node->type == AM_NODE_HEAD_NORM;
  double number;

  node->epsilon = is_root_mean_square ? 1e-6 : 1e-5;
  if (value == NULL)
    return TRUE;
  if (!am_reader_read_number (reader, value, width, &number, error))
    return FALSE;
  if (number < 0)
    return am_reader_fail (reader, value, error, "expected an epsilon of at least 0, found %g", number);
  if (!isnan (number))
    node->epsilon = number;
  return TRUE;
}

static gboolean
read_flag (AmReader *reader, const AmStep *step, const char *key, gboolean *flag, GError **error)
{
  const AmYamlNode *value = am_yaml_get (step->map, key);

  return value == NULL || am_yaml_get_boolean (value, flag)
         || am_reader_fail_type (reader, value, "true or false", error);
}

/* Adds @node and calls its value what the step says. */
static gboolean
finish_node (AmReader *reader, const AmStep *step, AmNode *node, const char *name, GError **error)
{
  guint index;

  node->name = (char *)name;
  if (!am_graph_add_node (reader->graph, node, &index, error))
    return am_yaml_locate (reader->file, step->key, error);
  return am_reader_write_to (reader, step, index, error);
}

/* All keys that hold numbers and flags; those a step does not take are not there. */
static gboolean
complete_node (AmReader *reader, const AmStep *step, AmNode *node, const char *name, GError **error)
{
  guint64 width = node->n_inputs > 0 ? am_graph_get_node (reader->graph, node->inputs[0])->channels : 0;

  return read_counts (reader, step, width, node, error) && read_head_width (reader, step, width, node, error)
         && (strstr (step->kind->keys, "epsilon ") == NULL || read_epsilon (reader, step, width, node, error))
         && read_flag (reader, step, "transposed", &node->is_transposed, error)
         && read_flag (reader, step, "causal", &node->is_causal, error)
         && finish_node (reader, step, node, name, error);
}

static gboolean
run_input (AmReader *reader, const AmStep *step, GError **error)
{
  const AmYamlNode *channels = am_yaml_get (step->map, "channels");
  g_autofree char *name = am_reader_read_text (reader, step->value, error);
  AmNode node = start_node (step);
  gint64 number;

  if (name == NULL)
    return FALSE;
  if (channels == NULL)
    return am_reader_fail (reader, step->key, error,
                           "no channels; expected their number, as in 'channels: 3'");
  if (!am_reader_read_whole (reader, channels, 0, 1, &number, NULL, error))
    return FALSE;
  node.channels = (guint64)number;
  return finish_node (reader, step, &node, name, error);
}

static gboolean
run_parameter (AmReader *reader, const AmStep *step, GError **error)
{
  g_autofree char *name = am_reader_read_text (reader, step->value, error);
  AmNode node = start_node (step);

  return name != NULL && use_tensor (reader, step->value, name, &node.weight, error)
         && finish_node (reader, step, &node, name, error);
}

/* The stem, or NULL for none, which is good where the weight has a name of its own or there need not be one.
 */
static gboolean
read_stem (AmReader *reader, const AmStep *step, char **stem, GError **error)
{
  *stem = NULL;
  if (am_yaml_is_null (step->value))
    return TRUE;
  *stem = am_reader_read_text (reader, step->value, error);
  return *stem != NULL;
}

static char *
name_layer (const AmReader *reader, const AmNode *node, const char *stem)
{
  const char *name;

  if (stem != NULL || node->weight == AM_NO_TENSOR)
    return g_strdup (stem);
  name = am_graph_get_tensor (reader->graph, (guint)node->weight)->name;
  return g_str_has_suffix (name, ".weight") ? g_strndup (name, strlen (name) - strlen (".weight"))
                                            : g_strdup (name);
}

static gboolean
check_layer (AmReader *reader, const AmStep *step, const AmNode *node, const char *stem, GError **error)
{
  gboolean may_be_bare = stem == NULL || am_yaml_get (step->map, "weight") != NULL;
  AmNodeType type = node->type;
  g_autofree char *weight = NULL;
  gint unused;

  if (node->weight != AM_NO_TENSOR
      || (may_be_bare
          && (type == AM_NODE_LAYER_NORM || type == AM_NODE_RMS_NORM || type == AM_NODE_HEAD_NORM)))
    return TRUE;
  if (type == AM_NODE_BATCH_NORM && node->mean != AM_NO_TENSOR)
    return TRUE;
  if (stem == NULL)
    return am_reader_fail_type (reader, step->value, "the stem of a tensor's name", error);
  weight = g_strconcat (stem, ".weight", NULL);
  return use_tensor (reader, step->value, weight, &unused, error);
}

/* Layers with tensors of their own. */
static gboolean
run_layer (AmReader *reader, const AmStep *step, GError **error)
{
  g_autofree char *stem = NULL;
  g_autofree char *name = NULL;
  AmNode node = start_node (step);
  gboolean is_batch_norm = node.type == AM_NODE_BATCH_NORM;
  gboolean has_input = node.type != AM_NODE_EMBEDDING || am_yaml_get (step->map, "from") != NULL;
  guint input;

  if ((has_input && !am_reader_read_from (reader, step, &input, error))
      || !read_stem (reader, step, &stem, error))
    return FALSE;
  node.inputs = &input;
  node.n_inputs = has_input ? 1 : 0;
  if (!read_tensor (reader, step, "weight", ".weight", stem, &node.weight, error)
      || (node.type != AM_NODE_EMBEDDING && node.type != AM_NODE_HEAD_NORM
          && !read_tensor (reader, step, "bias", ".bias", stem, &node.bias, error))
      || (is_batch_norm && !read_tensor (reader, step, "mean", ".running_mean", stem, &node.mean, error))
      || (is_batch_norm
          && !read_tensor (reader, step, "variance", ".running_var", stem, &node.variance, error))
      || !check_layer (reader, step, &node, stem, error))
    return FALSE;
  name = name_layer (reader, &node, stem);
  return complete_node (reader, step, &node, name, error);
}

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
    return am_reader_fail_type (reader, list, "a list of values, as in [x, skip]", error);
  if (list->items->len > MAX_INPUTS)
    return am_reader_fail (reader, list, error, "%u values; at most %d go together", list->items->len,
                           MAX_INPUTS);
  *n_inputs = list->items->len;
  for (guint i = 0; i < *n_inputs; i++)
    if (!am_reader_read_value (reader, g_ptr_array_index (list->items, i), &inputs[i], error))
      return FALSE;
  return TRUE;
}

/* Several values become one. */
static gboolean
run_combination (AmReader *reader, const AmStep *step, GError **error)
{
  guint inputs[MAX_INPUTS];
  AmNode node = start_node (step);
  const char *name = NULL;

  node.inputs = inputs;
  if (!read_inputs (reader, step, inputs, &node.n_inputs, error))
    return FALSE;
  if (node.type == AM_NODE_ATTENTION && node.n_inputs > 0)
    name = find_layer_name (reader->graph, inputs[0]);
  return complete_node (reader, step, &node, name, error);
}

static gboolean
choose_word (AmReader *reader, const AmYamlNode *node, const char *const *words, guint *choice,
             GError **error)
{
  g_autofree char *word = am_reader_read_text (reader, node, error);
  g_autofree char *hint = NULL;
  g_autofree char *all = NULL;

  if (word == NULL)
    return FALSE;
  for (*choice = 0; words[*choice] != NULL; *choice += 1)
    if (strcmp (word, words[*choice]) == 0)
      return TRUE;
  hint = am_nearest_hint (word, words);
  all = g_strjoinv (", ", (char **)words);
  return am_reader_fail (reader, node, error, "expected one of %s, found '%s'%s", all, word, hint);
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

  return am_reader_read_whole (reader, step->value, 0, -G_MAXINT, &node->start, NULL, error)
         && (count == NULL || am_reader_read_whole (reader, count, 0, 0, &node->count, NULL, error));
}

static gboolean
read_nothing (AmReader *reader, const AmStep *step, GError **error)
{
  return am_yaml_is_null (step->value)
         || am_reader_fail_type (reader, step->value, "nothing behind it", error);
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
      return am_reader_read_whole (reader, step->value, 0, 1, &node->count, NULL, error);
    default:
      return read_nothing (reader, step, error);
    }
}

static gboolean
run_shape (AmReader *reader, const AmStep *step, GError **error)
{
  AmNode node = start_node (step);
  guint input;

  node.inputs = &input;
  node.n_inputs = 1;
  return am_reader_read_from (reader, step, &input, error) && read_argument (reader, step, &node, error)
         && complete_node (reader, step, &node, NULL, error);
}

/* The value keeps its name: an output is not read again. */
static gboolean
run_output (AmReader *reader, const AmStep *step, GError **error)
{
  g_autofree char *name = am_reader_read_text (reader, step->value, error);
  AmNode node = start_node (step);
  guint input;

  node.inputs = &input;
  node.n_inputs = 1;
  node.name = name;
  if (name == NULL || !am_reader_read_from (reader, step, &input, error))
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
    return am_reader_fail (reader, list, error, "expected a list of %u sizes, one for each name", n);
  if (list == NULL && (n == 0 || width % n != 0))
    return am_yaml_fail (reader->file, step->key, AM_ERROR_MISMATCH, error,
                         "%" G_GUINT64_FORMAT " channels do not divide into %u equal parts", width, n);
  for (guint i = 0; i < n; i++)
    if (list == NULL)
      sizes[i] = (gint64)(width / n);
    else if (!am_reader_read_whole (reader, g_ptr_array_index (list->items, i), width, 1, &sizes[i], NULL,
                                    error))
      return FALSE;
  return TRUE;
}

static gboolean
cut (AmReader *reader, const AmStep *step, AmNode *node, const AmYamlNode *part, GError **error)
{
  g_autofree char *name = am_reader_read_text (reader, part, error);
  guint index;

  if (name == NULL)
    return FALSE;
  if (strcmp (name, "_") == 0)
    return TRUE;
  if (!am_graph_add_node (reader->graph, node, &index, error))
    return am_yaml_locate (reader->file, step->key, error);
  am_reader_set_value (reader, name, index);
  return TRUE;
}

static gboolean
run_split (AmReader *reader, const AmStep *step, GError **error)
{
  const GPtrArray *parts = step->value->items;
  gint64 sizes[MAX_INPUTS];
  AmNode node = start_node (step);
  guint input;
  guint64 width;

  if (step->value->type != AM_YAML_LIST || parts->len == 0 || parts->len > MAX_INPUTS)
    return am_reader_fail_type (reader, step->value, "a list of names, as in [q, k, v]", error);
  if (!am_reader_read_from (reader, step, &input, error))
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

/* clang-format off */
const AmStepKind am_node_steps[] = {
  { "input", "channels to ", AM_NODE_INPUT, run_input },
  { "parameter", "to ", AM_NODE_PARAMETER, run_parameter },
  { "embedding", "from to weight ", AM_NODE_EMBEDDING, run_layer },
  { "linear", "from to weight bias transposed ", AM_NODE_LINEAR, run_layer },
  { "conv", "from to weight bias stride padding padding_end groups ", AM_NODE_CONV, run_layer },
  { "batch_norm", "from to weight bias mean variance epsilon ", AM_NODE_BATCH_NORM, run_layer },
  { "layer_norm", "from to weight bias epsilon ", AM_NODE_LAYER_NORM, run_layer },
  { "rms_norm", "from to weight bias epsilon ", AM_NODE_RMS_NORM, run_layer },
  { "group_norm", "from to weight bias groups epsilon ", AM_NODE_GROUP_NORM, run_layer },
  { "head_norm", "from to weight heads head_width epsilon ", AM_NODE_HEAD_NORM, run_layer },
  { "activation", "from to ", AM_NODE_ACTIVATION, run_shape },
  { "add", "to ", AM_NODE_ADD, run_combination },
  { "multiply", "to ", AM_NODE_MULTIPLY, run_combination },
  { "modulate", "to ", AM_NODE_MODULATE, run_combination },
  { "concat", "to ", AM_NODE_CONCAT, run_combination },
  { "join", "to ", AM_NODE_JOIN, run_combination },
  { "attention", "to heads head_width kv_heads causal ", AM_NODE_ATTENTION, run_combination },
  { "split", "from sizes ", AM_NODE_SLICE, run_split },
  { "take", "from to count ", AM_NODE_TAKE, run_shape },
  { "rotary", "from to heads head_width ", AM_NODE_ROTARY, run_shape },
  { "pool", "from to kernel stride padding padding_end ", AM_NODE_POOL, run_shape },
  { "upsample", "from to ", AM_NODE_UPSAMPLE, run_shape },
  { "flatten", "from to ", AM_NODE_FLATTEN, run_shape },
  { "output", "from ", AM_NODE_OUTPUT, run_output },
  { NULL },
};
/* clang-format on */
