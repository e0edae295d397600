#include "dataset/array.h"

#include "base/text.h"

/* Most bytes that deflate makes out of one. */
#define MAX_RATIO 1040

static gboolean
fail (const char *title, const char *reason, GError **error)
{
  g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, T_ ("%s: damaged or incomplete compressed data: %s"), title,
               reason);
  return FALSE;
}

static gboolean
convert (GConverter *converter, const guint8 *bytes, gsize n_bytes, guint8 *out, gsize size, gsize *n_out,
         const char *title, GError **error)
{
  gsize n_read, n_written, done = 0;

  while (*n_out < size)
    {
      g_autoptr (GError) failure = NULL;
      const GConverterResult result
          = g_converter_convert (converter, bytes + done, n_bytes - done, out + *n_out, size - *n_out,
                                 G_CONVERTER_INPUT_AT_END, &n_read, &n_written, &failure);

      if (result == G_CONVERTER_ERROR)
        return fail (title, failure->message, error);
      done += n_read;
      *n_out += n_written;
      if (result == G_CONVERTER_FINISHED)
        break;
    }
  return TRUE;
}

guint8 *
am_inflate (GZlibCompressorFormat format, const guint8 *bytes, gsize n_bytes, guint64 size, gsize *n_out,
            const char *title, GError **error)
{
  g_autoptr (GZlibDecompressor) decompressor = g_zlib_decompressor_new (format);
  const gsize most = n_bytes < G_MAXSIZE / MAX_RATIO ? n_bytes * MAX_RATIO : G_MAXSIZE;
  const gsize wanted = (gsize)MIN (size, most);
  g_autofree guint8 *out = g_try_malloc (MAX (wanted, 1));

  *n_out = 0;
  if (out == NULL)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("%s: decompressed, it needs more memory than there is; decompress the file first"),
                   title);
      return NULL;
    }
  if (!convert (G_CONVERTER (decompressor), bytes, n_bytes, out, wanted, n_out, title, error))
    return NULL;
  return g_steal_pointer (&out);
}
