#include "check-network.h"

#include <math.h>
#include <string.h>

#define N_SAMPLES 3
#define N_PROBES 8

#ifdef AM_NETWORK_DOUBLE
#define FORWARD_LIMIT 1e-10
#else
#define FORWARD_LIMIT 1e-4
#endif

/**
 * Scene: a network with random weights at work
 * @samples: [N_SAMPLES] as the reference takes them
 * @direction: [as the output of all samples]: the loss of a sample is its product with the output
 */
typedef struct
{
  const AmGraph *graph;
  guint height, width;
  ForwardWeights *weights;
  AmNetwork *network;
  AmNetworkRun *run;
  ForwardInputs *samples[N_SAMPLES];
  AmReal *direction;
} Scene;

static void
set_weights (Scene *scene, guint tensor, const double *values)
{
  gsize n = am_network_count_elements (scene->network, tensor);
  g_autofree AmReal *converted = g_new (AmReal, n);

  for (gsize i = 0; i < n; i++)
    converted[i] = (AmReal)values[i];
  am_network_set_weights (scene->network, tensor, converted);
}

/* The samples with positions before channels, as networks have them. */
static AmReal *
arrange (const Scene *scene)
{
  guint64 n = scene->height * scene->width;
  guint input = am_network_get_input (scene->network);
  guint64 channels = am_graph_get_node (scene->graph, input)->channels;
  AmReal *values = g_new (AmReal, N_SAMPLES * n * channels);

  for (guint sample = 0; sample < N_SAMPLES; sample++)
    for (guint64 c = 0; c < channels; c++)
      for (guint64 p = 0; p < n; p++)
        values[(sample * n + p) * channels + c]
            = (AmReal)scene->samples[sample]->values[input].data[c * n + p];
  return values;
}

