/* The combining kernel against its formula, one element at a time; included with REAL and NAME set. */

static REAL
NAME (combine_one) (const AmCombination *combination, REAL base, const REAL *delta)
{
  volatile REAL votes = 0, sum = 0, divisor = 0, value;
  gboolean elects = combination->election != AM_COMBINE_ALL;

  for (guint i = 0; i < combination->n; i++)
    {
      value = (REAL)combination->vote[i] * delta[i];
      votes += combination->election == AM_COMBINE_BY_COUNT ? (REAL)((value > 0) - (value < 0)) : value;
    }
  for (guint i = 0; i < combination->n; i++)
    {
      value = (REAL)combination->factor[i] * delta[i];
      if (elects && !isnan (value) && (value == 0 || (value > 0) != (votes >= 0)))
        continue;
      sum += value;
      divisor += (REAL)combination->weight[i];
    }
  if (combination->normalize)
    sum /= divisor == 0 ? 1 : divisor;
  if (sum == 0)
    return base;
  value = (REAL)combination->lambda * sum;
  return base + value;
}

static void
NAME (check_combination) (const AmKernels *kernels, const AmCombination *combination, gsize n, gsize offset)
{
  REAL values[N_VECTORS + 1][ROOM], out[ROOM], delta[N_VECTORS];
  const REAL *vectors[N_VECTORS];

  for (guint i = 0; i <= N_VECTORS; i++)
    for (gsize j = 0; j < ROOM; j++)
      values[i][j] = (REAL)next_value (i, j);
  for (guint i = 0; i < N_VECTORS; i++)
    vectors[i] = values[i] + offset;
  out[n] = 123;
  kernels->NAME (combine) (out, values[N_VECTORS] + offset, vectors, combination, n);
  g_assert_cmpfloat (out[n], ==, 123);
  for (gsize j = 0; j < n; j++)
    {
      REAL expected;

      for (guint i = 0; i < N_VECTORS; i++)
        delta[i] = vectors[i][j];
      expected = NAME (combine_one) (combination, values[N_VECTORS][j + offset], delta);
      if (isnan (expected))
        g_assert_true (isnan (out[j]));
      else
        g_assert_cmpmem (&out[j], sizeof out[j], &expected, sizeof expected);
    }
}
