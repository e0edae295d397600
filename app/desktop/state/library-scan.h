/* The work behind the library, on a job's thread: walk, then read the headers not known yet. */
#pragma once

#include "base/job.h"
#include "state/library-walk.h"

G_BEGIN_DECLS

typedef struct _AmLibraryScan AmLibraryScan;

/**
 * am_library_scan_new:
 * @folders: to walk
 * @paths: single checkpoints to read, whether known or not
 * @known: (transfer full): facts by path, as in library-cache.h; where the stamp still fits nothing is read
 */
AmLibraryScan *am_library_scan_new (const char *const *folders, const char *const *paths, GHashTable *known);
AmLibraryScan *am_library_scan_ref (AmLibraryScan *scan);
void am_library_scan_unref (AmLibraryScan *scan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmLibraryScan, am_library_scan_unref)

/* The job that does it, once. (transfer full). Its progress tells, ten times a second at most, that there may
 * be finds to take. */
AmJob *am_library_scan_make_job (AmLibraryScan *scan);

/* What was found since the last call, in order; a checkpoint comes first without facts when it has to be
 * read. Of the main thread. Returns: (transfer full) (element-type AmLibraryFind). */
GPtrArray *am_library_scan_take_finds (AmLibraryScan *scan);

/* Folders walked, and those that cannot be; after the job is done only. Borrowed. */
const AmLibraryWalk *am_library_scan_get_walk (AmLibraryScan *scan);

G_END_DECLS
