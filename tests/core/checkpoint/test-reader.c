/* Readers in the place of the file. */
#include "checkpoint/checkpoint.h"

#include <string.h>

#include "fixture-checkpoint.h"

#define N 70000

static char *folder;

/* Counts calls, and gives what the file holds backwards, element by element. */
typedef struct
{
  guint n_reads;
  guint n_freed;
} Backwards;

static gboolean
read_backwards (AmCheckpoint *checkpoint, const AmTensor *tensor, guint64 offset, gsize size, gpointer dest,
                gpointer user_data, GError **error)
{
  Backwards *backwards = user_data;
  const gsize bytes = (gsize)(tensor->size / tensor->length);
  const gsize n = size / bytes;

  g_atomic_int_inc (&backwards->n_reads);
  g_assert_cmpuint (offset % bytes, ==, 0);
  g_assert_cmpuint (size % bytes, ==, 0);
  for (gsize i = 0; i < n; i++)
    if (!am_checkpoint_read_stored (checkpoint, tensor, tensor->size - offset - (i + 1) * bytes, bytes,
                                    (guint8 *)dest + i * bytes, error))
      return FALSE;
  return TRUE;
}

static void
count_freed (gpointer user_data)
{
  ((Backwards *)user_data)->n_freed++;
}

static AmCheckpoint *
open_fixture (Fixture *fixture)
{
  g_autofree char *path = fixture_write (fixture, folder, "model.safetensors");
  g_autoptr (GError) error = NULL;
  AmCheckpoint *checkpoint = am_checkpoint_open (path, &error);

  g_assert_no_error (error);
  return checkpoint;
}

static AmCheckpoint *
open_small (void)
{
  static const double values[] = { 1, 2, 3, 4, 5, 6 };
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_values (fixture, "a", AM_DTYPE_F16, "2,3", values);
  fixture_add_values (fixture, "b", AM_DTYPE_F32, "6", values);
  fixture_add_values (fixture, "c", AM_DTYPE_F64, "6", values);
  return open_fixture (fixture);
}

static void
assert_values (AmCheckpoint *checkpoint, const char *name, const double *expected)
{
  const AmTensor *tensor = am_checkpoint_find (checkpoint, name, NULL);
  float floats[4];
  double doubles[4];

  g_assert_true (am_checkpoint_read_floats (checkpoint, tensor, 1, 4, floats, NULL));
  g_assert_true (am_checkpoint_read_doubles (checkpoint, tensor, 1, 4, doubles, NULL));
  for (guint i = 0; i < 4; i++)
    {
      g_assert_cmpfloat (floats[i], ==, (float)expected[i]);
      g_assert_cmpfloat (doubles[i], ==, expected[i]);
    }
}

static const double forwards[] = { 2, 3, 4, 5 };
static const double reversed[] = { 5, 4, 3, 2 };

/* Every way of reading asks the reader; the other tensors do not, nor does what the file holds. */
static void
test_all_ways (void)
{
  static const char *const names[] = { "a", "b", "c" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      Backwards backwards = { 0 };
      AmCheckpoint *checkpoint = open_small ();
      const AmTensor *tensor = am_checkpoint_find (checkpoint, names[i], NULL);
      guint8 stored[48], replaced[48];
      const gsize bytes = (gsize)tensor->size / 6;

      am_checkpoint_set_reader (checkpoint, tensor, read_backwards, &backwards, count_freed);
      for (guint k = 0; k < G_N_ELEMENTS (names); k++)
        assert_values (checkpoint, names[k], k == i ? reversed : forwards);
      g_assert_cmpuint (backwards.n_reads, ==, 2);
      g_assert_true (am_checkpoint_read_stored (checkpoint, tensor, 0, 6 * bytes, stored, NULL));
      g_assert_cmpuint (backwards.n_reads, ==, 2);
      g_assert_true (am_checkpoint_read_bytes (checkpoint, tensor, bytes, 2 * bytes, replaced, NULL));
      g_assert_cmpuint (backwards.n_reads, ==, 3);
      g_assert_cmpmem (replaced, bytes, stored + 4 * bytes, bytes);
      g_assert_cmpmem (replaced + bytes, bytes, stored + 3 * bytes, bytes);
      g_assert_cmpuint (backwards.n_freed, ==, 0);
      am_checkpoint_free (checkpoint);
      g_assert_cmpuint (backwards.n_freed, ==, 1);
    }
}

static void
test_replaced (void)
{
  Backwards first = { 0 }, second = { 0 };
  AmCheckpoint *checkpoint = open_small ();
  const AmTensor *tensor = am_checkpoint_find (checkpoint, "b", NULL);

  am_checkpoint_set_reader (checkpoint, tensor, NULL, NULL, NULL);
  assert_values (checkpoint, "b", forwards);
  am_checkpoint_set_reader (checkpoint, tensor, read_backwards, &first, count_freed);
  am_checkpoint_set_reader (checkpoint, tensor, read_backwards, &second, count_freed);
  g_assert_cmpuint (first.n_freed, ==, 1);
  assert_values (checkpoint, "b", reversed);
  g_assert_cmpuint (first.n_reads, ==, 0);
  am_checkpoint_set_reader (checkpoint, tensor, NULL, NULL, NULL);
  g_assert_cmpuint (second.n_freed, ==, 1);
  assert_values (checkpoint, "b", forwards);
  am_checkpoint_free (checkpoint);
  g_assert_cmpuint (first.n_freed, ==, 1);
  g_assert_cmpuint (second.n_freed, ==, 1);
}

