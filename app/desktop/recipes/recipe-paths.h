/* Where the models of a loaded recipe are on this machine. */
#pragma once

#include "amalgam.h"
#include "state/library.h"

G_BEGIN_DECLS

/**
 * am_recipe_paths_find:
 * @recipes: (element-type AmRecipe): paths of models, VAE files and what an alignment needs are replaced
 *   by those found
 * @folder: (nullable): of the recipe's file
 * @library: (nullable): where files of the same name are looked for too
 *
 * Outputs and recipe cards name their inputs without folders and pin them by SHA-256. A file with another
 * known digest is never taken for a pinned one. What is not found stays as it was written.
 *
 * Returns: (transfer full) (element-type utf8): the names of what was not found, each once; may be empty.
 */
GPtrArray *am_recipe_paths_find (GPtrArray *recipes, const char *folder, GListModel *library);

/**
 * am_recipe_paths_hide:
 *
 * The other way: leaves the file names alone, as outputs do, and pins each by its SHA-256. Digests not in the
 * cache are computed, which reads the whole file. Of any thread. Errors: NOT_FOUND, NOT_READABLE, CANCELLED.
 */
gboolean am_recipe_paths_hide (GPtrArray *recipes, GCancellable *cancellable, GError **error);

G_END_DECLS
