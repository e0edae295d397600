/* Reading in another order: every range of every tensor, in every type. */
#include <string.h>
#include <unistd.h>

#include "align/reorder.h"
#include "checkpoint/checkpoint-private.h"
#include "fixture-checkpoint.h"
#include "hand-made-symmetries.h"

static char *folder;

typedef struct
{
  AmSymmetries *symmetries;
  AmCheckpoint *checkpoint;
  AmModel *model;
} Subject;

static void
subject_open (Subject *subject, AmSymmetries *symmetries, const char *path)
{
  subject->symmetries = symmetries;
  subject->checkpoint = open_checkpoint (path);
  subject->model = am_model_new (subject->checkpoint);
}

static void
subject_close (Subject *subject)
{
  am_model_free (subject->model);
  am_checkpoint_free (subject->checkpoint);
}

static void
subject_apply (Subject *subject, AmReorder *reorder)
{
  am_reorder_apply (reorder, subject->model, subject->checkpoint);
  am_reorder_free (reorder);
}

/* @n ranges of whole @grains, most of them odd ones. */
static void
assert_ranges (AmCheckpoint *checkpoint, const AmTensor *tensor, const guint8 *whole, gsize grain, guint n,
               GRand *random)
{
  const gsize n_grains = (gsize)tensor->size / grain;
  g_autofree guint8 *dest = g_malloc (tensor->size + 1);

  for (guint i = 0; i < n; i++)
    {
      const gsize first = (gsize)g_rand_int_range (random, 0, (gint32)n_grains + 1);
      const gsize most = MIN (n_grains - first, i % 2 == 0 ? 7 : i % 4 == 1 ? 3000 : n_grains);
      const gsize size = (gsize)g_rand_int_range (random, 0, (gint32)most + 1) * grain;
      g_autoptr (GError) error = NULL;

      dest[size] = 0xa5;
      am_checkpoint_read_bytes (checkpoint, tensor, first * grain, size, dest, &error);
      g_assert_no_error (error);
      if (memcmp (dest, whole + first * grain, size) != 0)
        g_error ("%s: %" G_GSIZE_FORMAT " bytes at %" G_GSIZE_FORMAT, tensor->name, size, first * grain);
      g_assert_cmphex (dest[size], ==, 0xa5);
    }
}

/* One tensor that the graph has as @number. */
static void
assert_reordered (const Subject *subject, const AmReorder *reorder, guint number, const char *name,
                  GRand *random)
{
  const AmTensor *tensor = am_checkpoint_find (subject->checkpoint, name, NULL);
  const gsize bytes = am_dtype_get_bits (tensor->dtype) / 8;
  g_autofree guint8 *stored = g_malloc (tensor->size + 1);
  g_autofree guint8 *whole = read_all (subject->checkpoint, tensor);
  g_autofree guint8 *expected = NULL;

  g_assert_true (
      am_checkpoint_read_stored (subject->checkpoint, tensor, 0, (gsize)tensor->size, stored, NULL));
  expected = reference_permute (reorder, number, stored, bytes);
  if (memcmp (whole, expected, (gsize)tensor->size) != 0)
    g_error ("%s as %s differs", name, am_dtype_get_name (tensor->dtype));
  assert_ranges (subject->checkpoint, tensor, expected, 1, tensor->size > 400000 ? 16 : 40, random);
}

static void
assert_all_reordered (const Subject *subject, const AmReorder *reorder, guint32 seed)
{
  const AmGraph *graph = am_symmetries_get_graph (subject->symmetries);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  for (guint i = 0; i < am_graph_get_n_tensors (graph); i++)
    {
      const AmGraphTensor *tensor = am_graph_get_tensor (graph, i);

      assert_reordered (subject, reorder, i, tensor->name, random);
      for (guint k = 0; tensor->copies != NULL && k < tensor->copies->len; k++)
        assert_reordered (subject, reorder, i, g_ptr_array_index (tensor->copies, k), random);
    }
}

