/* Prints a family's key table for tests/data/check-manifests.py: name, dtype, shape, optional. */
#include "architecture/model.h"

#include <stdio.h>
#include <stdlib.h>

static const struct
{
  const char *id;
  AmFamily family;
} families[] = {
  { "sd1", AM_FAMILY_SD1 },   { "sd2", AM_FAMILY_SD2 },
  { "sdxl", AM_FAMILY_SDXL }, { "sdxl-refiner", AM_FAMILY_SDXL_REFINER },
  { "sd3", AM_FAMILY_SD3 },   { "flux", AM_FAMILY_FLUX },
};

static void
print_row (const AmExpectedTensor *row)
{
  printf ("%s\t%s\t", row->name, am_dtype_get_name (row->dtype));
  for (guint i = 0; i < row->n_dims; i++)
    printf ("%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", row->shape[i]);
  printf ("\t%s\t%s\n", row->is_optional ? "optional" : "", am_component_get_id (row->component));
}

int
main (int argc, char **argv)
{
  for (guint i = 0; argc > 1 && i < G_N_ELEMENTS (families); i++)
    if (g_str_equal (families[i].id, argv[1]))
      {
        g_autoptr (GArray) table
            = am_family_list_tensors (families[i].family, argc > 2 ? (guint)atoi (argv[2]) : 1);

        for (guint row = 0; row < table->len; row++)
          print_row (&g_array_index (table, AmExpectedTensor, row));
        return 0;
      }
  fprintf (stderr, "usage: dump-key-table FAMILY [DIVISOR]\n");
  return 2;
}
