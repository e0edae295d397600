#include <string.h>

#include "checkpoint-bytes.h"
#include "fixture-checkpoint.h"
#include "torch-builder.h"

static char *path;

static void
assert_values (AmCheckpoint *checkpoint, const char *name, const char *shape, const float *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) shown = g_string_new (NULL);
  const AmTensor *tensor = am_checkpoint_find (checkpoint, name, NULL);

  g_assert_nonnull (tensor);
  for (guint i = 0; i < tensor->n_dims; i++)
    g_string_append_printf (shown, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", tensor->shape[i]);
  g_assert_cmpstr (shown->str, ==, shape);
  g_autofree float *values = g_new (float, tensor->length + 1);
  am_checkpoint_read_floats (checkpoint, tensor, 0, tensor->length, values, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (values, tensor->length * sizeof *values, expected, tensor->length * sizeof *expected);
}

static void
test_types (void)
{
  static const struct
  {
    const char *storage;
    AmDtype dtype;
  } cases[] = {
    { "DoubleStorage", AM_DTYPE_F64 },       { "FloatStorage", AM_DTYPE_F32 },
    { "HalfStorage", AM_DTYPE_F16 },         { "BFloat16Storage", AM_DTYPE_BF16 },
    { "LongStorage", AM_DTYPE_I64 },         { "IntStorage", AM_DTYPE_I32 },
    { "ShortStorage", AM_DTYPE_I16 },        { "CharStorage", AM_DTYPE_I8 },
    { "ByteStorage", AM_DTYPE_U8 },          { "BoolStorage", AM_DTYPE_BOOL },
    { "ComplexFloatStorage", AM_DTYPE_C64 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const guint bytes = am_dtype_get_bits (cases[i].dtype) / 8;
      g_autoptr (GByteArray) pickle = pickle_begin_dict ();
      g_autoptr (GByteArray) data = g_byte_array_new ();
      guint8 read[16] = { 0 };

      for (guint j = 0; j < 2 * bytes; j++)
        put_le (data, j + 1, 1);
      pickle_tensor (pickle, "x", cases[i].storage, "0", 2, 0, "2", "1");
      pickle_end_dict (pickle);
      const GByteArray *const storages[] = { data };
      g_autoptr (GByteArray) file = torch_build (pickle, storages, 1);
      g_autoptr (AmCheckpoint) checkpoint = open_good (path, file);
      const AmTensor *tensor = am_checkpoint_find (checkpoint, "x", NULL);
      g_assert_cmpint (am_checkpoint_get_container (checkpoint), ==, AM_CONTAINER_TORCH_ZIP);
      g_assert_cmpint (tensor->dtype, ==, cases[i].dtype);
      g_assert_cmpstr (tensor->stored, ==, am_dtype_get_name (cases[i].dtype));
      g_assert_true (am_checkpoint_read_bytes (checkpoint, tensor, 0, tensor->size, read, NULL));
      g_assert_cmpmem (read, tensor->size, data->data, data->len);
    }
}

/* Six tensors over one storage of 12 floats. */
static GByteArray *
build_views (const char *storage_key)
{
  GByteArray *pickle = pickle_begin_dict ();

  pickle_tensor (pickle, "plain", "FloatStorage", storage_key, 12, 0, "3,4", "4,1");
  pickle_tensor (pickle, "transposed", "FloatStorage", storage_key, 12, 0, "4,3", "1,4");
  pickle_tensor (pickle, "part", "FloatStorage", storage_key, 12, 5, "2,2", "4,2");
  pickle_tensor (pickle, "repeated", "FloatStorage", storage_key, 12, 3, "2,2", "0,1");
  pickle_tensor (pickle, "scalar", "FloatStorage", storage_key, 12, 11, "", "");
  pickle_tensor (pickle, "empty", "FloatStorage", storage_key, 12, 12, "0,4", "4,1");
  pickle_tensor (pickle, "one", "FloatStorage", storage_key, 12, 2, "1,3", "77,1");
  pickle_end_dict (pickle);
  return pickle;
}

static void
assert_views (AmCheckpoint *checkpoint)
{
  static const float plain[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
  static const float transposed[] = { 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11 };

  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 7);
  assert_values (checkpoint, "plain", "3,4", plain);
  assert_values (checkpoint, "transposed", "4,3", transposed);
  assert_values (checkpoint, "part", "2,2", (const float[]){ 5, 7, 9, 11 });
  assert_values (checkpoint, "repeated", "2,2", (const float[]){ 3, 4, 3, 4 });
  assert_values (checkpoint, "scalar", "", (const float[]){ 11 });
  assert_values (checkpoint, "empty", "0,4", plain);
  assert_values (checkpoint, "one", "1,3", (const float[]){ 2, 3, 4 });
  g_assert_nonnull (strstr (am_checkpoint_get_notes (checkpoint)[0], "6 tensors share their data"));
}

static void
test_views (void)
{
  g_autoptr (GByteArray) pickle = build_views ("0");
  g_autoptr (GByteArray) data = floats (12);
  const GByteArray *const storages[] = { data };
  g_autoptr (GByteArray) file = torch_build (pickle, storages, 1);
  g_autoptr (AmCheckpoint) checkpoint = open_good (path, file);

  assert_views (checkpoint);
}

static void
test_legacy_views (void)
{
  g_autoptr (GByteArray) pickle = build_views ("94837");
  g_autoptr (GByteArray) data = floats (12);
  const GByteArray *const storages[] = { data };
  g_autoptr (GByteArray) file = legacy_build (pickle, "94837", storages, 4);
  g_autoptr (AmCheckpoint) checkpoint = open_good (path, file);

  g_assert_cmpint (am_checkpoint_get_container (checkpoint), ==, AM_CONTAINER_TORCH_LEGACY);
  assert_views (checkpoint);
}

static void
test_zip64 (void)
{
  g_autoptr (GByteArray) pickle = build_views ("0");
  g_autoptr (GByteArray) data = floats (12);
  const ZipFile files[]
      = { { "m/data.pkl", pickle->data, pickle->len }, { "m/data/0", data->data, data->len } };
  g_autoptr (GByteArray) file = zip_build_64 (files, G_N_ELEMENTS (files));
  g_autoptr (AmCheckpoint) checkpoint = open_good (path, file);

  assert_views (checkpoint);
}

/* A storage that is itself a part of another, as files of 2017 have them. */
static void
test_legacy_storage_view (void)
{
  g_autoptr (GByteArray) pickle = pickle_begin_dict ();
  g_autoptr (GByteArray) data = floats (6);
  const GByteArray *const storages[] = { data };

  pickle_text (pickle, "x");
  pickle_global (pickle, "torch._utils", "_rebuild_tensor");
  put (pickle, BYTES ("(("));
  pickle_text (pickle, "storage");
  pickle_global (pickle, "torch.cuda", "FloatStorage");
  pickle_text (pickle, "7");
  pickle_text (pickle, "cuda:0");
  pickle_int (pickle, 6);
  put (pickle, "(", 1);
  pickle_text (pickle, "8");
  pickle_int (pickle, 2);
  pickle_int (pickle, 3);
  put (pickle, BYTES ("ttQ"));
  pickle_int (pickle, 1);
  pickle_sizes (pickle, "2");
  pickle_sizes (pickle, "1");
  put (pickle, BYTES ("tR"));
  pickle_end_dict (pickle);
  g_autoptr (GByteArray) file = legacy_build (pickle, "7", storages, 4);
  g_autoptr (AmCheckpoint) checkpoint = open_good (path, file);
  assert_values (checkpoint, "x", "2", (const float[]){ 3, 4 });
}

/* (v3 call of 4 float8 values in an untyped storage) */
static void
put_v3 (GByteArray *pickle, const char *dtype, const char *metadata, gsize metadata_length)
{
  pickle_global (pickle, "torch._utils", "_rebuild_tensor_v3");
  put (pickle, "((", 2);
  pickle_text (pickle, "storage");
  pickle_global (pickle, "torch.storage", "UntypedStorage");
  pickle_text (pickle, "0");
  pickle_text (pickle, "cpu");
  pickle_int (pickle, 4);
  put (pickle, "tQ", 2);
  pickle_int (pickle, 0);
  pickle_sizes (pickle, "4");
  pickle_sizes (pickle, "1");
  put (pickle, "\x89", 1);
  put (pickle, "}", 1);
  pickle_global (pickle, "torch", dtype);
  put (pickle, metadata, metadata_length);
  put (pickle, "tR", 2);
}

/* Parameters, parameters with a state, subclasses, attributes given by BUILD: the tensor inside counts. */
static void
test_wrappers (void)
{
  g_autoptr (GByteArray) pickle = pickle_begin_dict ();
  g_autoptr (GByteArray) data = g_byte_array_new ();
  const GByteArray *const storages[] = { data };
  static const float expected[] = { 0.5f, 1, 2, 4 };

  put (data, BYTES ("\x30\x38\x40\x48"));
  pickle_text (pickle, "bare");
  put_v3 (pickle, "float8_e4m3fn", BYTES ("}"));
  pickle_text (pickle, "parameter");
  pickle_global (pickle, "torch._utils", "_rebuild_parameter");
  put (pickle, "(", 1);
  put_v3 (pickle, "float8_e4m3fn", BYTES (""));
  put (pickle, BYTES ("\x88}tR"));
  pickle_text (pickle, "state");
  pickle_global (pickle, "torch._utils", "_rebuild_parameter_with_state");
  put (pickle, "(", 1);
  put_v3 (pickle, "float8_e4m3fn", BYTES (""));
  put (pickle, BYTES ("\x88}}tR"));
  pickle_text (pickle, "subclass");
  pickle_global (pickle, "torch._tensor", "_rebuild_from_type_v2");
  put (pickle, "(", 1);
  pickle_global (pickle, "torch._utils", "_rebuild_parameter");
  pickle_global (pickle, "mine", "Tensor");
  put (pickle, "(", 1);
  put_v3 (pickle, "float8_e4m3fn", BYTES ("}"));
  put (pickle, BYTES ("\x88}t}tR}b"));
  pickle_end_dict (pickle);
  g_autoptr (GByteArray) file = torch_build (pickle, storages, 1);
  g_autoptr (AmCheckpoint) checkpoint = open_good (path, file);
  assert_values (checkpoint, "bare", "4", expected);
  assert_values (checkpoint, "parameter", "4", expected);
  assert_values (checkpoint, "state", "4", expected);
  assert_values (checkpoint, "subclass", "4", expected);
  g_assert_cmpint (am_checkpoint_find (checkpoint, "bare", NULL)->dtype, ==, AM_DTYPE_F8_E4M3);
}

static gboolean
has_note (AmCheckpoint *checkpoint, const char *part)
{
  for (const char *const *note = am_checkpoint_get_notes (checkpoint); *note != NULL; note++)
    if (strstr (*note, part) != NULL)
      return TRUE;
  return FALSE;
}

/* {"epoch": 3, KEY: {"w": tensor, "lr": 3}, "callbacks": os.system("id"), "optimizer": {"m": tensor}} */
static GByteArray *
build_training (const char *key)
{
  GByteArray *pickle = pickle_begin_dict ();

  pickle_text (pickle, "epoch");
  pickle_int (pickle, 3);
  pickle_text (pickle, key);
  put (pickle, "}(", 2);
  pickle_tensor (pickle, "w", "FloatStorage", "0", 2, 0, "2", "1");
  pickle_text (pickle, "lr");
  pickle_int (pickle, 3);
  put (pickle, "u", 1);
  pickle_text (pickle, "callbacks");
  pickle_global (pickle, "os", "system");
  pickle_text (pickle, "touch pwned");
  put (pickle, "\x85R", 2);
  pickle_text (pickle, "optimizer");
  put (pickle, "}(", 2);
  pickle_tensor (pickle, "m", "FloatStorage", "0", 2, 0, "2", "1");
  put (pickle, "u", 1);
  pickle_end_dict (pickle);
  return pickle;
}

static void
test_training_checkpoint (void)
{
  static const char *const keys[] = { "state_dict", "model", "module", "params_ema", "generator" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GByteArray) pickle = build_training (keys[i]);
      g_autoptr (GByteArray) data = floats (2);
      const GByteArray *const storages[] = { data };
      g_autoptr (GByteArray) file = torch_build (pickle, storages, 1);
      g_autoptr (AmCheckpoint) checkpoint = open_good (path, file);

      g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 1);
      assert_values (checkpoint, "w", "2", (const float[]){ 0, 1 });
      g_assert_true (has_note (checkpoint, keys[i]));
      g_assert_true (has_note (checkpoint, "never run: os.system"));
      g_assert_true (has_note (checkpoint, "1 value that is no tensor"));
    }
}

