/* Reordering leaves perceptrons, convolutional networks and vision transformers as they are. */
#include "preservation.h"

static void
add_conv (NetworkFixture *fixture, guint n_out, guint n_in, guint kernel, const char *name)
{
  g_autofree char *shape = g_strdup_printf ("%u,%u,%u,%u", n_out, n_in, kernel, kernel);

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

static void
test_mlp (void)
{
  static const InputSize sizes[] = { { "input", 1, 1 }, { NULL, 0, 0 } };
  g_autoptr (NetworkFixture) fixture = network_fixture_new (1);
  g_autoptr (Network) network = NULL;

  network_fixture_add_linear (fixture, 12, 6, "fc1");
  network_fixture_add_linear (fixture, 10, 12, "fc2");
  network_fixture_add_linear (fixture, 4, 10, "fc3");
  network = network_fixture_open (fixture);
  preservation_assert_axis (network, "fc1.weight", 1, "fixed 6");
  preservation_assert_axis (network, "fc1.weight", 0, "units 12");
  preservation_assert_axis (network, "fc1.bias", 0, "units 12");
  preservation_assert_axis (network, "fc2.weight", 1, "units 12");
  preservation_assert_axis (network, "fc2.weight", 0, "units 10");
  preservation_assert_axis (network, "fc3.weight", 0, "fixed 4");
  g_assert_cmpuint (am_symmetries_get_n_factors (network->symmetries), ==, 2);
  preservation_assert (network, sizes, 100);
}

/* Convolutions of @plan (0: pooling) and three matrices. */
static Network *
open_vgg (const guint *plan, guint n, gboolean has_norm)
{
  g_autoptr (NetworkFixture) fixture = network_fixture_new (2);
  guint layer = 0, width = 3;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *conv = g_strdup_printf ("features.%u", layer);
      g_autofree char *norm = g_strdup_printf ("features.%u", layer + 1);
      g_autofree char *shape = g_strdup_printf ("%u", plan[i]);

      layer += plan[i] == 0 ? 1 : has_norm ? 3 : 2;
      if (plan[i] == 0)
        continue;
      add_conv (fixture, plan[i], width, 3, conv);
      network_fixture_add (fixture, shape, "%s.bias", conv);
      if (has_norm)
        add_batch_norm (fixture, plan[i], norm);
      width = plan[i];
    }
  network_fixture_add_linear (fixture, 12, 4 * width, "classifier.0");
  network_fixture_add_linear (fixture, 10, 12, "classifier.3");
  network_fixture_add_linear (fixture, 5, 10, "classifier.6");
  return network_fixture_open (fixture);
}

/* Eight convolutions and five poolings: 64 x 64 pixels are 2 x 2 at the end. */
static void
test_vgg (gconstpointer data)
{
  static const guint plan[] = { 4, 0, 4, 0, 6, 6, 0, 6, 8, 0, 8, 7, 0 };
  static const InputSize sizes[] = { { "picture", 64, 64 }, { NULL, 0, 0 } };
  gboolean has_norm = GPOINTER_TO_INT (data);
  g_autoptr (Network) network = open_vgg (plan, G_N_ELEMENTS (plan), has_norm);

  preservation_assert_axis (network, "features.0.weight", 1, "fixed 3");
  preservation_assert_axis (network, "features.0.weight", 0, "units 4");
  preservation_assert_axis (network, has_norm ? "features.4.weight" : "features.3.weight", 1, "units 4");
  preservation_assert_axis (network, "classifier.0.weight", 1, "units 7, fixed 4");
  preservation_assert_axis (network, "classifier.6.weight", 0, "fixed 5");
  g_assert_cmpuint (am_symmetries_get_n_factors (network->symmetries), ==, 10);
  preservation_assert (network, sizes, 100);
}

/**
 * Resnet:
 * @stem: kernel of the first convolution
 * @size: of the picture
 * @groups: of the bottlenecks' middle convolution
 */
typedef struct
{
  const char *name;
  guint n_stages;
  guint blocks[4];
  gboolean is_bottleneck;
  guint stem, size, groups, n_factors;
} Resnet;

#define WIDTH 4

static void
add_block_conv (NetworkFixture *fixture, const Resnet *net, guint n_out, guint n_in, const char *prefix,
                guint c)
{
  g_autofree char *conv = g_strdup_printf ("%s.conv%u", prefix, c);
  g_autofree char *norm = g_strdup_printf ("%s.bn%u", prefix, c);

  add_conv (fixture, n_out, n_in, net->is_bottleneck && c != 2 ? 1 : 3, conv);
  add_batch_norm (fixture, n_out, norm);
}

/* A block; returns its width. */
static guint
add_block (NetworkFixture *fixture, const Resnet *net, const char *prefix, guint n_in, guint inner)
{
  guint n_out = net->is_bottleneck ? 4 * inner : inner;
  g_autofree char *conv = g_strdup_printf ("%s.downsample.0", prefix);
  g_autofree char *norm = g_strdup_printf ("%s.downsample.1", prefix);

  add_block_conv (fixture, net, inner, n_in, prefix, 1);
  add_block_conv (fixture, net, inner, inner / net->groups, prefix, 2);
  if (net->is_bottleneck)
    add_block_conv (fixture, net, n_out, inner, prefix, 3);
  if (n_in == n_out)
    return n_out;
  add_conv (fixture, n_out, n_in, 1, conv);
  add_batch_norm (fixture, n_out, norm);
  return n_out;
}

