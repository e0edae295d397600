/* A network reordered at random comes back unit by unit by what its units say on data, whatever kinds of
 * layers it has. */
#include <string.h>

#include "align/activation-matching.h"
#include "align/alignment.h"
#include "fixture-checkpoint.h"
#include "matching-fixture.h"
#include "network-fixture.h"

static char *folder;

/* @shape: of all pictures, with their number in front */
static AmDataset *
open_random_data (const char *shape)
{
  static guint number = 0;
  g_autofree char *name = g_strdup_printf ("pictures-%u.safetensors", number++);
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  AmDataset *dataset;

  fixture_add_random (fixture, "images", AM_DTYPE_F32, shape, 77, 1.0);
  path = fixture_write (fixture, folder, name);
  dataset = am_dataset_open (path, NULL, &error);
  g_assert_no_error (error);
  return dataset;
}

static AmMatching *
match (const Network *network, MatchingSide *model, MatchingSide *reference, AmDataset *dataset,
       const AmAlignSettings *settings, guint n_threads, GError **error)
{
  return am_activation_matching_run (network->symmetries, model->model, model->checkpoint, reference->model,
                                     reference->checkpoint, dataset, settings, n_threads, NULL, NULL, error);
}

static void
recover (const Network *network, AmDataset *dataset, double noise, guint32 seed, AmAlignObjective objective)
{
  g_autoptr (MatchingSide) side = matching_side_open (network->path);
  g_autoptr (AmReorder) hidden = am_reorder_new_random (network->symmetries, seed);
  g_autoptr (MatchingSide) moved
      = matching_side_new_reordered (side, hidden, folder, noise, seed, AM_DTYPE_F32);
  g_autoptr (AmAlignSettings) settings = am_align_settings_new ();
  g_autoptr (AmMatching) matching = NULL;
  g_autoptr (GError) error = NULL;

  settings->objective = objective;
  matching = match (network, moved, side, dataset, settings, 2, &error);
  g_assert_no_error (error);
  matching_assert_undone (matching->reorder, hidden);
  g_assert_cmpfloat (matching->total.inner_after, >, matching->total.inner_before);
  g_assert_cmpfloat (matching->total_correlation.after, >, matching->total_correlation.before);
  if (noise == 0.0)
    {
      g_assert_cmpfloat (matching->total_correlation.after, >, 0.95);
      g_assert_cmpfloat (matching->total.inner_after, >, matching->total.norm_a * (1.0 - 1e-6));
    }
  g_test_message ("seed %u: correlation %.4f, then %.4f", seed, matching->total_correlation.before,
                  matching->total_correlation.after);
}

static void
recover_all (const Network *network, const char *shape)
{
  g_autoptr (AmDataset) dataset = open_random_data (shape);

  recover (network, dataset, 0.0, 1, AM_ALIGN_CORRELATION);
  recover (network, dataset, 0.02, 2, AM_ALIGN_CORRELATION);
}

static Network *
new_perceptron (guint64 seed)
{
  g_autoptr (NetworkFixture) fixture = network_fixture_new (seed);

  network_fixture_add_linear (fixture, 48, 20, "layers.0");
  network_fixture_add_linear (fixture, 48, 48, "layers.1");
  network_fixture_add_linear (fixture, 32, 48, "layers.2");
  network_fixture_add_linear (fixture, 10, 32, "layers.3");
  return network_fixture_open (fixture);
}

static void
test_perceptron (void)
{
  g_autoptr (Network) network = new_perceptron (1);

  recover_all (network, "400,20");
}

static void
add_conv (NetworkFixture *fixture, const char *shape, const char *name)
{
  network_fixture_add (fixture, shape, "%s.weight", name);
}

static void
add_batch_norm (NetworkFixture *fixture, guint width, const char *name)
{
  g_autofree char *shape = g_strdup_printf ("%u", width);

  network_fixture_add_norm (fixture, width, "%s", name);
  network_fixture_add (fixture, shape, "%s.running_mean", name);
  network_fixture_add (fixture, shape, "%s.running_var", name);
}

