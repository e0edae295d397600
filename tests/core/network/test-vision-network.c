/* Vision models from files: what they take, what they answer, what is refused. */
#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"
#include "graph-forward.h"
#include "network/vision-network.h"

/* A folder for each model, so that a config.json belongs to it. */
static char *
write_model (const char *rows, const char *config)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *config_path = g_build_filename (folder, "config.json", NULL);
  g_auto (GStrv) lines = g_strsplit (rows, "\n", -1);

  for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      g_auto (GStrv) row = g_strsplit (lines[i], " ", 2);
      g_auto (GStrv) sizes = g_strsplit (row[1], ",", -1);
      guint n_dims = g_strv_length (sizes);
      guint64 shape[4] = { 0 };
      gsize n = 1;
      g_autofree double *values = NULL;

      for (guint d = 0; d < n_dims; d++)
        n *= shape[d] = g_ascii_strtoull (sizes[d], NULL, 10);
      values = g_new (double, n);
      forward_fill_random (row[0], n_dims, shape, 3, values);
      fixture_add_values (fixture, row[0], AM_DTYPE_F32, row[1], values);
    }
  if (config != NULL)
    g_assert_true (g_file_set_contents (config_path, config, -1, NULL));
  return fixture_write (fixture, folder, "model.safetensors");
}

static void
remove_model (char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  fixture_remove_folder (folder);
  g_free (path);
}

typedef char ModelPath;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ModelPath, remove_model)

static AmVisionNetwork *
open_model (const char *path, const char *head)
{
  g_autoptr (GError) error = NULL;
  AmVisionNetwork *vision = am_vision_network_open (path, NULL, head, &error);

  g_assert_no_error (error);
  return vision;
}

/* Whether opening is an error of that kind, with all parts of @wanted between '|' in its message. */
static void
assert_refused (const char *path, const char *head, AmError code, const char *wanted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmVisionNetwork) vision = am_vision_network_open (path, NULL, head, &error);
  g_auto (GStrv) parts = g_strsplit (wanted, "|", -1);

  g_assert_null (vision);
  g_assert_error (error, AM_ERROR, (gint)code);
  for (guint i = 0; parts[i] != NULL; i++)
    if (strstr (error->message, parts[i]) == NULL)
      g_error ("\"%s\" is not in: %s", parts[i], error->message);
}

