/* Which layers are repaired. */
#include <string.h>

#include "base/text.h"
#include "repair/repair-private.h"

typedef struct
{
  const AmRepair *repair;
  AmNetwork *network;
  const AmGraph *graph;
  guint *n_users; /* [tensors]: nodes that use it */
} Search;

static void
count_user (Search *search, gint tensor)
{
  if (tensor != AM_NO_TENSOR)
    search->n_users[tensor]++;
}

static void
count_users (Search *search)
{
  for (guint i = 0; i < am_graph_get_n_nodes (search->graph); i++)
    {
      const AmNode *node = am_graph_get_node (search->graph, i);

      if (!am_network_has_node (search->network, i))
        continue;
      count_user (search, node->weight);
      count_user (search, node->bias);
      count_user (search, node->mean);
      count_user (search, node->variance);
    }
}

const AmTensor *
am_repair_find_stored (const AmRepair *repair, guint tensor)
{
  AmCheckpoint *checkpoint = am_vision_network_get_checkpoint (repair->merged);
  const AmGraph *graph = am_network_get_graph (am_repair_get_network (repair));
  gint index;

  if (tensor >= am_vision_network_get_n_model_tensors (repair->merged))
    return NULL;
  index = am_model_find (am_vision_network_get_model (repair->merged),
                         am_graph_get_tensor (graph, tensor)->name);
  return index >= 0 ? am_checkpoint_get_tensor (checkpoint, (guint)index) : NULL;
}

/* Whether @tensor can be changed without changing anything but the node that has it. */
static gboolean
is_own (const Search *search, gint tensor)
{
  const AmTensor *stored
      = tensor != AM_NO_TENSOR ? am_repair_find_stored (search->repair, (guint)tensor) : NULL;

  return stored != NULL && am_dtype_is_mergeable (stored->dtype) && search->n_users[tensor] == 1;
}

/* A description reads STEM.bias beside STEM.weight once it is there. */
static gboolean
can_get_bias (const Search *search, const AmNode *node)
{
  g_autofree char *name = g_strconcat (node->name, ".weight", NULL);
  const AmTensor *stored = am_repair_find_stored (search->repair, (guint)node->weight);

  return strcmp (am_graph_get_tensor (search->graph, (guint)node->weight)->name, name) == 0
         && g_str_has_suffix (stored->name, ".weight");
}

static gboolean
reads (const AmNode *node, guint input)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (node->inputs[i] == input)
      return TRUE;
  return FALSE;
}

static guint
count_readers (const Search *search, guint node)
{
  guint n = 0;

  for (guint i = node + 1; i < am_graph_get_n_nodes (search->graph); i++)
    n += am_network_has_node (search->network, i) && reads (am_graph_get_node (search->graph, i), node);
  return n;
}

/* Whether everything that reads the value of @node is an activation, the output or, behind convolutions, a
 * norm over channels; cutting and pooling in between do not count. */
static gboolean
leads_to_activation (const Search *search, guint node, gboolean is_conv)
{
  gboolean is_read = FALSE;

  for (guint i = node + 1; i < am_graph_get_n_nodes (search->graph); i++)
    {
      const AmNode *reader = am_graph_get_node (search->graph, i);

      if (!am_network_has_node (search->network, i) || !reads (reader, node))
        continue;
      is_read = TRUE;
      switch (reader->type)
        {
        case AM_NODE_ACTIVATION:
        case AM_NODE_OUTPUT:
          break;
        case AM_NODE_LAYER_NORM:
        case AM_NODE_RMS_NORM:
        case AM_NODE_GROUP_NORM:
          if (!is_conv)
            return FALSE;
          break;
        case AM_NODE_POOL:
        case AM_NODE_FLATTEN:
        case AM_NODE_TAKE:
        case AM_NODE_UPSAMPLE:
          if (!leads_to_activation (search, i, is_conv))
            return FALSE;
          break;
        default:
          return FALSE;
        }
    }
  return is_read || am_network_get_output (search->network) == node;
}

static gboolean
is_repairable (const Search *search, guint index)
{
  const AmNode *node = am_graph_get_node (search->graph, index);

  if ((node->type != AM_NODE_LINEAR && node->type != AM_NODE_CONV) || !is_own (search, node->weight))
    return FALSE;
  if (node->bias != AM_NO_TENSOR ? !is_own (search, node->bias) : !can_get_bias (search, node))
    return FALSE;
  return leads_to_activation (search, index, node->type == AM_NODE_CONV);
}

