/* Torch files that are wrong: each is refused with a message that names the fault. */
#include <string.h>

#include "checkpoint-bytes.h"
#include "fixture-checkpoint.h"
#include "torch-builder.h"

static char *path;

/* One tensor of six floats. */
static GByteArray *
build_good (void)
{
  g_autoptr (GByteArray) pickle = pickle_begin_dict ();
  g_autoptr (GByteArray) data = floats (6);
  const GByteArray *const storages[] = { data };

  pickle_tensor (pickle, "x", "FloatStorage", "0", 6, 0, "2,3", "3,1");
  pickle_end_dict (pickle);
  return torch_build (pickle, storages, 1);
}

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

#define LOCAL "PK\3\4"
#define CENTRAL "PK\1\2"
#define END "PK\5\6"

/* Entries: 0 data.pkl, 1 byteorder, 2 data/0, 3 version. */
static const Patch patches[] = {
  { "entries", END, 0, 10, BYTES ("\5"), AM_ERROR_UNSUPPORTED, "split" },
  { "disk", END, 0, 4, BYTES ("\1"), AM_ERROR_UNSUPPORTED, "split" },
  { "entries twice", END, 0, 8, BYTES ("\5\0\5\0"), AM_ERROR_CORRUPT, "directory entry 4" },
  { "fewer entries", END, 0, 8, BYTES ("\3\0\3\0"), AM_ERROR_CORRUPT, "follow the last directory entry" },
  { "many entries", END, 0, 8, BYTES ("\xff\xfe\xff\xfe"), AM_ERROR_CORRUPT, "cannot hold" },
  { "directory size", END, 0, 12, BYTES ("\1"), AM_ERROR_CORRUPT, "the directory should fill" },
  { "directory offset", END, 0, 16, BYTES ("\xff\xff\xff"), AM_ERROR_CORRUPT, "the directory should fill" },
  { "comment length", END, 0, 20, BYTES ("\1"), AM_ERROR_CORRUPT, "the end record is missing" },
  { "end signature", END, 0, 0, BYTES ("QK"), AM_ERROR_CORRUPT, "the end record is missing" },
  { "central signature", CENTRAL, 2, 0, BYTES ("QK"), AM_ERROR_CORRUPT, "directory entry 2 is not one" },
  { "central name length", CENTRAL, 3, 28, BYTES ("\xff\xff"), AM_ERROR_CORRUPT, "runs past the directory" },
  { "central empty name", CENTRAL, 3, 28, BYTES ("\0"), AM_ERROR_CORRUPT, "runs past the directory" },
  { "central NUL in name", CENTRAL, 3, 48, BYTES ("\0"), AM_ERROR_CORRUPT, "holds a NUL byte" },
  { "encrypted", CENTRAL, 0, 8, BYTES ("\x09"), AM_ERROR_UNSUPPORTED, "encrypted or patched" },
  { "patched", CENTRAL, 0, 8, BYTES ("\x28"), AM_ERROR_UNSUPPORTED, "encrypted or patched" },
  { "strong encryption", CENTRAL, 0, 8, BYTES ("\x48"), AM_ERROR_UNSUPPORTED, "encrypted or patched" },
  { "masked", CENTRAL, 0, 9, BYTES ("\x28"), AM_ERROR_UNSUPPORTED, "encrypted or patched" },
  { "local flag", LOCAL, 0, 6, BYTES ("\x09"), AM_ERROR_CORRUPT, "does not match the directory" },
  { "local method", LOCAL, 0, 8, BYTES ("\x08"), AM_ERROR_CORRUPT, "does not match the directory" },
  { "local name", LOCAL, 0, 30, BYTES ("b"), AM_ERROR_CORRUPT, "does not match the directory" },
  { "local name length", LOCAL, 0, 26, BYTES ("\1"), AM_ERROR_CORRUPT, "does not match the directory" },
  { "local extra length", LOCAL, 2, 28, BYTES ("\xff\xff"), AM_ERROR_CORRUPT,
    "does not match the directory" },
  { "local signature", LOCAL, 1, 0, BYTES ("QK"), AM_ERROR_CORRUPT, "no entry begins" },
  { "compressed", CENTRAL, 0, 10, BYTES ("\x08"), AM_ERROR_CORRUPT, "does not match the directory" },
  { "two sizes", CENTRAL, 2, 20, BYTES ("\1"), AM_ERROR_CORRUPT, "two different sizes" },
  { "large", CENTRAL, 2, 20, BYTES ("\0\0\1\0\0\0\1\0"), AM_ERROR_CORRUPT, "outside the file or overlaps" },
  { "overlap", CENTRAL, 2, 20, BYTES ("\x80\0\0\0\x80\0\0\0"), AM_ERROR_CORRUPT,
    "outside the file or overlaps" },
  { "zip64 without field", CENTRAL, 2, 20, BYTES ("\xff\xff\xff\xff\xff\xff\xff\xff"), AM_ERROR_CORRUPT,
    "lacks the zip64 field" },
  { "header offset", CENTRAL, 2, 42, BYTES ("\xff\xff\xff\x7f"), AM_ERROR_CORRUPT, "outside the file" },
  { "same header", CENTRAL, 1, 42, BYTES ("\0\0\0\0"), AM_ERROR_CORRUPT, "outside the file or overlaps" },
  { "storage smaller", CENTRAL, 2, 20, BYTES ("\x14\0\0\0\x14\0\0\0"), AM_ERROR_CORRUPT,
    "the file holds 20 bytes" },
  { "storage larger", CENTRAL, 2, 20, BYTES ("\x1c\0\0\0\x1c\0\0\0"), AM_ERROR_CORRUPT,
    "the file holds 28 bytes" },
  { "big endian", "little", 0, 0, BYTES ("big\0\0\0"), AM_ERROR_UNSUPPORTED, "big-endian" },
  { "no endian", "little", 0, 0, BYTES ("lutter"), AM_ERROR_CORRUPT, "neither little nor big" },
};

