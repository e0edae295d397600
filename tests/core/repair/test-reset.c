/* Batch norms: RESET, and REPAIR of what lies between them. */
#include <math.h>
#include <string.h>

#include "repair-case.h"

#define N_SAMPLES 60

static const char *const batch_norms[]
    = { "bn1",          "layer1.0.bn1", "layer1.0.bn2",          "layer2.0.bn1",         "layer2.0.bn2",
        "layer3.0.bn1", "layer3.0.bn2", "layer2.0.downsample.1", "layer3.0.downsample.1" };

static float *
read_tensor (const char *path, const char *stem, const char *ending, guint64 *n)
{
  g_autofree char *name = g_strconcat (stem, ending, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, &error);
  const AmTensor *tensor = am_checkpoint_find (checkpoint, name, NULL);
  float *values = g_new (float, tensor->length);

  am_checkpoint_read_floats (checkpoint, tensor, 0, tensor->length, values, &error);
  g_assert_no_error (error);
  *n = tensor->length;
  return values;
}

/* Running statistics are those of what reaches the batch norm, in the file that was written. */
static void
assert_reset (const Case *self, const char *name)
{
  const guint node = find_layer (self->network, name);
  const AmGraph *graph = am_network_get_graph (am_vision_network_get_network (self->network));
  guint64 n_rows, n_units, n;
  g_autofree double *values = run_reference (self->output, self->dataset,
                                             am_graph_get_node (graph, node)->inputs[0], &n_rows, &n_units);
  g_autofree float *means = read_tensor (self->output, name, ".running_mean", &n);
  g_autofree float *variances = read_tensor (self->output, name, ".running_var", &n);

  g_assert_cmpuint (n, ==, n_units);
  for (guint64 c = 0; c < n_units; c++)
    {
      double mean, deviation;

      find_moments (values, n_rows, n_units, c, &mean, &deviation);
      g_assert_cmpfloat_with_epsilon (means[c], mean, 1e-4 * deviation);
      g_assert_cmpfloat_with_epsilon (sqrt (variances[c]), deviation, 1e-4 * deviation);
    }
}

static void
assert_same (const Case *self, const char *stem, const char *ending, gboolean is_same)
{
  guint64 n;
  g_autofree float *before = read_tensor (self->merged, stem, ending, &n);
  g_autofree float *after = read_tensor (self->output, stem, ending, &n);

  g_assert_cmpint (memcmp (before, after, n * sizeof *before) == 0, ==, is_same);
}

/* Without parents. */
static void
test_reset (void)
{
  g_autoptr (AmRepair) repair = NULL;
  g_autoptr (GError) error = NULL;
  Case self;

  case_init (&self, "resnet", 0.5, AM_DTYPE_F32, N_SAMPLES);
  repair = am_repair_new (self.network, NULL, 0, self.dataset, &self.settings, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (am_repair_get_method (repair), ==, AM_REPAIR_RESET);
  g_assert_true (isnan (am_repair_get_ratio (repair)));
  g_assert_null (am_repair_get_new_tensors (repair)[0]);
  am_repair_write (repair, self.output, FALSE, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (am_repair_get_n_layers (repair), ==, G_N_ELEMENTS (batch_norms));
  for (guint i = 0; i < G_N_ELEMENTS (batch_norms); i++)
    {
      g_assert_true (am_repair_get_layer (repair, i)->is_reset);
      g_assert_cmpfloat (am_repair_get_layer (repair, i)->mean_error, <, 1e-4);
      assert_reset (&self, batch_norms[i]);
      assert_same (&self, batch_norms[i], ".weight", TRUE);
      assert_same (&self, batch_norms[i], ".bias", TRUE);
      assert_same (&self, batch_norms[i], ".running_var", FALSE);
    }
  assert_same (&self, "layer3.0.conv2", ".weight", TRUE);
  assert_same (&self, "fc", ".weight", TRUE);
  case_clear (&self);
}

/* The node that adds what the layer called @name makes. */
static guint
find_sum (const Case *self, const char *name)
{
  const guint layer = find_layer (self->network, name);
  const AmGraph *graph = am_network_get_graph (am_vision_network_get_network (self->network));

  for (guint i = layer; i < am_graph_get_n_nodes (graph); i++)
    {
      const AmNode *node = am_graph_get_node (graph, i);

      if (node->type == AM_NODE_ADD && (node->inputs[0] == layer || node->inputs[1] == layer))
        return i;
    }
  g_assert_not_reached ();
}

/* Block outputs in front of their activation have the parents' statistics. */
static void
assert_sum (const Case *self, const char *name)
{
  const guint node = find_sum (self, name);
  guint64 n_rows, n_units;
  g_autofree double *a = run_reference (self->a, self->dataset, node, &n_rows, &n_units);
  g_autofree double *b = run_reference (self->b, self->dataset, node, &n_rows, &n_units);
  g_autofree double *repaired = run_reference (self->output, self->dataset, node, &n_rows, &n_units);

  for (guint64 c = 0; c < n_units; c++)
    {
      double mean_a, mean_b, mean, deviation_a, deviation_b, deviation;

      find_moments (a, n_rows, n_units, c, &mean_a, &deviation_a);
      find_moments (b, n_rows, n_units, c, &mean_b, &deviation_b);
      find_moments (repaired, n_rows, n_units, c, &mean, &deviation);
      deviation_a = 0.5 * (deviation_a + deviation_b);
      g_assert_cmpfloat_with_epsilon (mean, 0.5 * (mean_a + mean_b), 1e-4 * deviation_a);
      g_assert_cmpfloat_with_epsilon (deviation, deviation_a, 1e-4 * deviation_a);
    }
}

static void
test_rescale (void)
{
  g_autoptr (AmRepair) repair = NULL;
  Case self;

  case_init (&self, "resnet", 0.5, AM_DTYPE_F32, N_SAMPLES);
  self.settings.method = AM_REPAIR_RESCALE;
  repair = case_run (&self);
  g_assert_cmpuint (am_repair_get_n_layers (repair), ==, G_N_ELEMENTS (batch_norms) + 4);
  for (guint i = 0; i < G_N_ELEMENTS (batch_norms); i++)
    assert_reset (&self, batch_norms[i]);
  assert_sum (&self, "layer1.0.bn2");
  assert_sum (&self, "layer2.0.bn2");
  assert_sum (&self, "layer3.0.bn2");
  case_assert_unit_statistics (&self, "fc", 0.5, 1e-4);
  case_clear (&self);
}

static char *
write_with (guint n_threads, gsize *size)
{
  g_autoptr (AmRepair) repair = NULL;
  char *bytes;
  Case self;

  case_init (&self, "resnet", 0.5, AM_DTYPE_F32, N_SAMPLES);
  self.settings.method = AM_REPAIR_RESCALE;
  self.settings.n_threads = n_threads;
  repair = case_run (&self);
  g_file_get_contents (self.output, &bytes, size, NULL);
  case_clear (&self);
  return bytes;
}

static void
test_threads (void)
{
  gsize size_one, size_many;
  g_autofree char *one = write_with (1, &size_one);
  g_autofree char *many = write_with (3, &size_many);

  g_assert_cmpmem (one, size_one, many, size_many);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reset/statistics", test_reset);
  g_test_add_func ("/reset/rescale", test_rescale);
  g_test_add_func ("/reset/threads", test_threads);
  return g_test_run ();
}