static void
assert_misfit (const AmVisionNetwork *vision, guint64 height, guint64 width, guint64 channels,
               const char *wanted)
{
  g_autoptr (GError) error = NULL;
  g_autofree float *values = g_new0 (float, height *width *channels);
  g_auto (GStrv) parts = g_strsplit (wanted, "|", -1);
  AmValue value;

  g_assert_false (am_vision_network_arrange (vision, values, 1, height, width, channels, &value, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  for (guint i = 0; parts[i] != NULL; i++)
    if (strstr (error->message, parts[i]) == NULL)
      g_error ("\"%s\" is not in: %s", parts[i], error->message);
}

static void
assert_size (const AmVisionNetwork *vision, guint64 side)
{
  guint64 height, width;

  am_vision_network_get_picture_size (vision, &height, &width);
  g_assert_cmpuint (height, ==, side);
  g_assert_cmpuint (width, ==, side);
}

/* Logits of samples [n][height][width][channels]. (transfer full) */
static AmReal *
classify (AmVisionNetwork *vision, const float *values, guint n, guint64 height, guint64 width,
          guint64 channels)
{
  g_autoptr (GError) error = NULL;
  AmNetwork *network = am_vision_network_get_network (vision);
  g_autoptr (AmNetworkRun) run = NULL;
  const AmValue *output;
  AmValue input;

  am_vision_network_arrange (vision, values, n, height, width, channels, &input, &error);
  g_assert_no_error (error);
  run = am_network_run_new (network, &input, FALSE, &error);
  g_assert_no_error (error);
  g_free (input.data);
  am_network_run_forward (run, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  output = am_network_run_get_value (run, am_network_get_output (network));
  g_assert_cmpuint (am_value_count_rows (output), ==, n);
  g_assert_cmpuint (output->channels, ==, am_vision_network_get_n_classes (vision));
  return g_memdup2 (output->data, n * output->channels * sizeof (AmReal));
}

static float *
make_pictures (gsize n)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = (float)sin ((double)(i * i % 997));
  return values;
}

#define PERCEPTRON "fc1.weight 6,12\nfc1.bias 6\nfc2.weight 3,6\nfc2.bias 3\n"

/* A vector is a picture's channels one behind the other. */
static void
test_perceptron (void)
{
  g_autoptr (ModelPath) path = write_model (PERCEPTRON, NULL);
  g_autoptr (AmVisionNetwork) vision = open_model (path, NULL);
  g_autofree float *pictures = make_pictures (2 * 12);
  float vectors[2 * 12];
  g_autofree AmReal *of_pictures = classify (vision, pictures, 2, 2, 2, 3);
  g_autofree AmReal *of_vectors = NULL;

  for (guint sample = 0; sample < 2; sample++)
    for (guint p = 0; p < 4; p++)
      for (guint c = 0; c < 3; c++)
        vectors[sample * 12 + c * 4 + p] = pictures[(sample * 4 + p) * 3 + c];
  of_vectors = classify (vision, vectors, 2, 1, 1, 12);
  g_assert_cmpmem (of_pictures, 6 * sizeof (AmReal), of_vectors, 6 * sizeof (AmReal));
  g_assert_cmpfloat (of_pictures[0], !=, of_pictures[3]);
  g_assert_cmpuint (am_vision_network_get_n_classes (vision), ==, 3);
  g_assert_cmpstr (am_vision_network_get_preprocessing (vision), ==, "none");
  assert_size (vision, 0);
  assert_misfit (vision, 3, 3, 1, "are 3 x 3 x 1 |model.safetensors takes 12 numbers");
}

static char *
find_digits (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "core", "align", "digits", name, NULL);
}

/* Share of the held-out digits that are told right. */
static double
measure_accuracy (const char *name)
{
  g_autofree char *path = find_digits (name);
  g_autofree char *data_path = find_digits ("held-out.safetensors");
  g_autoptr (AmCheckpoint) data = am_checkpoint_open (data_path, NULL);
  g_autoptr (AmVisionNetwork) vision = open_model (path, NULL);
  const AmTensor *pictures = am_checkpoint_find (data, "pictures", NULL);
  const AmTensor *labels = am_checkpoint_find (data, "labels", NULL);
  guint n = (guint)labels->length, n_right = 0;
  g_autofree guint8 *pixels = g_malloc (n * 64), *answers = g_malloc (n);
  g_autofree float *values = g_new (float, n * 64);
  g_autofree AmReal *logits = NULL;

  g_assert_true (am_checkpoint_read_bytes (data, pictures, 0, n * 64, pixels, NULL));
  g_assert_true (am_checkpoint_read_bytes (data, labels, 0, n, answers, NULL));
  for (guint i = 0; i < n * 64; i++)
    values[i] = (float)pixels[i] / 16;
  logits = classify (vision, values, n, 8, 8, 1);
  for (guint i = 0; i < n; i++)
    {
      guint best = 0;

      for (guint c = 1; c < 10; c++)
        if (logits[i * 10 + c] > logits[i * 10 + best])
          best = c;
      n_right += best == answers[i];
    }
  return (double)n_right / n;
}

static void
test_digits (void)
{
  g_assert_cmpfloat (measure_accuracy ("mlp-a.safetensors"), >, 0.95);
  g_assert_cmpfloat (measure_accuracy ("resnet-a.safetensors"), >, 0.95);
}

static void
test_small_resnet (void)
{
  g_autofree char *path = find_digits ("resnet-a.safetensors");
  g_autoptr (AmVisionNetwork) vision = open_model (path, NULL);

  assert_size (vision, 0);
  g_assert_cmpstr (am_vision_network_get_preprocessing (vision), ==, "none");
  assert_misfit (vision, 1, 1, 64, "are 1 x 1 x 64 |takes pictures with 1 channel");
  g_assert_cmpuint (am_vision_network_get_n_model_tensors (vision), ==,
                    am_graph_get_n_tensors (am_network_get_graph (am_vision_network_get_network (vision))));
}

/* VGG-11 with narrow layers; what stands in front of its classifier tells the size of pictures. */
static char *
write_vgg (const char *classifier)
{
  static const guint numbers[] = { 0, 3, 6, 8, 11, 13, 16, 18 };
  g_autoptr (GString) rows = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_string_append_printf (rows, "features.%u.weight 2,%u,3,3\nfeatures.%u.bias 2\n", numbers[i],
                            i == 0 ? 3 : 2, numbers[i]);
  g_string_append (rows, classifier);
  return write_model (rows->str, NULL);
}

static void
test_vgg (void)
{
  g_autoptr (ModelPath) published = write_vgg (
      "classifier.0.weight 5,98\nclassifier.0.bias 5\nclassifier.3.weight 4,5\nclassifier.3.bias "
      "4\n");
  g_autoptr (ModelPath) small = write_vgg ("classifier.weight 4,2\nclassifier.bias 4\n");
  g_autoptr (AmVisionNetwork) vision = open_model (published, NULL);
  g_autoptr (AmVisionNetwork) other = open_model (small, NULL);
  g_autofree float *pictures = make_pictures (32 * 32 * 3);
  g_autofree AmReal *logits = classify (other, pictures, 1, 32, 32, 3);

  assert_size (vision, 224);
  g_assert_cmpstr (am_vision_network_get_preprocessing (vision), ==, "torchvision");
  assert_misfit (vision, 32, 32, 3, "are 32 x 32 x 3 |takes 224 x 224 x 3");
  /* 32 to 63 all leave one position. */
  assert_size (other, 0);
  g_assert_cmpstr (am_vision_network_get_preprocessing (other), ==, "none");
  g_assert_true (isfinite (logits[0]));
}

#define VIT                                                                                                  \
  "cls_token 1,1,16\npos_embed 1,10,16\npatch_embed.proj.weight 16,3,4,4\npatch_embed.proj.bias 16\n"        \
  "blocks.0.norm1.weight 16\nblocks.0.norm1.bias 16\nblocks.0.attn.qkv.weight 48,16\n"                       \
  "blocks.0.attn.qkv.bias 48\nblocks.0.attn.proj.weight 16,16\nblocks.0.attn.proj.bias 16\n"                 \
  "blocks.0.norm2.weight 16\nblocks.0.norm2.bias 16\nblocks.0.mlp.fc1.weight 20,16\n"                        \
  "blocks.0.mlp.fc1.bias 20\nblocks.0.mlp.fc2.weight 16,20\nblocks.0.mlp.fc2.bias 16\n"                      \
  "norm.weight 16\nnorm.bias 16\n"
#define VIT_HEAD "head.weight 7,16\nhead.bias 7\n"

static void
test_vit (void)
{
  g_autoptr (ModelPath) path = write_model (VIT VIT_HEAD, "{\"num_attention_heads\": 4}");
  g_autoptr (AmVisionNetwork) vision = open_model (path, NULL);
  g_autofree float *pictures = make_pictures (2 * 12 * 12 * 3);
  g_autofree AmReal *logits = classify (vision, pictures, 2, 12, 12, 3);

  assert_size (vision, 12);
  g_assert_cmpuint (am_vision_network_get_n_classes (vision), ==, 7);
  g_assert_cmpstr (am_vision_network_get_preprocessing (vision), ==, "vit");
  assert_misfit (vision, 16, 16, 3, "are 16 x 16 x 3 |takes 12 x 12 x 3");
  g_assert_true (isfinite (logits[13]));
}

/* Tokens are no logits; alignment may look at them all the same. */
static void
test_headless_vit (void)
{
  g_autoptr (ModelPath) path = write_model (VIT, "{\"num_attention_heads\": 4}");
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, &error);
  g_autoptr (AmModel) model = am_model_new (checkpoint);
  g_autoptr (AmVisionNetwork) vision = NULL;

  assert_refused (path, NULL, AM_ERROR_UNSUPPORTED, "model.safetensors|no classifier");
  vision = am_vision_network_new (model, checkpoint, NULL, NULL, FALSE, &error);
  g_assert_no_error (error);
  g_assert_true (am_vision_network_get_model (vision) == model);
  g_assert_true (am_vision_network_get_checkpoint (vision) == checkpoint);
}

