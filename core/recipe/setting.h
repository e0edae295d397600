/* A parameter's value as written in a recipe: a scalar, a gradient over layers, or a list of filters. */
#pragma once

#include <glib.h>

#include "base/error.h"

G_BEGIN_DECLS

typedef enum
{
  AM_SETTING_NUMBER,   /* also booleans, as 0 and 1 */
  AM_SETTING_WORD,     /* a choice: "sum", "tensor"; also file names of later methods */
  AM_SETTING_GRADIENT, /* numbers, interpolated linearly over the layers of a stack */
  AM_SETTING_STEPS,    /* words, or "true" and "false", chosen stepwise over the layers */
  AM_SETTING_FILTERS,  /* first filter that is a substring of the tensor name wins; "*" or none matches all */
} AmSettingType;

typedef struct _AmSetting AmSetting;

typedef struct
{
  char *filter; /* %NULL matches all */
  AmSetting *value;
} AmSettingFilter;

/* Fields not used by @type are zero. @line is where it stands in the file, from 1; 0 when made in memory. */
struct _AmSetting
{
  AmSettingType type;
  guint line;
  gboolean is_boolean; /* a NUMBER written as true or false */
  double number;
  char *word;
  GArray *gradient;   /* double */
  GPtrArray *steps;   /* char * */
  GPtrArray *filters; /* AmSettingFilter * */
};

AmSetting *am_setting_new_number (double number);
AmSetting *am_setting_new_boolean (gboolean value);
AmSetting *am_setting_new_word (const char *word);

/* @n >= 1 numbers from the first layer to the last. */
AmSetting *am_setting_new_gradient (const double *numbers, guint n);

/* At least one word; %NULL-terminated. */
AmSetting *am_setting_new_steps (const char *const *words);

/* A list of filters, empty at first; am_setting_add_filter() takes @value and copies @filter (nullable). */
AmSetting *am_setting_new_filters (void);
void am_setting_add_filter (AmSetting *setting, const char *filter, AmSetting *value);

AmSetting *am_setting_copy (const AmSetting *setting);
void am_setting_free (AmSetting *setting);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmSetting, am_setting_free)

/**
 * am_setting_resolve:
 * @setting: what was written
 * @tensor_name: name filters look in
 * @position: 0 .. 1 through the layers of the stack; 0 for tensors outside the layers (mergekit's rule)
 *
 * Returns: (transfer none) (nullable): the scalar setting that applies (NUMBER or WORD), or %NULL when no
 * filter matches. For gradients and steps the result is stored in @scratch, which is returned and borrows
 * from @setting: never free it.
 */
const AmSetting *am_setting_resolve (const AmSetting *setting, const char *tensor_name, double position,
                                     AmSetting *scratch);

/* Whether the setting is the same for every tensor: a NUMBER or a WORD. */
gboolean am_setting_is_constant (const AmSetting *setting);

G_END_DECLS
