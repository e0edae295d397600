/* The directory of a zip archive in a checkpoint's file, checked so far that the two ways of reading an
 * archive (by the central directory, by the local headers) give the same entries. Nothing is ever
 * decompressed.
 *
 * Checksums are not looked at: writers may leave them out, and nothing here is safer for a right one. */
#pragma once

#include "checkpoint/checkpoint-private.h"

G_BEGIN_DECLS

/**
 * AmZipEntry:
 * @name: as written; no NUL inside, unique in the archive, not necessarily UTF-8
 * @method: 0 stored, 8 deflate
 * @compressed: bytes in the file
 * @size: bytes once decompressed; equals @compressed for stored entries
 * @data_offset: byte of the file where the entry's data begins
 */
typedef struct
{
  const char *name;
  guint method;
  guint64 compressed;
  guint64 size;
  guint64 data_offset;
} AmZipEntry;

typedef struct _AmZipDirectory AmZipDirectory;

/**
 * am_zip_directory_read:
 *
 * Checked: the end record is at the very end and agrees with the zip64 one, the directory fills the space it
 * claims, one disk, no encryption, no patched data, no masked headers, names unique, every local header
 * repeats its entry's name, method, flags and (where written) sizes, data inside the file, no two entries
 * overlapping.
 *
 * Returns: (transfer full) (nullable): free with am_zip_directory_free().
 * Errors: CORRUPT, UNSUPPORTED (encrypted, split), NOT_READABLE.
 */
AmZipDirectory *am_zip_directory_read (const AmCheckpoint *checkpoint, guint file, GError **error);
void am_zip_directory_free (AmZipDirectory *directory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmZipDirectory, am_zip_directory_free)

/* Entries, by the place of their data in the file. */
guint am_zip_directory_get_n_entries (const AmZipDirectory *directory);
const AmZipEntry *am_zip_directory_get_entry (const AmZipDirectory *directory, guint index);

/* The entry of that name, or %NULL. */
const AmZipEntry *am_zip_directory_find (const AmZipDirectory *directory, const char *name);

G_END_DECLS
