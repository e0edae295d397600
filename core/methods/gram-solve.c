/* The unknown is W less the mean of the models, not W less the anchor: the solution is the same, is exactly 0
 * where the models agree, and an anchor that is far away costs no digits. */
#include "methods/gram-solve.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "kernels/linalg.h"
#include "methods/whole-matrix.h"

/* Rows of a Gram read at a time. */
#define BLOCK 256

/* A ridge of this many times the mean diagonal makes any Gram definite. */
#define LARGEST_RIDGE 10.0

/* (x) (matrix + kappa I) = right. is_dead tells the inputs that are always 0. */
typedef struct
{
  const AmGramProblem *problem;
  gsize m, n;
  double *matrix; /* [n][n] */
  double *factor; /* [n][n] */
  double *right;  /* [m][n] */
  double *change; /* [m][n]: of a model from the mean, later the solution */
  double *rest;   /* [m][n]: of the equations; block of rows while reading */
  double *scale;  /* [n] */
  gboolean *is_dead;
  double mean_diagonal;
} System;

static void
system_free (System *system)
{
  g_free (system->matrix);
  g_free (system->factor);
  g_free (system->right);
  g_free (system->change);
  g_free (system->rest);
  g_free (system->scale);
  g_free (system->is_dead);
  g_free (system);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (System, system_free)

guint64
am_gram_solve_get_memory (gsize rows, gsize columns)
{
  guint64 size = am_doubles_size (columns, 2 * (guint64)columns + 2);

  size = am_sizes_add (size, am_doubles_size (2 * (guint64)rows, columns));
  return am_sizes_add (size, am_doubles_size (MAX (rows, BLOCK), columns));
}

static System *
system_new (const AmGramProblem *problem, GError **error)
{
  g_autoptr (System) system = g_new0 (System, 1);
  const gsize m = problem->rows, n = problem->columns;

  system->problem = problem;
  system->m = m;
  system->n = n;
  if ((system->matrix = am_doubles_new (n, n, error)) == NULL
      || (system->factor = am_doubles_new (n, n, error)) == NULL
      || (system->right = am_doubles_new (m, n, error)) == NULL
      || (system->change = am_doubles_new (m, n, error)) == NULL
      || (system->rest = am_doubles_new (MAX (m, BLOCK), n, error)) == NULL
      || (system->scale = am_doubles_new (n, 1, error)) == NULL)
    return NULL;
  system->is_dead = g_new0 (gboolean, n);
  memset (system->matrix, 0, n * n * sizeof (double));
  memset (system->right, 0, m * n * sizeof (double));
  return g_steal_pointer (&system);
}

static double
get_coefficient (const AmGramProblem *problem, guint model)
{
  return problem->coefficients != NULL ? problem->coefficients[model] : 1.0;
}

/* first + sum of the others' differences: what all models agree on comes out as it went in. */
static void
compute_mean (const AmGramProblem *problem, double *mean)
{
  const gsize length = problem->rows * problem->columns;
  const double *first = NULL;
  double sum = 0.0;

  for (guint i = 0; i < problem->n_models; i++)
    sum += get_coefficient (problem, i);
  for (guint i = 0; i < problem->n_models; i++)
    {
      const double *model = problem->models[i];
      const double share = get_coefficient (problem, i) / sum;

      if (share == 0.0)
        continue;
      if (first == NULL)
        {
          first = model;
          memcpy (mean, first, length * sizeof (double));
        }
      for (gsize k = 0; k < length; k++)
        if (model[k] != first[k])
          mean[k] += share * (model[k] - first[k]);
    }
}

gboolean
am_gram_read_array (gpointer user_data, guint model, gsize first, gsize n, double *rows, GError **error)
{
  const AmGramArrays *arrays = user_data;

  memcpy (rows, arrays->grams[model] + first * arrays->columns, n * arrays->columns * sizeof (double));
  return TRUE;
}

/* Rows first .. first + n - 1 of a Gram become those of its H. */
static void
shrink_rows (const AmGramProblem *problem, guint model, gsize first, gsize n, double *rows)
{
  const double on = get_coefficient (problem, model), off = on * problem->alpha;

  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < problem->columns; j++)
      rows[i * problem->columns + j] *= j == first + i ? on : off;
}

static gboolean
add_model (System *system, guint model, const double *mean, GError **error)
{
  const AmGramProblem *problem = system->problem;
  const gsize m = system->m, n = system->n;
  double *block = system->rest;

  for (gsize k = 0; k < m * n; k++)
    system->change[k] = problem->models[model][k] - mean[k];
  for (gsize first = 0; first < n; first += BLOCK)
    {
      const gsize n_rows = MIN (BLOCK, n - first);

      if (!problem->read_rows (problem->user_data, model, first, n_rows, block, error))
        return FALSE;
      shrink_rows (problem, model, first, n_rows, block);
      for (gsize k = 0; k < n_rows * n; k++)
        system->matrix[first * n + k] += block[k];
      am_linalg_multiply_double (false, false, m, n, n_rows, 1.0, system->change + first, n, block, n, 1.0,
                                 system->right, n);
    }
  return TRUE;
}

static gboolean
are_finite (const double *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (!isfinite (values[i]))
      return FALSE;
  return TRUE;
}

/* The two triangles of stored Grams may differ by rounding. */
static void
symmetrise (double *matrix, gsize n)
{
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < i; j++)
      matrix[i * n + j] = matrix[j * n + i] = 0.5 * (matrix[i * n + j] + matrix[j * n + i]);
}

