/* Plain perceptrons, whose layers have no names in common: widths and the order of names tell how they chain.
 */
#include "graph/description.h"

#include <string.h>

#include "architecture/matrix-chain.h"
#include "base/text.h"

typedef struct
{
  AmGraph *graph;
  const AmModel *model;
  const AmCheckpoint *checkpoint;
  GPtrArray *matrices; /* (element-type AmTensor): in order */
  GPtrArray *norms;    /* (element-type utf8): their stems, in natural order */
  guint *gaps;         /* [norms->len]: how many matrices stand before each */
} Perceptron;

static void
perceptron_clear (Perceptron *perceptron)
{
  g_clear_pointer (&perceptron->matrices, g_ptr_array_unref);
  g_clear_pointer (&perceptron->norms, g_ptr_array_unref);
  g_clear_pointer (&perceptron->gaps, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Perceptron, perceptron_clear)

static const AmTensor *
find_tensor (const Perceptron *perceptron, const char *stem, const char *ending)
{
  g_autofree char *name = g_strconcat (stem, ending, NULL);
  gint index = am_model_find (perceptron->model, name);

  return index >= 0 ? am_checkpoint_get_tensor (perceptron->checkpoint, (guint)index) : NULL;
}

static gint
use_tensor (const Perceptron *perceptron, const char *stem, const char *ending)
{
  const AmTensor *tensor = find_tensor (perceptron, stem, ending);
  g_autofree char *name = g_strconcat (stem, ending, NULL);

  return tensor != NULL ? (gint)am_graph_add_tensor (perceptron->graph, name, tensor->n_dims, tensor->shape)
                        : AM_NO_TENSOR;
}

static const char *
get_canonical (const Perceptron *perceptron, const AmTensor *tensor)
{
  guint index = 0;

  am_checkpoint_find (perceptron->checkpoint, tensor->name, &index);
  return am_model_get_role (perceptron->model, index)->canonical;
}

/* What stands before "weight" in the name of matrix @index, with its dot: (transfer full). */
static char *
get_stem (const Perceptron *perceptron, guint index)
{
  const char *name = get_canonical (perceptron, g_ptr_array_index (perceptron->matrices, index));

  return g_strndup (name, strlen (name) - strlen ("weight"));
}

static gboolean
is_matrix_stem (const Perceptron *perceptron, const char *stem)
{
  const AmTensor *weight = find_tensor (perceptron, stem, "weight");

  return weight != NULL && weight->n_dims == 2;
}

static gint
compare_stems (gconstpointer a, gconstpointer b)
{
  return am_name_compare_naturally (*(const char *const *)a, *(const char *const *)b);
}

/* Norms are what has a weight or running mean that is a vector longer than one. */
static void
list_norms (Perceptron *perceptron)
{
  static const char *const endings[] = { "weight", "running_mean" };

  for (guint i = 0; i < am_checkpoint_get_n_tensors (perceptron->checkpoint); i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (perceptron->checkpoint, i);
      const char *name = am_model_get_role (perceptron->model, i)->canonical;

      for (guint k = 0; k < G_N_ELEMENTS (endings) && tensor->n_dims == 1 && tensor->length > 1; k++)
        {
          g_autofree char *stem = NULL;

          if (!g_str_has_suffix (name, endings[k]))
            continue;
          stem = g_strndup (name, strlen (name) - strlen (endings[k]));
          if (!is_matrix_stem (perceptron, stem)
              && !g_ptr_array_find_with_equal_func (perceptron->norms, stem, g_str_equal, NULL))
            g_ptr_array_add (perceptron->norms, g_steal_pointer (&stem));
        }
    }
  g_ptr_array_sort (perceptron->norms, compare_stems);
}

/* Channels where @gap matrices stand before. */
static guint64
get_width (const Perceptron *perceptron, guint gap)
{
  const AmTensor *matrix = g_ptr_array_index (perceptron->matrices, gap > 0 ? gap - 1 : 0);

  return matrix->shape[gap > 0 ? 0 : 1];
}

static gboolean
does_fit (const Perceptron *perceptron, guint norm, guint gap)
{
  const char *stem = g_ptr_array_index (perceptron->norms, norm);
  const AmTensor *tensor = find_tensor (perceptron, stem, "weight");

  if (tensor == NULL)
    tensor = find_tensor (perceptron, stem, "running_mean");
  return tensor->shape[0] == get_width (perceptron, gap);
}

/* Whether two names are the same but for their numbers, as in a sequence. */
static gboolean
are_siblings (const char *a, const char *b)
{
  while (*a != '\0' || *b != '\0')
    {
      while (g_ascii_isdigit (*a))
        a++;
      while (g_ascii_isdigit (*b))
        b++;
      if (*a != *b)
        return FALSE;
      if (*a != '\0')
        a++, b++;
    }
  return TRUE;
}

/* Numbered like the matrices, as in a sequence of layers: the numbers tell. */
static gboolean
place_by_number (Perceptron *perceptron)
{
  for (guint i = 0; i < perceptron->norms->len; i++)
    {
      const char *norm = g_ptr_array_index (perceptron->norms, i);

      perceptron->gaps[i] = 0;
      for (guint k = 0; k < perceptron->matrices->len; k++)
        {
          g_autofree char *matrix = get_stem (perceptron, k);

          if (!are_siblings (norm, matrix))
            return FALSE;
          if (am_name_compare_naturally (matrix, norm) < 0)
            perceptron->gaps[i] = k + 1;
        }
      if (!does_fit (perceptron, i, perceptron->gaps[i]))
        return FALSE;
    }
  return TRUE;
}

static gboolean
do_all_fit (const Perceptron *perceptron, guint first)
{
  for (guint i = 0; i < perceptron->norms->len; i++)
    if (first + i > perceptron->matrices->len || !does_fit (perceptron, i, first + i))
      return FALSE;
  return TRUE;
}

/* As many norms as there are hidden layers, or one more at either end: one for each, in order. */
static gboolean
place_in_order (Perceptron *perceptron)
{
  guint n = perceptron->norms->len, n_matrices = perceptron->matrices->len;
  gboolean from_input = n == n_matrices && do_all_fit (perceptron, 0);
  gboolean from_hidden = (n == n_matrices || n + 1 == n_matrices) && do_all_fit (perceptron, 1);

  if (from_input == from_hidden)
    return FALSE;
  for (guint i = 0; i < n; i++)
    perceptron->gaps[i] = i + (from_hidden ? 1 : 0);
  return TRUE;
}

/* Each fits at one place only. */
static gboolean
place_by_width (Perceptron *perceptron)
{
  for (guint i = 0; i < perceptron->norms->len; i++)
    {
      guint n_places = 0;

      for (guint gap = 0; gap <= perceptron->matrices->len; gap++)
        if (does_fit (perceptron, i, gap))
          {
            perceptron->gaps[i] = gap;
            n_places++;
          }
      if (n_places != 1)
        return FALSE;
    }
  return TRUE;
}

static gboolean
place_norms (Perceptron *perceptron, GError **error)
{
  perceptron->gaps = g_new0 (guint, MAX (perceptron->norms->len, 1));
  if (perceptron->norms->len == 0 || place_by_number (perceptron) || place_in_order (perceptron)
      || place_by_width (perceptron))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               T_ ("%s: names and widths do not tell between which matrices %sweight stands; describe the "
                   "network in an architecture file"),
               am_checkpoint_get_path (perceptron->checkpoint),
               (const char *)g_ptr_array_index (perceptron->norms, 0));
  return FALSE;
}

