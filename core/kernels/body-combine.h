/* Adding task vectors up for one working precision; included once with REAL float and once with double, and
 * BITS a signed integer of that width. Comparisons give all bits or none, which then select values. */

#define NAME(stem) PASTE (PASTE (stem, _), REAL)
#define WIDTH (REGISTER / sizeof (REAL))

typedef REAL NAME (Lanes) __attribute__ ((vector_size (REGISTER)));
typedef BITS NAME (LaneBits) __attribute__ ((vector_size (REGISTER)));
typedef NAME (Lanes) NAME (UnalignedLanes) __attribute__ ((aligned (1), may_alias));

/* The numbers of an AmCombination in working precision, and what the divisor is without an election. */
typedef struct
{
  unsigned n;
  REAL factor[AM_MAX_COMBINED];
  REAL vote[AM_MAX_COMBINED];
  REAL weight[AM_MAX_COMBINED];
  REAL total;
  REAL lambda;
} NAME (Terms);

static inline NAME (Lanes) NAME (pick) (NAME (LaneBits) mask, NAME (Lanes) a, NAME (Lanes) b)
{
  return (NAME (Lanes)) ((mask & (NAME (LaneBits))a) | (~mask & (NAME (LaneBits))b));
}

static inline NAME (Lanes) NAME (fill) (REAL value) { return (NAME (Lanes)){ 0 } + value; }

static inline NAME (Lanes) NAME (sign_of_lanes) (NAME (Lanes) value)
{
  NAME (Lanes) zero = { 0 }, one = NAME (fill) (1);

  return NAME (pick) (value > zero, one, NAME (pick) (value < zero, -one, zero));
}

static inline NAME (Lanes)
    NAME (elect) (const NAME (Terms) * terms, bool by_count, const REAL *const *delta, size_t at)
{
  NAME (Lanes) votes = { 0 }, zero = { 0 }, one = NAME (fill) (1);

  for (unsigned i = 0; i < terms->n; i++)
    {
      NAME (Lanes) vote = terms->vote[i] * *(const NAME (UnalignedLanes) *)(delta[i] + at);

      votes += by_count ? NAME (sign_of_lanes) (vote) : vote;
    }
  return NAME (pick) (votes >= zero, one, -one);
}

/* NaN agrees with nothing, yet it is added, so that it is seen in the result. */
static inline NAME (Lanes) NAME (add_agreeing) (const NAME (Terms) * terms, NAME (Lanes) sign,
                                                const REAL *const *delta, size_t at, NAME (Lanes) * divisor)
{
  NAME (Lanes) sum = { 0 }, zero = { 0 };

  *divisor = zero;
  for (unsigned i = 0; i < terms->n; i++)
    {
      NAME (Lanes) value = terms->factor[i] * *(const NAME (UnalignedLanes) *)(delta[i] + at);
      NAME (LaneBits) disagrees = value * sign <= zero;

      sum += NAME (pick) (disagrees, zero, value);
      *divisor += NAME (pick) (disagrees, zero, NAME (fill) (terms->weight[i]));
    }
  return sum;
}

static inline NAME (Lanes)
    NAME (add_all) (const NAME (Terms) * terms, const REAL *const *delta, size_t at, NAME (Lanes) * divisor)
{
  NAME (Lanes) sum = { 0 };

  *divisor = NAME (fill) (terms->total);
  for (unsigned i = 0; i < terms->n; i++)
    sum += terms->factor[i] * *(const NAME (UnalignedLanes) *)(delta[i] + at);
  return sum;
}

static inline NAME (Lanes) NAME (combine_lanes) (const AmCombination *combination, const NAME (Terms) * terms,
                                                 NAME (Lanes) base, const REAL *const *delta, size_t at)
{
  NAME (Lanes) zero = { 0 }, sum, divisor;

  if (combination->election == AM_COMBINE_ALL)
    {
      sum = NAME (add_all) (terms, delta, at, &divisor);
    }
  else
    {
      NAME (Lanes)
      sign = combination->election == AM_COMBINE_BY_COUNT ? NAME (elect) (terms, true, delta, at)
                                                          : NAME (elect) (terms, false, delta, at);
      sum = NAME (add_agreeing) (terms, sign, delta, at, &divisor);
    }
  if (combination->normalize)
    sum /= NAME (pick) (divisor == zero, NAME (fill) (1), divisor);
  return NAME (pick) (sum == zero, base, base + terms->lambda * sum);
}

static void
NAME (get_terms) (const AmCombination *combination, NAME (Terms) * terms)
{
  terms->n = combination->n;
  terms->total = 0;
  terms->lambda = (REAL)combination->lambda;
  for (unsigned i = 0; i < combination->n; i++)
    {
      terms->factor[i] = (REAL)combination->factor[i];
      terms->vote[i] = (REAL)combination->vote[i];
      terms->weight[i] = (REAL)combination->weight[i];
      terms->total += terms->weight[i];
    }
}

/* Fewer elements than a register has lanes, by way of zeros. */
static void
NAME (combine_rest) (const AmCombination *combination, const NAME (Terms) * terms, REAL *out,
                     const REAL *base, const REAL *const *delta, size_t at, size_t n)
{
  REAL room[AM_MAX_COMBINED + 1][WIDTH];
  const REAL *padded[AM_MAX_COMBINED];
  NAME (Lanes) result;

  for (unsigned i = 0; i <= terms->n; i++)
    {
      memset (room[i], 0, sizeof room[i]);
      memcpy (room[i], i < terms->n ? delta[i] + at : base + at, n * sizeof (REAL));
      if (i < terms->n)
        padded[i] = room[i];
    }
  result
      = NAME (combine_lanes) (combination, terms, *(const NAME (UnalignedLanes) *)room[terms->n], padded, 0);
  memcpy (out + at, &result, n * sizeof (REAL));
}

static void
NAME (combine) (REAL *out, const REAL *base, const REAL *const *delta, const AmCombination *combination,
                size_t n)
{
  NAME (Terms) terms;
  size_t at = 0;

  NAME (get_terms) (combination, &terms);
  for (; at + WIDTH <= n; at += WIDTH)
    *(NAME (UnalignedLanes) *)(out + at)
        = NAME (combine_lanes) (combination, &terms, *(const NAME (UnalignedLanes) *)(base + at), delta, at);
  if (at < n)
    NAME (combine_rest) (combination, &terms, out, base, delta, at, n - at);
}

#undef NAME
#undef WIDTH
#undef REAL
#undef BITS