static void
test_patched (void)
{
  g_autoptr (GByteArray) good = build_good ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = open_bytes (path, good, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (patches); i++)
    {
      g_autoptr (GByteArray) bytes = build_good ();
      memcpy (bytes->data + find_signature (bytes, patches[i].signature, patches[i].nth) + patches[i].delta,
              patches[i].bytes, patches[i].length);
      assert_refused (path, patches[i].name, bytes, patches[i].code, patches[i].message);
    }
}

static void
test_both_compressed (void)
{
  g_autoptr (GByteArray) bytes = build_good ();

  bytes->data[find_signature (bytes, LOCAL, 2) + 8] = 8;
  bytes->data[find_signature (bytes, CENTRAL, 2) + 10] = 8;
  assert_refused (path, "compressed", bytes, AM_ERROR_UNSUPPORTED, "is compressed");
}

/* The checksum is not what keeps us safe: a wrong one changes nothing. */
static void
test_wrong_checksum (void)
{
  g_autoptr (GByteArray) bytes = build_good ();
  g_autoptr (GError) error = NULL;

  bytes->data[find_signature (bytes, CENTRAL, 0) + 16] = 0xff;
  g_autoptr (AmCheckpoint) checkpoint = open_bytes (path, bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 1);
}

static void
test_every_truncation (void)
{
  g_autoptr (GByteArray) good = build_good ();

  for (guint length = 4; length < good->len; length += 3)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_byte_array_append (bytes, good->data, length);
      assert_refused (path, "truncated", bytes, AM_ERROR_CORRUPT, "incomplete download or copy");
    }
}

/* Archives by their entries; data.pkl is that of a good file. */
typedef struct
{
  const char *names[4];
  AmError code;
  const char *message;
} Listing;

