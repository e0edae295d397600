/* SHA-256 of files, with a cache so that a file is hashed once. */
#pragma once

#include <gio/gio.h>

#include "checkpoint/checkpoint.h"

G_BEGIN_DECLS

typedef struct _AmDigest AmDigest;

/**
 * am_digest_start:
 * @checkpoint: borrowed until am_digest_finish()
 *
 * Begins hashing in a thread of its own unless the cache (keyed by path, size, mtime and inode, under
 * $XDG_CACHE_HOME/amalgam) knows the answer. A folder's digest is that of the lines "SHA256  NAME\n" of its
 * files in name order.
 */
AmDigest *am_digest_start (const AmCheckpoint *checkpoint, GCancellable *cancellable);

/* Waits and frees. Returns: (transfer full) (nullable): 64 hex digits. Errors: NOT_READABLE, CANCELLED. */
char *am_digest_finish (AmDigest *digest, GError **error);

/* Bytes hashed so far, of how many; 0 of 0 when the cache answered. */
void am_digest_get_progress (const AmDigest *digest, guint64 *done, guint64 *total);

/* Whether there is nothing left to wait for. */
gboolean am_digest_is_finished (const AmDigest *digest);

/* The cached digest of @path as it is now, or %NULL. (transfer full) */
char *am_digest_lookup (const char *path);

/* The cached digests of all files that are as they were, by absolute path: for many files at once.
 * Returns: (transfer full) (element-type filename utf8). */
GHashTable *am_digest_list (void);

/* A path whose cached, still valid digest is @sha256, or %NULL. (transfer full) */
char *am_digest_find_path (const char *sha256);

/* AutoV1: first 8 hex digits of the SHA-256 of 64 KiB at 1 MiB. (transfer full) */
char *am_digest_legacy (const char *path, GError **error);

/* AutoV3: SHA-256 of the bytes after a safetensors header. (transfer full) (nullable) */
char *am_digest_tensors (const AmCheckpoint *checkpoint, GCancellable *cancellable, GError **error);

G_END_DECLS