#define CLIP_LAYER(tower)                                                                                    \
  tower ".encoder.layers.0.layer_norm1.weight 8\n" tower ".encoder.layers.0.layer_norm1.bias 8\n" tower      \
        ".encoder.layers.0.self_attn.q_proj.weight 8,8\n" tower                                              \
        ".encoder.layers.0.self_attn.q_proj.bias 8\n" tower                                                  \
        ".encoder.layers.0.self_attn.k_proj.weight 8,8\n" tower                                              \
        ".encoder.layers.0.self_attn.k_proj.bias 8\n" tower                                                  \
        ".encoder.layers.0.self_attn.v_proj.weight 8,8\n" tower                                              \
        ".encoder.layers.0.self_attn.v_proj.bias 8\n" tower                                                  \
        ".encoder.layers.0.self_attn.out_proj.weight 8,8\n" tower                                            \
        ".encoder.layers.0.self_attn.out_proj.bias 8\n" tower                                                \
        ".encoder.layers.0.layer_norm2.weight 8\n" tower ".encoder.layers.0.layer_norm2.bias 8\n" tower      \
        ".encoder.layers.0.mlp.fc1.weight 12,8\n" tower ".encoder.layers.0.mlp.fc1.bias 12\n" tower          \
        ".encoder.layers.0.mlp.fc2.weight 8,12\n" tower ".encoder.layers.0.mlp.fc2.bias 8\n"
