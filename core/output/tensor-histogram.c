#include "output/tensor-histogram.h"

#include <float.h>
#include <math.h>

#include "checkpoint/little-endian.h"
#include "base/text.h"
#include "output/sweep.h"

#define CHUNK_LENGTH 16384

typedef struct
{
  double values[CHUNK_LENGTH];
  guint8 bytes[CHUNK_LENGTH * 8];
} Buffers;

typedef struct
{
  AmCheckpoint *checkpoint;
  const AmTensor *tensor;
  AmTensorMoments *moments;
  double squares;  /* sum of squared distances from the mean so far */
  guint64 *counts; /* [n_bins] */
} Side;

typedef struct
{
  Side sides[2];
  guint n_sides;
  AmTensorHistogram *histogram;
  gboolean is_measuring;
  gboolean is_counting;
} Job;

void
am_tensor_histogram_free (AmTensorHistogram *histogram)
{
  g_free (histogram->counts_a);
  g_free (histogram->counts_b);
  g_free (histogram);
}

static gboolean
is_integer (AmDtype dtype)
{
  switch (dtype)
    {
    case AM_DTYPE_BOOL:
    case AM_DTYPE_U8:
    case AM_DTYPE_I8:
    case AM_DTYPE_U16:
    case AM_DTYPE_I16:
    case AM_DTYPE_U32:
    case AM_DTYPE_I32:
    case AM_DTYPE_U64:
    case AM_DTYPE_I64:
      return TRUE;
    default:
      return FALSE;
    }
}

static double
integer_value (AmDtype dtype, const guint8 *bytes)
{
  switch (dtype)
    {
    case AM_DTYPE_I8:
      return (gint8)*bytes;
    case AM_DTYPE_U16:
      return am_read_le16 (bytes);
    case AM_DTYPE_I16:
      return (gint16)am_read_le16 (bytes);
    case AM_DTYPE_U32:
      return am_read_le32 (bytes);
    case AM_DTYPE_I32:
      return (gint32)am_read_le32 (bytes);
    case AM_DTYPE_U64:
      return (double)am_read_le64 (bytes);
    case AM_DTYPE_I64:
      return (double)(gint64)am_read_le64 (bytes);
    default:
      return *bytes;
    }
}

