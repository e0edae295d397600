#include "dataset/array.h"

#include <string.h>

#include "base/text.h"
#include "checkpoint/little-endian.h"
#include "kernels/kernels.h"

/* Pictures and their labels, in the order in which they are looked for. */
static const char *const image_names[]
    = { "images", "pictures", "x", "X", "x_train", "data", "x_test", NULL };
static const char *const label_names[] = { "labels", "y", "Y", "y_train", "target", NULL };

typedef struct
{
  AmArray *images;
  gboolean is_planar; /* channels before rows */
} Pictures;

void
am_array_free (AmArray *array)
{
  if (array == NULL)
    return;
  g_free (array->title);
  g_free (array->memory);
  g_free (array);
}

static gboolean
is_plain_number (AmDtype dtype)
{
  switch (dtype)
    {
    case AM_DTYPE_BOOL:
    case AM_DTYPE_U8:
    case AM_DTYPE_I8:
    case AM_DTYPE_I16:
    case AM_DTYPE_U16:
    case AM_DTYPE_I32:
    case AM_DTYPE_U32:
    case AM_DTYPE_I64:
    case AM_DTYPE_U64:
      return TRUE;
    default:
      return am_dtype_is_mergeable (dtype);
    }
}

gboolean
am_array_measure (AmArray *array, GError **error)
{
  if (!is_plain_number (array->dtype))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, T_ ("%s: values of type %s are not read as data"),
                   array->title, am_dtype_get_name (array->dtype));
      return FALSE;
    }
  array->length = 1;
  for (guint i = 0; i < array->n_dims; i++)
    if (!g_uint64_checked_mul (&array->length, array->length, array->shape[i])
        || array->length > G_MAXINT64 / 8)
      {
        g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                     T_ ("%s: the shape has more values than can be counted"), array->title);
        return FALSE;
      }
  return TRUE;
}

static gsize
get_element_size (const AmArray *array)
{
  return am_dtype_get_bits (array->dtype) / 8;
}

guint64
am_array_get_size (const AmArray *array)
{
  return array->length * get_element_size (array);
}

static void
swap_elements (guint8 *bytes, gsize size, gsize n)
{
  for (gsize i = 0; i < n; i++)
    for (gsize low = 0, high = size - 1; low < high; low++, high--)
      {
        const guint8 byte = bytes[i * size + low];

        bytes[i * size + low] = bytes[i * size + high];
        bytes[i * size + high] = byte;
      }
}

/* Elements @first .. @first + @n - 1, little endian. */
static gboolean
read_elements (const AmArray *array, guint64 first, gsize n, guint8 *dest, GError **error)
{
  const gsize size = get_element_size (array);

  if (array->memory != NULL)
    memcpy (dest, array->memory + array->offset + first * size, n * size);
  else if (array->tensor != NULL)
    {
      if (!am_checkpoint_read_bytes (array->checkpoint, array->tensor, first * size, n * size, dest, error))
        return FALSE;
    }
  else if (!am_checkpoint_pread (array->checkpoint, array->file, array->offset + first * size, n * size, dest,
                                 error))
    return FALSE;
  if (array->is_swapped)
    swap_elements (dest, size, n);
  return TRUE;
}

static gint64
get_integer (const guint8 *bytes, AmDtype dtype)
{
  const guint64 bits = dtype == AM_DTYPE_U64 || dtype == AM_DTYPE_I64 ? am_read_le64 (bytes) : 0;

  switch (dtype)
    {
    case AM_DTYPE_I8:
      return (gint8)bytes[0];
    case AM_DTYPE_I16:
      return (gint16)am_read_le16 (bytes);
    case AM_DTYPE_U16:
      return am_read_le16 (bytes);
    case AM_DTYPE_I32:
      return (gint32)am_read_le32 (bytes);
    case AM_DTYPE_U32:
      return am_read_le32 (bytes);
    case AM_DTYPE_I64:
      return (gint64)bits;
    case AM_DTYPE_U64:
      return (gint64)MIN (bits, (guint64)G_MAXINT64);
    default:
      return bytes[0];
    }
}

