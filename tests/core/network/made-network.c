#include "made-network.h"

#include <math.h>

#include "graph-forward.h"

AmNetwork *
made_network_new (const AmGraph *graph, const char *output)
{
  g_autoptr (ForwardWeights) weights = forward_weights_new_random (graph, 3);
  g_autoptr (GError) error = NULL;
  AmNetwork *network = am_network_new (graph, output, &error);

  g_assert_no_error (error);
  am_network_set_n_threads (network, 1);
  for (guint t = 0; t < am_graph_get_n_tensors (graph); t++)
    {
      gsize n = am_network_count_elements (network, t);
      g_autofree AmReal *values = g_new (AmReal, n);

      for (gsize i = 0; i < n; i++)
        values[i] = (AmReal)weights->values[t][i];
      am_network_set_weights (network, t, values);
    }
  return network;
}

AmNetworkRun *
made_run_new (AmNetwork *network, guint first, guint n, guint height, guint width, gboolean keep)
{
  const guint64 channels
      = am_graph_get_node (am_network_get_graph (network), am_network_get_input (network))->channels;
  const gsize n_sample = height * width * channels;
  g_autofree AmReal *data = g_new (AmReal, n * n_sample);
  const AmValue value = { n, height, width, channels, data };
  g_autoptr (GError) error = NULL;
  AmNetworkRun *run;

  for (gsize i = 0; i < n * n_sample; i++)
    data[i] = (AmReal)sin ((double)((first * n_sample + i) * 7 % 1000));
  run = am_network_run_new (network, &value, keep, &error);
  g_assert_no_error (error);
  return run;
}

void
made_run_forward (AmNetworkRun *run)
{
  g_autoptr (GError) error = NULL;

  am_network_run_forward (run, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
}

const AmValue *
made_run_get_output (AmNetwork *network, AmNetworkRun *run)
{
  const AmValue *value = am_network_run_get_value (run, am_network_get_output (network));

  g_assert_nonnull (value);
  return value;
}

gsize
made_value_count (const AmValue *value)
{
  return am_value_count_rows (value) * value->channels;
}

void
made_value_assert_equal (const AmValue *a, const AmValue *b)
{
  g_assert_cmpmem (a->data, made_value_count (a) * sizeof (AmReal), b->data,
                   made_value_count (b) * sizeof (AmReal));
}
