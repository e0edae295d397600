/* Arithmetic and reductions for one working precision; included once with REAL float and once with double. */

#define NAME(stem) PASTE (PASTE (stem, _), REAL)

static void
NAME (lerp) (REAL *out, const REAL *a, const REAL *b, REAL wa, REAL wb, size_t n)
{
  INDEPENDENT
  for (size_t i = 0; i < n; i++)
    out[i] = wa * a[i] + wb * b[i];
}

static void
NAME (add_scaled) (REAL *acc, const REAL *x, REAL w, size_t n)
{
  INDEPENDENT
  for (size_t i = 0; i < n; i++)
    acc[i] += w * x[i];
}

static void
NAME (scale) (REAL *out, const REAL *x, REAL w, size_t n)
{
  INDEPENDENT
  for (size_t i = 0; i < n; i++)
    out[i] = w * x[i];
}

static void
NAME (subtract) (REAL *out, const REAL *a, const REAL *b, size_t n)
{
  INDEPENDENT
  for (size_t i = 0; i < n; i++)
    out[i] = a[i] - b[i];
}

/* As many values as doubles fit in a register. */
typedef REAL NAME (Values) __attribute__ ((vector_size (REGISTER / 8 * sizeof (REAL))));
typedef NAME (Values) NAME (UnalignedValues) __attribute__ ((aligned (1), may_alias));

static inline Sums
NAME (load) (const REAL *x)
{
  return __builtin_convertvector(*(const NAME (UnalignedValues) *)x, Sums);
}

static double
NAME (dot) (const REAL *a, const REAL *b, size_t n)
{
  Sums sums[N_SUMS] = { 0 };
  double lanes[16];
  size_t i = 0;

  for (; i + 16 <= n; i += 16)
    for (size_t j = 0; j < N_SUMS; j++)
      sums[j] += NAME (load) (a + i + j * SUMS_WIDTH) * NAME (load) (b + i + j * SUMS_WIDTH);
  memcpy (lanes, sums, sizeof lanes);
  for (size_t j = 0; i + j < n; j++)
    lanes[j] += (double)a[i + j] * (double)b[i + j];
  return combine (lanes);
}

static double
NAME (sum_abs) (const REAL *x, size_t n)
{
  Sums sums[N_SUMS] = { 0 };
  double lanes[16];
  size_t i = 0;

  for (; i + 16 <= n; i += 16)
    for (size_t j = 0; j < N_SUMS; j++)
      sums[j] += magnitudes (NAME (load) (x + i + j * SUMS_WIDTH));
  memcpy (lanes, sums, sizeof lanes);
  for (size_t j = 0; i + j < n; j++)
    lanes[j] += fabs ((double)x[i + j]);
  return combine (lanes);
}

static void
NAME (drop) (REAL *x, uint64_t limit, const uint32_t key[2], uint64_t first, size_t n, uint32_t stream)
{
  uint32_t words[WORDS_ROOM];

  if (limit > UINT32_MAX)
    return;
  for (size_t done = 0, step; done < n; done += step)
    {
      step = at_most (n - done, BLOCK - 4);
      const uint32_t *word = words_of (words, key, stream, first + done, step);

      for (size_t i = 0; i < step; i++)
        x[done + i] = word[i] < (uint32_t)limit ? x[done + i] : 0;
    }
}

static void
NAME (trim) (REAL *x, REAL threshold, uint64_t last_tie, uint64_t first, size_t n)
{
  size_t n_kept = 0; /* those that stay when equal to the threshold come first */

  if (last_tie >= first)
    n_kept = last_tie - first >= n ? n : (size_t)(last_tie - first) + 1;
  for (size_t i = 0; i < n_kept; i++)
    x[i] = MAGNITUDE (x[i]) < threshold ? 0 : x[i];
  for (size_t i = n_kept; i < n; i++)
    x[i] = MAGNITUDE (x[i]) <= threshold ? 0 : x[i];
}

/* Where candidates are put. */
typedef struct
{
  REAL *found;
  uint64_t *found_index;
  size_t capacity;
  size_t n_found;
} NAME (Found);

static void
NAME (append) (NAME (Found) * list, REAL magnitude, uint64_t index)
{
  if (list->n_found < list->capacity)
    {
      list->found[list->n_found] = magnitude;
      list->found_index[list->n_found] = index;
    }
  list->n_found++;
}

static uint64_t
NAME (count_above) (const REAL *x, REAL low, REAL high, uint64_t first, size_t n, REAL *found,
                    uint64_t *found_index, size_t capacity, size_t *n_found)
{
  NAME (Found) list = { found, found_index, capacity, 0 };
  uint64_t n_above = 0;
  size_t i = 0;

  for (; i + 64 <= n; i += 64)
    {
      uint64_t above, between;

      NAME (classify) (x + i, low, high, &above, &between);
      n_above += (uint64_t)__builtin_popcountll (above);
      for (; between != 0; between &= between - 1)
        {
          size_t j = i + (size_t)__builtin_ctzll (between);

          NAME (append) (&list, MAGNITUDE (x[j]), first + j);
        }
    }
  for (; i < n; i++)
    {
      REAL magnitude = MAGNITUDE (x[i]);

      if (!(magnitude <= high))
        n_above++;
      else if (magnitude >= low)
        NAME (append) (&list, magnitude, first + i);
    }
  *n_found = list.n_found;
  return n_above;
}

#undef NAME
#undef REAL
#undef MAGNITUDE
