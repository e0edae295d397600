/* A file that appears whole or not at all. */
#pragma once

#include <gio/gio.h>

#include "base/error.h"

G_BEGIN_DECLS

typedef struct _AmFileWriter AmFileWriter;

/* Blocks written with am_file_writer_write() begin at multiples of this, from memory aligned to it. */
#define AM_FILE_ALIGNMENT 4096

/**
 * am_file_writer_new:
 * @path: final name
 * @size: bytes the finished file will have
 * @sync: whether am_file_writer_finish() waits for the disk; blocks then bypass the page cache where the
 *   file system can
 *
 * Creates ".NAME.XXXXXX.part" beside @path, locked, with @size bytes allocated, so that a full disk shows
 * before any work. Parts that a killed run left behind are removed.
 *
 * Returns: (transfer full) (nullable). Errors: NO_SPACE, NOT_WRITABLE, NOT_FOUND (folder).
 */
AmFileWriter *am_file_writer_new (const char *path, guint64 size, gboolean sync, GError **error);

/* Removes the part unless it was finished. */
void am_file_writer_free (AmFileWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmFileWriter, am_file_writer_free)

/**
 * am_file_writer_write:
 * @data: aligned to AM_FILE_ALIGNMENT, with room up to the next multiple of it behind @size
 * @size: bytes; anything at the end of the file, else a multiple of AM_FILE_ALIGNMENT
 * @offset: multiple of AM_FILE_ALIGNMENT
 *
 * Thread-safe for ranges that do not overlap. The padding behind @size is set to zero.
 * Errors: NO_SPACE, NOT_WRITABLE.
 */
gboolean am_file_writer_write (AmFileWriter *writer, gpointer data, gsize size, guint64 offset,
                               GError **error);

/* Sets the final length and, with sync, waits for the disk. The file still has its temporary name. */
gboolean am_file_writer_close (AmFileWriter *writer, GError **error);

/* Gives a closed file its final name. Without @replace an existing file is an error: NOT_WRITABLE. */
gboolean am_file_writer_publish (AmFileWriter *writer, gboolean replace, GError **error);

/* Writes a small file whole: new, write, close, publish. */
gboolean am_file_write_whole (const char *path, gconstpointer data, gsize size, gboolean sync,
                              gboolean replace, GError **error);

G_END_DECLS