static const Listing listings[] = {
  { { "a/x.npy" }, AM_ERROR_UNSUPPORTED, "without a data.pkl" },
  { { "data.pkl" }, AM_ERROR_UNSUPPORTED, "without a data.pkl" },
  { { "/data.pkl" }, AM_ERROR_UNSUPPORTED, "without a data.pkl" },
  { { "../data.pkl" }, AM_ERROR_CORRUPT, "the archive's folder" },
  { { "a/b/data.pkl" }, AM_ERROR_UNSUPPORTED, "without a data.pkl" },
  { { "a/data.pkl", "b/data.pkl" }, AM_ERROR_CORRUPT, "two files named data.pkl" },
  { { "a/data.pkl", "a/data.pkl" }, AM_ERROR_CORRUPT, "two entries are named" },
  { { "a/data.pkl", "a/constants.pkl", "a/code/x.py" }, AM_ERROR_UNSUPPORTED, "TorchScript" },
  { { "a/data.pkl", "a/evil.py" }, AM_ERROR_CORRUPT, "no place in a torch file" },
  { { "a/data.pkl", "b/data/0" }, AM_ERROR_CORRUPT, "no place in a torch file" },
  { { "a/data.pkl", "a/data/../0" }, AM_ERROR_CORRUPT, "no place in a torch file" },
  { { "a/data.pkl", "a/data/" }, AM_ERROR_CORRUPT, "no place in a torch file" },
  { {
        "a/data.pkl",
        "a/..",
    },
    AM_ERROR_CORRUPT,
    "no place in a torch file" },
  { { "a/data.pkl", "/etc/passwd" }, AM_ERROR_CORRUPT, "no place in a torch file" },
  { { "a/data.pkl" }, AM_ERROR_CORRUPT, "its storage \"0\" is not in the file" },
  { { "a/data.pkl", "a/data/1" }, AM_ERROR_CORRUPT, "its storage \"0\" is not in the file" },
  { { "a/data.pkl", "a/data/00" }, AM_ERROR_CORRUPT, "its storage \"0\" is not in the file" },
};

static void
test_listings (void)
{
  g_autoptr (GByteArray) pickle = pickle_begin_dict ();

  pickle_tensor (pickle, "x", "FloatStorage", "0", 6, 0, "2,3", "3,1");
  pickle_end_dict (pickle);
  for (guint i = 0; i < G_N_ELEMENTS (listings); i++)
    {
      ZipFile files[4];
      gsize n = 0;
      for (; n < 4 && listings[i].names[n] != NULL; n++)
        files[n] = (ZipFile){ listings[i].names[n], pickle->data, pickle->len };
      g_autoptr (GByteArray) bytes = zip_build (files, n);
      assert_refused (path, listings[i].message, bytes, listings[i].code, listings[i].message);
    }
}

/* A tensor over a storage "0" of 24 bytes. */
typedef struct
{
  const char *type;
  const char *key;
  gint64 n;
  gint64 offset;
  const char *shape;
  const char *strides;
  AmError code;
  const char *message;
} Claim;

