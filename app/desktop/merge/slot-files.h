/* What a method needs beside the model of a slot: its statistics, or pictures to measure it on. */
#pragma once

#include <adwaita.h>

#include "state/data-source.h"
#include "state/draft.h"

G_BEGIN_DECLS

#define AM_TYPE_SLOT_FILES (am_slot_files_get_type ())
G_DECLARE_FINAL_TYPE (AmSlotFiles, am_slot_files, AM, SLOT_FILES, AdwBin)

/* Kept. Once. */
void am_slot_files_set_slot (AmSlotFiles *self, AmDraft *draft, guint slot);

/* Whose data it offers; kept. */
void am_slot_files_set_data_source (AmSlotFiles *self, AmDataSource *source);

/* Shows what the draft holds now. Hides itself where the method or the slot needs nothing. */
void am_slot_files_update (AmSlotFiles *self);

G_END_DECLS
