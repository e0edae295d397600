/* Task vectors by the book, in double and with whole tensors in memory. */
#pragma once

#include "method-harness.h"

typedef struct
{
  guint n_models;
  gsize n;
  const double *base;
  double *delta[AM_MAX_MODELS]; /* owned */
  double weight[AM_MAX_MODELS];
  double factor[AM_MAX_MODELS]; /* rescaling, without the weight */
  gboolean elects;
  gboolean by_count;
  gboolean normalize;
  double lambda;
} Reference;

/* Differences of the harness's inputs, rounded to float where methods work in float: for inputs of 16 or 8
 * bits. Weights and factors are 1. */
void reference_init (Reference *reference, Harness *harness, guint tensor, guint n_models, AmDtype dtype);
void reference_clear (Reference *reference);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reference, reference_clear)

/* Keeps the @n_kept elements of greatest magnitude after the @n_skipped very greatest; ties by index. */
void reference_keep (Reference *reference, guint model, gsize n_skipped, gsize n_kept);

/* Sum of magnitudes. */
double reference_get_l1 (const Reference *reference, guint model);

/* The merged tensor; free with g_free(). */
double *reference_merge (const Reference *reference);
