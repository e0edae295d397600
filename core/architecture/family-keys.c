#include "architecture/key-table.h"

#include <string.h>

#define CLIP_L 768
#define CLIP_G 1280
#define CLIP_H 1024
#define FREQUENCIES 256

static void
add_clip_hf (AmKeyTable *table, AmComponent component, const char *prefix, guint64 width, guint n_layers,
             guint n_needed, gboolean has_position_ids)
{
  AmClipSpec spec = { prefix, am_key_table_narrow (table, width), n_layers, n_needed, has_position_ids };

  table->component = component;
  am_clip_add_hf_keys (table, &spec);
}

static void
add_clip_open (AmKeyTable *table, AmComponent component, const char *prefix, guint64 width, guint n_layers,
               guint n_needed)
{
  AmClipSpec spec = { prefix, am_key_table_narrow (table, width), n_layers, n_needed, FALSE };

  table->component = component;
  am_clip_add_open_keys (table, &spec);
}

static void
add_unet (AmKeyTable *table, const AmUnetSpec *spec)
{
  table->component = AM_COMPONENT_DIFFUSION;
  am_unet_add_keys (table, spec);
}

static void
add_latent_vae (AmKeyTable *table)
{
  am_vae_add_keys (table, &(const AmVaeSpec){ "first_stage_model.", 4, TRUE });
}

static void
add_sd1 (AmKeyTable *table)
{
  add_unet (table, &(const AmUnetSpec){
                       .width = 320,
                       .context = am_key_table_narrow (table, CLIP_L),
                       .n_levels = 4,
                       .multipliers = { 1, 2, 4, 4 },
                       .depths = { 1, 1, 1, 0 },
                       .middle_depth = 1,
                       .n_latents = 4,
                   });
  am_ema_add_keys (table);
  add_latent_vae (table);
  add_clip_hf (table, AM_COMPONENT_TEXT_ENCODER, "cond_stage_model.transformer.", CLIP_L, 12, 12, TRUE);
  am_schedule_add_keys (table);
}

static void
add_sd2 (AmKeyTable *table)
{
  add_unet (table, &(const AmUnetSpec){
                       .width = 320,
                       .context = am_key_table_narrow (table, CLIP_H),
                       .n_levels = 4,
                       .multipliers = { 1, 2, 4, 4 },
                       .depths = { 1, 1, 1, 0 },
                       .middle_depth = 1,
                       .n_latents = 4,
                       .is_linear = TRUE,
                   });
  am_ema_add_keys (table);
  add_latent_vae (table);
  add_clip_open (table, AM_COMPONENT_TEXT_ENCODER, "cond_stage_model.model.", CLIP_H, 24, 23);
  am_schedule_add_keys (table);
}

/* Marks that tell samplers how the model was trained; the values carry nothing to blend. */
static void
add_sdxl_marks (AmKeyTable *table)
{
  AmDtype dtype = table->dtype;

  table->component = AM_COMPONENT_SCHEDULE;
  table->is_optional = TRUE;
  am_key_table_add (table, 0, NULL, "edm_vpred.sigma_max");
  am_key_table_add (table, 0, NULL, "edm_vpred.sigma_min");
  table->dtype = AM_DTYPE_I64;
  am_key_table_add_vector (table, 0, "v_pred");
  am_key_table_add_vector (table, 0, "ztsnr");
  table->is_optional = FALSE;
  table->dtype = dtype;
}

static void
add_sdxl (AmKeyTable *table)
{
  guint64 clip_g = am_key_table_narrow (table, CLIP_G);

  add_unet (table, &(const AmUnetSpec){
                       .width = 320,
                       .context = am_key_table_narrow (table, CLIP_L) + clip_g,
                       .label = clip_g + 6 * am_key_table_narrow (table, FREQUENCIES),
                       .n_levels = 3,
                       .multipliers = { 1, 2, 4 },
                       .depths = { 0, 2, 10 },
                       .middle_depth = 10,
                       .n_latents = 4,
                       .is_linear = TRUE,
                   });
  add_sdxl_marks (table);
  add_latent_vae (table);
  add_clip_hf (table, AM_COMPONENT_TEXT_ENCODER, "conditioner.embedders.0.transformer.", CLIP_L, 12, 11,
               TRUE);
  add_clip_open (table, AM_COMPONENT_TEXT_ENCODER_2, "conditioner.embedders.1.model.", CLIP_G, 32, 31);
  am_schedule_add_keys (table);
}

