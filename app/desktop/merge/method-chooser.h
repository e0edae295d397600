/* A popover to choose the merge method: all of the registry, grouped by what they need, with search. */
#pragma once

#include <gtk/gtk.h>

#include "amalgam.h"

G_BEGIN_DECLS

#define AM_TYPE_METHOD_CHOOSER (am_method_chooser_get_type ())
G_DECLARE_FINAL_TYPE (AmMethodChooser, am_method_chooser, AM, METHOD_CHOOSER, GtkPopover)

/* Signal "chosen" (const char *id). */
AmMethodChooser *am_method_chooser_new (void);

/* Marks the method in use. */
void am_method_chooser_set_method (AmMethodChooser *self, const AmMethod *method);

G_END_DECLS
