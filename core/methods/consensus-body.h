/* Consensus for one working precision; included once with REAL float and once with double. */

#define NAME_(stem, real) stem##_##real
#define NAME__(stem, real) NAME_ (stem, real)
#define NAME(stem) NAME__ (stem, REAL)

typedef struct
{
  REAL election[BLOCK];
  REAL sum[BLOCK];
  REAL divisor[BLOCK];
} NAME (Work);

static void
NAME (vote_by_mass) (REAL *election, const REAL *delta, REAL factor, gsize n)
{
  for (gsize i = 0; i < n; i++)
    election[i] += factor * delta[i];
}

static void
NAME (vote_by_count) (REAL *election, const REAL *delta, REAL factor, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      REAL value = factor * delta[i];

      election[i] += value > 0 ? (REAL)1 : value < 0 ? (REAL)-1 : 0;
    }
}

static void
NAME (settle_election) (REAL *election, gsize n)
{
  for (gsize i = 0; i < n; i++)
    election[i] = election[i] >= 0 ? (REAL)1 : (REAL)-1;
}

/* NaN agrees with nothing, yet must be seen in the result. */
static void
NAME (add_agreeing) (NAME (Work) * work, const REAL *delta, REAL factor, REAL weight, gsize n)
{
  REAL *restrict sum = work->sum;
  REAL *restrict divisor = work->divisor;
  const REAL *restrict election = work->election;

  for (gsize i = 0; i < n; i++)
    {
      REAL value = factor * delta[i];
      gboolean is_out = value * election[i] <= 0;

      sum[i] += is_out ? 0 : value;
      divisor[i] += is_out ? 0 : weight;
    }
}

static void
NAME (add_all) (NAME (Work) * work, const REAL *delta, REAL factor, gsize n)
{
  REAL *restrict sum = work->sum;

  for (gsize i = 0; i < n; i++)
    sum[i] += factor * delta[i];
}

static void
NAME (divide) (NAME (Work) * work, gsize n)
{
  REAL *restrict sum = work->sum;
  const REAL *restrict divisor = work->divisor;

  for (gsize i = 0; i < n; i++)
    sum[i] /= divisor[i] == 0 ? 1 : divisor[i];
}

static void
NAME (add_to_base) (REAL *restrict out, const REAL *restrict base, const REAL *restrict sum, REAL lambda,
                    gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      REAL moved = base[i] + lambda * sum[i];

      out[i] = sum[i] == 0 ? base[i] : moved;
    }
}

static void
NAME (elect) (const AmConsensus *consensus, NAME (Work) * work, const REAL *const *delta, gsize n)
{
  for (guint i = 0; i < consensus->n; i++)
    if (consensus->election == AM_ELECTION_MASS)
      NAME (vote_by_mass) (work->election, delta[i], (REAL)consensus->vote[i], n);
    else
      NAME (vote_by_count) (work->election, delta[i], (REAL)consensus->vote[i], n);
  NAME (settle_election) (work->election, n);
  for (guint i = 0; i < consensus->n; i++)
    NAME (add_agreeing) (work, delta[i], (REAL)consensus->factor[i], (REAL)consensus->weight[i], n);
}

static void
NAME (combine_block) (const AmConsensus *consensus, REAL *out, const REAL *base, const REAL *const *delta,
                      gsize n)
{
  NAME (Work) work;
  REAL total = 0;

  memset (&work, 0, sizeof work);
  if (consensus->election != AM_ELECTION_NONE)
    {
      NAME (elect) (consensus, &work, delta, n);
    }
  else
    {
      for (guint i = 0; i < consensus->n; i++)
        {
          NAME (add_all) (&work, delta[i], (REAL)consensus->factor[i], n);
          total += (REAL)consensus->weight[i];
        }
      for (gsize i = 0; i < n; i++)
        work.divisor[i] = total;
    }
  if (consensus->normalize)
    NAME (divide) (&work, n);
  NAME (add_to_base) (out, base, work.sum, (REAL)consensus->lambda, n);
}

static void
NAME (combine) (const AmConsensus *consensus, REAL *out, const REAL *base, gconstpointer const *delta,
                gsize n)
{
  for (gsize at = 0; at < n; at += BLOCK)
    {
      const REAL *block[AM_MAX_MODELS];

      for (guint i = 0; i < consensus->n; i++)
        block[i] = (const REAL *)delta[i] + at;
      NAME (combine_block) (consensus, out + at, base + at, block, MIN (BLOCK, n - at));
    }
}

#undef NAME
#undef NAME_
#undef NAME__
#undef REAL
