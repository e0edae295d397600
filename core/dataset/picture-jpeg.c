#include "dataset/picture.h"

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>
#include <jerror.h>

#include "base/text.h"

/* Progressive pictures may make the decoder pass over all pixels once for every few bytes; encoders write
 * about ten scans. */
#define MAX_SCANS 200

typedef struct
{
  struct jpeg_error_mgr manager; /* first, so that the library's pointer to it is one to this */
  jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
} Handler;

typedef struct
{
  struct jpeg_decompress_struct jpeg;
  const char *path;
  AmPicture *picture;
  GError *error; /* an error of our own; else the message is the library's */
} Job;

static void
give_up (j_common_ptr common)
{
  Handler *handler = (Handler *)common->err;

  handler->manager.format_message (common, handler->message);
  longjmp (handler->jump, 1);
}

/* The library only warns of these, and fills the rest of the picture with grey. */
static void
judge_message (j_common_ptr common, int level)
{
  const int code = common->err->msg_code;

  if (level < 0
      && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE
          || code == JWRN_MUST_RESYNC || code == JWRN_ARITH_BAD_CODE))
    give_up (common);
}

static void
watch_scans (j_common_ptr common)
{
  if (common->is_decompressor && ((j_decompress_ptr)common)->input_scan_number > MAX_SCANS)
    {
      Handler *handler = (Handler *)common->err;

      g_strlcpy (handler->message, "more scans than any encoder writes", sizeof handler->message);
      longjmp (handler->jump, 1);
    }
}

static gboolean
choose_colours (Job *job)
{
  struct jpeg_decompress_struct *jpeg = &job->jpeg;

  if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK || jpeg->num_components > 3)
    {
      g_set_error (&job->error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("%s: a JPEG picture in CMYK, the colours of print: save it as RGB"), job->path);
      return FALSE;
    }
  jpeg->out_color_space = jpeg->jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_RGB;
  return TRUE;
}

static void
read_rows (Job *job)
{
  struct jpeg_decompress_struct *jpeg = &job->jpeg;

  while (jpeg->output_scanline < jpeg->output_height)
    {
      JSAMPROW row = job->picture->pixels
                     + (gsize)jpeg->output_scanline * job->picture->width * job->picture->channels;

      jpeg_read_scanlines (jpeg, &row, 1);
    }
  jpeg_finish_decompress (jpeg);
}

/* Errors of the library arrive here by longjmp; what is allocated hangs on @job and is freed by the caller.
 */
static gboolean
decode (Job *job, Handler *handler, struct jpeg_progress_mgr *progress, const guint8 *bytes, gsize size)
{
  struct jpeg_decompress_struct *jpeg = &job->jpeg;

  if (setjmp (handler->jump))
    return FALSE;
  jpeg_create_decompress (jpeg);
  jpeg->progress = progress;
  jpeg_mem_src (jpeg, bytes, size);
  jpeg_read_header (jpeg, TRUE);
  if (!choose_colours (job)
      || !am_picture_alloc (job->picture, jpeg->image_height, jpeg->image_width,
                            jpeg->out_color_space == JCS_GRAYSCALE ? 1 : 3, job->path, &job->error))
    return FALSE;
  jpeg_start_decompress (jpeg);
  read_rows (job);
  return TRUE;
}

gboolean
am_jpeg_decode (const guint8 *bytes, gsize size, const char *path, AmPicture *picture, GError **error)
{
  Handler handler = { 0 };
  struct jpeg_progress_mgr progress = { .progress_monitor = watch_scans };
  Job job = { .path = path, .picture = picture };
  gboolean is_decoded;

  job.jpeg.err = jpeg_std_error (&handler.manager);
  handler.manager.error_exit = give_up;
  handler.manager.emit_message = judge_message;
  is_decoded = decode (&job, &handler, &progress, bytes, size);
  jpeg_destroy_decompress (&job.jpeg);
  if (job.error != NULL)
    g_propagate_error (error, job.error);
  else if (!is_decoded)
    g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, T_ ("%s: damaged or incomplete JPEG picture: %s"), path,
                 handler.message);
  return is_decoded;
}
