/* Which description a model gets, what it must cover, and perceptrons, which need none. */
#include "described-network.h"

#include <glib/gstdio.h>
#include <string.h>

#include "architecture/key-table.h"
#include "fixture-checkpoint.h"
#include "graph/description.h"

#define assert_graph described_network_assert_graph
#define assert_error described_network_assert_error

/* Folders of the users' data, fresh for each run. */
static char *home, *shared;

static void
write_description (const char *folder, const char *name, const char *yaml)
{
  g_autofree char *architectures = g_build_filename (folder, "amalgam", "architectures", NULL);
  g_autofree char *path = g_build_filename (architectures, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (architectures, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, yaml, -1, NULL));
}

static void
remove_description (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, "amalgam", "architectures", name, NULL);

  g_assert_cmpint (g_remove (path), ==, 0);
}

#define MINE "mine.a.weight 8,4\nmine.b.weight 2,8\nmine.scale 3,3,3\n"

static void
assert_chosen (const DescribedNetwork *network, const char *output)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmGraph) graph = described_network_read (network, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (am_graph_get_node (graph, am_graph_get_n_nodes (graph) - 1)->name, ==, output);
}

/* The user's own folder goes before the system's, and in each the order of names decides. */
static void
test_users_files (void)
{
  g_autoptr (DescribedNetwork) network = described_network_new (MINE);

  assert_error (network, NULL, AM_ERROR_UNSUPPORTED,
                "model.safetensors: no description of this network (Unknown");
  write_description (shared, "a.yaml",
                     "require: [mine.a.weight, mine.b.weight]\n"
                     "graph: [{input: x, channels: 4}, {linear: mine.a}, {linear: mine.b}, {output: shared}, "
                     "{keep: mine}]\n");
  assert_chosen (network, "shared");
  write_description (home, "z.yaml",
                     "require: [mine.a.weight]\n"
                     "graph: [{parameter: mine.a.weight}, {output: home}, {keep: mine}]\n");
  assert_chosen (network, "home");
  write_description (home, "b.yaml", "require: [mine.a.weight, mine.c.weight]\ngraph: []\n");
  write_description (home, "c.yaml", "graph: []\n");
  write_description (home, "d.txt", "require: [mine.a.weight]\ngraph: []\n");
  assert_chosen (network, "home");
  write_description (home, "broken.yaml", "require: {}\n");
  assert_chosen (network, "home");
  remove_description (home, "z.yaml");
  remove_description (shared, "a.yaml");
  assert_error (network, NULL, AM_ERROR_BAD_RECIPE, "broken.yaml:1:10: expected a list of tensors");
  remove_description (home, "broken.yaml");
}

static void
test_named_file (void)
{
  g_autoptr (DescribedNetwork) network = described_network_new (MINE);
  g_autoptr (AmGraph) graph = NULL;
  g_autoptr (GError) error = NULL;

  graph = am_graph_new_for_model (network->model, "/nonexistent/net.yaml", &error);
  g_assert_null (graph);
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_FOUND);
}

static void
test_adapter (void)
{
  g_autoptr (DescribedNetwork) network
      = described_network_new ("lora_unet_a.lora_down.weight 4,8\nlora_unet_a.lora_up.weight 8,4\n");

  g_assert_cmpint (am_model_get_family (network->model), ==, AM_FAMILY_LORA);
  assert_error (network, NULL, AM_ERROR_UNSUPPORTED, "no description of this network");
}

#define STEPS "graph: [{input: x, channels: 4}, {conv: a}, {linear: b}, {output: y}"

