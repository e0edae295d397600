#include "evaluation/barrier.h"

#include <math.h>

#include "base/text.h"
#include "evaluation/batch-norm-reset.h"
#include "evaluation/weight-line.h"

static AmBarrier *
barrier_new (guint n_points)
{
  AmBarrier *barrier = g_new0 (AmBarrier, 1);

  barrier->n_points = MAX (n_points, 3) | 1;
  barrier->points = g_new0 (AmBarrierPoint, barrier->n_points);
  for (guint i = 0; i < barrier->n_points; i++)
    barrier->points[i].ratio = (double)i / (barrier->n_points - 1);
  return barrier;
}

void
am_barrier_free (AmBarrier *barrier)
{
  g_free (barrier->points);
  g_free (barrier);
}

/* How far the loss is above the straight line between both ends. */
static double
measure_gap (const AmBarrier *barrier, const AmBarrierPoint *point)
{
  double first = barrier->points[0].loss, last = barrier->points[barrier->n_points - 1].loss;

  return point->loss - (first + point->ratio * (last - first));
}

static void
find_barriers (AmBarrier *barrier)
{
  const AmBarrierPoint *first = &barrier->points[0], *last = &barrier->points[barrier->n_points - 1];
  const AmBarrierPoint *middle = &barrier->points[barrier->n_points / 2];

  barrier->loss_barrier = 0;
  for (guint i = 1; i + 1 < barrier->n_points; i++)
    {
      double gap = measure_gap (barrier, &barrier->points[i]);

      if (isnan (barrier->loss_barrier) || gap <= barrier->loss_barrier)
        continue;
      barrier->loss_barrier = gap;
      barrier->worst_ratio = barrier->points[i].ratio;
    }
  barrier->accuracy_barrier = (first->accuracy + last->accuracy) / 2 - middle->accuracy;
}

static gboolean
measure_point (AmBarrier *barrier, AmBarrierPoint *point, AmWeightLine *line, AmEvaluationPass *pass,
               const guint64 *reset_samples, GError **error)
{
  g_autoptr (AmEvaluation) evaluation = NULL;

  am_weight_line_set (line, point->ratio);
  if (barrier->is_reset && !am_batch_norm_reset (pass, reset_samples, barrier->n_reset, error))
    return FALSE;
  evaluation = am_evaluation_pass_run (pass, error);
  if (evaluation == NULL)
    return FALSE;
  point->accuracy = evaluation->accuracy;
  point->loss = evaluation->loss;
  return TRUE;
}

static gboolean
measure_points (AmBarrier *barrier, AmWeightLine *line, AmEvaluationPass *pass, guint64 seed, GError **error)
{
  g_autofree guint64 *reset_samples = NULL;

  if (barrier->is_reset)
    {
      if (!am_batch_norm_reset_count (pass, &barrier->n_reset, error))
        return FALSE;
      reset_samples = am_dataset_choose (pass->dataset, barrier->n_reset, seed, &barrier->n_reset);
    }
  for (guint i = 0; i < barrier->n_points; i++)
    if (!measure_point (barrier, &barrier->points[i], line, pass, reset_samples, error))
      return FALSE;
  find_barriers (barrier);
  return TRUE;
}

AmBarrier *
am_barrier_measure (AmVisionNetwork *a, AmVisionNetwork *b, AmDataset *dataset, guint n_points,
                    gboolean reset, const AmEvaluateSettings *settings, const AmProgress *progress,
                    GCancellable *cancellable, GError **error)
{
  g_autoptr (AmBarrier) barrier = barrier_new (n_points);
  g_auto (AmEvaluationPass) pass = { .progress = progress, .cancellable = cancellable };
  g_autoptr (AmWeightLine) line = am_weight_line_new (a, b, error);

  if (line == NULL || !am_evaluation_pass_init (&pass, a, dataset, settings, barrier->n_points, error))
    return NULL;
  pass.stage = N_ ("Measuring the line");
  barrier->is_reset = reset && am_network_has_batch_norms (am_vision_network_get_network (a));
  if (!measure_points (barrier, line, &pass, settings->seed, error))
    return NULL;
  return g_steal_pointer (&barrier);
}
