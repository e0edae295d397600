/* Accuracy and loss on the line between two models: whether they lie in one basin. */
#pragma once

#include "evaluation/evaluation.h"

G_BEGIN_DECLS

/**
 * AmBarrierPoint:
 * @ratio: share of B
 */
typedef struct
{
  double ratio;
  double accuracy, loss;
} AmBarrierPoint;

/**
 * AmBarrier:
 * @points: [n_points] ratios evenly from 0 to 1
 * @loss_barrier: the greatest of loss (ratio) - ((1 - ratio) loss (0) + ratio loss (1)) (Ainsworth et al.
 * 2023, definition 2.1), at @worst_ratio
 * @accuracy_barrier: the mean of both ends' accuracy less that of the middle
 * @is_reset: whether batch norms were measured anew at every point
 * @n_reset: samples they were measured on: as many as memory of fixed size holds
 */
typedef struct
{
  guint n_points;
  AmBarrierPoint *points;
  double loss_barrier, worst_ratio, accuracy_barrier;
  gboolean is_reset;
  guint64 n_reset;
} AmBarrier;

/**
 * am_barrier_measure:
 * @a, @b: of the same network; the weights of @a change meanwhile and are put back
 * @n_points: at least 3; of an even number the next one, so that the middle is among them
 * @reset: measure the statistics of batch norms anew at every point, on @dataset, layer by layer; nothing in
 *   networks without
 *
 * Every tensor the networks use lies at (1 - ratio) a + ratio b; both ends are the models themselves.
 *
 * Returns: (transfer full) (nullable). Errors: MISMATCH (shapes), those of am_evaluate().
 */
AmBarrier *am_barrier_measure (AmVisionNetwork *a, AmVisionNetwork *b, AmDataset *dataset, guint n_points,
                               gboolean reset, const AmEvaluateSettings *settings, const AmProgress *progress,
                               GCancellable *cancellable, GError **error);
void am_barrier_free (AmBarrier *barrier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmBarrier, am_barrier_free)

/* Members of the object being built. */
void am_barrier_add_json (const AmBarrier *barrier, JsonBuilder *builder);

/* The same with "format": stable JSON, documented in docs/evaluation.md. (transfer full) */
char *am_barrier_to_json (const AmBarrier *barrier);

/* Loss and accuracy as two curves. Errors: NOT_WRITABLE, NO_SPACE. */
gboolean am_barrier_write_picture (const AmBarrier *barrier, const char *title, const char *path,
                                   gboolean replace, GError **error);

G_END_DECLS
