/* Two children beside each other where there is room, one above the other where there is not. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define AM_TYPE_BESIDE_BOX (am_beside_box_get_type ())
G_DECLARE_FINAL_TYPE (AmBesideBox, am_beside_box, AM, BESIDE_BOX, GtkWidget)

/**
 * AmBesideBox:
 *
 * Properties: "wide-width" (gint: the least width to stand beside each other at, more where the children need
 * it), "end-width" (gint: of the second child then; 0 shares evenly, -1 means its natural width), "spacing".
 * Stacked, height that is left over goes to the children that expand.
 */

G_END_DECLS
