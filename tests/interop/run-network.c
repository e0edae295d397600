/* run-network CHECKPOINT INPUTS OUTPUTS [HEAD]: classifies the pictures of INPUTS, `images` [N, C, H, W] or
 * [N, features], and writes `logits` [N, classes]. Where INPUTS has `direction`, shaped as the logits, also
 * the gradient of each sample's sum of logits times direction for all that is learned: `gradient.NAME`,
 * [N, elements]. */
#include <string.h>

#include "fixture-checkpoint.h"
#include "network/vision-network.h"

static const AmTensor *
find_tensor (const AmCheckpoint *checkpoint, const char *name)
{
  const AmTensor *tensor = am_checkpoint_find (checkpoint, name, NULL);

  if (tensor == NULL)
    g_error ("there is no %s", name);
  return tensor;
}

static float *
read_floats (AmCheckpoint *checkpoint, const AmTensor *tensor)
{
  g_autoptr (GError) error = NULL;
  float *values = g_new (float, tensor->length);

  if (!am_checkpoint_read_floats (checkpoint, tensor, 0, tensor->length, values, &error))
    g_error ("%s", error->message);
  return values;
}

/* [n][channels][n_positions] becomes [n][n_positions][channels]. */
static float *
turn_pictures (const float *in, guint n, guint64 channels, guint64 n_positions)
{
  float *out = g_new (float, n *channels *n_positions);

  for (guint sample = 0; sample < n; sample++)
    for (guint64 c = 0; c < channels; c++)
      for (guint64 p = 0; p < n_positions; p++)
        out[(sample * n_positions + p) * channels + c] = in[(sample * channels + c) * n_positions + p];
  return out;
}

static AmValue
read_images (const AmVisionNetwork *vision, AmCheckpoint *inputs)
{
  const AmTensor *tensor = find_tensor (inputs, "images");
  g_autoptr (GError) error = NULL;
  g_autofree float *values = read_floats (inputs, tensor);
  g_autofree float *turned = NULL;
  guint64 height = tensor->n_dims == 4 ? tensor->shape[2] : 1;
  guint64 width = tensor->n_dims == 4 ? tensor->shape[3] : 1;
  AmValue value;

  turned = turn_pictures (values, (guint)tensor->shape[0], tensor->shape[1], height * width);
  if (!am_vision_network_arrange (vision, turned, (guint)tensor->shape[0], height, width, tensor->shape[1],
                                  &value, &error))
    g_error ("%s", error->message);
  return value;
}

/* @values [n_samples][n] */
static void
add_values (Fixture *outputs, const char *name, guint n_samples, gsize n, const AmReal *values)
{
  g_autofree double *converted = g_new (double, n_samples *n);
  g_autofree char *shape = g_strdup_printf ("%u,%lu", n_samples, (gulong)n);

  for (gsize i = 0; i < n_samples * n; i++)
    converted[i] = values[i];
  fixture_add_values (outputs, name, AM_DTYPE_F32, shape, converted);
}

static void
add_gradient (Fixture *outputs, AmNetworkRun *run, const AmNetwork *network, guint tensor, guint n_samples)
{
  const AmGraphTensor *shape = am_graph_get_tensor (am_network_get_graph (network), tensor);
  gsize n = am_network_count_elements (network, tensor);
  g_autofree AmReal *gradient = g_new0 (AmReal, n_samples * n);
  g_autofree char *name = g_strconcat ("gradient.", shape->name, NULL);

  for (guint sample = 0; sample < n_samples; sample++)
    am_network_run_add_gradient (run, tensor, sample, 0, shape->n_dims > 0 ? shape->shape[0] : 1,
                                 gradient + sample * n);
  add_values (outputs, name, n_samples, n, gradient);
}

static void
add_gradients (Fixture *outputs, AmNetworkRun *run, AmVisionNetwork *vision, AmCheckpoint *inputs,
               guint n_samples)
{
  g_autofree float *direction = read_floats (inputs, find_tensor (inputs, "direction"));
  const AmNetwork *network = am_vision_network_get_network (vision);

  am_network_run_backward (run, direction);
  for (guint t = 0; t < am_vision_network_get_n_model_tensors (vision); t++)
    if (am_network_is_learned (network, t))
      add_gradient (outputs, run, network, t, n_samples);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmVisionNetwork) vision = NULL;
  g_autoptr (AmCheckpoint) inputs = NULL;
  g_autoptr (AmNetworkRun) run = NULL;
  g_autoptr (Fixture) outputs = fixture_new ();
  g_autofree char *folder = NULL;
  g_autofree char *name = NULL;
  g_autofree char *written = NULL;
  const AmValue *logits;
  AmNetwork *network;
  gboolean has_direction;
  AmValue images;

  if (argc < 4)
    g_error ("usage: %s CHECKPOINT INPUTS OUTPUTS [HEAD]", argv[0]);
  vision = am_vision_network_open (argv[1], NULL, argv[4], &error);
  if (vision == NULL || (inputs = am_checkpoint_open (argv[2], &error)) == NULL)
    g_error ("%s", error->message);
  network = am_vision_network_get_network (vision);
  images = read_images (vision, inputs);
  has_direction = am_checkpoint_find (inputs, "direction", NULL) != NULL;
  run = am_network_run_new (network, &images, has_direction, &error);
  g_free (images.data);
  if (run == NULL || !am_network_run_forward (run, NULL, NULL, NULL, &error))
    g_error ("%s", error->message);
  logits = am_network_run_get_value (run, am_network_get_output (network));
  add_values (outputs, "logits", logits->n_samples,
              am_value_count_rows (logits) * logits->channels / logits->n_samples, logits->data);
  if (has_direction)
    add_gradients (outputs, run, vision, inputs, logits->n_samples);
  folder = g_path_get_dirname (argv[3]);
  name = g_path_get_basename (argv[3]);
  written = fixture_write (outputs, folder, name);
  return 0;
}
