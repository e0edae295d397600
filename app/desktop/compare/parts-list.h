/* How each component fared, and what could not be compared: rows that lead to the tensors they count. */
#pragma once

#include <gtk/gtk.h>

#include "compare/tensor-row.h"

G_BEGIN_DECLS

#define AM_TYPE_PARTS_LIST (am_parts_list_get_type ())
G_DECLARE_FINAL_TYPE (AmPartsList, am_parts_list, AM, PARTS_LIST, GtkWidget)

/* Signals: "component-activated" (guint: AmComponent), "scope-activated" (guint: AmTensorScope). */
void am_parts_list_set_comparison (AmPartsList *self, AmComparison *comparison);

G_END_DECLS
