/* Walking folders for checkpoints: names, sizes and times, without opening any. */
#pragma once

#include <gio/gio.h>

#include "state/library-facts.h"

G_BEGIN_DECLS

typedef struct
{
  char *path;
  AmFileStamp stamp;
  char *preview_path; /* or %NULL */
  gint64 preview_modified;
  char *sha256;          /* when known already, or %NULL */
  AmLibraryFacts *facts; /* %NULL while not read */
} AmLibraryFind;

AmLibraryFind *am_library_find_new (const char *path, const AmFileStamp *stamp);

/* A copy that shares the facts. (transfer full) */
AmLibraryFind *am_library_find_copy (const AmLibraryFind *find);
void am_library_find_free (AmLibraryFind *find);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmLibraryFind, am_library_find_free)

typedef struct
{
  GPtrArray *finds;   /* AmLibraryFind, without facts */
  GPtrArray *folders; /* paths walked */
  GPtrArray *lost;    /* paths of @folders that cannot be listed */
} AmLibraryWalk;

/**
 * am_library_walk_new:
 *
 * Walks @folders and all below, hidden ones left out. A diffusers folder is one find, and so is a folder that
 * holds nothing but the shards of one checkpoint. Thread-safe. Stops early when cancelled.
 */
AmLibraryWalk *am_library_walk_new (const char *const *folders, GCancellable *cancellable);
void am_library_walk_free (AmLibraryWalk *walk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmLibraryWalk, am_library_walk_free)

/* A single path as the walk would find it; the stamp is zeros when there is nothing. Thread-safe. */
AmLibraryFind *am_library_walk_single (const char *path);

/* @path without the ending of a checkpoint: what previews beside it are named after. (transfer full) */
char *am_library_dup_stem (const char *path);

/* Whether @path is one of @folders or below one of them. */
gboolean am_library_is_inside (const char *path, const char *const *folders);

/* Whether a file of that name can make a difference to the library: checkpoint, index or preview. */
gboolean am_library_is_name_relevant (const char *name);

G_END_DECLS
