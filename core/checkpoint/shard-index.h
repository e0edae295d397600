/* The index of a sharded checkpoint: which file holds which tensor. Only core/checkpoint includes this. */
#pragma once

#include <glib.h>

#include "base/error.h"

G_BEGIN_DECLS

/**
 * AmShardIndex:
 * @shards: char *: file names, sorted, each once; plain names without folders
 * @map: tensor name (char *) -> name in @shards
 * @total_size: bytes of all tensors as the index claims, or -1 when it does not say
 */
typedef struct
{
  GPtrArray *shards;
  GHashTable *map;
  gint64 total_size;
} AmShardIndex;

/**
 * am_shard_index_parse:
 * @text: the JSON, @length bytes
 * @source: file name for messages
 *
 * Thread-safe. Returns: (transfer full) (nullable). Errors: CORRUPT (broken JSON, no weight_map, a value that
 * is no plain file name), UNSUPPORTED (JSON of some other kind).
 */
AmShardIndex *am_shard_index_parse (const char *text, gsize length, const char *source, GError **error);
void am_shard_index_free (AmShardIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmShardIndex, am_shard_index_free)

G_END_DECLS