#define CLIP                                                                                                 \
  "vision_model.embeddings.class_embedding 8\nvision_model.embeddings.patch_embedding.weight 8,3,4,4\n"      \
  "vision_model.embeddings.position_embedding.weight 5,8\nvision_model.pre_layrnorm.weight 8\n"              \
  "vision_model.pre_layrnorm.bias 8\n" CLIP_LAYER (                                                          \
      "vision_model") "vision_model.post_layernorm.weight 8\nvision_model.post_layernorm.bias 8\n"
#define CLIP_PROJECTION "visual_projection.weight 6,8\n"
#define CLIP_TEXT                                                                                            \
  "text_model.embeddings.token_embedding.weight 9,8\ntext_model.embeddings.position_embedding.weight "       \
  "7,8\n" CLIP_LAYER (                                                                                       \
      "text_model") "text_model.final_layer_norm.weight 8\ntext_model.final_layer_norm.bias 8\n"             \
                    "text_projection.weight 6,8\n"
#define CLIP_CONFIG                                                                                          \
  "{\"num_attention_heads\": 2, \"vision_config\": {\"num_attention_heads\": 2}, "                           \
  "\"text_config\": {\"num_attention_heads\": 2}}"

#define N_CLASSES 3
static const char *const class_rows[] = { "3,8", "3,6" };

/* Text features @width wide, the last of them 0; a scale unless it is 0. */
static void
get_features (guint width, double *features)
{
  for (guint i = 0; i < N_CLASSES * width; i++)
    features[i] = i < (N_CLASSES - 1) * width ? cos ((double)(i * i)) * 3.0 : 0.0;
}

static char *
write_head (const char *model, guint width, double scale, const char *name)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *folder = g_path_get_dirname (model);
  double features[N_CLASSES * 8];

  get_features (width, features);
  fixture_add_values (fixture, name, AM_DTYPE_F32, class_rows[width == 6], features);
  if (scale != 0.0)
    fixture_add_values (fixture, "logit_scale", AM_DTYPE_F32, "", &scale);
  return fixture_write (fixture, folder, "head.data");
}

static AmReal *
embed (const char *path, const float *pictures, guint n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, &error);
  g_autoptr (AmModel) model = am_model_new (checkpoint);
  g_autoptr (AmVisionNetwork) vision = am_vision_network_new (model, checkpoint, NULL, NULL, FALSE, &error);

  g_assert_no_error (error);
  return classify (vision, pictures, n, 8, 8, 3);
}

static double
get_cosine (const AmReal *a, const double *b, guint n)
{
  double product = 0.0, square_a = 0.0, square_b = 0.0;

  for (guint i = 0; i < n; i++)
    {
      product += (double)a[i] * b[i];
      square_a += (double)a[i] * a[i];
      square_b += b[i] * b[i];
    }
  return square_a > 0.0 && square_b > 0.0 ? product / sqrt (square_a * square_b) : 0.0;
}

/* Logits are @scale times the cosines of embedding and features. */
static void
check_clip (const char *rows, guint width, double scale)
{
  g_autoptr (ModelPath) path = write_model (rows, CLIP_CONFIG);
  g_autofree char *head = write_head (path, width, scale, "text_features");
  g_autoptr (AmVisionNetwork) vision = open_model (path, head);
  g_autofree float *pictures = make_pictures (2 * 8 * 8 * 3);
  g_autofree AmReal *logits = classify (vision, pictures, 2, 8, 8, 3);
  g_autofree AmReal *embeddings = embed (path, pictures, 2);
  double features[N_CLASSES * 8];

  get_features (width, features);
  for (guint sample = 0; sample < 2; sample++)
    for (guint class = 0; class < N_CLASSES; class ++)
      {
        double wanted = (scale != 0.0 ? scale : 100.0)
                        * get_cosine (embeddings + sample * width, features + class * width, width);

        g_assert_cmpfloat (fabs ((double)logits[sample * N_CLASSES + class] - wanted), <, 1e-4);
      }
  assert_size (vision, 8);
  g_assert_cmpfloat (fabs ((double)logits[0]), >, 0.01);
  g_assert_cmpuint (am_vision_network_get_n_classes (vision), ==, N_CLASSES);
  g_assert_cmpstr (am_vision_network_get_preprocessing (vision), ==, "clip");
  g_assert_cmpuint (am_vision_network_get_n_model_tensors (vision) + 1, ==,
                    am_graph_get_n_tensors (am_network_get_graph (am_vision_network_get_network (vision))));
}

