/* The inside of a selection: selection.c holds one selection's state, selection-run.c streams tensors to it.
 */
#pragma once

#include "methods/histogram.h"
#include "methods/selection.h"

G_BEGIN_DECLS

typedef enum
{
  AM_SELECTION_LIST,
  AM_SELECTION_HISTOGRAM,
  AM_SELECTION_TIES,
  AM_SELECTION_DONE,
} AmSelectionStage;

struct _AmSelection
{
  guint64 n;
  guint64 rank;
  double fraction; /* of the elements that are not zero; negative for a fixed rank */
  gboolean is_double;
  guint64 segment_length;
  gsize max_candidates;
  guint n_bins;

  AmSelectionStage stage;
  double low, high; /* bracket of this pass, both included */
  guint64 n_above;  /* elements beyond the bracket met in this pass */
  guint64 n_inside;
  guint64 n_nonzero;
  AmHistogram *histogram;

  double *candidate; /* those in the bracket, in flat order */
  guint64 *candidate_index;
  gsize n_candidates;
  gsize capacity;

  guint64 ties_first; /* segment that holds the last tie, and how many ties of it are kept */
  guint64 ties_wanted;
  AmCut cut;
};

/* Where the kernels put what they find in a chunk. */
typedef struct
{
  double magnitude[AM_CHUNK_LENGTH];
  guint64 index[AM_CHUNK_LENGTH];
} AmSelectionFound;

/* Ends a selection of nothing; it needs no look at the values. */
gboolean am_selection_finish_trivial (AmSelection *selection);

void am_selection_start_pass (AmSelection *selection, AmSelectionStage stage, double low, double high);
gboolean am_selection_wants_pass (const AmSelection *selection);

/* Takes the next @n elements, at most AM_CHUNK_LENGTH, of a pass. @found is room to work in. */
void am_selection_feed (AmSelection *selection, gconstpointer values, guint64 first, gsize n,
                        AmSelectionFound *found);

/* Ends a pass over all elements and decides what comes next. */
void am_selection_end_pass (AmSelection *selection);

/* While the stage is TIES: counts ties of consecutive elements off until the last one that is kept. */
void am_selection_count_ties (AmSelection *selection, gconstpointer values, guint64 first, gsize n);

G_END_DECLS
