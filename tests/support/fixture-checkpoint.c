#include "fixture-checkpoint.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct _Fixture
{
  GString *metadata; /* members of the metadata object, comma-separated */
  GString *entries;  /* members for the tensors, comma-separated */
  GByteArray *data;
};

Fixture *
fixture_new (void)
{
  Fixture *fixture = g_new0 (Fixture, 1);

  fixture->metadata = g_string_new (NULL);
  fixture->entries = g_string_new (NULL);
  fixture->data = g_byte_array_new ();
  return fixture;
}

void
fixture_free (Fixture *fixture)
{
  g_string_free (fixture->metadata, TRUE);
  g_string_free (fixture->entries, TRUE);
  g_byte_array_unref (fixture->data);
  g_free (fixture);
}

static void
append_json_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *c = text; *c; c++)
    if (*c == '"' || *c == '\\')
      g_string_append_printf (out, "\\%c", *c);
    else if ((guchar)*c < 0x20)
      g_string_append_printf (out, "\\u%04x", *c);
    else
      g_string_append_c (out, *c);
  g_string_append_c (out, '"');
}

static void
append_separator (GString *out)
{
  if (out->len > 0)
    g_string_append_c (out, ',');
}

void
fixture_set_metadata (Fixture *fixture, const char *key, const char *value)
{
  append_separator (fixture->metadata);
  append_json_string (fixture->metadata, key);
  g_string_append_c (fixture->metadata, ':');
  append_json_string (fixture->metadata, value);
}

static gsize
count_elements (const char *shape)
{
  g_auto (GStrv) parts = g_strsplit (shape, ",", -1);
  gsize n = 1;

  for (guint i = 0; parts[i]; i++)
    n *= g_ascii_strtoull (parts[i], NULL, 10);
  return n;
}

void
fixture_add_bytes (Fixture *fixture, const char *name, AmDtype dtype, const char *shape, const void *data)
{
  gsize begin = fixture->data->len;
  gsize bits = count_elements (shape) * am_dtype_get_bits (dtype);

  g_assert_cmpuint (bits % 8, ==, 0);
  if (bits > 0)
    g_byte_array_append (fixture->data, data, (guint)(bits / 8));
  append_separator (fixture->entries);
  append_json_string (fixture->entries, name);
  g_string_append_printf (fixture->entries,
                          ":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%" G_GSIZE_FORMAT
                          ",%" G_GSIZE_FORMAT "]}",
                          am_dtype_get_name (dtype), shape, begin, begin + bits / 8);
}

typedef struct
{
  int mantissa_bits;
  int least_exponent; /* of the smallest normal number */
  double largest;     /* finite */
} Format;

static Format
format_of (AmDtype dtype)
{
  switch (dtype)
    {
    case AM_DTYPE_F16:
      return (Format){ 10, -14, 65504.0 };
    case AM_DTYPE_BF16:
      return (Format){ 7, -126, 0x1.fep127 };
    case AM_DTYPE_F8_E4M3:
      return (Format){ 3, -6, 448.0 };
    case AM_DTYPE_F8_E5M2:
      return (Format){ 2, -14, 57344.0 };
    default:
      g_error ("fixture: no small float format for %s", am_dtype_get_name (dtype));
    }
}

/* Bits of NaN and of infinity, without the sign. */
static guint
special_bits (AmDtype dtype, gboolean is_nan)
{
  switch (dtype)
    {
    case AM_DTYPE_F16:
      return is_nan ? 0x7e00 : 0x7c00;
    case AM_DTYPE_BF16:
      return is_nan ? 0x7fc0 : 0x7f80;
    case AM_DTYPE_F8_E4M3:
      return is_nan ? 0x7f : 0x7e;
    default:
      return is_nan ? 0x7e : 0x7b;
    }
}

