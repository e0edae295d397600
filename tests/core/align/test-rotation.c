/* Reading with rotations inside heads: mixed in double, rounded once. */
#include <math.h>
#include <string.h>

#include "align/reorder.h"
#include "fixture-checkpoint.h"
#include "hand-made-symmetries.h"
#include "kernels/kernels.h"

static char *folder;

static gboolean
is_rotated (const AmSymmetries *symmetries, guint tensor)
{
  for (guint i = 0; i < am_symmetries_get_n_bindings (symmetries); i++)
    {
      const AmAxisBinding *binding = am_symmetries_get_binding (symmetries, i);

      for (guint s = 0; binding->tensor == tensor && s < binding->n_segments; s++)
        for (guint d = 0; d < binding->segments[s].n_digits; d++)
          if (binding->segments[s].digits[d].factor >= 0
              && am_symmetries_get_factor (symmetries, (guint)binding->segments[s].digits[d].factor)
                     ->can_rotate)
            return TRUE;
    }
  return FALSE;
}

/* Tensors that rotations reach and some that they do not, with values of a weight's size. */
static char *
write_values (const AmSymmetries *symmetries, AmDtype dtype)
{
  const AmGraph *graph = am_symmetries_get_graph (symmetries);
  g_autoptr (Fixture) fixture = fixture_new ();

  for (guint i = 0; i < am_graph_get_n_tensors (graph); i++)
    {
      const AmGraphTensor *tensor = am_graph_get_tensor (graph, i);
      g_autofree char *shape = shape_text (tensor->n_dims, tensor->shape);

      if (is_rotated (symmetries, i) || count_graph_elements (tensor) < 1000)
        fixture_add_random (fixture, tensor->name, dtype, shape, i, 0.05);
    }
  return fixture_write (fixture, folder, "values.safetensors");
}

static AmReorder *
make_reorder (const AmSymmetries *symmetries, guint64 seed)
{
  AmReorder *reorder = am_reorder_new_random (symmetries, seed);

  am_reorder_rotate_randomly (reorder, seed + 1);
  return reorder;
}

static void
apply (const AmReorder *reorder, AmCheckpoint *checkpoint)
{
  g_autoptr (AmModel) model = am_model_new (checkpoint);

  am_reorder_apply (reorder, model, checkpoint);
}

static double *
read_doubles (AmCheckpoint *checkpoint, const AmTensor *tensor)
{
  double *values = g_new (double, tensor->length);
  g_autoptr (GError) error = NULL;

  am_checkpoint_read_doubles (checkpoint, tensor, 0, (gsize)tensor->length, values, &error);
  g_assert_no_error (error);
  return values;
}

/* Half a step of the type at a number of that size; in double, the rounding of sums in another order. */
static double
get_tolerance (AmDtype dtype, double value)
{
  switch (dtype)
    {
    case AM_DTYPE_F64:
      return 1e-15;
    case AM_DTYPE_F32:
      return fmax (fabs (value) * 0x1p-24, 0x1p-126) * (1 + 1e-6);
    case AM_DTYPE_F16:
      return fmax (fabs (value) * 0x1p-11, 0x1p-25) * (1 + 1e-6);
    case AM_DTYPE_BF16:
      return fabs (value) * 0x1p-8 * (1 + 1e-6);
    default:
      return fmax (fabs (value) * 0x1p-4, 0x1p-10) * (1 + 1e-6);
    }
}

static void
assert_like_reference (AmCheckpoint *checkpoint, AmCheckpoint *original, const AmReorder *reorder, guint i)
{
  const AmTensor *tensor = am_checkpoint_get_tensor (checkpoint, i);
  const gint number = am_graph_find_tensor (am_symmetries_get_graph (reorder->symmetries), tensor->name);
  g_autofree double *before = read_doubles (original, am_checkpoint_get_tensor (original, i));
  g_autofree double *expected = reference_reorder (reorder, (guint)number, before);
  g_autofree double *values = read_doubles (checkpoint, tensor);
  const gboolean rotated = is_rotated (reorder->symmetries, (guint)number);

  for (guint64 k = 0; k < tensor->length; k++)
    {
      const double tolerance = rotated ? get_tolerance (tensor->dtype, expected[k]) : 0;

      if (!(fabs (values[k] - expected[k]) <= tolerance))
        g_error ("%s: element %" G_GUINT64_FORMAT " is %.17g, not %.17g", tensor->name, k, values[k],
                 expected[k]);
    }
}

