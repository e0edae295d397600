/* Block-weight presets, computed from formulas. */
#pragma once

#include "architecture/model.h"
#include "recipe/recipe.h"

G_BEGIN_DECLS

typedef struct
{
  const char *id;      /* "GRAD_V" */
  const char *summary; /* "from A at the middle to B at both ends" */
} AmPreset;

guint am_preset_get_count (void);
const AmPreset *am_preset_get (guint index);

/* By id, case-insensitive, also sd-meh's spellings ("2SMOOTHSTEP", "HALF_SMOOTHSTEP"); -1 when unknown. */
gint am_preset_find (const char *id);

/**
 * am_preset_fill:
 * @preset: number of the preset
 * @n_blocks: 25 for SD 1/2 or 19 for SDXL: BASE excluded
 * @values: [1 + n_blocks]: BASE first
 *
 * Returns: %FALSE when the preset has no form for that many blocks.
 */
gboolean am_preset_fill (guint preset, guint n_blocks, double *values);

/* User presets in SuperMerger's file form ("NAME<TAB>v0,v1,..." or "NAME:v0,v1,..."): name -> AmBlockWeights.
 * Errors: BAD_RECIPE naming the line. */
GHashTable *am_presets_load (const char *path, GError **error);

/**
 * am_block_weights_resolve:
 * @weights: as written
 * @family: architecture they meet
 * @values: (out): [number of blocks] NAN where the method keeps its own ratio
 * @time_embed: (out): value of time_embed, or NAN for "as its block"
 *
 * 25 and 19 numbers leave BASE at NAN; 26 numbers on SDXL are converted as SuperMerger does (IN09-11 and
 * OUT09-11 dropped) with a note; 21 numbers on SDXL carry VAE last; 61 are Flux. Errors: BAD_RECIPE saying
 * what counts the architecture takes.
 */
gboolean am_block_weights_resolve (const AmBlockWeights *weights, AmFamily family, double *values,
                                   double *time_embed, double *vae, GError **error);

/* The elemental rule that applies to a tensor, later ones first; NAN when none does. */
double am_block_weights_match_element (const AmBlockWeights *weights, const AmModel *model, guint block,
                                       const char *name);

/* Checks one elemental rule: BLOCKS:ELEMENTS:RATIO. Errors: BAD_RECIPE. */
gboolean am_element_rule_check (const char *rule, GError **error);

G_END_DECLS