static const Claim claims[] = {
  { "FloatStorage", "0", 7, 0, "2,3", "3,1", AM_ERROR_CORRUPT,
    "claims 7 elements of 4 bytes, the file holds 24" },
  { "FloatStorage", "0", 5, 0, "2", "1", AM_ERROR_CORRUPT, "claims 5 elements" },
  { "HalfStorage", "0", 6, 0, "2,3", "3,1", AM_ERROR_CORRUPT, "claims 6 elements of 2 bytes" },
  { "FloatStorage", "0", G_MAXINT64, 0, "2", "1", AM_ERROR_CORRUPT, "claims 9223372036854775807 elements" },
  { "FloatStorage", "0", 0x4000000000000006, 0, "2", "1", AM_ERROR_CORRUPT,
    "claims 4611686018427387910 elements" },
  { "FloatStorage", "0", -6, 0, "2", "1", AM_ERROR_CORRUPT, "negative" },
  { "FloatStorage", "1", 6, 0, "2", "1", AM_ERROR_CORRUPT, "storage \"1\" is not in the file" },
  { "FloatStorage", "", 6, 0, "2", "1", AM_ERROR_CORRUPT, "is not in the file" },
  { "FloatStorage", "../data/0", 6, 0, "2", "1", AM_ERROR_CORRUPT, "is not in the file" },
  { "FloatStorage", "../../etc/passwd", 6, 0, "2", "1", AM_ERROR_CORRUPT, "is not in the file" },
  { "FloatStorage", "0", 6, -1, "2", "1", AM_ERROR_CORRUPT, "offset is negative" },
  { "FloatStorage", "0", 6, 1, "2,3", "3,1", AM_ERROR_CORRUPT, "reaches to byte 28" },
  { "FloatStorage", "0", 6, 7, "0", "1", AM_ERROR_CORRUPT, "reaches to byte 28" },
  { "FloatStorage", "0", 6, 0, "7", "1", AM_ERROR_CORRUPT, "reaches to byte 28" },
  { "FloatStorage", "0", 6, 0, "2,3", "4,1", AM_ERROR_CORRUPT, "reaches to byte 28" },
  { "FloatStorage", "0", 6, G_MAXINT64, "2", "1", AM_ERROR_CORRUPT, "64 bits" },
  { "FloatStorage", "0", 6, 0, "-2,3", "3,1", AM_ERROR_CORRUPT, "shape holds a negative number" },
  { "FloatStorage", "0", 6, 0, "2,3", "-3,1", AM_ERROR_CORRUPT, "stride holds a negative number" },
  { "FloatStorage", "0", 6, 0, "2,3", "3", AM_ERROR_CORRUPT, "2 axes and 1 strides" },
  { "FloatStorage", "0", 6, 0, "4294967296,4294967296,4294967296", "0,0,0", AM_ERROR_CORRUPT, "64 bits" },
  { "FloatStorage", "0", 6, 0, "4294967297,2", "4294967296,1", AM_ERROR_CORRUPT, "64 bits" },
  { "FloatStorage", "0", 6, 0, "2", "9223372036854775807", AM_ERROR_CORRUPT, "64 bits" },
  { "FloatStorage", "0", 6, 0, "1000000000", "0", AM_ERROR_CORRUPT, "more than 16 times the file's size" },
  { "FloatStorage", "0", 6, 0, "4611686018427387904", "0", AM_ERROR_CORRUPT, "64 bits" },
  { "QInt8Storage", "0", 6, 0, "2", "1", AM_ERROR_UNSUPPORTED, "quantised tensors (QInt8Storage)" },
  { "QUInt4x2Storage", "0", 6, 0, "2", "1", AM_ERROR_UNSUPPORTED, "quantised tensors" },
  { "ComplexDoubleStorage", "0", 6, 0, "2", "1", AM_ERROR_UNSUPPORTED, "ComplexDoubleStorage is not read" },
  { "UntypedStorage", "0", 24, 0, "2", "1", AM_ERROR_UNSUPPORTED, "UntypedStorage is not read" },
  { "FooStorage", "0", 6, 0, "2", "1", AM_ERROR_CORRUPT, "not one torch has" },
};

static GByteArray *
build_claim (const Claim *claim)
{
  g_autoptr (GByteArray) pickle = pickle_begin_dict ();
  g_autoptr (GByteArray) data = floats (6);
  const GByteArray *const storages[] = { data };

  pickle_tensor (pickle, "x", claim->type, claim->key, claim->n, claim->offset, claim->shape, claim->strides);
  pickle_end_dict (pickle);
  return torch_build (pickle, storages, 1);
}

static void
test_claims (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (claims); i++)
    {
      g_autoptr (GByteArray) bytes = build_claim (&claims[i]);
      assert_refused (path, claims[i].message, bytes, claims[i].code, claims[i].message);
    }
}

#define REBUILD "ctorch._utils\n_rebuild_tensor_v2\n"
#define STORAGE                                                                                              \
  "(U\7storagectorch\nFloatStorage\nU\1"                                                                     \
  "0U\3cpuK\6tQ"