static guint
magnitude_bits (double magnitude, AmDtype dtype)
{
  Format format = format_of (dtype);
  int exponent, step;
  double units;

  if (isnan (magnitude) || isinf (magnitude))
    return special_bits (dtype, isnan (magnitude));
  if (magnitude == 0.0)
    return 0;
  frexp (magnitude, &exponent);
  step = MAX (exponent - 1, format.least_exponent) - format.mantissa_bits;
  units = nearbyint (ldexp (magnitude, -step));
  if (ldexp (units, step) > format.largest)
    return special_bits (dtype, FALSE);
  /* One step of the exponent field is 2^mantissa_bits units, and a carry out of the mantissa lands in it. */
  return (guint)units
         + (guint)((step + format.mantissa_bits - format.least_exponent) << format.mantissa_bits);
}

static void
append_value (GByteArray *out, double value, AmDtype dtype)
{
  guint bytes = am_dtype_get_bits (dtype) / 8;
  guint64 bits;

  if (dtype == AM_DTYPE_F64)
    memcpy (&bits, &value, sizeof bits);
  else if (dtype == AM_DTYPE_F32)
    {
      float single = (float)value;
      guint32 single_bits;

      memcpy (&single_bits, &single, sizeof single_bits);
      bits = single_bits;
    }
  else
    bits = magnitude_bits (fabs (value), dtype) | (signbit (value) ? 1u << (bytes * 8 - 1) : 0);
  bits = GUINT64_TO_LE (bits);
  g_byte_array_append (out, (const guint8 *)&bits, bytes);
}

void
fixture_add_values (Fixture *fixture, const char *name, AmDtype dtype, const char *shape,
                    const double *values)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gsize n = count_elements (shape);

  for (gsize i = 0; i < n; i++)
    append_value (bytes, values[i], dtype);
  fixture_add_bytes (fixture, name, dtype, shape, bytes->data);
}

static double
random_normal (GRand *generator)
{
  double radius = sqrt (-2.0 * log (1.0 - g_rand_double (generator)));

  return radius * cos (2.0 * G_PI * g_rand_double (generator));
}

/* Numbers drawn before they come again: a prime, so that no row is like another, and few enough to be quick.
 */
#define N_DRAWN 8191

void
fixture_add_random (Fixture *fixture, const char *name, AmDtype dtype, const char *shape, guint32 seed,
                    double deviation)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gsize n = count_elements (shape), size = n * am_dtype_get_bits (dtype) / 8;
  GRand *generator = g_rand_new_with_seed (seed);
  gsize n_drawn;

  for (gsize i = 0; i < MIN (n, N_DRAWN); i++)
    append_value (bytes, deviation * random_normal (generator), dtype);
  g_rand_free (generator);
  n_drawn = bytes->len;
  g_byte_array_set_size (bytes, (guint)size);
  for (gsize at = n_drawn; at < size; at += n_drawn)
    memcpy (bytes->data + at, bytes->data, MIN (n_drawn, size - at));
  fixture_add_bytes (fixture, name, dtype, shape, bytes->data);
}

static GString *
build_header (const Fixture *fixture)
{
  GString *header = g_string_new ("{");

  if (fixture->metadata->len > 0)
    g_string_append_printf (header, "\"__metadata__\":{%s}", fixture->metadata->str);
  if (fixture->metadata->len > 0 && fixture->entries->len > 0)
    g_string_append_c (header, ',');
  g_string_append (header, fixture->entries->str);
  g_string_append_c (header, '}');
  while (header->len % 8 != 0)
    g_string_append_c (header, ' ');
  return header;
}

char *
fixture_write (Fixture *fixture, const char *folder, const char *name)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  GString *header = build_header (fixture);
  guint64 length = GUINT64_TO_LE ((guint64)header->len);
  char *path = g_build_filename (folder, name, NULL);

  g_byte_array_append (file, (const guint8 *)&length, sizeof length);
  g_byte_array_append (file, (const guint8 *)header->str, (guint)header->len);
  if (fixture->data->len > 0)
    g_byte_array_append (file, fixture->data->data, fixture->data->len);
  g_string_free (header, TRUE);
  g_file_set_contents (path, (const char *)file->data, file->len, &error);
  g_assert_no_error (error);
  return path;
}

char *
fixture_new_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("amalgam-test-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

void
fixture_remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        fixture_remove_folder (path);
      else
        g_unlink (path);
    }
  g_rmdir (folder);
}