/* Adds a node that reads the last one. */
static gboolean
add_node (const Perceptron *perceptron, AmNode *node, const char *name, GError **error)
{
  guint input = am_graph_get_n_nodes (perceptron->graph) - 1;

  node->name = (char *)name;
  node->n_inputs = 1;
  node->inputs = &input;
  return am_graph_add_node (perceptron->graph, node, NULL, error);
}

static AmNode
start_node (AmNodeType type)
{
  return (AmNode){
    .type = type, .weight = AM_NO_TENSOR, .bias = AM_NO_TENSOR, .mean = AM_NO_TENSOR, .variance = AM_NO_TENSOR
  };
}

/* A stem without its dot. */
static char *
name_stem (const char *stem)
{
  return g_strndup (stem, strlen (stem) - (g_str_has_suffix (stem, ".") ? 1 : 0));
}

static gboolean
add_norm (const Perceptron *perceptron, const char *stem, GError **error)
{
  AmNode node = start_node (AM_NODE_RMS_NORM);
  g_autofree char *name = name_stem (stem);

  node.weight = use_tensor (perceptron, stem, "weight");
  node.bias = use_tensor (perceptron, stem, "bias");
  node.mean = use_tensor (perceptron, stem, "running_mean");
  node.variance = use_tensor (perceptron, stem, "running_var");
  node.epsilon = 1e-5;
  if (node.mean != AM_NO_TENSOR)
    node.type = AM_NODE_BATCH_NORM;
  else if (node.bias != AM_NO_TENSOR)
    node.type = AM_NODE_LAYER_NORM;
  return add_node (perceptron, &node, name, error);
}