/* Pickles of whole files. */
static const struct
{
  const char *bytes;
  gsize length;
  AmError code;
  const char *message;
} pickles[] = {
  { BYTES ("\x80\x02N."), AM_ERROR_UNSUPPORTED, "the file holds None" },
  { BYTES ("\x80\x02]."), AM_ERROR_UNSUPPORTED, "the file holds a list" },
  { BYTES ("\x80\x02}."), AM_ERROR_UNSUPPORTED, "a dictionary without any" },
  { BYTES ("\x80\x02}U\1aNs.N."), AM_ERROR_CORRUPT, "goes on for 2 bytes after its end" },
  { BYTES ("\x80\x02}.\x80\x02"
           "cos\nsystem\nU\2id\x85R."),
    AM_ERROR_CORRUPT, "goes on for" },
  { BYTES ("\x80\x02"
           "cos\nsystem\nU\2id\x85R."),
    AM_ERROR_UNSUPPORTED, "whole pickled object (os.system)" },
  { BYTES ("\x80\x02"
           "cyolo\nModel\n)\x81}b."),
    AM_ERROR_UNSUPPORTED, "whole pickled object (yolo.Model)" },
  { BYTES ("\x80\x02}U\5model"
           "cyolo\nModel\n)\x81s."),
    AM_ERROR_UNSUPPORTED, "whole pickled object (yolo.Model)" },
  { BYTES ("\x80\x02}K\1" REBUILD "(" STORAGE "K\0)))\x89}tRs."), AM_ERROR_UNSUPPORTED,
    "a dictionary without any" },
  { BYTES ("\x80\x02" REBUILD "(" STORAGE "K\0))\x89}tR."), AM_ERROR_UNSUPPORTED,
    "one tensor without a name" },
  { BYTES ("\x80\x02}U\1x" REBUILD ")Rs."), AM_ERROR_CORRUPT, "rebuilt from 0 arguments" },
  { BYTES ("\x80\x02}U\1x" REBUILD "(" STORAGE "K\0))tRs."), AM_ERROR_CORRUPT, "rebuilt from 4 arguments" },
  { BYTES ("\x80\x02}U\1x" REBUILD "(NK\0))\x89}tRs."), AM_ERROR_CORRUPT,
    "what should be a storage is none" },
  { BYTES ("\x80\x02}U\1x" REBUILD "(NQK\0))\x89}tRs."), AM_ERROR_CORRUPT, "a persistent id is not" },
  { BYTES ("\x80\x02}U\1x" REBUILD "((U\6modulecm\nM\nNNNtQK\0))\x89}tRs."), AM_ERROR_CORRUPT,
    "a persistent id is not" },
  { BYTES ("\x80\x02}U\1x" REBUILD "((U\7storagecos\nsystem\nU\1"
           "0U\3cpuK\6tQK\0))\x89}tRs."),
    AM_ERROR_CORRUPT, "not one torch has" },
  { BYTES ("\x80\x02}U\1x" REBUILD "((U\7storagectorch\nFloatStorage\nK\0U\3cpuK\6tQK\0))\x89}tRs."),
    AM_ERROR_CORRUPT, "key of a storage is not a string" },
  { BYTES ("\x80\x02}U\1x" REBUILD "((U\7storagectorch\nFloatStorage\nU\1"
           "0U\3cpuU\1"
           "6tQK\0))\x89}tRs."),
    AM_ERROR_CORRUPT, "negative or no number" },
  { BYTES ("\x80\x02}U\1x" REBUILD "(" STORAGE "U\1"
           "0))\x89}tRs."),
    AM_ERROR_CORRUPT, "offset is negative or no number" },
  { BYTES ("\x80\x02}U\1x" REBUILD "(" STORAGE "K\0]]\x89}tRs."), AM_ERROR_CORRUPT, "its shape is a list" },
  { BYTES ("\x80\x02}U\1x" REBUILD "(" STORAGE "K\0U\1"
           "a\x85K\1\x85\x89}tRs."),
    AM_ERROR_CORRUPT, "negative number or something else" },
  { BYTES ("\x80\x02}U\1x" REBUILD "(" STORAGE "K\0))\x89}}U\4conj\x88stRs."), AM_ERROR_UNSUPPORTED,
    "\"conj\"" },
  { BYTES ("\x80\x02}U\1x" REBUILD "(" STORAGE "K\0))\x89}}U\3neg\x88stRs."), AM_ERROR_UNSUPPORTED,
    "\"neg\"" },
  { BYTES ("\x80\x02}U\1x"
           "ctorch._utils\n_rebuild_qtensor\n)Rs."),
    AM_ERROR_UNSUPPORTED, "_rebuild_qtensor" },
  { BYTES ("\x80\x02}U\1x"
           "ctorch._utils\n_rebuild_sparse_tensor\n)Rs."),
    AM_ERROR_UNSUPPORTED, "sparse" },
  { BYTES ("\x80\x02}U\1x"
           "ctorch._utils\n_rebuild_parameter\n)Rs."),
    AM_ERROR_UNSUPPORTED, "_rebuild_parameter" },
  { BYTES ("\x80\x02}U\1x"
           "ctorch._utils\n_rebuild_parameter\n(h\0tRs."),
    AM_ERROR_CORRUPT, "memo 0" },
  { BYTES ("\x80\x02}U\1\xff" REBUILD "(" STORAGE "K\0))\x89}tRs."), AM_ERROR_CORRUPT, "is not UTF-8" },
  { BYTES ("\x80\x02}U\1\0" REBUILD "(" STORAGE "K\0))\x89}tRs."), AM_ERROR_CORRUPT, "is not UTF-8" },
  { BYTES ("\x80\x02}(U\1x" REBUILD "(" STORAGE "K\0))\x89}tRU\1x" REBUILD "(" STORAGE "K\0))\x89}tRu."),
    AM_ERROR_CORRUPT, "twice" },
  { BYTES ("\x80\x02}q\0U\5modelh\0s."), AM_ERROR_UNSUPPORTED, "a dictionary without any" },
};

