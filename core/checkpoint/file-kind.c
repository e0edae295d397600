#include "checkpoint/file-kind.h"

#include <string.h>

typedef struct
{
  AmFileKind kind;
  gsize offset;
  gsize length;
  const char *bytes;
} Signature;

/* The first that matches decides. */
static const Signature signatures[] = {
  { AM_FILE_KIND_LFS_POINTER, 0, 23, "version https://git-lfs" },
  { AM_FILE_KIND_TORCH_ZIP, 0, 4, "PK\x03\x04" },
  { AM_FILE_KIND_TORCH_ZIP, 0, 4, "PK\x05\x06" },
  { AM_FILE_KIND_GGUF, 0, 4, "GGUF" },
  { AM_FILE_KIND_PNG, 0, 8, "\x89PNG\r\n\x1a\n" },
  { AM_FILE_KIND_JPEG, 0, 3, "\xff\xd8\xff" },
  { AM_FILE_KIND_SEVEN_ZIP, 0, 6, "7z\xbc\xaf\x27\x1c" },
  { AM_FILE_KIND_RAR, 0, 6, "Rar!\x1a\x07" },
  { AM_FILE_KIND_GZIP, 0, 3, "\x1f\x8b\x08" },
  { AM_FILE_KIND_ZSTD, 0, 4, "\x28\xb5\x2f\xfd" },
  { AM_FILE_KIND_NPY, 0, 6, "\x93NUMPY" },
  { AM_FILE_KIND_HDF5, 0, 8, "\x89HDF\r\n\x1a\n" },
  { AM_FILE_KIND_GGML_OLD, 0, 4, "lmgg" },
  { AM_FILE_KIND_GGML_OLD, 0, 4, "tjgg" },
  { AM_FILE_KIND_GGML_OLD, 0, 4, "fmgg" },
  { AM_FILE_KIND_TAR, 257, 5, "ustar" },
};

/* Words with which the texts begin that servers send in place of a file; case does not matter. */
static const struct
{
  AmFileKind kind;
  const char *word;
} texts[] = {
  { AM_FILE_KIND_HTML, "<!doctype html" },
  { AM_FILE_KIND_HTML, "<html" },
  { AM_FILE_KIND_HTML, "<head" },
  { AM_FILE_KIND_XML, "<?xml" },
};

