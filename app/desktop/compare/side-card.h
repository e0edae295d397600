/* One side of a comparison: which checkpoint it is, and ways to choose another. */
#pragma once

#include <gtk/gtk.h>

#include "compare/comparison.h"
#include "state/library.h"

G_BEGIN_DECLS

#define AM_TYPE_SIDE_CARD (am_side_card_get_type ())
G_DECLARE_FINAL_TYPE (AmSideCard, am_side_card, AM, SIDE_CARD, GtkWidget)

/**
 * am_side_card_set_up:
 * @library: kept
 *
 * Once, before the card is shown. Property "path" ("" when empty): what was chosen in the popover or by a
 * dialog.
 */
void am_side_card_set_up (AmSideCard *self, AmSide side, AmLibrary *library);

void am_side_card_set_path (AmSideCard *self, const char *path);
const char *am_side_card_get_path (AmSideCard *self);

G_END_DECLS
