/* One checkpoint: what its header says, read in the background. */
#pragma once

#include <gdk/gdk.h>

#include "amalgam.h"

G_BEGIN_DECLS

typedef enum
{
  AM_ITEM_READING,
  AM_ITEM_READY,
  AM_ITEM_FAILED,
} AmItemState;

#define AM_TYPE_LIBRARY_ITEM (am_library_item_get_type ())
G_DECLARE_FINAL_TYPE (AmLibraryItem, am_library_item, AM, LIBRARY_ITEM, GObject)

/* Properties, of the main thread, each notified: "path", "name" (without extension), "state", "title" (of the
 * architecture), "dtype" ("F16"), "size", "modified" (Unix seconds), "sha256", "preview" (GdkTexture, loaded
 * when first asked for), "preview-path". */
const char *am_library_item_get_path (AmLibraryItem *self);
const char *am_library_item_get_name (AmLibraryItem *self);
const char *am_library_item_get_collate_key (AmLibraryItem *self); /* to sort by name: with strcmp() */
AmItemState am_library_item_get_state (AmLibraryItem *self);
const char *am_library_item_get_error (AmLibraryItem *self); /* why it cannot be read, or %NULL */
AmFamily am_library_item_get_family (AmLibraryItem *self);
const char *am_library_item_get_architecture (AmLibraryItem *self); /* "sdxl", or %NULL while reading */
const char *am_library_item_get_title (AmLibraryItem *self);        /* "Stable Diffusion XL base", or %NULL */
const char *am_library_item_get_dtype (AmLibraryItem *self);        /* most bytes are of it, or %NULL */
guint64 am_library_item_get_size (AmLibraryItem *self);             /* bytes of all files */
gint64 am_library_item_get_modified (AmLibraryItem *self);

/* When it was known at the last scan or has been computed since, else %NULL. */
const char *am_library_item_get_sha256 (AmLibraryItem *self);
void am_library_item_set_sha256 (AmLibraryItem *self, const char *sha256); /* as computed just now */
guint am_library_item_get_n_tensors (AmLibraryItem *self);
gboolean am_library_item_is_merge (AmLibraryItem *self);                 /* its header tells of a merge */
const char *const *am_library_item_get_components (AmLibraryItem *self); /* ids; %NULL-terminated */
const char *const *am_library_item_get_blocks (AmLibraryItem *self);     /* as am_model_get_blocks() */
const char *am_library_item_get_preview_path (AmLibraryItem *self);      /* or %NULL */
GdkTexture *
am_library_item_get_preview (AmLibraryItem *self); /* borrowed; %NULL until loaded, then notify::preview */

/* What people call a family in a word or two, as on a badge: "SDXL". Translated. */
const char *am_family_get_badge (AmFamily family);

G_END_DECLS