static gboolean
add_norms (const Perceptron *perceptron, guint gap, GError **error)
{
  for (guint i = 0; i < perceptron->norms->len; i++)
    if (perceptron->gaps[i] == gap && !add_norm (perceptron, g_ptr_array_index (perceptron->norms, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
add_matrix (const Perceptron *perceptron, guint index, GError **error)
{
  AmNode node = start_node (AM_NODE_LINEAR);
  AmNode activation = start_node (AM_NODE_ACTIVATION);
  g_autofree char *stem = get_stem (perceptron, index);
  g_autofree char *name = name_stem (stem);

  node.weight = use_tensor (perceptron, stem, "weight");
  node.bias = use_tensor (perceptron, stem, "bias");
  return add_node (perceptron, &node, name, error) && add_norms (perceptron, index + 1, error)
         && (index + 1 == perceptron->matrices->len || add_node (perceptron, &activation, NULL, error));
}

static void
note_order (const Perceptron *perceptron)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < perceptron->matrices->len; i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "",
                            get_canonical (perceptron, g_ptr_array_index (perceptron->matrices, i)));
  am_graph_add_note (perceptron->graph,
                     T_ ("Taken for a plain perceptron, with nothing but an activation between these: %s"),
                     list->str);
}

gboolean
am_graph_add_perceptron (AmGraph *graph, const AmModel *model, GError **error)
{
  g_auto (Perceptron) perceptron = { graph, model, am_model_get_checkpoint (model) };
  AmNode input = start_node (AM_NODE_INPUT), output = start_node (AM_NODE_OUTPUT);

  perceptron.matrices = am_checkpoint_chain_matrices (perceptron.checkpoint);
  perceptron.norms = g_ptr_array_new_with_free_func (g_free);
  g_return_val_if_fail (perceptron.matrices != NULL, FALSE);
  list_norms (&perceptron);
  if (!place_norms (&perceptron, error))
    return FALSE;
  note_order (&perceptron);
  input.name = (char *)"input";
  input.channels = get_width (&perceptron, 0);
  if (!am_graph_add_node (graph, &input, NULL, error) || !add_norms (&perceptron, 0, error))
    return FALSE;
  for (guint i = 0; i < perceptron.matrices->len; i++)
    if (!add_matrix (&perceptron, i, error))
      return FALSE;
  return add_node (&perceptron, &output, "output", error);
}
