/* Parts of the YAML reader of recipes. Private to core/recipe. All errors are BAD_RECIPE with line and column
 * unless told otherwise. */
#pragma once

#include "methods/registry.h"
#include "recipe/recipe.h"
#include "base/yaml-tree.h"

G_BEGIN_DECLS

/* One document on its way into a recipe. */
typedef struct
{
  const AmYamlFile *file;
  const AmMethod *method;
  AmRecipe *recipe;
} AmRecipeReader;

/* Reads the value of one key into @target. */
typedef gboolean (*AmReadFunc) (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                                GError **error);

typedef struct
{
  const char *key;
  AmReadFunc read;
} AmReaderKey;

/* The digest that pins a file; *sha256 gets a new string. */
gboolean am_reader_read_sha256 (AmRecipeReader *reader, const AmYamlNode *node, char **sha256,
                                GError **error);

/* Reads a map whose keys are those of @keys (ended by a %NULL key), in file order; an unknown key is an error
 * that names the nearest known one. @what names the map in messages: "a recipe". */
gboolean am_reader_read_map (AmRecipeReader *reader, const AmYamlNode *node, const AmReaderKey *keys,
                             const char *what, gpointer target, GError **error);

/* Text that is not empty; @target is a char **, whose old value is freed. */
gboolean am_reader_read_text (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                              GError **error);
/* @target is a gboolean *. */
gboolean am_reader_read_boolean (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                                 GError **error);
/* @target is a double *. */
gboolean am_reader_read_number (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                                GError **error);

/* Sets an error "expected EXPECTED, found ...". */
gboolean am_reader_fail_type (const AmRecipeReader *reader, const AmYamlNode *node, const char *expected,
                              GError **error);

/* A map parameter -> setting; @target is the GHashTable * it goes into. */
gboolean am_reader_read_parameters (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                                    GError **error);

/* The same of a model, files among them; @target is the AmRecipeModel. */
gboolean am_reader_read_model_parameters (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                                          GError **error);

/* base_model, models and slices, into the recipe. @target is unused. Errors of slices and of "+lora"
 * references are UNSUPPORTED. */
gboolean am_reader_read_base (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                              GError **error);
gboolean am_reader_read_models (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                                GError **error);
gboolean am_reader_read_slices (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                                GError **error);

/* Block weights of one ratio, in any form; %NULL on errors. */
AmBlockWeights *am_reader_read_block_weights (AmRecipeReader *reader, const AmYamlNode *node, GError **error);

/* blocks, components, align, discard and output, into the recipe. @target is unused. */
gboolean am_reader_read_blocks (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                                GError **error);
gboolean am_reader_read_components (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                                    GError **error);
gboolean am_reader_read_align (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                               GError **error);
gboolean am_reader_read_discard (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                                 GError **error);
gboolean am_reader_read_output (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                                GError **error);

/* A dtype word or "same"; @target is an AmDtype *. */
gboolean am_reader_read_dtype (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                               GError **error);

/* Orders stages so that each comes after those it needs. @documents has their roots, one for each recipe. */
gboolean am_stages_sort (GPtrArray *recipes, const AmYamlFile *file, GError **error);

G_END_DECLS