static void
test_clip (void)
{
  check_clip (CLIP CLIP_PROJECTION, 6, 12.5);
  check_clip (CLIP CLIP_PROJECTION, 6, 0.0);
  check_clip (CLIP, 8, 30.0);
  check_clip (CLIP CLIP_PROJECTION CLIP_TEXT, 6, 30.0);
}

static void
test_clip_refused (void)
{
  g_autoptr (ModelPath) path = write_model (CLIP CLIP_PROJECTION, CLIP_CONFIG);
  g_autoptr (ModelPath) text = write_model (CLIP_TEXT, CLIP_CONFIG);
  g_autofree char *head = NULL;
  const double values[12] = { [5] = NAN };
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *folder = g_path_get_dirname (path);

  assert_refused (path, NULL, AM_ERROR_UNSUPPORTED, "model.safetensors|text_features [classes, 6]");
  head = write_head (path, 8, 0.0, "text_features");
  assert_refused (path, head, AM_ERROR_MISMATCH, "head.data|8 wide|are 6");
  assert_refused (text, head, AM_ERROR_UNSUPPORTED, "model.safetensors|pictures");
  g_free (head);
  head = write_head (path, 6, 0.0, "features");
  assert_refused (path, head, AM_ERROR_NOT_FOUND, "head.data|text_features");
  g_free (head);
  fixture_add_values (fixture, "text_features", AM_DTYPE_F32, "2,6", values);
  head = fixture_write (fixture, folder, "head.data");
  assert_refused (path, head, AM_ERROR_CORRUPT, "head.data|text_features");
}

/* Values that are all 0 have no direction. */
static void
test_clip_zero (void)
{
  g_autoptr (ModelPath) path = write_model (CLIP CLIP_PROJECTION, CLIP_CONFIG);
  g_autofree char *head = write_head (path, 6, 0.0, "text_features");
  g_autoptr (AmVisionNetwork) vision = open_model (path, head);
  AmNetwork *network = am_vision_network_get_network (vision);
  gint projection = am_graph_find_tensor (am_network_get_graph (network), "visual_projection.weight");
  g_autofree AmReal *nothing = g_new0 (AmReal, 6 * 8);
  g_autofree float *pictures = make_pictures (8 * 8 * 3);
  g_autofree AmReal *logits = NULL;

  g_assert_cmpint (projection, >=, 0);
  am_network_set_weights (network, (guint)projection, nothing);
  logits = classify (vision, pictures, 1, 8, 8, 3);
  for (guint i = 0; i < N_CLASSES; i++)
    g_assert_true (logits[i] == 0);
}

static void
test_other_families (void)
{
  g_autoptr (ModelPath) lora = write_model ("lora_unet_mid_block_attentions_0_proj_in.lora_down.weight 4,8\n"
                                            "lora_unet_mid_block_attentions_0_proj_in.lora_up.weight 8,4\n",
                                            NULL);

  assert_refused (lora, NULL, AM_ERROR_UNSUPPORTED, "model.safetensors|does not classify pictures");
  assert_refused ("/nowhere/model.safetensors", NULL, AM_ERROR_NOT_FOUND, "/nowhere/model.safetensors");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vision-network/perceptron", test_perceptron);
  g_test_add_func ("/vision-network/digits", test_digits);
  g_test_add_func ("/vision-network/small-resnet", test_small_resnet);
  g_test_add_func ("/vision-network/vgg", test_vgg);
  g_test_add_func ("/vision-network/vit", test_vit);
  g_test_add_func ("/vision-network/headless-vit", test_headless_vit);
  g_test_add_func ("/vision-network/clip", test_clip);
  g_test_add_func ("/vision-network/clip-refused", test_clip_refused);
  g_test_add_func ("/vision-network/clip-zero", test_clip_zero);
  g_test_add_func ("/vision-network/other-families", test_other_families);
  return g_test_run ();
}
