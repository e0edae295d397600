/* Elemental rules, BLOCKS:ELEMENTS:RATIO. Private to core/recipe. */
#pragma once

#include "recipe/block-names.h"
#include "recipe/presets.h"

G_BEGIN_DECLS

/* Whether all block names of a checked rule are known. Errors: BAD_RECIPE naming the unknown one. */
gboolean am_element_rule_check_blocks (const char *rule, AmBlockNameFunc name_of, gconstpointer data,
                                       GError **error);

G_END_DECLS
