/* Digests of files already hashed, in $XDG_CACHE_HOME/amalgam/digests. Only core/checkpoint includes this.
 *
 * One line a file: SHA256, size, mtime in nanoseconds, inode, path, separated by single spaces. Lines that do
 * not read so are dropped. A cache that cannot be read or written is no error: files are hashed anew. All
 * functions are thread-safe. */
#pragma once

#include <sys/stat.h>

#include <glib.h>

G_BEGIN_DECLS

/* The digest of @path, whose status is @status, or %NULL. (transfer full) */
char *am_digest_cache_get (const char *path, const struct stat *status);

/* Remembers @sha256. A file modified so recently that another write could leave the same time stamp is not
 * remembered; @started is the real time in microseconds when hashing began. */
void am_digest_cache_put (const char *path, const struct stat *status, const char *sha256, gint64 started);

/* Digests by path, of all files that still are as they were. (transfer full) */
GHashTable *am_digest_cache_list (void);

/* A path that still is as it was when it had that digest, or %NULL. (transfer full) */
char *am_digest_cache_find (const char *sha256);

G_END_DECLS
