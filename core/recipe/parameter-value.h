/* From settings as written to the numbers methods take. Private to core/recipe. */
#pragma once

#include "methods/registry.h"
#include "recipe/setting.h"

G_BEGIN_DECLS

/* Whether mergekit knows a parameter of that name in some method: left out with a note where ours takes none.
 */
gboolean am_parameter_is_mergekit_name (const char *name);

/* BAD_RECIPE: "METHOD has no parameter 'NAME'; it takes a, b and c". Returns -1. */
gint am_method_fail_unknown_parameter (const AmMethod *method, const char *name, GError **error);

/**
 * am_parameter_convert:
 * @setting: NUMBER or WORD
 * @value: (out): the number, 0 or 1 for BOOLEAN, or the index of the choice
 *
 * mergekit's boolean `rescale` becomes the choice "l1" or "none". Errors: BAD_RECIPE with the range or the
 * choices.
 */
gboolean am_parameter_convert (const AmParameter *parameter, const AmSetting *setting, double *value,
                               GError **error);

G_END_DECLS
