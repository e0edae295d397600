/* A recipe: everything a merge depends on. YAML in mergekit's schema with keys of our own. */
#pragma once

#include "base/dtype.h"
#include "recipe/setting.h"

G_BEGIN_DECLS

/* Block weights as written, before they meet an architecture. */
typedef struct
{
  guint line;
  char *preset;          /* preset name, or %NULL */
  char *second_preset;   /* blended with: (1 - blend) * preset + blend * second_preset; or %NULL */
  double blend;
  GArray *numbers;       /* double: as pasted (19, 20, 21, 25, 26, 61 or one per block), or %NULL */
  GHashTable *by_name;   /* block name (char *) -> double *, or %NULL: a map; other blocks keep the ratio */
  double time_embed;     /* NAN: as IN00 */
  GPtrArray *elements;   /* char *: elemental rules "OUT03-OUT06:attn2:0.5", later ones win; may be empty */
} AmBlockWeights;

void am_block_weights_free (AmBlockWeights *weights);
AmBlockWeights *am_block_weights_copy (const AmBlockWeights *weights);

/**
 * am_block_weights_parse:
 * @text: what an artist types or pastes: a preset name, "PRESET1+PRESET2@0.3", or numbers separated by
 *   commas or white space
 *
 * Returns: (transfer full) (nullable): errors BAD_RECIPE (no such preset; not a number; counts are checked
 * later, against the architecture).
 */
AmBlockWeights *am_block_weights_parse (const char *text, GError **error);

typedef struct
{
  char *path;              /* file or folder as written, or the name of an earlier stage */
  char *sha256;            /* 64 hex digits when the recipe pins the input, or %NULL */
  GHashTable *parameters;  /* char * -> AmSetting * */
  AmBlockWeights *blocks;  /* this model's own block weights, or %NULL */
  guint line;
} AmRecipeModel;

/* Policy of a component: which input it comes from. */
typedef enum
{
  AM_POLICY_MERGE,
  AM_POLICY_MODEL, /* copied from model number @model, 0 = the base or A */
  AM_POLICY_FILE,  /* copied from @file: VAE bake */
  AM_POLICY_RATIO, /* merged with the method's main ratio set to @ratio */
  AM_POLICY_DISCARD,
} AmPolicyType;

typedef struct
{
  AmPolicyType type;
  guint model;
  char *file;
  double ratio;
} AmPolicy;

typedef struct
{
  char *name;               /* of a stage, or %NULL */
  char *method;             /* id in the registry */
  AmRecipeModel *base;      /* base_model, or %NULL */
  GPtrArray *models;        /* AmRecipeModel * in order, base excluded unless it is listed too */
  GHashTable *parameters;   /* global: char * -> AmSetting * */
  AmDtype dtype;            /* mergekit's dtype: taken as the output type when out_dtype is absent */
  AmDtype out_dtype;        /* AM_DTYPE_NONE: same as the tensor */
  GHashTable *blocks;       /* parameter id (char *; "" = the main ratio) -> AmBlockWeights * */
  GHashTable *components;   /* component id (char *: "vae", "text_encoder", "unet") -> AmPolicy * */
  GPtrArray *discard;       /* char *: regular expressions of names to leave out */
  gboolean prune;           /* leave out EMA copies and training leftovers */
  gboolean clamp;           /* clamp results to the range of the inputs */
  guint64 seed;
  guint64 shard_size;       /* bytes; 0 = one file */
} AmRecipe;

AmRecipe *am_recipe_new (const char *method);
void am_recipe_free (AmRecipe *recipe);
AmRecipe *am_recipe_copy (const AmRecipe *recipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmRecipe, am_recipe_free)

AmRecipeModel *am_recipe_model_new (const char *path);
void am_recipe_model_free (AmRecipeModel *model);
AmRecipeModel *am_recipe_model_copy (const AmRecipeModel *model);

/**
 * am_recipe_set_parameter:
 * @text: as typed after -p: "alpha=0.3", "weight=0.5,0.3" (one value per model in the order given, base
 *   excluded), "normalize=false", "scope=model"
 *
 * Errors: BAD_RECIPE naming the parameter and what the method takes.
 */
gboolean am_recipe_set_parameter (AmRecipe *recipe, const char *text, GError **error);

/**
 * am_recipes_parse:
 * @text: YAML or JSON, one document per stage
 * @length: bytes, or -1
 * @source: name for messages
 *
 * Reads mergekit's schema and ours. Unknown keys, wrong types and unknown methods are errors that name line
 * and column: BAD_RECIPE. `slices` over whole models in full length are taken as models; other slices, `modules`,
 * and tokenizer surgery say "not yet" by name (UNSUPPORTED). A mergekit `rescale: true` means the L1 rule.
 *
 * Returns: (transfer full) (element-type AmRecipe) (nullable): stages in file order; the last is the result
 * unless another order follows from their names.
 */
GPtrArray *am_recipes_parse (const char *text, gssize length, const char *source, GError **error);

/* Reads the recipe of @path: a YAML or JSON file, a merged .safetensors (its header), or a PNG picture (its
 * text chunk). Errors: NOT_FOUND, NOT_READABLE, BAD_RECIPE, CORRUPT. */
GPtrArray *am_recipes_load (const char *path, GError **error);

/* Whether the file's content or name says it holds a recipe rather than a plain checkpoint: YAML/JSON by name
 * (.yaml .yml .json), a PNG, or a safetensors with an embedded recipe. */
gboolean am_recipe_is_recipe_file (const char *path);

/* Stages as YAML that parses back to the same recipes; the same text for the same recipes, always. */
char *am_recipes_to_yaml (const GPtrArray *recipes);

/* The metadata key, and PNG text keyword, that carry the YAML. */
#define AM_RECIPE_METADATA_KEY "amalgam_recipe"

G_END_DECLS
