#include "checkpoint/checkpoint-private.h"

#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"

typedef struct
{
  char *folder;
} Folder;

static void
set_up (Folder *f, gconstpointer data)
{
  f->folder = fixture_new_folder ();
}

static void
tear_down (Folder *f, gconstpointer data)
{
  fixture_remove_folder (f->folder);
  g_free (f->folder);
}

static char *
write_file (const Folder *f, const char *name, gconstpointer bytes, gsize n)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (f->folder, name, NULL);

  g_file_set_contents (path, bytes, (gssize)n, &error);
  g_assert_no_error (error);
  return path;
}

static const AmTensor *
find (const AmCheckpoint *checkpoint, const char *name)
{
  const AmTensor *tensor = am_checkpoint_find (checkpoint, name, NULL);

  g_assert_nonnull (tensor);
  return tensor;
}

static const AmDtype mergeable[]
    = { AM_DTYPE_F64, AM_DTYPE_F32, AM_DTYPE_F16, AM_DTYPE_BF16, AM_DTYPE_F8_E4M3, AM_DTYPE_F8_E5M2 };

/* Values exact in every mergeable type. */
static void
fill_exact (double *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    values[i] = ldexp ((double)(i % 4) + 4, (int)(i % 9) - 6) * (i % 3 ? 1 : -1);
}

static void
test_values (Folder *f, gconstpointer data)
{
  const gsize n = 300001; /* more than one buffer of every type */
  g_autofree double *values = g_new (double, n);
  g_autofree double *doubles = g_new (double, n);
  g_autofree float *floats = g_new (float, n);
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autofree char *path = NULL;

  fill_exact (values, n);
  for (gsize i = 0; i < G_N_ELEMENTS (mergeable); i++)
    fixture_add_values (fixture, am_dtype_get_name (mergeable[i]), mergeable[i], "300001", values);
  path = fixture_write (fixture, f->folder, "a.safetensors");
  checkpoint = am_checkpoint_open (path, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (mergeable); i++)
    {
      const AmTensor *tensor = find (checkpoint, am_dtype_get_name (mergeable[i]));
      const guint64 first = i * 11;

      g_assert_true (am_checkpoint_read_floats (checkpoint, tensor, first, n - first, floats, &error));
      g_assert_true (am_checkpoint_read_doubles (checkpoint, tensor, first, n - first, doubles, &error));
      for (gsize k = 0; k < n - first; k++)
        {
          g_assert_cmpfloat (floats[k], ==, (float)values[first + k]);
          g_assert_cmpfloat (doubles[k], ==, values[first + k]);
        }
    }
}

/* A checkpoint over one raw file, to which a test adds tensors by hand. */
static AmCheckpoint *
open_raw (const Folder *f, gconstpointer bytes, gsize n)
{
  g_autofree char *path = write_file (f, "raw", bytes, n);
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_new (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (am_checkpoint_add_file (checkpoint, path, &error), ==, 0);
  g_assert_no_error (error);
  return g_steal_pointer (&checkpoint);
}

typedef struct
{
  AmTensorPiece pieces[2];
  AmTensorStorage storage;
  AmTensor tensor;
} HandMade;

/* 3 x 4 float32 0..11 at byte 4 as the transpose [4, 3], then the row 100..102 repeated twice by stride 0. */
static void
make_strided (HandMade *made)
{
  static const guint64 shape[] = { 6, 3 };
  static const guint64 transposed[] = { 4, 3 }, transposed_strides[] = { 1, 4 };
  static const guint64 repeated[] = { 2, 3 }, repeated_strides[] = { 0, 1 };

  *made = (HandMade){
    .pieces
    = { { .offset = 4, .length = 12, .n_dims = 2, .shape = transposed, .strides = transposed_strides },
        { .offset = 52, .length = 6, .n_dims = 2, .shape = repeated, .strides = repeated_strides } },
    .storage = { .dtype = AM_DTYPE_F32, .n_pieces = 2 },
    .tensor = { .name = "t", .dtype = AM_DTYPE_F32, .stored = "F32", .n_dims = 2, .shape = shape },
  };
  made->storage.pieces = made->pieces;
  made->tensor.storage = &made->storage;
}

static const float strided_values[18]
    = { 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11, 100, 101, 102, 100, 101, 102 };

static AmCheckpoint *
open_strided (const Folder *f, HandMade *made)
{
  float raw[16] = { -1 };
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 12; i++)
    raw[1 + i] = (float)i;
  for (guint i = 0; i < 3; i++)
    raw[13 + i] = 100.0f + (float)i;
  checkpoint = open_raw (f, raw, sizeof raw);
  make_strided (made);
  g_assert_true (am_checkpoint_add_tensor (checkpoint, &made->tensor, &error));
  g_assert_true (am_checkpoint_finish (checkpoint, &error));
  g_assert_no_error (error);
  return g_steal_pointer (&checkpoint);
}

