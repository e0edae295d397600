/* What the readers of the several containers fill in. Only core/checkpoint includes this. */
#pragma once

#include "checkpoint/checkpoint.h"

G_BEGIN_DECLS

typedef enum
{
  AM_PACKING_PLAIN,
  AM_PACKING_SCALED, /* stored values times one float32 scale per tensor: fp8 with scale_weight */
  AM_PACKING_Q8_0,   /* GGUF blocks of 32: float16 scale, 32 signed bytes */
} AmPacking;

/* A run of a tensor's values in one file. A tensor is the concatenation of its pieces, in C order. */
typedef struct
{
  guint file;        /* index into the checkpoint's files */
  guint64 offset;    /* byte of the first element in the file */
  guint64 length;    /* elements */
  guint n_dims;      /* 0 when the piece is contiguous: then shape and strides are not used */
  const guint64 *shape;
  const guint64 *strides; /* elements, per axis of the piece; 0 repeats */
} AmTensorPiece;

struct _AmTensorStorage
{
  AmPacking packing;
  AmDtype dtype;     /* of the stored elements */
  float scale;       /* for AM_PACKING_SCALED */
  guint n_pieces;
  const AmTensorPiece *pieces;
};

/* Opens @path read-only as a regular file and remembers size, times and inode. Returns the file's index in
 * @checkpoint, or -1 with an error. A path that is a FIFO or a device is refused. */
gint am_checkpoint_add_file (AmCheckpoint *checkpoint, const char *path, GError **error);
guint64 am_checkpoint_file_size (const AmCheckpoint *checkpoint, guint file);

/* Reads exactly @size bytes; a short read is an error that says what the file promised. */
gboolean am_checkpoint_pread (const AmCheckpoint *checkpoint, guint file, guint64 offset, gsize size,
                              gpointer dest, GError **error);

/* Memory that lives as long as the checkpoint: names, shapes, pieces. Never %NULL. Zeroed. */
gpointer am_checkpoint_alloc (AmCheckpoint *checkpoint, gsize size);
const char *am_checkpoint_strndup (AmCheckpoint *checkpoint, const char *text, gsize length);

/* Adds a tensor whose strings, shape, storage and pieces come from am_checkpoint_alloc(). length and size
 * are computed here with overflow checks. Errors: CORRUPT for a duplicate name (found when the checkpoint is
 * finished) or a product that overflows. */
gboolean am_checkpoint_add_tensor (AmCheckpoint *checkpoint, const AmTensor *tensor, GError **error);

/* The common case: one contiguous piece, plain packing. */
gboolean am_checkpoint_add_plain (AmCheckpoint *checkpoint, const char *name, gsize name_length, AmDtype dtype,
                                  guint n_dims, const guint64 *shape, guint file, guint64 offset, GError **error);

void am_checkpoint_set_metadata (AmCheckpoint *checkpoint, const char *key, const char *value);
void am_checkpoint_add_note (AmCheckpoint *checkpoint, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* One reader each: fill @checkpoint from the file already added as number @file. */
gboolean am_safetensors_read (AmCheckpoint *checkpoint, guint file, GError **error);
gboolean am_torch_zip_read (AmCheckpoint *checkpoint, guint file, GError **error);
gboolean am_torch_legacy_read (AmCheckpoint *checkpoint, guint file, GError **error);
gboolean am_gguf_read (AmCheckpoint *checkpoint, guint file, GError **error);

/* Folders; @folder holds what the name says. */
gboolean am_shard_index_read (AmCheckpoint *checkpoint, const char *index_path, GError **error);
gboolean am_diffusers_read (AmCheckpoint *checkpoint, const char *folder, GError **error);

/* Recognises quantised tensors after the tensors are read: scaled fp8 becomes AM_PACKING_SCALED and its
 * helper tensors (scale_weight, scale_input, scaled_fp8) go; bitsandbytes, nvfp4, comfy_quant and the like are
 * refused by name: UNSUPPORTED. */
gboolean am_quantised_resolve (AmCheckpoint *checkpoint, GError **error);

/* The tensors while a reader or am_quantised_resolve() still edits them: AmTensor, unsorted. */
GArray *am_checkpoint_peek_tensors (AmCheckpoint *checkpoint);

G_END_DECLS
