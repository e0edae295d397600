/* What the readers of the several containers fill in. Only core/checkpoint includes this. */
#pragma once

#include "checkpoint/checkpoint.h"

G_BEGIN_DECLS

#define AM_MAX_RANK 64

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

/* A checkpoint without files or tensors; @path is what the user named. */
AmCheckpoint *am_checkpoint_new (const char *path);
void am_checkpoint_set_container (AmCheckpoint *checkpoint, AmContainer container);

/* Last step of opening: resolves quantised tensors, checks every piece against its file, sorts, and refuses
 * duplicate names. Errors: CORRUPT, UNSUPPORTED. */
gboolean am_checkpoint_finish (AmCheckpoint *checkpoint, GError **error);

/* Reads @path into @checkpoint with the reader its content asks for: a model file of any container, a shard
 * index, or a folder that holds one of these. Tensors are appended to those already there; the container is not
 * set. What am_checkpoint_open() does for one path, and what a folder of components does for each. */
gboolean am_checkpoint_read_path (AmCheckpoint *checkpoint, const char *path, GError **error);

/* Opens @path read-only as a regular file and remembers size, times and inode. Returns the file's index in
 * @checkpoint, or -1 with an error. A path that is a FIFO or a device is refused. */
gint am_checkpoint_add_file (AmCheckpoint *checkpoint, const char *path, GError **error);
guint64 am_checkpoint_file_size (const AmCheckpoint *checkpoint, guint file);

/* Reads exactly @size bytes; a short read is an error that says what the file promised. */
gboolean am_checkpoint_pread (const AmCheckpoint *checkpoint, guint file, guint64 offset, gsize size,
                              gpointer dest, GError **error);

/* Asks the system to fetch that part of a file. */
void am_checkpoint_advise (const AmCheckpoint *checkpoint, guint file, guint64 offset, guint64 size);

typedef struct
{
  AmTensorRead func;
  gpointer user_data;
  GDestroyNotify destroy;
} AmReaderHook;

/* The reader set for @tensor, or %NULL. */
const AmReaderHook *am_checkpoint_get_reader (const AmCheckpoint *checkpoint, const AmTensor *tensor);

/* Memory that lives as long as the checkpoint: names, shapes, pieces. Never %NULL. Zeroed. */
gpointer am_checkpoint_alloc (AmCheckpoint *checkpoint, gsize size);
const char *am_checkpoint_strndup (AmCheckpoint *checkpoint, const char *text, gsize length);

/* Adds a tensor whose strings, shape, storage and pieces come from am_checkpoint_alloc(). length and size
 * are computed here, and again when the checkpoint is finished. Errors: CORRUPT for a product that overflows, a
 * piece beyond its file, pieces that do not add up to the shape, a name that is no UTF-8. A strided piece has at
 * most %AM_MAX_RANK axes; pieces of types under 8 bits and of Q8_0 blocks are contiguous and hold whole bytes. */
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

/* The reader that fits the content of file number @file: one model file of any container. */
gboolean am_checkpoint_read_file (AmCheckpoint *checkpoint, guint file, GError **error);

/* Reads the shards that the index, already added as number @file, names in its own folder. */
gboolean am_shard_index_read (AmCheckpoint *checkpoint, guint file, GError **error);

/* @folder holds a model_index.json. */
gboolean am_diffusers_read (AmCheckpoint *checkpoint, const char *folder, GError **error);

/* Recognises quantised tensors after the tensors are read: scaled fp8 becomes AM_PACKING_SCALED and its
 * helper tensors (scale_weight, scale_input, scaled_fp8) go; bitsandbytes, nvfp4, comfy_quant and the like are
 * refused by name: UNSUPPORTED. */
gboolean am_quantised_resolve (AmCheckpoint *checkpoint, GError **error);

/* The tensors while a reader or am_quantised_resolve() still edits them: AmTensor, unsorted. */
GArray *am_checkpoint_peek_tensors (AmCheckpoint *checkpoint);

G_END_DECLS