static void
widen (const AmArray *array, const guint8 *bytes, gsize n, float *values)
{
  const gsize size = get_element_size (array);

  if (am_dtype_is_mergeable (array->dtype))
    am_kernels_get ()->widen_float (values, bytes, array->dtype, n);
  else
    for (gsize i = 0; i < n; i++)
      values[i] = (float)get_integer (bytes + i * size, array->dtype);
}

static gboolean
is_integer (const AmArray *array)
{
  return !am_dtype_is_mergeable (array->dtype) && array->dtype != AM_DTYPE_BOOL;
}

/* From [channels][pixels] to [pixels][channels]. */
static void
interleave (gconstpointer from, gpointer to, gsize n_pixels, gsize n_channels, gsize size)
{
  const guint8 *source = from;
  guint8 *dest = to;

  for (gsize channel = 0; channel < n_channels; channel++)
    for (gsize pixel = 0; pixel < n_pixels; pixel++)
      memcpy (dest + (pixel * n_channels + channel) * size, source + (channel * n_pixels + pixel) * size,
              size);
}

static gpointer
arrange (const AmSamples *samples, gpointer values, gsize size)
{
  const Pictures *pictures = samples->data;
  const gsize n_pixels = (gsize)(samples->height * samples->width);
  gpointer interleaved;

  if (!pictures->is_planar || samples->channels == 1 || n_pixels == 1)
    return values;
  interleaved = g_malloc_n (n_pixels * (gsize)samples->channels, size);
  interleave (values, interleaved, n_pixels, (gsize)samples->channels, size);
  g_free (values);
  return interleaved;
}

static gboolean
read_sample (const AmSamples *samples, guint64 sample, AmPicture *picture, GError **error)
{
  const Pictures *pictures = samples->data;
  const AmArray *images = pictures->images;
  const gsize n = (gsize)(samples->height * samples->width * samples->channels);
  g_autofree guint8 *bytes = g_malloc_n (n, get_element_size (images));
  float *numbers;

  if (!read_elements (images, sample * n, n, bytes, error))
    return FALSE;
  picture->height = (gsize)samples->height;
  picture->width = (gsize)samples->width;
  picture->channels = (gsize)samples->channels;
  if (!samples->is_float)
    {
      picture->pixels = arrange (samples, g_steal_pointer (&bytes), 1);
      return TRUE;
    }
  numbers = g_new (float, n);
  widen (images, bytes, n, numbers);
  picture->numbers = arrange (samples, numbers, sizeof (float));
  return TRUE;
}

static void
pictures_free (gpointer data)
{
  Pictures *pictures = data;

  am_array_free (pictures->images);
  g_free (pictures);
}

static gboolean
may_be_channels (guint64 n)
{
  return n == 1 || n == 3;
}

static gboolean
set_shape (AmSamples *samples, Pictures *pictures, const AmArray *images, GError **error)
{
  const guint64 *shape = images->shape;
  const gboolean is_last = images->n_dims == 4 && !may_be_channels (shape[1]) && may_be_channels (shape[3]);

  if (images->n_dims < 2 || images->n_dims > 4)
    {
      g_set_error (
          error, AM_ERROR, AM_ERROR_UNSUPPORTED,
          T_ ("%s: %u axes; pictures have 4 (number, channels, height, width), 3 when they are grey, or 2 "
              "(number, features)"),
          images->title, images->n_dims);
      return FALSE;
    }
  samples->n_samples = shape[0];
  samples->is_vector = images->n_dims == 2;
  pictures->is_planar = images->n_dims == 4 && !is_last;
  samples->channels = images->n_dims == 2   ? shape[1]
                      : images->n_dims == 3 ? 1
                      : is_last             ? shape[3]
                                            : shape[1];
  samples->height = images->n_dims == 2 ? 1 : pictures->is_planar ? shape[2] : shape[1];
  samples->width = images->n_dims == 2 ? 1 : pictures->is_planar ? shape[3] : shape[2];
  return TRUE;
}

