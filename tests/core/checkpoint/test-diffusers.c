/* Diffusers folders: their names against the key tables both ways, and their tensors value by value. */
#include "checkpoint/diffusers-names.h"
#include "fixture-checkpoint.h"
#include "sparse-checkpoint.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  AmDiffusersLayout layout;
  AmFamily family;
} Pairing;

static const Pairing pairings[] = {
  { AM_DIFFUSERS_SD1, AM_FAMILY_SD1 },
  { AM_DIFFUSERS_SD2, AM_FAMILY_SD2 },
  { AM_DIFFUSERS_SDXL, AM_FAMILY_SDXL },
  { AM_DIFFUSERS_SDXL_REFINER, AM_FAMILY_SDXL_REFINER },
};

/* Whether folders keep the tensor: they have no averages, schedules or contrastive temperature. */
static gboolean
is_kept (const AmExpectedTensor *row)
{
  return row->component != AM_COMPONENT_EMA && row->component != AM_COMPONENT_SCHEDULE
         && !g_str_has_suffix (row->name, "logit_scale");
}

/* Original name -> bits of the parts that make it; a whole tensor sets bit 3. */
static GHashTable *
invert (GHashTable *names)
{
  GHashTable *inverse = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const AmDiffusersName *name = value;
      guint bit = name->change == AM_DIFFUSERS_PART ? 1u << name->part : 8u, bits;

      if (name->is_old || name->change == AM_DIFFUSERS_DROP)
        continue;
      bits = GPOINTER_TO_UINT (g_hash_table_lookup (inverse, name->original));
      g_assert_cmpuint (bits & bit, ==, 0);
      g_assert_cmpuint (bits & 8u, ==, 0);
      g_hash_table_insert (inverse, name->original, GUINT_TO_POINTER (bits | bit));
    }
  return inverse;
}

static void
test_names_are_a_bijection (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (pairings); i++)
    {
      g_autoptr (GHashTable) names = am_diffusers_names_new (pairings[i].layout);
      g_autoptr (GHashTable) inverse = invert (names);
      g_autoptr (GArray) table = am_family_list_tensors (pairings[i].family, 1);
      guint n_kept = 0;

      for (guint row = 0; row < table->len; row++)
        {
          const AmExpectedTensor *expected = &g_array_index (table, AmExpectedTensor, row);
          guint bits = GPOINTER_TO_UINT (g_hash_table_lookup (inverse, expected->name));

          if (!is_kept (expected))
            continue;
          n_kept++;
          g_test_message ("%s", expected->name);
          g_assert_cmpuint (bits, ==, strstr (expected->name, "in_proj") != NULL ? 7u : 8u);
        }
      g_assert_cmpuint (g_hash_table_size (inverse), ==, n_kept);
    }
}

static void
write_text (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static char *
make_folder (const char *parent, const char *name)
{
  char *path = g_build_filename (parent, name, NULL);

  g_assert_no_errno (g_mkdir_with_parents (path, 0700));
  return path;
}

static const char xl_index[] = "{\"_class_name\":\"StableDiffusionXLPipeline\","
                               "\"unet\":[\"diffusers\",\"UNet2DConditionModel\"]}";

static const AmExpectedTensor *
find_row (const GArray *table, const char *name)
{
  for (guint i = 0; i < table->len; i++)
    if (g_str_equal (g_array_index (table, AmExpectedTensor, i).name, name))
      return &g_array_index (table, AmExpectedTensor, i);
  g_assert_not_reached ();
}

/* The shape a folder would have the tensor in. */
static char *
get_folder_shape (const AmExpectedTensor *row, const AmDiffusersName *name)
{
  guint n_dims = name->change == AM_DIFFUSERS_TO_CONV ? 2 : row->n_dims;
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n_dims; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "",
                            name->change == AM_DIFFUSERS_PART && i == 0 ? row->shape[0] / 3 : row->shape[i]);
  return g_string_free (text, FALSE);
}

/* One sub-folder of a whole model of true size, made of holes. */
static void
write_component (const char *folder, const char *component, const char *file, GHashTable *names,
                 const GArray *table)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autofree char *inner = make_folder (folder, component);
  g_autofree char *path = g_build_filename (inner, file, NULL);
  g_autofree char *prefix = g_strconcat (component, "/", NULL);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const AmDiffusersName *name = value;
      g_autofree char *shape = NULL;

      if (!g_str_has_prefix (key, prefix) || name->is_old || name->change == AM_DIFFUSERS_DROP)
        continue;
      shape = get_folder_shape (find_row (table, name->original), name);
      sparse_add (sparse, (const char *)key + strlen (prefix), shape);
    }
  sparse_write (sparse, path);
}

