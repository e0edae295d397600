/* The user's own presets of block weights, in the form that is traded: a line "NAME<TAB>0,0.25,..." each. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define AM_TYPE_OWN_PRESET (am_own_preset_get_type ())
G_DECLARE_FINAL_TYPE (AmOwnPreset, am_own_preset, AM, OWN_PRESET, GObject)

/* Both never change: a preset that is renamed or given other numbers is another object in the list. */
const char *am_own_preset_get_name (AmOwnPreset *self);
const char *am_own_preset_get_text (AmOwnPreset *self); /* for am_block_values_parse() */

#define AM_TYPE_OWN_PRESETS (am_own_presets_get_type ())
G_DECLARE_FINAL_TYPE (AmOwnPresets, am_own_presets, AM, OWN_PRESETS, GObject)

/**
 * am_own_presets_new:
 * @path: (nullable): the file, SuperMerger's mbwpresets.txt for example; %NULL for the user's own
 *
 * A #GListModel of AmOwnPreset in the order of the file. Reads the file, which need not exist. Of lines with
 * the same name the last counts; lines that are no preset of numbers stay in the file. Of the main thread.
 */
AmOwnPresets *am_own_presets_new (const char *path);

const char *am_own_presets_get_path (AmOwnPresets *self);

/* Position of the preset with that name, or -1. */
gint am_own_presets_find (AmOwnPresets *self, const char *name);

/* What of @name a file can hold, or %NULL when nothing remains. (transfer full). */
char *am_own_presets_clean_name (const char *name);

/**
 * am_own_presets_add:
 * @name: see am_own_presets_clean_name(); a preset of that name is replaced
 * @text: numbers with commas between them
 *
 * This and the next two write the file at once. When that fails, or when the file that is there could not be
 * read, nothing changes. Errors: BAD_RECIPE (no name, no numbers), NOT_WRITABLE.
 */
gboolean am_own_presets_add (AmOwnPresets *self, const char *name, const char *text, GError **error);

/* Errors: also BAD_RECIPE when another preset has the name. */
gboolean am_own_presets_rename (AmOwnPresets *self, guint position, const char *name, GError **error);

gboolean am_own_presets_remove (AmOwnPresets *self, guint position, GError **error);

G_END_DECLS
