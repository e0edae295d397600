/* run-graph CHECKPOINT INPUTS OUTPUTS: runs the network of a checkpoint in double, from the tensors of the
 * file INPUTS, named as the graph's inputs and embeddings and [channels, height, width] each, and writes all
 * outputs likewise. */
#include <string.h>

#include "fixture-checkpoint.h"
#include "graph-forward.h"

static AmCheckpoint *
open_checkpoint (const char *path)
{
  g_autoptr (GError) error = NULL;
  AmCheckpoint *checkpoint = am_checkpoint_open (path, &error);

  if (checkpoint == NULL)
    g_error ("%s", error->message);
  return checkpoint;
}

static gboolean
is_embedding (const AmGraph *graph, const char *name)
{
  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    if (g_str_equal (am_graph_get_node (graph, i)->name, name))
      return am_graph_get_node (graph, i)->type == AM_NODE_EMBEDDING;
  return FALSE;
}

static void
feed (ForwardInputs *inputs, AmCheckpoint *checkpoint, const AmTensor *tensor)
{
  g_autoptr (GError) error = NULL;
  g_autofree double *values = g_new (double, tensor->length + 1);
  g_autofree guint *numbers = g_new (guint, tensor->length + 1);

  if (tensor->n_dims != 3)
    g_error ("%s has %u axes", tensor->name, tensor->n_dims);
  if (!am_checkpoint_read_doubles (checkpoint, tensor, 0, tensor->length, values, &error))
    g_error ("%s", error->message);
  for (guint64 i = 0; i < tensor->length; i++)
    numbers[i] = values[i] > 0 ? (guint)values[i] : 0;
  if (is_embedding (inputs->graph, tensor->name))
    forward_inputs_set_numbers (inputs, tensor->name, (guint)tensor->length, numbers);
  else
    forward_inputs_set (inputs, tensor->name, (guint)tensor->shape[1], (guint)tensor->shape[2], values);
}

static void
write_outputs (const GraphForward *forward, const AmGraph *graph, const char *path)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *written = NULL;

  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    {
      const ForwardValue *value = graph_forward_get_value (forward, i);
      g_autofree char *shape = NULL;

      if (am_graph_get_node (graph, i)->type != AM_NODE_OUTPUT)
        continue;
      shape = g_strdup_printf ("%lu,%lu,%lu", (gulong)value->channels, (gulong)value->height,
                               (gulong)value->width);
      fixture_add_values (fixture, am_graph_get_node (graph, i)->name, AM_DTYPE_F64, shape, value->data);
    }
  written = fixture_write (fixture, folder, name);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (AmCheckpoint) fed = NULL;
  g_autoptr (AmModel) model = NULL;
  g_autoptr (AmGraph) graph = NULL;
  g_autoptr (ForwardWeights) weights = NULL;
  g_autoptr (ForwardInputs) inputs = NULL;
  g_autoptr (GraphForward) forward = NULL;

  if (argc != 4)
    g_error ("usage: %s CHECKPOINT INPUTS OUTPUTS", argv[0]);
  checkpoint = open_checkpoint (argv[1]);
  fed = open_checkpoint (argv[2]);
  model = am_model_new (checkpoint);
  graph = am_graph_new_for_model (model, NULL, &error);
  if (graph == NULL)
    g_error ("%s", error->message);
  weights = forward_weights_new_from_model (graph, model, checkpoint);
  inputs = forward_inputs_new (graph);
  for (guint i = 0; i < am_checkpoint_get_n_tensors (fed); i++)
    feed (inputs, fed, am_checkpoint_get_tensor (fed, i));
  forward = graph_forward_new (weights, inputs);
  write_outputs (forward, graph, argv[3]);
  return 0;
}