/* A tensor that no step uses, and three ways to have it. */
static void
test_left_over (void)
{
  g_autoptr (DescribedNetwork) network
      = described_network_new ("a.weight 8,4,1,1\nb.weight 2,8\nextra.0.w 3\nextra.1.w 3\nextra.10.w 3\n"
                               "extra.2.w 3\nposition_ids 1,77\noptimizer.state 5\n");
  g_autoptr (AmGraph) graph = NULL;
  g_autoptr (GError) error = NULL;

  assert_error (network, STEPS "]\n", AM_ERROR_UNSUPPORTED,
                "model.safetensors: 4 tensors are not in the description |net.yaml (extra.0.w, extra.1.w, "
                "extra.10.w, ...), so alignment cannot know");
  assert_error (network, STEPS ", {keep: extra.0}, {keep: extra.1}, {keep: extra.2.w}]\n",
                AM_ERROR_UNSUPPORTED, "1 tensor is not |(extra.10.w), so");
  assert_error (network, STEPS ", {keep: ext}]\n", AM_ERROR_UNSUPPORTED, "4 tensors are not");
  graph = described_network_read (
      network, STEPS ", {keep: extra, because: it is a scale}, {keep: nowhere, because: no}]\n", &error);
  g_assert_no_error (error);
  g_assert_true (graph_has_note (graph, "extra: it is a scale"));
  g_assert_false (graph_has_note (graph, "nowhere"));
  g_assert_true (graph_has_note (graph, "1 tensor of no known part stays as it is: optimizer.state"));
}

static guint
count_copies (const AmGraph *graph)
{
  guint n = 0;

  for (guint i = 0; i < am_graph_get_n_tensors (graph); i++)
    n += am_graph_get_tensor (graph, i)->copies != NULL;
  return n;
}

static guint
count_under (const AmModel *model, const char *prefix)
{
  guint n = 0;

  for (guint i = 0; i < am_checkpoint_get_n_tensors (am_model_get_checkpoint (model)); i++)
    n += g_str_has_prefix (am_model_get_role (model, i)->canonical, prefix);
  return n;
}

/* Averaged copies follow, a VAE alone or a UNet alone has a graph, and parts without one are named. */
static void
test_diffusion (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (DescribedNetwork) network = NULL;
  g_autoptr (AmGraph) graph = NULL, partial = NULL;
  g_autoptr (GError) error = NULL;
  guint tensor;

  sparse_add_family (sparse, AM_FAMILY_SD1, 8, TRUE);
  network = described_network_open (sparse, folder);
  graph = described_network_read (network, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_copies (graph), ==, count_under (network->model, "model.diffusion_model."));
  tensor = (guint)am_graph_find_tensor (graph, "model.diffusion_model.out.2.bias");
  g_assert_cmpstr (g_ptr_array_index (am_graph_get_tensor (graph, tensor)->copies, 0), ==,
                   "model_ema.diffusion_modelout2bias");
  g_assert_cmpint (am_graph_find_tensor (graph, "betas"), ==, AM_NO_TENSOR);
  partial = described_network_read (network, "include: [vae]\ngraph: [use: vae]\n", &error);
  g_assert_no_error (error);
  g_assert_true (graph_has_note (partial, "Diffusion network stays as it is"));
  g_assert_cmpuint (count_copies (partial), ==, 0);
}

