/* Facts remembered between starts: one file under $XDG_CACHE_HOME/amalgam. */
#pragma once

#include "base/job.h"
#include "state/library-facts.h"

G_BEGIN_DECLS

/* Facts by path. A file that is missing, damaged or of another version gives an empty table: it is only a
 * cache. Returns: (transfer full) (element-type utf8 AmLibraryFacts); keys belong to the facts. */
GHashTable *am_library_cache_load (void);

/* A table of that kind, empty. (transfer full) */
GHashTable *am_library_cache_new (void);

/* Another table with the same facts. (transfer full) */
GHashTable *am_library_cache_copy (GHashTable *cache);

/* Forgets all but the paths in the set @seen and what lies in @lost folders: their disk may be back tomorrow.
 * Returns: whether anything was forgotten. */
gboolean am_library_cache_forget (GHashTable *cache, GHashTable *seen, const char *const *lost);

/* Writes the table as it is now, facts with an error left out: at once or not at all. Whoever cannot write
 * reads headers again next time. Of the main thread, as is the next. */
void am_library_cache_write (GHashTable *cache);

/* A job that writes the table as it is now, unless a later state has been written meanwhile. (transfer full)
 */
AmJob *am_library_cache_make_write_job (GHashTable *cache);

G_END_DECLS
