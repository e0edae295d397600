/* One method in the list of methods. */
#pragma once

#include <gtk/gtk.h>

#include "amalgam.h"

G_BEGIN_DECLS

#define AM_TYPE_METHOD_ROW (am_method_row_get_type ())
G_DECLARE_FINAL_TYPE (AmMethodRow, am_method_row, AM, METHOD_ROW, GtkListBoxRow)

AmMethodRow *am_method_row_new (const AmMethod *method);

const AmMethod *am_method_row_get_method (AmMethodRow *self);

/* Whether the method is the one in use. */
void am_method_row_set_is_current (AmMethodRow *self, gboolean is_current);

/* Groups in their order, from 0, and what they are called, translated. */
guint am_method_row_get_group (AmMethodRow *self);
const char *am_method_row_get_group_title (AmMethodRow *self);

/* Whether id, title or summary, as shown or in English, hold every word of @words (%NULL-terminated,
 * case-folded). */
gboolean am_method_row_matches (AmMethodRow *self, char **words);

G_END_DECLS