static void
test_ranges (gconstpointer data)
{
  const AmDtype dtype = (AmDtype)GPOINTER_TO_INT (data);
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autofree char *path = write_random_bytes (symmetries, folder, dtype, 1);
  AmReorder *reorder = am_reorder_new_random (symmetries, 2);
  Subject subject;

  subject_open (&subject, symmetries, path);
  subject_apply (&subject, am_reorder_copy (reorder));
  assert_all_reordered (&subject, reorder, 3);
  am_reorder_free (reorder);
  subject_close (&subject);
}

/* Only some factors move: heads whole, groups whole, one pair of channels. */
static void
test_partly (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autofree char *path = write_random_bytes (symmetries, folder, AM_DTYPE_F16, 4);
  Subject subject;

  subject_open (&subject, symmetries, path);
  for (const char *letter = FACTORS; *letter != '\0'; letter++)
    {
      AmReorder *reorder = am_reorder_new (symmetries);
      AmReorder *random = am_reorder_new_random (symmetries, 5);
      guint32 **moved = &reorder->permutations[hand_made_factor (*letter)];
      guint32 *kept = *moved;

      *moved = random->permutations[hand_made_factor (*letter)];
      random->permutations[hand_made_factor (*letter)] = kept;
      am_reorder_free (random);
      subject_apply (&subject, am_reorder_copy (reorder));
      assert_all_reordered (&subject, reorder, 6);
      am_reorder_free (reorder);
    }
  subject_close (&subject);
}

/* Numbers are those of the bytes. */
static void
test_numbers (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  const gint number = am_graph_find_tensor (am_symmetries_get_graph (symmetries), "conv.weight");
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree float *floats = g_new (float, 5184);
  g_autofree double *doubles = g_new (double, 5184);
  g_autofree double *stored = g_new (double, 5184);
  g_autofree char *path = NULL;
  AmReorder *reorder = am_reorder_new_random (symmetries, 7);
  Subject subject;

  fixture_add_random (fixture, "conv.weight", AM_DTYPE_BF16, "24,24,3,3", 8, 1);
  path = fixture_write (fixture, folder, "numbers.safetensors");
  subject_open (&subject, symmetries, path);
  const AmTensor *tensor = am_checkpoint_get_tensor (subject.checkpoint, 0);
  g_assert_true (am_checkpoint_read_doubles (subject.checkpoint, tensor, 0, 5184, stored, NULL));
  g_autofree double *expected = (gpointer)reference_permute (reorder, (guint)number, (gpointer)stored, 8);
  subject_apply (&subject, reorder);
  g_assert_true (am_checkpoint_read_floats (subject.checkpoint, tensor, 17, 5000, floats, NULL));
  g_assert_true (am_checkpoint_read_doubles (subject.checkpoint, tensor, 17, 5000, doubles, NULL));
  g_assert_cmpmem (doubles, 40000, expected + 17, 40000);
  for (guint i = 0; i < 5000; i++)
    g_assert_cmpfloat (floats[i], ==, (float)doubles[i]);
  subject_close (&subject);
}

