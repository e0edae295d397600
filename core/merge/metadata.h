/* What the header of a merged file says about it. */
#pragma once

#include "merge/plan-private.h"

G_BEGIN_DECLS

typedef struct _AmMetadata AmMetadata;

/* Begins hashing the inputs beside the merge; @plan is borrowed. */
AmMetadata *am_metadata_new (const AmPlan *plan, GCancellable *cancellable);
void am_metadata_free (AmMetadata *metadata);

/* The metadata with digests of zeros, never shorter than the final one. */
GHashTable *am_metadata_get_placeholders (const AmMetadata *metadata);

/* Waits for the digests, checks those the recipe pins, and returns the final metadata (borrowed), or %NULL.
 * Errors: MISMATCH for an input that is not the pinned one and for statistics of another model, NOT_READABLE,
 * CANCELLED. */
GHashTable *am_metadata_finish (AmMetadata *metadata, GError **error);

/* The recipe as embedded, after am_metadata_finish(). */
const char *am_metadata_get_recipe (const AmMetadata *metadata);

G_END_DECLS
