/* A checkpoint: named tensors in one or several files, whatever the container. */
#pragma once

#include <glib.h>

#include "base/dtype.h"
#include "base/error.h"

G_BEGIN_DECLS

typedef struct _AmCheckpoint AmCheckpoint;

typedef enum
{
  AM_CONTAINER_SAFETENSORS,
  AM_CONTAINER_SHARDED,   /* safetensors (or torch) shards with an index */
  AM_CONTAINER_TORCH_ZIP,
  AM_CONTAINER_TORCH_LEGACY,
  AM_CONTAINER_GGUF,
  AM_CONTAINER_DIFFUSERS, /* folder with model_index.json; names are mapped to the original layout */
} AmContainer;

typedef struct _AmTensorStorage AmTensorStorage;

/**
 * AmTensor:
 * @name: UTF-8, unique in the checkpoint; for diffusers folders the original-layout name
 * @dtype: type of the values as handed out; a packed tensor (scaled fp8, Q8_0) shows the type it
 *   dequantises to
 * @stored: how the file keeps it, for people: "F16", "Q8_0", "F8_E4M3 scaled"
 * @n_dims: 0 for a scalar
 * @shape: [n_dims], slowest first
 * @length: elements
 * @size: bytes of the values as handed out: length * bits (dtype) / 8
 * @storage: where the bytes are; private to core/checkpoint
 */
typedef struct
{
  const char *name;
  AmDtype dtype;
  const char *stored;
  guint n_dims;
  const guint64 *shape;
  guint64 length;
  guint64 size;
  const AmTensorStorage *storage;
} AmTensor;

/**
 * am_checkpoint_open:
 * @path: a file, a sharded folder, an index file or a diffusers folder
 *
 * Reads headers only; tensor bytes are read on demand with pread, never mapped. The kind of file is found
 * from its content, not from its name. Nothing in a file is ever executed.
 *
 * Thread-safe. Returns: (transfer full) (nullable): free with am_checkpoint_free().
 * Errors: NOT_FOUND, NOT_READABLE, CORRUPT, UNSUPPORTED.
 */
AmCheckpoint *am_checkpoint_open (const char *path, GError **error);
void am_checkpoint_free (AmCheckpoint *checkpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmCheckpoint, am_checkpoint_free)

const char *am_checkpoint_get_path (const AmCheckpoint *checkpoint);
AmContainer am_checkpoint_get_container (const AmCheckpoint *checkpoint);
const char *am_container_get_title (AmContainer container);

/* Files the checkpoint is made of, as paths; the first is the index or the file itself. */
guint am_checkpoint_get_n_files (const AmCheckpoint *checkpoint);
const char *am_checkpoint_get_file (const AmCheckpoint *checkpoint, guint index);

/* Bytes of all files. */
guint64 am_checkpoint_get_file_size (const AmCheckpoint *checkpoint);

/* Tensors, sorted by name as bytes (strcmp). */
guint am_checkpoint_get_n_tensors (const AmCheckpoint *checkpoint);
const AmTensor *am_checkpoint_get_tensor (const AmCheckpoint *checkpoint, guint index);

/* The tensor of that name, or %NULL; @index (optional) gets its number. */
const AmTensor *am_checkpoint_find (const AmCheckpoint *checkpoint, const char *name, guint *index);

/* Header metadata: string to string, or %NULL when there is none. Borrowed. */
GHashTable *am_checkpoint_get_metadata (const AmCheckpoint *checkpoint);

/* Things worth telling that are no errors: "3 objects in the pickle were ignored". %NULL-terminated. */
const char *const *am_checkpoint_get_notes (const AmCheckpoint *checkpoint);

/**
 * am_checkpoint_read_bytes:
 * @tensor: one of @checkpoint's
 * @offset: first byte within the tensor's values
 * @size: bytes wanted; offset + size <= tensor->size
 * @dest: at least @size bytes
 *
 * The values as tensor->dtype, little endian, C order, whatever strides or packing the file has. For packed
 * tensors @offset and @size must be whole elements.
 *
 * Thread-safe. Errors: NOT_READABLE (also when the file became shorter).
 */
gboolean am_checkpoint_read_bytes (AmCheckpoint *checkpoint, const AmTensor *tensor, guint64 offset, gsize size,
                                   gpointer dest, GError **error);

/**
 * am_checkpoint_read_floats:
 * @first: flat index of the first element
 * @n: elements; first + n <= tensor->length
 * @dest: [n] float32
 *
 * The values widened to float32; tensor->dtype must be mergeable. F64 values are rounded.
 * Thread-safe. Errors: as am_checkpoint_read_bytes().
 */
gboolean am_checkpoint_read_floats (AmCheckpoint *checkpoint, const AmTensor *tensor, guint64 first, gsize n,
                                    float *dest, GError **error);

/* The same in double, exact for every mergeable type. */
gboolean am_checkpoint_read_doubles (AmCheckpoint *checkpoint, const AmTensor *tensor, guint64 first, gsize n,
                                     double *dest, GError **error);

/**
 * AmTensorRead: gives the values of a tensor in the place of the file
 *
 * Arguments, result and errors as in am_checkpoint_read_bytes(), and the same duties: any range of bytes, from
 * many threads at once. May call am_checkpoint_read_stored().
 */
typedef gboolean (*AmTensorRead) (AmCheckpoint *checkpoint, const AmTensor *tensor, guint64 offset,
                                    gsize size, gpointer dest, gpointer user_data, GError **error);

/**
 * am_checkpoint_set_reader:
 * @tensor: one of @checkpoint's
 * @reader: (nullable): what am_checkpoint_read_bytes(), _floats() and _doubles() hand out for @tensor from now
 *   on; %NULL: what the file holds
 * @user_data: freed by @destroy when the reader is replaced and with the checkpoint
 *
 * The numbers of a packed tensor are then those of its bytes, rounded to tensor->dtype. Not thread-safe: call
 * before others read.
 */
void am_checkpoint_set_reader (AmCheckpoint *checkpoint, const AmTensor *tensor, AmTensorRead reader,
                               gpointer user_data, GDestroyNotify destroy);

/* What the file holds, with or without a reader; otherwise am_checkpoint_read_bytes(). */
gboolean am_checkpoint_read_stored (AmCheckpoint *checkpoint, const AmTensor *tensor, guint64 offset,
                                    gsize size, gpointer dest, GError **error);

/* Lets the system fetch the whole of @tensor ahead, for one who is about to read it here and there. Returns
 * at once. Thread-safe. */
void am_checkpoint_prefetch (const AmCheckpoint *checkpoint, const AmTensor *tensor);

/* Whether size, mtime, ctime or inode of any file changed since it was opened: error MISMATCH naming it. */
gboolean am_checkpoint_check_unchanged (AmCheckpoint *checkpoint, GError **error);

/* Whether @path is one of the checkpoint's files (same device and inode). */
gboolean am_checkpoint_is_file (const AmCheckpoint *checkpoint, const char *path);

G_END_DECLS