/* Written out and reordered by the inverse, the file is as before, to the byte. */
static void
test_there_and_back (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autofree char *path = write_random_bytes (symmetries, folder, AM_DTYPE_BF16, 9);
  g_autoptr (AmCheckpoint) original = open_checkpoint (path);
  AmReorder *reorder = am_reorder_new_random (symmetries, 10);
  g_autofree char *there = NULL;
  Subject subject;

  subject_open (&subject, symmetries, path);
  subject_apply (&subject, am_reorder_copy (reorder));
  there = write_again (subject.checkpoint, folder, "there.safetensors");
  subject_close (&subject);

  subject_open (&subject, symmetries, there);
  subject_apply (&subject, am_reorder_invert (reorder));
  for (guint i = 0; i < am_checkpoint_get_n_tensors (original); i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (original, i);
      const AmTensor *moved = am_checkpoint_find (subject.checkpoint, tensor->name, NULL);
      g_autofree guint8 *before = read_all (original, tensor);
      g_autofree guint8 *after = read_all (subject.checkpoint, moved);
      g_autofree guint8 *between = g_malloc (tensor->size);

      g_assert_cmpmem (after, tensor->size, before, tensor->size);
      g_assert_true (
          am_checkpoint_read_stored (subject.checkpoint, moved, 0, (gsize)tensor->size, between, NULL));
      if (g_str_has_prefix (tensor->name, "s") && strstr (tensor->name, "still") == NULL)
        continue; /* scalar, stack, square */
      g_assert_cmpint (memcmp (between, before, (gsize)tensor->size) == 0, ==,
                       strcmp (tensor->name, "still.weight") == 0);
    }
  am_reorder_free (reorder);
  subject_close (&subject);
}

static guint
count_readers (AmCheckpoint *checkpoint)
{
  guint n = 0;

  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    n += am_checkpoint_get_reader (checkpoint, am_checkpoint_get_tensor (checkpoint, i)) != NULL ? 1 : 0;
  return n;
}

/* Each apply starts from the file; the identity gives the file back. What does not move is read as ever. */
static void
test_applied_again (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autofree char *path = write_random_bytes (symmetries, folder, AM_DTYPE_F8_E4M3, 11);
  AmReorder *identity = am_reorder_new (symmetries);
  AmReorder *second = am_reorder_new_random (symmetries, 13);
  Subject subject;

  subject_open (&subject, symmetries, path);
  subject_apply (&subject, am_reorder_new_random (symmetries, 12));
  subject_apply (&subject, am_reorder_copy (second));
  assert_all_reordered (&subject, second, 14);
  g_assert_cmpuint (count_readers (subject.checkpoint), ==,
                    am_checkpoint_get_n_tensors (subject.checkpoint) - 2); /* scalar and still.weight */
  subject_apply (&subject, am_reorder_copy (identity));
  assert_all_reordered (&subject, identity, 15);
  g_assert_cmpuint (count_readers (subject.checkpoint), ==, 0);
  am_reorder_free (identity);
  am_reorder_free (second);
  subject_close (&subject);
}

/* Shapes that are not those of the graph stay; axes of one element come and
 * go. */
static void
test_other_shapes (void)
{
  static const struct
  {
    const char *name, *shape;
    AmDtype dtype;
    gboolean moves;
  } cases[] = {
    { "fc.weight", "24,10,1,1", AM_DTYPE_F32, TRUE },  { "one.weight", "24,24", AM_DTYPE_F32, TRUE },
    { "fc.bias", "1,24", AM_DTYPE_F16, TRUE },         { "positions", "50,24", AM_DTYPE_F32, TRUE },
    { "inner.weight", "24,7", AM_DTYPE_F32, FALSE },   { "both.weight", "576", AM_DTYPE_F32, FALSE },
    { "flat.weight", "5,217", AM_DTYPE_F32, FALSE },   { "fused.weight", "60,12", AM_DTYPE_F16, FALSE },
    { "conv.weight", "24,24,3", AM_DTYPE_F16, FALSE }, { "blocks", "24,2,24,2,3,2", AM_DTYPE_F16, FALSE },
    { "deep.weight", "26,0", AM_DTYPE_F16, FALSE },    { "packed.weight", "24,64", AM_DTYPE_U8, TRUE },
  };
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree guint8 *bytes = g_malloc (30000);
  g_autofree char *path = NULL;
  AmReorder *reorder = am_reorder_new_random (symmetries, 16);
  Subject subject;

  for (guint i = 0; i < 30000; i++)
    bytes[i] = (guint8)(i * 7 + i / 256);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    fixture_add_bytes (fixture, cases[i].name, cases[i].dtype, cases[i].shape, bytes);
  path = fixture_write (fixture, folder, "shapes.safetensors");
  subject_open (&subject, symmetries, path);
  subject_apply (&subject, am_reorder_copy (reorder));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const AmTensor *tensor = am_checkpoint_find (subject.checkpoint, cases[i].name, NULL);
      const gint number = am_graph_find_tensor (am_symmetries_get_graph (symmetries), cases[i].name);
      g_autofree guint8 *read = read_all (subject.checkpoint, tensor);
      g_autofree guint8 *expected = cases[i].moves ? reference_permute (reorder, (guint)number, bytes,
                                                                        am_dtype_get_bits (tensor->dtype) / 8)
                                                   : g_memdup2 (bytes, tensor->size);

      if (tensor->size > 0)
        g_assert_cmpmem (read, tensor->size, expected, tensor->size);
      if (cases[i].moves)
        g_assert_cmpint (memcmp (read, bytes, tensor->size), !=, 0);
    }
  am_reorder_free (reorder);
  subject_close (&subject);
}

