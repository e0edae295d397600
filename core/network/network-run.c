#include "network/network-private.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/cancelled.h"
#include "base/text.h"

/* Of values in memory: a cache line, and the widest vectors. */
#define ALIGNMENT ((gsize)64)

guint
am_network_find_node (const AmNetwork *network, guint node)
{
  while (node < network->n_nodes && !network->has_node[node])
    node++;
  return node;
}

/* The smallest spare buffer that is large enough, and not so large that it is wasted. */
static gint
find_spare (const AmNetworkRun *run, gsize size)
{
  gint best = -1;

  for (guint i = 0; i < run->spare->len; i++)
    {
      const AmSpareBuffer *spare = &g_array_index (run->spare, AmSpareBuffer, i);

      if (spare->size >= size && spare->size / 4 <= size
          && (best < 0 || spare->size < g_array_index (run->spare, AmSpareBuffer, best).size))
        best = (gint)i;
    }
  return best;
}

/* Buffers come and go with the layers of the same batch: those at hand need no new pages. */
static gpointer
take_buffer (AmNetworkRun *run, gsize size, gsize *capacity, GError **error)
{
  const gint spare = find_spare (run, size);
  gpointer data;

  if (spare >= 0)
    {
      data = g_array_index (run->spare, AmSpareBuffer, spare).data;
      *capacity = g_array_index (run->spare, AmSpareBuffer, spare).size;
      g_array_remove_index_fast (run->spare, (guint)spare);
      return data;
    }
  *capacity = MAX ((size + ALIGNMENT - 1) / ALIGNMENT, 1) * ALIGNMENT;
  data = aligned_alloc (ALIGNMENT, *capacity);
  if (data == NULL)
    g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                 T_ ("not enough memory for values of %lu MB; take fewer pictures at once"),
                 (gulong)(size >> 20));
  return data;
}

/* Spare memory is bounded by what was in use at once. */
static void
give_buffer (AmNetworkRun *run, gpointer data, gsize capacity)
{
  AmSpareBuffer spare = { data, capacity };

  if (run->spare->len < 4)
    {
      g_array_append_val (run->spare, spare);
      return;
    }
  free (data);
}

static void
free_value (AmNetworkRun *run, guint node)
{
  if (run->values[node].data != NULL)
    give_buffer (run, run->values[node].data, run->capacities[node]);
  run->values[node].data = NULL;
}

AmNetworkRun *
am_network_run_new (AmNetwork *network, const AmValue *input, gboolean keep, GError **error)
{
  const AmNode *node = am_graph_get_node (network->graph, network->input);
  g_autoptr (AmNetworkRun) run = NULL;
  const gsize size = am_value_count (input) * sizeof (AmReal);
  AmValue *value;

  if (input->channels != node->channels)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH, T_ ("%s takes %lu channels; the pictures have %lu"),
                   node->name, (gulong)node->channels, (gulong)input->channels);
      return NULL;
    }
  run = g_new0 (AmNetworkRun, 1);
  run->network = network;
  run->keep = keep;
  run->n_samples = input->n_samples;
  run->next = am_network_find_node (network, 0);
  run->values = g_new0 (AmValue, network->n_nodes);
  run->capacities = g_new0 (gsize, network->n_nodes);
  run->kept = g_new0 (gpointer, network->n_nodes);
  run->kept_sizes = g_new0 (gsize, network->n_nodes);
  run->n_readers = g_memdup2 (network->n_readers, network->n_nodes * sizeof *network->n_readers);
  run->spare = g_array_new (FALSE, FALSE, sizeof (AmSpareBuffer));
  value = &run->values[network->input];
  *value = *input;
  value->data = take_buffer (run, size, &run->capacities[network->input], error);
  if (value->data == NULL)
    return NULL;
  if (size > 0)
    memcpy (value->data, input->data, size);
  return g_steal_pointer (&run);
}

void
am_network_run_free (AmNetworkRun *run)
{
  if (run == NULL)
    return;
  for (guint i = 0; i < run->network->n_nodes; i++)
    {
      free (run->values[i].data);
      g_free (run->kept[i]);
      if (run->gradients != NULL)
        g_free (run->gradients[i]);
    }
  for (guint i = 0; i < run->spare->len; i++)
    free (g_array_index (run->spare, AmSpareBuffer, i).data);
  g_array_unref (run->spare);
  g_free (run->gradients);
  g_free (run->n_readers);
  g_free (run->kept_sizes);
  g_free (run->kept);
  g_free (run->capacities);
  g_free (run->values);
  g_free (run);
}

AmValue *
am_network_run_get_value (AmNetworkRun *run, guint node)
{
  if (node >= run->network->n_nodes || node >= run->next || run->values[node].data == NULL)
    return NULL;
  return &run->values[node];
}

static gboolean
give_memory (AmNetworkRun *run, AmNodeWork *work, guint node, gsize size, GError **error)
{
  AmOperation *operation = &work->operation;
  AmValue *output = operation->output;

  if (run->keep && operation->kept_size > 0)
    {
      operation->kept = run->kept[node] = g_try_malloc (operation->kept_size);
      run->kept_sizes[node] = operation->kept_size;
      if (operation->kept == NULL)
        {
          g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, T_ ("not enough memory for values of %s"),
                       operation->node->name);
          return FALSE;
        }
    }
  if (!run->keep && am_node_work_is_in_place (work, run->n_readers))
    {
      const guint input = operation->node->inputs[0];

      output->data = run->values[input].data;
      run->capacities[node] = run->capacities[input];
      return TRUE;
    }
  output->data = take_buffer (run, size, &run->capacities[node], error);
  return output->data != NULL;
}

static void
finish_inputs (AmNetworkRun *run, const AmNode *node, const AmReal *output)
{
  for (guint i = 0; i < node->n_inputs; i++)
    {
      const guint input = node->inputs[i];

      if (--run->n_readers[input] > 0 || run->keep)
        continue;
      if (run->values[input].data == output)
        run->values[input].data = NULL;
      else
        free_value (run, input);
    }
}

gboolean
am_network_run_node (AmNetworkRun *run, guint node, GError **error)
{
  AmNetwork *network = run->network;
  const AmNode *details = am_graph_get_node (network->graph, node);
  g_auto (AmNodeWork) work = { 0 };
  gsize size;

  g_return_val_if_fail (node == run->next, FALSE);
  am_node_work_init (&work, network, run->values, run->n_samples, node);
  if (!work.is_fed)
    {
      if (!am_node_work_shape (&work, &size, error) || !give_memory (run, &work, node, size, error))
        return FALSE;
      if (details->type == AM_NODE_INPUT)
        memset (run->values[node].data, 0, size);
      else
        am_operator_get (details->type)->forward (&work.operation);
      finish_inputs (run, details, run->values[node].data);
    }
  run->next = am_network_find_node (network, node + 1);
  return TRUE;
}

gboolean
am_network_run_forward (AmNetworkRun *run, AmNodeObserver observer, gpointer user_data,
                        GCancellable *cancellable, GError **error)
{
  while (run->next < run->network->n_nodes)
    {
      const guint node = run->next;

      if (!am_check_cancelled (cancellable, error))
        return FALSE;
      if ((observer != NULL && !observer (run, node, TRUE, user_data, error))
          || !am_network_run_node (run, node, error)
          || (observer != NULL && !observer (run, node, FALSE, user_data, error)))
        return FALSE;
    }
  return TRUE;
}