static void
run (Scene *scene)
{
  g_autoptr (GError) error = NULL;
  g_autofree AmReal *values = arrange (scene);
  guint input = am_network_get_input (scene->network);
  const AmValue value
      = { N_SAMPLES, scene->height, scene->width, am_graph_get_node (scene->graph, input)->channels, values };

  g_clear_pointer (&scene->run, am_network_run_free);
  scene->run = am_network_run_new (scene->network, &value, TRUE, &error);
  g_assert_no_error (error);
  am_network_run_forward (scene->run, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
}

static const AmValue *
get_output (const Scene *scene)
{
  return am_network_run_get_value (scene->run, am_network_get_output (scene->network));
}

static gsize
count_output (const Scene *scene)
{
  const AmValue *value = get_output (scene);

  return am_value_count_rows (value) * value->channels;
}

static void
scene_init (Scene *scene, const AmGraph *graph, guint height, guint width)
{
  g_autoptr (GError) error = NULL;

  *scene = (Scene){ .graph = graph, .height = height, .width = width };
  scene->weights = forward_weights_new_random (graph, 5);
  scene->network = am_network_new (graph, NULL, &error);
  g_assert_no_error (error);
  for (guint t = 0; t < am_graph_get_n_tensors (graph); t++)
    set_weights (scene, t, scene->weights->values[t]);
  for (guint sample = 0; sample < N_SAMPLES; sample++)
    {
      scene->samples[sample] = forward_inputs_new (graph);
      forward_inputs_set_random (scene->samples[sample], "x", height, width, sample);
    }
  run (scene);
  scene->direction = g_new (AmReal, count_output (scene));
  for (gsize i = 0; i < count_output (scene); i++)
    scene->direction[i] = (AmReal)sin ((double)(i * i % 1000) + 0.5);
}

static void
scene_clear (Scene *scene)
{
  for (guint sample = 0; sample < N_SAMPLES; sample++)
    forward_inputs_free (scene->samples[sample]);
  am_network_run_free (scene->run);
  am_network_free (scene->network);
  forward_weights_free (scene->weights);
  g_free (scene->direction);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

/* Greatest difference of a sample over the greatest magnitude. */
static double
compare_sample (const Scene *scene, guint sample)
{
  g_autoptr (GraphForward) reference = graph_forward_new (scene->weights, scene->samples[sample]);
  const ForwardValue *wanted = graph_forward_get_value (reference, am_network_get_output (scene->network));
  const AmValue *value = get_output (scene);
  guint64 n = wanted->height * wanted->width;
  const AmReal *found = value->data + sample * n * value->channels;
  double difference = 0.0, magnitude = 0.0;

  g_assert_cmpuint (value->height, ==, wanted->height);
  g_assert_cmpuint (value->width, ==, wanted->width);
  g_assert_cmpuint (value->channels, ==, wanted->channels);
  for (guint64 c = 0; c < wanted->channels; c++)
    for (guint64 p = 0; p < n; p++)
      {
        double apart = fabs (wanted->data[c * n + p] - (double)found[p * wanted->channels + c]);

        /* So that a NaN counts. */
        difference = apart <= difference ? difference : apart;
        magnitude = MAX (magnitude, fabs (wanted->data[c * n + p]));
      }
  g_assert_cmpfloat (magnitude, >, 0.01);
  return difference / magnitude;
}

void
check_network_forward (const AmGraph *graph, guint height, guint width)
{
  g_auto (Scene) scene = { 0 };

  scene_init (&scene, graph, height, width);
  for (guint sample = 0; sample < N_SAMPLES; sample++)
    g_assert_cmpfloat (compare_sample (&scene, sample), <, FORWARD_LIMIT);
}

static AmReal *
get_gradient (const Scene *scene, guint tensor, guint sample)
{
  const AmGraphTensor *shape = am_graph_get_tensor (scene->graph, tensor);
  gsize n = am_network_count_elements (scene->network, tensor);
  guint64 n_rows = shape->n_dims > 0 ? shape->shape[0] : 1;
  guint64 first = n_rows / 3;
  AmReal *gradient = g_new0 (AmReal, n);

  /* In two parts, as those do who share the work. */
  if (first > 0)
    am_network_run_add_gradient (scene->run, tensor, sample, 0, first, gradient);
  am_network_run_add_gradient (scene->run, tensor, sample, first, n_rows - first,
                               gradient + n / n_rows * first);
  return gradient;
}

#ifdef AM_NETWORK_DOUBLE
static double
get_loss (const Scene *scene, guint sample)
{
  gsize n = count_output (scene) / N_SAMPLES;
  const AmReal *output = get_output (scene)->data + sample * n;
  double sum = 0.0;

  for (gsize i = 0; i < n; i++)
    sum += output[i] * scene->direction[sample * n + i];
  return sum;
}

/* Losses of all samples where one weight is @by greater. */
static void
get_losses (Scene *scene, guint tensor, gsize element, double by, double *losses)
{
  gsize n = am_network_count_elements (scene->network, tensor);
  g_autofree double *values = g_memdup2 (scene->weights->values[tensor], n * sizeof (double));

  values[element] += by;
  set_weights (scene, tensor, values);
  run (scene);
  for (guint sample = 0; sample < N_SAMPLES; sample++)
    losses[sample] = get_loss (scene, sample);
  set_weights (scene, tensor, scene->weights->values[tensor]);
}

static void
check_tensor (Scene *scene, guint tensor, AmReal *const *gradients)
{
  gsize n = am_network_count_elements (scene->network, tensor);
  gsize step = MAX (n / N_PROBES, 1);
  const double by = 1e-5;

  for (gsize element = tensor % step; element < n; element += step)
    {
      double above[N_SAMPLES], below[N_SAMPLES];

      get_losses (scene, tensor, element, by, above);
      get_losses (scene, tensor, element, -by, below);
      for (guint sample = 0; sample < N_SAMPLES; sample++)
        {
          double slope = (above[sample] - below[sample]) / (2.0 * by);
          double found = gradients[sample][element];

          if (!(fabs (slope - found) < 1e-7 * (1.0 + fabs (slope))))
            g_error ("%s [%lu], sample %u: gradient %g; differences say %g",
                     am_graph_get_tensor (scene->graph, tensor)->name, (gulong)element, sample, found, slope);
        }
    }
}

void
check_network_backward (const AmGraph *graph, guint height, guint width)
{
  g_auto (Scene) scene = { 0 };

  scene_init (&scene, graph, height, width);
  /* Hundreds of runs so small that threads would only wait for each other. */
  am_network_set_n_threads (scene.network, 1);
  for (guint t = 0; t < am_graph_get_n_tensors (graph); t++)
    {
      AmReal *gradients[N_SAMPLES] = { NULL };

      if (!am_network_is_learned (scene.network, t))
        continue;
      run (&scene);
      am_network_run_backward (scene.run, scene.direction);
      for (guint sample = 0; sample < N_SAMPLES; sample++)
        gradients[sample] = get_gradient (&scene, t, sample);
      check_tensor (&scene, t, gradients);
      for (guint sample = 0; sample < N_SAMPLES; sample++)
        g_free (gradients[sample]);
    }
}
#else
void
check_network_backward (const AmGraph *graph G_GNUC_UNUSED, guint height G_GNUC_UNUSED,
                        guint width G_GNUC_UNUSED)
{
}
#endif

/* Output and gradients of the first sample, one behind the other. */
static GByteArray *
record (Scene *scene, guint n_threads)
{
  GByteArray *bytes = g_byte_array_new ();

  am_network_set_n_threads (scene->network, n_threads);
  run (scene);
  g_byte_array_append (bytes, (const guint8 *)get_output (scene)->data,
                       (guint)(count_output (scene) * sizeof (AmReal)));
  am_network_run_backward (scene->run, scene->direction);
  for (guint t = 0; t < am_graph_get_n_tensors (scene->graph); t++)
    if (am_network_is_learned (scene->network, t))
      {
        g_autofree AmReal *gradient = get_gradient (scene, t, 0);

        g_byte_array_append (bytes, (const guint8 *)gradient,
                             (guint)(am_network_count_elements (scene->network, t) * sizeof (AmReal)));
      }
  return bytes;
}

void
check_network_threads (const AmGraph *graph, guint height, guint width)
{
  static const guint n_threads[] = { 2, 5 };
  g_auto (Scene) scene = { 0 };
  g_autoptr (GByteArray) alone = NULL;

  scene_init (&scene, graph, height, width);
  alone = record (&scene, 1);
  for (guint i = 0; i < G_N_ELEMENTS (n_threads); i++)
    {
      g_autoptr (GByteArray) together = record (&scene, n_threads[i]);

      g_assert_cmpmem (alone->data, alone->len, together->data, together->len);
    }
}
