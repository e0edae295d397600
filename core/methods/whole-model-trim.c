#include "methods/whole-model-trim.h"

#include <math.h>

#include "kernels/kernels.h"
#include "methods/histogram.h"

#define N_BINS 65536

typedef enum
{
  STAGE_NARROW,
  STAGE_TIES,
  STAGE_DONE,
} Stage;

/* One model's cut. */
typedef struct
{
  Stage stage;
  guint64 rank;
  guint64 n;
  double low, high;
  double threshold;
  guint64 ties_wanted; /* elements equal to the threshold that are kept, of the whole model */
  guint64 *ties;       /* [n_tensors] */
  double *share;       /* [n_tensors] density, and length */
  guint64 *length;
} Cut;

/* What one worker has counted in this pass. */
typedef struct
{
  AmHistogram *histogram[AM_MAX_MODELS];
  guint64 n_above[AM_MAX_MODELS];
} Tally;

typedef struct
{
  guint n_models;
  guint n_tensors;
  guint density;
  gboolean has_ranks;
  Cut cut[AM_MAX_MODELS];

  GMutex lock;        /* of the two below */
  GPtrArray *tallies; /* all of this pass */
  GPtrArray *idle;    /* those no worker is using */
} Survey;

static void
tally_free (gpointer data)
{
  Tally *tally = data;

  for (guint model = 0; model < AM_MAX_MODELS; model++)
    am_histogram_free (tally->histogram[model]);
  g_free (tally);
}

gpointer
am_whole_model_trim_new (const AmMethodRun *run, guint density)
{
  Survey *survey = g_new0 (Survey, 1);

  survey->n_models = run->n_models;
  survey->n_tensors = run->n_tensors;
  survey->density = density;
  survey->tallies = g_ptr_array_new_with_free_func (tally_free);
  survey->idle = g_ptr_array_new ();
  g_mutex_init (&survey->lock);
  for (guint model = 0; model < run->n_models; model++)
    {
      Cut *cut = &survey->cut[model];

      cut->high = INFINITY;
      cut->ties = g_new0 (guint64, run->n_tensors);
      cut->share = g_new0 (double, run->n_tensors);
      cut->length = g_new0 (guint64, run->n_tensors);
    }
  return survey;
}

void
am_whole_model_trim_free (gpointer data)
{
  Survey *survey = data;

  for (guint model = 0; model < survey->n_models; model++)
    {
      g_free (survey->cut[model].ties);
      g_free (survey->cut[model].share);
      g_free (survey->cut[model].length);
    }
  g_ptr_array_unref (survey->idle);
  g_ptr_array_unref (survey->tallies);
  g_mutex_clear (&survey->lock);
  g_free (survey);
}

static Tally *
tally_new (const Survey *survey)
{
  Tally *tally = g_new0 (Tally, 1);

  for (guint model = 0; model < survey->n_models; model++)
    if (survey->cut[model].stage == STAGE_NARROW)
      tally->histogram[model] = am_histogram_new (survey->cut[model].low, survey->cut[model].high, N_BINS, 1);
  return tally;
}

static Tally *
take_tally (Survey *survey)
{
  Tally *tally = NULL;

  g_mutex_lock (&survey->lock);
  if (survey->idle->len > 0)
    tally = g_ptr_array_steal_index_fast (survey->idle, survey->idle->len - 1);
  if (tally == NULL)
    {
      tally = tally_new (survey);
      g_ptr_array_add (survey->tallies, tally);
    }
  g_mutex_unlock (&survey->lock);
  return tally;
}

static void
give_back (Survey *survey, Tally *tally)
{
  g_mutex_lock (&survey->lock);
  g_ptr_array_add (survey->idle, tally);
  g_mutex_unlock (&survey->lock);
}

static void
subtract (const AmMethodTensor *tensor, AmMethodChunk *chunk, guint model)
{
  const AmKernels *kernels = am_kernels_get ();

  if (tensor->is_double)
    kernels->subtract_double (chunk->model[model], chunk->model[model], chunk->base, chunk->n);
  else
    kernels->subtract_float (chunk->model[model], chunk->model[model], chunk->base, chunk->n);
}

