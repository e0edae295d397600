/* The assignment solver against all permutations, against optima known beforehand, and by its certificate,
 * which is worked out here a second time. */
#include <math.h>
#include <string.h>

#include "align/assignment.h"
#include "assignment-problems.h"

#define MOST_ROWS 8

static double
largest_magnitude (const Problem *problem)
{
  double largest = 0;

  for (gsize i = 0; i < problem->n * problem->n; i++)
    largest = MAX (largest, fabs ((double)problem->cost[i]));
  for (gsize i = 0; i < problem->n; i++)
    largest = MAX (largest, MAX (fabs (problem->u[i]), fabs (problem->v[i])));
  return largest;
}

/* The least total over all ways to give rows from @row on the columns not in @taken. */
static double
least_total (const Problem *problem, gsize row, guint taken)
{
  double least = row == problem->n ? 0 : INFINITY;

  for (gsize j = 0; row < problem->n && j < problem->n; j++)
    if (!(taken & 1u << j))
      {
        double rest = least_total (problem, row + 1, taken | 1u << j);

        least = MIN (least, (double)problem->cost[row * problem->n + j] + rest);
      }
  return least;
}

static double
solve (Problem *problem)
{
  return am_assignment_minimise (problem->cost, problem->n, problem->n, problem->columns, problem->u,
                                 problem->v);
}

static void
assert_permutation (const guint32 *columns, gsize n)
{
  g_autofree guint *times = g_new0 (guint, n);

  for (gsize i = 0; i < n; i++)
    {
      g_assert_cmpuint (columns[i], <, n);
      g_assert_cmpuint (++times[columns[i]], ==, 1);
    }
}

/* As am_assignment_check(), one element after another. */
static double
plain_violation (const Problem *problem)
{
  double largest = 0;

  for (gsize i = 0; i < problem->n; i++)
    for (gsize j = 0; j < problem->n; j++)
      {
        double reduced = (double)problem->cost[i * problem->n + j] - problem->v[j] - problem->u[i];

        largest = MAX (largest, j == problem->columns[i] ? fabs (reduced) : -reduced);
      }
  return largest;
}

static void
assert_certified (Problem *problem, gboolean is_integer)
{
  double violation = solve (problem);
  double allowed = is_integer ? 0 : ldexp ((double)(problem->n + 1), -50) * largest_magnitude (problem);

  assert_permutation (problem->columns, problem->n);
  g_assert_cmpfloat (violation, <=, allowed);
  g_assert_cmpfloat (plain_violation (problem), ==, violation);
  g_assert_cmpfloat (
      am_assignment_check (problem->cost, problem->n, problem->n, problem->columns, problem->u, problem->v),
      ==, violation);
}

static void
assert_least (Problem *problem, gboolean is_integer)
{
  double total, least = least_total (problem, 0, 0);

  assert_certified (problem, is_integer);
  total = am_assignment_sum (problem->cost, problem->n, problem->n, problem->columns);
  if (is_integer)
    g_assert_cmpfloat (total, ==, least);
  else
    g_assert_cmpfloat (fabs (total - least), <=, 1e-13 * largest_magnitude (problem));
}

