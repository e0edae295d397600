#include <stdint.h>
#include <string.h>

#include "fuzz-file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = NULL;

  if (size < 4 || memcmp (data, "PK\3\4", 4) != 0)
    return 0;
  checkpoint = fuzz_open (data, size, &error);
  if (checkpoint)
    fuzz_read_all (checkpoint);
  return 0;
}
