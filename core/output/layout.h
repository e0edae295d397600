/* Where every tensor lies in the output: a function of the tensors alone. */
#pragma once

#include "base/dtype.h"
#include "base/error.h"

G_BEGIN_DECLS

typedef struct
{
  const char *name;
  AmDtype dtype;
  guint n_dims;
  const guint64 *shape;
  guint64 size;   /* bytes */
  guint file;     /* set by the layout */
  guint64 offset; /* within the data of its file; set by the layout */
} AmLayoutTensor;

typedef struct
{
  char *name; /* base name of the shard; NULL for a single file */
  guint n_tensors;
  guint *tensors; /* indices, in file order */
  guint64 data_size;
} AmLayoutFile;

typedef struct
{
  guint n_tensors;
  AmLayoutTensor *tensors; /* as given */
  guint n_files;
  AmLayoutFile *files;
} AmLayout;

/**
 * am_layout_new:
 * @tensors: (transfer container): array of n_tensors, names and shapes borrowed
 * @shard_size: bytes a shard may hold, 0 for one file; a larger tensor has a shard of its own
 *
 * In each file tensors go by dtype from wide to narrow, then by name, as the official writer orders them.
 * Shards are filled in name order and called model-00001-of-0000N.safetensors.
 */
AmLayout *am_layout_new (AmLayoutTensor *tensors, guint n_tensors, guint64 shard_size);
void am_layout_free (AmLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmLayout, am_layout_free)

/**
 * am_layout_make_header:
 * @metadata: (nullable) (element-type utf8 utf8): sorted by key in the result
 * @minimum_size: pad at least to this many bytes
 *
 * The 8 length bytes and the JSON header of file @file, padded with spaces so that tensor data begins at a
 * multiple of 4096. Errors: UNSUPPORTED when a name or the header's size breaks the format's limits.
 */
GByteArray *am_layout_make_header (const AmLayout *layout, guint file, GHashTable *metadata,
                                   gsize minimum_size, GError **error);

/* The model.safetensors.index.json text of a sharded layout. (transfer full) */
char *am_layout_make_index (const AmLayout *layout);

G_END_DECLS
