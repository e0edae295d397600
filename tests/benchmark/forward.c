/* Times forward passes of a vision model on random pictures.
 *
 *   forward CHECKPOINT [SIZE] [PICTURES OF A BATCH] [BATCHES]
 *
 * Prints the milliseconds that a picture takes, in the fastest batch. */
#include <stdio.h>
#include <stdlib.h>

#include "network/vision-network.h"

static void
require (gboolean is_good, GError *error)
{
  if (is_good)
    return;
  fprintf (stderr, "%s\n", error->message);
  exit (1);
}

static double
time_batch (AmNetwork *network, const AmValue *value)
{
  g_autoptr (GError) error = NULL;
  const gint64 start = g_get_monotonic_time ();
  g_autoptr (AmNetworkRun) run = am_network_run_new (network, value, FALSE, &error);

  require (run != NULL, error);
  require (am_network_run_forward (run, NULL, NULL, NULL, &error), error);
  return (double)(g_get_monotonic_time () - start) / 1000.0 / value->n_samples;
}

static guint
get_number (int argc, char **argv, int i, guint otherwise)
{
  return argc > i ? (guint)atoi (argv[i]) : otherwise;
}

int
main (int argc, char **argv)
{
  const guint size = get_number (argc, argv, 2, 224), n = get_number (argc, argv, 3, 8);
  const gsize n_elements = (gsize)n * size * size * 3;
  g_autofree AmReal *data = g_new (AmReal, n_elements);
  const AmValue value = { n, size, size, 3, data };
  g_autoptr (GError) error = NULL;
  g_autoptr (AmVisionNetwork) network = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  double fastest = G_MAXDOUBLE;

  if (argc < 2)
    {
      fprintf (stderr, "usage: forward CHECKPOINT [SIZE] [PICTURES OF A BATCH] [BATCHES]\n");
      return 2;
    }
  network = am_vision_network_open (argv[1], NULL, NULL, &error);
  require (network != NULL, error);
  for (gsize i = 0; i < n_elements; i++)
    data[i] = (AmReal)g_rand_double_range (rand, -2.0, 2.0);
  for (guint i = 0; i < get_number (argc, argv, 4, 10); i++)
    fastest = MIN (fastest, time_batch (am_vision_network_get_network (network), &value));
  printf ("%.2f\n", fastest);
  return 0;
}
