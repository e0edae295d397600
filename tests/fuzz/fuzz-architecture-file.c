/* A description of the network in a small checkpoint, always the same. */
#include <stdint.h>
#include <string.h>

#include "fuzz-file.h"
#include "graph/description.h"
#include "graph/symmetries.h"

/* Symmetries of more nodes take long and show nothing new. */
#define MOST_NODES 500

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const struct
{
  const char *name;
  const char *shape;
  guint length;
} tensors[] = {
  { "positions", "1,9,8", 72 },
  { "words.weight", "5,8", 40 },
  { "conv.weight", "8,2,3,3", 144 },
  { "bn.weight", "8", 8 },
  { "bn.bias", "8", 8 },
  { "bn.running_mean", "8", 8 },
  { "bn.running_var", "8", 8 },
  { "norm.weight", "8", 8 },
  { "norm.bias", "8", 8 },
  { "layers.0.fc.weight", "8,8", 64 },
  { "layers.0.fc.bias", "8", 8 },
  { "layers.1.fc.weight", "8,8", 64 },
  { "layers.1.qkv.weight", "24,8", 192 },
  { "layers.1.q_norm.weight", "4", 4 },
  { "layers.10.fc.weight", "8,8", 64 },
  { "head.weight", "8,3", 24 },
  { "head.bias", "3", 3 },
};

static AmModel *
open_model (void)
{
  g_autoptr (GString) header = g_string_new ("{\"__metadata__\":{\"heads\":\"2\"}");
  g_autoptr (GString) file = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  AmCheckpoint *checkpoint;
  guint64 length;
  guint offset = 0;

  for (guint i = 0; i < G_N_ELEMENTS (tensors); i++)
    {
      guint end = offset + 2 * tensors[i].length;

      g_string_append_printf (header, ",\"%s\":{\"dtype\":\"F16\",\"shape\":[%s],\"data_offsets\":[%u,%u]}",
                              tensors[i].name, tensors[i].shape, offset, end);
      offset = end;
    }
  g_string_append_c (header, '}');
  length = GUINT64_TO_LE (header->len);
  g_string_append_len (file, (const char *)&length, sizeof length);
  g_string_append_len (file, header->str, (gssize)header->len);
  g_string_set_size (file, file->len + offset);
  checkpoint = fuzz_open ((const uint8_t *)file->str, file->len, &error);
  g_assert_no_error (error);
  return am_model_new (checkpoint);
}

static void
check_graph (AmGraph *graph)
{
  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    {
      const AmNode *node = am_graph_get_node (graph, i);

      g_assert_cmpuint (node->channels, >, 0);
      for (guint k = 0; k < node->n_inputs; k++)
        g_assert_cmpuint (node->inputs[k], <, i);
    }
  if (am_graph_get_n_nodes (graph) <= MOST_NODES)
    am_symmetries_free (am_symmetries_new (graph));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static AmModel *model;
  g_autoptr (AmGraph) graph = am_graph_new ();
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  gboolean is_good, fits;

  if (model == NULL)
    model = open_model ();
  am_description_fits (model, (const char *)data, size, "net.yaml", &fits, NULL);
  is_good = am_description_read (model, (const char *)data, size, "net.yaml", graph, kept, &error);
  g_assert_true (is_good == (error == NULL));
  if (is_good && am_graph_cover_model (graph, model, kept, "net.yaml", &error))
    check_graph (graph);
  g_assert_true (error == NULL || g_utf8_validate (error->message, -1, NULL));
  return 0;
}
