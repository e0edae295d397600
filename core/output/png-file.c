#include "output/png-file.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <glib/gstdio.h>

#include "output/heat-map.h"

/* A recipe is kilobytes; what a hostile picture may make us hold is bounded well above that. */
#define MAX_CHUNK_SIZE (16u << 20)
#define MAX_CHUNKS 256

#define END_CHUNK 0x49454e44 /* IEND */

typedef struct
{
  const AmPixels *pixels;
  const char *keyword;
  const char *text;
  GByteArray *bytes;
} WriteJob;

typedef struct
{
  const char *path;
  const char *keyword;
  FILE *file;
  char *found;
  char message[128];
} ReadJob;

static void
keep_bytes (png_structp png, png_bytep data, png_size_t length)
{
  WriteJob *job = png_get_io_ptr (png);

  g_byte_array_append (job->bytes, data, (guint)length);
}

static void
flush_nothing (png_structp png)
{
}

static void
keep_quiet (png_structp png, png_const_charp message)
{
}

static void
give_up (png_structp png, png_const_charp message)
{
  png_longjmp (png, 1);
}

static void
add_text (png_structp png, png_infop info, const WriteJob *job)
{
  png_text chunk = { 0 };

  chunk.compression = PNG_ITXT_COMPRESSION_NONE;
  chunk.key = (png_charp)job->keyword;
  chunk.text = (png_charp)job->text;
  chunk.itxt_length = strlen (job->text);
  chunk.lang = (png_charp) "";
  chunk.lang_key = (png_charp) "";
  png_set_text (png, info, &chunk, 1);
}

/* Errors of libpng arrive here by longjmp; nothing but png and info needs freeing, and the caller frees them.
 */
static gboolean
encode (png_structp png, png_infop info, WriteJob *job)
{
  const AmPixels *pixels = job->pixels;
  gsize stride = (gsize)pixels->width * (pixels->has_alpha ? 4 : 3);

  if (setjmp (png_jmpbuf (png)))
    return FALSE;
  png_set_write_fn (png, job, keep_bytes, flush_nothing);
  png_set_IHDR (png, info, pixels->width, pixels->height, 8,
                pixels->has_alpha ? PNG_COLOR_TYPE_RGBA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (job->keyword != NULL && job->text != NULL)
    add_text (png, info, job);
  png_write_info (png, info);
  for (guint row = 0; row < pixels->height; row++)
    png_write_row (png, pixels->data + row * stride);
  png_write_end (png, info);
  return TRUE;
}

static gboolean
save_bytes (const GByteArray *bytes, const char *path, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (g_file_set_contents_full (path, (const char *)bytes->data, bytes->len, G_FILE_SET_CONTENTS_CONSISTENT,
                                0666, &failure))
    return TRUE;
  g_set_error (error, AM_ERROR,
               g_error_matches (failure, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? AM_ERROR_NO_SPACE
                                                                           : AM_ERROR_NOT_WRITABLE,
               "%s: cannot write the picture: %s", path, failure->message);
  return FALSE;
}

gboolean
am_png_write (const AmPixels *pixels, const char *path, const char *keyword, const char *text, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  WriteJob job = { pixels, keyword, text, bytes };
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, NULL, give_up, keep_quiet);
  png_infop info = png != NULL ? png_create_info_struct (png) : NULL;
  gboolean is_encoded = info != NULL && encode (png, info, &job);

  png_destroy_write_struct (&png, &info);
  if (!is_encoded)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s: libpng cannot encode the picture", path);
      return FALSE;
    }
  return save_bytes (bytes, path, error);
}

static void
keep_message (png_structp png, png_const_charp message)
{
  ReadJob *job = png_get_error_ptr (png);

  g_strlcpy (job->message, message, sizeof job->message);
  png_longjmp (png, 1);
}

static char *
convert_text (const png_text *chunk)
{
  gboolean is_international = chunk->compression >= PNG_ITXT_COMPRESSION_NONE;
  gsize length = is_international ? chunk->itxt_length : chunk->text_length;

  if (!is_international)
    return g_convert (chunk->text, (gssize)length, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
  return g_utf8_validate (chunk->text, (gssize)length, NULL) ? g_strndup (chunk->text, length) : NULL;
}

/* FALSE when there is such a text and it is not UTF-8. */
static gboolean
find_text (png_structp png, png_infop info, ReadJob *job)
{
  png_textp chunks = NULL;
  int n_chunks = 0;

  png_get_text (png, info, &chunks, &n_chunks);
  for (int i = 0; i < n_chunks; i++)
    if (strcmp (chunks[i].key, job->keyword) == 0 && chunks[i].text != NULL)
      {
        job->found = convert_text (&chunks[i]);
        g_strlcpy (job->message, "the text is not UTF-8", sizeof job->message);
        return job->found != NULL;
      }
  return TRUE;
}

static int
skip_chunk (png_structp png, png_unknown_chunkp chunk)
{
  return 1;
}

static gboolean
read_before_rows (png_structp png, png_infop info, FILE *file)
{
  static const png_byte rows[] = "IDAT";

  if (setjmp (png_jmpbuf (png)))
    return FALSE;
  png_init_io (png, file);
  png_set_chunk_malloc_max (png, MAX_CHUNK_SIZE);
  png_set_chunk_cache_max (png, MAX_CHUNKS);
  png_set_keep_unknown_chunks (png, PNG_HANDLE_CHUNK_ALWAYS, rows, 1);
  png_set_read_user_chunk_fn (png, NULL, skip_chunk);
  png_read_info (png, info);
  return TRUE;
}

/* libpng 1.6.48 calls the end chunk out of place when it has decoded no rows. Whatever is wrong with that
 * chunk, every other one has been read by then. */
static gboolean
read_after_rows (png_structp png, png_infop info)
{
  if (setjmp (png_jmpbuf (png)))
    return png_get_io_chunk_type (png) == END_CHUNK;
  png_read_end (png, info);
  return TRUE;
}

/* Text may stand before or after the rows. Those are passed over as chunks of no interest, so that no size in
 * the file decides how much work is done. */
static gboolean
decode (png_structp png, png_infop info, ReadJob *job)
{
  if (!read_before_rows (png, info, job->file) || !find_text (png, info, job))
    return FALSE;
  if (job->found != NULL)
    return TRUE;
  return read_after_rows (png, info) && find_text (png, info, job);
}

char *
am_png_read_text (const char *path, const char *keyword, GError **error)
{
  ReadJob job = { path, keyword, g_fopen (path, "rbe"), NULL, "out of memory" };
  png_structp png;
  png_infop info;
  gboolean is_read;

  if (job.file == NULL)
    {
      g_set_error (error, AM_ERROR, errno == ENOENT ? AM_ERROR_NOT_FOUND : AM_ERROR_NOT_READABLE,
                   "%s: cannot open the picture: %s", path, g_strerror (errno));
      return NULL;
    }
  png = png_create_read_struct (PNG_LIBPNG_VER_STRING, &job, keep_message, keep_quiet);
  info = png != NULL ? png_create_info_struct (png) : NULL;
  is_read = info != NULL && decode (png, info, &job);
  png_destroy_read_struct (&png, &info, NULL);
  fclose (job.file);
  if (!is_read)
    {
      g_free (job.found);
      g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, "%s: not a sound PNG picture: %s", path, job.message);
      return NULL;
    }
  return job.found;
}