static void
test_strided (Folder *f, gconstpointer data)
{
  HandMade made;
  g_autoptr (AmCheckpoint) checkpoint = open_strided (f, &made);
  const AmTensor *tensor = find (checkpoint, "t");
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (tensor->length, ==, 18);
  for (gsize first = 0; first <= 18; first++)
    for (gsize n = 0; first + n <= 18; n++)
      {
        float floats[18];

        g_assert_true (am_checkpoint_read_floats (checkpoint, tensor, first, n, floats, &error));
        g_assert_cmpmem (floats, n * 4, strided_values + first, n * 4);
      }
  for (gsize offset = 0; offset <= 72; offset++)
    for (gsize size = 0; offset + size <= 72; size++)
      {
        guint8 bytes[72];

        g_assert_true (am_checkpoint_read_bytes (checkpoint, tensor, offset, size, bytes, &error));
        g_assert_cmpmem (bytes, size, (const guint8 *)strided_values + offset, size);
      }
}

/* A transpose far larger than one gather may hold. */
static void
test_strided_large (Folder *f, gconstpointer data)
{
  const guint64 rows = 3, columns = 3000000;
  const guint64 shape[] = { columns, rows }, strides[] = { 1, columns };
  g_autofree guint16 *raw = g_new (guint16, rows * columns);
  AmTensorPiece piece = { .length = rows * columns, .n_dims = 2, .shape = shape, .strides = strides };
  AmTensorStorage storage = { .dtype = AM_DTYPE_U16, .n_pieces = 1, .pieces = &piece };
  AmTensor tensor = { .name = "t", .dtype = AM_DTYPE_U16, .n_dims = 2, .shape = shape, .storage = &storage };
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (GError) error = NULL;
  guint16 got[31];

  for (gsize i = 0; i < rows * columns; i++)
    raw[i] = (guint16)(i * 40503);
  checkpoint = open_raw (f, raw, rows * columns * 2);
  g_assert_true (am_checkpoint_add_tensor (checkpoint, &tensor, &error));
  g_assert_true (am_checkpoint_finish (checkpoint, &error));
  g_assert_true (
      am_checkpoint_read_bytes (checkpoint, find (checkpoint, "t"), 6001 * 2, sizeof got, got, &error));
  for (guint64 i = 0; i < G_N_ELEMENTS (got); i++)
    g_assert_cmpuint (got[i], ==, raw[(6001 + i) % rows * columns + (6001 + i) / rows]);
}

static void
test_scaled (Folder *f, gconstpointer data)
{
  static const guint8 raw[] = { 0x38, 0xb8, 0x7e, 0x00, 0x01 }; /* 1, -1, 448, 0, 2^-9 */
  static const double expected[] = { 0.375, -0.375, 168, 0, 0.375 / 512 };
  static const guint64 shape[] = { 5 };
  AmTensorPiece piece = { .length = 5 };
  AmTensorStorage storage = {
    .packing = AM_PACKING_SCALED, .dtype = AM_DTYPE_F8_E4M3, .scale = 0.375f, .n_pieces = 1, .pieces = &piece
  };
  AmTensor tensor = { .name = "t", .dtype = AM_DTYPE_BF16, .n_dims = 1, .shape = shape, .storage = &storage };
  g_autoptr (AmCheckpoint) checkpoint = open_raw (f, raw, sizeof raw);
  g_autoptr (GError) error = NULL;
  float floats[5];
  double doubles[5];
  guint16 narrowed[2];

  g_assert_true (am_checkpoint_add_tensor (checkpoint, &tensor, &error));
  g_assert_true (am_checkpoint_finish (checkpoint, &error));
  g_assert_cmpuint (find (checkpoint, "t")->size, ==, 10);
  g_assert_true (am_checkpoint_read_floats (checkpoint, find (checkpoint, "t"), 0, 5, floats, &error));
  g_assert_true (am_checkpoint_read_doubles (checkpoint, find (checkpoint, "t"), 0, 5, doubles, &error));
  for (guint i = 0; i < 5; i++)
    {
      g_assert_cmpfloat (floats[i], ==, (float)expected[i]);
      g_assert_cmpfloat (doubles[i], ==, expected[i]);
    }
  g_assert_true (am_checkpoint_read_bytes (checkpoint, find (checkpoint, "t"), 2, 4, narrowed, &error));
  g_assert_cmphex (narrowed[0], ==, 0xbec0); /* -0.375 */
  g_assert_cmphex (narrowed[1], ==, 0x4328); /* 168 */
}

#define BLOCKS 8000 /* more than one buffer */

