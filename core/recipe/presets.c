#include "recipe/presets.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "base/nearest-name.h"

/* SD 1/2 has 25 blocks without BASE, SDXL 19; the middle block is number (n - 1) / 2 of both. */
#define N_SD1 25
#define N_SDXL 19

typedef enum
{
  CURVE_FLAT,
  CURVE_V,
  CURVE_A,
  CURVE_STEP_TIMES, /* triangle (k * smoothstep (x)) */
  CURVE_STEP_OVER,  /* smoothstep (triangle (k * x)) */
  CURVE_COSINE,
  CURVE_TRUE_CUBIC,
  CURVE_FAKE_CUBIC,
  CURVE_WRAP,   /* the first and last k blocks */
  CURVE_LAST,   /* the last k blocks, and the middle one at @middle */
  CURVE_RANGES, /* by number of blocks, see below */
  CURVE_LOW_OFFSET,
} Curve;

/* One level over blocks first .. last. */
typedef struct
{
  guint8 first;
  guint8 last;
  double level;
} Range;

#define MAX_RANGES 6

typedef struct
{
  AmPreset preset;
  Curve curve;
  double k; /* level of FLAT, factor of the steps, number of blocks */
  gboolean is_reversed;
  double middle;
  guint n_blocks; /* the only number of blocks it is for, or 0 */
  Range sd1[MAX_RANGES];
  Range sdxl[MAX_RANGES];
} Row;