static void
test_all_permutations (void)
{
  static const guint times[MOST_ROWS + 1] = { 0, 20, 200, 1000, 1000, 300, 100, 40, 15 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (gsize n = 1; n <= MOST_ROWS; n++)
    {
      g_autoptr (Problem) problem = problem_new (n);

      for (gsize kind = 0; kind < n_problem_kinds; kind++)
        for (guint time = 0; time < times[n]; time++)
          {
            problem_fill (problem, &problem_kinds[kind], rand);
            assert_least (problem, problem_kinds[kind].is_integer);
          }
    }
}

static void
test_certificates (void)
{
  static const gsize sizes[] = { 9, 63, 64, 65, 150 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      g_autoptr (Problem) problem = problem_new (sizes[s]);

      for (gsize kind = 0; kind < n_problem_kinds; kind++)
        {
          g_test_message ("%s, %" G_GSIZE_FORMAT " rows", problem_kinds[kind].name, sizes[s]);
          problem_fill (problem, &problem_kinds[kind], rand);
          assert_certified (problem, problem_kinds[kind].is_integer);
        }
    }
}

static void
test_similarities (void)
{
  static const gsize n_dims[] = { 1, 2, 8, 64 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (gsize i = 0; i < G_N_ELEMENTS (n_dims); i++)
    {
      g_autoptr (Problem) problem = problem_new (300);

      problem_fill_similarities (problem, n_dims[i], ldexp (1, -20), rand);
      assert_certified (problem, TRUE);
      problem_fill_similarities (problem, n_dims[i], 0, rand);
      assert_certified (problem, FALSE);
    }
}

/* The least sum of products pairs the greatest with the least, the greatest sum equals. */
static void
test_products (void)
{
  g_autoptr (Problem) problem = problem_new (400);

  problem_fill (problem, problem_kind_find ("product"), NULL);
  assert_certified (problem, TRUE);
  for (gsize i = 0; i < problem->n; i++)
    g_assert_cmpuint (problem->columns[i], ==, problem->n - 1 - i);
  am_assignment_maximise (problem->cost, problem->n, problem->n, problem->columns, NULL, NULL);
  for (gsize i = 0; i < problem->n; i++)
    g_assert_cmpuint (problem->columns[i], ==, i);
}

/* A permutation that costs nothing, where all else costs something. */
static void
test_hidden_permutation (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  g_autoptr (Problem) problem = problem_new (257);
  g_autofree guint32 *hidden = g_new (guint32, problem->n);

  for (gsize i = 0; i < problem->n; i++)
    hidden[i] = (guint32)i;
  for (gsize i = problem->n - 1; i > 0; i--)
    {
      gsize other = (gsize)g_rand_int_range (rand, 0, (gint32)i + 1);
      guint32 column = hidden[i];

      hidden[i] = hidden[other];
      hidden[other] = column;
    }
  for (gsize i = 0; i < problem->n; i++)
    for (gsize j = 0; j < problem->n; j++)
      problem->cost[i * problem->n + j] = j == hidden[i] ? 0 : (float)g_rand_int_range (rand, 1, 4);
  assert_certified (problem, TRUE);
  g_assert_cmpmem (problem->columns, problem->n * sizeof *hidden, hidden, problem->n * sizeof *hidden);
}

static void
test_ties_take_the_lowest_column (void)
{
  g_autoptr (Problem) problem = problem_new (100);

  problem_fill (problem, problem_kind_find ("constant"), NULL);
  solve (problem);
  for (gsize i = 0; i < problem->n; i++)
    g_assert_cmpuint (problem->columns[i], ==, i);
}

/* Not only an assignment as good, but the same one with the same duals. */
static void
test_maximise_is_minimise_of_the_negated (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (gsize n = 1; n <= 101; n += 10)
    for (gsize kind = 0; kind < n_problem_kinds; kind++)
      {
        g_autoptr (Problem) negated = problem_new (n), problem = problem_new (n);
        double violation;

        problem_fill (problem, &problem_kinds[kind], rand);
        for (gsize i = 0; i < n * n; i++)
          negated->cost[i] = -problem->cost[i];
        violation = am_assignment_maximise (problem->cost, n, n, problem->columns, problem->u, problem->v);
        g_assert_cmpfloat (violation, ==, solve (negated));
        g_assert_cmpmem (problem->columns, n * 4, negated->columns, n * 4);
        for (gsize i = 0; i < n; i++)
          {
            g_assert_cmpfloat (problem->u[i], ==, negated->u[i]);
            g_assert_cmpfloat (problem->v[i], ==, negated->v[i]);
          }
        g_assert_cmpfloat (am_assignment_sum (problem->cost, n, n, problem->columns), ==,
                           -am_assignment_sum (negated->cost, n, n, negated->columns));
      }
}

/* What lies between the rows does not count. */
static void
test_strides (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);
  const gsize n = 70, stride = 77;
  g_autoptr (Problem) problem = problem_new (n);
  g_autofree float *wide = g_new (float, n *stride);
  g_autofree guint32 *columns = g_new (guint32, n);

  problem_fill (problem, problem_kind_find ("uniform"), rand);
  for (gsize i = 0; i < n * stride; i++)
    wide[i] = NAN;
  for (gsize i = 0; i < n; i++)
    memcpy (wide + i * stride, problem->cost + i * n, n * sizeof *wide);
  assert_certified (problem, FALSE);
  am_assignment_minimise (wide, n, stride, columns, NULL, NULL);
  g_assert_cmpmem (columns, n * sizeof *columns, problem->columns, n * sizeof *columns);
  g_assert_cmpfloat (am_assignment_check (wide, n, stride, columns, problem->u, problem->v), ==,
                     plain_violation (problem));
  g_assert_cmpfloat (am_assignment_sum (wide, n, stride, columns), ==,
                     am_assignment_sum (problem->cost, n, n, columns));
}

static void
test_one_row (void)
{
  const float cost = -3.25f;
  guint32 column = 5;
  double u, v;

  g_assert_cmpfloat (am_assignment_minimise (&cost, 1, 1, &column, &u, &v), ==, 0);
  g_assert_cmpuint (column, ==, 0);
  g_assert_cmpfloat (u + v, ==, -3.25);
  column = 5;
  g_assert_cmpfloat (am_assignment_maximise (&cost, 1, 1, &column, NULL, NULL), ==, 0);
  g_assert_cmpuint (column, ==, 0);
}

static double
check (const Problem *problem)
{
  return am_assignment_check (problem->cost, problem->n, problem->n, problem->columns, problem->u,
                              problem->v);
}

/* No duals certify a permutation that is not the best one: neither those of the best nor ones made to fit. */
static void
assert_swap_is_seen (Problem *problem, gsize i, gsize j)
{
  guint32 column = problem->columns[i];
  g_autofree double *u = g_memdup2 (problem->u, problem->n * sizeof *u);

  problem->columns[i] = problem->columns[j];
  problem->columns[j] = column;
  g_assert_cmpfloat (check (problem), >, 0);
  problem->u[i]
      = (double)problem->cost[i * problem->n + problem->columns[i]] - problem->v[problem->columns[i]];
  problem->u[j]
      = (double)problem->cost[j * problem->n + problem->columns[j]] - problem->v[problem->columns[j]];
  g_assert_cmpfloat (check (problem), >, 0);
  memcpy (problem->u, u, problem->n * sizeof *u);
  problem->columns[j] = problem->columns[i];
  problem->columns[i] = column;
}

/* By how much a dual is off is what the check finds. */
static void
assert_dual_is_seen (Problem *problem, double *dual)
{
  const double before = *dual;

  *dual = before + 0.5;
  g_assert_cmpfloat (check (problem), >=, 0.5);
  *dual = before - 0.5;
  g_assert_cmpfloat (check (problem), >=, 0.5);
  *dual = NAN;
  g_assert_cmpfloat (check (problem), ==, INFINITY);
  *dual = -INFINITY;
  g_assert_cmpfloat (check (problem), ==, INFINITY);
  *dual = before;
}

static void
test_check_sees_faults (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  g_autoptr (Problem) problem = problem_new (70);

  /* Multiples of 2^-24, so that duals and half units more are exact. */
  for (gsize i = 0; i < problem->n * problem->n; i++)
    problem->cost[i] = (float)ldexp (g_rand_int_range (rand, 0, 1 << 24), -24);
  assert_certified (problem, TRUE);
  for (gsize i = 0; i < problem->n; i++)
    {
      assert_swap_is_seen (problem, i, (i + 1) % problem->n);
      assert_dual_is_seen (problem, &problem->u[i]);
      assert_dual_is_seen (problem, &problem->v[i]);
    }
  g_assert_cmpfloat (check (problem), ==, 0);
  problem->columns[3] = problem->columns[4];
  g_assert_cmpfloat (check (problem), ==, INFINITY);
  problem->columns[3] = (guint32)problem->n;
  g_assert_cmpfloat (check (problem), ==, INFINITY);
}

/* One element too low is seen wherever it is: the passes over a row leave none out. */
static void
test_check_sees_every_element (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);
  g_autoptr (Problem) problem = problem_new (67);

  problem_fill (problem, problem_kind_find ("large integers"), rand);
  assert_certified (problem, TRUE);
  for (gsize i = 0; i < problem->n; i++)
    for (gsize j = 0; j < problem->n; j++)
      {
        float *element = problem->cost + i * problem->n + j;
        const float before = *element;

        *element = -1e9f;
        g_assert_cmpfloat (check (problem), >, 1e8);
        *element = before;
      }
}