static gboolean
read_values (const Side *side, guint64 first, gsize n, Buffers *buffers, GError **error)
{
  const AmTensor *tensor = side->tensor;
  const gsize bytes = am_dtype_get_bits (tensor->dtype) / 8;

  if (am_dtype_is_mergeable (tensor->dtype))
    return am_checkpoint_read_doubles (side->checkpoint, tensor, first, n, buffers->values, error);
  if (!am_checkpoint_read_bytes (side->checkpoint, tensor, first * bytes, n * bytes, buffers->bytes, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    buffers->values[i] = integer_value (tensor->dtype, buffers->bytes + i * bytes);
  return TRUE;
}

/* Moves the finite values to the front; returns their number. */
static gsize
screen_chunk (AmTensorMoments *moments, double *values, gsize n)
{
  gsize n_finite = 0;

  for (gsize i = 0; i < n; i++)
    {
      if (!isfinite (values[i]))
        continue;
      moments->n_zeros += values[i] == 0.0;
      if (!(moments->minimum <= values[i]))
        moments->minimum = values[i];
      if (!(moments->maximum >= values[i]))
        moments->maximum = values[i];
      values[n_finite++] = values[i];
    }
  moments->n_not_finite += n - n_finite;
  return n_finite;
}

/* Means and squares of the chunk join those of the @before values seen so far, so that a mean far from zero
 * does not eat the digits of the deviation. Equal values deviate by exactly 0. */
static void
measure_chunk (Side *side, guint64 before, const double *values, gsize n)
{
  double mean = 0.0, squares = 0.0, difference;

  for (gsize i = 0; i < n; i++)
    mean += values[i] - values[0];
  mean = values[0] + mean / (double)n;
  for (gsize i = 0; i < n; i++)
    squares += (values[i] - mean) * (values[i] - mean);
  if (before == 0)
    {
      side->moments->mean = mean;
      side->squares = squares;
      return;
    }
  difference = mean - side->moments->mean;
  side->moments->mean += difference * ((double)n / (double)(before + n));
  side->squares += squares + difference * difference * ((double)before / (double)(before + n)) * (double)n;
}

/* In halves, since the range of doubles may be wider than a double holds. */
static void
count_chunk (const AmTensorHistogram *histogram, guint64 *counts, const double *values, gsize n)
{
  const double width = histogram->maximum / 2.0 - histogram->minimum / 2.0;

  for (gsize i = 0; i < n; i++)
    {
      double place = (values[i] / 2.0 - histogram->minimum / 2.0) / width * histogram->n_bins;

      if (values[i] >= histogram->minimum && values[i] <= histogram->maximum)
        counts[(guint)fmin (place, histogram->n_bins - 1)]++;
    }
}

static gboolean
read_side (AmSweep *sweep, guint item, gpointer buffer, gpointer user_data, GError **error)
{
  Job *job = user_data;
  Side *side = &job->sides[item];
  const AmTensor *tensor = side->tensor;
  AmTensorMoments unseen = { 0 };
  Buffers *buffers = buffer;
  guint64 n_finite = 0;

  for (guint64 first = 0; first < tensor->length; first += CHUNK_LENGTH)
    {
      gsize n = (gsize)MIN (CHUNK_LENGTH, tensor->length - first);
      gsize n_kept;

      if (!read_values (side, first, n, buffers, error))
        return FALSE;
      n_kept = screen_chunk (job->is_measuring ? side->moments : &unseen, buffers->values, n);
      if (job->is_measuring && n_kept > 0)
        measure_chunk (side, n_finite, buffers->values, n_kept);
      if (job->is_counting)
        count_chunk (job->histogram, side->counts, buffers->values, n_kept);
      n_finite += n_kept;
      if (!am_sweep_advance (sweep, tensor->name, n * (tensor->size / tensor->length), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
run (Job *job, GCancellable *cancellable, GError **error)
{
  AmSweepTask task = {
    .stage = N_ ("Counting"),
    .n_items = job->n_sides,
    .buffer_size = sizeof (Buffers),
    .n_threads = job->n_sides,
    .cancellable = cancellable,
    .func = read_side,
    .user_data = job,
  };

  return am_sweep_run (&task, error);
}

static void
finish_moments (Side *side)
{
  AmTensorMoments *moments = side->moments;
  guint64 n_finite = moments->length - moments->n_not_finite;

  if (moments->length > 0)
    moments->zero_fraction = (double)moments->n_zeros / (double)moments->length;
  if (n_finite > 0)
    moments->deviation = sqrt (side->squares / (double)n_finite);
}

/* The full range of both sides; around a single value, room enough that a double tells its ends apart. */
static void
choose_range (AmTensorHistogram *histogram)
{
  double minimum = fmin (histogram->a.minimum, histogram->b.minimum);
  double maximum = fmax (histogram->a.maximum, histogram->b.maximum);
  double room;

  if (isnan (minimum))
    minimum = maximum = 0.0;
  if (!(maximum / 2.0 - minimum / 2.0 > 0.0))
    {
      room = MAX (fabs (minimum) / 2.0, minimum == 0.0 ? 0.5 : DBL_MIN);
      minimum = MAX (minimum - room, -DBL_MAX);
      maximum = MIN (maximum + room, DBL_MAX);
    }
  histogram->minimum = minimum;
  histogram->maximum = maximum;
}

static gboolean
add_side (Job *job, AmCheckpoint *checkpoint, const AmTensor *tensor, AmTensorMoments *moments,
          guint64 **counts, GError **error)
{
  *moments = (AmTensorMoments){ .minimum = NAN, .maximum = NAN, .mean = NAN, .deviation = NAN };
  if (checkpoint == NULL)
    return TRUE;
  if (!am_dtype_is_mergeable (tensor->dtype) && !is_integer (tensor->dtype))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   "%s: the values of %s are of type %s and not counted", am_checkpoint_get_path (checkpoint),
                   tensor->name, am_dtype_get_name (tensor->dtype));
      return FALSE;
    }
  moments->length = tensor->length;
  *counts = g_new0 (guint64, job->histogram->n_bins);
  job->sides[job->n_sides++] = (Side){ checkpoint, tensor, moments, 0.0, *counts };
  return TRUE;
}

AmTensorHistogram *
am_tensor_histogram_new (AmCheckpoint *a, const AmTensor *tensor_a, AmCheckpoint *b, const AmTensor *tensor_b,
                         guint n_bins, const double *range, GCancellable *cancellable, GError **error)
{
  g_autoptr (AmTensorHistogram) histogram = g_new0 (AmTensorHistogram, 1);
  Job job = { .histogram = histogram, .is_measuring = TRUE, .is_counting = range != NULL };

  g_return_val_if_fail (n_bins > 0 && (a != NULL || b != NULL), NULL);
  g_return_val_if_fail ((a != NULL) == (tensor_a != NULL) && (b != NULL) == (tensor_b != NULL), NULL);
  g_return_val_if_fail (range == NULL || (isfinite (range[0]) && range[0] < range[1] && isfinite (range[1])),
                        NULL);
  histogram->n_bins = n_bins;
  if (range != NULL)
    {
      histogram->minimum = range[0];
      histogram->maximum = range[1];
    }
  if (!add_side (&job, a, tensor_a, &histogram->a, &histogram->counts_a, error)
      || !add_side (&job, b, tensor_b, &histogram->b, &histogram->counts_b, error)
      || !run (&job, cancellable, error))
    return NULL;
  for (guint i = 0; i < job.n_sides; i++)
    finish_moments (&job.sides[i]);
  if (range != NULL)
    return g_steal_pointer (&histogram);
  choose_range (histogram);
  job.is_measuring = FALSE;
  job.is_counting = TRUE;
  return run (&job, cancellable, error) ? g_steal_pointer (&histogram) : NULL;
}