static inline double
get_magnitude (gconstpointer values, gsize index, gboolean is_double)
{
  return is_double ? fabs (((const double *)values)[index]) : fabsf (((const float *)values)[index]);
}

static void
count_magnitudes (const Cut *cut, AmHistogram *histogram, guint64 *n_above, gconstpointer values, gsize n,
                  gboolean is_double)
{
  for (gsize i = 0; i < n; i++)
    {
      double magnitude = get_magnitude (values, i, is_double);

      if (!(magnitude <= cut->high))
        (*n_above)++;
      else if (magnitude >= cut->low)
        am_histogram_add (histogram, 0, magnitude);
    }
}

static guint64
count_ties (double threshold, gconstpointer values, gsize n, gboolean is_double)
{
  guint64 n_ties = 0;

  for (gsize i = 0; i < n; i++)
    n_ties += get_magnitude (values, i, is_double) == threshold;
  return n_ties;
}

static void
survey_chunk (Survey *survey, Tally *tally, const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  for (guint model = 0; model < survey->n_models; model++)
    {
      Cut *cut = &survey->cut[model];

      if (cut->stage == STAGE_DONE)
        continue;
      subtract (tensor, chunk, model);
      if (cut->stage == STAGE_NARROW)
        count_magnitudes (cut, tally->histogram[model], &tally->n_above[model], chunk->model[model], chunk->n,
                          tensor->is_double);
      else
        cut->ties[tensor->index]
            += count_ties (cut->threshold, chunk->model[model], chunk->n, tensor->is_double);
    }
}

