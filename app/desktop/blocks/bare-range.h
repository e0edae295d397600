/* What sliders that draw themselves leave out of GtkRange. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* For a subclass that keeps of GtkRange what assistive technology sees: hides its trough and slider, takes
 * pointer, wheel and keys from it, and makes it an upright slider that can have the focus. In the instance's
 * init. */
void am_bare_range_init (GtkRange *range);

G_END_DECLS
