/* Files of before torch 1.6 that are wrong: each is refused with a message that names the fault. */
#include <string.h>

#include "checkpoint-bytes.h"
#include "fixture-checkpoint.h"
#include "torch-builder.h"

static char *path;

/* Overwrites @length bytes @delta bytes after the start of the @nth @signature. */
typedef struct
{
  const char *name;
  const char *signature;
  guint nth;
  guint delta;
  const char *bytes;
  gsize length;
  AmError code;
  const char *message;
} Patch;

static GByteArray *
build_legacy (void)
{
  g_autoptr (GByteArray) pickle = pickle_begin_dict ();
  g_autoptr (GByteArray) data = floats (6);
  const GByteArray *const storages[] = { data };

  pickle_tensor (pickle, "x", "FloatStorage", "94", 6, 0, "2,3", "3,1");
  pickle_end_dict (pickle);
  return legacy_build (pickle, "94", storages, 4);
}

static void
test_legacy_truncations (void)
{
  g_autoptr (GByteArray) good = build_legacy ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = open_bytes (path, good, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 1);
  for (guint length = 15; length < good->len; length++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_byte_array_append (bytes, good->data, length);
      assert_refused (path, "truncated", bytes, AM_ERROR_CORRUPT, "");
    }
  put (good, "x", 1);
  assert_refused (path, "longer", good, AM_ERROR_CORRUPT, "1 bytes follow the last storage");
}

static const Patch legacy_patches[] = {
  { "protocol", "M\xe9\x03", 0, 1, BYTES ("\xea"), AM_ERROR_UNSUPPORTED, "protocol is not 1001" },
  { "big endian", "\x88u.", 0, 0, BYTES ("\x89"), AM_ERROR_UNSUPPORTED, "big-endian" },
  { "no endian", "little_endian", 0, 0, BYTES ("m"), AM_ERROR_CORRUPT, "is not described" },
  { "other key", "](X", 0, 7, BYTES ("95"), AM_ERROR_CORRUPT, "no tensor names it" },
  { "keys no list", "](X", 0, 0, BYTES ("}"), AM_ERROR_CORRUPT, "puts items into a dictionary" },
  { "count", "e.\6", 0, 2, BYTES ("\7"), AM_ERROR_CORRUPT, "promises 7 elements of 4 bytes" },
  { "count less", "e.\6", 0, 2, BYTES ("\5"), AM_ERROR_CORRUPT, "4 bytes follow the last storage" },
  { "count huge", "e.\6", 0, 9, BYTES ("\x40"), AM_ERROR_CORRUPT, "incomplete download or copy" },
};

static void
test_legacy_patched (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (legacy_patches); i++)
    {
      const Patch *patch = &legacy_patches[i];
      g_autoptr (GByteArray) bytes = build_legacy ();
      memcpy (bytes->data + find_signature (bytes, patch->signature, patch->nth) + patch->delta, patch->bytes,
              patch->length);
      assert_refused (path, patch->name, bytes, patch->code, patch->message);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  path = g_build_filename (folder, "model.ckpt", NULL);
  g_test_add_func ("/torch-legacy/truncations", test_legacy_truncations);
  g_test_add_func ("/torch-legacy/patched", test_legacy_patched);
  status = g_test_run ();
  fixture_remove_folder (folder);
  g_free (path);
  return status;
}