/* clang-format off */
static const Row rows[] = {
  { { "GRAD_V", N_ ("1 at both ends, falling to 0 in the middle") }, CURVE_V },
  { { "GRAD_A", N_ ("0 at both ends, rising to 1 in the middle") }, CURVE_A },
  { { "FLAT_25", N_ ("0.25 in every block") }, CURVE_FLAT, .k = 0.25 },
  { { "FLAT_75", N_ ("0.75 in every block") }, CURVE_FLAT, .k = 0.75 },
  { { "WRAP08", N_ ("1 in the first and last 4 blocks") }, CURVE_WRAP, .k = 4 },
  { { "WRAP12", N_ ("1 in the first and last 6 blocks") }, CURVE_WRAP, .k = 6 },
  { { "WRAP14", N_ ("1 in the first and last 7 blocks") }, CURVE_WRAP, .k = 7 },
  { { "WRAP16", N_ ("1 in the first and last 8 blocks") }, CURVE_WRAP, .k = 8 },
  { { "MID12_50", N_ ("0.5 in the blocks around the middle") }, CURVE_RANGES,
    .sd1 = { { 5, 18, 0.5 } }, .sdxl = { { 3, 15, 0.5 } } },
  { { "OUT07", N_ ("1 in the last 7 blocks") }, CURVE_LAST, .k = 7 },
  { { "OUT12", N_ ("1 in the 12 output blocks") }, CURVE_LAST, .k = 12, .n_blocks = N_SD1 },
  { { "OUT12_5", N_ ("1 in the 12 output blocks, 0.5 in the middle one") },
    CURVE_LAST, .k = 12, .middle = 0.5, .n_blocks = N_SD1 },
  { { "OUT09", N_ ("1 in the 9 output blocks") }, CURVE_LAST, .k = 9, .n_blocks = N_SDXL },
  { { "OUT09_5", N_ ("1 in the 9 output blocks, 0.5 in the middle one") }, CURVE_LAST, .k = 9, .middle = 0.5,
    .n_blocks = N_SDXL },
  { { "RING08_SOFT", N_ ("1 halfway to the middle on both sides, 0.5 next to it") }, CURVE_RANGES,
    .sd1 = { { 5, 5, 0.5 }, { 6, 8, 1 }, { 9, 9, 0.5 }, { 15, 15, 0.5 }, { 16, 18, 1 }, { 19, 19, 0.5 } },
    .sdxl = { { 2, 2, 0.5 }, { 3, 5, 1 }, { 6, 6, 0.5 }, { 12, 12, 0.5 }, { 13, 15, 1 }, { 16, 16, 0.5 } } },
  { { "RING08_5", N_ ("1 in 4 blocks on each side of the middle (7 around it in SDXL)") }, CURVE_RANGES,
    .sd1 = { { 6, 9, 1 }, { 15, 18, 1 } }, .sdxl = { { 6, 12, 1 } } },
  { { "RING10_5", N_ ("1 in 5 blocks on each side, 5 apart") }, CURVE_RANGES,
    .sd1 = { { 5, 9, 1 }, { 15, 19, 1 } }, .sdxl = { { 2, 6, 1 }, { 12, 16, 1 } } },
  { { "RING10_3", N_ ("1 in 5 blocks on each side, 3 apart") }, CURVE_RANGES,
    .sd1 = { { 6, 10, 1 }, { 14, 18, 1 } }, .sdxl = { { 3, 7, 1 }, { 11, 15, 1 } } },
  { { "SMOOTHSTEP", N_ ("from 0 to 1 along an S") }, CURVE_STEP_TIMES, .k = 1 },
  { { "REVERSE-SMOOTHSTEP", N_ ("from 1 to 0 along an S") }, CURVE_STEP_TIMES, .k = 1, .is_reversed = TRUE },
  { { "SMOOTHSTEP*2", N_ ("to 1 and back to 0, pointed") }, CURVE_STEP_TIMES, .k = 2 },
  { { "R_SMOOTHSTEP*2", N_ ("from 1 to 0 and back, pointed") },
    CURVE_STEP_TIMES, .k = 2, .is_reversed = TRUE },
  { { "SMOOTHSTEP*3", N_ ("to 1, to 0 and to 1, pointed") }, CURVE_STEP_TIMES, .k = 3 },
  { { "R_SMOOTHSTEP*3", N_ ("from 1 to 0, to 1 and to 0, pointed") },
    CURVE_STEP_TIMES, .k = 3, .is_reversed = TRUE },
  { { "SMOOTHSTEP*4", N_ ("to 1 and back twice, pointed") }, CURVE_STEP_TIMES, .k = 4 },
  { { "R_SMOOTHSTEP*4", N_ ("from 1 to 0 and back twice, pointed") },
    CURVE_STEP_TIMES, .k = 4, .is_reversed = TRUE },
  { { "SMOOTHSTEP/2", N_ ("to 1 and back to 0, rounded") }, CURVE_STEP_OVER, .k = 2 },
  { { "R_SMOOTHSTEP/2", N_ ("from 1 to 0 and back, rounded") },
    CURVE_STEP_OVER, .k = 2, .is_reversed = TRUE },
  { { "SMOOTHSTEP/3", N_ ("to 1, to 0 and to 1, rounded") }, CURVE_STEP_OVER, .k = 3 },
  { { "R_SMOOTHSTEP/3", N_ ("from 1 to 0, to 1 and to 0, rounded") },
    CURVE_STEP_OVER, .k = 3, .is_reversed = TRUE },
  { { "SMOOTHSTEP/4", N_ ("to 1 and back twice, rounded") }, CURVE_STEP_OVER, .k = 4 },
  { { "R_SMOOTHSTEP/4", N_ ("from 1 to 0 and back twice, rounded") },
    CURVE_STEP_OVER, .k = 4, .is_reversed = TRUE },
  { { "COSINE", N_ ("from 1 to 0 along half a cosine") }, CURVE_COSINE },
  { { "REVERSE_COSINE", N_ ("from 0 to 1 along half a cosine") }, CURVE_COSINE, .is_reversed = TRUE },
  { { "TRUE_CUBIC_HERMITE", N_ ("from 0 to 1, flat in between") }, CURVE_TRUE_CUBIC },
  { { "TRUE_REVERSE_CUBIC_HERMITE", N_ ("from 1 to 0, flat in between") },
    CURVE_TRUE_CUBIC, .is_reversed = TRUE },
  { { "FAKE_CUBIC_HERMITE", N_ ("from 0 to 1 with a bend in between") }, CURVE_FAKE_CUBIC },
  { { "FAKE_REVERSE_CUBIC_HERMITE", N_ ("from 1 to 0 with a bend in between") },
    CURVE_FAKE_CUBIC, .is_reversed = TRUE },
  { { "LOW_OFFSET_CUBIC_HERMITE", N_ ("from 0 to 0.5, flat in between") },
    CURVE_LOW_OFFSET, .n_blocks = N_SD1 },
  { { "ALL_A", N_ ("0 everywhere: all of A") }, CURVE_FLAT, .k = 0 },
  { { "ALL_B", N_ ("1 everywhere, BASE too: all of B") }, CURVE_FLAT, .k = 1 },
};

/* sd-meh's names and other spellings of the same curves; '-' and '_' count as the same letter. */
static const char *const aliases[][2] = {
  { "2SMOOTHSTEP", "SMOOTHSTEP*2" },
  { "3SMOOTHSTEP", "SMOOTHSTEP*3" },
  { "4SMOOTHSTEP", "SMOOTHSTEP*4" },
  { "2R_SMOOTHSTEP", "R_SMOOTHSTEP*2" },
  { "3R_SMOOTHSTEP", "R_SMOOTHSTEP*3" },
  { "4R_SMOOTHSTEP", "R_SMOOTHSTEP*4" },
  { "R_2SMOOTHSTEP", "R_SMOOTHSTEP*2" },
  { "R_3SMOOTHSTEP", "R_SMOOTHSTEP*3" },
  { "R_4SMOOTHSTEP", "R_SMOOTHSTEP*4" },
  { "HALF_SMOOTHSTEP", "SMOOTHSTEP/2" },
  { "HALF_R_SMOOTHSTEP", "R_SMOOTHSTEP/2" },
  { "ONE_THIRD_SMOOTHSTEP", "SMOOTHSTEP/3" },
  { "ONE_THIRD_R_SMOOTHSTEP", "R_SMOOTHSTEP/3" },
  { "ONE_FOURTH_SMOOTHSTEP", "SMOOTHSTEP/4" },
  { "ONE_FOURTH_R_SMOOTHSTEP", "R_SMOOTHSTEP/4" },
  { "R_SMOOTHSTEP", "REVERSE-SMOOTHSTEP" },
};

