/* The merged file once more, with the tensors that changed. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "kernels/kernels.h"
#include "output/file-writer.h"
#include "output/layout.h"
#include "repair/repair-private.h"

/* A multiple of AM_FILE_ALIGNMENT and of any element. */
#define BLOCK_SIZE ((gsize)4 << 20)

/* Where the values of a tensor of the output come from: memory, or else the merged file. */
typedef struct
{
  const AmReal *values;
  const AmTensor *stored;
} Source;

typedef struct
{
  AmCheckpoint *checkpoint;
  AmLayout *layout;
  Source *sources; /* [tensors of the layout] */
  AmFileWriter *writer;
  guint8 *block; /* BLOCK_SIZE, aligned */
} Writing;

static void
writing_clear (Writing *writing)
{
  g_clear_pointer (&writing->layout, am_layout_free);
  g_clear_pointer (&writing->sources, g_free);
  g_clear_pointer (&writing->writer, am_file_writer_free);
  g_clear_pointer (&writing->block, free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Writing, writing_clear)

/* By number in the merged file: the repaired values, or %NULL. */
static const AmReal **
list_changed (const AmRepair *repair)
{
  AmCheckpoint *checkpoint = am_vision_network_get_checkpoint (repair->merged);
  AmNetwork *network = am_repair_get_network (repair);
  const AmReal **changed = g_new0 (const AmReal *, am_checkpoint_get_n_tensors (checkpoint) + 1);

  for (guint i = 0; i < am_graph_get_n_tensors (am_network_get_graph (network)); i++)
    {
      guint index;

      if (repair->is_changed[i]
          && am_checkpoint_find (checkpoint, am_repair_find_stored (repair, i)->name, &index) != NULL)
        changed[index] = am_network_get_weights (network, i);
    }
  return changed;
}

static void
fill_tensor (AmLayoutTensor *tensor, const char *name, const AmTensor *like)
{
  tensor->name = name;
  tensor->dtype = like->dtype;
  tensor->n_dims = like->n_dims;
  tensor->shape = like->shape;
  tensor->size = like->size;
}

static void
fill_bias (const AmRepair *repair, const AmSite *site, const char *name, AmLayoutTensor *tensor)
{
  const AmGraph *graph = am_network_get_graph (am_repair_get_network (repair));
  const AmTensor *weight
      = am_repair_find_stored (repair, (guint)am_graph_get_node (graph, site->layer)->weight);

  tensor->name = name;
  tensor->dtype = weight->dtype;
  tensor->n_dims = 1;
  tensor->shape = &site->n_units;
  tensor->size = site->n_units * am_dtype_get_bits (weight->dtype) / 8;
}

/* Tensors of the merged file, then new ones. */
static void
lay_out (const AmRepair *repair, Writing *writing)
{
  const guint n_old = am_checkpoint_get_n_tensors (writing->checkpoint);
  const guint n = n_old + repair->new_names->len - 1;
  g_autofree const AmReal **changed = list_changed (repair);
  AmLayoutTensor *tensors = g_new0 (AmLayoutTensor, n + 1);
  guint n_new = 0;

  writing->sources = g_new0 (Source, n + 1);
  for (guint i = 0; i < n_old; i++)
    {
      const AmTensor *stored = am_checkpoint_get_tensor (writing->checkpoint, i);

      fill_tensor (&tensors[i], stored->name, stored);
      writing->sources[i] = (Source){ changed[i], stored };
    }
  for (guint i = 0; i < repair->sites->len; i++)
    {
      const AmSite *site = am_repair_get_site (repair, i);

      if (site->new_bias == NULL)
        continue;
      fill_bias (repair, site, repair->new_names->pdata[n_new], &tensors[n_old + n_new]);
      writing->sources[n_old + n_new++].values = site->new_bias;
    }
  writing->layout = am_layout_new (tensors, n, 0);
}

static GByteArray *
make_header (const AmRepair *repair, const Writing *writing, GError **error)
{
  GHashTable *kept = am_checkpoint_get_metadata (writing->checkpoint);
  g_autoptr (GHashTable) metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer key, value;

  if (kept != NULL)
    {
      g_hash_table_iter_init (&iter, kept);
      while (g_hash_table_iter_next (&iter, &key, &value))
        g_hash_table_insert (metadata, g_strdup (key), g_strdup (value));
    }
  g_hash_table_insert (metadata, g_strdup ("amalgam_repair"), am_repair_make_record (repair));
  return am_layout_make_header (writing->layout, 0, metadata, 0, error);
}

/* Bytes @first .. @first + @size - 1 of tensor @index. */
static gboolean
fill_part (const Writing *writing, guint index, guint64 first, gsize size, guint8 *dest, GError **error)
{
  const Source *source = &writing->sources[index];
  const AmDtype dtype = writing->layout->tensors[index].dtype;
  const gsize width = am_dtype_get_bits (dtype) / 8;
  AmNarrowCounts counts = { 0 };

  if (source->values == NULL)
    return am_checkpoint_read_bytes (writing->checkpoint, source->stored, first, size, dest, error);
  am_kernels_get ()->narrow_float (dest, source->values + first / width, dtype, size / width, &counts);
  return TRUE;
}

/* The block of the file's data from @start on; @next: the first tensor, in file order, that may be in it. */
static gboolean
fill_block (const Writing *writing, guint64 start, gsize size, guint *next, GError **error)
{
  const AmLayoutFile *file = &writing->layout->files[0];

  for (; *next < file->n_tensors; (*next)++)
    {
      const guint index = file->tensors[*next];
      const AmLayoutTensor *tensor = &writing->layout->tensors[index];
      const guint64 first = MAX (start, tensor->offset);
      const guint64 end = MIN (start + size, tensor->offset + tensor->size);

      if (tensor->offset >= start + size)
        return TRUE;
      if (first < end
          && !fill_part (writing, index, first - tensor->offset, (gsize)(end - first),
                         writing->block + (first - start), error))
        return FALSE;
      if (tensor->offset + tensor->size > start + size)
        return TRUE;
    }
  return TRUE;
}

static gboolean
write_header (const Writing *writing, const GByteArray *header, GError **error)
{
  guint8 *aligned = aligned_alloc (AM_FILE_ALIGNMENT, header->len);
  gboolean is_done;

  if (aligned == NULL)
    {
      g_set_error_literal (error, AM_ERROR, AM_ERROR_NO_SPACE, T_ ("not enough memory"));
      return FALSE;
    }
  memcpy (aligned, header->data, header->len);
  is_done = am_file_writer_write (writing->writer, aligned, header->len, 0, error);
  free (aligned);
  return is_done;
}

static gboolean
write_data (const Writing *writing, guint64 data_start, GError **error)
{
  const guint64 size = writing->layout->files[0].data_size;
  guint next = 0;

  for (guint64 start = 0; start < size; start += BLOCK_SIZE)
    {
      const gsize n = (gsize)MIN (BLOCK_SIZE, size - start);

      if (!fill_block (writing, start, n, &next, error)
          || !am_file_writer_write (writing->writer, writing->block, n, data_start + start, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_output (const AmRepair *repair, const char *output, GError **error)
{
  gboolean is_input = am_checkpoint_is_file (am_vision_network_get_checkpoint (repair->merged), output);

  for (guint i = 0; i < repair->n_parents; i++)
    is_input
        = is_input || am_checkpoint_is_file (am_vision_network_get_checkpoint (repair->parents[i]), output);
  if (is_input)
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE,
                 T_ ("%s is one of the inputs; inputs are never changed: choose another name for the output"),
                 output);
  return !is_input;
}

gboolean
am_repair_write (AmRepair *repair, const char *output, gboolean replace, gboolean sync, GError **error)
{
  AmCheckpoint *checkpoint = am_vision_network_get_checkpoint (repair->merged);
  g_auto (Writing) writing = { .checkpoint = checkpoint };
  g_autoptr (GByteArray) header = NULL;

  if (!check_output (repair, output, error))
    return FALSE;
  lay_out (repair, &writing);
  header = make_header (repair, &writing, error);
  if (header == NULL)
    return FALSE;
  writing.block = aligned_alloc (AM_FILE_ALIGNMENT, BLOCK_SIZE);
  writing.writer = am_file_writer_new (output, header->len + writing.layout->files[0].data_size, sync, error);
  return writing.block != NULL && writing.writer != NULL && write_header (&writing, header, error)
         && write_data (&writing, header->len, error) && am_checkpoint_check_unchanged (checkpoint, error)
         && am_file_writer_close (writing.writer, error)
         && am_file_writer_publish (writing.writer, replace, error);
}
