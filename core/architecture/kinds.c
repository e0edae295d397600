#include "architecture/model-private.h"

#include <string.h>

typedef struct
{
  const char *part;
  AmLayerKind kind;
} Rule;

/* The first part found in a name decides. */
static const Rule rules[] = {
  { ".in_layers.0.", AM_LAYER_NORM },
  { ".out_layers.0.", AM_LAYER_NORM },
  { "diffusion_model.out.0.", AM_LAYER_NORM },
  { "norm", AM_LAYER_NORM },
  { ".ln_", AM_LAYER_NORM },
  { "ln_final", AM_LAYER_NORM },
  { ".bn", AM_LAYER_NORM },
  { "running_", AM_LAYER_NORM },
  { "num_batches_tracked", AM_LAYER_NORM },
  { "downsample.1.", AM_LAYER_NORM },
  { "shortcut.1.", AM_LAYER_NORM },
  { "attn2", AM_LAYER_CROSS_ATTENTION },
  { "EncDecAttention", AM_LAYER_CROSS_ATTENTION },
  { "cross_attn", AM_LAYER_CROSS_ATTENTION },
  { "mlp", AM_LAYER_FEED_FORWARD },
  { "attn", AM_LAYER_SELF_ATTENTION },
  { "attention", AM_LAYER_SELF_ATTENTION },
  { "Attention", AM_LAYER_SELF_ATTENTION },
  { ".ff.", AM_LAYER_FEED_FORWARD },
  { "ffn", AM_LAYER_FEED_FORWARD },
  { "feed_forward", AM_LAYER_FEED_FORWARD },
  { "DenseReluDense", AM_LAYER_FEED_FORWARD },
  { ".intermediate.", AM_LAYER_FEED_FORWARD },
  { ".output.dense.", AM_LAYER_FEED_FORWARD },
  { "single_blocks.", AM_LAYER_FEED_FORWARD },
  { "embed", AM_LAYER_EMBEDDING },
  { "emb_layers.", AM_LAYER_EMBEDDING },
  { "label_emb.", AM_LAYER_EMBEDDING },
  { "class_token", AM_LAYER_EMBEDDING },
  { "cls_token", AM_LAYER_EMBEDDING },
  { "modulation", AM_LAYER_EMBEDDING },
  { "_mod.lin.", AM_LAYER_EMBEDDING },
  { "time_in.", AM_LAYER_EMBEDDING },
  { "vector_in.", AM_LAYER_EMBEDDING },
  { "guidance_in.", AM_LAYER_EMBEDDING },
  { "img_in.", AM_LAYER_EMBEDDING },
  { "txt_in.", AM_LAYER_EMBEDDING },
  { "wte.", AM_LAYER_EMBEDDING },
  { "wpe.", AM_LAYER_EMBEDDING },
  { "t5xxl.transformer.shared.", AM_LAYER_EMBEDDING },
  { "conv", AM_LAYER_CONV },
  { "skip_connection", AM_LAYER_CONV },
  { "nin_shortcut", AM_LAYER_CONV },
  { ".in_layers.2.", AM_LAYER_CONV },
  { ".out_layers.3.", AM_LAYER_CONV },
  { ".op.", AM_LAYER_CONV },
  { "diffusion_model.out.2.", AM_LAYER_CONV },
  { "diffusion_model.input_blocks.0.0.", AM_LAYER_CONV },
  { "proj", AM_LAYER_PROJECTION },
  { "head", AM_LAYER_PROJECTION },
  { "classifier", AM_LAYER_PROJECTION },
  { "final_layer.linear.", AM_LAYER_PROJECTION },
};

static AmLayerKind
get_kind_of_name (const char *name)
{
  /* The embedders of a conditioner are whole text encoders. */
  if (g_str_has_prefix (name, "conditioner.embedders."))
    name += strlen ("conditioner.embedders.");
  if (g_str_has_prefix (name, "bn"))
    return AM_LAYER_NORM;
  if (g_str_has_prefix (name, "fc.") || g_str_has_prefix (name, "linear."))
    return AM_LAYER_PROJECTION;
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (strstr (name, rules[i].part) != NULL)
      return rules[i].kind;
  return AM_LAYER_OTHER;
}

/* The weight a bias belongs to: its shape tells the kind of both. */
static const AmTensor *
find_weight (const AmModel *model, const AmTensor *tensor)
{
  g_autofree char *stem = NULL;
  g_autofree char *name = NULL;

  if (!g_str_has_suffix (tensor->name, ".bias"))
    return tensor;
  stem = g_strndup (tensor->name, strlen (tensor->name) - strlen ("bias"));
  name = g_strconcat (stem, "weight", NULL);
  return am_checkpoint_find (model->checkpoint, name, NULL);
}

static AmLayerKind
get_kind_of_shape (const AmModel *model, const AmTensor *tensor)
{
  const AmTensor *weight = find_weight (model, tensor);

  if (weight == NULL)
    return AM_LAYER_OTHER;
  if (weight->n_dims == 4)
    return AM_LAYER_CONV;
  if (weight->n_dims == 1 && (model->family == AM_FAMILY_RESNET || model->family == AM_FAMILY_VGG))
    return AM_LAYER_NORM;
  return weight->n_dims == 2 && model->family == AM_FAMILY_MLP ? AM_LAYER_FEED_FORWARD : AM_LAYER_OTHER;
}

AmLayerKind
am_model_get_kind (const AmModel *model, const AmTensor *tensor, const char *canonical)
{
  AmLayerKind kind = get_kind_of_name (canonical);

  return kind != AM_LAYER_OTHER ? kind : get_kind_of_shape (model, tensor);
}
