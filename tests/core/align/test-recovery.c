/* A network, reordered at random and disturbed, comes back unit by unit. AM_TEST_SLOW=1 takes larger networks
 * and ten seeds for all. */
#include <glib/gstdio.h>

#include "fixture-checkpoint.h"
#include "matching-fixture.h"
#include "network-fixture.h"

static char *folder;

static gboolean
is_slow (void)
{
  return g_strcmp0 (g_getenv ("AM_TEST_SLOW"), "1") == 0;
}

static void
recover (const Network *network, MatchingSide *side, double noise, guint32 seed)
{
  g_autoptr (AmReorder) hidden = am_reorder_new_random (network->symmetries, seed);
  g_autoptr (MatchingSide) moved
      = matching_side_new_reordered (side, hidden, folder, noise, seed, AM_DTYPE_F32);
  g_autoptr (AmAlignSettings) settings = am_align_settings_new ();
  g_autoptr (AmMatching) matching = NULL;

  settings->seed = seed;
  matching = matching_run (network->symmetries, moved, side, settings, 2);
  matching_assert_undone (matching->reorder, hidden);
  g_unlink (am_checkpoint_get_path (moved->checkpoint));
  g_test_message ("noise %g, seed %u: %u sweeps", noise, seed, matching->n_sweeps);
}

/* At noise 0 and at 0.3 of each tensor's deviation. */
static void
recover_all (const Network *network, guint n_seeds)
{
  g_autoptr (MatchingSide) side = matching_side_open (network->path);

  for (guint seed = 1; seed <= (is_slow () ? 10 : n_seeds); seed++)
    {
      recover (network, side, 0.0, seed);
      recover (network, side, 0.3, seed);
    }
}

static void
test_mlp (gconstpointer data)
{
  const guint *widths = data;
  g_autoptr (NetworkFixture) fixture = network_fixture_new (1);
  g_autoptr (Network) network = NULL;

  for (guint i = 0; widths[i + 1] != 0; i++)
    network_fixture_add_linear (fixture, widths[i + 1], widths[i], "layers.%u", i);
  network = network_fixture_open (fixture);
  recover_all (network, widths[1] < 100 ? 10 : 3);
}

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
add_block (NetworkFixture *fixture, guint stage, guint block, guint n_in, guint n_out)
{
  g_autofree char *stem = g_strdup_printf ("layer%u.%u", stage, block);

  for (guint c = 1; c <= 2; c++)
    {
      g_autofree char *conv = g_strdup_printf ("%s.conv%u", stem, c);
      g_autofree char *norm = g_strdup_printf ("%s.bn%u", stem, c);

      add_conv (fixture, n_out, c == 1 ? n_in : n_out, 3, conv);
      add_batch_norm (fixture, n_out, norm);
    }
  if (n_in != n_out)
    {
      g_autofree char *conv = g_strdup_printf ("%s.downsample.0", stem);
      g_autofree char *norm = g_strdup_printf ("%s.downsample.1", stem);

      add_conv (fixture, n_out, n_in, 1, conv);
      add_batch_norm (fixture, n_out, norm);
    }
}

/* ResNet-20 for small pictures (He et al. 2016, section 4.2), its widths times a factor. */
static void
test_resnet (gconstpointer data)
{
  const guint factor = GPOINTER_TO_UINT (data);
  g_autoptr (NetworkFixture) fixture = network_fixture_new (2);
  g_autoptr (Network) network = NULL;
  guint width = 16 * factor;

  add_conv (fixture, width, 3, 3, "conv1");
  add_batch_norm (fixture, width, "bn1");
  for (guint stage = 1; stage <= 3; stage++)
    for (guint block = 0; block < 3; block++)
      {
        guint n_out = (16 * factor) << (stage - 1);

        add_block (fixture, stage, block, width, n_out);
        width = n_out;
      }
  network_fixture_add_linear (fixture, 10, width, "fc");
  network = network_fixture_open (fixture);
  recover_all (network, factor == 1 ? 5 : 1);
}

static void
add_vit_block (NetworkFixture *fixture, guint width, guint block)
{
  network_fixture_add_norm (fixture, width, "blocks.%u.norm1", block);
  network_fixture_add_linear (fixture, 3 * width, width, "blocks.%u.attn.qkv", block);
  network_fixture_add_linear (fixture, width, width, "blocks.%u.attn.proj", block);
  network_fixture_add_norm (fixture, width, "blocks.%u.norm2", block);
  network_fixture_add_linear (fixture, 4 * width, width, "blocks.%u.mlp.fc1", block);
  network_fixture_add_linear (fixture, width, 4 * width, "blocks.%u.mlp.fc2", block);
}

/* ViT-tiny (Touvron et al. 2021, table 1) has 12 blocks of 192 channels in 3 heads. */
static void
test_vit (void)
{
  const guint n_blocks = is_slow () ? 12 : 6, width = 192;
  g_autoptr (NetworkFixture) fixture = network_fixture_new (3);
  g_autoptr (Network) network = NULL;

  network_fixture_add (fixture, "1,1,192", "cls_token");
  network_fixture_add (fixture, "1,197,192", "pos_embed");
  network_fixture_add (fixture, "192,3,16,16", "patch_embed.proj.weight");
  network_fixture_add (fixture, "192", "patch_embed.proj.bias");
  for (guint block = 0; block < n_blocks; block++)
    add_vit_block (fixture, width, block);
  network_fixture_add_norm (fixture, width, "norm");
  network_fixture_add_linear (fixture, 10, width, "head");
  network = network_fixture_open (fixture);
  recover_all (network, 1);
}

/* The UNet of Stable Diffusion 1.5 with its true names, its widths divided by 32; or all parts of it, divided
 * by 8. */
static void
test_diffusion (void)
{
  g_autoptr (GArray) rows = am_family_list_tensors (AM_FAMILY_SD1, is_slow () ? 8 : 32);
  g_autoptr (NetworkFixture) fixture = network_fixture_new (4);
  g_autoptr (Network) network = NULL;

  for (guint i = 0; i < rows->len; i++)
    {
      const AmExpectedTensor *row = &g_array_index (rows, AmExpectedTensor, i);
      g_autoptr (GString) shape = g_string_new (NULL);

      for (guint k = 0; k < row->n_dims; k++)
        g_string_append_printf (shape, "%s%" G_GUINT64_FORMAT, k > 0 ? "," : "", row->shape[k]);
      if (!row->is_optional && am_dtype_is_mergeable (row->dtype) && row->component != AM_COMPONENT_SCHEDULE
          && (is_slow () || row->component == AM_COMPONENT_DIFFUSION))
        network_fixture_add (fixture, shape->str, "%s", row->name);
    }
  network = network_fixture_open (fixture);
  recover_all (network, 1);
}

int
main (int argc, char **argv)
{
  static const guint small[] = { 32, 64, 64, 64, 10, 0 }, large[] = { 200, 256, 256, 256, 10, 0 };
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  g_test_add_data_func ("/recovery/mlp/64", small, test_mlp);
  g_test_add_data_func ("/recovery/mlp/256", large, test_mlp);
  g_test_add_data_func ("/recovery/resnet20/1", GUINT_TO_POINTER (1), test_resnet);
  g_test_add_data_func ("/recovery/resnet20/4", GUINT_TO_POINTER (4), test_resnet);
  g_test_add_func ("/recovery/vit-tiny", test_vit);
  g_test_add_func ("/recovery/stable-diffusion", test_diffusion);
  result = g_test_run ();
  fixture_remove_folder (folder);
  g_free (folder);
  return result;
}
