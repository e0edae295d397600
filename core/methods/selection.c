#include "methods/selection.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "kernels/kernels.h"
#include "methods/histogram.h"
#include "methods/sample.h"

/* Tensors up to this length are listed whole, without a sample. */
#define MAX_LISTED_WHOLE 32768

/* Room of one selection while there are up to four, and less when more share it: 8 MiB of listed candidates,
 * or 2 MiB of counts. A bracket of differences of 16-bit models has fewer values than bins, and segments are
 * short enough that looking for the last tie in one of them costs little beside a pass. */
#define MAX_CANDIDATES (512 * 1024)
#define N_BINS 4096
#define MAX_SEGMENTS 64
#define MIN_PIECES 64
#define MAX_PIECES 1024

typedef enum
{
  STAGE_LIST,
  STAGE_HISTOGRAM,
  STAGE_TIES,
  STAGE_DONE,
} Stage;

struct _AmSelection
{
  guint64 n;
  guint64 rank;
  double fraction; /* of the elements that are not zero; negative for a fixed rank */
  gboolean is_double;
  guint64 segment_length;
  gsize max_candidates;
  guint n_bins;

  Stage stage;
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

/* By how much the room of each of @n selections shrinks. */
static guint
share_of (guint n)
{
  return (n + 3) / 4;
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
  selection->stage = STAGE_DONE;
  g_clear_pointer (&selection->histogram, am_histogram_free);
  g_clear_pointer (&selection->candidate, g_free);
  g_clear_pointer (&selection->candidate_index, g_free);
}

/* Ranks that need no look at the values. */
static gboolean
finish_trivial (AmSelection *selection)
{
  if (selection->rank == 0)
    finish (selection, INFINITY, 0);
  else if (selection->rank >= selection->n)
    finish (selection, 0, G_MAXUINT64);
  return selection->stage == STAGE_DONE;
}

static void
start_pass (AmSelection *selection, Stage stage, double low, double high)
{
  selection->stage = stage;
  selection->low = low;
  selection->high = high;
  selection->n_above = 0;
  selection->n_inside = 0;
  selection->n_candidates = 0;
  g_clear_pointer (&selection->histogram, am_histogram_free);
  if (stage == STAGE_HISTOGRAM)
    selection->histogram = am_histogram_new (
        low, high, selection->n_bins,
        (guint)((selection->n + selection->segment_length - 1) / selection->segment_length));
}

static double
expected_share (const AmSelection *selection, const AmSample *sample)
{
  if (selection->fraction < 0)
    return (double)selection->rank / (double)selection->n;
  return CLAMP (selection->fraction, 0, 1) * (double)am_sample_count_nonzero (sample) / (double)sample->n;
}

/* A list is best unless the bracket holds few different values, many times each, or too many elements. */
static void
start_from_sample (AmSelection *selection, AmSample *sample)
{
  double low, high, n_expected;
  gboolean is_repetitive;

  am_sample_get_bracket (sample, expected_share (selection, sample), &low, &high);
  n_expected = (double)selection->n * am_sample_look_inside (sample, low, high, &is_repetitive);
  if (is_repetitive || n_expected > 0.7 * (double)selection->max_candidates)
    start_pass (selection, STAGE_HISTOGRAM, low, high);
  else
    start_pass (selection, STAGE_LIST, low, high);
}

/* Selections of one tensor that share their passes. */
typedef struct
{
  AmSelection *const *selections;
  guint n;
  const AmMethodTensor *tensor;
  AmTensorReader *reader;
  AmSelectionPrepare prepare;
  gpointer user_data;
} Run;

static gboolean
peek (const Run *run, guint64 first, gsize n, gconstpointer *values, GError **error)
{
  AmMethodChunk *chunk;

  if (!am_tensor_reader_peek (run->reader, first, n, &chunk, error))
    return FALSE;
  run->prepare (run->tensor, chunk, values, run->user_data);
  return TRUE;
}

/* Positions are spread evenly and shaken, so that they do not fall on one column of a matrix. */
static guint64
place_piece (guint64 n, gsize piece, gsize n_pieces)
{
  guint64 stride = n / n_pieces;
  guint64 shake = (piece + 1) * 0x9e3779b97f4a7c15u >> 32;

  return piece * stride + shake % (stride - AM_SAMPLE_PIECE + 1);
}

static gboolean
fill_samples (const Run *run, AmSample *samples, gsize n_pieces, GError **error)
{
  gconstpointer values[2 * AM_MAX_MODELS];

  for (gsize piece = 0; piece < n_pieces; piece++)
    {
      if (!peek (run, place_piece (run->tensor->length, piece, n_pieces), AM_SAMPLE_PIECE, values, error))
        return FALSE;
      for (guint i = 0; i < run->n; i++)
        am_sample_add (&samples[i], values[i], run->tensor->is_double);
    }
  return TRUE;
}

static gboolean
start_from_samples (const Run *run, GError **error)
{
  gsize n_pieces
      = CLAMP (run->tensor->length / 64 / AM_SAMPLE_PIECE, MIN_PIECES, MAX_PIECES / share_of (run->n));
  g_autofree AmSample *samples = g_new (AmSample, run->n);
  gboolean success;

  for (guint i = 0; i < run->n; i++)
    am_sample_init (&samples[i], n_pieces);
  success = fill_samples (run, samples, n_pieces, error);
  for (guint i = 0; i < run->n; i++)
    {
      if (success && run->selections[i]->stage != STAGE_DONE)
        start_from_sample (run->selections[i], &samples[i]);
      am_sample_clear (&samples[i]);
    }
  return success;
}

static void
list_candidates (AmSelection *selection, gconstpointer found, const guint64 *found_index, gsize n)
{
  if (selection->n_candidates + n > selection->max_candidates)
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

/* Where the kernels put what they find in a chunk. */
typedef struct
{
  double magnitude[AM_CHUNK_LENGTH];
  guint64 index[AM_CHUNK_LENGTH];
} Found;

static void
feed (AmSelection *selection, gconstpointer values, guint64 first, gsize n, Found *found)
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
  if (selection->stage == STAGE_LIST)
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
  selection->stage = STAGE_TIES;
}

static void
end_pass (AmSelection *selection)
{
  AmHistogramPlace place;

  if (selection->fraction >= 0)
    {
      selection->rank = am_fraction_of (selection->fraction, selection->n_nonzero);
      selection->fraction = -1;
    }
  if (finish_trivial (selection))
    return;
  if (selection->rank <= selection->n_above && isinf (selection->high))
    finish (selection, INFINITY, 0); /* the k greatest are all NaN, which trimming leaves alone */
  else if (selection->rank <= selection->n_above)
    start_pass (selection, STAGE_HISTOGRAM, selection->high, INFINITY);
  else if (selection->rank > selection->n_above + selection->n_inside)
    start_pass (selection, STAGE_HISTOGRAM, 0, selection->low);
  else if (selection->stage == STAGE_LIST && selection->n_inside == selection->n_candidates)
    finish_list (selection);
  else if (selection->stage == STAGE_LIST)
    start_pass (selection, STAGE_HISTOGRAM, selection->low, selection->high);
  else if (am_histogram_find (selection->histogram, selection->rank - selection->n_above, &place))
    {
      if (place.smallest == place.largest)
        locate_ties (selection, &place);
      else
        start_pass (selection, place.n_bin <= selection->max_candidates ? STAGE_LIST : STAGE_HISTOGRAM,
                    place.smallest, place.largest);
    }
}

static gboolean
wants_pass (const AmSelection *selection)
{
  return selection->stage == STAGE_LIST || selection->stage == STAGE_HISTOGRAM;
}

static gboolean
any_wants_pass (const Run *run)
{
  for (guint i = 0; i < run->n; i++)
    if (wants_pass (run->selections[i]))
      return TRUE;
  return FALSE;
}

static gboolean
run_pass (const Run *run, Found *found, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gconstpointer values[2 * AM_MAX_MODELS];
  AmMethodChunk *chunk;

  am_tensor_reader_rewind (run->reader);
  while (am_tensor_reader_next (run->reader, &chunk, &local_error))
    {
      run->prepare (run->tensor, chunk, values, run->user_data);
      for (guint i = 0; i < run->n; i++)
        if (wants_pass (run->selections[i]))
          feed (run->selections[i], values[i], chunk->first, chunk->n, found);
    }
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  for (guint i = 0; i < run->n; i++)
    if (wants_pass (run->selections[i]))
      end_pass (run->selections[i]);
  return TRUE;
}

/* Counts ties of a chunk off; the last one wanted ends the search. */
static void
count_ties (AmSelection *selection, gconstpointer values, guint64 first, gsize n)
{
  for (gsize i = 0; i < n && selection->ties_wanted > 0; i++)
    {
      double value
          = selection->is_double ? fabs (((const double *)values)[i]) : fabsf (((const float *)values)[i]);

      if (value == selection->cut.threshold)
        {
          selection->ties_wanted--;
          selection->cut.last_tie = first + i;
        }
    }
}

static gboolean
find_last_tie (const Run *run, guint which, GError **error)
{
  AmSelection *selection = run->selections[which];
  gconstpointer values[2 * AM_MAX_MODELS];

  for (guint64 at = selection->ties_first; selection->ties_wanted > 0; at += AM_CHUNK_LENGTH)
    {
      gsize n = MIN (AM_CHUNK_LENGTH, run->tensor->length - at);

      if (!peek (run, at, n, values, error))
        return FALSE;
      count_ties (selection, values[which], at, n);
    }
  finish (selection, selection->cut.threshold, selection->cut.last_tie);
  return TRUE;
}

static void
prepare_selection (AmSelection *selection, guint share)
{
  selection->max_candidates = MAX_CANDIDATES / share;
  selection->n_bins = N_BINS / share;
  if (selection->fraction < 0)
    finish_trivial (selection);
}

gboolean
am_selection_run (AmSelection *const *selections, guint n, const AmMethodTensor *tensor,
                  AmTensorReader *reader, AmSelectionPrepare prepare, gpointer user_data, GError **error)
{
  Run run = { selections, n, tensor, reader, prepare, user_data };
  g_autofree Found *found = g_new (Found, 1);

  for (guint i = 0; i < n; i++)
    prepare_selection (selections[i], share_of (n));
  if (any_wants_pass (&run) && tensor->length > MAX_LISTED_WHOLE && !start_from_samples (&run, error))
    return FALSE;
  while (any_wants_pass (&run))
    if (!run_pass (&run, found, error))
      return FALSE;
  for (guint i = 0; i < n; i++)
    if (selections[i]->stage == STAGE_TIES && !find_last_tie (&run, i, error))
      return FALSE;
  return TRUE;
}
