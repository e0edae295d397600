#include <stdint.h>
#include <string.h>

#include "checkpoint/safetensors.h"
#include "fuzz-file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* What the header's comment promises of a file that passed. */
static void
check_promises (const AmSafetensors *st, size_t file_size)
{
  uint64_t end = 0;

  for (size_t i = 0; i < st->n_tensors; i++)
    {
      const AmSafetensorsTensor *tensor = &st->tensors[i];

      g_assert_cmpuint (tensor->begin, ==, end);
      g_assert_cmpuint (tensor->end, >=, tensor->begin);
      g_assert_cmpuint (strlen (tensor->name), ==, tensor->name_length);
      g_assert_true (g_utf8_validate (tensor->name, -1, NULL));
      end = tensor->end;
    }
  g_assert_cmpuint (st->data_start + end, ==, file_size);
}

static bool
parse (const uint8_t *data, size_t size)
{
  AmSafetensorsError error;
  AmSafetensors st;
  uint64_t header_size;

  if (!am_safetensors_get_header_size (data, size, &header_size, &error)
      || !am_safetensors_parse (data + 8, (size_t)header_size, size, &st, &error))
    {
      g_assert_true (g_utf8_validate (error.message, -1, NULL));
      g_assert_true (g_utf8_validate (error.tensor, -1, NULL));
      g_assert_cmpuint (error.position, <=, size);
      return false;
    }
  check_promises (&st, size);
  am_safetensors_clear (&st);
  return true;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = NULL;

  if (!parse (data, size))
    return 0;
  checkpoint = fuzz_open (data, size, &error);
  if (checkpoint)
    fuzz_read_all (checkpoint);
  return 0;
}
