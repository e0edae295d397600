/* Block values and the forms they are written in: recipes, presets, and numbers as artists trade them. */
#include "block-values-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

gboolean
am_block_values_resolve (AmBlockValues *self, const AmBlockWeights *weights, double *values,
                         double *time_embed, double *vae, GError **error)
{
  return am_block_weights_resolve_names (weights, (const char *const *)self->blocks, self->title, values,
                                         time_embed, vae, error);
}

gboolean
am_block_values_show (AmBlockValues *self, const AmBlockWeights *weights)
{
  g_autofree double *values = g_new (double, self->n_blocks + 1);
  g_autoptr (AmBlockWeights) source = am_block_weights_copy (weights);
  gint time_embed = am_block_values_find_kind (self, AM_BAR_TIME_EMBED);
  double time_value, vae;
  gboolean is_changed = FALSE;

  am_block_values_drop_source (self);
  self->fits = am_block_values_resolve (self, source, values, &time_value, &vae, NULL);
  self->source_vae = self->fits ? vae : NAN;
  for (guint i = 0; i < self->n_blocks; i++)
    is_changed |= am_block_values_put (self, i, self->fits ? values[i] : NAN);
  if (time_embed >= 0)
    is_changed |= am_block_values_put (self, (guint)time_embed, source->time_embed);
  self->source = g_steal_pointer (&source);
  return is_changed;
}

/* Elemental rules go with any weights; those of the source come and go with the recipe alone. */
static void
keep_elements (AmBlockValues *self, const AmBlockWeights *weights)
{
  g_ptr_array_set_size (self->elements, 0);
  for (guint i = 0; weights != NULL && i < weights->elements->len; i++)
    g_ptr_array_add (self->elements, g_strdup (g_ptr_array_index (weights->elements, i)));
}

static gboolean
is_same_number (double a, double b)
{
  return a == b || (isnan (a) && isnan (b));
}

void
am_block_values_take_weights (AmBlockValues *self, const AmBlockWeights *weights)
{
  gint time_embed = am_block_values_find_kind (self, AM_BAR_TIME_EMBED);
  gboolean had_source = self->source != NULL && !self->fits;
  double old_vae = self->source_vae;
  gboolean is_changed = FALSE;

  keep_elements (self, weights);
  if (weights != NULL)
    is_changed = am_block_values_show (self, weights);
  else
    {
      am_block_values_drop_source (self);
      for (guint i = 0; i < self->n_blocks; i++)
        is_changed |= am_block_values_put (self, i, NAN);
      if (time_embed >= 0)
        is_changed |= am_block_values_put (self, (guint)time_embed, NAN);
    }
  if (is_changed || had_source != (self->source != NULL && !self->fits)
      || !is_same_number (old_vae, self->source_vae))
    am_block_values_emit_changed (self);
}

/* As a list where it can be one, else by name. */
static void
write_blocks (AmBlockValues *self, AmBlockWeights *weights)
{
  const double *values = (const double *)(gpointer)self->values->data;
  gboolean has_base = self->n_blocks > 0 && strcmp (self->blocks[0], "BASE") == 0;
  guint n_set = 0;

  for (guint i = 0; i < self->n_blocks; i++)
    n_set += !isnan (values[i]);
  if (n_set == 0)
    return;
  if (n_set == self->n_blocks || (has_base && n_set == self->n_blocks - 1 && isnan (values[0])))
    {
      weights->numbers = g_array_new (FALSE, FALSE, sizeof (double));
      g_array_append_vals (weights->numbers, values + self->n_blocks - n_set, n_set);
      return;
    }
  weights->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < self->n_blocks; i++)
    if (!isnan (values[i]))
      g_hash_table_insert (weights->by_name, g_strdup (self->blocks[i]),
                           g_memdup2 (&values[i], sizeof (double)));
}

AmBlockWeights *
am_block_values_to_weights (AmBlockValues *self)
{
  gint time_embed = am_block_values_find_kind (self, AM_BAR_TIME_EMBED);
  g_autoptr (AmBlockWeights) weights
      = self->source != NULL ? am_block_weights_copy (self->source) : am_block_weights_new ();

  if (self->source == NULL)
    write_blocks (self, weights);
  if (time_embed >= 0)
    weights->time_embed = am_block_values_get (self, (guint)time_embed);
  g_ptr_array_set_size (weights->elements, 0);
  for (guint i = 0; i < self->elements->len; i++)
    g_ptr_array_add (weights->elements, g_strdup (g_ptr_array_index (self->elements, i)));
  if (weights->preset == NULL && weights->numbers == NULL && weights->by_name == NULL
      && isnan (weights->time_embed) && weights->elements->len == 0)
    return NULL;
  return g_steal_pointer (&weights);
}