/* Packed values: whole elements, as the file hands them out. */
static void
assert_packed (Subject *subject, guint n)
{
  AmReorder *reorder = am_reorder_new_random (subject->symmetries, 17);
  const gint number = am_graph_find_tensor (am_symmetries_get_graph (subject->symmetries), "packed.weight");
  const AmTensor *tensor = am_checkpoint_find (subject->checkpoint, "packed.weight", NULL);
  const gsize bytes = am_dtype_get_bits (tensor->dtype) / 8;
  g_autofree guint8 *stored = read_all (subject->checkpoint, tensor);
  g_autofree guint8 *expected = reference_permute (reorder, (guint)number, stored, bytes);
  g_autofree guint8 *whole = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (18);

  subject_apply (subject, reorder);
  whole = read_all (subject->checkpoint, tensor);
  g_assert_cmpmem (whole, tensor->size, expected, tensor->size);
  g_assert_cmpint (memcmp (whole, stored, tensor->size), !=, 0);
  assert_ranges (subject->checkpoint, tensor, expected, bytes, n, random);
}

static void
test_scaled (void)
{
  static const double scale[] = { 0.37 };
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;
  Subject subject;

  fixture_add_random (fixture, "packed.weight", AM_DTYPE_F8_E4M3, "24,64", 19, 1);
  fixture_add_values (fixture, "packed.scale_weight", AM_DTYPE_F32, "", scale);
  path = fixture_write (fixture, folder, "scaled.safetensors");
  subject_open (&subject, symmetries, path);
  g_assert_cmpstr (am_checkpoint_get_tensor (subject.checkpoint, 0)->stored, ==, "F8_E4M3 scaled");
  assert_packed (&subject, 200);
  subject_close (&subject);
}

static void
put_le (GByteArray *bytes, guint64 value, guint size)
{
  for (guint i = 0; i < size; i++)
    {
      const guint8 byte = (guint8)(value >> (8 * i));

      g_byte_array_append (bytes, &byte, 1);
    }
}

/* A GGUF of one tensor of 24 rows of two blocks. */
static char *
write_q8_0 (void)
{
  static const char name[] = "packed.weight";
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  char *path = g_build_filename (folder, "model.gguf", NULL);

  g_byte_array_append (bytes, (const guint8 *)"GGUF", 4);
  put_le (bytes, 3, 4);
  put_le (bytes, 1, 8);
  put_le (bytes, 0, 8);
  put_le (bytes, sizeof name - 1, 8);
  g_byte_array_append (bytes, (const guint8 *)name, sizeof name - 1);
  put_le (bytes, 2, 4);
  put_le (bytes, 64, 8);
  put_le (bytes, 24, 8);
  put_le (bytes, 8, 4);
  put_le (bytes, 0, 8);
  while (bytes->len % 32 != 0)
    put_le (bytes, 0, 1);
  for (guint block = 0; block < 48; block++)
    {
      put_le (bytes, 0x3000 + block * 37, 2);
      for (guint i = 0; i < 32; i++)
        put_le (bytes, block * 5 + i * 11, 1);
    }
  g_assert_true (g_file_set_contents (path, (const char *)bytes->data, bytes->len, NULL));
  return path;
}

