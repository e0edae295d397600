/* Scores of a soup in the making, kept in a file. For core/search alone. */
#pragma once

#include <glib.h>

#include "base/error.h"

G_BEGIN_DECLS

typedef struct _AmSoupState AmSoupState;

/**
 * am_soup_state_open:
 * @path: read when it exists
 * @digests: SHA-256 of the models, %NULL-terminated
 * @evaluator: its identity
 *
 * Returns: (transfer full) (nullable). Errors: MISMATCH (of other models or another evaluator, saying to
 * remove it), CORRUPT, NOT_READABLE.
 */
AmSoupState *am_soup_state_open (const char *path, const char *const *digests, const char *evaluator,
                                 GError **error);
void am_soup_state_free (AmSoupState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmSoupState, am_soup_state_free)

/* The score of the average of @members, numbers of models [n] in their order, when it is known. */
gboolean am_soup_state_find (const AmSoupState *state, const guint *members, guint n, double *score);

/* Keeps it, atomically. Errors: NOT_WRITABLE, NO_SPACE. */
gboolean am_soup_state_add (AmSoupState *state, const guint *members, guint n, double score, GError **error);

/* Removes the file. */
void am_soup_state_remove (AmSoupState *state);

G_END_DECLS