static void
add_stages (NetworkFixture *fixture, const Resnet *net)
{
  guint width = WIDTH;

  add_conv (fixture, WIDTH, 3, net->stem, "conv1");
  add_batch_norm (fixture, WIDTH, "bn1");
  for (guint stage = 0; stage < net->n_stages; stage++)
    for (guint block = 0; block < net->blocks[stage]; block++)
      {
        g_autofree char *prefix = g_strdup_printf ("layer%u.%u", stage + 1, block);

        width = add_block (fixture, net, prefix, width, WIDTH << stage);
      }
  network_fixture_add_linear (fixture, 5, width, "fc");
}

/* One space per stage's trunk (and the stem's, where the first block widens it), and one or two in each
 * block; with groups three: the groups, and what is inside of them before and behind the convolution. */
static const Resnet resnets[] = {
  { "resnet20", 3, { 3, 3, 3 }, FALSE, 3, 8, 1, 3 + 9 },
  { "resnet32", 3, { 5, 5, 5 }, FALSE, 3, 8, 1, 3 + 15 },
  { "resnet56", 3, { 9, 9, 9 }, FALSE, 3, 8, 1, 3 + 27 },
  { "resnet18", 4, { 2, 2, 2, 2 }, FALSE, 7, 32, 1, 4 + 8 },
  { "resnet34", 4, { 3, 4, 6, 3 }, FALSE, 7, 32, 1, 4 + 16 },
  { "resnet50", 4, { 3, 4, 6, 3 }, TRUE, 7, 32, 1, 5 + 2 * 16 },
  { "resnet101", 4, { 3, 4, 23, 3 }, TRUE, 7, 32, 1, 5 + 2 * 33 },
  { "resnet152", 4, { 3, 8, 36, 3 }, TRUE, 7, 32, 1, 5 + 2 * 50 },
  { "resnet50", 4, { 3, 4, 6, 3 }, TRUE, 7, 32, 2, 5 + 3 * 16 },
};

static void
test_resnet (gconstpointer data)
{
  const Resnet *net = data;
  const InputSize sizes[] = { { "picture", net->size, net->size }, { NULL, 0, 0 } };
  g_autoptr (NetworkFixture) fixture = network_fixture_new (3);
  g_autoptr (Network) network = NULL;

  add_stages (fixture, net);
  network = network_fixture_open (fixture);
  g_assert_cmpstr (am_model_get_architecture (network->model), ==, net->name);
  preservation_assert_axis (network, "conv1.weight", 1, "fixed 3");
  preservation_assert_axis (network, "layer2.0.conv1.weight", 0,
                            net->groups > 1 ? "groups 2, units 4" : "units 8");
  preservation_assert_axis (network, "layer2.0.conv2.weight", 1, net->groups > 1 ? "units 4" : "units 8");
  preservation_assert_axis (network, "fc.weight", 0, "fixed 5");
  g_assert_cmpint (network_find_factor (network, "layer2.1.conv1.weight", 1, 0, 0), ==,
                   network_find_factor (network, "layer2.0.downsample.1.running_var", 0, 0, 0));
  g_assert_cmpint (network_find_factor (network, "layer2.1.conv1.weight", 1, 0, 0), !=,
                   network_find_factor (network, "layer2.1.conv1.weight", 0, 0, 0));
  g_assert_cmpuint (am_symmetries_get_n_factors (network->symmetries), ==, net->n_factors);
  preservation_assert (network, sizes, 60);
}

/* Shortcuts that widen without weights: only channels inside of blocks move. */
static void
test_padded_resnet (void)
{
  static const Resnet net = { "resnet20", 3, { 3, 3, 3 }, FALSE, 3, 8, 1, 9 };
  static const InputSize sizes[]
      = { { "picture", 8, 8 }, { "layer2.0.zeros", 4, 4 }, { "layer3.0.zeros", 2, 2 }, { NULL, 0, 0 } };
  g_autoptr (NetworkFixture) fixture = network_fixture_new (3);
  g_autoptr (Network) network = NULL;

  network_fixture_leave_out (fixture, ".downsample.");
  add_stages (fixture, &net);
  network = network_fixture_open (fixture);
  preservation_assert_axis (network, "conv1.weight", 0, "fixed 4");
  preservation_assert_axis (network, "layer2.0.conv2.weight", 0, "fixed 8");
  preservation_assert_axis (network, "layer2.0.conv1.weight", 0, "units 8");
  g_assert_cmpuint (am_symmetries_get_n_factors (network->symmetries), ==, net.n_factors);
  preservation_assert (network, sizes, 60);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preservation/mlp", test_mlp);
  g_test_add_data_func ("/preservation/vgg", GINT_TO_POINTER (FALSE), test_vgg);
  g_test_add_data_func ("/preservation/vgg-bn", GINT_TO_POINTER (TRUE), test_vgg);
  for (guint i = 0; i < G_N_ELEMENTS (resnets); i++)
    {
      g_autofree char *path
          = g_strconcat ("/preservation/", resnets[i].name, resnets[i].groups > 1 ? "-grouped" : "", NULL);

      g_test_add_data_func (path, &resnets[i], test_resnet);
    }
  g_test_add_func ("/preservation/resnet20-padded", test_padded_resnet);
  return g_test_run ();
}
