/* A recipe: everything a merge depends on. YAML in mergekit's schema with keys of our own. */
#pragma once

#include "align/settings.h"
#include "base/dtype.h"
#include "recipe/setting.h"

G_BEGIN_DECLS

/* Block weights as written, before they meet an architecture. */
typedef struct
{
  guint line;
  char *preset;        /* preset name, or %NULL */
  char *second_preset; /* blended with: (1 - blend) * preset + blend * second_preset; or %NULL */
  double blend;
  GArray *numbers;     /* double: as pasted (19, 20, 21, 25, 26, 61 or one per block), or %NULL */
  GHashTable *by_name; /* block name (char *) -> double *, or %NULL: a map; other blocks keep the ratio */
  double time_embed;   /* NAN: as IN00 */
  GPtrArray *elements; /* char *: elemental rules "OUT03-OUT06:attn2:0.5", later ones win; may be empty */
} AmBlockWeights;

void am_block_weights_free (AmBlockWeights *weights);
AmBlockWeights *am_block_weights_copy (const AmBlockWeights *weights);

AmBlockWeights *am_block_weights_new (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmBlockWeights, am_block_weights_free)

/**
 * am_block_weights_parse:
 * @text: what an artist types or pastes: a preset name, "PRESET1+PRESET2@0.3", or numbers separated by
 *   commas or white space
 *
 * Returns: (transfer full) (nullable): errors BAD_RECIPE (no such preset; not a number; counts are checked
 * later, against the architecture).
 */
AmBlockWeights *am_block_weights_parse (const char *text, GError **error);

/* Adds elemental rules separated by commas or newlines: "OUT03 OUT04:attn2 attn1.to_out:0.5". Errors:
 * BAD_RECIPE; then nothing is added. */
gboolean am_block_weights_add_elements (AmBlockWeights *weights, const char *text, GError **error);

/**
 * AmRecipeFiles: what a model's parameters name beside numbers; all may be %NULL
 * @statistics: file of its statistics, for methods that use them
 * @data: pictures to measure it on, for methods that measure while they merge
 * @preprocessing: of the pictures: a built-in one, or a file
 * @statistics_sha256, @data_sha256: 64 hex digits when the recipe pins them
 */
typedef struct
{
  char *statistics, *statistics_sha256;
  char *data, *data_sha256;
  char *preprocessing;
} AmRecipeFiles;

typedef struct
{
  char *path;             /* file or folder as written, or the name of an earlier stage */
  char *sha256;           /* 64 hex digits when the recipe pins the input, or %NULL */
  GHashTable *parameters; /* char * -> AmSetting * */
  AmBlockWeights *blocks; /* this model's own block weights, or %NULL */
  AmRecipeFiles files;
  guint layer_end; /* mergekit's layer_range [0, layer_end): the plan checks that this is the whole
                      model; 0 when the recipe names no layers */
  guint line;
} AmRecipeModel;

/* Policy of a component: which input it comes from. */
typedef enum
{
  AM_POLICY_MERGE,
  AM_POLICY_MODEL, /* copied from model number @model in the order given, or from the base */
  AM_POLICY_FILE,  /* copied from @file: VAE bake */
  AM_POLICY_RATIO, /* merged with the method's main ratio set to @ratio */
  AM_POLICY_DISCARD,
} AmPolicyType;

/* The leading model: the base where there is one, else A. */
#define AM_POLICY_BASE G_MAXUINT

typedef struct
{
  AmPolicyType type;
  guint model; /* base excluded, or AM_POLICY_BASE */
  char *file;
  char *sha256; /* 64 hex digits when the recipe pins @file, or %NULL */
  double ratio;
} AmPolicy;