static void
test_values (gconstpointer data)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autofree char *path = write_values (symmetries, (AmDtype)GPOINTER_TO_INT (data));
  g_autoptr (AmCheckpoint) checkpoint = open_checkpoint (path);
  g_autoptr (AmCheckpoint) original = open_checkpoint (path);
  AmReorder *reorder = make_reorder (symmetries, 1);

  apply (reorder, checkpoint);
  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    assert_like_reference (checkpoint, original, reorder, i);
  am_reorder_free (reorder);
}

/* Any range is the slice of the whole, and numbers are those of the bytes. */
static void
assert_consistent (AmCheckpoint *checkpoint, const AmTensor *tensor, GRand *random)
{
  g_autofree guint8 *whole = read_all (checkpoint, tensor);
  g_autofree guint8 *part = g_malloc (tensor->size);
  g_autofree double *doubles = read_doubles (checkpoint, tensor);
  g_autofree double *widened = g_new (double, tensor->length);

  am_kernels_get ()->widen_double (widened, whole, tensor->dtype, (gsize)tensor->length);
  g_assert_cmpmem (doubles, tensor->length * 8, widened, tensor->length * 8);
  for (guint i = 0; i < 60; i++)
    {
      const gsize offset = (gsize)g_rand_int_range (random, 0, (gint32)tensor->size);
      const gsize most = MIN ((gsize)tensor->size - offset, i % 2 == 0 ? 9 : (gsize)tensor->size);
      const gsize size = (gsize)g_rand_int_range (random, 0, (gint32)most + 1);

      g_assert_true (am_checkpoint_read_bytes (checkpoint, tensor, offset, size, part, NULL));
      if (size > 0)
        g_assert_cmpmem (part, size, whole + offset, size);
    }
}

static void
test_ranges (gconstpointer data)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autofree char *path = write_values (symmetries, (AmDtype)GPOINTER_TO_INT (data));
  g_autoptr (AmCheckpoint) checkpoint = open_checkpoint (path);
  g_autoptr (GRand) random = g_rand_new_with_seed (2);
  AmReorder *reorder = make_reorder (symmetries, 3);

  apply (reorder, checkpoint);
  am_reorder_free (reorder);
  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    assert_consistent (checkpoint, am_checkpoint_get_tensor (checkpoint, i), random);
}

/* @second after @first, written out between, changes nothing but the last bits. */
static void
assert_undoes (const AmReorder *first, const AmReorder *second, const char *path)
{
  g_autoptr (AmCheckpoint) original = open_checkpoint (path);
  g_autoptr (AmCheckpoint) there = open_checkpoint (path);
  g_autofree char *written = NULL;
  double moved = 0;

  apply (first, there);
  written = write_again (there, folder, "there.safetensors");
  g_autoptr (AmCheckpoint) back = open_checkpoint (written);
  apply (second, back);
  for (guint i = 0; i < am_checkpoint_get_n_tensors (original); i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (original, i);
      g_autofree double *before = read_doubles (original, tensor);
      g_autofree double *between = read_doubles (there, am_checkpoint_get_tensor (there, i));
      g_autofree double *after = read_doubles (back, am_checkpoint_get_tensor (back, i));

      for (guint64 k = 0; k < tensor->length; k++)
        {
          g_assert_cmpfloat_with_epsilon (after[k], before[k], 1e-15);
          moved += fabs (between[k] - before[k]);
        }
    }
  g_assert_cmpfloat (moved, >, 1);
}

static void
test_inverse (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autofree char *path = write_values (symmetries, AM_DTYPE_F64);

  for (guint64 seed = 4; seed < 7; seed++)
    {
      AmReorder *reorder = make_reorder (symmetries, seed);
      AmReorder *inverse = am_reorder_invert (reorder);

      assert_undoes (reorder, inverse, path);
      assert_undoes (inverse, reorder, path);
      am_reorder_free (reorder);
      am_reorder_free (inverse);
    }
}

/* Row @row of a matrix times row @other of another. */
static double
multiply_rows (const double *a, guint row, const double *b, guint other, guint width)
{
  double sum = 0;

  for (guint i = 0; i < width; i++)
    sum += a[row * width + i] * b[other * width + i];
  return sum;
}

/* What rotations are for: queries times keys stay as they are, head by head. Heads H, queries Q of each, four
 * channels; queries are rows 0 .. 23 of fused.weight, keys 24 .. 35. */
