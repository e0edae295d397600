#include "network/vision-network-private.h"

#include <string.h>

#include "base/text.h"

/* What a value depends on. */
enum
{
  COMES_FROM_PICTURE = 1,
  COMES_FROM_TEXT = 2,
};

/* [n_nodes]; (transfer full) */
static guint *
find_origins (const AmGraph *graph)
{
  guint n = am_graph_get_n_nodes (graph);
  guint *origins = g_new0 (guint, MAX (n, 1));

  for (guint i = 0; i < n; i++)
    {
      const AmNode *node = am_graph_get_node (graph, i);

      if (node->type == AM_NODE_INPUT)
        origins[i] = COMES_FROM_PICTURE;
      else if (node->type == AM_NODE_EMBEDDING)
        origins[i] = COMES_FROM_TEXT;
      for (guint k = 0; k < node->n_inputs; k++)
        origins[i] |= origins[node->inputs[k]];
    }
  return origins;
}

/* Families without pictures, and those that paint them. An unknown one is described by its user. */
static gboolean
check_family (const AmModel *model, const char *architecture, GError **error)
{
  static const AmFamily vision[]
      = { AM_FAMILY_UNKNOWN, AM_FAMILY_CLIP, AM_FAMILY_VIT, AM_FAMILY_RESNET, AM_FAMILY_VGG, AM_FAMILY_MLP };
  g_autofree char *title = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (vision); i++)
    if (architecture != NULL || am_model_get_family (model) == vision[i])
      return TRUE;
  title = am_model_translate_title (model, am_translate);
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               T_ ("%s: this model (%s) does not classify pictures; MLP, VGG, ResNet, ViT and CLIP do"),
               am_checkpoint_get_path (am_model_get_checkpoint (model)), title);
  return FALSE;
}

/* The better the sooner; the name of a tower may stand before it. */
static const char *const embeddings[] = { "projected", "pooled" };

static guint
rank_output (const char *name)
{
  if (g_str_equal (name, "logits"))
    return 0;
  for (guint i = 0; i < G_N_ELEMENTS (embeddings); i++)
    if (g_str_has_suffix (name, embeddings[i]))
      return i + 2;
  /* Hidden states of a layer are nobody's logits. */
  return strstr (name, "hidden") != NULL || g_str_has_suffix (name, "embedded") ? G_MAXUINT : 1;
}

static gboolean
is_embedding (const AmNode *output)
{
  return rank_output (output->name) > 1;
}

/* The output to classify by: logits, another one of the user's, or an embedding. */
static const AmNode *
find_output (const AmVisionNetwork *self, guint *index, GError **error)
{
  g_autofree guint *origins = find_origins (self->graph);
  const AmNode *best = NULL;

  for (guint i = 0; i < am_graph_get_n_nodes (self->graph); i++)
    {
      const AmNode *node = am_graph_get_node (self->graph, i);

      if (node->type != AM_NODE_OUTPUT || origins[i] != COMES_FROM_PICTURE
          || rank_output (node->name) == G_MAXUINT)
        continue;
      if (best != NULL && rank_output (node->name) >= rank_output (best->name))
        continue;
      best = node;
      *index = i;
    }
  if (best == NULL)
    g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                 T_ ("%s: the model has no output that classifies pictures or embeds them"),
                 am_checkpoint_get_path (self->checkpoint));
  return best;
}

static gboolean
check_logits (const AmVisionNetwork *self, const AmNode *output, GError **error)
{
  if (!is_embedding (output))
    return TRUE;
  g_set_error (
      error, AM_ERROR, AM_ERROR_UNSUPPORTED,
      T_ ("%s: the model makes embeddings of pictures and no logits; pass a head, a safetensors file with "
          "text_features [classes, %lu]"),
      am_checkpoint_get_path (self->checkpoint), (gulong)output->channels);
  return FALSE;
}

