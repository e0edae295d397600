/* Prints the texts that front ends show, one a line, for check-texts.py. */
#include "amalgam.h"

static void
print_method (const AmMethod *method)
{
  g_print ("%s\n%s\n", method->title, method->summary);
  for (guint i = 0; i < method->n_parameters; i++)
    g_print ("%s\n", method->parameters[i].summary);
}

int
main (void)
{
  for (guint i = 0; i < am_method_get_count (); i++)
    print_method (am_method_get (i));
  for (guint i = 0; i < am_preset_get_count (); i++)
    g_print ("%s\n", am_preset_get (i)->summary);
  for (guint i = 0; i <= AM_FAMILY_VAE; i++)
    g_print ("%s\n", am_family_get_title (i));
  for (guint i = 0; i < AM_N_COMPONENTS; i++)
    g_print ("%s\n", am_component_get_title (i));
  for (guint i = 0; i < AM_N_LAYER_KINDS; i++)
    g_print ("%s\n", am_layer_kind_get_title (i));
  for (guint i = 0; i <= AM_CONTAINER_DIFFUSERS; i++)
    g_print ("%s\n", am_container_get_title (i));
  for (guint i = 0; i < AM_N_ACTIONS; i++)
    g_print ("%s\n", am_action_get_title (i));
  g_print ("%s\n%s\n%s\n%s\n", AM_STAND_IN_NOTHING_KEPT, AM_STAND_IN_NO_DIRECTION, AM_STAND_IN_ZERO_LEFT_OUT,
           AM_STAND_IN_NO_ANGLE);
  g_print ("%s\n%s\n%s\n%s\n", AM_STAND_IN_NO_STATISTICS, AM_STAND_IN_NOT_FINITE, AM_STAND_IN_RIDGE,
           AM_STAND_IN_NOT_A_MATRIX);
  return 0;
}
