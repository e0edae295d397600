/* Whole merges of small diffusion models: channels of inpainting, damaged tables, block weights. */
#include "merge-fixture.h"

#include <string.h>

#define WEIGHTED                                                                                             \
  "merge_method: weighted_sum\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\nparameters: {alpha: 0.3}\n"

static char *
shape_text (const AmExpectedTensor *tensor, guint64 channels)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < tensor->n_dims; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "",
                            i == 1 && channels > 0 ? channels : tensor->shape[i]);
  return g_string_free (text, FALSE);
}

#define CONV_IN "model.diffusion_model.input_blocks.0.0.weight"

/* A small Stable Diffusion 1 of so many input channels, with damaged position_ids when asked. */
static void
write_diffusion (const char *folder, const char *name, guint64 channels, guint32 seed, gboolean damaged)
{
  g_autoptr (GArray) tensors = am_family_list_tensors (AM_FAMILY_SD1, 16);
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;

  for (guint i = 0; i < tensors->len; i++)
    {
      const AmExpectedTensor *tensor = &g_array_index (tensors, AmExpectedTensor, i);
      g_autofree char *shape = shape_text (tensor, strcmp (tensor->name, CONV_IN) == 0 ? channels : 0);

      if (damaged && g_str_has_suffix (tensor->name, "position_ids"))
        fixture_add_random (fixture, tensor->name, AM_DTYPE_F16, shape, seed, 10.0);
      else if (!tensor->is_optional)
        fixture_add_random (fixture, tensor->name, AM_DTYPE_F16, shape, seed + i, 0.1);
    }
  path = fixture_write (fixture, folder, name);
}

static void
check_channels (const char *folder, const char *merged, gboolean a_is_wide)
{
  g_autofree char *path_a = g_build_filename (folder, "a.safetensors", NULL);
  g_autofree char *path_b = g_build_filename (folder, "b.safetensors", NULL);
  guint64 n = 0;
  g_autofree double *a = read_values (path_a, CONV_IN, NULL);
  g_autofree double *b = read_values (path_b, CONV_IN, NULL);
  g_autofree double *out = read_values (merged, CONV_IN, &n);

  for (guint64 i = 0; i < n; i++)
    {
      guint64 slice = i / 81, at = i % 81;
      double in_a = a_is_wide ? a[i] : at < 36 ? a[slice * 36 + at] : 0;
      double in_b = a_is_wide ? at < 36 ? b[slice * 36 + at] : 0 : b[i];
      double expected = at < 36 ? 0.7 * in_a + 0.3 * in_b : a_is_wide ? in_a : in_b;

      g_assert_cmpfloat_with_epsilon (out[i], expected, 2e-4);
    }
}

/* The nine input channels of an inpainting model against four: either order, the extra five untouched. */
static void
test_inpainting_channels (void)
{
  for (guint wide = 0; wide < 2; wide++)
    {
      g_autofree char *folder = fixture_new_folder ();
      g_autofree char *merged = g_build_filename (folder, "c.safetensors", NULL);
      g_autoptr (AmReport) report = NULL;
      g_autoptr (GError) error = NULL;

      write_diffusion (folder, "a.safetensors", wide == 0 ? 9 : 4, 1, FALSE);
      write_diffusion (folder, "b.safetensors", wide == 0 ? 4 : 9, 5000, FALSE);
      report = merge_run (WEIGHTED, folder, "c.safetensors", NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (report_count (report, AM_ACTION_MERGED_OVERLAP), ==, 1);
      check_channels (folder, merged, wide == 0);
      fixture_remove_folder (folder);
    }
}

static void
test_position_ids_are_repaired (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *merged = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  const AmTensor *tensor;
  gint64 ids[77];

  write_diffusion (folder, "a.safetensors", 4, 1, TRUE);
  write_diffusion (folder, "b.safetensors", 4, 5000, TRUE);
  merged = merge_into (WEIGHTED, folder, "c.safetensors", NULL);
  checkpoint = am_checkpoint_open (merged, &error);
  g_assert_no_error (error);
  tensor = am_checkpoint_find (checkpoint, "cond_stage_model.transformer.text_model.embeddings.position_ids",
                               NULL);
  g_assert_nonnull (tensor);
  g_assert_cmpint (tensor->dtype, ==, AM_DTYPE_I64);
  am_checkpoint_read_bytes (checkpoint, tensor, 0, sizeof ids, ids, &error);
  g_assert_no_error (error);
  for (gint64 i = 0; i < 77; i++)
    g_assert_cmpint (ids[i], ==, i);
  fixture_remove_folder (folder);
}

/* With 25 numbers the blocks follow them and BASE keeps the method's ratio. */
static void
test_block_weights (void)
{
  static const char yaml[] = "merge_method: weighted_sum\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\n"
                             "parameters: {alpha: 0.5}\n"
                             "blocks: [0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0]\n";
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *merged = NULL;
  static const struct
  {
    const char *tensor;
    double ratio;
  } cases[] = {
    { "model.diffusion_model.input_blocks.1.0.in_layers.2.weight", 0 },
    { "model.diffusion_model.middle_block.0.in_layers.2.weight", 1 },
    { "model.diffusion_model.time_embed.0.weight", 0 },
    { "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight", 0.5 },
  };

  write_diffusion (folder, "a.safetensors", 4, 1, FALSE);
  write_diffusion (folder, "b.safetensors", 4, 5000, FALSE);
  merged = merge_into (yaml, folder, "c.safetensors", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_weighted (folder, merged, cases[i].tensor, cases[i].ratio, 5e-4, 3e-8);
  fixture_remove_folder (folder);
}

static void
test_mismatched_architectures (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (AmReport) report = NULL;

  write_diffusion (folder, "a.safetensors", 4, 1, FALSE);
  fixture_add_random (fixture, "model.layers.0.self_attn.q_proj.weight", AM_DTYPE_F16, "8,8", 1, 1.0);
  fixture_add_random (fixture, "model.embed_tokens.weight", AM_DTYPE_F16, "8,8", 2, 1.0);
  path = fixture_write (fixture, folder, "b.safetensors");
  report = merge_run (WEIGHTED, folder, "c.safetensors", NULL, &error);
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "a.safetensors"));
  g_assert_nonnull (strstr (error->message, "b.safetensors"));
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/merge/inpainting-channels", test_inpainting_channels);
  g_test_add_func ("/merge/position-ids", test_position_ids_are_repaired);
  g_test_add_func ("/merge/block-weights", test_block_weights);
  g_test_add_func ("/merge/mismatched-architectures", test_mismatched_architectures);
  return g_test_run ();
}
