/* Block-weight presets, computed from formulas. */
#pragma once

#include "architecture/model.h"
#include "recipe/recipe.h"

G_BEGIN_DECLS

typedef struct
{
  const char *id;      /* "GRAD_V" */
  const char *summary; /* "1 at both ends, falling to 0 in the middle" */
} AmPreset;

/* In the order of menus. */
guint am_preset_get_count (void);
const AmPreset *am_preset_get (guint index);

/* By id, case-insensitive, '-' and '_' alike, also sd-meh's spellings ("2SMOOTHSTEP", "HALF_SMOOTHSTEP"); -1
 * when unknown. */
gint am_preset_find (const char *id);

/* Sets an error BAD_RECIPE "no preset 'ID'; did you mean ...?" and returns -1. */
gint am_preset_fail (const char *id, GError **error);

/**
 * am_preset_fill:
 * @preset: number of the preset
 * @n_blocks: 25 for SD 1/2 or 19 for SDXL: BASE excluded
 * @values: [1 + n_blocks]: BASE first, which is 0 in every preset but ALL_B
 *
 * Curves are functions of x = i / (n_blocks - 1); the formulas are those SuperMerger's 25-block table was
 * made from. SDXL takes the same formulas with 19 points, and lists of its own for MID12_50 and the rings.
 *
 * Returns: %FALSE when the preset has no form for that many blocks.
 */
gboolean am_preset_fill (guint preset, guint n_blocks, double *values);

/* User presets in SuperMerger's file form ("NAME<TAB>v0,v1,..." or "NAME:v0,v1,..."): name -> AmBlockWeights,
 * the last of a name wins. A first line "preset_name<TAB>preset_weights" is allowed; presets of random
 * weights, letters instead of numbers, are left out. Errors: NOT_FOUND, NOT_READABLE, BAD_RECIPE naming the
 * line. */
GHashTable *am_presets_load (const char *path, GError **error);

/**
 * am_block_weights_resolve:
 * @weights: as written
 * @family: architecture they meet
 * @values: (out): [number of blocks] %NAN where the method keeps its own ratio
 * @time_embed: (out): value of time_embed, or %NAN for "as its block"
 * @vae: (out): value of the VAE, or %NAN for "as BASE"
 *
 * One number fewer than blocks leaves BASE at %NAN: 25 on SD 1/2, 19 on SDXL. On SDXL 21 numbers carry VAE
 * last, and 26 or 25 are taken for SD 1's and converted as SuperMerger does (IN09-11 and OUT09-11 dropped):
 * see am_block_weights_get_note(). Presets are for SD 1/2 and SDXL. Block names are found whatever their
 * case, MID is M00. Elemental rules are checked against the block names. Errors: BAD_RECIPE saying what
 * counts or names the architecture takes.
 */
gboolean am_block_weights_resolve (const AmBlockWeights *weights, AmFamily family, double *values,
                                   double *time_embed, double *vae, GError **error);

/* The same for an architecture whose blocks depend on the model: @blocks is %NULL-terminated, @title names it
 * in messages. */
gboolean am_block_weights_resolve_names (const AmBlockWeights *weights, const char *const *blocks,
                                         const char *title, double *values, double *time_embed, double *vae,
                                         GError **error);

/* What people should know about how the numbers met the architecture, a sentence, or %NULL. */
const char *am_block_weights_get_note (const AmBlockWeights *weights, AmFamily family);

/**
 * am_block_weights_match_element:
 * @model: the model whose blocks @block counts
 * @block: block of the tensor, or %AM_BLOCK_NONE
 * @name: its canonical name
 *
 * The ratio of the elemental rule that applies to a tensor, later rules first; %NAN when none does. In
 * BLOCKS:ELEMENTS:RATIO blocks are names or ranges (OUT03-OUT06) and elements are parts of tensor names, both
 * separated by spaces; NOT in front inverts the field and an empty field matches everything. Thread-safe.
 */
double am_block_weights_match_element (const AmBlockWeights *weights, const AmModel *model, guint block,
                                       const char *name);

/* Checks one elemental rule: BLOCKS:ELEMENTS:RATIO. Errors: BAD_RECIPE. */
gboolean am_element_rule_check (const char *rule, GError **error);

G_END_DECLS