static gboolean
check_extent (const AmSamples *samples, const AmArray *images, GError **error)
{
  const guint64 n = samples->n_samples;

  if (images->length > 0 && n <= AM_DATASET_MAX_SAMPLES && images->length / n <= AM_DATASET_MAX_VALUES)
    return TRUE;
  g_set_error (error, AM_ERROR, images->length == 0 ? AM_ERROR_MISMATCH : AM_ERROR_UNSUPPORTED,
               images->length == 0 ? T_ ("%s: holds no samples: it has %lu, of %lu values each")
                                   : T_ ("%s: %lu samples of %lu values each are more than can be read"),
               images->title, (gulong)n, (gulong)(samples->height * samples->width * samples->channels));
  return FALSE;
}

static gboolean
check_labels (const AmArray *labels, guint64 n_samples, const char *title, GError **error)
{
  const gboolean is_list = labels->n_dims == 1 || (labels->n_dims == 2 && labels->shape[1] == 1);

  if (!is_integer (labels) || !is_list)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("%s: labels are one integer for each sample; these have type %s and %u axes"),
                   labels->title, am_dtype_get_name (labels->dtype), labels->n_dims);
      return FALSE;
    }
  if (labels->shape[0] == n_samples)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, T_ ("%s: %lu labels, but %lu pictures in %s"),
               labels->title, (gulong)labels->shape[0], (gulong)n_samples, title);
  return FALSE;
}

static gboolean
read_labels (AmSamples *samples, const AmArray *labels, GError **error)
{
  const gsize size = get_element_size (labels), n = (gsize)samples->n_samples;
  g_autofree guint8 *bytes = g_malloc_n (n, size);

  if (!read_elements (labels, 0, n, bytes, error))
    return FALSE;
  samples->labels = g_new (guint32, n);
  for (gsize i = 0; i < n; i++)
    {
      const gint64 label = get_integer (bytes + i * size, labels->dtype);

      if (label < 0 || label > AM_DATASET_MAX_LABEL)
        {
          g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                       T_ ("%s: sample %lu has the label %ld; labels count classes from 0"), labels->title,
                       (gulong)i, (glong)label);
          return FALSE;
        }
      samples->labels[i] = (guint32)label;
    }
  return TRUE;
}

AmSamples *
am_samples_new_from_arrays (const char *kind, AmCheckpoint *files, AmArray *images, AmArray *labels,
                            GError **error)
{
  g_autoptr (AmSamples) samples = g_new0 (AmSamples, 1);
  g_autoptr (AmArray) owned_labels = labels;
  Pictures *pictures = g_new0 (Pictures, 1);

  pictures->images = images;
  samples->kind = kind;
  samples->files = files;
  samples->is_float = images->dtype != AM_DTYPE_U8;
  samples->read = read_sample;
  samples->data = pictures;
  samples->destroy = pictures_free;
  if (!set_shape (samples, pictures, images, error) || !check_extent (samples, images, error))
    return NULL;
  if (labels != NULL
      && (!check_labels (labels, samples->n_samples, images->title, error)
          || !read_labels (samples, labels, error)))
    return NULL;
  return g_steal_pointer (&samples);
}

static const char *
find_name (gboolean (*has_name) (gpointer data, const char *name), gpointer data, const char *const *names)
{
  for (; *names != NULL; names++)
    if (has_name (data, *names))
      return *names;
  return NULL;
}

gboolean
am_array_pick_names (gboolean (*has_name) (gpointer data, const char *name), gpointer data,
                     const char **images, const char **labels)
{
  *images = find_name (has_name, data, image_names);
  if (g_strcmp0 (*images, "x_test") == 0)
    *labels = has_name (data, "y_test") ? "y_test" : NULL;
  else
    *labels = find_name (has_name, data, label_names);
  return *images != NULL;
}

char *
am_array_list_image_names (void)
{
  return g_strjoinv (", ", (char **)image_names);
}
