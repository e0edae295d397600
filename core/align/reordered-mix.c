/* Reading a tensor with rotations: permuted values are mixed in double, first within rows, then rows with
 * rows, and rounded once. A row is all that has the same place on the first axis. */
#include <string.h>

#include "align/reordered-tensor-private.h"
#include "kernels/kernels.h"

typedef struct
{
  const AmReorderedRead *read;
  const AmKernels *kernels;
  gsize width; /* elements of a row */
  gsize element_bytes;
  guint32 loaded; /* mixture whose rows are in the panel, counted from 1; 0: none */
  double *panel;  /* rows */
  double *row;
  double *spare;
  guint8 *bytes; /* as many rows as the panel */
} Mixer;

static const AmReorderedAxis *
get_axis (const Mixer *mixer, guint axis)
{
  return &mixer->read->reordered->axes[axis];
}

static const AmMixture *
get_mixture (const AmReorderedAxis *axis, guint32 number)
{
  return &g_array_index (axis->mixtures, AmMixture, number - 1);
}

static guint32
find_mixture (const AmReorderedAxis *axis, guint64 index)
{
  return axis->mixture_of != NULL ? axis->mixture_of[index] : 0;
}

/* Row of the matrix that makes element @index of an axis. */
static const double *
get_coefficients (const AmMixture *mixture, guint64 index)
{
  return mixture->matrix + (index - mixture->first) / mixture->stride * mixture->size;
}

/* The most elements that an axis mixes, at least 1. */
static gsize
count_mixed (const AmReorderedAxis *axis)
{
  gsize n = 1;

  for (guint i = 0; axis->mixtures != NULL && i < axis->mixtures->len; i++)
    n = MAX (n, g_array_index (axis->mixtures, AmMixture, i).size);
  return n;
}

static void
mixer_init (Mixer *mixer, const AmReorderedRead *read)
{
  const AmReorderedTensor *reordered = read->reordered;
  const gsize n_rows = count_mixed (&reordered->axes[0]);
  gsize n_mixed = 1;

  for (guint i = 1; i < reordered->n_axes; i++)
    n_mixed = MAX (n_mixed, count_mixed (&reordered->axes[i]));
  *mixer = (Mixer){ .read = read, .kernels = am_kernels_get () };
  mixer->element_bytes = am_dtype_get_bits (reordered->dtype) / 8;
  mixer->width = (gsize)(reordered->size / mixer->element_bytes / reordered->axes[0].length);
  mixer->panel = g_new (double, n_rows * mixer->width);
  mixer->row = g_new (double, mixer->width);
  mixer->spare = g_new (double, n_mixed);
  mixer->bytes = g_malloc (n_rows * mixer->width * mixer->element_bytes);
}

static void
mixer_clear (Mixer *mixer)
{
  g_free (mixer->panel);
  g_free (mixer->row);
  g_free (mixer->spare);
  g_free (mixer->bytes);
}

/* New element @index of an axis whose elements are @step values apart. */
static double
mix_element (const Mixer *mixer, const AmMixture *mixture, const double *values, guint64 index, gsize step)
{
  const double *coefficients = get_coefficients (mixture, index);
  const double *from = values + mixture->first * step;
  const gsize stride = (gsize)mixture->stride * step;

  if (stride == 1)
    return mixer->kernels->dot_double (coefficients, from, mixture->size);
  for (gsize i = 0; i < mixture->size; i++)
    mixer->spare[i] = from[i * stride];
  return mixer->kernels->dot_double (coefficients, mixer->spare, mixture->size);
}

/* @values: [length of the axis][@step], replaced. */
static void
mix_axis (const Mixer *mixer, const AmReorderedAxis *axis, double *values, gsize step)
{
  const gsize n = (gsize)axis->length * step;

  memcpy (mixer->row, values, n * sizeof *values);
  for (gsize i = 0; i < n; i++)
    {
      const guint32 number = find_mixture (axis, i / step);

      if (number > 0)
        values[i] = mix_element (mixer, get_mixture (axis, number), mixer->row + i % step, i / step, step);
    }
}

