#define AM_SAFETENSORS_IMPLEMENTATION
#include "checkpoint/safetensors.h"

#include "checkpoint/checkpoint-private.h"

G_STATIC_ASSERT ((int)AM_SAFETENSORS_BOOL == (int)AM_DTYPE_BOOL);
G_STATIC_ASSERT ((int)AM_SAFETENSORS_F8_E4M3 == (int)AM_DTYPE_F8_E4M3);
G_STATIC_ASSERT ((int)AM_SAFETENSORS_BF16 == (int)AM_DTYPE_BF16);
G_STATIC_ASSERT ((int)AM_SAFETENSORS_U64 == (int)AM_DTYPE_U64);
G_STATIC_ASSERT ((int)AM_SAFETENSORS_N_DTYPES == (int)AM_N_DTYPES);

typedef AmSafetensors Parsed;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parsed, am_safetensors_clear)

static gboolean
fail (const AmCheckpoint *checkpoint, guint file, const AmSafetensorsError *fault, GError **error)
{
  const char *path = am_checkpoint_get_file (checkpoint, file);

  if (fault->tensor[0])
    g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, "%s: byte %" G_GUINT64_FORMAT ": tensor \"%s\": %s", path,
                 fault->position, fault->tensor, fault->message);
  else
    g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, "%s: byte %" G_GUINT64_FORMAT ": %s", path,
                 fault->position, fault->message);
  return FALSE;
}

static char *
read_header (const AmCheckpoint *checkpoint, guint file, guint64 *size, GError **error)
{
  const guint64 file_size = am_checkpoint_file_size (checkpoint, file);
  guint8 first[8] = { 0 };
  AmSafetensorsError fault;
  g_autofree char *header = NULL;

  if (!am_checkpoint_pread (checkpoint, file, 0, MIN (file_size, sizeof first), first, error))
    return NULL;
  if (!am_safetensors_get_header_size (first, file_size, size, &fault))
    {
      fail (checkpoint, file, &fault, error);
      return NULL;
    }
  header = g_malloc (*size + 1);
  if (!am_checkpoint_pread (checkpoint, file, sizeof first, *size, header, error))
    return NULL;
  return g_steal_pointer (&header);
}

/* Of equal keys the last counts, as in the reference reader. */
static void
add_metadata (AmCheckpoint *checkpoint, guint file, const AmSafetensors *parsed)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (gsize i = 0; i < parsed->n_metadata; i++)
    {
      const AmSafetensorsPair *pair = &parsed->metadata[i];

      if (memchr (pair->key, 0, pair->key_length) || memchr (pair->value, 0, pair->value_length))
        {
          am_checkpoint_add_note (checkpoint, "%s: metadata \"%s\" hold a NUL and were left out",
                                  am_checkpoint_get_file (checkpoint, file), pair->key);
          continue;
        }
      if (!g_hash_table_add (seen, (gpointer)pair->key))
        am_checkpoint_add_note (checkpoint, "%s: metadata \"%s\" are there twice; the last count",
                                am_checkpoint_get_file (checkpoint, file), pair->key);
      am_checkpoint_set_metadata (checkpoint, pair->key, pair->value);
    }
}

gboolean
am_safetensors_read (AmCheckpoint *checkpoint, guint file, GError **error)
{
  guint64 size;
  g_autofree char *header = read_header (checkpoint, file, &size, error);
  g_auto (Parsed) parsed = { 0 };
  AmSafetensorsError fault;

  if (!header)
    return FALSE;
  if (!am_safetensors_parse (header, size, am_checkpoint_file_size (checkpoint, file), &parsed, &fault))
    return fail (checkpoint, file, &fault, error);
  for (gsize i = 0; i < parsed.n_tensors; i++)
    {
      const AmSafetensorsTensor *tensor = &parsed.tensors[i];

      if (!am_checkpoint_add_plain (checkpoint, tensor->name, tensor->name_length, (AmDtype)tensor->dtype,
                                    tensor->n_dims, tensor->shape, file, parsed.data_start + tensor->begin,
                                    error))
        return FALSE;
    }
  add_metadata (checkpoint, file, &parsed);
  return TRUE;
}
