/* Alignment of the draft's models. */
#include "draft-private.h"

static void
park (AmDraft *self, AmAlignSettings *align)
{
  am_align_settings_free (self->parked_align);
  self->parked_align = align;
}

void
am_draft_forget_align (AmDraft *self)
{
  park (self, NULL);
}

/* The settings, made or brought back when there are none. */
static AmAlignSettings *
ensure_settings (AmDraft *self, AmRecipe *recipe)
{
  if (recipe->align == NULL)
    recipe->align
        = self->parked_align != NULL ? g_steal_pointer (&self->parked_align) : am_align_settings_new ();
  return recipe->align;
}

gboolean
am_draft_get_aligns (AmDraft *self)
{
  return am_draft_peek (self)->align != NULL;
}

void
am_draft_set_aligns (AmDraft *self, gboolean aligns)
{
  AmRecipe *recipe;

  if (aligns == am_draft_get_aligns (self))
    return;
  recipe = am_draft_begin (self, NULL);
  if (aligns)
    ensure_settings (self, recipe);
  else
    park (self, g_steal_pointer (&recipe->align));
  am_draft_end (self);
}

gboolean
am_draft_can_align (AmDraft *self)
{
  const AmRecipe *recipe = am_draft_peek (self);
  const AmAlignSettings *align = recipe->align != NULL ? recipe->align : self->parked_align;
  guint n = *am_draft_get_path (self, AM_SLOT_BASE) != '\0';

  for (guint i = 0; i < am_draft_get_n_slots (self); i++)
    n += *am_draft_get_path (self, i) != '\0';
  return n >= 2 || (n == 1 && align != NULL && align->target == AM_ALIGN_TO_FILE);
}

void
am_draft_set_align_target (AmDraft *self, AmAlignTarget target, const char *file)
{
  AmAlignSettings *align = ensure_settings (self, am_draft_begin (self, NULL));

  align->target = target;
  if (g_strcmp0 (align->file, file) != 0)
    {
      g_clear_pointer (&align->sha256, g_free);
      g_free (align->file);
      align->file = g_strdup (file);
    }
  am_draft_end (self);
}

void
am_draft_set_align_restarts (AmDraft *self, guint restarts)
{
  AmAlignSettings *align = ensure_settings (self, am_draft_begin (self, "align restarts"));

  align->restarts = MAX (restarts, 1);
  am_draft_end (self);
}

void
am_draft_set_align_matching (AmDraft *self, AmAlignMatching matching)
{
  AmAlignSettings *align = ensure_settings (self, am_draft_begin (self, NULL));

  align->matching = matching;
  if (matching == AM_ALIGN_BY_ACTIVATIONS)
    {
      align->rotate = FALSE;
      if (align->target == AM_ALIGN_TO_MEAN)
        align->target = AM_ALIGN_TO_FIRST;
    }
  am_draft_end (self);
}

void
am_draft_set_align_data (AmDraft *self, const char *data)
{
  AmAlignSettings *align = ensure_settings (self, am_draft_begin (self, NULL));

  if (g_strcmp0 (align->data, data) != 0)
    {
      g_clear_pointer (&align->data_sha256, g_free);
      g_free (align->data);
      align->data = g_strdup (data);
    }
  am_draft_end (self);
}

void
am_draft_set_align_preprocessing (AmDraft *self, const char *preprocessing)
{
  AmAlignSettings *align = ensure_settings (self, am_draft_begin (self, NULL));

  g_free (align->preprocessing);
  align->preprocessing = g_strdup (preprocessing);
  am_draft_end (self);
}

void
am_draft_set_align_samples (AmDraft *self, guint64 n_samples)
{
  AmAlignSettings *align = ensure_settings (self, am_draft_begin (self, "align samples"));

  align->n_samples = n_samples;
  am_draft_end (self);
}
