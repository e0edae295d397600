/* The files that a model's parameters name. Private to core/recipe. */
#pragma once

#include "recipe/recipe-reader.h"
#include "recipe/recipe.h"

G_BEGIN_DECLS

void am_recipe_files_clear (AmRecipeFiles *files);

/* @copy is overwritten. */
void am_recipe_files_copy (AmRecipeFiles *copy, const AmRecipeFiles *files);

/* Whether models have a file @name with @method: "statistics" where it uses them, "data" and "preprocessing"
 * where it measures. */
gboolean am_recipe_file_is_taken (const AmMethod *method, const char *name);

/* Where @name's text is kept, and its digest's (%NULL for "preprocessing"). */
char **am_recipe_files_get (AmRecipeFiles *files, const char *name, char ***sha256);

/* A path, or {file: PATH, sha256: DIGEST}. */
gboolean am_reader_read_file (AmRecipeReader *reader, const char *name, const AmYamlNode *node,
                              AmRecipeFiles *files, GError **error);

/* Lines "NAME: PATH" in the order of names, for the parameters of a model. */
void am_write_files (GString *out, const AmRecipeFiles *files, guint indent);
gboolean am_recipe_files_is_empty (const AmRecipeFiles *files);

G_END_DECLS