/* Three stages; between them convolutions on the stream. */
static void
test_residual_network (void)
{
  static const struct
  {
    const char *conv, *shape, *norm;
    guint width;
  } layers[] = {
    { "conv1", "16,3,3,3", "bn1", 16 },
    { "layer1.0.conv1", "16,16,3,3", "layer1.0.bn1", 16 },
    { "layer1.0.conv2", "16,16,3,3", "layer1.0.bn2", 16 },
    { "layer1.1.conv1", "16,16,3,3", "layer1.1.bn1", 16 },
    { "layer1.1.conv2", "16,16,3,3", "layer1.1.bn2", 16 },
    { "layer2.0.conv1", "32,16,3,3", "layer2.0.bn1", 32 },
    { "layer2.0.conv2", "32,32,3,3", "layer2.0.bn2", 32 },
    { "layer2.0.downsample.0", "32,16,1,1", "layer2.0.downsample.1", 32 },
    { "layer3.0.conv1", "48,32,3,3", "layer3.0.bn1", 48 },
    { "layer3.0.conv2", "48,48,3,3", "layer3.0.bn2", 48 },
    { "layer3.0.downsample.0", "48,32,1,1", "layer3.0.downsample.1", 48 },
  };
  g_autoptr (NetworkFixture) fixture = network_fixture_new (2);
  g_autoptr (Network) network = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    {
      add_conv (fixture, layers[i].shape, layers[i].conv);
      add_batch_norm (fixture, layers[i].width, layers[i].norm);
    }
  network_fixture_add_linear (fixture, 10, 48, "fc");
  network = network_fixture_open (fixture);
  recover_all (network, "40,3,8,8");
}

static void
add_vit_block (NetworkFixture *fixture, guint width, guint block)
{
  network_fixture_add_norm (fixture, width, "blocks.%u.norm1", block);
  network_fixture_add_linear (fixture, 3 * width, width, "blocks.%u.attn.qkv", block);
  network_fixture_add_linear (fixture, width, width, "blocks.%u.attn.proj", block);
  network_fixture_add_norm (fixture, width, "blocks.%u.norm2", block);
  network_fixture_add_linear (fixture, 2 * width, width, "blocks.%u.mlp.fc1", block);
  network_fixture_add_linear (fixture, width, 2 * width, "blocks.%u.mlp.fc2", block);
}

static Network *
new_transformer (void)
{
  g_autoptr (NetworkFixture) fixture = network_fixture_new (3);

  network_fixture_add (fixture, "1,1,192", "cls_token");
  network_fixture_add (fixture, "1,17,192", "pos_embed");
  network_fixture_add (fixture, "192,3,4,4", "patch_embed.proj.weight");
  network_fixture_add (fixture, "192", "patch_embed.proj.bias");
  for (guint block = 0; block < 2; block++)
    add_vit_block (fixture, 192, block);
  network_fixture_add_norm (fixture, 192, "norm");
  network_fixture_add_linear (fixture, 10, 192, "head");
  return network_fixture_open (fixture);
}

/* Three heads, whose channels are found inside the heads that are found. */
static void
test_transformer (void)
{
  g_autoptr (Network) network = new_transformer ();

  recover_all (network, "60,3,16,16");
}

static void
test_product (void)
{
  g_autoptr (Network) network = new_perceptron (12);
  g_autoptr (AmDataset) dataset = open_random_data ("400,20");

  recover (network, dataset, 0.0, 5, AM_ALIGN_PRODUCT);
}

/* Networks that have nothing in common: the order found is the same for any number of threads, and better
 * than none. */
static void
test_threads (void)
{
  g_autoptr (Network) network = new_transformer ();
  g_autoptr (MatchingSide) a = matching_side_new_random (network->graph, folder, 11, NULL);
  g_autoptr (MatchingSide) b = matching_side_new_random (network->graph, folder, 12, NULL);
  g_autoptr (AmDataset) dataset = open_random_data ("20,3,16,16");
  g_autoptr (AmAlignSettings) settings = am_align_settings_new ();
  g_autoptr (AmMatching) first = NULL;

  settings->n_samples = 10;
  for (guint n_threads = 1; n_threads <= 3; n_threads++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AmMatching) matching = match (network, b, a, dataset, settings, n_threads, &error);

      g_assert_no_error (error);
      g_assert_cmpfloat (matching->total_correlation.after, >, matching->total_correlation.before + 0.1);
      if (first == NULL)
        first = g_steal_pointer (&matching);
      else
        g_assert_true (matching_is_equal (first->reorder, matching->reorder));
    }
}

/* Some of B's hidden units never say anything. */
static MatchingSide *
new_dead_side (const Network *network, const guint *dead, guint n_dead, guint32 seed)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *name = g_strdup_printf ("dead-%u.safetensors", seed);
  g_autofree char *path = NULL;
  g_autoptr (MatchingSide) side = matching_side_open (network->path);

  for (guint i = 0; i < am_graph_get_n_tensors (network->graph); i++)
    {
      const AmGraphTensor *tensor = am_graph_get_tensor (network->graph, i);
      g_autofree double *values = matching_side_read (side, network->graph, i);
      g_autofree char *shape
          = tensor->n_dims == 1 ? g_strdup_printf ("%u", (guint)tensor->shape[0])
                                : g_strdup_printf ("%u,%u", (guint)tensor->shape[0], (guint)tensor->shape[1]);

      for (guint k = 0; k < n_dead && g_str_equal (tensor->name, "layers.0.bias"); k++)
        values[dead[k]] = -1000.0;
      fixture_add_values (fixture, tensor->name, AM_DTYPE_F32, shape, values);
    }
  path = fixture_write (fixture, folder, name);
  return matching_side_open (path);
}

