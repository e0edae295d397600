/* The block weights editor: bars, presets, their mixture, a curve, and the numbers as artists trade them. */
#pragma once

#include <gtk/gtk.h>

#include "state/block-values.h"
#include "state/own-presets.h"

G_BEGIN_DECLS

#define AM_TYPE_BLOCK_EDITOR (am_block_editor_get_type ())
G_DECLARE_FINAL_TYPE (AmBlockEditor, am_block_editor, AM, BLOCK_EDITOR, GtkWidget)

/**
 * am_block_editor_set_values:
 * @values: (nullable): kept; another may be set at any time
 *
 * Shows and changes @values. What belongs together lies within one edit of theirs: a stroke, a preset, a pull
 * at the slider between two presets.
 *
 * Actions for its children and, through the group "blocks", for menus around it: "copy", "paste", "reset",
 * "save-preset", "rename-preset" (s), "delete-preset" (s).
 */
void am_block_editor_set_values (AmBlockEditor *self, AmBlockValues *values);

/* The user's own presets; without them none can be saved. */
void am_block_editor_set_own_presets (AmBlockEditor *self, AmOwnPresets *own);

G_END_DECLS