static void
mix_within_row (const Mixer *mixer, double *values)
{
  gsize step = mixer->width;

  for (guint i = 1; i < mixer->read->reordered->n_axes; i++)
    {
      const AmReorderedAxis *axis = get_axis (mixer, i);
      const gsize whole = step;

      step /= (gsize)axis->length;
      for (gsize start = 0; axis->mixtures != NULL && start < mixer->width; start += whole)
        mix_axis (mixer, axis, values + start, step);
    }
}

/* @n rows, @stride apart, into the panel. */
static gboolean
load_rows (const Mixer *mixer, guint64 first, guint64 stride, gsize n)
{
  const gsize row_bytes = mixer->width * mixer->element_bytes;
  const gsize n_calls = stride == 1 ? 1 : n, call_bytes = n / n_calls * row_bytes;

  for (gsize i = 0; i < n_calls; i++)
    if (!am_reordered_read_rows (mixer->read, (first + i * stride) * row_bytes, call_bytes,
                                 mixer->bytes + i * call_bytes))
      return FALSE;
  mixer->kernels->widen_double (mixer->panel, mixer->bytes, mixer->read->reordered->dtype, n * mixer->width);
  for (gsize i = 0; mixer->read->reordered->is_mixed_inside && i < n; i++)
    mix_within_row (mixer, mixer->panel + i * mixer->width);
  return TRUE;
}

/* Row @row of the result, in double. Neighbours share the rows they are made of. */
static const double *
make_row (Mixer *mixer, guint64 row)
{
  const AmReorderedAxis *axis = get_axis (mixer, 0);
  const guint32 number = find_mixture (axis, row);
  const AmMixture *mixture;
  const double *coefficients;

  if (number == 0)
    {
      mixer->loaded = 0;
      return load_rows (mixer, row, 1, 1) ? mixer->panel : NULL;
    }
  mixture = get_mixture (axis, number);
  if (number != mixer->loaded && !load_rows (mixer, mixture->first, mixture->stride, mixture->size))
    return NULL;
  mixer->loaded = number;
  coefficients = get_coefficients (mixture, row);
  mixer->kernels->scale_double (mixer->row, mixer->panel, coefficients[0], mixer->width);
  for (gsize i = 1; i < mixture->size; i++)
    mixer->kernels->add_scaled_double (mixer->row, mixer->panel + i * mixer->width, coefficients[i],
                                       mixer->width);
  return mixer->row;
}

/* Bytes @begin .. @begin + @size of one row. */
static gboolean
read_row (Mixer *mixer, guint64 row, gsize begin, gsize size, guint8 *dest)
{
  const AmReorderedTensor *reordered = mixer->read->reordered;
  const gsize row_bytes = mixer->width * mixer->element_bytes;
  AmNarrowCounts counts = { 0 };
  const double *values;

  if (!reordered->is_mixed_inside && find_mixture (get_axis (mixer, 0), row) == 0)
    return am_reordered_read_rows (mixer->read, row * row_bytes + begin, size, dest);
  values = make_row (mixer, row);
  if (values == NULL)
    return FALSE;
  mixer->kernels->narrow_double (mixer->bytes, values, reordered->dtype, mixer->width, &counts);
  memcpy (dest, mixer->bytes + begin, size);
  return TRUE;
}

gboolean
am_reordered_read_mixed (const AmReorderedRead *read, guint64 offset, gsize size, guint8 *dest)
{
  gboolean is_read = TRUE;
  gsize row_bytes, n;
  Mixer mixer;

  mixer_init (&mixer, read);
  row_bytes = mixer.width * mixer.element_bytes;
  for (; is_read && size > 0; offset += n, dest += n, size -= n)
    {
      const gsize begin = (gsize)(offset % row_bytes);

      n = MIN (size, row_bytes - begin);
      is_read = read_row (&mixer, offset / row_bytes, begin, n, dest);
    }
  mixer_clear (&mixer);
  return is_read;
}