static void
test_scores_stay (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autofree char *path = write_values (symmetries, AM_DTYPE_F64);
  g_autoptr (AmCheckpoint) original = open_checkpoint (path);
  g_autoptr (AmCheckpoint) checkpoint = open_checkpoint (path);
  AmReorder *reorder = make_reorder (symmetries, 8);
  const guint32 *heads = reorder->permutations[hand_made_factor ('H')];
  const guint32 *queries = reorder->permutations[hand_made_factor ('Q')];
  const AmTensor *tensor = am_checkpoint_find (checkpoint, "fused.weight", NULL);

  apply (reorder, checkpoint);
  g_autofree double *before = read_doubles (original, am_checkpoint_find (original, "fused.weight", NULL));
  g_autofree double *after = read_doubles (checkpoint, tensor);
  for (guint head = 0; head < 3; head++)
    for (guint query = 0; query < 2; query++)
      {
        const guint old_query = queries[head * 2 + query];

        for (guint x = 0; x < 11; x++)
          for (guint y = 0; y < 11; y++)
            {
              double was = 0, is = 0;

              for (guint d = 0; d < 4; d++)
                {
                  was += before[((heads[head] * 2 + old_query) * 4 + d) * 11 + x]
                         * before[(24 + heads[head] * 4 + d) * 11 + y];
                  is += after[((head * 2 + query) * 4 + d) * 11 + x] * after[(24 + head * 4 + d) * 11 + y];
                }
              g_assert_cmpfloat_with_epsilon (was, is, 1e-16);
            }
      }
  am_reorder_free (reorder);
}

/* Only rotated rows are rounded anew: others keep even the bits of a NaN. */
static void
test_others_keep_their_bits (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autofree char *path = write_random_bytes (symmetries, folder, AM_DTYPE_F16, 9);
  g_autoptr (AmCheckpoint) original = open_checkpoint (path);
  g_autoptr (AmCheckpoint) checkpoint = open_checkpoint (path);
  AmReorder *reorder = make_reorder (symmetries, 10);
  const AmTensor *tensor = am_checkpoint_find (checkpoint, "fused.weight", NULL);

  apply (reorder, checkpoint);
  g_autofree guint8 *before = read_all (original, am_checkpoint_find (original, "fused.weight", NULL));
  g_autofree guint8 *after = read_all (checkpoint, tensor);
  g_assert_cmpmem (after + 51 * 22, 9 * 22, before + 51 * 22, 9 * 22);
  g_assert_cmpint (memcmp (after, before, 51 * 22), !=, 0);

  /* Integers cannot be mixed. */
  g_autofree char *integers = write_random_bytes (symmetries, folder, AM_DTYPE_I64, 11);
  g_autoptr (AmCheckpoint) counts = open_checkpoint (integers);
  apply (reorder, counts);
  tensor = am_checkpoint_find (counts, "fused.weight", NULL);
  g_autofree guint8 *stored = g_malloc (tensor->size);
  g_assert_true (am_checkpoint_read_stored (counts, tensor, 0, (gsize)tensor->size, stored, NULL));
  g_autofree guint8 *handed_out = read_all (counts, tensor);
  g_assert_cmpmem (handed_out, tensor->size, stored, tensor->size);
  am_reorder_free (reorder);
}

/* Orthogonal matrices change no lengths, of whole tensors either. */
static void
test_lengths_stay (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autofree char *path = write_values (symmetries, AM_DTYPE_F64);
  g_autoptr (AmCheckpoint) original = open_checkpoint (path);
  g_autoptr (AmCheckpoint) checkpoint = open_checkpoint (path);
  AmReorder *reorder = make_reorder (symmetries, 12);

  apply (reorder, checkpoint);
  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (checkpoint, i);
      g_autofree double *before = read_doubles (original, am_checkpoint_get_tensor (original, i));
      g_autofree double *after = read_doubles (checkpoint, tensor);
      const guint n = (guint)tensor->length;

      g_assert_cmpfloat_with_epsilon (multiply_rows (before, 0, before, 0, n),
                                      multiply_rows (after, 0, after, 0, n), 1e-12);
    }
  am_reorder_free (reorder);
}

static void
add_for_types (const char *path, GTestDataFunc func)
{
  static const AmDtype dtypes[]
      = { AM_DTYPE_F64, AM_DTYPE_F32, AM_DTYPE_F16, AM_DTYPE_BF16, AM_DTYPE_F8_E4M3 };

  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    {
      g_autofree char *name = g_strconcat (path, am_dtype_get_name (dtypes[i]), NULL);

      g_test_add_data_func (name, GINT_TO_POINTER ((gint)dtypes[i]), func);
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  add_for_types ("/rotation/values/", test_values);
  add_for_types ("/rotation/ranges/", test_ranges);
  g_test_add_func ("/rotation/inverse", test_inverse);
  g_test_add_func ("/rotation/scores-stay", test_scores_stay);
  g_test_add_func ("/rotation/others-keep-their-bits", test_others_keep_their_bits);
  g_test_add_func ("/rotation/lengths-stay", test_lengths_stay);
  status = g_test_run ();
  fixture_remove_folder (folder);
  g_free (folder);
  return status;
}