static gboolean
is_reset (const Search *search, guint index)
{
  const AmNode *node = am_graph_get_node (search->graph, index);

  return node->type == AM_NODE_BATCH_NORM && is_own (search, node->mean) && is_own (search, node->variance);
}

/* A batch norm that only a sum reads. */
static gboolean
is_end_of_branch (const Search *search, guint index)
{
  const AmNode *node = am_graph_get_node (search->graph, index);

  return node->type == AM_NODE_BATCH_NORM && is_own (search, node->weight) && is_own (search, node->bias)
         && count_readers (search, index) == 1;
}

static gboolean
is_sum (const Search *search, guint index, AmSite *site)
{
  const AmNode *node = am_graph_get_node (search->graph, index);

  if (node->type != AM_NODE_ADD || node->n_inputs != 2 || node->inputs[0] == node->inputs[1])
    return FALSE;
  for (guint i = 0; i < 2; i++)
    if (is_end_of_branch (search, node->inputs[i]))
      {
        site->layer = node->inputs[i];
        site->other = node->inputs[1 - i];
        site->is_both = is_end_of_branch (search, site->other);
        return TRUE;
      }
  return FALSE;
}

static void
add_site (AmRepair *repair, const AmSite *found)
{
  const AmGraph *graph = am_network_get_graph (am_repair_get_network (repair));
  AmSite site = *found;

  site.n_units = am_graph_get_node (graph, site.node)->channels;
  site.parents = g_new0 (AmMoments, repair->n_parents + 1);
  for (guint i = 0; i < repair->n_parents; i++)
    am_moments_init (&site.parents[i], site.n_units);
  am_moments_init (&site.mixture, site.n_units);
  am_moments_init (&site.before, site.n_units);
  am_moments_init (&site.after, site.n_units);
  site.target_means = g_new0 (double, site.n_units);
  site.target_deviations = g_new0 (double, site.n_units);
  site.is_dead = g_new0 (guint8, site.n_units);
  g_array_append_val (repair->sites, site);
}

void
am_site_clear (gpointer data)
{
  AmSite *site = data;

  for (guint i = 0; site->parents[i].means != NULL; i++)
    am_moments_clear (&site->parents[i]);
  g_free (site->parents);
  am_moments_clear (&site->mixture);
  am_moments_clear (&site->before);
  am_moments_clear (&site->after);
  g_free (site->target_means);
  g_free (site->target_deviations);
  g_free (site->is_dead);
  g_free (site->new_bias);
}

gboolean
am_repair_has_batch_norm (const AmRepair *repair)
{
  AmNetwork *network = am_repair_get_network (repair);
  const AmGraph *graph = am_network_get_graph (network);

  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    if (am_network_has_node (network, i) && am_graph_get_node (graph, i)->type == AM_NODE_BATCH_NORM)
      return TRUE;
  return FALSE;
}

static gboolean
fail_without_sites (const AmRepair *repair, GError **error)
{
  const char *path = am_checkpoint_get_path (am_vision_network_get_checkpoint (repair->merged));

  if (repair->method == AM_REPAIR_RESET)
    g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                 T_ ("%s: there is no batch norm to reset; take the method rescale, which needs the parents"),
                 path);
  else
    g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                 T_ ("%s: there is no layer to repair: none of those in front of an activation or the output "
                     "has weights of its own and a bias"),
                 path);
  return FALSE;
}

gboolean
am_repair_find_sites (AmRepair *repair, GError **error)
{
  AmNetwork *network = am_repair_get_network (repair);
  const AmGraph *graph = am_network_get_graph (network);
  g_autofree guint *n_users = g_new0 (guint, am_graph_get_n_tensors (graph) + 1);
  Search search = { repair, network, graph, n_users };
  const gboolean rescales = repair->method != AM_REPAIR_RESET;

  count_users (&search);
  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    {
      AmSite site = { .node = i, .layer = i };

      if (!am_network_has_node (network, i))
        continue;
      if (is_reset (&search, i))
        {
          site.kind = AM_SITE_RESET;
          site.node = am_graph_get_node (graph, i)->inputs[0];
        }
      else if (rescales && is_repairable (&search, i))
        site.kind = AM_SITE_LAYER;
      else if (rescales && is_sum (&search, i, &site))
        site.kind = AM_SITE_SUM;
      else
        continue;
      add_site (repair, &site);
    }
  return repair->sites->len > 0 || fail_without_sites (repair, error);
}
