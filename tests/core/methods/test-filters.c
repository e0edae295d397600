/* Methods that look at a tensor's neighbours, columns or rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "method-harness.h"

/* scipy.ndimage.gaussian_filter (median_filter (d, size=3), 1) for integers d. */
static const double block_difference[60] = {
  3,  6, -9, 6,  -1, 0,  2,  -4, 9,  -8, -4, -2, 1,  -2, -7, -9, -9, -9, -7, 9,
  -6, 3, 5,  -5, -4, -1, -4, 9,  -6, 8,  6,  7,  -7, -2, 2,  0,  3,  3,  3,  -8,
  9,  1, 8,  -4, -3, 7,  -6, -8, -2, 3,  -7, 7,  -3, -5, 1,  8,  7,  7,  -4, -9,
};

static const double block_smooth[60] = {
  1.8255964758294443,  1.4044342807709866,  0.41036937059723266,  -0.9043714014552189, -1.6369152002986431,
  0.7033257812805621,  0.33555627435261054, -0.431386522011582,   -1.3478725255837856, -1.8374880698290228,
  -0.5879595730276224, -0.8543458873662925, -1.333604147811311,   -1.8421597624398371, -2.1170981911179774,
  -1.435484217322117,  -1.5392333189143756, -1.7883930007693343,  -2.1299363773273017, -2.3670390630307327,
  2.1017560697007385,  1.3440364748771847,  -0.1202199587634784,  -1.5240264796933007, -2.146337292550642,
  1.4699752318992627,  0.6908328308863831,  -0.6262561672781887,  -1.7141900605500338, -2.143370270886333,
  1.0264060465693499,  0.29367933251732475, -0.928168016683635,   -1.9316534471115259, -2.3718302242928315,
  0.9206602575736342,  0.32636694250083537, -0.8798471027761704,  -2.0977172961056705, -2.7681687957945065,
  2.3924995446851725,  1.2701165595303119,  -0.6364595186577608,  -2.0621620296234715, -2.5315002895246383,
  2.3569667563296965,  1.11085699492331,    -0.7735204945390481,  -2.0276532660009132, -2.3894604087433384,
  2.891800902182819,   1.6165013224212532,  -0.39916570356848846, -1.9442573427655674, -2.5786779599846277,
  3.575447332770155,   2.439372371115769,   0.2429845450344626,   -1.9205875090769489, -3.0810248050722295,
};

static const double line_difference[7] = { 5, 4, 5, -9, -9, 0, -3 };

static const double line_smooth[7] = {
  4.875783690789614,   3.938902232151568,  0.42105496960446254, -4.683234813157183,
  -6.4310260601740925, -4.744484745874383, -3.376995273339987,
};

static void
check_scipy (const char *shape, const double *difference, const double *smooth)
{
  g_autoptr (Harness) harness = harness_new ("smooth_add_difference", 3, FALSE);
  guint tensor = harness_add (harness, AM_DTYPE_F64, shape);
  g_autofree double *expected = g_new (double, harness_get_length (harness, tensor));

  harness_fill_random (harness, tensor, 0, 3, 1);
  harness_fill (harness, tensor, 1, difference);
  harness_set (harness, "alpha", 0.75);
  harness_run (harness);
  for (gsize i = 0; i < harness_get_length (harness, tensor); i++)
    expected[i] = harness_get_input (harness, tensor, 0)[i] + 0.75 * smooth[i];
  harness_assert_near (harness, tensor, expected, 1);
}

static void
test_smooth_scipy (void)
{
  check_scipy ("3,4,5", block_difference, block_smooth);
  check_scipy ("3,1,4,1,5", block_difference, block_smooth);
  check_scipy ("3,4,5,1", block_difference, block_smooth);
  check_scipy ("7", line_difference, line_smooth);
  check_scipy ("1,7", line_difference, line_smooth);
  check_scipy ("7,1,1", line_difference, line_smooth);
}

/* The filters as defined, on the whole of a two-dimensional tensor at once. */

