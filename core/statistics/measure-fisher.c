#include "statistics/measure-private.h"

#include <math.h>
#include <string.h>

#include "base/cancelled.h"
#include "base/text.h"
#include "kernels/philox.h"

/* Elements of a tensor whose gradients one thread squares at a time. Smaller parts would lay the same patches
 * of a convolution out too often. */
#define TILE ((gsize)1 << 18)

/* Some rows of a parameter. */
typedef struct
{
  guint tensor;
  guint64 first_row, n_rows;
  double *squares;
} Tile;

struct _AmFisherMeasure
{
  const AmMeasure *measure;
  GArray *tiles; /* of Tile */
  GPtrArray *keys;
};

static void
add_tiles (AmFisherMeasure *self, guint tensor, const char *key)
{
  const AmGraphTensor *shape = am_graph_get_tensor (self->measure->graph, tensor);
  gsize n = am_network_count_elements (self->measure->network, tensor);
  guint64 n_rows = shape->n_dims > 0 ? shape->shape[0] : 1;
  gsize row_size = n / MAX (n_rows, 1);
  guint64 step = MAX (TILE / MAX (row_size, 1), 1);
  double *squares = am_statistics_sums_get (self->measure->sums, AM_STATISTIC_FISHER, FALSE, key,
                                            shape->n_dims, shape->shape);

  for (guint64 first = 0; first < n_rows; first += step)
    {
      Tile tile = { tensor, first, MIN (step, n_rows - first), squares + first * row_size };

      g_array_append_val (self->tiles, tile);
    }
  g_ptr_array_add (self->keys, (gpointer)key);
}

static gboolean
has_gradient (const AmMeasure *measure, guint tensor)
{
  return am_network_has_tensor (measure->network, tensor) && am_network_is_learned (measure->network, tensor)
         && am_measure_get_key (measure, (gint)tensor) != NULL;
}

guint64
am_fisher_measure_count_memory (const AmMeasure *measure)
{
  guint64 n = 0;

  for (guint i = 0; i < am_vision_network_get_n_model_tensors (measure->vision); i++)
    if (has_gradient (measure, i))
      n += am_network_count_elements (measure->network, i);
  return n * sizeof (double);
}

AmFisherMeasure *
am_fisher_measure_new (const AmMeasure *measure)
{
  AmFisherMeasure *self = g_new0 (AmFisherMeasure, 1);

  self->measure = measure;
  self->tiles = g_array_new (FALSE, FALSE, sizeof (Tile));
  self->keys = g_ptr_array_new ();
  for (guint i = 0; i < am_vision_network_get_n_model_tensors (measure->vision); i++)
    if (has_gradient (measure, i))
      add_tiles (self, i, am_measure_get_key (measure, (gint)i));
  return self;
}

void
am_fisher_measure_free (AmFisherMeasure *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->tiles);
  g_ptr_array_unref (self->keys);
  g_free (self);
}

/* A batch after its forward run. */
typedef struct
{
  AmFisherMeasure *fisher;
  AmNetworkRun *run;
  guint n;
  gsize n_classes;
  double *probabilities; /* [n][n_classes] */
  double *factors;       /* [n] */
  AmReal *gradient;      /* [n][n_classes] */
} Batch;

static void
batch_clear (Batch *batch)
{
  g_free (batch->probabilities);
  g_free (batch->factors);
  g_free (batch->gradient);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Batch, batch_clear)

/* FALSE when a logit is not finite. */
static gboolean
compute_softmax (const AmReal *logits, gsize n, double *probabilities)
{
  double greatest = -HUGE_VAL, sum = 0.0;

  for (gsize c = 0; c < n; c++)
    {
      if (!isfinite (logits[c]))
        return FALSE;
      greatest = MAX (greatest, (double)logits[c]);
    }
  for (gsize c = 0; c < n; c++)
    {
      probabilities[c] = exp ((double)logits[c] - greatest);
      sum += probabilities[c];
    }
  for (gsize c = 0; c < n; c++)
    probabilities[c] /= sum;
  return TRUE;
}

