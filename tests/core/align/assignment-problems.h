/* Assignment problems to solve: easy ones, and such as solvers get wrong or take long for. */
#pragma once

#include <glib.h>

typedef struct
{
  gsize n;
  float *cost;
  guint32 *columns;
  double *u, *v;
} Problem;

Problem *problem_new (gsize n);
void problem_free (Problem *problem);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Problem, problem_free)

typedef struct
{
  const char *name;
  float (*element) (GRand *rand, gsize i, gsize j);
  gboolean is_integer;
} ProblemKind;

extern const ProblemKind problem_kinds[];
extern const gsize n_problem_kinds;

/* Sets the costs; @rand is used by kinds that need it. */
void problem_fill (Problem *problem, const ProblemKind *kind, GRand *rand);
const ProblemKind *problem_kind_find (const char *name);

/* Inner products of vectors of @n_dims elements between -1 and 1, rounded to multiples of @step unless it is
 * 0: with few dimensions, many rows want the same columns. */
void problem_fill_similarities (Problem *problem, gsize n_dims, double step, GRand *rand);
