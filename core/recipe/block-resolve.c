#include <math.h>
#include <string.h>

#include "base/text.h"
#include "recipe/block-elements.h"
#include "recipe/block-names.h"
#include "recipe/presets.h"

#define N_SD1 26
#define N_SDXL 20

/* The architecture's side and where the values go. */
typedef struct
{
  const AmBlockWeights *weights;
  const char *const *blocks;
  guint n_blocks;
  const char *title;
  gboolean has_base;
  gboolean is_sdxl;
  double *values;
  double *vae;
} Target;

static gboolean
fail_architecture (const Target *target, GError **error)
{
  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
               T_ ("%s has no merge blocks, so block weights do not apply"), target->title);
  return FALSE;
}

static gboolean
fail_count (const Target *target, GError **error)
{
  guint n = target->n_blocks;
  g_autofree char *without
      = target->has_base ? g_strdup_printf (T_ (", or %u without BASE"), n - 1) : g_strdup ("");
  const char *more = target->is_sdxl ? T_ (", 21 with VAE at the end, or the 26 of SD 1") : "";

  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, T_ ("%u block weights; %s takes %u numbers%s%s"),
               target->weights->numbers->len, target->title, n, without, more);
  return FALSE;
}

/* SD 1's numbers on SDXL, the way SuperMerger maps them: IN09-IN11 and OUT09-OUT11 have no counterpart. */
static void
copy_from_sd1 (const Target *target, const double *numbers, gboolean with_base)
{
  const double *blocks = with_base ? numbers + 1 : numbers;

  target->values[0] = with_base ? numbers[0] : NAN;
  for (guint i = 0; i < 9; i++)
    target->values[1 + i] = blocks[i];
  for (guint i = 0; i < 10; i++)
    target->values[10 + i] = blocks[12 + i];
}

static gboolean
resolve_numbers (const Target *target, GError **error)
{
  const double *numbers = (const double *)(gpointer)target->weights->numbers->data;
  guint n = target->weights->numbers->len;

  if (n == target->n_blocks)
    memcpy (target->values, numbers, n * sizeof (double));
  else if (target->has_base && n + 1 == target->n_blocks)
    {
      target->values[0] = NAN;
      memcpy (target->values + 1, numbers, n * sizeof (double));
    }
  else if (target->is_sdxl && n == N_SDXL + 1)
    {
      memcpy (target->values, numbers, N_SDXL * sizeof (double));
      *target->vae = numbers[N_SDXL];
    }
  else if (target->is_sdxl && (n == N_SD1 || n == N_SD1 - 1))
    copy_from_sd1 (target, numbers, n == N_SD1);
  else
    return fail_count (target, error);
  return TRUE;
}

static gboolean
fill (const Target *target, const char *id, double *values, GError **error)
{
  gint preset = am_preset_find (id);

  if (preset < 0)
    return am_preset_fail (id, error) >= 0;
  if (target->has_base && am_preset_fill ((guint)preset, target->n_blocks - 1, values))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, T_ ("the preset %s has no form for the %u blocks of %s"),
               id, target->n_blocks, target->title);
  return FALSE;
}

static gboolean
resolve_preset (const Target *target, GError **error)
{
  const AmBlockWeights *weights = target->weights;
  double second[N_SD1];

  if (!fill (target, weights->preset, target->values, error))
    return FALSE;
  if (weights->second_preset == NULL)
    return TRUE;
  if (!fill (target, weights->second_preset, second, error))
    return FALSE;
  for (guint i = 0; i < target->n_blocks; i++)
    target->values[i] = (1 - weights->blend) * target->values[i] + weights->blend * second[i];
  return TRUE;
}

static gboolean
resolve_names (const Target *target, GError **error)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, target->weights->by_name);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      gint index = am_block_names_find (am_block_name_in_list, target->blocks, name, strlen (name));

      if (index >= 0)
        target->values[index] = *(double *)value;
      else if (strcmp (name, "VAE") == 0)
        *target->vae = *(double *)value;
      else
        {
          g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                       T_ ("%s has no block '%s'; its blocks are %s ... %s"), target->title, (char *)name,
                       target->blocks[0], target->blocks[target->n_blocks - 1]);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
check_elements (const Target *target, GError **error)
{
  for (guint i = 0; i < target->weights->elements->len; i++)
    {
      const char *rule = g_ptr_array_index (target->weights->elements, i);

      if (!am_element_rule_check_blocks (rule, am_block_name_in_list, target->blocks, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
resolve (const Target *target, GError **error)
{
  const AmBlockWeights *weights = target->weights;

  if (target->n_blocks == 0)
    return fail_architecture (target, error);
  for (guint i = 0; i < target->n_blocks; i++)
    target->values[i] = NAN;
  if (weights->preset != NULL && !resolve_preset (target, error))
    return FALSE;
  if (weights->numbers != NULL && !resolve_numbers (target, error))
    return FALSE;
  if (weights->by_name != NULL && !resolve_names (target, error))
    return FALSE;
  return check_elements (target, error);
}

gboolean
am_block_weights_resolve_names (const AmBlockWeights *weights, const char *const *blocks, const char *title,
                                double *values, double *time_embed, double *vae, GError **error)
{
  Target target = { .weights = weights, .blocks = blocks, .title = title, .values = values, .vae = vae };

  target.n_blocks = g_strv_length ((char **)blocks);
  target.has_base = target.n_blocks > 0 && strcmp (blocks[0], "BASE") == 0;
  target.is_sdxl = target.n_blocks == N_SDXL && strcmp (blocks[N_SDXL - 1], "OUT08") == 0;
  *time_embed = weights->time_embed;
  *vae = NAN;
  if (resolve (&target, error))
    return TRUE;
  if (weights->line > 0)
    g_prefix_error (error, "line %u: ", weights->line);
  return FALSE;
}

gboolean
am_block_weights_resolve (const AmBlockWeights *weights, AmFamily family, double *values, double *time_embed,
                          double *vae, GError **error)
{
  return am_block_weights_resolve_names (weights, am_family_get_blocks (family), am_family_get_title (family),
                                         values, time_embed, vae, error);
}

const char *
am_block_weights_get_note (const AmBlockWeights *weights, AmFamily family)
{
  guint n = weights->numbers != NULL ? weights->numbers->len : 0;

  if (family != AM_FAMILY_SDXL || (n != N_SD1 && n != N_SD1 - 1))
    return NULL;
  return N_ ("block weights of SD 1 on SDXL: the numbers of IN09-IN11 and OUT09-OUT11 are left out");
}