gboolean
am_whole_model_trim_survey (gpointer data, const AmMethodTensor *tensor, AmTensorReader *reader,
                            GError **error)
{
  Survey *survey = data;
  g_autoptr (GError) local_error = NULL;
  AmMethodChunk *chunk;
  Tally *tally;

  for (guint model = 0; model < survey->n_models; model++)
    {
      survey->cut[model].share[tensor->index] = am_method_tensor_get_for (tensor, survey->density, model);
      survey->cut[model].length[tensor->index] = tensor->length;
    }
  tally = take_tally (survey);
  am_tensor_reader_rewind (reader);
  while (am_tensor_reader_next (reader, &chunk, &local_error))
    survey_chunk (survey, tally, tensor, chunk);
  give_back (survey, tally);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* One density is taken of the whole length, so that its rounding does not depend on the tensors. */
static void
set_rank (Cut *cut, guint n_tensors)
{
  gboolean is_uniform = TRUE;
  double n_kept = 0;

  for (guint i = 0; i < n_tensors; i++)
    {
      cut->n += cut->length[i];
      n_kept += cut->share[i] * (double)cut->length[i];
      is_uniform = is_uniform && cut->share[i] == cut->share[0];
    }
  if (cut->n > 0 && is_uniform)
    cut->rank = am_fraction_of (cut->share[0], cut->n);
  else if (cut->n > 0)
    cut->rank = am_fraction_of (n_kept / (double)cut->n, cut->n);
  if (cut->rank == 0 || cut->rank == cut->n)
    cut->stage = STAGE_DONE;
}

static void
narrow (Cut *cut, const AmHistogram *histogram, guint64 n_above)
{
  AmHistogramPlace place;

  if (cut->rank <= n_above || !am_histogram_find (histogram, cut->rank - n_above, &place))
    {
      cut->threshold = INFINITY; /* the greatest are all NaN */
      cut->ties_wanted = G_MAXUINT64;
      cut->stage = STAGE_DONE;
      return;
    }
  if (place.smallest != place.largest)
    {
      cut->low = place.smallest;
      cut->high = place.largest;
      return;
    }
  cut->threshold = place.smallest;
  cut->ties_wanted = cut->rank - n_above - place.n_greater;
  cut->stage = STAGE_TIES;
  if (cut->ties_wanted == place.n_bin || cut->threshold == 0)
    {
      cut->ties_wanted = G_MAXUINT64;
      cut->stage = STAGE_DONE;
    }
}

/* Adds up what all workers have counted for one model. */
static void
gather (Survey *survey, guint model)
{
  Tally *total = survey->tallies->len > 0 ? g_ptr_array_index (survey->tallies, 0) : NULL;

  if (total == NULL)
    {
      survey->cut[model].stage = STAGE_DONE;
      return;
    }
  for (guint i = 1; i < survey->tallies->len; i++)
    {
      const Tally *tally = g_ptr_array_index (survey->tallies, i);

      am_histogram_merge (total->histogram[model], tally->histogram[model]);
      total->n_above[model] += tally->n_above[model];
    }
  narrow (&survey->cut[model], total->histogram[model], total->n_above[model]);
}

gboolean
am_whole_model_trim_next (gpointer data)
{
  Survey *survey = data;
  gboolean wants_more = FALSE;

  for (guint model = 0; model < survey->n_models; model++)
    {
      Cut *cut = &survey->cut[model];

      if (!survey->has_ranks)
        set_rank (cut, survey->n_tensors);
      if (cut->stage == STAGE_NARROW)
        gather (survey, model);
      else if (cut->stage == STAGE_TIES)
        cut->stage = STAGE_DONE;
      wants_more = wants_more || cut->stage != STAGE_DONE;
    }
  survey->has_ranks = TRUE;
  g_ptr_array_set_size (survey->idle, 0);
  g_ptr_array_set_size (survey->tallies, 0);
  return wants_more;
}

/* The same cut for values that are floats, where the threshold may lie between two of them. */
static double
threshold_for (const AmMethodTensor *tensor, double threshold)
{
  float rounded = (float)threshold;

  if (tensor->is_double)
    return threshold;
  return rounded < threshold ? nextafterf (rounded, INFINITY) : rounded;
}

static double
threshold_above (const AmMethodTensor *tensor, double threshold)
{
  return tensor->is_double ? nextafter (threshold, INFINITY) : nextafterf ((float)threshold, INFINITY);
}

static gboolean
find_tie (const AmMethodTensor *tensor, AmTensorReader *reader, guint model, double threshold, guint64 wanted,
          guint64 *index, GError **error)
{
  for (guint64 at = 0; at < tensor->length; at += AM_CHUNK_LENGTH)
    {
      AmMethodChunk *chunk;

      if (!am_tensor_reader_peek (reader, at, MIN (AM_CHUNK_LENGTH, tensor->length - at), &chunk, error))
        return FALSE;
      subtract (tensor, chunk, model);
      for (gsize i = 0; i < chunk->n; i++)
        if (get_magnitude (chunk->model[model], i, tensor->is_double) == threshold && --wanted == 0)
          {
            *index = at + i;
            return TRUE;
          }
    }
  return TRUE;
}

static gboolean
init_cut (const Cut *from, AmCut *cut, const AmMethodTensor *tensor, AmTensorReader *reader, guint model,
          GError **error)
{
  guint64 wanted = from->ties_wanted;

  cut->threshold = threshold_for (tensor, from->threshold);
  cut->last_tie = G_MAXUINT64;
  cut->n_kept = G_MAXUINT64;
  if (wanted == G_MAXUINT64)
    return TRUE;

  for (guint i = 0; i < tensor->index; i++)
    wanted -= MIN (wanted, from->ties[i]);
  if (from->ties[tensor->index] == 0 || wanted >= from->ties[tensor->index])
    return TRUE;
  if (wanted == 0)
    {
      cut->threshold = threshold_above (tensor, from->threshold);
      return TRUE;
    }
  return find_tie (tensor, reader, model, from->threshold, wanted, &cut->last_tie, error);
}

gboolean
am_whole_model_trim_init (gpointer data, AmSparsity *sparsities, const AmMethodTensor *tensor,
                          AmTensorReader *reader, GError **error)
{
  const Survey *survey = data;

  for (guint model = 0; model < survey->n_models; model++)
    {
      const Cut *cut = &survey->cut[model];

      sparsities[model].factor = 1;
      sparsities[model].kind = AM_SPARSITY_TRIM;
      if (cut->rank == 0 || cut->rank == cut->n)
        sparsities[model].kind = cut->rank == 0 ? AM_SPARSITY_NOTHING : AM_SPARSITY_ALL;
      else if (!init_cut (cut, &sparsities[model].cut, tensor, reader, model, error))
        return FALSE;
    }
  return TRUE;
}
