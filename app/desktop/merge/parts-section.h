/* Parts of the result that need not be merged: VAE, text encoder, diffusion network. */
#pragma once

#include <adwaita.h>

#include "state/draft.h"

G_BEGIN_DECLS

#define AM_TYPE_PARTS_SECTION (am_parts_section_get_type ())
G_DECLARE_FINAL_TYPE (AmPartsSection, am_parts_section, AM, PARTS_SECTION, AdwBin)

/* Kept and followed. Once. */
void am_parts_section_set_draft (AmPartsSection *self, AmDraft *draft);

/* Which parts the models have; others are shown only when the recipe speaks of them. */
void am_parts_section_set_has_component (AmPartsSection *self, const char *component, gboolean has_component);

G_END_DECLS