static gboolean
make_network (AmVisionNetwork *self, const char *head_path, gboolean needs_logits, GError **error)
{
  g_auto (AmVisionHead) head = { 0 };
  guint index = 0, tensor = 0;
  const AmNode *output = find_output (self, &index, error);
  const char *name;

  if (output == NULL)
    return FALSE;
  name = output->name;
  if (head_path != NULL)
    {
      if (!am_vision_head_load (&head, head_path, output->channels, error)
          || !am_vision_head_append (&head, self->graph, index, &tensor, &name, error))
        return FALSE;
    }
  else if (needs_logits && !check_logits (self, output, error))
    return FALSE;
  self->network = am_network_new (self->graph, name, error);
  if (self->network == NULL)
    {
      g_prefix_error (error, "%s: ", am_checkpoint_get_path (self->checkpoint));
      return FALSE;
    }
  if (head.features != NULL)
    am_network_set_weights (self->network, tensor, head.features);
  return TRUE;
}

/* A transformer without its classifier hands out all its tokens. */
static gboolean
check_positions (const AmVisionNetwork *self, GError **error)
{
  if (!self->has_many_positions)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               T_ ("%s: the model has no classifier: %s is a value for each position of a picture"),
               am_checkpoint_get_path (self->checkpoint),
               am_graph_get_node (self->graph, am_network_get_output (self->network))->name);
  return FALSE;
}

static gboolean
fill (AmVisionNetwork *self, const char *architecture, const char *head, gboolean needs_logits,
      GError **error)
{
  if (!check_family (self->model, architecture, error))
    return FALSE;
  self->graph = am_graph_new_for_model (self->model, architecture, error);
  if (self->graph == NULL)
    return FALSE;
  self->n_model_tensors = am_graph_get_n_tensors (self->graph);
  if (!make_network (self, head, needs_logits, error)
      || !am_network_load (self->network, self->model, self->checkpoint, error))
    return FALSE;
  am_vision_network_find_pictures (self);
  return !needs_logits || check_positions (self, error);
}

AmVisionNetwork *
am_vision_network_new (const AmModel *model, AmCheckpoint *checkpoint, const char *architecture,
                       const char *head, gboolean needs_logits, GError **error)
{
  g_autoptr (AmVisionNetwork) self = g_new0 (AmVisionNetwork, 1);

  self->model = model;
  self->checkpoint = checkpoint;
  return fill (self, architecture, head, needs_logits, error) ? g_steal_pointer (&self) : NULL;
}

AmVisionNetwork *
am_vision_network_open (const char *path, const char *architecture, const char *head, GError **error)
{
  g_autoptr (AmVisionNetwork) self = g_new0 (AmVisionNetwork, 1);

  self->own_checkpoint = am_checkpoint_open (path, error);
  if (self->own_checkpoint == NULL)
    return NULL;
  self->own_model = am_model_new (self->own_checkpoint);
  self->checkpoint = self->own_checkpoint;
  self->model = self->own_model;
  return fill (self, architecture, head, TRUE, error) ? g_steal_pointer (&self) : NULL;
}

void
am_vision_network_free (AmVisionNetwork *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->network, am_network_free);
  g_clear_pointer (&self->graph, am_graph_free);
  g_clear_pointer (&self->own_model, am_model_free);
  g_clear_pointer (&self->own_checkpoint, am_checkpoint_free);
  g_free (self);
}

AmNetwork *
am_vision_network_get_network (AmVisionNetwork *self)
{
  return self->network;
}

const AmModel *
am_vision_network_get_model (const AmVisionNetwork *self)
{
  return self->model;
}

AmCheckpoint *
am_vision_network_get_checkpoint (const AmVisionNetwork *self)
{
  return self->checkpoint;
}

guint
am_vision_network_get_n_model_tensors (const AmVisionNetwork *self)
{
  return self->n_model_tensors;
}

guint64
am_vision_network_get_n_classes (const AmVisionNetwork *self)
{
  return am_graph_get_node (self->graph, am_network_get_output (self->network))->channels;
}

void
am_vision_network_get_picture_size (const AmVisionNetwork *self, guint64 *height, guint64 *width)
{
  *height = self->height;
  *width = self->width;
}
