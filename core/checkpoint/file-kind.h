/* What a file is, found from its first bytes; and which file a folder means. */
#pragma once

#include <glib.h>

#include "base/error.h"

G_BEGIN_DECLS

typedef enum
{
  AM_FILE_KIND_UNKNOWN,
  AM_FILE_KIND_EMPTY,
  AM_FILE_KIND_SAFETENSORS,
  AM_FILE_KIND_TORCH_ZIP, /* any zip archive: its reader says whether PyTorch wrote it */
  AM_FILE_KIND_TORCH_LEGACY,
  AM_FILE_KIND_GGUF,
  AM_FILE_KIND_JSON,   /* a shard index, or another JSON text */
  AM_FILE_KIND_PICKLE, /* a pickle without PyTorch's magic number */
  AM_FILE_KIND_TAR,
  AM_FILE_KIND_PNG,
  AM_FILE_KIND_JPEG,
  AM_FILE_KIND_LFS_POINTER,
  AM_FILE_KIND_HTML,
  AM_FILE_KIND_XML,
  AM_FILE_KIND_SEVEN_ZIP,
  AM_FILE_KIND_RAR,
  AM_FILE_KIND_GZIP,
  AM_FILE_KIND_ZSTD,
  AM_FILE_KIND_NPY,
  AM_FILE_KIND_HDF5,
  AM_FILE_KIND_ONNX,
  AM_FILE_KIND_GGML_OLD,
  AM_FILE_KIND_ZEROS, /* nothing but zero bytes: a copy that was never filled */
} AmFileKind;

/* Enough of a file to tell its kind. */
#define AM_FILE_KIND_BYTES 512

/**
 * am_file_kind_sniff:
 * @start: first bytes of the file, %AM_FILE_KIND_BYTES of them or all there are
 * @n: bytes at @start
 *
 * A file that resembles nothing else is taken for safetensors when a JSON text may begin at its ninth byte, or
 * when it was cut before that.
 * Thread-safe.
 */
AmFileKind am_file_kind_sniff (const guint8 *start, gsize n);

/* Sets UNSUPPORTED, or CORRUPT for files that hold no model at all, saying what the file is and what to do.
 */
void am_file_kind_set_error (AmFileKind kind, const char *path, GError **error);

typedef enum
{
  AM_FOLDER_KIND_DIFFUSERS, /* has model_index.json */
  AM_FOLDER_KIND_INDEX,     /* has a shard index */
  AM_FOLDER_KIND_FILE,      /* has one model file */
} AmFolderKind;

/**
 * am_folder_find:
 * @folder: path of a folder
 * @kind: (out): what it holds
 * @note: (out) (transfer full) (nullable): what was passed over, or %NULL
 *
 * Full-precision files go before variants (".fp16."), safetensors before pickles.
 *
 * Returns: (transfer full) (nullable): path of the index or model file; for a diffusers folder the folder
 * itself. Errors: NOT_READABLE, UNSUPPORTED (no model, or several to choose from: the message lists them).
 */
char *am_folder_find (const char *folder, AmFolderKind *kind, char **note, GError **error);

G_END_DECLS
