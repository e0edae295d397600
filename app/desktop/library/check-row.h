/* A row that offers work on a checkpoint, shows how far it is, and what came of it. */
#pragma once

#include <adwaita.h>

#include "base/job.h"

G_BEGIN_DECLS

#define AM_TYPE_CHECK_ROW (am_check_row_get_type ())
G_DECLARE_FINAL_TYPE (AmCheckRow, am_check_row, AM, CHECK_ROW, AdwPreferencesRow)

/* Properties: "heading", "action-label" (with mnemonic).
 *
 * Signals: "wanted": the button was pressed, the receiver calls am_check_row_start(); "done" (text): what the
 * job returned, before the row shows it. */

/* @job: (transfer full): its result must be text; started. */
void am_check_row_start (AmCheckRow *self, AmJob *job);

/* Forgets what was shown, and cancels what runs. @text: (nullable): a result known already. */
void am_check_row_reset (AmCheckRow *self, const char *text);

const char *am_check_row_get_text (AmCheckRow *self); /* of the result; (nullable) */
gboolean am_check_row_is_running (AmCheckRow *self);

G_END_DECLS
