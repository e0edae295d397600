#include "architecture/model-private.h"

#include <string.h>

#define UNET "model.diffusion_model."

/* Layers of the deepest member: Stable Diffusion 3.5 large. */
#define SD3_MAX_JOINT 38
#define FLUX_DOUBLE 19
#define FLUX_SINGLE 38

static const char *const unet_blocks[] = {
  "BASE",  "IN00",  "IN01",  "IN02",  "IN03",  "IN04",  "IN05",  "IN06",  "IN07",
  "IN08",  "IN09",  "IN10",  "IN11",  "M00",   "OUT00", "OUT01", "OUT02", "OUT03",
  "OUT04", "OUT05", "OUT06", "OUT07", "OUT08", "OUT09", "OUT10", "OUT11", NULL,
};

static const char *const sdxl_blocks[] = {
  "BASE",  "IN00",  "IN01",  "IN02",  "IN03",  "IN04",  "IN05",  "IN06",  "IN07",  "IN08", "M00",
  "OUT00", "OUT01", "OUT02", "OUT03", "OUT04", "OUT05", "OUT06", "OUT07", "OUT08", NULL,
};

static const char *const sd3_blocks[] = {
  "BASE", "IN",  "J00", "J01", "J02", "J03", "J04", "J05", "J06", "J07", "J08", "J09", "J10", "J11",
  "J12",  "J13", "J14", "J15", "J16", "J17", "J18", "J19", "J20", "J21", "J22", "J23", "J24", "J25",
  "J26",  "J27", "J28", "J29", "J30", "J31", "J32", "J33", "J34", "J35", "J36", "J37", NULL,
};

static const char *const flux_blocks[] = {
  "CLIP", "T5",  "IN",  "D00", "D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08", "D09",
  "D10",  "D11", "D12", "D13", "D14", "D15", "D16", "D17", "D18", "S00", "S01", "S02", "S03",
  "S04",  "S05", "S06", "S07", "S08", "S09", "S10", "S11", "S12", "S13", "S14", "S15", "S16",
  "S17",  "S18", "S19", "S20", "S21", "S22", "S23", "S24", "S25", "S26", "S27", "S28", "S29",
  "S30",  "S31", "S32", "S33", "S34", "S35", "S36", "S37", "OUT", NULL,
};

enum
{
  FLUX_CLIP = 0,
  FLUX_T5 = 1,
  FLUX_IN = 2,
  FLUX_FIRST_DOUBLE = 3,
  FLUX_FIRST_SINGLE = FLUX_FIRST_DOUBLE + FLUX_DOUBLE,
  FLUX_OUT = FLUX_FIRST_SINGLE + FLUX_SINGLE,
};

const char *const *
am_family_get_blocks (AmFamily family)
{
  static const char *const none[] = { NULL };

  switch (family)
    {
    case AM_FAMILY_SD1:
    case AM_FAMILY_SD2:
    case AM_FAMILY_SDXL_REFINER:
      return unet_blocks;
    case AM_FAMILY_SDXL:
      return sdxl_blocks;
    case AM_FAMILY_SD3:
      return sd3_blocks;
    case AM_FAMILY_FLUX:
      return flux_blocks;
    default:
      return none;
    }
}

static gboolean
is_layered (AmFamily family)
{
  return family == AM_FAMILY_CLIP || family == AM_FAMILY_VIT || family == AM_FAMILY_LLAMA;
}

void
am_model_list_blocks (AmModel *model)
{
  const char *const *blocks = am_family_get_blocks (model->family);
  guint limit = model->family == AM_FAMILY_SD3 ? 2 + MIN (model->depth, SD3_MAX_JOINT) : G_MAXUINT;

  for (guint i = 0; blocks[i] != NULL && i < limit; i++)
    g_ptr_array_add (model->blocks, g_strdup (blocks[i]));
  if (is_layered (model->family))
    {
      g_ptr_array_add (model->blocks, g_strdup ("EMBED"));
      for (guint i = 0; i < model->depth; i++)
        g_ptr_array_add (model->blocks, g_strdup_printf ("L%02u", i));
      g_ptr_array_add (model->blocks, g_strdup ("HEAD"));
    }
  g_ptr_array_add (model->blocks, NULL);
}

/* The number after @stem at the start of @name, or -1. */
static gint
read_number (const char *name, const char *stem)
{
  const char *digits = name + strlen (stem);

  if (!g_str_has_prefix (name, stem) || !g_ascii_isdigit (*digits))
    return -1;
  return (gint)MIN (g_ascii_strtoull (digits, NULL, 10), G_MAXUINT16);
}

