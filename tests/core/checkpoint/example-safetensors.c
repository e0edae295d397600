/* Lists the tensors of a safetensors file: the whole of what it takes to use the header elsewhere. */
#define _POSIX_C_SOURCE 200809L
#define AM_SAFETENSORS_IMPLEMENTATION
#include "../../../core/checkpoint/safetensors.h"

#include <fcntl.h>

int
main (int argc, char **argv)
{
  AmSafetensors st;
  AmSafetensorsError error;
  int fd = argc == 2 ? open (argv[1], O_RDONLY) : -1;

  if (fd < 0 || !am_safetensors_read_fd (fd, &st, &error))
    {
      fprintf (stderr, "%s: %s\n", argc == 2 ? argv[1] : "usage: example FILE",
               fd < 0 ? "cannot open" : error.message);
      return 1;
    }
  for (size_t i = 0; i < st.n_tensors; i++)
    {
      const AmSafetensorsTensor *tensor = &st.tensors[i];

      printf ("%s %s", tensor->name, am_safetensors_dtype_get_name (tensor->dtype));
      for (unsigned axis = 0; axis < tensor->n_dims; axis++)
        printf ("%c%llu", axis == 0 ? ' ' : 'x', (unsigned long long)tensor->shape[axis]);
      printf (" at byte %llu\n", (unsigned long long)(st.data_start + tensor->begin));
    }
  am_safetensors_clear (&st);
  close (fd);
  return 0;
}