typedef struct
{
  char *name;             /* of a stage, or %NULL */
  char *method;           /* id in the registry */
  AmRecipeModel *base;    /* base_model, or %NULL */
  GPtrArray *models;      /* AmRecipeModel * in order, base excluded unless it is listed too */
  GHashTable *parameters; /* global: char * -> AmSetting * */
  AmDtype dtype;          /* mergekit's dtype: taken as the output type when out_dtype is absent */
  AmDtype out_dtype;      /* AM_DTYPE_NONE: same as the tensor */
  GHashTable *blocks;     /* parameter id (char *; "" = the main ratio) -> AmBlockWeights * */
  GHashTable *components; /* component id (char *: "vae", "text_encoder", "unet") -> AmPolicy * */
  AmAlignSettings *align; /* reorder the units of the other models first, or %NULL */
  GPtrArray *discard;     /* char *: regular expressions of names to leave out */
  gboolean prune;         /* leave out EMA copies and training leftovers */
  gboolean clamp;         /* clamp results to the range of the inputs */
  guint64 seed;
  guint64 shard_size; /* bytes; 0 = one file */
  GPtrArray *notes;   /* char *: what was read and ignored, for people; not written back */
} AmRecipe;

/* @method is copied; the other fields are empty, dtypes are AM_DTYPE_NONE. */
AmRecipe *am_recipe_new (const char *method);
void am_recipe_free (AmRecipe *recipe);
AmRecipe *am_recipe_copy (const AmRecipe *recipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmRecipe, am_recipe_free)

AmRecipeModel *am_recipe_model_new (const char *path);
void am_recipe_model_free (AmRecipeModel *model);
AmRecipeModel *am_recipe_model_copy (const AmRecipeModel *model);

/**
 * am_recipe_settle_base:
 *
 * Puts the base where the method looks for it, as mergekit does. Methods that know no base take it as the
 * first model: listed already, it moves to the front; else it is inserted there. For the other methods a base
 * that is listed among the models too leaves the list, for its difference from itself is nothing. Does
 * nothing for a method that is not in the registry. Idempotent. Done by am_recipes_parse(); front ends that
 * fill a recipe call it once.
 */
void am_recipe_settle_base (AmRecipe *recipe);

/**
 * am_recipe_set_parameter:
 * @text: as typed after -p: "alpha=0.3", "weight=0.5,0.3" (one value per model in the order given, base
 *   excluded), "normalize=false", "scope=model"
 *
 * Models must be in the recipe already. A value replaces what the recipe says, in its models too.
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
 * and column: BAD_RECIPE. `slices` over whole models in full length are taken as models; other slices,
 * `modules`, and tokenizer surgery say "not yet" by name (UNSUPPORTED). A mergekit `rescale: true` means the
 * L1 rule. Messages begin with "SOURCE:LINE:COLUMN: ". At most 16 MiB, 64 levels deep, 200,000 values with
 * aliases expanded. Anchors and aliases are read; tags and merge keys (<<) are not.
 *
 * Returns: (transfer full) (element-type AmRecipe) (nullable): stages in the order in which they have to run:
 * file order where names do not ask for another. The last is the result.
 */
GPtrArray *am_recipes_parse (const char *text, gssize length, const char *source, GError **error);

/* Number of the stage of that name, or -1: for models that name a stage instead of a file. */
gint am_recipes_find_stage (const GPtrArray *recipes, const char *name);

/* Reads the recipe of @path: a YAML or JSON file, a merged .safetensors (its header), or a PNG picture (its
 * text chunk). Errors: NOT_FOUND, NOT_READABLE, BAD_RECIPE, CORRUPT. */
GPtrArray *am_recipes_load (const char *path, GError **error);

/* Whether the file's content or name says it holds a recipe rather than a plain checkpoint: YAML/JSON by name
 * (.yaml .yml .json), a PNG, or a safetensors with an embedded recipe. */
gboolean am_recipe_is_recipe_file (const char *path);

/* Stages as YAML that parses back to the same recipes; the same text for the same recipes, always. */
char *am_recipes_to_yaml (const GPtrArray *recipes);

/* Policy of a component as written in recipes and after --vae: "a", "b", ... "base", "merge", "discard", a
 * number, or a file. (transfer full); errors: BAD_RECIPE. */
AmPolicy *am_policy_parse (const char *text, GError **error);
AmPolicy *am_policy_copy (const AmPolicy *policy);
void am_policy_free (AmPolicy *policy);

/* "2GB", "500MB", "1GiB", "1000000": bytes, never 0. Errors: BAD_RECIPE. */
gboolean am_size_parse (const char *text, guint64 *size, GError **error);

/* The metadata key, and PNG text keyword, that carry the YAML. */
#define AM_RECIPE_METADATA_KEY "amalgam_recipe"

G_END_DECLS