/* Nothing is promised but that it ends with a permutation. */
static void
test_values_that_are_not_finite (void)
{
  static const float values[] = { NAN, INFINITY, -INFINITY };
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);

  for (gsize n = 1; n <= 90; n += 7)
    for (gint32 most = 1; most <= 4; most++)
      {
        g_autoptr (Problem) problem = problem_new (n);

        for (gsize i = 0; i < n * n; i++)
          problem->cost[i] = g_rand_int_range (rand, 0, most) == 0 ? values[g_rand_int_range (rand, 0, 3)]
                                                                   : (float)g_rand_double (rand);
        solve (problem);
        assert_permutation (problem->columns, n);
      }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/assignment/all-permutations", test_all_permutations);
  g_test_add_func ("/assignment/certificates", test_certificates);
  g_test_add_func ("/assignment/similarities", test_similarities);
  g_test_add_func ("/assignment/products", test_products);
  g_test_add_func ("/assignment/hidden-permutation", test_hidden_permutation);
  g_test_add_func ("/assignment/ties", test_ties_take_the_lowest_column);
  g_test_add_func ("/assignment/maximise", test_maximise_is_minimise_of_the_negated);
  g_test_add_func ("/assignment/strides", test_strides);
  g_test_add_func ("/assignment/one-row", test_one_row);
  g_test_add_func ("/assignment/check-sees-faults", test_check_sees_faults);
  g_test_add_func ("/assignment/check-sees-every-element", test_check_sees_every_element);
  g_test_add_func ("/assignment/not-finite", test_values_that_are_not_finite);
  return g_test_run ();
}
