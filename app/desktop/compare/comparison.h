/* Two checkpoints and how they differ: what the compare page shows. */
#pragma once

#include "amalgam.h"
#include "base/job.h"

G_BEGIN_DECLS

typedef enum
{
  AM_SIDE_A,
  AM_SIDE_B,
  AM_N_SIDES,
} AmSide;

#define AM_TYPE_COMPARISON (am_comparison_get_type ())
G_DECLARE_FINAL_TYPE (AmComparison, am_comparison, AM, COMPARISON, GObject)

/**
 * am_comparison_job_new:
 * @n_threads: 0 for as many as useful
 *
 * Opens both checkpoints and compares all their tensors. Returns: (transfer full): not started; its result is
 * an AmComparison, which never changes and may be used on any thread.
 */
AmJob *am_comparison_job_new (const char *path_a, const char *path_b, guint n_threads);

const AmDifference *am_comparison_get_difference (AmComparison *self);
AmCheckpoint *am_comparison_get_checkpoint (AmComparison *self, AmSide side);
const AmModel *am_comparison_get_model (AmComparison *self, AmSide side);

/* The tensor behind row @index of the difference, or %NULL where that side has none. */
const AmTensor *am_comparison_get_tensor (AmComparison *self, AmSide side, guint index);

/* "IN04", or %NULL when the tensor is in no block. */
const char *am_comparison_get_block_name (AmComparison *self, guint index);

/* As am_difference_sum_cell(), at once. */
const AmCellDifference *am_comparison_get_cell (AmComparison *self, guint block, guint layer);

/* What became of the tensors of one component. */
typedef struct
{
  guint n_tensors;  /* in A, in B, or in both */
  guint n_shared;   /* of one shape in both */
  guint n_compared; /* of those the ones of a float type */
  guint n_equal;
  guint n_only_a;
  guint n_only_b;
  guint n_shape;
  guint n_not_finite; /* tensors with NaN or infinity in A or B */
  double relative_l2; /* as in AmCellDifference; NAN when nothing was compared */
  double cosine;
} AmComponentDifference;

const AmComponentDifference *am_comparison_get_component (AmComparison *self, AmComponent component);

/* The same over all components. */
const AmComponentDifference *am_comparison_get_total (AmComparison *self);

G_END_DECLS
