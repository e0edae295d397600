#include "statistics/measure-private.h"

/* Channels that a thread sums up at a time: a cache line of each row. */
#define NARROW 16

static void
add_channels (const AmValue *value, gsize first, gsize n, double *sums, double *squares)
{
  gsize n_rows = am_value_count_rows (value);

  for (gsize row = 0; row < n_rows; row++)
    for (gsize c = first; c < first + n; c++)
      {
        double x = value->data[row * value->channels + c];

        sums[c] += x;
        squares[c] += x * x;
      }
}

void
am_moments_observe (const AmMeasure *measure, AmNetworkRun *run, guint index)
{
  const AmNode *node = am_graph_get_node (measure->graph, index);
  const char *key = am_measure_get_key (measure, node->weight);
  const AmValue *value = am_network_run_get_value (run, index);
  double *sums;

  if (key == NULL || (node->type != AM_NODE_LINEAR && node->type != AM_NODE_CONV))
    return;
  sums = am_statistics_sums_get (measure->sums, AM_STATISTIC_MOMENTS, FALSE, key, 1, &value->channels);
#pragma omp parallel for num_threads(measure->n_threads) schedule(dynamic)
  for (gsize c = 0; c < value->channels; c += NARROW)
    add_channels (value, c, MIN (NARROW, value->channels - c), sums, sums + value->channels);
  am_statistics_sums_add_count (measure->sums, AM_STATISTIC_MOMENTS, FALSE, key,
                                (double)am_value_count_rows (value));
}
