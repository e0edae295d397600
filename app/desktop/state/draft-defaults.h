/* What a new merge starts with. */
#pragma once

#include "state/draft.h"

G_BEGIN_DECLS

/* Gives the draft the output folder, name template, metadata switch and type of numbers of the settings. No step of
 * undo. */
void am_draft_take_defaults (AmDraft *self, GSettings *settings);

/* A new, empty merge with those defaults: one step of undo. */
void am_draft_start_anew (AmDraft *self, GSettings *settings);

G_END_DECLS
