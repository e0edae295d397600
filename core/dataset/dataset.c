#include "dataset/dataset-private.h"

#include "base/text.h"

const char *
am_dataset_get_path (const AmDataset *dataset)
{
  return dataset->path;
}

const char *
am_dataset_get_kind (const AmDataset *dataset)
{
  return T_ (dataset->samples->kind);
}

const AmPreprocessing *
am_dataset_get_preprocessing (const AmDataset *dataset)
{
  return dataset->preprocessing;
}

guint64
am_dataset_get_n_samples (const AmDataset *dataset)
{
  return dataset->samples->n_samples;
}

void
am_dataset_get_shape (const AmDataset *dataset, guint64 *height, guint64 *width, guint64 *channels)
{
  *height = dataset->height;
  *width = dataset->width;
  *channels = dataset->channels;
}

gboolean
am_dataset_has_pixels (const AmDataset *dataset)
{
  return !dataset->samples->is_float;
}

gboolean
am_dataset_has_labels (const AmDataset *dataset)
{
  return dataset->samples->labels != NULL;
}

guint
am_dataset_get_n_classes (const AmDataset *dataset)
{
  return dataset->n_classes;
}

const char *
am_dataset_get_class_name (const AmDataset *dataset, guint class)
{
  const GPtrArray *names = dataset->samples->class_names;

  return names != NULL && class < names->len ? g_ptr_array_index (names, class) : NULL;
}

guint
am_dataset_get_label (const AmDataset *dataset, guint64 sample)
{
  g_return_val_if_fail (sample < dataset->samples->n_samples, 0);
  return dataset->samples->labels != NULL ? dataset->samples->labels[sample] : 0;
}

const char *
am_dataset_get_file (const AmDataset *dataset, guint64 sample)
{
  const AmSamples *samples = dataset->samples;

  g_return_val_if_fail (sample < samples->n_samples, dataset->path);
  return samples->get_file != NULL ? samples->get_file (samples, sample)
                                   : am_checkpoint_get_file (samples->files, 0);
}

gboolean
am_dataset_check_classes (const AmDataset *dataset, guint64 n_classes, GError **error)
{
  const guint32 *labels = dataset->samples->labels;

  if (dataset->n_classes <= n_classes)
    return TRUE;
  for (guint64 i = 0; i < dataset->samples->n_samples; i++)
    if (labels[i] >= n_classes)
      {
        g_set_error (
            error, AM_ERROR, AM_ERROR_MISMATCH,
            T_ ("%s: sample %lu has the label %u, but the network tells %lu classes apart, 0 to %lu"),
            am_dataset_get_file (dataset, i), (gulong)i, labels[i], (gulong)n_classes, (gulong)n_classes - 1);
        return FALSE;
      }
  return TRUE;
}

static void
count_classes (AmDataset *dataset)
{
  const AmSamples *samples = dataset->samples;

  for (guint64 i = 0; samples->labels != NULL && i < samples->n_samples; i++)
    dataset->n_classes = MAX (dataset->n_classes, samples->labels[i] + 1);
}

static gboolean
check_size (AmDataset *dataset, GError **error)
{
  if (dataset->height <= AM_DATASET_MAX_VALUES / dataset->width
      && dataset->height * dataset->width <= AM_DATASET_MAX_VALUES / dataset->channels)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               T_ ("%s: samples of %lu x %lu x %lu values; at most %u are read"), dataset->path,
               (gulong)dataset->height, (gulong)dataset->width, (gulong)dataset->channels,
               AM_DATASET_MAX_VALUES);
  return FALSE;
}

/* Channels the network gets. Pictures in files are colours unless grey ones are asked for, as with
 * torchvision's ImageFolder. */
static gboolean
choose_channels (AmDataset *dataset, GError **error)
{
  const AmSamples *samples = dataset->samples;
  const guint wanted = dataset->preprocessing->n_channels;
  const gboolean is_grey = samples->channels == 1, is_colour = samples->channels == 3;

  dataset->channels = wanted == 0 || (samples->is_vector && wanted == 1) ? samples->channels : wanted;
  if (samples->channels == 0)
    dataset->channels = wanted == 1 ? 1 : 3;
  if (dataset->channels == samples->channels || samples->channels == 0 || (is_grey && !samples->is_vector)
      || (is_colour && !samples->is_vector && !samples->is_float))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
               T_ ("%s: samples have %lu channels, but the preprocessing “%s” is for %u"), dataset->path,
               (gulong)samples->channels, dataset->preprocessing->name, wanted);
  return FALSE;
}

/* The first picture tells the size where the preprocessing does not. */
static gboolean
look_at_first (const AmSamples *samples, gsize *height, gsize *width, GError **error)
{
  g_auto (AmPicture) picture = { 0 };

  if (!samples->read (samples, 0, &picture, error))
    return FALSE;
  *height = picture.height;
  *width = picture.width;
  return TRUE;
}

static gboolean
choose_size (AmDataset *dataset, GError **error)
{
  const AmSamples *samples = dataset->samples;
  const AmPreprocessing *preprocessing = dataset->preprocessing;
  const gboolean is_fixed = preprocessing->crop > 0 || preprocessing->resize_width > 0;
  gsize height = MAX (samples->height, 1), width = MAX (samples->width, 1);

  if (samples->height == 0 && !is_fixed && !look_at_first (samples, &height, &width, error))
    return FALSE;
  if (!samples->is_float && !samples->is_vector)
    am_preprocessing_measure (preprocessing, &height, &width);
  dataset->height = MAX (height, 1);
  dataset->width = MAX (width, 1);
  return check_size (dataset, error);
}

AmDataset *
am_dataset_open (const char *path, const AmPreprocessing *preprocessing, GError **error)
{
  g_autoptr (AmDataset) dataset = g_new0 (AmDataset, 1);

  dataset->path = g_strdup (path);
  dataset->preprocessing
      = preprocessing != NULL ? am_preprocessing_copy (preprocessing) : am_preprocessing_load ("none", error);
  dataset->samples = am_samples_open (path, error);
  if (dataset->samples == NULL || !choose_channels (dataset, error) || !choose_size (dataset, error))
    return NULL;
  count_classes (dataset);
  return g_steal_pointer (&dataset);
}

void
am_dataset_free (AmDataset *dataset)
{
  if (dataset == NULL)
    return;
  if (dataset->pool != NULL)
    g_thread_pool_free (dataset->pool, FALSE, TRUE);
  am_samples_free (dataset->samples);
  am_preprocessing_free (dataset->preprocessing);
  g_free (dataset->path);
  g_free (dataset);
}
