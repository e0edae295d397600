/* Shows the recipe card of the merge and exports it. */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_CARD_DIALOG (am_card_dialog_get_type ())
G_DECLARE_FINAL_TYPE (AmCardDialog, am_card_dialog, AM, CARD_DIALOG, AdwWindow)

/* Of the merge in the workspace's draft as it is now. */
AmCardDialog *am_card_dialog_new (AmWorkspace *workspace);

/**
 * am_card_dialog_export:
 *
 * What the button does once a file is chosen: writes the card in the background and closes the dialog, or
 * says why it could not.
 */
void am_card_dialog_export (AmCardDialog *self, const char *path);

G_END_DECLS