static void
test_q8_0 (Folder *f, gconstpointer data)
{
  const guint64 shape[] = { BLOCKS, 32 };
  g_autofree guint8 *raw = g_malloc (BLOCKS * 34);
  g_autofree float *floats = g_new (float, BLOCKS * 32);
  g_autofree double *doubles = g_new (double, BLOCKS * 32);
  AmTensorPiece piece = { .length = BLOCKS * 32 };
  AmTensorStorage storage
      = { .packing = AM_PACKING_Q8_0, .dtype = AM_DTYPE_I8, .n_pieces = 1, .pieces = &piece };
  AmTensor tensor = { .name = "t", .dtype = AM_DTYPE_F16, .n_dims = 2, .shape = shape, .storage = &storage };
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (GError) error = NULL;
  guint16 narrowed;

  for (gsize block = 0; block < BLOCKS; block++)
    {
      raw[block * 34] = 0; /* float16 0.5 or 2.0 */
      raw[block * 34 + 1] = block % 2 ? 0x40 : 0x38;
      for (guint i = 0; i < 32; i++)
        raw[block * 34 + 2 + i] = (guint8)(block + i * 7);
    }
  checkpoint = open_raw (f, raw, BLOCKS * 34);
  g_assert_true (am_checkpoint_add_tensor (checkpoint, &tensor, &error));
  g_assert_true (am_checkpoint_finish (checkpoint, &error));
  for (gsize first = 0; first < 70; first += 3)
    {
      const gsize n = BLOCKS * 32 - 2 * first;

      g_assert_true (
          am_checkpoint_read_floats (checkpoint, find (checkpoint, "t"), first, n, floats, &error));
      for (gsize k = 0; k < n; k++)
        {
          const gsize block = (first + k) / 32, i = (first + k) % 32;

          g_assert_cmpfloat (floats[k], ==, (block % 2 ? 2.0f : 0.5f) * (float)(gint8)(block + i * 7));
        }
    }
  g_assert_true (am_checkpoint_read_doubles (checkpoint, find (checkpoint, "t"), 33, 3000, doubles, &error));
  for (gsize k = 0; k < 3000; k++)
    {
      const gsize block = (33 + k) / 32, i = (33 + k) % 32;

      g_assert_cmpfloat (doubles[k], ==, (block % 2 ? 2.0 : 0.5) * (gint8)(block + i * 7));
    }
  g_assert_true (am_checkpoint_read_bytes (checkpoint, find (checkpoint, "t"), 2, 2, &narrowed, &error));
  g_assert_cmphex (narrowed, ==, 0x4300); /* 3.5 */
}

static void
test_small_types (Folder *f, gconstpointer data)
{
  static const guint8 packed[] = { 0x12, 0x34, 0x56 };
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  guint8 bytes[2];

  fixture_add_bytes (fixture, "f4", AM_DTYPE_F4, "3,2", packed);
  path = fixture_write (fixture, f->folder, "a.safetensors");
  checkpoint = am_checkpoint_open (path, &error);
  if (!checkpoint)
    {
      /* Refused by name as quantised: just as well, but nothing else. */
      g_assert_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED);
      return;
    }
  g_assert_cmpuint (find (checkpoint, "f4")->size, ==, 3);
  g_assert_true (am_checkpoint_read_bytes (checkpoint, find (checkpoint, "f4"), 1, 2, bytes, &error));
  g_assert_cmpmem (bytes, 2, packed + 1, 2);
}

typedef struct
{
  const char *name;
  guint n_dims;
  guint64 shape[2];
  AmTensorPiece piece;
  AmPacking packing;
  AmDtype dtype;
  const char *fault;
} BadPiece;

static const guint64 two[] = { 2, 2 }, far_strides[] = { G_MAXUINT64 / 2, 3 }, wide_strides[] = { 15, 1 };
static const guint64 huge[] = { G_MAXUINT64, 3 };