static void
assert_whole_model (const AmCheckpoint *checkpoint, const GArray *table)
{
  guint n = 0;

  for (guint i = 0; i < table->len; i++)
    {
      const AmExpectedTensor *row = &g_array_index (table, AmExpectedTensor, i);
      const AmTensor *tensor;

      if (!is_kept (row))
        continue;
      tensor = am_checkpoint_find (checkpoint, row->name, NULL);
      g_test_message ("%s", row->name);
      g_assert_nonnull (tensor);
      g_assert_cmpmem (tensor->shape, tensor->n_dims * sizeof *tensor->shape, row->shape,
                       row->n_dims * sizeof *row->shape);
      n++;
    }
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, n);
}

static void
test_whole_models (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (pairings); i++)
    {
      g_autofree char *folder = fixture_new_folder ();
      g_autoptr (GHashTable) names = am_diffusers_names_new (pairings[i].layout);
      g_autoptr (GArray) table = am_family_list_tensors (pairings[i].family, 1);
      g_autoptr (AmCheckpoint) checkpoint = NULL;
      g_autoptr (AmModel) model = NULL;
      g_autoptr (GError) error = NULL;

      write_text (folder, "model_index.json", xl_index);
      write_component (folder, "unet", "diffusion_pytorch_model.safetensors", names, table);
      write_component (folder, "vae", "diffusion_pytorch_model.fp16.safetensors", names, table);
      if (pairings[i].family != AM_FAMILY_SDXL_REFINER)
        write_component (folder, "text_encoder", "model.safetensors", names, table);
      if (pairings[i].family == AM_FAMILY_SDXL || pairings[i].family == AM_FAMILY_SDXL_REFINER)
        write_component (folder, "text_encoder_2", "model.fp16.safetensors", names, table);
      checkpoint = am_checkpoint_open (folder, &error);
      g_assert_no_error (error);
      g_assert_cmpint (am_checkpoint_get_container (checkpoint), ==, AM_CONTAINER_DIFFUSERS);
      assert_whole_model (checkpoint, table);
      model = am_model_new (checkpoint);
      g_assert_cmpint (am_model_get_family (model), ==, pairings[i].family);
      g_assert_null (am_model_get_missing (model)[0]);
      fixture_remove_folder (folder);
    }
}

static void
write_fixture (Fixture *fixture, const char *folder, const char *component, const char *file)
{
  g_autofree char *inner = make_folder (folder, component);

  g_free (fixture_write (fixture, inner, file));
}

/* The least UNet that is told for SDXL's. */
static void
write_small_unet (const char *folder)
{
  static const double values[] = { 1, 2, 3, 4 };
  g_autoptr (Fixture) unet = fixture_new ();

  fixture_add_values (unet, "add_embedding.linear_1.weight", AM_DTYPE_F16, "2,2", values);
  fixture_add_values (unet, "odd.name", AM_DTYPE_F16, "4", values);
  write_fixture (unet, folder, "unet", "diffusion_pytorch_model.safetensors");
  write_text (folder, "model_index.json", xl_index);
}

