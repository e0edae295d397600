/* What may be reordered in a network without changing what it computes, derived from its graph.
 *
 * A space of channels is a mixed-radix number whose digits, outermost first, are factors: heads and then
 * channels inside a head, groups of a GroupNorm and then channels inside a group, or one free digit. The
 * elements of a factor are permuted on their own, differently for each value of its ancestors. Spaces share
 * factors: the queries of an attention are [heads, channels of QK], its values [heads, channels of VO]. */
#pragma once

#include "graph/graph.h"

G_BEGIN_DECLS

#define AM_FIXED_FACTOR (-1)
#define AM_MAX_DIGITS 6

typedef enum
{
  AM_FACTOR_UNITS,  /* channels */
  AM_FACTOR_GROUPS, /* of a GroupNorm */
  AM_FACTOR_HEADS,
  AM_FACTOR_QUERIES, /* query heads that share a key and value head */
  AM_N_FACTOR_KINDS,
} AmFactorKind;

/* "units", "groups", ...: as in JSON. */
const char *am_factor_kind_get_id (AmFactorKind kind);

/**
 * AmFactor:
 * @name: of the layer its units come from
 * @size: elements
 * @parent: the factor on whose value its permutation depends, and through it on all ancestors; or -1.
 *   Always smaller than the factor's own number
 * @n_branches: product of the sizes of all ancestors: it has that many permutations
 * @can_rotate: its elements may also be mixed by any orthogonal matrix (channels of QK or VO inside a head,
 *   without norm, bias or rotary positions that forbid it)
 */
typedef struct
{
  char *name;
  AmFactorKind kind;
  guint size;
  gint parent;
  guint n_branches;
  gboolean can_rotate;
} AmFactor;

/* A digit: factor, or AM_FIXED_FACTOR for one that never moves (a factor of n positions behind flattened
 * channels). */
typedef struct
{
  gint factor;
  guint64 size;
} AmDigit;

/* Elements start .. start + length of an axis, length being the product of the digits' sizes. All ancestors
 * of a digit's factor stand before it. */
typedef struct
{
  guint64 start, length;
  guint n_digits;
  AmDigit digits[AM_MAX_DIGITS];
} AmAxisSegment;

/**
 * AmAxisBinding: how one axis of one tensor moves
 * @tensor: number in the graph
 * @follows: not counted when units are compared: running statistics of a BatchNorm
 * @segments: [n_segments] in order; parts of the axis outside them are fixed
 */
typedef struct
{
  guint tensor;
  guint axis;
  gboolean follows;
  guint n_segments;
  AmAxisSegment *segments;
} AmAxisBinding;

/* A space that cannot move, and why, for people: "320 channels of input_blocks.1.0: its GroupNorms divide
 * them into groups that do not nest". */
typedef struct
{
  char *name;
  guint64 size;
  char *reason;
} AmFixedSpace;

typedef struct _AmSymmetries AmSymmetries;

/* @graph: borrowed, must outlive the result. Never fails: what cannot be reordered safely is fixed. */
AmSymmetries *am_symmetries_new (const AmGraph *graph);
void am_symmetries_free (AmSymmetries *symmetries);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmSymmetries, am_symmetries_free)

const AmGraph *am_symmetries_get_graph (const AmSymmetries *symmetries);
guint am_symmetries_get_n_factors (const AmSymmetries *symmetries);
const AmFactor *am_symmetries_get_factor (const AmSymmetries *symmetries, guint factor);

/* Bindings sorted by tensor, then axis; axes that cannot move have none. */
guint am_symmetries_get_n_bindings (const AmSymmetries *symmetries);
const AmAxisBinding *am_symmetries_get_binding (const AmSymmetries *symmetries, guint binding);
const AmAxisBinding *am_symmetries_find_binding (const AmSymmetries *symmetries, guint tensor, guint axis);

guint am_symmetries_get_n_fixed (const AmSymmetries *symmetries);
const AmFixedSpace *am_symmetries_get_fixed (const AmSymmetries *symmetries, guint index);

G_END_DECLS