static const BadPiece bad_pieces[] = {
  { "beyond", 1, { 17 }, { .length = 17 }, AM_PACKING_PLAIN, AM_DTYPE_F32, "beyond the end" },
  { "offset-beyond",
    1,
    { 1 },
    { .offset = 61, .length = 1 },
    AM_PACKING_PLAIN,
    AM_DTYPE_F32,
    "beyond the end" },
  { "offset-wraps",
    1,
    { 1 },
    { .offset = G_MAXUINT64 - 1, .length = 1 },
    AM_PACKING_PLAIN,
    AM_DTYPE_F32,
    "64 bits" },
  { "strides-wrap",
    1,
    { 4 },
    { .length = 4, .n_dims = 2, .shape = two, .strides = far_strides },
    AM_PACKING_PLAIN,
    AM_DTYPE_F32,
    "64 bits" },
  { "strides-beyond",
    1,
    { 4 },
    { .length = 4, .n_dims = 2, .shape = two, .strides = wide_strides },
    AM_PACKING_PLAIN,
    AM_DTYPE_F32,
    "beyond the end" },
  { "shape-of-piece",
    1,
    { 5 },
    { .length = 5, .n_dims = 2, .shape = two, .strides = two },
    AM_PACKING_PLAIN,
    AM_DTYPE_F32,
    "length" },
  { "shape-wraps",
    1,
    { 5 },
    { .length = 5, .n_dims = 2, .shape = huge, .strides = two },
    AM_PACKING_PLAIN,
    AM_DTYPE_F32,
    "length" },
  { "count", 2, { 2, 3 }, { .length = 5 }, AM_PACKING_PLAIN, AM_DTYPE_F32, "as many elements" },
  { "product",
    2,
    { G_MAXUINT32, (guint64)G_MAXUINT32 * 2 },
    { .length = 1 },
    AM_PACKING_PLAIN,
    AM_DTYPE_F32,
    "64 bits" },
  { "axes", 1, { 1 }, { .length = 1, .n_dims = 65 }, AM_PACKING_PLAIN, AM_DTYPE_F32, "axes" },
  { "half-byte", 1, { 3 }, { .length = 3 }, AM_PACKING_PLAIN, AM_DTYPE_F4, "whole" },
  { "half-block", 1, { 33 }, { .length = 33 }, AM_PACKING_Q8_0, AM_DTYPE_F16, "blocks" },
  { "strided-block",
    1,
    { 4 },
    { .length = 4, .n_dims = 2, .shape = two, .strides = two },
    AM_PACKING_Q8_0,
    AM_DTYPE_F16,
    "strided" },
};

static void
test_bad_piece (Folder *f, gconstpointer data)
{
  const BadPiece *bad = data;
  guint8 raw[64] = { 0 };
  AmTensorStorage storage
      = { .packing = bad->packing, .dtype = bad->dtype, .n_pieces = 1, .pieces = &bad->piece };
  AmTensor tensor = {
    .name = "name", .dtype = bad->dtype, .n_dims = bad->n_dims, .shape = bad->shape, .storage = &storage
  };
  g_autoptr (AmCheckpoint) checkpoint = open_raw (f, raw, sizeof raw);
  g_autoptr (GError) error = NULL;

  g_assert_false (am_checkpoint_add_tensor (checkpoint, &tensor, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CORRUPT);
  g_assert_nonnull (strstr (error->message, "\"name\""));
  g_assert_nonnull (strstr (error->message, bad->fault));
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 0);
}

static void
test_duplicate_name (Folder *f, gconstpointer data)
{
  static const guint64 shape[] = { 2 };
  guint8 raw[8] = { 0 };
  g_autoptr (AmCheckpoint) checkpoint = open_raw (f, raw, sizeof raw);
  g_autoptr (GError) error = NULL;

  g_assert_true (am_checkpoint_add_plain (checkpoint, "b", 1, AM_DTYPE_F16, 1, shape, 0, 0, &error));
  g_assert_true (am_checkpoint_add_plain (checkpoint, "a", 1, AM_DTYPE_F16, 1, shape, 0, 4, &error));
  g_assert_true (am_checkpoint_add_plain (checkpoint, "bc", 1, AM_DTYPE_F16, 1, shape, 0, 4, &error));
  g_assert_false (am_checkpoint_finish (checkpoint, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CORRUPT);
  g_assert_nonnull (strstr (error->message, "\"b\""));
}

static void
test_bad_name (Folder *f, gconstpointer data)
{
  guint8 raw[8] = { 0 };
  g_autoptr (AmCheckpoint) checkpoint = open_raw (f, raw, sizeof raw);
  g_autoptr (GError) error = NULL;

  g_assert_false (am_checkpoint_add_plain (checkpoint, "\xff", 1, AM_DTYPE_F16, 0, NULL, 0, 0, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CORRUPT);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

#define ADD(path, func) g_test_add ("/tensors/" path, Folder, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("values", test_values);
  ADD ("strided", test_strided);
  ADD ("strided-large", test_strided_large);
  ADD ("scaled", test_scaled);
  ADD ("q8-0", test_q8_0);
  ADD ("small-types", test_small_types);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_pieces); i++)
    {
      g_autofree char *path = g_strdup_printf ("/tensors/bad-piece/%s", bad_pieces[i].name);

      g_test_add (path, Folder, &bad_pieces[i], set_up, test_bad_piece, tear_down);
    }
  ADD ("duplicate-name", test_duplicate_name);
  ADD ("bad-name", test_bad_name);
  return g_test_run ();
}
