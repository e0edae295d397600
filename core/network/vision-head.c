#include "network/vision-network-private.h"

#include <math.h>

#include "base/text.h"

/* CLIP's factor where training ends (Radford et al. 2021, section 2.5: it is clipped there). */
#define DEFAULT_LOGIT_SCALE 100.0

static gboolean
check_finite (const AmCheckpoint *checkpoint, const AmTensor *tensor, const double *values, GError **error)
{
  for (guint64 i = 0; i < tensor->length; i++)
    if (!isfinite (values[i]))
      {
        g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, T_ ("%s: %s holds values that are not finite"),
                     am_checkpoint_get_path (checkpoint), tensor->name);
        return FALSE;
      }
  return TRUE;
}

static double *
read_tensor (AmCheckpoint *checkpoint, const AmTensor *tensor, GError **error)
{
  g_autofree double *values = NULL;

  if (!am_dtype_is_mergeable (tensor->dtype))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH, T_ ("%s: %s does not hold numbers to calculate with"),
                   am_checkpoint_get_path (checkpoint), tensor->name);
      return NULL;
    }
  values = g_new (double, tensor->length);
  if (!am_checkpoint_read_doubles (checkpoint, tensor, 0, tensor->length, values, error)
      || !check_finite (checkpoint, tensor, values, error))
    return NULL;
  return g_steal_pointer (&values);
}

static gboolean
read_scale (AmCheckpoint *checkpoint, double *scale, GError **error)
{
  const AmTensor *tensor = am_checkpoint_find (checkpoint, "logit_scale", NULL);
  g_autofree double *values = NULL;

  *scale = DEFAULT_LOGIT_SCALE;
  if (tensor == NULL)
    return TRUE;
  if (tensor->length != 1)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH, T_ ("%s: logit_scale has %lu values; expected one"),
                   am_checkpoint_get_path (checkpoint), (gulong)tensor->length);
      return FALSE;
    }
  values = read_tensor (checkpoint, tensor, error);
  if (values == NULL)
    return FALSE;
  *scale = values[0];
  return TRUE;
}

static const AmTensor *
find_features (const AmCheckpoint *checkpoint, guint64 width, GError **error)
{
  const AmTensor *tensor = am_checkpoint_find (checkpoint, "text_features", NULL);
  const char *path = am_checkpoint_get_path (checkpoint);

  if (tensor == NULL)
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_FOUND,
                 T_ ("%s: there is no tensor text_features, [classes, %lu], to compare pictures with"), path,
                 (gulong)width);
  else if (tensor->n_dims != 2 || tensor->length == 0)
    g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH, T_ ("%s: text_features is not a matrix [classes, %lu]"),
                 path, (gulong)width);
  else if (tensor->shape[1] != width)
    g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
                 T_ ("%s: text_features are %lu wide, but the model's picture embeddings are %lu"), path,
                 (gulong)tensor->shape[1], (gulong)width);
  else
    return tensor;
  return NULL;
}

/* A row of length 1, times what makes the embedding's root mean square its length, times @scale. */
static void
scale_row (const double *in, guint64 width, double scale, AmReal *out)
{
  double square = 0.0, factor;

  for (guint64 c = 0; c < width; c++)
    square += in[c] * in[c];
  factor = square > 0.0 ? scale / sqrt (square * (double)width) : 0.0;
  for (guint64 c = 0; c < width; c++)
    out[c] = (AmReal)(in[c] * factor);
}

gboolean
am_vision_head_load (AmVisionHead *head, const char *path, guint64 width, GError **error)
{
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, error);
  g_autofree double *values = NULL;
  const AmTensor *tensor;
  double scale;

  if (checkpoint == NULL || (tensor = find_features (checkpoint, width, error)) == NULL
      || !read_scale (checkpoint, &scale, error)
      || (values = read_tensor (checkpoint, tensor, error)) == NULL)
    return FALSE;
  head->n_classes = tensor->shape[0];
  head->width = width;
  head->features = g_new (AmReal, tensor->length);
  for (guint64 row = 0; row < head->n_classes; row++)
    scale_row (values + row * width, width, scale, head->features + row * width);
  return TRUE;
}

void
am_vision_head_clear (AmVisionHead *head)
{
  g_clear_pointer (&head->features, g_free);
}

static gboolean
add_node (AmGraph *graph, AmNodeType type, const char *name, gint weight, guint *node, GError **error)
{
  AmNode added = { .type = type,
                   .name = (char *)name,
                   .n_inputs = 1,
                   .inputs = node,
                   .weight = weight,
                   .bias = AM_NO_TENSOR,
                   .mean = AM_NO_TENSOR,
                   .variance = AM_NO_TENSOR };

  return am_graph_add_node (graph, &added, node, error);
}

gboolean
am_vision_head_append (const AmVisionHead *head, AmGraph *graph, guint embedding, guint *tensor,
                       const char **output, GError **error)
{
  const guint64 shape[] = { head->n_classes, head->width };
  guint node = embedding;

  *tensor = am_graph_add_tensor (graph, "head.text_features", G_N_ELEMENTS (shape), shape);
  *output = "head.logits";
  return add_node (graph, AM_NODE_RMS_NORM, "head.norm", AM_NO_TENSOR, &node, error)
         && add_node (graph, AM_NODE_LINEAR, "head.text_features", (gint)*tensor, &node, error)
         && add_node (graph, AM_NODE_OUTPUT, *output, AM_NO_TENSOR, &node, error);
}
