#include "dataset/picture.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

#include "base/text.h"

/* Text and profiles beside the pixels. */
#define MAX_CHUNK_SIZE (16u << 20)
#define MAX_CHUNKS 1000

typedef struct
{
  const guint8 *bytes;
  gsize left;
  const char *path;
  AmPicture *picture;
  png_bytep *rows;
  char message[128];
  GError *error; /* an error of our own; else @message is libpng's */
} Job;

static void
keep_message (png_structp png, png_const_charp message)
{
  Job *job = png_get_error_ptr (png);

  g_strlcpy (job->message, message, sizeof job->message);
  png_longjmp (png, 1);
}

static void
keep_quiet (png_structp png, png_const_charp message)
{
}

static void
take_bytes (png_structp png, png_bytep dest, png_size_t n)
{
  Job *job = png_get_io_ptr (png);

  if (n > job->left)
    png_error (png, "the file ends inside the picture");
  memcpy (dest, job->bytes, n);
  job->bytes += n;
  job->left -= n;
}

/* To 8 bits, grey or colours. */
static void
ask_for_bytes (png_structp png, png_infop info)
{
  png_set_expand (png);
  png_set_strip_16 (png);
  png_set_strip_alpha (png);
  png_set_interlace_handling (png);
  png_read_update_info (png, info);
}

static gboolean
make_rows (png_structp png, png_infop info, Job *job)
{
  const guint channels = png_get_channels (png, info);
  const guint height = png_get_image_height (png, info), width = png_get_image_width (png, info);

  if (!am_picture_alloc (job->picture, height, width, channels, job->path, &job->error))
    return FALSE;
  job->rows = g_new (png_bytep, height);
  for (guint row = 0; row < height; row++)
    job->rows[row] = job->picture->pixels + (gsize)row * width * channels;
  return TRUE;
}

/* Errors of libpng arrive here by longjmp; what is allocated hangs on @job and is freed by the caller. */
static gboolean
decode (png_structp png, png_infop info, Job *job)
{
  if (setjmp (png_jmpbuf (png)))
    return FALSE;
  png_set_read_fn (png, job, take_bytes);
  png_set_user_limits (png, AM_PICTURE_MAX_PIXELS, AM_PICTURE_MAX_PIXELS);
  png_set_chunk_malloc_max (png, MAX_CHUNK_SIZE);
  png_set_chunk_cache_max (png, MAX_CHUNKS);
  png_read_info (png, info);
  ask_for_bytes (png, info);
  if (!make_rows (png, info, job))
    return FALSE;
  png_read_image (png, job->rows);
  png_read_end (png, NULL);
  return TRUE;
}

gboolean
am_png_decode (const guint8 *bytes, gsize size, const char *path, AmPicture *picture, GError **error)
{
  Job job = { bytes, size, path, picture, NULL, "out of memory", NULL };
  png_structp png = png_create_read_struct (PNG_LIBPNG_VER_STRING, &job, keep_message, keep_quiet);
  png_infop info = png != NULL ? png_create_info_struct (png) : NULL;
  const gboolean is_decoded = info != NULL && decode (png, info, &job);

  png_destroy_read_struct (&png, &info, NULL);
  g_free (job.rows);
  if (job.error != NULL)
    g_propagate_error (error, job.error);
  else if (!is_decoded)
    g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, T_ ("%s: damaged or incomplete PNG picture: %s"), path,
                 job.message);
  return is_decoded;
}