/* An input that is always 0 has an equation of its own, which leaves the mean. */
static void
free_dead_inputs (System *system)
{
  const gsize m = system->m, n = system->n;

  for (gsize j = 0; j < n; j++)
    {
      system->is_dead[j] = system->matrix[j * n + j] == 0.0;
      for (gsize i = 0; system->is_dead[j] && i < n; i++)
        system->matrix[i * n + j] = system->matrix[j * n + i] = 0.0;
      for (gsize i = 0; system->is_dead[j] && i < m; i++)
        system->right[i * n + j] = 0.0;
    }
}

static gboolean
assemble (System *system, const double *mean, GError **error)
{
  const gsize n = system->n;
  double trace = 0.0;

  for (guint i = 0; i < system->problem->n_models; i++)
    if (get_coefficient (system->problem, i) != 0.0 && !add_model (system, i, mean, error))
      return FALSE;
  if (!are_finite (system->matrix, n * n) || !are_finite (system->right, system->m * n))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                   T_ ("the Gram matrices of its inputs hold values that are not finite"));
      return FALSE;
    }
  symmetrise (system->matrix, n);
  free_dead_inputs (system);
  for (gsize i = 0; i < n; i++)
    trace += system->matrix[i * n + i];
  system->mean_diagonal = trace / (double)n;
  return TRUE;
}

/* An input that is always 0 takes part in a ridge that was asked for, not in one of need. */
static double
get_shift (const System *system, gsize column, double ridge)
{
  if (!system->is_dead[column])
    return ridge * system->mean_diagonal;
  return system->problem->ridge > 0.0 && system->mean_diagonal > 0.0 ? ridge * system->mean_diagonal : 1.0;
}

/* Factors the matrix with its ridge, scaled to a diagonal of ones. Cholesky may well come to an end on a
 * matrix that is singular but for rounding; its condition tells. */
static gboolean
factorise (System *system, double ridge)
{
  const gsize n = system->n;
  double reciprocal_condition = 0.0;

  for (gsize i = 0; i < n; i++)
    {
      const double diagonal = system->matrix[i * n + i] + get_shift (system, i, ridge);

      if (!(diagonal > 0.0))
        return FALSE;
      system->scale[i] = 1.0 / sqrt (diagonal);
    }
  for (gsize i = 0; i < n; i++)
    {
      for (gsize j = 0; j < i; j++)
        system->factor[i * n + j] = system->matrix[i * n + j] * system->scale[i] * system->scale[j];
      system->factor[i * n + i] = 1.0;
    }
  return am_linalg_cholesky (system->factor, n, &reciprocal_condition)
         && reciprocal_condition > (double)n * DBL_EPSILON;
}

static gboolean
find_ridge (System *system, double *ridge, GError **error)
{
  for (*ridge = system->problem->ridge; !factorise (system, *ridge);
       *ridge = MAX (*ridge * 10.0, AM_GRAM_FIRST_RIDGE))
    if (*ridge > MAX (system->problem->ridge, LARGEST_RIDGE))
      {
        g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                     T_ ("the Gram matrices of its inputs are none: they are not positive definite with any "
                         "ridge"));
        return FALSE;
      }
  return TRUE;
}

/* The ridge's pull on the right side, from the mean to the anchor. */
static void
add_anchor (System *system, const double *mean, double ridge)
{
  const double *anchor = system->problem->anchor;
  const gsize n = system->n;

  for (gsize k = 0; anchor != NULL && k < system->m * n; k++)
    if (!system->is_dead[k % n] || system->problem->ridge > 0.0)
      system->right[k] += get_shift (system, k % n, ridge) * (anchor[k] - mean[k]);
}

/* @values: [m][n] right sides become solutions. */
static void
solve (const System *system, double *values)
{
  const gsize m = system->m, n = system->n;

  for (gsize k = 0; k < m * n; k++)
    values[k] *= system->scale[k % n];
  am_linalg_cholesky_solve (system->factor, n, values, m);
  for (gsize k = 0; k < m * n; k++)
    values[k] *= system->scale[k % n];
}

static void
refine (System *system, double ridge)
{
  const gsize m = system->m, n = system->n;

  for (gsize k = 0; k < m * n; k++)
    system->rest[k] = system->right[k] - get_shift (system, k % n, ridge) * system->change[k];
  am_linalg_multiply_double (false, false, m, n, n, -1.0, system->change, n, system->matrix, n, 1.0,
                             system->rest, n);
  solve (system, system->rest);
  for (gsize k = 0; k < m * n; k++)
    system->change[k] += system->rest[k];
}

gboolean
am_gram_solve (const AmGramProblem *problem, double *out, double *ridge, GError **error)
{
  const gsize length = problem->rows * problem->columns;
  g_autoptr (System) system = system_new (problem, error);
  double used;

  if (system == NULL)
    return FALSE;
  compute_mean (problem, out);
  if (!assemble (system, out, error) || !find_ridge (system, &used, error))
    return FALSE;
  add_anchor (system, out, used);
  memcpy (system->change, system->right, length * sizeof (double));
  solve (system, system->change);
  refine (system, used);
  for (gsize k = 0; k < length; k++)
    if (system->change[k] != 0.0)
      out[k] += system->change[k];
  if (ridge != NULL)
    *ridge = used;
  return TRUE;
}