static void
test_q8_0 (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autofree char *path = write_q8_0 ();
  Subject subject;

  subject_open (&subject, symmetries, path);
  g_assert_cmpstr (am_checkpoint_get_tensor (subject.checkpoint, 0)->stored, ==, "Q8_0");
  assert_packed (&subject, 200);
  subject_close (&subject);
}

typedef struct
{
  const Subject *subject;
  const AmReorder *reorder;
  guint32 seed;
} Work;

static gpointer
read_in_thread (gpointer data)
{
  const Work *work = data;

  assert_all_reordered (work->subject, work->reorder, work->seed);
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autofree char *path = write_random_bytes (symmetries, folder, AM_DTYPE_F16, 20);
  AmReorder *reorder = am_reorder_new_random (symmetries, 21);
  GThread *threads[4];
  Work works[4];
  Subject subject;

  subject_open (&subject, symmetries, path);
  subject_apply (&subject, am_reorder_copy (reorder));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      works[i] = (Work){ &subject, reorder, 22 + i };
      threads[i] = g_thread_new ("read", read_in_thread, &works[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  am_reorder_free (reorder);
  subject_close (&subject);
}

/* A file that became shorter is an error, as without a reader. */
static void
test_short_file (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  g_autofree char *path = write_random_bytes (symmetries, folder, AM_DTYPE_F32, 26);
  Subject subject;

  subject_open (&subject, symmetries, path);
  subject_apply (&subject, am_reorder_new_random (symmetries, 27));
  g_assert_cmpint (truncate (path, 40000), ==, 0);
  for (guint i = 0; i < am_checkpoint_get_n_tensors (subject.checkpoint); i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (subject.checkpoint, i);
      g_autofree guint8 *bytes = g_malloc (tensor->size);
      g_autoptr (GError) error = NULL;

      if (tensor->size < 40000)
        continue;
      g_assert_false (
          am_checkpoint_read_bytes (subject.checkpoint, tensor, 0, (gsize)tensor->size, bytes, &error));
      g_assert_error (error, AM_ERROR, AM_ERROR_NOT_READABLE);
      g_assert_nonnull (strstr (error->message, path));
    }
  subject_close (&subject);
}

int
main (int argc, char **argv)
{
  static const AmDtype dtypes[] = { AM_DTYPE_F64,     AM_DTYPE_F32,     AM_DTYPE_F16, AM_DTYPE_BF16,
                                    AM_DTYPE_F8_E4M3, AM_DTYPE_F8_E5M2, AM_DTYPE_I64 };
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    {
      g_autofree char *name = g_strconcat ("/reordered-tensor/ranges/", am_dtype_get_name (dtypes[i]), NULL);

      g_test_add_data_func (name, GINT_TO_POINTER ((gint)dtypes[i]), test_ranges);
    }
  g_test_add_func ("/reordered-tensor/partly", test_partly);
  g_test_add_func ("/reordered-tensor/numbers", test_numbers);
  g_test_add_func ("/reordered-tensor/there-and-back", test_there_and_back);
  g_test_add_func ("/reordered-tensor/applied-again", test_applied_again);
  g_test_add_func ("/reordered-tensor/other-shapes", test_other_shapes);
  g_test_add_func ("/reordered-tensor/scaled", test_scaled);
  g_test_add_func ("/reordered-tensor/q8-0", test_q8_0);
  g_test_add_func ("/reordered-tensor/threads", test_threads);
  g_test_add_func ("/reordered-tensor/short-file", test_short_file);
  status = g_test_run ();
  fixture_remove_folder (folder);
  g_free (folder);
  return status;
}
