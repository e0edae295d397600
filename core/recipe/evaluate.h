/* Parameters of one tensor, from what the recipe says of them. */
#pragma once

#include "methods/registry.h"
#include "recipe/recipe.h"

G_BEGIN_DECLS

/**
 * am_recipe_evaluate:
 * @recipe: settled (am_recipe_settle_base())
 * @method: the recipe's
 * @n_models: at most recipe->models->len; base excluded
 * @tensor_name: (nullable): what filters look in; %NULL for what holds for the whole merge, where only
 * filters without a pattern match
 * @position: 0 .. 1 through the layers of the stack, layer / (layers - 1) (1 for a single layer); 0 outside
 * @parameters: (out): [n_parameters]
 * @model_parameters: (out): [n_models * n_parameters], a row for each model
 *
 * Looks in the model, then in the recipe, then at the method's default; a setting none of whose filters
 * matches is passed over. Parameters that are not per model are looked for in the recipe first and then in
 * the models, the last one winning, and stand in every row. Ratios that block weights replace may stay %NAN
 * when nothing else gives them; blocks themselves are not looked at.
 *
 * Thread-safe; does not allocate unless it fails. Errors: BAD_RECIPE: out of range, no such choice, must be
 * given.
 */
gboolean am_recipe_evaluate (const AmRecipe *recipe, const AmMethod *method, guint n_models,
                             const char *tensor_name, double position, double *parameters,
                             double *model_parameters, GError **error);

G_END_DECLS
