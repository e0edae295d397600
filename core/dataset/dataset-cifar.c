/* The binary version of CIFAR-10 and CIFAR-100: records of one or two labels and 32 x 32 pixels, colour by
 * colour. https://www.cs.toronto.edu/~kriz/cifar.html */
#include "dataset/dataset-private.h"

#include <string.h>

#include "base/text-file.h"
#include "base/text.h"

#define SIDE 32
#define PIXELS (SIDE * SIDE)
#define MAX_NAMES_SIZE 65536

/* The finer of two labels stands last. */
typedef struct
{
  const char *kind;
  guint n_label_bytes;
  guint8 n_classes[2];
  const char *names; /* the file with names of classes */
} Variant;

static const Variant variants[] = {
  { N_ ("CIFAR-10"), 1, { 10 }, "batches.meta.txt" },
  { N_ ("CIFAR-100"), 2, { 20, 100 }, "fine_label_names.txt" },
};

typedef struct
{
  const Variant *variant;
  GArray *ends; /* of guint64: samples in all files up to each */
} Records;

static guint64
get_record_size (const Variant *variant)
{
  return variant->n_label_bytes + 3 * PIXELS;
}

static guint
get_finest (const Variant *variant, const guint8 *labels)
{
  return labels[variant->n_label_bytes - 1];
}

/* Labels of all records in the file are appended to @labels. */
static gboolean
read_labels (const AmCheckpoint *files, guint file, const Variant *variant, GArray *labels, GError **error)
{
  const guint64 size = get_record_size (variant), n = am_checkpoint_file_size (files, file) / size;

  for (guint64 i = 0; i < n; i++)
    {
      guint8 bytes[2] = { 0 };
      guint32 label;

      if (!am_checkpoint_pread (files, file, i * size, variant->n_label_bytes, bytes, error))
        return FALSE;
      label = get_finest (variant, bytes);
      if (bytes[0] >= variant->n_classes[0] || label >= variant->n_classes[variant->n_label_bytes - 1])
        {
          g_set_error (
              error, AM_ERROR, AM_ERROR_CORRUPT,
              T_ ("%s: record %lu has the label %u, which %s does not have: damaged, or another format"),
              am_checkpoint_get_file (files, file), (gulong)i, label, variant->kind);
          return FALSE;
        }
      g_array_append_val (labels, label);
    }
  return TRUE;
}

static gboolean
has_size (const AmCheckpoint *files, guint file, const Variant *variant)
{
  const guint64 size = am_checkpoint_file_size (files, file);

  return size > 0 && size % get_record_size (variant) == 0;
}

static const Variant *
find_variant (const AmCheckpoint *files, guint file)
{
  for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      g_autoptr (GArray) labels = g_array_new (FALSE, FALSE, sizeof (guint32));

      if (has_size (files, file, &variants[i]) && read_labels (files, file, &variants[i], labels, NULL))
        return &variants[i];
    }
  return NULL;
}

gboolean
am_cifar_check (const char *path)
{
  g_autoptr (AmCheckpoint) files = am_checkpoint_new (path);

  return am_checkpoint_add_file (files, path, NULL) >= 0 && find_variant (files, 0) != NULL;
}

static gboolean
is_training_file (const char *name)
{
  return g_str_has_prefix (name, "data_batch_") && g_str_has_suffix (name, ".bin");
}

gboolean
am_cifar_is_named (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  return is_training_file (name) || g_str_equal (name, "test_batch.bin") || g_str_equal (name, "train.bin")
         || g_str_equal (name, "test.bin");
}

static guint
find_file (const Records *records, guint64 sample, guint64 *first)
{
  guint file = 0;

  *first = 0;
  while (sample >= g_array_index (records->ends, guint64, file))
    *first = g_array_index (records->ends, guint64, file++);
  return file;
}

static const char *
get_file (const AmSamples *samples, guint64 sample)
{
  guint64 first;

  return am_checkpoint_get_file (samples->files, find_file (samples->data, sample, &first));
}

static gboolean
read_record (const AmSamples *samples, guint64 sample, AmPicture *picture, GError **error)
{
  const Records *records = samples->data;
  guint8 planes[3 * PIXELS];
  guint64 first;
  const guint file = find_file (records, sample, &first);

  if (!am_checkpoint_pread (samples->files, file,
                            (sample - first) * get_record_size (records->variant)
                                + records->variant->n_label_bytes,
                            sizeof planes, planes, error))
    return FALSE;
  if (!am_picture_alloc (picture, SIDE, SIDE, 3, am_checkpoint_get_file (samples->files, file), error))
    return FALSE;
  for (guint i = 0; i < PIXELS; i++)
    for (guint channel = 0; channel < 3; channel++)
      picture->pixels[3 * i + channel] = planes[channel * PIXELS + i];
  return TRUE;
}