static gsize
reflect (gint i, gint n)
{
  while (i < 0 || i >= n)
    i = i < 0 ? -1 - i : 2 * n - 1 - i;
  return (gsize)i;
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

static void
median_whole (const double *in, double *out, gint rows, gint columns)
{
  for (gint r = 0; r < rows; r++)
    for (gint c = 0; c < columns; c++)
      {
        double window[9];

        for (gint k = 0; k < 9; k++)
          window[k] = in[reflect (r + k / 3 - 1, rows) * (gsize)columns + reflect (c + k % 3 - 1, columns)];
        qsort (window, 9, sizeof (double), compare_doubles);
        out[r * columns + c] = window[4];
      }
}

static void
gauss_whole (const double *in, double *out, gint rows, gint columns)
{
  double total = 0;

  for (gint k = -4; k <= 4; k++)
    total += exp (-k * k / 2.0);
  for (gint r = 0; r < rows; r++)
    for (gint c = 0; c < columns; c++)
      {
        double sum = 0;

        for (gint i = -4; i <= 4; i++)
          for (gint j = -4; j <= 4; j++)
            sum += exp (-(i * i + j * j) / 2.0) / (total * total)
                   * in[reflect (r + i, rows) * (gsize)columns + reflect (c + j, columns)];
        out[r * columns + c] = sum;
      }
}

static void
check_smooth (AmDtype dtype, gint rows, gint columns)
{
  g_autofree char *shape = g_strdup_printf ("%d,%d", rows, columns);
  g_autoptr (Harness) harness = harness_new ("smooth_add_difference", 3, FALSE);
  guint tensor = harness_add (harness, dtype, shape);
  gsize n = harness_get_length (harness, tensor);
  g_autofree double *difference = g_new (double, n), *expected = g_new (double, n);

  harness_fill_all (harness, tensor, 7);
  harness_run (harness);
  for (gsize i = 0; i < n; i++)
    difference[i] = harness_get_input (harness, tensor, 1)[i] - harness_get_input (harness, tensor, 2)[i];
  median_whole (difference, expected, rows, columns);
  gauss_whole (expected, difference, rows, columns);
  for (gsize i = 0; i < n; i++)
    expected[i] = harness_get_input (harness, tensor, 0)[i] + difference[i];
  harness_assert_near (harness, tensor, expected, 8);
}

/* Several chunks with their halos, the last shorter than a halo. */
static void
test_smooth_formula (void)
{
  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    check_smooth (harness_dtypes[d], 21, 9);
  check_smooth (AM_DTYPE_F64, 43, 401);
  check_smooth (AM_DTYPE_F64, 61, 410);
  check_smooth (AM_DTYPE_F16, 2, 3);
}

static void
test_smooth_drops_outlier (void)
{
  g_autoptr (Harness) harness = harness_new ("smooth_add_difference", 3, FALSE);
  guint tensor = harness_add (harness, AM_DTYPE_F32, "9,9");

  harness_fill_random (harness, tensor, 0, 1, 1);
  harness_set_element (harness, tensor, 1, 40, 1000);
  harness_set_element (harness, tensor, 1, 0, NAN);
  harness_run (harness);
  harness_assert_equal (harness, tensor, harness_get_input (harness, tensor, 0));
}

static void
test_smooth_refuses (void)
{
  g_autoptr (Harness) harness = harness_new ("smooth_add_difference", 3, FALSE);
  g_autoptr (GError) error = NULL;

  harness_add (harness, AM_DTYPE_F32, "2,2,2,2,2,2");
  g_assert_true (harness_check (harness, NULL));
  harness_run (harness);
  harness_add (harness, AM_DTYPE_F32, "2,2,2,2,2,2,2");
  g_assert_false (harness_check (harness, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "tensor-01"));
}

static void
check_band (const char *shape, double alpha, double beta, const char *from)
{
  g_autoptr (Harness) harness = harness_new ("tensor_sum", 2, FALSE);
  guint tensor = harness_add (harness, AM_DTYPE_BF16, shape);
  gsize n = harness_get_length (harness, tensor), n_rows = strlen (from);

  harness_fill_one (harness, tensor, 0, 'a');
  harness_fill_one (harness, tensor, 1, 'b');
  harness_set (harness, "alpha", alpha);
  harness_set (harness, "beta", beta);
  for (guint range = 0; range < 4; range += 3)
    {
      harness_set_range (harness, range);
      harness_run (harness);
      for (gsize i = 0; i < n; i++)
        g_assert_cmpfloat (harness_get_result (harness, tensor)[i], ==, from[i * n_rows / n]);
    }
}

static void
test_tensor_sum (void)
{
  check_band ("10,3", 0.3, 0.2, "aabbbaaaaa");
  check_band ("10", 0.3, 0, "bbbaaaaaaa");
  check_band ("10,2", 0.5, 0.7, "bbaaaaabbb"); /* wraps round: 7 8 9 0 1 */
  check_band ("10,2", 0.35, 0, "bbbaaaaaaa");
  check_band ("10,2", 0.3, 0.7, "aaaaaaabbb");
  check_band ("3,2", 1, 0.4, "bbb");
  check_band ("", 0.5, 0, "a");
  check_band ("", 0.6, 0.9, "b");
}

/* Cosine methods, straight from their description. */

typedef struct
{
  gint rows, columns;
  const double *a, *b;
} Matrix;

static double
column_cosine (const Matrix *matrix, gint column)
{
  double aa = 0, ab = 0, bb = 0;

  for (gint r = 0; r < matrix->rows; r++)
    {
      double a = matrix->a[r * matrix->columns + column], b = matrix->b[r * matrix->columns + column];

      aa += a * a;
      ab += a * b;
      bb += b * b;
    }
  return aa == 0 || bb == 0 ? 0 : ab / sqrt (aa * bb);
}

/* Cosine of the whole, of columns divided by their lengths where @scaled. */
static double
whole_cosine (const Matrix *matrix, gboolean scaled)
{
  double aa = 0, ab = 0, bb = 0;

  for (gint c = 0; c < matrix->columns; c++)
    {
      double length_a = 0, length_b = 0;

      for (gint r = 0; r < matrix->rows; r++)
        {
          length_a = hypot (length_a, matrix->a[r * matrix->columns + c]);
          length_b = hypot (length_b, matrix->b[r * matrix->columns + c]);
        }
      for (gint r = 0; r < matrix->rows; r++)
        {
          double a = matrix->a[r * matrix->columns + c], b = matrix->b[r * matrix->columns + c];

          a /= scaled && length_a > 0 ? length_a : 1;
          b /= scaled && length_b > 0 ? length_b : 1;
          aa += a * a;
          ab += a * b;
          bb += b * b;
        }
    }
  return ab / sqrt (aa * bb);
}

static double
midpoint_percentile (const double *sorted, gsize n, double share)
{
  double at = share * (double)(n - 1);

  return (sorted[(gsize)floor (at)] + sorted[(gsize)ceil (at)]) / 2;
}

static void
cut_percentiles (double *values, gsize n, double *least, double *greatest)
{
  gsize kept = 0, skipped = 0;
  double low, high;

  qsort (values, n, sizeof *values, compare_doubles);
  low = midpoint_percentile (values, n, 0.01);
  while (values[skipped] < low)
    skipped++;
  high = midpoint_percentile (values + skipped, n - skipped, 0.99);
  for (gsize i = skipped; i < n && values[i] <= high; i++)
    kept = i;
  *least = values[skipped];
  *greatest = values[kept];
}

static void
check_cosine (AmDtype dtype, gboolean is_a, double alpha)
{
  static const gint shapes[][2] = { { 20, 90 }, { 31, 1 }, { 7, 60 } };
  g_autoptr (Harness) harness = harness_new (is_a ? "cosine_a" : "cosine_b", 2, FALSE);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (double));
  Matrix matrices[3];
  double least, greatest, whole;

  for (guint t = 0; t < 3; t++)
    {
      g_autofree char *shape = g_strdup_printf ("%d,%d", shapes[t][0], shapes[t][1]);
      guint tensor = harness_add (harness, dtype, shape);

      harness_fill_all (harness, tensor, t);
      for (gint i = 0; i < shapes[t][0]; i++) /* one column of zeros */
        harness_set_element (harness, tensor, 0, (gsize)(i * shapes[t][1]), t == 2 ? 0 : i - 2);
      matrices[t] = (Matrix){ shapes[t][0], shapes[t][1], harness_get_input (harness, tensor, 0),
                              harness_get_input (harness, tensor, 1) };
      whole = whole_cosine (&matrices[t], FALSE);
      for (gint c = 0; c < shapes[t][1]; c++)
        {
          double value = column_cosine (&matrices[t], c);

          if (!is_a)
            value = (value + whole) / 2;
          g_array_append_val (all, value);
        }
    }
  cut_percentiles ((double *)all->data, all->len, &least, &greatest);
  harness_set (harness, "alpha", alpha);
  harness_run (harness);
  for (guint t = 0; t < 3; t++)
    {
      gsize n = harness_get_length (harness, t);
      g_autofree double *expected = g_new (double, n);

      whole = whole_cosine (&matrices[t], is_a);
      for (gsize i = 0; i < n; i++)
        {
          double cosine = column_cosine (&matrices[t], (gint)(i % (gsize)matrices[t].columns));
          double mean = (cosine + whole) / 2;
          double k = (mean - least) / (greatest - least) - (is_a ? fabs (alpha) : alpha);

          k = CLAMP (k, 0, 1);
          expected[i] = k * matrices[t].a[i] + (1 - k) * matrices[t].b[i];
        }
      harness_assert_near (harness, t, expected, 4);
    }
}

static void
test_cosine (gconstpointer data)
{
  gboolean is_a = GPOINTER_TO_INT (data);

  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    {
      check_cosine (harness_dtypes[d], is_a, 0);
      check_cosine (harness_dtypes[d], is_a, 0.25);
      check_cosine (harness_dtypes[d], is_a, -0.25);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/filters/smooth/scipy", test_smooth_scipy);
  g_test_add_func ("/filters/smooth/formula", test_smooth_formula);
  g_test_add_func ("/filters/smooth/drops-outlier", test_smooth_drops_outlier);
  g_test_add_func ("/filters/smooth/refuses", test_smooth_refuses);
  g_test_add_func ("/filters/tensor-sum", test_tensor_sum);
  g_test_add_data_func ("/filters/cosine-a", GINT_TO_POINTER (TRUE), test_cosine);
  g_test_add_data_func ("/filters/cosine-b", GINT_TO_POINTER (FALSE), test_cosine);
  return g_test_run ();
}
