/* What all steps that make a node have in common. */
#include "graph/description-steps.h"

#include <math.h>
#include <string.h>

AmNode
am_step_start_node (const AmStep *step)
{
  return (AmNode){
    .type = step->kind->type,
    .weight = AM_NO_TENSOR,
    .bias = AM_NO_TENSOR,
    .mean = AM_NO_TENSOR,
    .variance = AM_NO_TENSOR,
  };
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
  { "kv_heads", offsetof (AmNode, kv_heads), 1, TRUE }, { "dilation", offsetof (AmNode, dilation), 1 },
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
      if (!am_description_reader_read_whole (reader, value, width, counts[i].least, &number,
                                             counts[i].may_be_unknown ? &is_known : NULL, error))
        return FALSE;
      if (is_known && number > G_MAXINT)
        return am_description_reader_fail (reader, value, error, "%" G_GINT64_FORMAT " is too large", number);
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
  if (!am_description_reader_read_whole (reader, value, width, 1, &number, &is_known, error))
    return FALSE;
  if (!is_known)
    return TRUE;
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
  if (!am_description_reader_read_number (reader, value, width, &number, error))
    return FALSE;
  if (number < 0)
    return am_description_reader_fail (reader, value, error, "expected an epsilon of at least 0, found %g",
                                       number);
  if (!isnan (number))
    node->epsilon = number;
  return TRUE;
}

static gboolean
read_flag (AmReader *reader, const AmStep *step, const char *key, gboolean *flag, GError **error)
{
  const AmYamlNode *value = am_yaml_get (step->map, key);

  return value == NULL || am_yaml_get_boolean (value, flag)
         || am_description_reader_fail_type (reader, value, "true or false", error);
}

/* Adds @node and calls its value what the step says. */
gboolean
am_step_finish_node (AmReader *reader, const AmStep *step, AmNode *node, const char *name, GError **error)
{
  guint index;

  node->name = (char *)name;
  if (!am_graph_add_node (reader->graph, node, &index, error))
    return am_yaml_locate (reader->file, step->key, error);
  return am_description_reader_write_to (reader, step, index, error);
}

/* All keys that hold numbers and flags; those a step does not take are not there. */
gboolean
am_step_complete_node (AmReader *reader, const AmStep *step, AmNode *node, const char *name, GError **error)
{
  guint64 width = node->n_inputs > 0 ? am_graph_get_node (reader->graph, node->inputs[0])->channels : 0;

  return read_counts (reader, step, width, node, error) && read_head_width (reader, step, width, node, error)
         && (strstr (step->kind->keys, "epsilon ") == NULL || read_epsilon (reader, step, width, node, error))
         && read_flag (reader, step, "transposed", &node->is_transposed, error)
         && read_flag (reader, step, "causal", &node->is_causal, error)
         && am_step_finish_node (reader, step, node, name, error);
}
