/* Steps with tensors of their own, and inputs. */
#include "graph/description-steps.h"

#include <string.h>

#include "base/nearest-name.h"

static gboolean
use_tensor (AmReader *reader, const AmYamlNode *node, const char *name, gint *number, GError **error)
{
  const AmTensor *tensor = am_description_reader_find_tensor (reader, name);
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
      return name == NULL || am_description_reader_find_tensor (reader, name) == NULL
             || use_tensor (reader, step->value, name, number, error);
    }
  name = am_description_reader_read_text (reader, node, error);
  return name != NULL && (strcmp (name, "none") == 0 || use_tensor (reader, node, name, number, error));
}

gboolean
am_step_run_input (AmReader *reader, const AmStep *step, GError **error)
{
  const AmYamlNode *channels = am_yaml_get (step->map, "channels");
  g_autofree char *name = am_description_reader_read_text (reader, step->value, error);
  AmNode node = am_step_start_node (step);
  gint64 number;

  if (name == NULL)
    return FALSE;
  if (channels == NULL)
    return am_description_reader_fail (reader, step->key, error,
                                       "no channels; expected their number, as in 'channels: 3'");
  if (!am_description_reader_read_whole (reader, channels, 0, 1, &number, NULL, error))
    return FALSE;
  node.channels = (guint64)number;
  return am_step_finish_node (reader, step, &node, name, error);
}

gboolean
am_step_run_parameter (AmReader *reader, const AmStep *step, GError **error)
{
  g_autofree char *name = am_description_reader_read_text (reader, step->value, error);
  AmNode node = am_step_start_node (step);

  return name != NULL && use_tensor (reader, step->value, name, &node.weight, error)
         && am_step_finish_node (reader, step, &node, name, error);
}

/* The stem, or NULL for none, which is good where the weight has a name of its own or there need not be one.
 */
static gboolean
read_stem (AmReader *reader, const AmStep *step, char **stem, GError **error)
{
  *stem = NULL;
  if (am_yaml_is_null (step->value))
    return TRUE;
  *stem = am_description_reader_read_text (reader, step->value, error);
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
    return am_description_reader_fail_type (reader, step->value, "the stem of a tensor's name", error);
  weight = g_strconcat (stem, ".weight", NULL);
  return use_tensor (reader, step->value, weight, &unused, error);
}

/* Layers with tensors of their own. */
gboolean
am_step_run_layer (AmReader *reader, const AmStep *step, GError **error)
{
  g_autofree char *stem = NULL;
  g_autofree char *name = NULL;
  AmNode node = am_step_start_node (step);
  gboolean is_batch_norm = node.type == AM_NODE_BATCH_NORM;
  gboolean has_input = node.type != AM_NODE_EMBEDDING || am_yaml_get (step->map, "from") != NULL;
  guint input;

  if ((has_input && !am_description_reader_read_from (reader, step, &input, error))
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
  return am_step_complete_node (reader, step, &node, name, error);
}
