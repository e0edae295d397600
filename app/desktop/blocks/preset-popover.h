/* Presets to choose from: the user's own, then the built-in ones, each with a picture. */
#pragma once

#include <gtk/gtk.h>

#include "state/block-values.h"
#include "state/own-presets.h"

G_BEGIN_DECLS

#define AM_TYPE_PRESET_POPOVER (am_preset_popover_get_type ())
G_DECLARE_FINAL_TYPE (AmPresetPopover, am_preset_popover, AM, PRESET_POPOVER, GtkPopover)

/* @values, @own: (nullable): kept. Only presets that have a form for the blocks of @values are listed.
 * Signals: "preset-chosen" (guint: number of the built-in one), "own-chosen" (AmOwnPreset). Rows of own
 * presets activate "blocks.rename-preset" (s) and "blocks.delete-preset" (s) with the preset's name. */
void am_preset_popover_set_values (AmPresetPopover *self, AmBlockValues *values);
void am_preset_popover_set_own_presets (AmPresetPopover *self, AmOwnPresets *own);

G_END_DECLS
