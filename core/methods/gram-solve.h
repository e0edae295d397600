/* Regression of several linear layers by one: the W whose outputs on all inputs come closest to each layer's
 * own on its inputs, where the inputs are known by their Gram matrices alone (Jin et al. 2023, RegMean,
 * section 3.2). */
#pragma once

#include <glib.h>

#include "base/error.h"
#include "base/text.h"

G_BEGIN_DECLS

/* At this multiple of the mean diagonal a singular matrix gets its first ridge. */
#define AM_GRAM_FIRST_RIDGE 1e-10

/**
 * AmGramReadRows:
 * @model: whose Gram matrix
 * @first, @n: rows of it
 * @rows: (out): [n][columns]
 */
typedef gboolean (*AmGramReadRows) (gpointer user_data, guint model, gsize first, gsize n, double *rows,
                                    GError **error);

/**
 * AmGramProblem:
 * @rows, @columns: of the weights: outputs and inputs
 * @n_models: of which at least one has a coefficient above 0
 * @models: [n_models] weights [rows][columns], finite; %NULL where the coefficient is 0
 * @coefficients: (nullable): [n_models], none below 0; %NULL: all 1
 * @anchor: (nullable): [rows][columns] what the ridge draws towards; %NULL: the mean of the models
 * @read_rows: reads Gram matrices, a few rows at a time; am_gram_read_array() where they are in memory
 * @user_data: for @read_rows
 * @alpha: factor on what is off the diagonals, 0 to 1
 * @ridge: multiple of the mean diagonal added to the diagonal
 */
typedef struct
{
  gsize rows;
  gsize columns;
  guint n_models;
  const double *const *models;
  const double *coefficients;
  const double *anchor;
  AmGramReadRows read_rows;
  gpointer user_data;
  double alpha;
  double ridge;
} AmGramProblem;

/* Gram matrices in memory, [columns][columns] each. */
typedef struct
{
  const double *const *grams;
  gsize columns;
} AmGramArrays;

/* An AmGramReadRows whose user data are AmGramArrays. */
gboolean am_gram_read_array (gpointer user_data, guint model, gsize first, gsize n, double *rows,
                             GError **error);

/**
 * am_gram_solve:
 * @out: (out): [rows][columns]
 * @ridge: (out) (optional): the ridge used: the one asked for, or a larger one where that left the matrix
 *   singular
 *
 * Solves (W - anchor) (sum of H_i + kappa I) = sum of (W_i - anchor) H_i, where H_i is the coefficient times
 * alpha G_i + (1 - alpha) diag G_i, and kappa is the ridge times the mean of the diagonal of the sum.
 * Cholesky in double on the matrix scaled to a diagonal of ones, and one step of refinement. When the matrix
 * is not definite to working precision, the ridge is ten times what it was, AM_GRAM_FIRST_RIDGE at least,
 * until it is.
 *
 * An input that is 0 in all models leaves its column the models' mean, unless a ridge is asked for. Where all
 * models agree, and without a ridge, so does the result to the last bit. Multiples of all Grams alike change
 * nothing but rounding.
 *
 * Thread-safe. Takes am_gram_solve_get_memory() bytes.
 *
 * Errors: CORRUPT (Grams that are not finite or have no solution with any ridge), UNSUPPORTED (memory), those
 * of @read_rows.
 */
gboolean am_gram_solve (const AmGramProblem *problem, double *out, double *ridge, GError **error);

guint64 am_gram_solve_get_memory (gsize rows, gsize columns);

G_END_DECLS
