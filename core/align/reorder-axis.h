/* How a reorder moves one axis of one tensor. */
#pragma once

#include "align/reorder.h"

G_BEGIN_DECLS

/* Elements first + x * stride, x < size, of an axis that was permuted: new element x is the sum over y of
 * matrix[x][y] * element y. */
typedef struct
{
  guint64 first;
  guint64 stride;
  guint32 size;
  const double *matrix; /* [size][size] */
} AmMixture;

/**
 * AmReorderedAxis:
 * @map: [length] as am_reorder_map_axis() gives it; %NULL: the axis stays
 * @mixture_of: [length] number of the element's mixture + 1, or 0; %NULL: nothing is mixed
 * @mixtures: (element-type AmMixture): or %NULL
 */
typedef struct
{
  guint64 length;
  guint32 *map;
  guint32 *mixture_of;
  GArray *mixtures;
} AmReorderedAxis;

/* @binding: (nullable): %NULL for an axis that stays
 * @matrices: (element-type double): [n_factors] what rotations of the reorder are copied to; borrowed by the
 * mixtures */
void am_reordered_axis_init (AmReorderedAxis *axis, const AmReorder *reorder, const AmAxisBinding *binding,
                             guint64 length, const GPtrArray *matrices);
void am_reordered_axis_clear (AmReorderedAxis *axis);

G_END_DECLS
