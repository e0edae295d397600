/* One model of the merge: what is in the slot, and the ways to fill, change and empty it. */
#pragma once

#include <gtk/gtk.h>

#include "state/data-source.h"
#include "state/draft.h"
#include "state/library.h"

G_BEGIN_DECLS

#define AM_TYPE_SLOT_ROW (am_slot_row_get_type ())
G_DECLARE_FINAL_TYPE (AmSlotRow, am_slot_row, AM, SLOT_ROW, GtkListBoxRow)

/**
 * am_slot_row_new:
 * @slot: number in the draft, or %AM_SLOT_BASE
 *
 * Both objects are kept. Dragged onto another row the two swap models.
 * Signals: "item-changed" when more is known about the model; "files-dropped" (GStrv paths).
 */
AmSlotRow *am_slot_row_new (AmDraft *draft, AmLibrary *library, guint slot);

/* Whose data it offers to methods that measure. Once. */
void am_slot_row_set_data_source (AmSlotRow *self, AmDataSource *source);

/* Shows what the draft holds now. */
void am_slot_row_update (AmSlotRow *self);

/* Opens the list to choose a model from. */
void am_slot_row_choose (AmSlotRow *self);

guint am_slot_row_get_slot (AmSlotRow *self);
AmLibraryItem *am_slot_row_get_item (AmSlotRow *self); /* borrowed; %NULL while the slot is empty */

/* What is wrong with this model, or %NULL. A file that cannot be read is told of anyway. */
void am_slot_row_set_complaint (AmSlotRow *self, const char *complaint);

G_END_DECLS