static guint
number_or (gint number, gint limit, guint first)
{
  return number < limit ? first + (guint)number : AM_BLOCK_NONE;
}

/* SuperMerger's map: time_embed and label_emb go with the first input block, out with the last output block,
 * everything outside the UNet with BASE. */
static guint
find_unet_block (const AmModel *model, const char *name)
{
  gint side = model->family == AM_FAMILY_SDXL ? 9 : 12;
  guint middle = (guint)side + 1;
  gint number;

  if (g_str_has_prefix (name, "time_embed.") || g_str_has_prefix (name, "label_emb."))
    return 1;
  if (g_str_has_prefix (name, "out."))
    return middle + (guint)side;
  if (g_str_has_prefix (name, "middle_block."))
    return middle;
  if ((number = read_number (name, "input_blocks.")) >= 0)
    return number_or (number, side, 1);
  if ((number = read_number (name, "output_blocks.")) >= 0)
    return number_or (number, side, middle + 1);
  return 0;
}

static guint
find_sd3_block (const AmModel *model, const char *name)
{
  guint depth = MIN (model->depth, SD3_MAX_JOINT);
  gint number = read_number (name, "joint_blocks.");

  if (number >= 0)
    return number_or (number, (gint)depth, 2);
  if (g_str_has_prefix (name, "final_layer."))
    return depth + 1;
  return 1;
}

static guint
find_flux_block (const char *name)
{
  gint number;

  if ((number = read_number (name, "double_blocks.")) >= 0)
    return number_or (number, FLUX_DOUBLE, FLUX_FIRST_DOUBLE);
  if ((number = read_number (name, "single_blocks.")) >= 0)
    return number_or (number, FLUX_SINGLE, FLUX_FIRST_SINGLE);
  if (g_str_has_prefix (name, "final_layer."))
    return FLUX_OUT;
  return FLUX_IN;
}

static guint
find_diffusion_block (const AmModel *model, const char *name)
{
  if (model->family == AM_FAMILY_SD3)
    return find_sd3_block (model, name);
  if (model->family == AM_FAMILY_FLUX)
    return find_flux_block (name);
  return find_unet_block (model, name);
}

/* Parts of a diffusion checkpoint outside the diffusion network. */
static guint
find_part_block (const AmModel *model, AmComponent component)
{
  if (component == AM_COMPONENT_SCHEDULE || component == AM_COMPONENT_OTHER)
    return AM_BLOCK_NONE;
  if (model->family != AM_FAMILY_FLUX)
    return 0;
  if (component == AM_COMPONENT_TEXT_ENCODER)
    return FLUX_CLIP;
  return component == AM_COMPONENT_TEXT_ENCODER_2 ? FLUX_T5 : AM_BLOCK_NONE;
}

static gboolean
is_head (const char *name)
{
  static const char *const stems[] = {
    "embed_out.",   "lm_head",           "output.",           "head",        "classifier",  "fc",
    "ln_final",     "text_projection",   "visual_projection", "ln_f.",       "norm.",       "logit_",
    "visual.proj",  "visual.ln_post",    "fc_norm.",          "ln_post.",    "model.norm.", "layernorm.",
    "output_norm.", "final_layer_norm.", "post_layernorm.",   "encoder.ln.", "heads.",
  };

  for (guint i = 0; i < G_N_ELEMENTS (stems); i++)
    if (g_str_has_prefix (name, stems[i]))
      return TRUE;
  return strstr (name, ".final_layer_norm.") != NULL || strstr (name, ".post_layernorm.") != NULL
         || strstr (name, ".ln_f.") != NULL || g_str_has_prefix (name, "vit.layernorm.");
}

static guint
find_layer_block (const AmModel *model, const char *name)
{
  gint layer = am_name_get_layer (name, NULL);

  if (layer >= 0)
    return number_or (layer, (gint)model->depth, 1);
  return is_head (name) ? model->depth + 1 : 0;
}

guint
am_model_find_block (const AmModel *model, const char *canonical, AmComponent component)
{
  if (is_layered (model->family))
    return component == AM_COMPONENT_MODEL ? find_layer_block (model, canonical) : AM_BLOCK_NONE;
  if (am_family_get_blocks (model->family)[0] == NULL)
    return AM_BLOCK_NONE;
  if (component == AM_COMPONENT_DIFFUSION)
    return find_diffusion_block (model, canonical + strlen (UNET));
  return find_part_block (model, component);
}