/* Shows what the user gave. The time embedding is not part of what presets and lists of numbers say. */
static void
apply (AmBlockValues *self, AmBlockWeights *weights)
{
  gint time_embed = am_block_values_find_kind (self, AM_BAR_TIME_EMBED);
  gint vae = am_block_values_find_kind (self, AM_BAR_VAE);
  gboolean is_changed = FALSE;

  weights->time_embed = time_embed >= 0 ? am_block_values_get (self, (guint)time_embed) : NAN;
  is_changed = am_block_values_show (self, weights);
  if (!isnan (self->source_vae) && vae >= 0)
    {
      /* The VAE has a bar of its own, so the list keeps what is the blocks'. */
      is_changed |= am_block_values_put (self, (guint)vae, self->source_vae);
      g_array_set_size (self->source->numbers, self->n_blocks);
      self->source_vae = NAN;
    }
  if (is_changed)
    am_block_values_emit_changed (self);
}

static gboolean
check (AmBlockValues *self, const AmBlockWeights *weights, GError **error)
{
  g_autofree double *values = g_new (double, self->n_blocks + 1);
  double time_embed, vae;

  return am_block_values_resolve (self, weights, values, &time_embed, &vae, error);
}

static AmBlockWeights *
new_preset (guint preset, guint second, double blend)
{
  AmBlockWeights *weights = am_block_weights_new ();

  weights->preset = g_strdup (am_preset_get (preset)->id);
  if (second != G_MAXUINT)
    {
      weights->second_preset = g_strdup (am_preset_get (second)->id);
      weights->blend = blend;
    }
  return weights;
}

gboolean
am_block_values_apply_preset (AmBlockValues *self, guint preset, guint second, double blend, GError **error)
{
  g_autoptr (AmBlockWeights) weights = new_preset (preset, second, blend);

  if (!check (self, weights, error))
    return FALSE;
  apply (self, weights);
  return TRUE;
}

gboolean
am_block_values_get_preset (AmBlockValues *self, guint *preset, guint *second, double *blend)
{
  const AmBlockWeights *source = self->source;
  gint first, other;

  if (source == NULL || source->preset == NULL || source->by_name != NULL || !self->fits)
    return FALSE;
  first = am_preset_find (source->preset);
  other = source->second_preset != NULL ? am_preset_find (source->second_preset) : -1;
  if (preset != NULL)
    *preset = (guint)first;
  if (second != NULL)
    *second = other >= 0 ? (guint)other : G_MAXUINT;
  if (blend != NULL)
    *blend = other >= 0 ? source->blend : 0;
  return first >= 0;
}

static gboolean
try_weights (AmBlockValues *self, const AmBlockWeights *weights, double *values, GError **error)
{
  gint vae_bar = am_block_values_find_kind (self, AM_BAR_VAE);
  double time_embed, vae;

  for (guint i = self->n_blocks; i < self->values->len; i++)
    values[i] = NAN;
  if (!am_block_values_resolve (self, weights, values, &time_embed, &vae, error))
    return FALSE;
  if (vae_bar >= 0)
    values[vae_bar] = vae;
  return TRUE;
}

gboolean
am_block_values_try_text (AmBlockValues *self, const char *text, double *values, GError **error)
{
  g_autoptr (AmBlockWeights) weights = am_block_weights_parse (text, error);

  return weights != NULL && try_weights (self, weights, values, error);
}

gboolean
am_block_values_try_preset (AmBlockValues *self, guint preset, double *values)
{
  g_autoptr (AmBlockWeights) weights = new_preset (preset, G_MAXUINT, 0);

  return try_weights (self, weights, values, NULL);
}

gboolean
am_block_values_parse (AmBlockValues *self, const char *text, char **note, GError **error)
{
  g_autoptr (AmBlockWeights) weights = am_block_weights_parse (text, error);
  const char *remark;

  if (weights == NULL || !check (self, weights, error))
    return FALSE;
  remark = am_block_weights_get_note (weights, self->family);
  if (note != NULL)
    *note = remark != NULL ? g_strdup (_ (remark)) : NULL;
  apply (self, weights);
  return TRUE;
}

/* Of 15 to 17 digits the fewest that read back to the same number. */
static void
add_number (GString *text, double number)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  for (int digits = 15; digits <= 17; digits++)
    {
      g_autofree char *format = g_strdup_printf ("%%.%dg", digits);

      g_ascii_formatd (buffer, sizeof (buffer), format, number);
      if (g_ascii_strtod (buffer, NULL) == number)
        break;
    }
  g_string_append (text, buffer);
}

char *
am_block_values_to_text (AmBlockValues *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->n_blocks; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      add_number (text, am_block_values_get_effective (self, i));
    }
  return g_string_free (text, FALSE);
}