static void
records_free (gpointer data)
{
  Records *records = data;

  g_array_unref (records->ends);
  g_free (records);
}

/* Names of classes, a line each, where the file with them is beside the data. */
static GPtrArray *
read_class_names (const char *path, const Variant *variant)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *file = g_build_filename (folder, variant->names, NULL);
  g_autofree char *text = am_text_file_read (file, MAX_NAMES_SIZE, NULL, NULL);
  g_auto (GStrv) lines
      = text != NULL && g_utf8_validate (text, -1, NULL) ? g_strsplit (text, "\n", -1) : NULL;
  GPtrArray *names;

  if (lines == NULL)
    return NULL;
  names = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; lines[i] != NULL; i++)
    if (*g_strstrip (lines[i]) != '\0')
      g_ptr_array_add (names, g_strdup (lines[i]));
  return names;
}

static gboolean
fail_size (const AmCheckpoint *files, guint file, GError **error)
{
  g_set_error (
      error, AM_ERROR, AM_ERROR_CORRUPT,
      T_ ("%s: %lu bytes are no whole number of records of CIFAR-10 (%lu bytes each) or CIFAR-100 (%lu): "
          "incomplete or damaged"),
      am_checkpoint_get_file (files, file), (gulong)am_checkpoint_file_size (files, file),
      (gulong)get_record_size (&variants[0]), (gulong)get_record_size (&variants[1]));
  return FALSE;
}

static gboolean
add_file (AmCheckpoint *files, const char *path, Records *records, GArray *labels, GError **error)
{
  const gint file = am_checkpoint_add_file (files, path, error);
  guint64 n;

  if (file < 0)
    return FALSE;
  if (records->variant == NULL)
    records->variant = find_variant (files, (guint)file);
  if (records->variant == NULL)
    records->variant = &variants[!has_size (files, (guint)file, &variants[0])];
  if (!has_size (files, (guint)file, records->variant))
    return fail_size (files, (guint)file, error);
  if (!read_labels (files, (guint)file, records->variant, labels, error))
    return FALSE;
  n = labels->len;
  g_array_append_val (records->ends, n);
  return TRUE;
}

AmSamples *
am_samples_open_cifar (const char *const *paths, guint n_paths, GError **error)
{
  g_autoptr (AmSamples) samples = g_new0 (AmSamples, 1);
  g_autoptr (GArray) labels = g_array_new (FALSE, FALSE, sizeof (guint32));
  Records *records = g_new0 (Records, 1);

  records->ends = g_array_new (FALSE, FALSE, sizeof (guint64));
  samples->files = am_checkpoint_new (paths[0]);
  samples->data = records;
  samples->destroy = records_free;
  for (guint i = 0; i < n_paths; i++)
    if (!add_file (samples->files, paths[i], records, labels, error))
      return NULL;
  samples->kind = records->variant->kind;
  samples->n_samples = labels->len;
  samples->height = samples->width = SIDE;
  samples->channels = 3;
  samples->labels = g_memdup2 (labels->data, labels->len * sizeof (guint32));
  samples->class_names = read_class_names (paths[0], records->variant);
  samples->read = read_record;
  samples->get_file = get_file;
  return g_steal_pointer (&samples);
}

static gboolean
has_name (const GPtrArray *names, const char *name)
{
  return g_ptr_array_find_with_equal_func ((GPtrArray *)names, name, g_str_equal, NULL);
}

static gboolean
check_binary (const char *folder, const GPtrArray *names, GError **error)
{
  if (!has_name (names, "data_batch_1") && !(has_name (names, "meta") && has_name (names, "train")))
    return TRUE;
  g_set_error (
      error, AM_ERROR, AM_ERROR_UNSUPPORTED,
      T_ ("%s: this is CIFAR's version for Python; download the binary version (files ending in .bin)"),
      folder);
  return FALSE;
}

char **
am_cifar_find (const char *folder, GPtrArray *names, GError **error)
{
  static const char *const single[] = { "train.bin", "test_batch.bin", "test.bin" };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint n = 0;

  for (guint i = 0; i < names->len; i++)
    if (is_training_file (g_ptr_array_index (names, i)))
      {
        g_autofree char *path = g_build_filename (folder, g_ptr_array_index (names, i), NULL);

        g_strv_builder_add (builder, path);
        n++;
      }
  for (guint i = 0; n == 0 && i < G_N_ELEMENTS (single); i++)
    if (has_name (names, single[i]))
      {
        g_autofree char *path = g_build_filename (folder, single[i], NULL);

        g_strv_builder_add (builder, path);
        n++;
      }
  if (n > 0)
    return g_strv_builder_end (builder);
  check_binary (folder, names, error);
  return NULL;
}
