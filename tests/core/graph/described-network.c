#include "described-network.h"

#include <glib/gstdio.h>
#include <string.h>

#include "fixture-checkpoint.h"

DescribedNetwork *
described_network_open (const Sparse *sparse, const char *folder)
{
  DescribedNetwork *network = g_new0 (DescribedNetwork, 1);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr (GError) error = NULL;

  sparse_write (sparse, path);
  network->folder = g_strdup (folder);
  network->checkpoint = am_checkpoint_open (path, &error);
  g_assert_no_error (error);
  network->model = am_model_new (network->checkpoint);
  return network;
}

static DescribedNetwork *
open_rows (const char *rows, const char *folder)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_auto (GStrv) lines = g_strsplit (rows, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", 2);

      if (g_str_has_prefix (lines[i], "#"))
        sparse_add_metadata (sparse, words[0] + 1, words[1]);
      else if (*lines[i] != '\0')
        sparse_add (sparse, words[0], words[1]);
    }
  return described_network_open (sparse, folder);
}

DescribedNetwork *
described_network_new (const char *rows)
{
  g_autofree char *folder = fixture_new_folder ();

  return open_rows (rows, folder);
}

DescribedNetwork *
described_network_new_beside (const char *rows, const char *name, const char *content)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, content, -1, NULL));
  return open_rows (rows, folder);
}

void
described_network_free (DescribedNetwork *network)
{
  am_model_free (network->model);
  am_checkpoint_free (network->checkpoint);
  fixture_remove_folder (network->folder);
  g_free (network->folder);
  g_free (network);
}

AmGraph *
described_network_read (const DescribedNetwork *network, const char *yaml, GError **error)
{
  g_autofree char *path = g_build_filename (network->folder, "net.yaml", NULL);

  if (yaml == NULL)
    return am_graph_new_for_model (network->model, NULL, error);
  /* Over a file that exists, GLib waits for the disk. */
  g_remove (path);
  g_assert_true (g_file_set_contents (path, yaml, -1, NULL));
  return am_graph_new_for_model (network->model, path, error);
}

static void
append_number (GString *text, const char *name, gint64 number)
{
  if (number != 0)
    g_string_append_printf (text, " %s=%" G_GINT64_FORMAT, name, number);
}

static void
append_tensor (GString *text, const AmGraph *graph, gint tensor)
{
  if (tensor != AM_NO_TENSOR)
    g_string_append_printf (text, " %s", am_graph_get_tensor (graph, (guint)tensor)->name);
}

static void
append_node (GString *text, const AmGraph *graph, guint index)
{
  const AmNode *node = am_graph_get_node (graph, index);

  g_string_append_printf (text, "%u %s %s <", index, am_node_type_get_id (node->type), node->name);
  for (guint i = 0; i < node->n_inputs; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? " " : "", node->inputs[i]);
  g_string_append_printf (text, " [%" G_GUINT64_FORMAT "]", node->channels);
  append_tensor (text, graph, node->weight);
  append_tensor (text, graph, node->bias);
  append_tensor (text, graph, node->mean);
  append_tensor (text, graph, node->variance);
  append_number (text, "activation", node->activation);
  append_number (text, "pool", node->pool);
  append_number (text, "heads", node->heads);
  append_number (text, "kv_heads", node->kv_heads);
  append_number (text, "groups", node->groups);
  append_number (text, "kernel", node->kernel);
  append_number (text, "stride", node->stride);
  append_number (text, "padding", node->padding);
  append_number (text, "padding_end", node->padding_end);
  append_number (text, "dilation", node->dilation);
  append_number (text, "start", node->start);
  append_number (text, "count", node->count);
  append_number (text, "transposed", node->is_transposed);
  append_number (text, "causal", node->is_causal);
  if (node->epsilon > 0)
    g_string_append_printf (text, " epsilon=%g", node->epsilon);
  g_string_append_c (text, '\n');
}

char *
graph_to_text (const AmGraph *graph)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    append_node (text, graph, i);
  return g_string_free (text, FALSE);
}

void
described_network_assert_graph (const DescribedNetwork *network, const char *yaml, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmGraph) graph = described_network_read (network, yaml, &error);
  g_autofree char *found = NULL;

  g_assert_no_error (error);
  found = graph_to_text (graph);
  g_assert_cmpstr (found, ==, text);
}

void
described_network_assert_error (const DescribedNetwork *network, const char *yaml, AmError code,
                                const char *wanted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmGraph) graph = described_network_read (network, yaml, &error);
  g_auto (GStrv) parts = g_strsplit (wanted, "|", -1);
  const char *rest;

  if (graph != NULL)
    g_error ("no error for %s", yaml);
  g_assert_error (error, AM_ERROR, (gint)code);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  rest = error->message;
  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *found = strstr (rest, parts[i]);

      if (found == NULL)
        g_error ("'%s' is not in '%s'", parts[i], error->message);
      rest = found + strlen (parts[i]);
    }
}

gboolean
graph_has_note (const AmGraph *graph, const char *part)
{
  for (const char *const *note = am_graph_get_notes (graph); *note != NULL; note++)
    if (strstr (*note, part) != NULL)
      return TRUE;
  return FALSE;
}