static void
test_bare_unet (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (DescribedNetwork) network = NULL;
  g_autoptr (AmGraph) graph = NULL;
  g_autoptr (GError) error = NULL;

  sparse_add_family (sparse, AM_FAMILY_SD1, 8, FALSE);
  sparse_keep_prefix (sparse, "model.diffusion_model.");
  sparse_rename_prefix (sparse, "model.diffusion_model.", "");
  network = described_network_open (sparse, folder);
  graph = described_network_read (network, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (am_graph_find_tensor (graph, "model.diffusion_model.out.2.weight"), !=, AM_NO_TENSOR);
  g_assert_cmpuint (am_graph_get_n_tensors (graph), ==, am_checkpoint_get_n_tensors (network->checkpoint));
}

static void
test_odd_copy (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (DescribedNetwork) network = NULL;

  sparse_add_family (sparse, AM_FAMILY_SD1, 8, TRUE);
  sparse_reshape (sparse, "model_ema.diffusion_modelout2bias", "5");
  network = described_network_open (sparse, folder);
  assert_error (
      network, NULL, AM_ERROR_MISMATCH,
      "model.safetensors: model_ema.diffusion_modelout2bias, |model.diffusion_model.out.2.bias, has "
      "another shape");
}

/* A checkpoint whose widths do not go with its family's description. */
static void
test_odd_width (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (DescribedNetwork) network = NULL;

  sparse_add_family (sparse, AM_FAMILY_SD1, 8, FALSE);
  sparse_reshape (sparse, "model.diffusion_model.out.2.weight", "4,31,3,3");
  network = described_network_open (sparse, folder);
  assert_error (network, NULL, AM_ERROR_MISMATCH,
                "model.safetensors: unet.yaml (built in):|model.diffusion_model.out.2 (conv): "
                "model.diffusion_model.out.2.weight is [4, 31, 3, 3] and takes 31 channels, but |is 64 wide");
}

/* Numbers in the header, as GGUF files have them. */
static void
test_metadata (void)
{
  g_autoptr (DescribedNetwork) network = described_network_new ("#llama.attention.head_count 6\nw 24,6\n");
  g_autoptr (AmGraph) graph = NULL;
  g_autoptr (GError) error = NULL;

  graph = described_network_read (network,
                                  "graph: [{input: x, channels: 24}, {attention: [x, x, x], heads: "
                                  "config.llama.attention.head_count}]\n",
                                  &error);
  g_assert_no_error (error);
  g_assert_cmpuint (am_graph_get_node (graph, 1)->heads, ==, 6);
}

static void
test_perceptron (void)
{
  g_autoptr (DescribedNetwork) network = described_network_new ("fc10.weight 3,16\nfc10.bias 3\n"
                                                                "fc2.weight 16,16\nfc2.bias 16\n"
                                                                "fc1.weight 16,9\n");
  g_autoptr (AmGraph) graph = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (am_model_get_family (network->model), ==, AM_FAMILY_MLP);
  assert_graph (network, NULL,
                "0 input input < [9]\n"
                "1 linear fc1 <0 [16] fc1.weight\n"
                "2 activation activation 2 <1 [16]\n"
                "3 linear fc2 <2 [16] fc2.weight fc2.bias\n"
                "4 activation activation 4 <3 [16]\n"
                "5 linear fc10 <4 [3] fc10.weight fc10.bias\n"
                "6 output output <5 [3]\n");
  graph = described_network_read (network, NULL, &error);
  g_assert_true (graph_has_note (graph, "fc1.weight, fc2.weight, fc10.weight"));
}

/* What stands in front of each of the nodes that are norms, as "NORM:NODE ". */
static void
assert_norms (const char *rows, const char *wanted)
{
  g_autoptr (DescribedNetwork) network = described_network_new (rows);
  g_autoptr (GString) found = g_string_new (NULL);
  g_autoptr (AmGraph) graph = NULL;
  g_autoptr (GError) error = NULL;

  graph = described_network_read (network, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 1; i < am_graph_get_n_nodes (graph); i++)
    {
      const AmNode *node = am_graph_get_node (graph, i);

      if (node->type == AM_NODE_BATCH_NORM || node->type == AM_NODE_LAYER_NORM
          || node->type == AM_NODE_RMS_NORM)
        g_string_append_printf (found, "%s%s %s:%s", found->len > 0 ? ", " : "",
                                am_node_type_get_id (node->type), node->name,
                                am_graph_get_node (graph, node->inputs[0])->name);
    }
  g_assert_cmpstr (found->str, ==, wanted);
}

#define BATCH_NORM(stem, width)                                                                              \
  stem ".weight " width "\n" stem ".bias " width "\n" stem ".running_mean " width "\n" stem                  \
       ".running_var " width "\n"

static void
test_perceptron_norms (void)
{
  /* A sequence numbers them all. */
  assert_norms ("net.0.weight 16,16\nnet.3.weight 16,16\nnet.6.weight 4,16\n" BATCH_NORM ("net.1", "16")
                    BATCH_NORM ("net.4", "16"),
                "batch_norm net.1:net.0, batch_norm net.4:net.3");
  assert_norms ("net.1.weight 16,9\nnet.3.weight 4,16\nnet.0.weight 9\nnet.0.bias 9\n",
                "layer_norm net.0:input");
  /* As many as there are hidden layers. */
  assert_norms ("fc1.weight 16,16\nfc2.weight 16,16\nfc3.weight 4,16\n" BATCH_NORM ("bn1", "16")
                    BATCH_NORM ("bn2", "16"),
                "batch_norm bn1:fc1, batch_norm bn2:fc2");
  assert_norms ("fc1.weight 16,9\nfc2.weight 4,16\nnorm1.weight 9\nnorm2.weight 16\n",
                "rms_norm norm1:input, rms_norm norm2:fc1");
  /* Only one place is that wide. */
  assert_norms ("fc1.weight 16,9\nfc2.weight 12,16\nfc3.weight 4,12\nbn.weight 12\nbn.bias 12\n",
                "layer_norm bn:fc2");
}

static void
test_perceptron_refused (void)
{
  g_autoptr (DescribedNetwork) doubtful
      = described_network_new ("fc1.weight 16,16\nfc2.weight 16,16\nfc3.weight 4,16\nbn.weight 16\n");
  g_autoptr (DescribedNetwork) strange
      = described_network_new ("fc1.weight 16,9\nfc2.weight 4,16\nscale 16\n");
  g_autoptr (DescribedNetwork) odd_bias
      = described_network_new ("fc1.weight 16,9\nfc1.bias 7\nfc2.weight 4,16\n");

  assert_error (doubtful, NULL, AM_ERROR_UNSUPPORTED,
                "model.safetensors: |between which matrices bn.weight stands");
  assert_error (strange, NULL, AM_ERROR_UNSUPPORTED, "model.safetensors: 1 tensor is not in |(scale)");
  assert_error (odd_bias, NULL, AM_ERROR_MISMATCH,
                "model.safetensors: fc1 (linear): fc1.bias is [7]; expected [16]");
}

/* Every file of the folder of built-in descriptions is in the program, and can be read. */
static void
test_built_in (gconstpointer folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  g_autoptr (DescribedNetwork) network = described_network_new (MINE);
  const char *file;
  guint n = 0;

  g_assert_no_error (error);
  while ((file = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *name = g_strndup (file, strcspn (file, "."));
      g_autofree char *path = g_build_filename (folder, file, NULL);
      g_autofree char *content = NULL;
      g_autofree char *including = g_strdup_printf ("include: [%s]\ngraph: []\n", name);
      g_autoptr (AmGraph) graph = NULL;
      const char *text;
      gsize length, size;

      if (!g_str_has_suffix (file, ".yaml"))
        continue;
      text = am_family_description_find (name, &length);
      g_assert_nonnull (text);
      g_assert_true (g_file_get_contents (path, &content, &size, &error));
      g_assert_cmpmem (text, length, content, size);
      graph = described_network_read (network, including, &error);
      g_assert_no_error (error);
      n++;
    }
  g_assert_cmpuint (n, >=, 10);
}

int
main (int argc, char **argv)
{
  int result;

  home = fixture_new_folder ();
  shared = fixture_new_folder ();
  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_setenv ("XDG_DATA_DIRS", shared, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  g_test_add_func ("/graph-model/users-files", test_users_files);
  g_test_add_func ("/graph-model/named-file", test_named_file);
  g_test_add_func ("/graph-model/adapter", test_adapter);
  g_test_add_func ("/graph-model/left-over", test_left_over);
  g_test_add_func ("/graph-model/diffusion", test_diffusion);
  g_test_add_func ("/graph-model/bare-unet", test_bare_unet);
  g_test_add_func ("/graph-model/odd-copy", test_odd_copy);
  g_test_add_func ("/graph-model/odd-width", test_odd_width);
  g_test_add_func ("/graph-model/metadata", test_metadata);
  g_test_add_func ("/graph-model/perceptron", test_perceptron);
  g_test_add_func ("/graph-model/perceptron-norms", test_perceptron_norms);
  g_test_add_func ("/graph-model/perceptron-refused", test_perceptron_refused);
  g_test_add_data_func ("/graph-model/built-in", argv[1], test_built_in);
  result = g_test_run ();
  fixture_remove_folder (home);
  fixture_remove_folder (shared);
  g_free (home);
  g_free (shared);
  return result;
}
