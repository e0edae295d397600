/* The table of merge methods. */
#pragma once

#include "methods/method.h"

G_BEGIN_DECLS

guint am_method_get_count (void);
const AmMethod *am_method_get (guint index);

/* The method of that id, or %NULL. */
const AmMethod *am_method_find (const char *id);

/* Index of a parameter of @method, or -1. */
gint am_method_find_parameter (const AmMethod *method, const char *id);

/* Index of the main ratio, or of the second one; -1 where the method has none. */
gint am_method_get_ratio (const AmMethod *method);
gint am_method_get_second_ratio (const AmMethod *method);

G_END_DECLS
