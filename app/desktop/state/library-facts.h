/* What is known of a checkpoint without its tensors' values: small, immutable, shared between threads. */
#pragma once

#include "amalgam.h"

G_BEGIN_DECLS

/* What a file or folder looks like from outside; as long as it stays so, facts hold. For a folder: of all its
 * files. */
typedef struct
{
  guint64 size;
  gint64 modified; /* nanoseconds since 1970 */
} AmFileStamp;

typedef struct
{
  char *path;
  AmFileStamp stamp;
  char *error; /* why it cannot be read; then all below is empty */
  guint64 size;
  AmFamily family;
  char *architecture;
  char *title;
  char *dtype; /* or %NULL for a checkpoint without tensors */
  guint n_tensors;
  gboolean is_merge;
  char **components;
  char **blocks;
} AmLibraryFacts;

/* Reads the headers of @path; never fails: what cannot be read has facts that say why. Thread-safe. */
AmLibraryFacts *am_library_facts_read (const char *path, const AmFileStamp *stamp);

AmLibraryFacts *am_library_facts_ref (AmLibraryFacts *facts);
void am_library_facts_unref (AmLibraryFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmLibraryFacts, am_library_facts_unref)

/* To and from what the cache keeps. Facts with an error are not for keeping: they may be mended any time. */
#define AM_LIBRARY_FACTS_FORMAT "(aytxtisssubasas)"
GVariant *am_library_facts_to_variant (const AmLibraryFacts *facts);
AmLibraryFacts *am_library_facts_from_variant (GVariant *variant);

G_END_DECLS
