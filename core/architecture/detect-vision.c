#include "architecture/matrix-chain.h"
#include "architecture/model-private.h"

#include <string.h>

/* DataParallel and torch.compile put their name before all others. */
static void
strip_wrapper (AmModel *model)
{
  static const char *const wrappers[] = { "module.", "_orig_mod." };
  guint n_tensors = am_checkpoint_get_n_tensors (model->checkpoint);

  for (guint i = 0; i < G_N_ELEMENTS (wrappers); i++)
    {
      if (n_tensors == 0
          || !g_str_has_prefix (am_checkpoint_get_tensor (model->checkpoint, 0)->name, wrappers[i])
          || !g_str_has_prefix (am_checkpoint_get_tensor (model->checkpoint, n_tensors - 1)->name,
                                wrappers[i]))
        continue;
      g_free (model->root);
      model->root = g_strdup (wrappers[i]);
      model->prefix = "";
    }
}

static void
forget_wrapper (AmModel *model)
{
  g_free (model->root);
  model->root = g_strdup ("");
}

typedef struct
{
  guint n_stages;
  guint n_blocks[4];
  gboolean is_bottleneck;
} Stages;

static Stages
count_stages (const AmModel *model)
{
  Stages stages = { 0 };

  for (guint i = 0; i < 4; i++)
    {
      stages.n_blocks[i] = am_model_count_under (model, "layer%u.", i + 1);
      if (stages.n_blocks[i] == 0)
        break;
      stages.n_stages++;
    }
  stages.is_bottleneck = am_model_look (model, "layer1.0.conv3.weight") != NULL;
  return stages;
}

/* Layers with weights: two or three convolutions per block, the first convolution and the classifier (He et
 * al. 2016, table 1 and section 4.2). */
static guint
count_layers (const Stages *stages)
{
  guint n_blocks = 0;

  for (guint i = 0; i < stages->n_stages; i++)
    n_blocks += stages->n_blocks[i];
  return n_blocks * (stages->is_bottleneck ? 3 : 2) + 2;
}

static void
set_resnet (AmModel *model, const Stages *stages, const AmTensor *conv)
{
  guint n_layers = count_layers (stages);
  g_autofree char *architecture = g_strdup_printf ("resnet%u", n_layers);
  guint kernel = (guint)am_tensor_get_axis (conv, 2);

  am_model_name (model, AM_FAMILY_RESNET, architecture);
  am_model_add_title_number (model, N_ ("ResNet-%u"), n_layers);
  if (kernel == 3)
    am_model_add_title (model, N_ ("layout for small pictures"), NULL);
  am_model_say (model, "%u stages of %s blocks: %u, %u, %u, %u", stages->n_stages,
                stages->is_bottleneck ? "bottleneck" : "basic", stages->n_blocks[0], stages->n_blocks[1],
                stages->n_blocks[2], stages->n_blocks[3]);
  am_model_say (model, "the first convolution has kernel %u (%s)", kernel, conv->name);
}

gboolean
am_detect_resnet (AmModel *model)
{
  const AmTensor *conv;
  Stages stages;

  strip_wrapper (model);
  conv = am_model_look (model, "conv1.weight");
  stages = count_stages (model);
  if (conv != NULL && conv->n_dims == 4 && stages.n_stages >= 3
      && am_model_look (model, "layer1.0.conv2.weight") != NULL)
    {
      set_resnet (model, &stages, conv);
      return TRUE;
    }
  forget_wrapper (model);
  return FALSE;
}

static guint
count_convolutions (const AmModel *model, guint n_features, gboolean *has_norm)
{
  guint n_convolutions = 0;

  for (guint i = 0; i < n_features; i++)
    {
      const AmTensor *weight = am_model_look (model, "features.%u.weight", i);

      n_convolutions += weight != NULL && weight->n_dims == 4 && weight->shape[2] == 3;
      *has_norm |= am_model_look (model, "features.%u.running_mean", i) != NULL;
    }
  return n_convolutions;
}

/* Simonyan and Zisserman 2015, table 1: 8, 10, 13 or 16 convolutions of 3x3 and three matrices. */
gboolean
am_detect_vgg (AmModel *model)
{
  g_autofree char *architecture = NULL;
  gboolean has_norm = FALSE;
  guint n_convolutions;

  strip_wrapper (model);
  n_convolutions = count_convolutions (model, MIN (am_model_count_under (model, "features."), 64), &has_norm);
  if ((n_convolutions != 8 && n_convolutions != 10 && n_convolutions != 13 && n_convolutions != 16)
      || !am_model_has_under (model, "classifier."))
    {
      forget_wrapper (model);
      return FALSE;
    }
  architecture = g_strdup_printf ("vgg%u%s", n_convolutions + 3, has_norm ? "_bn" : "");
  am_model_name (model, AM_FAMILY_VGG, architecture);
  am_model_add_title_number (model, has_norm ? N_ ("VGG-%u with batch normalisation") : N_ ("VGG-%u"),
                             n_convolutions + 3);
  am_model_say (model, "%u convolutions of 3x3 under features. and a classifier", n_convolutions);
  return TRUE;
}

gboolean
am_detect_mlp (AmModel *model)
{
  g_autoptr (GPtrArray) matrices = am_checkpoint_chain_matrices (model->checkpoint);
  const AmTensor *first;

  if (matrices == NULL)
    return FALSE;
  first = g_ptr_array_index (matrices, 0);
  strip_wrapper (model);
  am_model_name (model, AM_FAMILY_MLP, "mlp");
  am_model_add_title (model, am_family_get_title (AM_FAMILY_MLP), NULL);
  am_model_add_title_number (model, N_ ("%u layers"), matrices->len);
  am_model_say (model,
                "%u matrices whose widths chain, from %" G_GUINT64_FORMAT " inputs (%s), and nothing "
                "but vectors beside them",
                matrices->len, first->shape[1], first->name);
  return TRUE;
}
