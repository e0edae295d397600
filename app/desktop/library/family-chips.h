/* A row of buttons, one for each architecture there is, to show those checkpoints alone. */
#pragma once

#include <gtk/gtk.h>

#include "state/library.h"

G_BEGIN_DECLS

#define AM_TYPE_FAMILY_CHIPS (am_family_chips_get_type ())
G_DECLARE_FINAL_TYPE (AmFamilyChips, am_family_chips, AM, FAMILY_CHIPS, GtkWidget)

/* @library: followed. Property "family": an AmFamily, or -1 for all. Hidden
 * while there is only one architecture. */
void am_family_chips_set_library (AmFamilyChips *self, AmLibrary *library);

int am_family_chips_get_family (AmFamilyChips *self);
void am_family_chips_set_family (AmFamilyChips *self, int family);

G_END_DECLS
