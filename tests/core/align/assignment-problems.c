#include "assignment-problems.h"

#include <math.h>

Problem *
problem_new (gsize n)
{
  Problem *problem = g_new0 (Problem, 1);

  problem->n = n;
  problem->cost = g_new0 (float, n *n);
  problem->columns = g_new0 (guint32, n);
  problem->u = g_new0 (double, n);
  problem->v = g_new0 (double, n);
  return problem;
}

void
problem_free (Problem *problem)
{
  g_free (problem->cost);
  g_free (problem->columns);
  g_free (problem->u);
  g_free (problem->v);
  g_free (problem);
}

static float
uniform (GRand *rand, gsize i, gsize j)
{
  return (float)g_rand_double (rand);
}

static float
negative (GRand *rand, gsize i, gsize j)
{
  return (float)g_rand_double_range (rand, -1000, -999);
}

static float
both_signs (GRand *rand, gsize i, gsize j)
{
  return (float)g_rand_double_range (rand, -1, 1);
}

static float
zero_or_one (GRand *rand, gsize i, gsize j)
{
  return (float)g_rand_int_range (rand, 0, 2);
}

static float
small_integer (GRand *rand, gsize i, gsize j)
{
  return (float)g_rand_int_range (rand, -3, 4);
}

static float
large_integer (GRand *rand, gsize i, gsize j)
{
  return (float)g_rand_int_range (rand, -(1 << 24) + 1, 1 << 24);
}

static float
offset_integer (GRand *rand, gsize i, gsize j)
{
  return (float)g_rand_int_range (rand, (1 << 24) - 20, 1 << 24);
}

static float
constant (GRand *rand, gsize i, gsize j)
{
  return 7;
}

static float
product (GRand *rand, gsize i, gsize j)
{
  return (float)(i * j);
}

static float
negative_product (GRand *rand, gsize i, gsize j)
{
  return -(float)((i + 1) * (j + 1));
}

/* The same for all rows of a group and all columns of one, so that most choices are ties. */
static float
block (GRand *rand, gsize i, gsize j)
{
  return (float)((i / 3 * 7 + j / 3 * 11) % 5);
}

/* A column that all rows want, and one that none wants. */
static float
crowded (GRand *rand, gsize i, gsize j)
{
  return j == 1 ? 0 : j == 2 ? 1000 : (float)g_rand_int_range (rand, 10, 20);
}

/* Between 1e-30 and 1e30 with either sign. */
static float
huge_range (GRand *rand, gsize i, gsize j)
{
  return (float)(pow (10, g_rand_double_range (rand, -30, 30)) * (g_rand_boolean (rand) ? 1 : -1));
}

/* Mostly beyond use, as for pairs that must not be. */
static float
forbidden (GRand *rand, gsize i, gsize j)
{
  return g_rand_int_range (rand, 0, 3) == 0 ? (float)g_rand_double (rand) : 1e30f;
}

const ProblemKind problem_kinds[] = {
  { "uniform", uniform, FALSE },
  { "negative", negative, FALSE },
  { "both signs", both_signs, FALSE },
  { "zero or one", zero_or_one, TRUE },
  { "small integers", small_integer, TRUE },
  { "large integers", large_integer, TRUE },
  { "integers far from 0", offset_integer, TRUE },
  { "constant", constant, TRUE },
  { "product", product, TRUE },
  { "negative product", negative_product, TRUE },
  { "blocks", block, TRUE },
  { "crowded", crowded, TRUE },
  { "huge range", huge_range, FALSE },
  { "forbidden", forbidden, FALSE },
};

const gsize n_problem_kinds = G_N_ELEMENTS (problem_kinds);

void
problem_fill (Problem *problem, const ProblemKind *kind, GRand *rand)
{
  for (gsize i = 0; i < problem->n; i++)
    for (gsize j = 0; j < problem->n; j++)
      problem->cost[i * problem->n + j] = kind->element (rand, i, j);
}

const ProblemKind *
problem_kind_find (const char *name)
{
  for (gsize i = 0; i < n_problem_kinds; i++)
    if (g_str_equal (problem_kinds[i].name, name))
      return &problem_kinds[i];
  g_assert_not_reached ();
}

void
problem_fill_similarities (Problem *problem, gsize n_dims, double step, GRand *rand)
{
  g_autofree double *a = g_new (double, problem->n *n_dims), *b = g_new (double, problem->n *n_dims);

  for (gsize i = 0; i < problem->n * n_dims; i++)
    {
      a[i] = g_rand_double_range (rand, -1, 1);
      b[i] = g_rand_double_range (rand, -1, 1);
    }
  for (gsize i = 0; i < problem->n; i++)
    for (gsize j = 0; j < problem->n; j++)
      {
        double sum = 0;

        for (gsize k = 0; k < n_dims; k++)
          sum += a[i * n_dims + k] * b[j * n_dims + k];
        problem->cost[i * problem->n + j] = (float)(step > 0 ? rint (sum / step) * step : sum);
      }
}
