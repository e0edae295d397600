#include "methods/selection-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "kernels/kernels.h"
#include "methods/sample.h"

/* Parts counted apart, short enough that looking for the last tie in one of them costs little beside a pass.
 */
#define MAX_SEGMENTS 64

guint64
am_fraction_of (double fraction, guint64 n)
{
  double product = fraction * (double)n;
  double nearest = nearbyint (product);

  if (!(fraction > 0))
    return 0;
  if (fraction >= 1)
    return n;
  if (nearest > product && nearest - product <= 4 * DBL_EPSILON * nearest)
    return (guint64)nearest;
  return (guint64)product;
}

static guint64
segment_length_of (guint64 n)
{
  guint64 segment = (n + MAX_SEGMENTS - 1) / MAX_SEGMENTS;

  return MAX ((segment + AM_CHUNK_LENGTH - 1) / AM_CHUNK_LENGTH, 1) * AM_CHUNK_LENGTH;
}

static AmSelection *
selection_new (const AmMethodTensor *tensor, guint64 rank, double fraction)
{
  AmSelection *selection = g_new0 (AmSelection, 1);

  selection->n = tensor->length;
  selection->rank = rank;
  selection->fraction = fraction;
  selection->is_double = tensor->is_double;
  selection->segment_length = segment_length_of (tensor->length);
  selection->high = INFINITY;
  return selection;
}

AmSelection *
am_selection_new (const AmMethodTensor *tensor, guint64 rank)
{
  return selection_new (tensor, rank, -1);
}

AmSelection *
am_selection_new_of_nonzero (const AmMethodTensor *tensor, double fraction)
{
  return selection_new (tensor, 0, fraction);
}

void
am_selection_free (AmSelection *selection)
{
  if (selection == NULL)
    return;
  am_histogram_free (selection->histogram);
  g_free (selection->candidate);
  g_free (selection->candidate_index);
  g_free (selection);
}

guint64
am_selection_get_n_nonzero (const AmSelection *selection)
{
  return selection->n_nonzero;
}

const AmCut *
am_selection_get_cut (const AmSelection *selection)
{
  return &selection->cut;
}

static void
finish (AmSelection *selection, double threshold, guint64 last_tie)
{
  selection->cut.threshold = threshold;
  selection->cut.last_tie = last_tie;
  selection->cut.n_kept = selection->rank;
  selection->stage = AM_SELECTION_DONE;
  g_clear_pointer (&selection->histogram, am_histogram_free);
  g_clear_pointer (&selection->candidate, g_free);
  g_clear_pointer (&selection->candidate_index, g_free);
}

/* Also where there is nothing to rank. */
gboolean
am_selection_finish_trivial (AmSelection *selection)
{
  selection->rank = MIN (selection->rank, selection->n);
  if (selection->rank == 0)
    finish (selection, INFINITY, 0);
  return selection->stage == AM_SELECTION_DONE;
}

void
am_selection_start_pass (AmSelection *selection, AmSelectionStage stage, double low, double high)
{
  selection->stage = stage;
  selection->low = low;
  selection->high = high;
  selection->n_above = 0;
  selection->n_inside = 0;
  selection->n_candidates = 0;
  g_clear_pointer (&selection->histogram, am_histogram_free);
  if (stage == AM_SELECTION_HISTOGRAM)
    selection->histogram = am_histogram_new (
        low, high, selection->n_bins,
        (guint)((selection->n + selection->segment_length - 1) / selection->segment_length));
}

static void
list_candidates (AmSelection *selection, gconstpointer found, const guint64 *found_index, gsize n)
{
  if (n == 0 || selection->n_candidates + n > selection->max_candidates)
    return;
  if (selection->n_candidates + n > selection->capacity)
    {
      selection->capacity = MAX (2 * selection->capacity, AM_CHUNK_LENGTH * 2);
      selection->candidate = g_renew (double, selection->candidate, selection->capacity);
      selection->candidate_index = g_renew (guint64, selection->candidate_index, selection->capacity);
    }
  for (gsize i = 0; i < n; i++)
    selection->candidate[selection->n_candidates + i]
        = selection->is_double ? ((const double *)found)[i] : ((const float *)found)[i];
  memcpy (selection->candidate_index + selection->n_candidates, found_index, n * sizeof (guint64));
  selection->n_candidates += n;
}

static guint64
count_nonzero (gconstpointer values, gsize n, gboolean is_double)
{
  guint64 n_nonzero = 0;

  if (is_double)
    for (gsize i = 0; i < n; i++)
      n_nonzero += ((const double *)values)[i] != 0;
  else
    for (gsize i = 0; i < n; i++)
      n_nonzero += ((const float *)values)[i] != 0;
  return n_nonzero;
}

static void
feed_histogram (AmSelection *selection, gconstpointer found, guint64 first, gsize n)
{
  guint segment = (guint)(first / selection->segment_length);

  if (selection->is_double)
    for (gsize i = 0; i < n; i++)
      am_histogram_add (selection->histogram, segment, ((const double *)found)[i]);
  else
    for (gsize i = 0; i < n; i++)
      am_histogram_add (selection->histogram, segment, ((const float *)found)[i]);
}