static gboolean
is_space (guint8 byte)
{
  return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static gsize
skip_space (const guint8 *start, gsize from, gsize n)
{
  while (from < n && is_space (start[from]))
    from++;
  return from;
}

static AmFileKind
sniff_text (const guint8 *start, gsize n)
{
  gsize begin = n >= 3 && memcmp (start, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

  begin = skip_space (start, begin, n);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (n - begin >= strlen (texts[i].word)
        && g_ascii_strncasecmp ((const char *)start + begin, texts[i].word, strlen (texts[i].word)) == 0)
      return texts[i].kind;
  if (begin < n && start[begin] == '{')
    return AM_FILE_KIND_JSON;
  return AM_FILE_KIND_UNKNOWN;
}

static gboolean
is_all_zero (const guint8 *start, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (start[i] != 0)
      return FALSE;
  return TRUE;
}

/* The upper half of the length, which is zero in every file a reader accepts, or what there is of it. */
static gboolean
has_small_length (const guint8 *start, gsize n)
{
  return n <= 4 || is_all_zero (start + 4, MIN (n, 8) - 4);
}

static gboolean
is_safetensors (const guint8 *start, gsize n)
{
  gsize begin = skip_space (start, 8, n);

  return n > 8 && has_small_length (start, n) && (begin == n || start[begin] == '{' || start[begin] == '[');
}

/* Protocols 2 to 5, and the opcodes with which writers begin a state dict. */
static gboolean
is_pickle (const guint8 *start, gsize n)
{
  return n > 2 && start[0] == 0x80 && start[1] >= 2 && start[1] <= 5
         && memchr ("c}(\x95]\x8a\x8cXK", start[2], 9) != NULL;
}

/* PyTorch's magic number as LONG1, behind the protocol and, from protocol 4 on, a frame. */
static gboolean
is_torch_legacy (const guint8 *start, gsize n)
{
  static const guint8 magic[] = { 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19 };

  return n > 0 && start[0] == 0x80 && memmem (start, MIN (n, 32), magic, sizeof magic) != NULL;
}

AmFileKind
am_file_kind_sniff (const guint8 *start, gsize n)
{
  AmFileKind kind;

  if (n == 0)
    return AM_FILE_KIND_EMPTY;
  /* First, because the length of a header may spell anything: 559903 begins a gzip file. */
  if (is_safetensors (start, n))
    return AM_FILE_KIND_SAFETENSORS;
  for (guint i = 0; i < G_N_ELEMENTS (signatures); i++)
    {
      const Signature *signature = &signatures[i];

      if (n >= signature->offset + signature->length
          && memcmp (start + signature->offset, signature->bytes, signature->length) == 0)
        return signature->kind;
    }
  if (n >= AM_FILE_KIND_BYTES && is_all_zero (start, n))
    return AM_FILE_KIND_ZEROS;
  if (is_torch_legacy (start, n))
    return AM_FILE_KIND_TORCH_LEGACY;
  kind = sniff_text (start, n);
  if (kind != AM_FILE_KIND_UNKNOWN)
    return kind;
  if (is_pickle (start, n))
    return AM_FILE_KIND_PICKLE;
  if (n > 2 && start[0] == 0x08 && start[1] <= 10 && start[2] == 0x12)
    return AM_FILE_KIND_ONNX;
  if (n <= 8 && has_small_length (start, n))
    return AM_FILE_KIND_SAFETENSORS;
  return AM_FILE_KIND_UNKNOWN;
}

static const char *
describe (AmFileKind kind)
{
  switch (kind)
    {
    case AM_FILE_KIND_EMPTY:
      return "the file is empty; copy or download it again";
    case AM_FILE_KIND_ZEROS:
      return "the file begins with nothing but zero bytes: a download or copy that was never filled; fetch "
             "it again";
    case AM_FILE_KIND_JSON:
      return "this is a JSON text, not a model; give the model file or the folder that holds it";
    case AM_FILE_KIND_PICKLE:
      return "this is a pickle that PyTorch did not write; load it where it was made and save it as "
             "safetensors";
    case AM_FILE_KIND_TAR:
      return "this is a tar archive (PyTorch before 0.1.10 wrote those); unpack it, or save it anew as "
             "safetensors";
    case AM_FILE_KIND_PNG:
    case AM_FILE_KIND_JPEG:
      return "this is a picture, not a model";
    case AM_FILE_KIND_LFS_POINTER:
      return "this is a Git LFS pointer, not the model itself: run \"git lfs pull\" in that repository";
    case AM_FILE_KIND_HTML:
      return "this is an HTML page saved under a model's name: the download needs a login or its address is "
             "wrong";
    case AM_FILE_KIND_XML:
      return "this is an XML text saved under a model's name: probably a server's error message; download it "
             "again";
    case AM_FILE_KIND_SEVEN_ZIP:
      return "this is a 7z archive: unpack it first";
    case AM_FILE_KIND_RAR:
      return "this is a RAR archive: unpack it first";
    case AM_FILE_KIND_GZIP:
      return "this is a gzip file: unpack it first";
    case AM_FILE_KIND_ZSTD:
      return "this is a zstd file: unpack it first";
    case AM_FILE_KIND_NPY:
      return "this is a NumPy array, not a model";
    case AM_FILE_KIND_HDF5:
      return "this is an HDF5 file (Keras weights?); convert it to safetensors first";
    case AM_FILE_KIND_ONNX:
      return "this looks like an ONNX model; Amalgam merges the checkpoints such models are exported from";
    case AM_FILE_KIND_GGML_OLD:
      return "this is a GGML file of the time before GGUF; convert it to GGUF or safetensors first";
    default:
      return "not a kind of file Amalgam knows: safetensors, PyTorch (.ckpt .pt .pth .bin) and GGUF are read";
    }
}

void
am_file_kind_set_error (AmFileKind kind, const char *path, GError **error)
{
  gboolean is_broken = kind == AM_FILE_KIND_EMPTY || kind == AM_FILE_KIND_ZEROS;

  g_set_error (error, AM_ERROR, is_broken ? AM_ERROR_CORRUPT : AM_ERROR_UNSUPPORTED, "%s: %s", path,
               describe (kind));
}