static GByteArray *
build_pickle (const char *bytes, gsize length)
{
  g_autoptr (GByteArray) pickle = g_byte_array_new ();
  g_autoptr (GByteArray) data = floats (6);
  const GByteArray *const storages[] = { data };

  put (pickle, bytes, length);
  return torch_build (pickle, storages, 1);
}

static void
test_pickles (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (pickles); i++)
    {
      g_autoptr (GByteArray) bytes = build_pickle (pickles[i].bytes, pickles[i].length);
      assert_refused (path, pickles[i].message, bytes, pickles[i].code, pickles[i].message);
    }
}

/* Dictionaries within dictionaries, each twice in the next, no tensor anywhere: the walk is bounded. */
static void
test_dictionary_bomb (void)
{
  g_autoptr (GByteArray) pickle = g_byte_array_new ();

  pickle_begin (pickle);
  put (pickle, BYTES ("}q\0\x30"));
  for (guint8 i = 0; i < 60; i++)
    {
      const guint8 step[] = { '}', 'q', i + 1, '(', 'U', 1, 'a', 'h', i, 'U', 1, 'b', 'h', i, 'u', '0' };
      g_byte_array_append (pickle, step, sizeof step);
    }
  put (pickle, BYTES ("h\x3c."));
  g_autoptr (GByteArray) bytes = build_pickle ((const char *)pickle->data, pickle->len);
  assert_refused (path, "bomb", bytes, AM_ERROR_UNSUPPORTED, "a dictionary without any");
}

/* A dictionary of tensors under long names, reached by 2^15 paths. */
static void
test_name_bomb (void)
{
  g_autoptr (GByteArray) pickle = g_byte_array_new ();
  g_autofree char *name = g_strnfill (200, 'n');

  pickle_begin (pickle);
  put (pickle, BYTES ("}q\0("));
  pickle_tensor (pickle, name, "FloatStorage", "0", 6, 0, "0", "1");
  put (pickle, BYTES ("u\x30"));
  for (guint8 i = 0; i < 15; i++)
    {
      const guint8 first[] = { '}', 'q', i + 1, '(' };
      const guint8 value[] = { 'h', i };
      g_byte_array_append (pickle, first, sizeof first);
      name[0] = 'a';
      pickle_text (pickle, name);
      g_byte_array_append (pickle, value, sizeof value);
      name[0] = 'b';
      pickle_text (pickle, name);
      g_byte_array_append (pickle, value, sizeof value);
      put (pickle, BYTES ("u\x30"));
    }
  put (pickle, BYTES ("h\x0f."));
  g_autoptr (GByteArray) bytes = build_pickle ((const char *)pickle->data, pickle->len);
  assert_refused (path, "names", bytes, AM_ERROR_CORRUPT, "a name has");
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  path = g_build_filename (folder, "model.ckpt", NULL);
  g_test_add_func ("/torch-refused/patched", test_patched);
  g_test_add_func ("/torch-refused/both-compressed", test_both_compressed);
  g_test_add_func ("/torch-refused/wrong-checksum", test_wrong_checksum);
  g_test_add_func ("/torch-refused/every-truncation", test_every_truncation);
  g_test_add_func ("/torch-refused/listings", test_listings);
  g_test_add_func ("/torch-refused/claims", test_claims);
  g_test_add_func ("/torch-refused/pickles", test_pickles);
  g_test_add_func ("/torch-refused/dictionary-bomb", test_dictionary_bomb);
  g_test_add_func ("/torch-refused/name-bomb", test_name_bomb);
  status = g_test_run ();
  fixture_remove_folder (folder);
  g_free (path);
  return status;
}
