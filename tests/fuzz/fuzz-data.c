/* Data files: IDX, CIFAR, NumPy, tensors; and pictures, which only folders may hold. */
#include <stdint.h>
#include <string.h>

#include "dataset/dataset.h"
#include "dataset/picture.h"
#include "fuzz-file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
try_picture (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_auto (AmPicture) picture = { 0 };
  const gboolean is_read = data[0] == 0x89 ? am_png_decode (data, size, "fuzz", &picture, &error)
                                           : am_jpeg_decode (data, size, "fuzz", &picture, &error);

  g_assert_true (is_read == (error == NULL));
}

static void
try_data (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmDataset) dataset = am_dataset_open (path, NULL, &error);
  guint64 height, width, channels;

  g_assert_true ((dataset == NULL) == (error != NULL));
  if (dataset == NULL)
    return;
  am_dataset_get_shape (dataset, &height, &width, &channels);
  if (height * width * channels <= 1 << 20)
    {
      const guint64 last = am_dataset_get_n_samples (dataset) - 1;
      g_autofree float *values = g_new (float, height *width *channels);

      g_assert_true (am_dataset_read (dataset, &last, 1, values, &error) == (error == NULL));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *path = NULL;
  int fd;

  if (size > 0 && (data[0] == 0x89 || data[0] == 0xff))
    {
      try_picture (data, size);
      return 0;
    }
  fd = memfd_create ("fuzz", MFD_CLOEXEC);
  g_assert_true (fd >= 0 && write (fd, data, size) == (ssize_t)size);
  path = g_strdup_printf ("/proc/self/fd/%d", fd);
  try_data (path);
  close (fd);
  return 0;
}