static void
test_several_dictionaries (void)
{
  g_autoptr (GByteArray) pickle = pickle_begin_dict ();
  g_autoptr (GByteArray) data = floats (2);
  const GByteArray *const storages[] = { data };

  pickle_text (pickle, "unet");
  put (pickle, "}(", 2);
  pickle_tensor (pickle, "w", "FloatStorage", "0", 2, 0, "2", "1");
  put (pickle, "u", 1);
  pickle_text (pickle, "vae");
  put (pickle, "}(", 2);
  pickle_tensor (pickle, "w", "FloatStorage", "0", 2, 1, "", "");
  put (pickle, "u", 1);
  pickle_end_dict (pickle);
  g_autoptr (GByteArray) file = torch_build (pickle, storages, 1);
  g_autoptr (AmCheckpoint) checkpoint = open_good (path, file);
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 2);
  assert_values (checkpoint, "unet.w", "2", (const float[]){ 0, 1 });
  assert_values (checkpoint, "vae.w", "", (const float[]){ 1 });
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  path = g_build_filename (folder, "model.ckpt", NULL);
  g_test_add_func ("/torch/types", test_types);
  g_test_add_func ("/torch/views", test_views);
  g_test_add_func ("/torch/legacy-views", test_legacy_views);
  g_test_add_func ("/torch/zip64", test_zip64);
  g_test_add_func ("/torch/legacy-storage-view", test_legacy_storage_view);
  g_test_add_func ("/torch/wrappers", test_wrappers);
  g_test_add_func ("/torch/training-checkpoint", test_training_checkpoint);
  g_test_add_func ("/torch/several-dictionaries", test_several_dictionaries);
  status = g_test_run ();
  fixture_remove_folder (folder);
  g_free (path);
  return status;
}
