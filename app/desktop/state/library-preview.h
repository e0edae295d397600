/* Preview pictures: decoded and scaled in the background, the ones used last kept in memory. */
#pragma once

#include <gdk/gdk.h>

G_BEGIN_DECLS

#define AM_TYPE_PREVIEW_LOADER (am_preview_loader_get_type ())
G_DECLARE_FINAL_TYPE (AmPreviewLoader, am_preview_loader, AM, PREVIEW_LOADER, GObject)

/* Longest side of a texture, in pixels. */
#define AM_PREVIEW_SIZE 384

/* Signal "loaded" (path): a picture is there, or cannot be read. Of the main thread. */
AmPreviewLoader *am_preview_loader_new (void);

/**
 * am_preview_loader_get:
 * @modified: of the file; a picture remembered with another time is not given
 *
 * Returns: (transfer none) (nullable): the texture, or %NULL when it cannot be read or is not there yet: then
 * loading starts and "loaded" follows. A texture not asked for lately is let go of and loaded again when
 * asked for.
 */
GdkTexture *am_preview_loader_get (AmPreviewLoader *self, const char *path, gint64 modified);

/* Writes the picture at @picture as PNG to @path, upright, and gives the time of the new file in nanoseconds.
 * Errors: G_IO_ERROR, G_FILE_ERROR, GDK_PIXBUF_ERROR. */
gboolean am_preview_write (const char *picture, const char *path, gint64 *modified, GError **error);

G_END_DECLS
