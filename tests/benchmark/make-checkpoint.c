/* Writes a full-size checkpoint of random numbers with the names and shapes of a real one:
 *
 *   make-checkpoint sd15|sdxl SEED FILE [apart]
 *
 * Seed 0 is the base; every other seed is the base and a small difference of its own, as fine-tuned models
 * are, or, apart, has nothing in common with it. All values are F16. */
#include <fcntl.h>
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "architecture/model.h"
#include "kernels/kernels.h"
#include "kernels/philox.h"

#define CHUNK 65536

/* Values of the normal distribution at evenly spaced quantiles: a random index draws one. */
static float normal[65536];

static double
inverse_normal (double probability)
{
  double low = -6, high = 6;

  for (guint i = 0; i < 50; i++)
    {
      double middle = (low + high) / 2;

      if (erfc (-middle / G_SQRT2) / 2 < probability)
        low = middle;
      else
        high = middle;
    }
  return (low + high) / 2;
}

static void
fill_normal (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (normal); i++)
    normal[i] = (float)inverse_normal ((i + 0.5) / G_N_ELEMENTS (normal));
}

static void
draw (float *values, guint64 seed, const char *name, guint64 first, gsize n, float deviation)
{
  static guint32 words[CHUNK];
  guint32 key[2];

  am_philox_key (key, seed, 0, name);
  am_philox_words (words, key, 0, first, n);
  for (gsize i = 0; i < n; i++)
    values[i] += deviation * normal[words[i] >> 16];
}

static guint64
length_of (const AmExpectedTensor *tensor)
{
  guint64 length = 1;

  for (guint i = 0; i < tensor->n_dims; i++)
    length *= tensor->shape[i];
  return length;
}

/* Header of the tensors that every such checkpoint has. */
static GString *
make_header (const GArray *tensors)
{
  GString *header = g_string_new ("{");
  guint64 offset = 0;

  for (guint i = 0; i < tensors->len; i++)
    {
      const AmExpectedTensor *tensor = &g_array_index (tensors, AmExpectedTensor, i);
      guint64 size = 2 * length_of (tensor);

      if (tensor->is_optional)
        continue;
      g_string_append_printf (header, "%s\"%s\":{\"dtype\":\"F16\",\"shape\":[", offset > 0 ? "," : "",
                              tensor->name);
      for (guint d = 0; d < tensor->n_dims; d++)
        g_string_append_printf (header, "%s%" G_GUINT64_FORMAT, d > 0 ? "," : "", tensor->shape[d]);
      g_string_append_printf (header, "],\"data_offsets\":[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]}",
                              offset, offset + size);
      offset += size;
    }
  g_string_append_c (header, '}');
  while (header->len % 8 != 0)
    g_string_append_c (header, ' ');
  return header;
}

static gboolean
write_tensor (FILE *file, const AmExpectedTensor *tensor, guint64 seed, gboolean is_apart)
{
  static float values[CHUNK];
  static guint16 stored[CHUNK];
  guint64 length = length_of (tensor);
  AmNarrowCounts counts = { 0 };

  for (guint64 first = 0; first < length; first += CHUNK)
    {
      gsize n = MIN (CHUNK, length - first);

      memset (values, 0, sizeof values);
      draw (values, is_apart ? seed : 0, tensor->name, first, n, 0.03f);
      if (seed > 0 && !is_apart)
        draw (values, seed, tensor->name, first, n, 0.002f);
      am_kernels_get ()->narrow_float (stored, values, AM_DTYPE_F16, n, &counts);
      if (fwrite (stored, sizeof *stored, n, file) != n)
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_checkpoint (FILE *file, AmFamily family, guint64 seed, gboolean is_apart)
{
  g_autoptr (GArray) tensors = am_family_list_tensors (family, 1);
  GString *header = make_header (tensors);
  guint64 size = GUINT64_TO_LE (header->len);
  gboolean ok = fwrite (&size, sizeof size, 1, file) == 1 && fwrite (header->str, header->len, 1, file) == 1;

  g_string_free (header, TRUE);
  for (guint i = 0; ok && i < tensors->len; i++)
    {
      const AmExpectedTensor *tensor = &g_array_index (tensors, AmExpectedTensor, i);

      if (!tensor->is_optional)
        ok = write_tensor (file, tensor, seed, is_apart);
    }
  return ok;
}

int
main (int argc, char **argv)
{
  FILE *file;
  gboolean ok;

  if (argc < 4 || argc > 5 || (!g_str_equal (argv[1], "sd15") && !g_str_equal (argv[1], "sdxl"))
      || (argc == 5 && !g_str_equal (argv[4], "apart")))
    {
      g_printerr ("usage: make-checkpoint sd15|sdxl SEED FILE [apart]\n");
      return 2;
    }
  file = fopen (argv[3], "wb");
  if (file == NULL)
    {
      perror (argv[3]);
      return 1;
    }
  fill_normal ();
  ok = write_checkpoint (file, g_str_equal (argv[1], "sd15") ? AM_FAMILY_SD1 : AM_FAMILY_SDXL,
                         g_ascii_strtoull (argv[2], NULL, 10), argc == 5);
  if (fclose (file) != 0 || !ok)
    {
      perror (argv[3]);
      return 1;
    }
  return 0;
}