void
am_selection_feed (AmSelection *selection, gconstpointer values, guint64 first, gsize n,
                   AmSelectionFound *found)
{
  const AmKernels *kernels = am_kernels_get ();
  gsize n_found;

  if (selection->is_double)
    selection->n_above
        += kernels->count_above_double (values, selection->low, selection->high, first, n, found->magnitude,
                                        found->index, AM_CHUNK_LENGTH, &n_found);
  else
    selection->n_above
        += kernels->count_above_float (values, (float)selection->low, (float)selection->high, first, n,
                                       (float *)found->magnitude, found->index, AM_CHUNK_LENGTH, &n_found);
  selection->n_inside += n_found;
  if (selection->fraction >= 0)
    selection->n_nonzero += count_nonzero (values, n, selection->is_double);
  if (selection->stage == AM_SELECTION_LIST)
    list_candidates (selection, found->magnitude, found->index, n_found);
  else
    feed_histogram (selection, found->magnitude, first, n_found);
}

/* The list holds all elements of the bracket, so the cut and its last tie are among them. */
static void
finish_list (AmSelection *selection)
{
  gsize rank = (gsize)(selection->rank - selection->n_above);
  g_autofree double *scratch = g_memdup2 (selection->candidate, selection->n_candidates * sizeof (double));
  double threshold = am_select_greatest (scratch, selection->n_candidates, rank);
  gsize n_ties = rank;
  guint64 last_tie = 0;

  for (gsize i = 0; i < selection->n_candidates; i++)
    n_ties -= selection->candidate[i] > threshold;
  for (gsize i = 0; n_ties > 0; i++)
    if (selection->candidate[i] == threshold)
      {
        last_tie = selection->candidate_index[i];
        n_ties--;
      }
  finish (selection, threshold, last_tie);
}

/* One value fills the bin, so it is the cut; which segment holds the last tie is known from the counts. */
static void
locate_ties (AmSelection *selection, const AmHistogramPlace *place)
{
  guint64 wanted = selection->rank - selection->n_above - place->n_greater;
  guint segment = 0;
  guint64 n;

  if (wanted == place->n_bin || place->smallest == 0)
    {
      finish (selection, place->smallest, G_MAXUINT64);
      return;
    }
  while ((n = am_histogram_get_count (selection->histogram, segment, place->bin)) < wanted)
    {
      wanted -= n;
      segment++;
    }
  selection->cut.threshold = place->smallest;
  selection->ties_first = segment * selection->segment_length;
  selection->ties_wanted = wanted;
  selection->stage = AM_SELECTION_TIES;
}

void
am_selection_end_pass (AmSelection *selection)
{
  AmHistogramPlace place;

  if (selection->fraction >= 0)
    {
      selection->rank = am_fraction_of (selection->fraction, selection->n_nonzero);
      selection->fraction = -1;
    }
  if (am_selection_finish_trivial (selection))
    return;
  if (selection->rank <= selection->n_above && isinf (selection->high))
    finish (selection, INFINITY, 0); /* the k greatest are all NaN, which trimming leaves alone */
  else if (selection->rank <= selection->n_above)
    am_selection_start_pass (selection, AM_SELECTION_HISTOGRAM, selection->high, INFINITY);
  else if (selection->rank > selection->n_above + selection->n_inside)
    am_selection_start_pass (selection, AM_SELECTION_HISTOGRAM, 0, selection->low);
  else if (selection->stage == AM_SELECTION_LIST && selection->n_inside == selection->n_candidates)
    finish_list (selection);
  else if (selection->stage == AM_SELECTION_LIST)
    am_selection_start_pass (selection, AM_SELECTION_HISTOGRAM, selection->low, selection->high);
  else if (am_histogram_find (selection->histogram, selection->rank - selection->n_above, &place))
    {
      if (place.smallest == place.largest)
        locate_ties (selection, &place);
      else
        am_selection_start_pass (
            selection, place.n_bin <= selection->max_candidates ? AM_SELECTION_LIST : AM_SELECTION_HISTOGRAM,
            place.smallest, place.largest);
    }
}

gboolean
am_selection_wants_pass (const AmSelection *selection)
{
  return selection->stage == AM_SELECTION_LIST || selection->stage == AM_SELECTION_HISTOGRAM;
}

void
am_selection_count_ties (AmSelection *selection, gconstpointer values, guint64 first, gsize n)
{
  double threshold = selection->cut.threshold;

  for (gsize i = 0; i < n && selection->stage == AM_SELECTION_TIES; i++)
    {
      double value
          = selection->is_double ? fabs (((const double *)values)[i]) : fabsf (((const float *)values)[i]);

      if (value == threshold && --selection->ties_wanted == 0)
        finish (selection, threshold, first + i);
    }
}