static gboolean
fill_probabilities (Batch *batch, const guint64 *samples, GError **error)
{
  const AmMeasure *measure = batch->fisher->measure;
  const AmValue *logits = am_network_run_get_value (batch->run, am_network_get_output (measure->network));

  for (guint i = 0; i < batch->n; i++)
    if (!compute_softmax (logits->data + i * batch->n_classes, batch->n_classes,
                          batch->probabilities + i * batch->n_classes))
      {
        g_set_error (
            error, AM_ERROR, AM_ERROR_CORRUPT, T_ ("%s: what %s makes of sample %lu is not a finite number"),
            am_dataset_get_file (measure->dataset, samples[i]),
            am_checkpoint_get_path (am_vision_network_get_checkpoint (measure->vision)), (gulong)samples[i]);
        return FALSE;
      }
  return TRUE;
}

/* The gradient of log p(class) with respect to logits: the class less all probabilities. */
static void
set_gradient (Batch *batch, guint i, gsize class)
{
  for (gsize c = 0; c < batch->n_classes; c++)
    {
      gsize at = i * batch->n_classes + c;

      batch->gradient[at] = (AmReal)((c == class ? 1.0 : 0.0) - batch->probabilities[at]);
    }
}

static void
add_squares (Batch *batch)
{
  const GArray *tiles = batch->fisher->tiles;

  am_network_run_backward (batch->run, batch->gradient);
#pragma omp parallel for num_threads(batch->fisher->measure->n_threads) schedule(dynamic)
  for (guint i = 0; i < tiles->len; i++)
    {
      const Tile *tile = &g_array_index (tiles, Tile, i);

      am_network_run_add_squares (batch->run, tile->tensor, batch->factors, tile->first_row, tile->n_rows,
                                  tile->squares);
    }
}

static gboolean
add_all_classes (Batch *batch, GCancellable *cancellable, GError **error)
{
  for (gsize c = 0; c < batch->n_classes; c++)
    {
      if (!am_check_cancelled (cancellable, error))
        return FALSE;
      for (guint i = 0; i < batch->n; i++)
        {
          batch->factors[i] = batch->probabilities[i * batch->n_classes + c];
          set_gradient (batch, i, c);
        }
      add_squares (batch);
    }
  return TRUE;
}

/* The first class at which the probabilities up to it exceed an even random number below 1. */
static gsize
draw_class (const Batch *batch, guint i, guint64 sample)
{
  const double *probabilities = batch->probabilities + i * batch->n_classes;
  guint32 key[2], word;
  double sum = 0.0;

  am_philox_key (key, batch->fisher->measure->settings->seed, 0, "fisher");
  am_philox_words (&word, key, 0, sample, 1);
  for (gsize c = 0; c + 1 < batch->n_classes; c++)
    {
      sum += probabilities[c];
      if (word * 0x1p-32 < sum)
        return c;
    }
  return batch->n_classes - 1;
}

static void
add_one_class (Batch *batch, const guint64 *samples)
{
  const AmMeasure *measure = batch->fisher->measure;
  gboolean is_empirical = measure->settings->estimator == AM_ESTIMATOR_EMPIRICAL;

  for (guint i = 0; i < batch->n; i++)
    {
      batch->factors[i] = 1.0;
      set_gradient (batch, i,
                    is_empirical ? am_dataset_get_label (measure->dataset, samples[i])
                                 : draw_class (batch, i, samples[i]));
    }
  add_squares (batch);
}

gboolean
am_fisher_measure_add (AmFisherMeasure *self, AmNetworkRun *run, const guint64 *samples,
                       GCancellable *cancellable, GError **error)
{
  const AmValue *logits = am_network_run_get_value (run, am_network_get_output (self->measure->network));
  g_auto (Batch) batch
      = { .fisher = self, .run = run, .n = logits->n_samples, .n_classes = logits->channels };

  batch.probabilities = g_new (double, batch.n *batch.n_classes);
  batch.factors = g_new (double, batch.n);
  batch.gradient = g_new (AmReal, batch.n * batch.n_classes);
  if (!fill_probabilities (&batch, samples, error))
    return FALSE;
  if (self->measure->settings->estimator != AM_ESTIMATOR_EXACT)
    add_one_class (&batch, samples);
  else if (!add_all_classes (&batch, cancellable, error))
    return FALSE;
  for (guint i = 0; i < self->keys->len; i++)
    am_statistics_sums_add_count (self->measure->sums, AM_STATISTIC_FISHER, FALSE,
                                  g_ptr_array_index (self->keys, i), batch.n);
  return TRUE;
}