/* Known as numbers only. */
static const double low_offset[N_SD1] = {
  0, 0.0995159, 0.162881, 0.212321, 0.249228, 0.274996, 0.291016, 0.298680, 0.299383, 0.294515,
  0.285470, 0.273639,
  0.261514, 0.249388, 0.245727, 0.237637, 0.222901, 0.224306, 0.234635, 0.247675, 0.273210,
  0.312025, 0.360905,
  0.422635, 0.5,
};
/* clang-format on */

guint
am_preset_get_count (void)
{
  return G_N_ELEMENTS (rows);
}

const AmPreset *
am_preset_get (guint index)
{
  g_return_val_if_fail (index < G_N_ELEMENTS (rows), NULL);
  return &rows[index].preset;
}

static gboolean
is_same_id (const char *a, const char *b)
{
  for (; *a != '\0' && *b != '\0'; a++, b++)
    {
      char left = *a == '-' ? '_' : g_ascii_toupper (*a);
      char right = *b == '-' ? '_' : g_ascii_toupper (*b);

      if (left != right)
        return FALSE;
    }
  return *a == *b;
}

gint
am_preset_find (const char *id)
{
  for (gsize i = 0; i < G_N_ELEMENTS (aliases); i++)
    if (is_same_id (aliases[i][0], id))
      {
        id = aliases[i][1];
        break;
      }
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (is_same_id (rows[i].preset.id, id))
      return (gint)i;
  return -1;
}

gint
am_preset_fail (const char *id, GError **error)
{
  const char *names[G_N_ELEMENTS (rows) + 1] = { NULL };
  g_autofree char *hint = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    names[i] = rows[i].preset.id;
  hint = am_nearest_hint (id, names);
  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
               T_ ("no preset '%s'%s (`amalgam presets` lists them all)"), id, hint);
  return -1;
}

static double
smoothstep (double x)
{
  return (3 - 2 * x) * x * x;
}

/* 0, 1, 0, 1, ... at 0, 1, 2, 3, ... */
static double
triangle (double x)
{
  return 1 - fabs (1 - fmod (x, 2));
}

static double
true_cubic (double x)
{
  double y = x - 0.5;

  return x == 0 ? 0 : 25.0 / 48 + 77.0 / 12 * y * y * y - 31.0 / 48 * y;
}

static double
level_in (const Range *ranges, guint i)
{
  for (guint j = 0; j < MAX_RANGES; j++)
    if (i >= ranges[j].first && i <= ranges[j].last && ranges[j].level > 0)
      return ranges[j].level;
  return 0;
}

static double
value_at (const Row *row, guint i, guint n)
{
  double x = (double)i / (n - 1);

  switch (row->curve)
    {
    case CURVE_FLAT:
      return row->k;
    case CURVE_V:
      return fabs (1 - 2 * x);
    case CURVE_A:
      return 1 - fabs (1 - 2 * x);
    case CURVE_STEP_TIMES:
      return triangle (row->k * smoothstep (x));
    case CURVE_STEP_OVER:
      return smoothstep (triangle (row->k * x));
    case CURVE_COSINE:
      return (1 + cos (G_PI * x)) / 2;
    case CURVE_TRUE_CUBIC:
      return true_cubic (x);
    case CURVE_FAKE_CUBIC:
      return (38 * x * x * x - 57 * x * x + 25 * x) / 6;
    case CURVE_WRAP:
      return i < row->k || i >= n - row->k;
    case CURVE_LAST:
      return i >= n - row->k ? 1 : i == n / 2 ? row->middle : 0;
    case CURVE_RANGES:
      return level_in (n == N_SD1 ? row->sd1 : row->sdxl, i);
    case CURVE_LOW_OFFSET:
      return low_offset[i];
    default:
      g_return_val_if_reached (0);
    }
}

gboolean
am_preset_fill (guint preset, guint n_blocks, double *values)
{
  const Row *row = &rows[preset];

  g_return_val_if_fail (preset < G_N_ELEMENTS (rows), FALSE);
  if (n_blocks != N_SD1 && n_blocks != N_SDXL)
    return FALSE;
  if (row->n_blocks != 0 && row->n_blocks != n_blocks)
    return FALSE;
  values[0] = strcmp (row->preset.id, "ALL_B") == 0 ? 1 : 0;
  for (guint i = 0; i < n_blocks; i++)
    {
      double value = value_at (row, i, n_blocks);

      values[1 + i] = row->is_reversed ? 1 - value : value;
    }
  return TRUE;
}
