#include "block-values-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

G_DEFINE_FINAL_TYPE (AmBlockValues, am_block_values, G_TYPE_OBJECT)

enum
{
  LAYOUT_CHANGED,
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
am_block_values_finalize (GObject *object)
{
  AmBlockValues *self = AM_BLOCK_VALUES (object);

  g_strfreev (self->blocks);
  g_free (self->title);
  g_array_unref (self->kinds);
  g_array_unref (self->values);
  g_clear_pointer (&self->source, am_block_weights_free);
  g_ptr_array_unref (self->elements);

  G_OBJECT_CLASS (am_block_values_parent_class)->finalize (object);
}

static void
am_block_values_class_init (AmBlockValuesClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = am_block_values_finalize;

  signals[LAYOUT_CHANGED]
      = g_signal_new ("layout-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[CHANGED] = g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
am_block_values_init (AmBlockValues *self)
{
  self->blocks = g_new0 (char *, 1);
  self->title = g_strdup ("");
  self->has_components = TRUE;
  self->kinds = g_array_new (FALSE, FALSE, sizeof (AmBarKind));
  self->values = g_array_new (FALSE, FALSE, sizeof (double));
  self->elements = g_ptr_array_new_with_free_func (g_free);
  self->source_vae = NAN;
  self->soft_maximum = 1;
  self->maximum = 1;
}

AmBlockValues *
am_block_values_new (void)
{
  return g_object_new (AM_TYPE_BLOCK_VALUES, NULL);
}

static gboolean
has_extras (AmBlockValues *self)
{
  return self->n_blocks > 0
         && (self->family == AM_FAMILY_SD1 || self->family == AM_FAMILY_SD2
             || self->family == AM_FAMILY_SDXL);
}

static void
list_kinds (AmBlockValues *self)
{
  static const AmBarKind extras[] = { AM_BAR_TIME_EMBED, AM_BAR_TEXT_ENCODER, AM_BAR_VAE };
  guint n_extras = !has_extras (self) ? 0 : self->has_components ? 3 : 1;
  AmBarKind block = AM_BAR_BLOCK;

  g_array_set_size (self->kinds, 0);
  for (guint i = 0; i < self->n_blocks; i++)
    g_array_append_val (self->kinds, block);
  g_array_append_vals (self->kinds, extras, n_extras);
}

/* Bars of the new layout, with the values of bars of the same kind and name. */
static void
carry_over (AmBlockValues *self, char **old_blocks, const GArray *old_kinds, const GArray *old_values)
{
  g_array_set_size (self->values, self->kinds->len);
  for (guint i = 0; i < self->kinds->len; i++)
    {
      double *value = &g_array_index (self->values, double, i);
      AmBarKind kind = g_array_index (self->kinds, AmBarKind, i);

      *value = NAN;
      for (guint j = 0; j < old_kinds->len; j++)
        if (g_array_index (old_kinds, AmBarKind, j) == kind
            && (kind != AM_BAR_BLOCK || strcmp (old_blocks[j], self->blocks[i]) == 0))
          *value = g_array_index (old_values, double, j);
    }
}

static void
lay_out (AmBlockValues *self, char **old_blocks)
{
  g_autoptr (GArray) old_kinds = g_array_copy (self->kinds);
  g_autoptr (GArray) old_values = g_array_copy (self->values);
  gboolean was_shown = self->fits;

  list_kinds (self);
  carry_over (self, old_blocks, old_kinds, old_values);
  if (self->source == NULL)
    return;
  am_block_values_show (self, self->source);
  if (self->fits || !was_shown || self->n_blocks == 0)
    return;
  am_block_values_drop_source (self);
  carry_over (self, old_blocks, old_kinds, old_values);
}

void
am_block_values_set_layout (AmBlockValues *self, AmFamily family, const char *const *blocks,
                            const char *title)
{
  g_auto (GStrv) old_blocks = NULL;

  g_return_if_fail (AM_IS_BLOCK_VALUES (self) && blocks != NULL);

  if (family == self->family && g_strv_equal (blocks, (const char *const *)self->blocks))
    return;
  /* Without blocks there is nothing to show the values in: they wait in the form recipes have. */
  if (blocks[0] == NULL && self->source == NULL)
    self->source = am_block_values_to_weights (self);
  old_blocks = g_steal_pointer (&self->blocks);
  self->family = family;
  self->blocks = g_strdupv ((char **)blocks);
  self->n_blocks = g_strv_length (self->blocks);
  g_free (self->title);
  self->title = g_strdup (title != NULL ? title : "");
  lay_out (self, old_blocks);
  g_signal_emit (self, signals[LAYOUT_CHANGED], 0);
  am_block_values_emit_changed (self);
}

void
am_block_values_set_has_components (AmBlockValues *self, gboolean has_components)
{
  if (self->has_components == has_components)
    return;
  self->has_components = has_components;
  lay_out (self, self->blocks);
  g_signal_emit (self, signals[LAYOUT_CHANGED], 0);
}

AmFamily
am_block_values_get_family (AmBlockValues *self)
{
  return self->family;
}

guint
am_block_values_get_n_bars (AmBlockValues *self)
{
  return self->values->len;
}

guint
am_block_values_get_n_blocks (AmBlockValues *self)
{
  return self->n_blocks;
}

AmBarKind
am_block_values_get_kind (AmBlockValues *self, guint bar)
{
  g_return_val_if_fail (bar < self->kinds->len, AM_BAR_BLOCK);

  return g_array_index (self->kinds, AmBarKind, bar);
}

gint
am_block_values_find_kind (AmBlockValues *self, AmBarKind kind)
{
  for (guint i = 0; i < self->kinds->len; i++)
    if (g_array_index (self->kinds, AmBarKind, i) == kind)
      return (gint)i;
  return -1;
}

const char *
am_block_values_get_name (AmBlockValues *self, guint bar)
{
  switch (am_block_values_get_kind (self, bar))
    {
    case AM_BAR_TIME_EMBED:
      return _ ("Time embedding");
    case AM_BAR_TEXT_ENCODER:
      return _ ("Text encoder");
    case AM_BAR_VAE:
      return _ ("VAE");
    default:
      return self->blocks[bar];
    }
}

const char *
am_block_values_get_short_name (AmBlockValues *self, guint bar)
{
  switch (am_block_values_get_kind (self, bar))
    {
    case AM_BAR_TIME_EMBED:
      return C_ ("time embedding, at most five letters", "TIME");
    case AM_BAR_TEXT_ENCODER:
      return C_ ("text encoder, at most five letters", "TE");
    case AM_BAR_VAE:
      return _ ("VAE");
    default:
      return self->blocks[bar];
    }
}

const char *
am_block_values_get_group (AmBlockValues *self, guint bar)
{
  const char *name = am_block_values_get_kind (self, bar) == AM_BAR_BLOCK ? self->blocks[bar] : "";
  gsize length = strcspn (name, "0123456789");
  char stem[16];

  /* T5 is a name, not the fifth of a series: those have two digits. */
  if (strlen (name + length) < 2 || length >= sizeof (stem))
    return g_intern_string (name);
  memcpy (stem, name, length);
  stem[length] = '\0';
  return g_intern_string (stem);
}

double
am_block_values_get (AmBlockValues *self, guint bar)
{
  g_return_val_if_fail (bar < self->values->len, NAN);

  return g_array_index (self->values, double, bar);
}

/* The block that an unset extra bar goes with. */
static const char *
get_host (AmBarKind kind)
{
  return kind == AM_BAR_TIME_EMBED ? "IN00" : "BASE";
}

double
am_block_values_get_effective (AmBlockValues *self, guint bar)
{
  double value = am_block_values_get (self, bar);
  AmBarKind kind = am_block_values_get_kind (self, bar);

  if (!isnan (value))
    return value;
  if (kind == AM_BAR_VAE && !isnan (self->source_vae))
    return self->source_vae;
  if (kind == AM_BAR_BLOCK)
    return self->ratio;
  for (guint i = 0; i < self->n_blocks; i++)
    if (strcmp (self->blocks[i], get_host (kind)) == 0)
      return am_block_values_get_effective (self, i);
  return self->ratio;
}

void
am_block_values_emit_changed (AmBlockValues *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

void
am_block_values_drop_source (AmBlockValues *self)
{
  g_clear_pointer (&self->source, am_block_weights_free);
  self->fits = FALSE;
  self->source_vae = NAN;
}

gboolean
am_block_values_put (AmBlockValues *self, guint bar, double value)
{
  double *place = &g_array_index (self->values, double, bar);

  if (!isnan (value))
    value = CLAMP (value, self->minimum, self->maximum);
  if (*place == value || (isnan (*place) && isnan (value)))
    return FALSE;
  *place = value;
  return TRUE;
}

/* A value given by hand. */
static gboolean
put_by_hand (AmBlockValues *self, guint bar, double value)
{
  if (!am_block_values_put (self, bar, value))
    return FALSE;
  if (am_block_values_get_kind (self, bar) == AM_BAR_BLOCK)
    am_block_values_drop_source (self);
  return TRUE;
}

void
am_block_values_set (AmBlockValues *self, guint bar, double value)
{
  g_return_if_fail (bar < self->values->len);

  if (put_by_hand (self, bar, value))
    am_block_values_emit_changed (self);
}

void
am_block_values_set_all (AmBlockValues *self, const double *values)
{
  gboolean is_changed = FALSE;

  for (guint i = 0; i < self->values->len; i++)
    is_changed |= put_by_hand (self, i, values[i]);
  if (is_changed)
    am_block_values_emit_changed (self);
}

void
am_block_values_clear (AmBlockValues *self)
{
  gboolean is_changed = self->source != NULL;

  am_block_values_drop_source (self);
  for (guint i = 0; i < self->values->len; i++)
    is_changed |= am_block_values_put (self, i, NAN);
  if (is_changed)
    am_block_values_emit_changed (self);
}

gboolean
am_block_values_is_set (AmBlockValues *self)
{
  if (self->source != NULL)
    return TRUE;
  for (guint i = 0; i < self->values->len; i++)
    if (!isnan (g_array_index (self->values, double, i)))
      return TRUE;
  return FALSE;
}

void
am_block_values_set_ratio (AmBlockValues *self, double ratio, double soft_minimum, double soft_maximum,
                           double minimum, double maximum)
{
  g_return_if_fail (soft_minimum < soft_maximum && minimum <= soft_minimum && soft_maximum <= maximum);

  if (isnan (ratio))
    ratio = CLAMP (0, soft_minimum, soft_maximum);
  if (self->ratio == ratio && self->soft_minimum == soft_minimum && self->soft_maximum == soft_maximum
      && self->minimum == minimum && self->maximum == maximum)
    return;
  self->ratio = ratio;
  self->soft_minimum = soft_minimum;
  self->soft_maximum = soft_maximum;
  self->minimum = minimum;
  self->maximum = maximum;
  for (guint i = 0; i < self->values->len; i++)
    am_block_values_put (self, i, g_array_index (self->values, double, i));
  am_block_values_emit_changed (self);
}

double
am_block_values_get_ratio (AmBlockValues *self)
{
  return self->ratio;
}

double
am_block_values_get_soft_minimum (AmBlockValues *self)
{
  return self->soft_minimum;
}

double
am_block_values_get_soft_maximum (AmBlockValues *self)
{
  return self->soft_maximum;
}

double
am_block_values_get_minimum (AmBlockValues *self)
{
  return self->minimum;
}

double
am_block_values_get_maximum (AmBlockValues *self)
{
  return self->maximum;
}

void
am_block_values_begin_edit (AmBlockValues *self)
{
  if (self->edit_depth++ == 0)
    self->edit++;
}

void
am_block_values_end_edit (AmBlockValues *self)
{
  g_return_if_fail (self->edit_depth > 0);

  self->edit_depth--;
}

gboolean
am_block_values_is_editing (AmBlockValues *self)
{
  return self->edit_depth > 0;
}

guint
am_block_values_get_edit (AmBlockValues *self)
{
  return self->edit;
}