static void
assert_values (AmCheckpoint *checkpoint, const char *name, const guint64 *shape, guint n_dims,
               const double *expected)
{
  const AmTensor *tensor = am_checkpoint_find (checkpoint, name, NULL);
  g_autofree double *values = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (tensor);
  g_assert_cmpmem (tensor->shape, tensor->n_dims * sizeof *shape, shape, n_dims * sizeof *shape);
  values = g_new (double, tensor->length);
  g_assert_true (am_checkpoint_read_doubles (checkpoint, tensor, 0, tensor->length, values, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (values, tensor->length * sizeof *values, expected, tensor->length * sizeof *values);
}

#define LAYER "text_model.encoder.layers.0.self_attn."

static void
test_values (void)
{
  static const double q[] = { 1, 2, 3, 4 }, k[] = { 5, 6, 7, 8 }, v[] = { 9, 10, 11, 12 };
  static const double joined[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
  static const double projection[] = { 1, 2, 3, 4, 5, 6 }, transposed[] = { 1, 4, 2, 5, 3, 6 };
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (Fixture) text = fixture_new ();
  g_autoptr (Fixture) vae = fixture_new ();
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (GError) error = NULL;

  write_small_unet (folder);
  fixture_add_values (text, LAYER "v_proj.weight", AM_DTYPE_F16, "2,2", v);
  fixture_add_values (text, LAYER "q_proj.weight", AM_DTYPE_F16, "2,2", q);
  fixture_add_values (text, LAYER "k_proj.weight", AM_DTYPE_F16, "2,2", k);
  fixture_add_values (text, LAYER "q_proj.bias", AM_DTYPE_F32, "4", q);
  fixture_add_values (text, LAYER "k_proj.bias", AM_DTYPE_F32, "4", k);
  fixture_add_values (text, LAYER "v_proj.bias", AM_DTYPE_F32, "4", v);
  fixture_add_values (text, "text_projection.weight", AM_DTYPE_BF16, "2,3", projection);
  fixture_add_values (text, "text_model.embeddings.position_ids", AM_DTYPE_F32, "1,4", q);
  write_fixture (text, folder, "text_encoder_2", "model.safetensors");
  fixture_add_values (vae, "encoder.mid_block.attentions.0.to_q.weight", AM_DTYPE_F16, "2,2", q);
  fixture_add_values (vae, "decoder.mid_block.attentions.0.proj_attn.weight", AM_DTYPE_F16, "2,2", k);
  write_fixture (vae, folder, "vae", "diffusion_pytorch_model.safetensors");
  checkpoint = am_checkpoint_open (folder, &error);
  g_assert_no_error (error);
  assert_values (checkpoint, "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight",
                 (const guint64[]){ 6, 2 }, 2, joined);
  assert_values (checkpoint, "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_bias",
                 (const guint64[]){ 12 }, 1, joined);
  assert_values (checkpoint, "conditioner.embedders.1.model.text_projection", (const guint64[]){ 3, 2 }, 2,
                 transposed);
  assert_values (checkpoint, "first_stage_model.encoder.mid.attn_1.q.weight", (const guint64[]){ 2, 2, 1, 1 },
                 4, q);
  assert_values (checkpoint, "first_stage_model.decoder.mid.attn_1.proj_out.weight",
                 (const guint64[]){ 2, 2, 1, 1 }, 4, k);
  assert_values (checkpoint, "model.diffusion_model.label_emb.0.0.weight", (const guint64[]){ 2, 2 }, 2, q);
  assert_values (checkpoint, "unet.odd.name", (const guint64[]){ 4 }, 1, q);
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 7);
  g_assert_nonnull (strstr (am_checkpoint_get_notes (checkpoint)[0], "odd.name"));
  fixture_remove_folder (folder);
}

/* What the index lists and the folder lacks is told; what the pipeline does without is not. */
static void
test_missing_component (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (GError) error = NULL;
  const char *const *notes;

  write_small_unet (folder);
  write_text (folder, "model_index.json",
              "{\"unet\":[\"diffusers\",\"UNet2DConditionModel\"],\"text_encoder\":[null,null],"
              "\"vae\":[\"diffusers\",\"AutoencoderKL\"],\"text_encoder_2\":[],\"scheduler\":[\"a\",\"b\"]}");
  checkpoint = am_checkpoint_open (folder, &error);
  g_assert_no_error (error);
  notes = am_checkpoint_get_notes (checkpoint);
  g_assert_cmpuint (g_strv_length ((GStrv)notes), ==, 2);
  g_assert_nonnull (strstr (notes[0], "odd.name"));
  g_assert_cmpstr (notes[1], ==, "model_index.json lists vae, but there is no such folder");
  fixture_remove_folder (folder);
}

static void
test_sharded_component (void)
{
  static const double values[] = { 1, 2, 3, 4 };
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *inner = make_folder (folder, "unet");
  g_autoptr (Fixture) first = fixture_new ();
  g_autoptr (Fixture) second = fixture_new ();
  g_autofree char *first_path = NULL;
  g_autofree char *second_path = NULL;
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (GError) error = NULL;

  fixture_add_values (first, "conv_in.bias", AM_DTYPE_F32, "4", values);
  fixture_add_values (second, "conv_out.bias", AM_DTYPE_F32, "2,2", values);
  first_path = fixture_write (first, inner, "diffusion_pytorch_model-00001-of-00002.safetensors");
  second_path = fixture_write (second, inner, "diffusion_pytorch_model-00002-of-00002.safetensors");
  write_text (inner, "diffusion_pytorch_model.safetensors.index.json",
              "{\"metadata\":{\"total_size\":32},\"weight_map\":{"
              "\"conv_in.bias\":\"diffusion_pytorch_model-00001-of-00002.safetensors\","
              "\"conv_out.bias\":\"diffusion_pytorch_model-00002-of-00002.safetensors\"}}");
  write_text (folder, "model_index.json", xl_index);
  checkpoint = am_checkpoint_open (folder, &error);
  g_assert_no_error (error);
  assert_values (checkpoint, "model.diffusion_model.input_blocks.0.0.bias", (const guint64[]){ 4 }, 1,
                 values);
  assert_values (checkpoint, "model.diffusion_model.out.2.bias", (const guint64[]){ 2, 2 }, 2, values);
  fixture_remove_folder (folder);
}

static void
assert_refused (const char *folder, AmError code, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (am_checkpoint_open (folder, &error));
  g_assert_error (error, AM_ERROR, (gint)code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_bad_indexes (void)
{
  static const struct
  {
    const char *index;
    AmError code;
    const char *text;
  } cases[] = {
    { "{\"_class_name\":\"FluxPipeline\",\"transformer\":[\"diffusers\",\"FluxTransformer2DModel\"]}",
      AM_ERROR_UNSUPPORTED, "FluxPipeline" },
    { "{\"_class_name\":\"StableDiffusion3Pipeline\",\"transformer\":[]}", AM_ERROR_UNSUPPORTED,
      "StableDiffusion3Pipeline" },
    { "{\"_class_name\":\"DanceDiffusionPipeline\"}", AM_ERROR_UNSUPPORTED, "no UNet" },
    { "{\"_class_name\":[1]}", AM_ERROR_UNSUPPORTED, "unnamed" },
    { "[1,2]", AM_ERROR_CORRUPT, "JSON object" },
    { "{\"unet\":", AM_ERROR_CORRUPT, "model_index.json" },
    { "", AM_ERROR_CORRUPT, "model_index.json" },
    { xl_index, AM_ERROR_NOT_FOUND, "unet" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *folder = fixture_new_folder ();

      write_text (folder, "model_index.json", cases[i].index);
      assert_refused (folder, cases[i].code, cases[i].text);
      fixture_remove_folder (folder);
    }
}

static void
test_nested_index (void)
{
  g_autofree char *folder = fixture_new_folder ();

  write_small_unet (folder);
  write_text (folder, "unet/model_index.json", xl_index);
  assert_refused (folder, AM_ERROR_CORRUPT, "cannot be one itself");
  fixture_remove_folder (folder);
}

static void
assert_text_refused (const char *const *names, const char *const *shapes, AmDtype last_dtype,
                     const char *fault)
{
  static const double values[] = { 1, 2, 3, 4, 5, 6 };
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (Fixture) text = fixture_new ();

  write_small_unet (folder);
  for (guint i = 0; names[i] != NULL; i++)
    fixture_add_values (text, names[i], names[i + 1] == NULL ? last_dtype : AM_DTYPE_F16, shapes[i], values);
  write_fixture (text, folder, "text_encoder_2", "model.safetensors");
  assert_refused (folder, AM_ERROR_CORRUPT, fault);
  fixture_remove_folder (folder);
}

static void
test_bad_parts (void)
{
  static const char *const three[]
      = { LAYER "q_proj.weight", LAYER "k_proj.weight", LAYER "v_proj.weight", NULL };
  static const char *const two[] = { LAYER "q_proj.weight", LAYER "v_proj.weight", NULL };
  static const char *const projection[] = { "text_projection.weight", NULL };
  static const char *const same[] = { "2,2", "2,2", "2,2" };
  static const char *const wider[] = { "2,2", "2,2", "2,3" };
  static const char *const flat[] = { "6" };

  assert_text_refused (two, same, AM_DTYPE_F16, "one is missing");
  assert_text_refused (three, wider, AM_DTYPE_F16, "cannot be put together");
  assert_text_refused (three, same, AM_DTYPE_F32, "cannot be put together");
  assert_text_refused (projection, flat, AM_DTYPE_F16, "must be a matrix");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/checkpoint/diffusers/bijection", test_names_are_a_bijection);
  g_test_add_func ("/checkpoint/diffusers/whole-models", test_whole_models);
  g_test_add_func ("/checkpoint/diffusers/values", test_values);
  g_test_add_func ("/checkpoint/diffusers/missing", test_missing_component);
  g_test_add_func ("/checkpoint/diffusers/sharded", test_sharded_component);
  g_test_add_func ("/checkpoint/diffusers/bad-indexes", test_bad_indexes);
  g_test_add_func ("/checkpoint/diffusers/nested", test_nested_index);
  g_test_add_func ("/checkpoint/diffusers/bad-parts", test_bad_parts);
  return g_test_run ();
}