/* Whether a number is among others. */
static gboolean
is_in (guint number, const guint *numbers, guint n)
{
  for (guint i = 0; i < n; i++)
    if (numbers[i] == number)
      return TRUE;
  return FALSE;
}

static void
test_dead_units (void)
{
  static const guint dead_a[] = { 3, 20, 47, 8 }, dead_b[] = { 30, 3, 9, 46 };
  g_autoptr (Network) network = new_perceptron (6);
  g_autoptr (MatchingSide) a = new_dead_side (network, dead_a, 4, 1);
  g_autoptr (MatchingSide) b = new_dead_side (network, dead_b, 4, 2);
  g_autoptr (AmDataset) dataset = open_random_data ("300,20");
  g_autoptr (AmAlignSettings) settings = am_align_settings_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AmMatching) matching = match (network, b, a, dataset, settings, 2, &error);
  const gint factor = network_find_factor (network, "layers.0.weight", 0, 0, 0);
  guint last = 0;

  g_assert_no_error (error);
  for (guint i = 0; i < 48; i++)
    {
      const guint from = matching->reorder->permutations[factor][i];

      if (!is_in (i, dead_a, 4) && !is_in (i, dead_b, 4))
        g_assert_cmpuint (from, ==, i);
      if (!is_in (from, dead_b, 4))
        continue;
      g_assert_cmpuint (from + 1, >, last);
      last = from + 1;
    }
}

/* Runs on B's own order when nothing is to be gained. */
static void
test_identity (void)
{
  g_autoptr (Network) network = new_perceptron (7);
  g_autoptr (MatchingSide) side = matching_side_open (network->path);
  g_autoptr (AmDataset) dataset = open_random_data ("100,20");
  g_autoptr (AmAlignSettings) settings = am_align_settings_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AmMatching) matching = match (network, side, side, dataset, settings, 2, &error);

  g_assert_no_error (error);
  g_assert_true (am_reorder_is_identity (matching->reorder));
}

static void
assert_fails (const Network *network, AmDataset *dataset, const AmAlignSettings *settings, AmError code,
              const char *words)
{
  g_autoptr (MatchingSide) side = matching_side_open (network->path);
  g_autoptr (GError) error = NULL;

  g_assert_null (match (network, side, side, dataset, settings, 2, &error));
  g_assert_error (error, AM_ERROR, (gint)code);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_errors (void)
{
  g_autoptr (Network) network = new_perceptron (8);
  g_autoptr (AmDataset) good = open_random_data ("10,20");
  g_autoptr (AmDataset) wide = open_random_data ("10,21");
  g_autoptr (AmAlignSettings) settings = am_align_settings_new ();

  assert_fails (network, wide, settings, AM_ERROR_MISMATCH, am_dataset_get_path (wide));
  settings->rotate = TRUE;
  assert_fails (network, good, settings, AM_ERROR_BAD_RECIPE, "rotations");
}

/* Cancelled before it began. */
static void
test_cancel (void)
{
  g_autoptr (Network) network = new_perceptron (9);
  g_autoptr (MatchingSide) side = matching_side_open (network->path);
  g_autoptr (AmDataset) dataset = open_random_data ("10,20");
  g_autoptr (AmAlignSettings) settings = am_align_settings_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (am_activation_matching_run (network->symmetries, side->model, side->checkpoint, side->model,
                                             side->checkpoint, dataset, settings, 1, NULL, cancellable,
                                             &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  g_test_add_func ("/activation-matching/perceptron", test_perceptron);
  g_test_add_func ("/activation-matching/residual-network", test_residual_network);
  g_test_add_func ("/activation-matching/transformer", test_transformer);
  g_test_add_func ("/activation-matching/product", test_product);
  g_test_add_func ("/activation-matching/threads", test_threads);
  g_test_add_func ("/activation-matching/dead-units", test_dead_units);
  g_test_add_func ("/activation-matching/identity", test_identity);
  g_test_add_func ("/activation-matching/errors", test_errors);
  g_test_add_func ("/activation-matching/cancel", test_cancel);
  result = g_test_run ();
  fixture_remove_folder (folder);
  g_free (folder);
  return result;
}
