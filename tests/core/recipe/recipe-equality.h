/* Asserts that two recipes say the same, lines and notes aside. */
#pragma once

#include "recipe/recipe.h"

void assert_same_recipe (const AmRecipe *a, const AmRecipe *b);
