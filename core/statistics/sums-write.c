#include <math.h>
#include <string.h>

#include "base/text.h"
#include "output/file-writer.h"
#include "output/layout.h"
#include "statistics/sums-private.h"

#define BLOCK (1u << 20)

/* Bytes that go into a file one after the other. */
typedef struct
{
  AmFileWriter *writer;
  guint8 *block; /* [BLOCK], aligned */
  gsize n_filled;
  guint64 offset;
} Stream;

/* What one tensor of the file is made of. */
typedef struct
{
  const AmSumsRoom *room;
  const double *values;
} Source;

static gboolean
flush (Stream *stream, GError **error)
{
  gsize n = stream->n_filled;

  stream->n_filled = 0;
  stream->offset += n;
  return n == 0 || am_file_writer_write (stream->writer, stream->block, n, stream->offset - n, error);
}

static gboolean
append (Stream *stream, const void *bytes, gsize size, GError **error)
{
  const guint8 *at = bytes;

  while (size > 0)
    {
      gsize n = MIN (size, BLOCK - stream->n_filled);

      memcpy (stream->block + stream->n_filled, at, n);
      stream->n_filled += n;
      at += n;
      size -= n;
      if (stream->n_filled == BLOCK && !flush (stream, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
append_number (Stream *stream, const AmLayoutTensor *tensor, double value, GError **error)
{
  float narrow = (float)value;

  if (tensor->dtype == AM_DTYPE_F32 ? isfinite (narrow) : isfinite (value))
    return append (stream, tensor->dtype == AM_DTYPE_F32 ? (const void *)&narrow : (const void *)&value,
                   tensor->dtype == AM_DTYPE_F32 ? sizeof narrow : sizeof value, error);
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               T_ ("the statistics of “%s” are too large for a float: measure fewer samples, or look whether "
                   "the model computes anything sensible on this data"),
               tensor->name);
  return FALSE;
}

static gboolean
append_tensor (Stream *stream, const AmLayoutTensor *tensor, const Source *source, GError **error)
{
  gsize n = source->values == &source->room->count ? 1 : source->room->length;

  for (gsize i = 0; i < n; i++)
    if (!append_number (stream, tensor, source->values[i], error))
      return FALSE;
  return TRUE;
}

typedef struct
{
  GArray *tensors; /* of AmLayoutTensor, names its own */
  GArray *sources; /* of Source */
} Contents;

static void
add_tensor (Contents *contents, const char *prefix, const AmSumsRoom *room, AmDtype dtype,
            const double *values)
{
  gboolean is_count = values == &room->count;
  AmLayoutTensor tensor = {
    .name = g_strconcat (prefix, room->key, NULL),
    .dtype = dtype,
    .n_dims = is_count ? 0 : room->n_dims,
    .shape = room->shape,
    .size = (is_count ? 1 : room->length) * (am_dtype_get_bits (dtype) / 8),
  };
  Source source = { room, values };

  g_array_append_val (contents->tensors, tensor);
  g_array_append_val (contents->sources, source);
}

static void
contents_init (Contents *contents, const AmStatisticsSums *sums)
{
  contents->tensors = g_array_new (FALSE, FALSE, sizeof (AmLayoutTensor));
  contents->sources = g_array_new (FALSE, FALSE, sizeof (Source));
  for (guint i = 0; i < sums->rooms->len; i++)
    {
      const AmSumsRoom *room = g_ptr_array_index (sums->rooms, i);
      const AmStatisticPrefix *prefix = room->prefix;

      if (room->count == 0.0)
        continue;
      add_tensor (contents, prefix->sums, room, prefix->squares != NULL ? AM_DTYPE_F64 : AM_DTYPE_F32,
                  room->values);
      if (prefix->squares != NULL)
        add_tensor (contents, prefix->squares, room, AM_DTYPE_F64, room->values + room->length);
      add_tensor (contents, prefix->count, room, AM_DTYPE_F64, &room->count);
    }
}

static void
contents_clear (Contents *contents)
{
  for (guint i = 0; i < contents->tensors->len; i++)
    g_free ((char *)g_array_index (contents->tensors, AmLayoutTensor, i).name);
  g_array_unref (contents->tensors);
  g_array_unref (contents->sources);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Contents, contents_clear)

/* "fisher,gram" */
static char *
list_kinds (const AmStatisticsSums *sums)
{
  GString *kinds = g_string_new (NULL);

  for (guint kind = 0; kind < AM_N_STATISTICS; kind++)
    for (guint i = 0; i < sums->rooms->len; i++)
      {
        const AmSumsRoom *room = g_ptr_array_index (sums->rooms, i);

        if (room->prefix->kind == kind && room->count > 0.0)
          {
            g_string_append_printf (kinds, "%s%s", kinds->len > 0 ? "," : "",
                                    am_statistic_kind_get_id (kind));
            break;
          }
      }
  return g_string_free (kinds, FALSE);
}

static GByteArray *
make_header (AmStatisticsSums *sums, const AmLayout *layout, GError **error)
{
  g_autofree char *kinds = list_kinds (sums);

  am_statistics_sums_set_metadata (sums, "format", AM_STATISTICS_FORMAT);
  am_statistics_sums_set_metadata (sums, "version", AM_STATISTICS_VERSION);
  am_statistics_sums_set_metadata (sums, "kinds", kinds);
  return am_layout_make_header (layout, 0, sums->metadata, 0, error);
}

static gboolean
write_all (Stream *stream, const GByteArray *header, const AmLayout *layout, const Contents *contents,
           GError **error)
{
  const AmLayoutFile *file = &layout->files[0];

  if (!append (stream, header->data, header->len, error))
    return FALSE;
  for (guint i = 0; i < file->n_tensors; i++)
    {
      guint tensor = file->tensors[i];

      if (!append_tensor (stream, &layout->tensors[tensor],
                          &g_array_index (contents->sources, Source, tensor), error))
        return FALSE;
    }
  return flush (stream, error);
}

static gboolean
write_file (AmFileWriter *writer, const GByteArray *header, const AmLayout *layout, const Contents *contents,
            GError **error)
{
  Stream stream = { .writer = writer, .block = g_aligned_alloc (1, BLOCK, AM_FILE_ALIGNMENT) };
  gboolean is_written = write_all (&stream, header, layout, contents, error);

  g_aligned_free (stream.block);
  return is_written;
}

gboolean
am_statistics_sums_write (AmStatisticsSums *self, const char *path, gboolean replace, gboolean sync,
                          GError **error)
{
  g_auto (Contents) contents = { NULL, NULL };
  g_autoptr (AmLayout) layout = NULL;
  g_autoptr (GByteArray) header = NULL;
  g_autoptr (AmFileWriter) writer = NULL;

  contents_init (&contents, self);
  if (contents.tensors->len == 0)
    {
      g_set_error_literal (error, AM_ERROR, AM_ERROR_UNSUPPORTED, T_ ("there are no statistics to write"));
      return FALSE;
    }
  layout = am_layout_new (g_memdup2 (contents.tensors->data, contents.tensors->len * sizeof (AmLayoutTensor)),
                          contents.tensors->len, 0);
  header = make_header (self, layout, error);
  if (header == NULL)
    return FALSE;
  writer = am_file_writer_new (path, header->len + layout->files[0].data_size, sync, error);
  return writer != NULL && write_file (writer, header, layout, &contents, error)
         && am_file_writer_close (writer, error) && am_file_writer_publish (writer, replace, error);
}
