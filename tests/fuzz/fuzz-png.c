/* The recipe in a picture: only chunks are read, never pixels. */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "output/heat-map.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  int fd = memfd_create ("fuzz", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_assert (fd >= 0 && write (fd, data, size) == (ssize_t)size);
  text = am_png_read_text (path, AM_PNG_RECIPE_KEYWORD, &error);
  g_assert (text == NULL || error == NULL);
  g_assert (text == NULL || g_utf8_validate (text, -1, NULL));
  close (fd);
  return 0;
}
