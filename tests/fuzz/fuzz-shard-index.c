#include <stdint.h>
#include <string.h>

#include "checkpoint/shard-index.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmShardIndex) index = am_shard_index_parse ((const char *)data, size, "index", &error);

  g_assert_true ((index == NULL) == (error != NULL));
  if (!index)
    return 0;
  g_assert_cmpuint (index->shards->len, >, 0);
  g_assert_cmpuint (g_hash_table_size (index->map), >=, index->shards->len);
  for (guint i = 0; i < index->shards->len; i++)
    {
      const char *shard = g_ptr_array_index (index->shards, i);

      g_assert_true (shard[0] != 0 && strchr (shard, '/') == NULL && strcmp (shard, "..") != 0);
    }
  return 0;
}
