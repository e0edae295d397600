/* Checks for one working precision; included with REAL, NAME and FILL set. */

static void
NAME (check_lerp) (const AmKernels *kernels)
{
  REAL a[ROOM], b[ROOM], out[ROOM], expected[ROOM];
  const REAL wa = (REAL)0.7, wb = (REAL)0.3;

  FILL (a, ROOM, 3, FALSE);
  FILL (b, ROOM, 4, FALSE);
  for (guint k = 0; k < G_N_ELEMENTS (lengths); k++)
    for (gsize offset = 0; offset < 5; offset += 2)
      {
        gsize n = lengths[k];

        for (gsize i = 0; i < n; i++)
          {
            volatile REAL left = wa * a[i + offset], right = wb * b[i + 1];

            expected[i] = left + right;
          }
        kernels->NAME (lerp) (out, a + offset, b + 1, wa, wb, n);
        ASSERT_SAME (out, expected, n);
        memcpy (out, a + offset, n * sizeof *a);
        kernels->NAME (lerp) (out, out, b + 1, wa, wb, n);
        ASSERT_SAME (out, expected, n);
        memcpy (out, b + 1, n * sizeof *b);
        kernels->NAME (lerp) (out, a + offset, out, wa, wb, n);
        ASSERT_SAME (out, expected, n);
      }
}

static void
NAME (check_scaling) (const AmKernels *kernels)
{
  REAL a[ROOM], b[ROOM], out[ROOM], expected[ROOM];
  const REAL w = (REAL)1.1;

  FILL (a, ROOM, 5, FALSE);
  FILL (b, ROOM, 6, FALSE);
  for (guint k = 0; k < G_N_ELEMENTS (lengths); k++)
    {
      gsize n = lengths[k];

      for (gsize i = 0; i < n; i++)
        {
          volatile REAL product = w * b[i + 3];

          expected[i] = a[i] + product;
        }
      memcpy (out, a, sizeof out);
      kernels->NAME (add_scaled) (out, b + 3, w, n);
      ASSERT_SAME (out, expected, n);
      g_assert_cmpmem (out + n, (ROOM - n) * sizeof *a, a + n, (ROOM - n) * sizeof *a);

      for (gsize i = 0; i < n; i++)
        expected[i] = w * a[i];
      memcpy (out, a, sizeof out);
      kernels->NAME (scale) (out, out, w, n);
      ASSERT_SAME (out, expected, n);
      g_assert_cmpmem (out + n, (ROOM - n) * sizeof *a, a + n, (ROOM - n) * sizeof *a);

      for (gsize i = 0; i < n; i++)
        expected[i] = a[i] - b[i];
      memcpy (out, a, sizeof out);
      kernels->NAME (subtract) (out, out, b, n);
      ASSERT_SAME (out, expected, n);
    }
}

static void
NAME (check_drop) (const AmKernels *kernels)
{
  const guint32 key[2] = { 0xDEADBEEF, 42 };
  const guint64 limits[] = { 0, 1, 0x20000000, 0xE0000000, G_MAXUINT32, G_GUINT64_CONSTANT (1) << 32 };
  const guint64 firsts[] = { 0, 1, 6, 4095, (G_GUINT64_CONSTANT (1) << 34) - 21 };
  REAL x[ROOM], out[ROOM], expected[ROOM];
  guint32 words[ROOM];

  FILL (x, ROOM, 7, FALSE);
  for (guint l = 0; l < G_N_ELEMENTS (limits); l++)
    for (guint f = 0; f < G_N_ELEMENTS (firsts); f++)
      for (guint k = 0; k < G_N_ELEMENTS (lengths); k++)
        {
          gsize n = lengths[k];

          am_philox_words (words, key, 3, firsts[f], n);
          for (gsize i = 0; i < n; i++)
            expected[i] = words[i] < limits[l] ? x[i] : 0;
          memcpy (out, x, sizeof out);
          kernels->NAME (drop) (out, limits[l], key, firsts[f], n, 3);
          ASSERT_SAME (out, expected, n);
          g_assert_cmpmem (out + n, (ROOM - n) * sizeof *x, x + n, (ROOM - n) * sizeof *x);
        }
}

/* Few distinct magnitudes, so that ties are many. */
static void
NAME (fill_with_ties) (REAL *x)
{
  FILL (x, ROOM, 8, FALSE);
  for (gsize i = 0; i < ROOM; i++)
    if (i % 3 == 0)
      x[i] = (REAL)(i % 2 == 0 ? 0.25 : -0.25);
}

static void
NAME (check_trim) (const AmKernels *kernels)
{
  const guint64 last_ties[] = { 0, 99, 100, 101, 163, 700, G_MAXUINT64 };
  REAL x[ROOM], out[ROOM], expected[ROOM];

  NAME (fill_with_ties) (x);
  for (guint t = 0; t < G_N_ELEMENTS (last_ties); t++)
    for (guint k = 0; k < G_N_ELEMENTS (lengths); k++)
      {
        gsize n = lengths[k];

        for (gsize i = 0; i < n; i++)
          {
            double magnitude = fabs ((double)x[i]);
            gboolean drop = magnitude < 0.25 || (magnitude == 0.25 && 100 + i > last_ties[t]);

            expected[i] = drop ? 0 : x[i];
          }
        memcpy (out, x, sizeof out);
        kernels->NAME (trim) (out, (REAL)0.25, last_ties[t], 100, n);
        ASSERT_SAME (out, expected, n);
        g_assert_cmpmem (out + n, (ROOM - n) * sizeof *x, x + n, (ROOM - n) * sizeof *x);
      }
}

static void
NAME (check_count_above) (const AmKernels *kernels)
{
  REAL x[ROOM], found[ROOM];
  guint64 found_index[ROOM];

  NAME (fill_with_ties) (x);
  for (guint k = 0; k < G_N_ELEMENTS (lengths); k++)
    for (gsize capacity = 0; capacity <= ROOM; capacity += 40)
      {
        gsize n = lengths[k], n_found = 12345, n_expected = 0;
        guint64 n_above = 0;

        guint64 counted = kernels->NAME (count_above) (x + 1, (REAL)0.25, (REAL)3, 1000, n, found,
                                                       found_index, capacity, &n_found);

        for (gsize i = 0; i < n; i++)
          {
            double magnitude = fabs ((double)x[i + 1]);

            if (isnan (magnitude) || magnitude > 3)
              n_above++;
            else if (magnitude >= 0.25)
              {
                if (n_expected < capacity)
                  {
                    g_assert_cmpfloat ((double)found[n_expected], ==, magnitude);
                    g_assert_cmpuint (found_index[n_expected], ==, 1000 + i);
                  }
                n_expected++;
              }
          }
        g_assert_cmpuint (counted, ==, n_above);
        g_assert_cmpuint (n_found, ==, n_expected);
      }
}

#undef REAL
#undef NAME
#undef FILL
