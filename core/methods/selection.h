/* The exact k-th greatest magnitude of a tensor that is streamed, not held.
 *
 * A sample gives a bracket that almost surely holds the cut. One pass then counts what lies above the bracket
 * and keeps what lies in it: as a list when values differ, as a histogram when many are equal, as the
 * differences of 16-bit models are. A miss costs another pass over a bracket that is then certain; each pass
 * narrows it at least by the number of bins, so that the work is bounded.
 *
 * Elements equal to the cut are kept in flat order, lower indices first. NaN counts as greater than any
 * number. */
#pragma once

#include "methods/method.h"

G_BEGIN_DECLS

/**
 * AmCut:
 * @threshold: the k-th greatest magnitude
 * @last_tie: flat index of the last element equal to @threshold that is among the k greatest; any index when
 *   that is 0, as zeros are nothing to keep
 * @n_kept: k, 0 when nothing is kept
 */
typedef struct
{
  double threshold;
  guint64 last_tie;
  guint64 n_kept;
} AmCut;

/* floor (fraction * n), where a product that only rounding keeps below an integer counts as that integer:
 * 3 for 0.3 and 10. */
guint64 am_fraction_of (double fraction, guint64 n);

/* What a selection ranks: the sequence's @n elements are floats or doubles by tensor->is_double. */
typedef struct _AmSelection AmSelection;

/* Finds the @rank-th greatest of all elements, 1 being the greatest; 0 keeps nothing. */
AmSelection *am_selection_new (const AmMethodTensor *tensor, guint64 rank);

/* Finds the element whose rank is that @fraction of the number of elements that are not zero. */
AmSelection *am_selection_new_of_nonzero (const AmMethodTensor *tensor, double fraction);

void am_selection_free (AmSelection *selection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmSelection, am_selection_free)

/* Number of elements that were not zero, for am_selection_new_of_nonzero(). */
guint64 am_selection_get_n_nonzero (const AmSelection *selection);

/* The result, once am_selection_run() has succeeded. */
const AmCut *am_selection_get_cut (const AmSelection *selection);

/**
 * AmSelectionPrepare:
 * @chunk: any elements of the tensor, whole rows for methods with the flag LAST_AXIS; may be overwritten
 * @values: (out): chunk->n values for each selection
 *
 * Computes what the selections rank; must give the same values whatever the chunk.
 */
typedef void (*AmSelectionPrepare) (const AmMethodTensor *tensor, AmMethodChunk *chunk, gconstpointer *values,
                                    gpointer user_data);

/* Streams @tensor until all @n selections (at most 2 * AM_MAX_MODELS) have their cut; one pass serves all of
 * them. Fails only when reading does. */
gboolean am_selection_run (AmSelection *const *selections, guint n, const AmMethodTensor *tensor,
                           AmTensorReader *reader, AmSelectionPrepare prepare, gpointer user_data,
                           GError **error);

G_END_DECLS