/* Numbers come in pieces; these meet. */
static void
test_long (void)
{
  Backwards backwards = { 0 };
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree double *values = g_new (double, N);
  g_autofree double *doubles = g_new (double, N);
  g_autofree float *floats = g_new (float, N);

  for (guint i = 0; i < N; i++)
    values[i] = i;
  fixture_add_values (fixture, "a", AM_DTYPE_F64, "70000", values);
  g_autoptr (AmCheckpoint) checkpoint = open_fixture (fixture);
  const AmTensor *tensor = am_checkpoint_find (checkpoint, "a", NULL);
  am_checkpoint_set_reader (checkpoint, tensor, read_backwards, &backwards, NULL);
  g_assert_true (am_checkpoint_read_doubles (checkpoint, tensor, 0, N, doubles, NULL));
  g_assert_cmpuint (backwards.n_reads, >, 1);
  g_assert_true (am_checkpoint_read_floats (checkpoint, tensor, 0, N, floats, NULL));
  for (guint i = 0; i < N; i++)
    {
      g_assert_cmpfloat (doubles[i], ==, N - 1 - i);
      g_assert_cmpfloat (floats[i], ==, N - 1 - i);
    }
}

/* A packed tensor's numbers are those of its bytes: 1.125 times this scale does not fit BF16. */
static void
test_packed (void)
{
  static const double values[] = { 1.125, 2 };
  static const double scale[] = { 1.01 };
  Backwards backwards = { 0 };
  g_autoptr (Fixture) fixture = fixture_new ();
  guint16 bits[2];
  double doubles[2], exact[2];

  fixture_add_values (fixture, "a.weight", AM_DTYPE_F8_E4M3, "2", values);
  fixture_add_values (fixture, "a.scale_weight", AM_DTYPE_F32, "1", scale);
  g_autoptr (AmCheckpoint) checkpoint = open_fixture (fixture);
  const AmTensor *tensor = am_checkpoint_find (checkpoint, "a.weight", NULL);
  g_assert_cmpint (tensor->dtype, ==, AM_DTYPE_BF16);
  g_assert_true (am_checkpoint_read_doubles (checkpoint, tensor, 0, 2, exact, NULL));
  am_checkpoint_set_reader (checkpoint, tensor, read_backwards, &backwards, NULL);
  g_assert_true (am_checkpoint_read_doubles (checkpoint, tensor, 0, 2, doubles, NULL));
  g_assert_true (am_checkpoint_read_bytes (checkpoint, tensor, 0, 4, bits, NULL));
  for (guint i = 0; i < 2; i++)
    {
      const guint32 wide = (guint32)GUINT16_FROM_LE (bits[i]) << 16;
      float value;

      memcpy (&value, &wide, sizeof value);
      g_assert_cmpfloat (doubles[i], ==, (double)value);
      g_assert_cmpfloat (doubles[i], !=, exact[1 - i]);
      g_assert_cmpfloat_with_epsilon (doubles[i], exact[1 - i], 0.01);
    }
}

static gboolean
read_nothing (AmCheckpoint *checkpoint, const AmTensor *tensor, guint64 offset, gsize size, gpointer dest,
              gpointer user_data, GError **error)
{
  (void)offset, (void)size, (void)dest, (void)user_data;
  g_set_error (error, AM_ERROR, AM_ERROR_NOT_READABLE, "%s: %s is not to be had",
               am_checkpoint_get_path (checkpoint), tensor->name);
  return FALSE;
}

static void
test_error (void)
{
  g_autoptr (AmCheckpoint) checkpoint = open_small ();
  const AmTensor *tensor = am_checkpoint_find (checkpoint, "a", NULL);
  g_autoptr (GError) error = NULL;
  double doubles[6];
  float floats[6];

  am_checkpoint_set_reader (checkpoint, tensor, read_nothing, NULL, NULL);
  g_assert_false (am_checkpoint_read_doubles (checkpoint, tensor, 0, 6, doubles, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_READABLE);
  g_clear_error (&error);
  g_assert_false (am_checkpoint_read_floats (checkpoint, tensor, 0, 6, floats, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_READABLE);
  g_clear_error (&error);
  g_assert_false (am_checkpoint_read_bytes (checkpoint, tensor, 0, 12, floats, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_READABLE);
}

/* Has no effect but on speed. */
static void
test_prefetch (void)
{
  g_autoptr (AmCheckpoint) checkpoint = open_small ();

  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    am_checkpoint_prefetch (checkpoint, am_checkpoint_get_tensor (checkpoint, i));
  assert_values (checkpoint, "a", forwards);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  g_test_add_func ("/reader/all-ways", test_all_ways);
  g_test_add_func ("/reader/replaced", test_replaced);
  g_test_add_func ("/reader/long", test_long);
  g_test_add_func ("/reader/packed", test_packed);
  g_test_add_func ("/reader/error", test_error);
  g_test_add_func ("/reader/prefetch", test_prefetch);
  status = g_test_run ();
  fixture_remove_folder (folder);
  g_free (folder);
  return status;
}
