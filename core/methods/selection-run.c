#include "methods/selection-private.h"

#include "methods/sample.h"

/* Tensors up to this length are listed whole, without a sample. */
#define MAX_LISTED_WHOLE 32768

/* Room of one selection while there are up to four, and less when more share it: 8 MiB of listed candidates,
 * or 2 MiB of counts. A bracket of differences of 16-bit models has fewer values than bins. */
#define MAX_CANDIDATES (512 * 1024)
#define N_BINS 4096

/* Pieces of a sample. */
#define MIN_PIECES 64
#define MAX_PIECES 512

/* By how much the room of each of @n selections shrinks. */
static guint
share_of (guint n)
{
  return (n + 3) / 4;
}

static double
expected_share (const AmSelection *selection, const AmSample *sample)
{
  if (selection->fraction < 0)
    return (double)selection->rank / (double)selection->n;
  return CLAMP (selection->fraction, 0, 1) * (double)am_sample_count_nonzero (sample) / (double)sample->n;
}

/* A list is best unless the bracket holds too many elements, as where few different values occur. */
static void
start_from_sample (AmSelection *selection, AmSample *sample)
{
  double low, high, n_expected;

  am_sample_get_bracket (sample, expected_share (selection, sample), &low, &high);
  n_expected = (double)selection->n * am_sample_get_share (sample, low, high);
  if (n_expected > 0.7 * (double)selection->max_candidates)
    am_selection_start_pass (selection, AM_SELECTION_HISTOGRAM, low, high);
  else
    am_selection_start_pass (selection, AM_SELECTION_LIST, low, high);
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

static gconstpointer
advance (const Run *run, gconstpointer values, gsize n)
{
  return (const guint8 *)values + n * (run->tensor->is_double ? sizeof (double) : sizeof (float));
}

/* Methods that look at whole rows get whole rows. */
static gboolean
peek (const Run *run, guint64 first, gsize n, gconstpointer *values, GError **error)
{
  const AmMethodTensor *tensor = run->tensor;
  gboolean has_rows = (tensor->run->method->flags & AM_METHOD_LAST_AXIS) != 0;
  guint64 row_length = has_rows ? MAX (tensor->row_length, 1) : 1;
  guint64 begin = first - first % row_length;
  guint64 end = (first + n + row_length - 1) / row_length * row_length;
  AmMethodChunk *chunk;

  if (!am_tensor_reader_peek (run->reader, begin, end - begin, &chunk, error))
    return FALSE;
  run->prepare (tensor, chunk, values, run->user_data);
  for (guint i = 0; i < run->n; i++)
    values[i] = advance (run, values[i], first - begin);
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
      = CLAMP (run->tensor->length / 256 / AM_SAMPLE_PIECE, MIN_PIECES, MAX_PIECES / share_of (run->n));
  g_autofree AmSample *samples = g_new (AmSample, run->n);
  gboolean success;

  for (guint i = 0; i < run->n; i++)
    am_sample_init (&samples[i], n_pieces);
  success = fill_samples (run, samples, n_pieces, error);
  for (guint i = 0; i < run->n; i++)
    {
      if (success && run->selections[i]->stage != AM_SELECTION_DONE)
        start_from_sample (run->selections[i], &samples[i]);
      am_sample_clear (&samples[i]);
    }
  return success;
}

static gboolean
any_wants_pass (const Run *run)
{
  for (guint i = 0; i < run->n; i++)
    if (am_selection_wants_pass (run->selections[i]))
      return TRUE;
  return FALSE;
}

/* Pieces begin at multiples of the chunk length, as the segments of a histogram do. */
static void
feed_chunk (const Run *run, AmSelection *selection, gconstpointer values, const AmMethodChunk *chunk,
            AmSelectionFound *found)
{
  gsize n;

  for (gsize at = 0; at < chunk->n; at += n)
    {
      guint64 first = chunk->first + at;

      n = MIN (AM_CHUNK_LENGTH - first % AM_CHUNK_LENGTH, chunk->n - at);
      am_selection_feed (selection, advance (run, values, at), first, n, found);
    }
}

static gboolean
run_pass (const Run *run, AmSelectionFound *found, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gconstpointer values[2 * AM_MAX_MODELS];
  AmMethodChunk *chunk;

  am_tensor_reader_rewind (run->reader);
  while (am_tensor_reader_next (run->reader, &chunk, &local_error))
    {
      run->prepare (run->tensor, chunk, values, run->user_data);
      for (guint i = 0; i < run->n; i++)
        if (am_selection_wants_pass (run->selections[i]))
          feed_chunk (run, run->selections[i], values[i], chunk, found);
    }
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  for (guint i = 0; i < run->n; i++)
    if (am_selection_wants_pass (run->selections[i]))
      am_selection_end_pass (run->selections[i]);
  return TRUE;
}

static gboolean
find_last_tie (const Run *run, guint which, GError **error)
{
  AmSelection *selection = run->selections[which];
  gconstpointer values[2 * AM_MAX_MODELS];

  for (guint64 at = selection->ties_first; selection->stage == AM_SELECTION_TIES; at += AM_CHUNK_LENGTH)
    {
      gsize n = MIN (AM_CHUNK_LENGTH, run->tensor->length - at);

      if (!peek (run, at, n, values, error))
        return FALSE;
      am_selection_count_ties (selection, values[which], at, n);
    }
  return TRUE;
}

static void
prepare_selection (AmSelection *selection, guint share)
{
  selection->max_candidates = MAX_CANDIDATES / share;
  selection->n_bins = N_BINS / share;
  if (selection->fraction < 0)
    am_selection_finish_trivial (selection);
}

gboolean
am_selection_run (AmSelection *const *selections, guint n, const AmMethodTensor *tensor,
                  AmTensorReader *reader, AmSelectionPrepare prepare, gpointer user_data, GError **error)
{
  Run run = { selections, n, tensor, reader, prepare, user_data };
  g_autofree AmSelectionFound *found = g_new (AmSelectionFound, 1);

  for (guint i = 0; i < n; i++)
    prepare_selection (selections[i], share_of (n));
  if (any_wants_pass (&run) && tensor->length > MAX_LISTED_WHOLE && !start_from_samples (&run, error))
    return FALSE;
  while (any_wants_pass (&run))
    if (!run_pass (&run, found, error))
      return FALSE;
  for (guint i = 0; i < n; i++)
    if (selections[i]->stage == AM_SELECTION_TIES && !find_last_tie (&run, i, error))
      return FALSE;
  return TRUE;
}
