/* The models of the merge: one row per slot. */
#pragma once

#include <adwaita.h>

#include "slot-row.h"

G_BEGIN_DECLS

#define AM_TYPE_SLOTS_SECTION (am_slots_section_get_type ())
G_DECLARE_FINAL_TYPE (AmSlotsSection, am_slots_section, AM, SLOTS_SECTION, AdwBin)

/* Both are kept. Once. Signal "items-changed" when more is known about a model. Follows the draft, and tells
 * it the layout of the first model that is known. */
void am_slots_section_set_draft (AmSlotsSection *self, AmDraft *draft, AmLibrary *library);

/* Whose data the rows offer; kept. Once, after the draft. */
void am_slots_section_set_data_source (AmSlotsSection *self, AmDataSource *source);

/* Row of @slot, or %NULL. */
AmSlotRow *am_slots_section_get_row (AmSlotsSection *self, guint slot);

void am_slots_section_clear_complaints (AmSlotsSection *self);

/* Whether a model has a component of that id: "vae". */
gboolean am_slots_section_has_component (AmSlotsSection *self, const char *component);

G_END_DECLS
