/* Arrays of numbers in files: tensors, IDX, NumPy. */
#pragma once

#include "dataset/dataset-private.h"

G_BEGIN_DECLS

#define AM_ARRAY_MAX_RANK 8

/**
 * AmArray:
 * @title: for messages: the file, with the tensor or member where it has several
 * @is_swapped: whether the values are big endian
 * @tensor: (nullable): what to read through am_checkpoint_read_bytes()
 * @memory: (nullable): the values, when the file has them compressed
 * @file, @offset: else where they are
 */
typedef struct
{
  char *title;
  AmDtype dtype;
  gboolean is_swapped;
  guint n_dims;
  guint64 shape[AM_ARRAY_MAX_RANK];
  guint64 length;
  AmCheckpoint *checkpoint; /* borrowed */
  const AmTensor *tensor;
  guint8 *memory;
  guint file;
  guint64 offset;
} AmArray;

void am_array_free (AmArray *array);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmArray, am_array_free)

/* Sets length to the product of the shape. Errors: CORRUPT when it overflows; UNSUPPORTED for types that are
 * no plain numbers. */
gboolean am_array_measure (AmArray *array, GError **error);

/* Bytes of all values. */
guint64 am_array_get_size (const AmArray *array);

/**
 * am_samples_new_from_arrays:
 * @kind: for people
 * @files: (transfer full): what the arrays lie in
 * @images: (transfer full): [N, C, H, W], [N, H, W, C] when only the last axis is 1 or 3 long, [N, H, W] or
 *   [N, features]
 * @labels: (transfer full) (nullable): integers, [N] or [N, 1]
 *
 * 8-bit values without sign are pixels, all others numbers. Errors: CORRUPT, UNSUPPORTED, MISMATCH.
 */
AmSamples *am_samples_new_from_arrays (const char *kind, AmCheckpoint *files, AmArray *images,
                                       AmArray *labels, GError **error);

/**
 * am_array_pick_names:
 * @has_name: whether the file has an array of that name
 * @images, @labels: (out) (nullable): the names that are there
 *
 * Which arrays of a file are pictures and labels. FALSE when there are no pictures.
 */
gboolean am_array_pick_names (gboolean (*has_name) (gpointer data, const char *name), gpointer data,
                              const char **images, const char **labels);

/* "images, pictures, ...": for messages. (transfer full) */
char *am_array_list_image_names (void);

/**
 * am_npy_read:
 * @memory: (transfer full) (nullable): the whole .npy file
 * @file, @offset: else where it lies in @checkpoint's files
 * @size: bytes of it
 *
 * Versions 1 to 3; numbers only, in C order. Returns: (transfer full) (nullable). Errors: CORRUPT,
 * UNSUPPORTED, NOT_READABLE.
 */
AmArray *am_npy_read (AmCheckpoint *checkpoint, guint file, guint64 offset, guint64 size, guint8 *memory,
                      const char *title, GError **error);

/**
 * am_inflate:
 * @format: of the compressed bytes
 * @size: bytes to have at most
 * @n_out: (out): bytes there are
 *
 * Decompresses the beginning of what @bytes hold, or all. Never takes more memory than @n_bytes could fill.
 * Returns: (transfer full) (nullable). Errors: CORRUPT naming @title.
 */
guint8 *am_inflate (GZlibCompressorFormat format, const guint8 *bytes, gsize n_bytes, guint64 size,
                    gsize *n_out, const char *title, GError **error);

G_END_DECLS
