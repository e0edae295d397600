/* Reads a data set: read-data PATH PREPROCESSING. Writes number, height, width and channels as 64-bit
 * integers, labels as 32-bit ones (-1: none), and values as floats. */
#include <stdio.h>

#include "dataset/dataset.h"

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPreprocessing) preprocessing = NULL;
  g_autoptr (AmDataset) dataset = NULL;
  g_autoptr (AmBatches) batches = NULL;
  g_autofree guint64 *chosen = NULL;
  guint64 shape[4];
  const float *values;
  const guint64 *samples;
  guint n;

  if (argc != 3)
    return 2;
  preprocessing = am_preprocessing_load (argv[2], &error);
  dataset = preprocessing != NULL ? am_dataset_open (argv[1], preprocessing, &error) : NULL;
  if (dataset == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  chosen = am_dataset_choose (dataset, 0, 0, &shape[0]);
  am_dataset_get_shape (dataset, &shape[1], &shape[2], &shape[3]);
  fwrite (shape, sizeof *shape, 4, stdout);
  for (guint64 i = 0; i < shape[0]; i++)
    {
      const gint32 label = am_dataset_has_labels (dataset) ? (gint32)am_dataset_get_label (dataset, i) : -1;

      fwrite (&label, sizeof label, 1, stdout);
    }
  batches = am_batches_new (dataset, chosen, shape[0], 7);
  while ((n = am_batches_next (batches, &values, &samples, &error)) > 0)
    fwrite (values, sizeof *values, n * shape[1] * shape[2] * shape[3], stdout);
  if (error == NULL)
    return 0;
  g_printerr ("%s\n", error->message);
  return 1;
}
