/* list-keys FAMILY DIVISOR: the key table of a family, one "COMPONENT NAME SHAPE" a line. */

#include <stdlib.h>

#include "architecture/model.h"

static AmFamily
find_family (const char *name)
{
  static const struct
  {
    const char *name;
    AmFamily family;
  } families[] = {
    { "sd1", AM_FAMILY_SD1 },   { "sd2", AM_FAMILY_SD2 },
    { "sdxl", AM_FAMILY_SDXL }, { "sdxl-refiner", AM_FAMILY_SDXL_REFINER },
    { "sd3", AM_FAMILY_SD3 },   { "flux", AM_FAMILY_FLUX },
  };

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_str_equal (name, families[i].name))
      return families[i].family;
  g_error ("no table for %s", name);
}

int
main (int argc, char **argv)
{
  g_autoptr (GArray) rows = NULL;

  if (argc != 3)
    g_error ("usage: %s FAMILY DIVISOR", argv[0]);
  rows = am_family_list_tensors (find_family (argv[1]), (guint)strtoul (argv[2], NULL, 10));
  for (guint i = 0; i < rows->len; i++)
    {
      const AmExpectedTensor *row = &g_array_index (rows, AmExpectedTensor, i);

      g_print ("%s %s", am_component_get_id (row->component), row->name);
      for (guint d = 0; d < row->n_dims; d++)
        g_print ("%s%" G_GUINT64_FORMAT, d > 0 ? "," : " ", row->shape[d]);
      g_print ("\n");
    }
  return 0;
}
