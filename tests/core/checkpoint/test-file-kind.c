#include "checkpoint/file-kind.h"

#include <string.h>

#include <glib/gstdio.h>

#include "checkpoint/checkpoint.h"
#include "fixture-checkpoint.h"

typedef struct
{
  const char *name;
  const char *bytes;
  gsize size;
  AmFileKind kind;
  const char *word; /* in the message of am_checkpoint_open(), or %NULL where a reader takes over */
} Sample;

#define BYTES(text) text, sizeof (text) - 1

static const Sample samples[] = {
  { "empty", BYTES (""), AM_FILE_KIND_EMPTY, "empty" },
  { "safetensors", BYTES ("\2\0\0\0\0\0\0\0{}"), AM_FILE_KIND_SAFETENSORS, NULL },
  { "safetensors-spaced", BYTES ("\4\0\0\0\0\0\0\0 \n{}"), AM_FILE_KIND_SAFETENSORS, NULL },
  { "safetensors-like-gzip", BYTES ("\x1f\x8b\x08\0\0\0\0\0{\""), AM_FILE_KIND_SAFETENSORS, NULL },
  { "zip", BYTES ("PK\3\4\24\0"), AM_FILE_KIND_TORCH_ZIP, NULL },
  { "zip-empty", BYTES ("PK\5\6\0\0"), AM_FILE_KIND_TORCH_ZIP, NULL },
  { "legacy", BYTES ("\x80\2\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19."), AM_FILE_KIND_TORCH_LEGACY, NULL },
  { "legacy-protocol-4", BYTES ("\x80\4\x95\x0d\0\0\0\0\0\0\0\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19."),
    AM_FILE_KIND_TORCH_LEGACY, NULL },
  { "gguf", BYTES ("GGUF\3\0\0\0"), AM_FILE_KIND_GGUF, NULL },
  { "pickle", BYTES ("\x80\2}q\0."), AM_FILE_KIND_PICKLE, "pickle" },
  { "pickle-4", BYTES ("\x80\4\x95\6\0\0\0\0\0\0\0}\x94."), AM_FILE_KIND_PICKLE, "pickle" },
  { "png", BYTES ("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), AM_FILE_KIND_PNG, "picture" },
  { "jpeg", BYTES ("\xff\xd8\xff\xe0\0\x10JFIF"), AM_FILE_KIND_JPEG, "picture" },
  { "lfs", BYTES ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    AM_FILE_KIND_LFS_POINTER, "git lfs pull" },
  { "html", BYTES ("<!DOCTYPE html><html>"), AM_FILE_KIND_HTML, "HTML" },
  { "html-spaced", BYTES ("\xef\xbb\xbf\n  <!doctype HTML>"), AM_FILE_KIND_HTML, "HTML" },
  { "html-bare", BYTES ("<HTML><body>"), AM_FILE_KIND_HTML, "HTML" },
  { "xml", BYTES ("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>"), AM_FILE_KIND_XML, "XML" },
  { "json", BYTES ("{\"error\": \"not found\"}"), AM_FILE_KIND_JSON, "JSON" },
  { "seven-zip", BYTES ("7z\xbc\xaf\x27\x1c\0\4"), AM_FILE_KIND_SEVEN_ZIP, "7z" },
  { "rar", BYTES ("Rar!\x1a\7\1\0"), AM_FILE_KIND_RAR, "RAR" },
  { "gzip", BYTES ("\x1f\x8b\x08\0\0"), AM_FILE_KIND_GZIP, "gzip" },
  { "zstd", BYTES ("\x28\xb5\x2f\xfd\4"), AM_FILE_KIND_ZSTD, "zstd" },
  { "npy", BYTES ("\x93NUMPY\1\0v\0{'descr'"), AM_FILE_KIND_NPY, "NumPy" },
  { "hdf5", BYTES ("\x89HDF\r\n\x1a\n\0"), AM_FILE_KIND_HDF5, "HDF5" },
  { "onnx", BYTES ("\x08\x07\x12\x07pytorch"), AM_FILE_KIND_ONNX, "ONNX" },
  { "ggml", BYTES ("tjgg\3\0\0\0"), AM_FILE_KIND_GGML_OLD, "GGML" },
  { "text", BYTES ("hello, world\n"), AM_FILE_KIND_UNKNOWN, "safetensors, PyTorch" },
  { "short", BYTES ("\2\0\0"), AM_FILE_KIND_SAFETENSORS, "incomplete" },
  { "short-text", BYTES ("hello\n"), AM_FILE_KIND_UNKNOWN, "safetensors, PyTorch" },
};

static void
test_sample (gconstpointer data)
{
  const Sample *sample = data;
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autofree guint8 *copy = g_memdup2 (sample->bytes, sample->size);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (am_file_kind_sniff (copy, sample->size), ==, sample->kind);
  if (!sample->word)
    {
      fixture_remove_folder (folder);
      return;
    }
  g_assert_true (g_file_set_contents (path, sample->bytes, (gssize)sample->size, NULL));
  g_assert_null (am_checkpoint_open (path, &error));
  g_assert_nonnull (error);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_assert_nonnull (strstr (error->message, sample->word));
  fixture_remove_folder (folder);
}

static void
test_tar_and_zeros (void)
{
  guint8 block[AM_FILE_KIND_BYTES] = { 0 };

  g_assert_cmpint (am_file_kind_sniff (block, sizeof block), ==, AM_FILE_KIND_ZEROS);
  memcpy (block, "sys_info", 8);
  memcpy (block + 257, "ustar", 5);
  g_assert_cmpint (am_file_kind_sniff (block, sizeof block), ==, AM_FILE_KIND_TAR);
  g_assert_cmpint (am_file_kind_sniff (block, 260), ==, AM_FILE_KIND_UNKNOWN);
}

/* Every start of every sample: nothing beyond the given bytes is read. */
static void
test_short_starts (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (samples); i++)
    for (gsize n = 0; n < samples[i].size; n++)
      {
        g_autofree guint8 *copy = g_memdup2 (samples[i].bytes, n);
        AmFileKind kind = am_file_kind_sniff (copy, n);

        g_assert_true (n > 0 ? kind != AM_FILE_KIND_EMPTY : kind == AM_FILE_KIND_EMPTY);
      }
}

typedef struct
{
  const char *name;
  const char *files; /* separated by blanks */
  const char *chosen;
  AmFolderKind kind;
  const char *note; /* a word of it */
} Listing;

static const Listing listings[] = {
  { "diffusers", "model_index.json model.safetensors", "", AM_FOLDER_KIND_DIFFUSERS, NULL },
  { "index", "model.safetensors.index.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors",
    "model.safetensors.index.json", AM_FOLDER_KIND_INDEX, NULL },
  { "torch-index", "pytorch_model.bin.index.json pytorch_model-00001-of-00001.bin config.json",
    "pytorch_model.bin.index.json", AM_FOLDER_KIND_INDEX, NULL },
  { "other-index", "my.safetensors.index.json my-00001-of-00001.safetensors", "my.safetensors.index.json",
    AM_FOLDER_KIND_INDEX, NULL },
  { "index-variant",
    "diffusion_pytorch_model.safetensors.index.json diffusion_pytorch_model.safetensors.index.fp16.json",
    "diffusion_pytorch_model.safetensors.index.json", AM_FOLDER_KIND_INDEX, "index.fp16.json" },
  { "only-index-variant", "diffusion_pytorch_model.safetensors.index.fp16.json x-00001-of-00002.safetensors",
    "diffusion_pytorch_model.safetensors.index.fp16.json", AM_FOLDER_KIND_INDEX, NULL },
  { "model", "model.safetensors pytorch_model.bin README.md", "model.safetensors", AM_FOLDER_KIND_FILE,
    NULL },
  { "model-and-stranger", "model.safetensors adapter.safetensors", "model.safetensors", AM_FOLDER_KIND_FILE,
    NULL },
  { "variant", "diffusion_pytorch_model.fp16.safetensors diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.safetensors", AM_FOLDER_KIND_FILE, "fp16" },
  { "only-variant", "diffusion_pytorch_model.fp16.safetensors config.json",
    "diffusion_pytorch_model.fp16.safetensors", AM_FOLDER_KIND_FILE, NULL },
  { "bin", "pytorch_model.bin", "pytorch_model.bin", AM_FOLDER_KIND_FILE, NULL },
  { "one-of-any-name", "dream.safetensors preview.png", "dream.safetensors", AM_FOLDER_KIND_FILE, NULL },
  { "safetensors-before-ckpt", "dream.ckpt dream.safetensors", "dream.safetensors", AM_FOLDER_KIND_FILE,
    NULL },
  { "ckpt", "v1-5.ckpt v1-5.yaml", "v1-5.ckpt", AM_FOLDER_KIND_FILE, NULL },
  { "gguf", "flux.gguf", "flux.gguf", AM_FOLDER_KIND_FILE, NULL },
  { "hidden", ".a.safetensors b.safetensors", "b.safetensors", AM_FOLDER_KIND_FILE, NULL },
};

static char *
make_folder (const char *files)
{
  char *folder = fixture_new_folder ();
  g_auto (GStrv) names = g_strsplit (files, " ", -1);

  for (guint i = 0; names[i]; i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      if (names[i][0])
        g_assert_true (g_file_set_contents (path, "", 0, NULL));
    }
  return folder;
}

static void
test_listing (gconstpointer data)
{
  const Listing *listing = data;
  g_autofree char *folder = make_folder (listing->files);
  g_autofree char *expected
      = listing->chosen[0] ? g_build_filename (folder, listing->chosen, NULL) : g_strdup (folder);
  g_autofree char *note = NULL;
  g_autoptr (GError) error = NULL;
  AmFolderKind kind;
  g_autofree char *found = am_folder_find (folder, &kind, &note, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, expected);
  g_assert_cmpint (kind, ==, listing->kind);
  if (listing->note)
    g_assert_nonnull (strstr (note, listing->note));
  else
    g_assert_null (note);
  fixture_remove_folder (folder);
}

static void
check_no_model (const char *files, const char *word)
{
  g_autofree char *folder = make_folder (files);
  g_autofree char *note = NULL;
  g_autoptr (GError) error = NULL;
  AmFolderKind kind;

  g_assert_null (am_folder_find (folder, &kind, &note, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, word));
  g_assert_nonnull (strstr (error->message, folder));
  fixture_remove_folder (folder);
}

static void
test_no_model (void)
{
  check_no_model ("", "no model");
  check_no_model ("README.md config.json", "no model");
  check_no_model ("model-00001-of-00002.safetensors", "no model");
  check_no_model ("a.safetensors b.safetensors", "a.safetensors, b.safetensors");
  check_no_model ("a.ckpt b.ckpt", "several");
}

static void
test_folder_missing (void)
{
  g_autofree char *note = NULL;
  g_autoptr (GError) error = NULL;
  AmFolderKind kind;

  g_assert_null (am_folder_find ("/nowhere/at/all", &kind, &note, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_READABLE);
}

/* The content decides; a name that says otherwise is noted. */
static void
test_wrong_name (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (GError) error = NULL;

  fixture_add_random (fixture, "a", AM_DTYPE_F32, "2", 1, 1.0);
  path = fixture_write (fixture, folder, "model.ckpt");
  checkpoint = am_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (am_checkpoint_get_container (checkpoint), ==, AM_CONTAINER_SAFETENSORS);
  g_assert_nonnull (strstr (am_checkpoint_get_notes (checkpoint)[0], "safetensors file under another name"));
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autofree char *path = g_strdup_printf ("/file-kind/%s", samples[i].name);

      g_test_add_data_func (path, &samples[i], test_sample);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (listings); i++)
    {
      g_autofree char *path = g_strdup_printf ("/folder/%s", listings[i].name);

      g_test_add_data_func (path, &listings[i], test_listing);
    }
  g_test_add_func ("/file-kind/tar-and-zeros", test_tar_and_zeros);
  g_test_add_func ("/file-kind/short-starts", test_short_starts);
  g_test_add_func ("/folder/no-model", test_no_model);
  g_test_add_func ("/folder/missing", test_folder_missing);
  g_test_add_func ("/file-kind/wrong-name", test_wrong_name);
  return g_test_run ();
}