static void
add_sdxl_refiner (AmKeyTable *table)
{
  guint64 clip_g = am_key_table_narrow (table, CLIP_G);

  add_unet (table, &(const AmUnetSpec){
                       .width = 384,
                       .context = clip_g,
                       .label = clip_g + 5 * am_key_table_narrow (table, FREQUENCIES),
                       .n_levels = 4,
                       .multipliers = { 1, 2, 4, 4 },
                       .depths = { 0, 4, 4, 0 },
                       .middle_depth = 4,
                       .n_latents = 4,
                       .is_linear = TRUE,
                   });
  add_latent_vae (table);
  add_clip_open (table, AM_COMPONENT_TEXT_ENCODER, "conditioner.embedders.0.model.", CLIP_G, 32, 31);
  am_schedule_add_keys (table);
}

static void
add_projected_clip (AmKeyTable *table, AmComponent component, const char *prefix, guint64 width,
                    guint n_layers)
{
  g_autofree char *transformer = g_strconcat (prefix, "transformer.", NULL);
  guint64 narrow = am_key_table_narrow (table, width);

  add_clip_hf (table, component, transformer, width, n_layers, n_layers, FALSE);
  am_key_table_add_matrix (table, narrow, narrow, "%stext_projection.weight", transformer);
  am_key_table_add (table, 0, NULL, "%slogit_scale", prefix);
}

static void
add_sd3 (AmKeyTable *table)
{
  am_sd3_add_keys (table);
  am_vae_add_keys (table, &(const AmVaeSpec){ "first_stage_model.", 16, FALSE });
  add_projected_clip (table, AM_COMPONENT_TEXT_ENCODER, "text_encoders.clip_l.", CLIP_L, 12);
  add_projected_clip (table, AM_COMPONENT_TEXT_ENCODER_2, "text_encoders.clip_g.", CLIP_G, 32);
  table->component = AM_COMPONENT_TEXT_ENCODER_3;
  am_t5_add_keys (table, "text_encoders.t5xxl.transformer.");
  am_key_table_add (table, 0, NULL, "text_encoders.t5xxl.logit_scale");
}

static void
add_flux (AmKeyTable *table)
{
  table->dtype = AM_DTYPE_BF16;
  am_flux_add_keys (table);
  table->dtype = AM_DTYPE_F32;
  am_vae_add_keys (table, &(const AmVaeSpec){ "vae.", 16, FALSE });
  add_clip_hf (table, AM_COMPONENT_TEXT_ENCODER, "text_encoders.clip_l.transformer.", CLIP_L, 12, 12, FALSE);
  table->component = AM_COMPONENT_TEXT_ENCODER_2;
  am_t5_add_keys (table, "text_encoders.t5xxl.transformer.");
}

static gint
compare_rows (gconstpointer a, gconstpointer b)
{
  return strcmp (((const AmExpectedTensor *)a)->name, ((const AmExpectedTensor *)b)->name);
}

static void
clear_row (gpointer row)
{
  g_free (((AmExpectedTensor *)row)->name);
}

GArray *
am_family_list_tensors (AmFamily family, guint width_divisor)
{
  static void (*const builders[]) (AmKeyTable *) = {
    [AM_FAMILY_SD1] = add_sd1,   [AM_FAMILY_SD2] = add_sd2,
    [AM_FAMILY_SDXL] = add_sdxl, [AM_FAMILY_SDXL_REFINER] = add_sdxl_refiner,
    [AM_FAMILY_SD3] = add_sd3,   [AM_FAMILY_FLUX] = add_flux,
  };
  AmKeyTable table = { .divisor = MAX (width_divisor, 1), .dtype = AM_DTYPE_F32 };

  if ((guint)family >= G_N_ELEMENTS (builders) || builders[family] == NULL)
    return NULL;
  table.rows = g_array_new (FALSE, FALSE, sizeof (AmExpectedTensor));
  g_array_set_clear_func (table.rows, clear_row);
  builders[family](&table);
  g_array_sort (table.rows, compare_rows);
  return table.rows;
}
