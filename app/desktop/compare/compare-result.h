/* What a comparison found: headline, heat map, parts, tensors, and the values of one of them. */
#pragma once

#include <gtk/gtk.h>

#include "compare/comparison.h"

G_BEGIN_DECLS

#define AM_TYPE_COMPARE_RESULT (am_compare_result_get_type ())
G_DECLARE_FINAL_TYPE (AmCompareResult, am_compare_result, AM, COMPARE_RESULT, GtkWidget)

/* The menu in it activates "compare.save-json" and "compare.save-png" of the page. */
void am_compare_result_set_comparison (AmCompareResult *self, AmComparison *comparison);
AmComparison *am_compare_result_get_comparison (AmCompareResult *self); /* (transfer none) (nullable) */

G_END_DECLS
