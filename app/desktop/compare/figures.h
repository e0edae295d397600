/* The figures of a comparison as text, never rounded to a value that would claim more than they say. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* All (transfer full), and "–" for NAN. */

/* "1.83 %", "0.0004 %", "0 %", "∞". */
char *am_figure_percent (double fraction);

/* How alike two models with that relative difference are: "98.2 %", "99.9996 %", "> 99.9999 %"; 100 % for 0
 * alone, 0 % from 1 up. */
char *am_figure_likeness (double relative_l2);

/* "0.999831"; "> 0.999999" for what is not 1 and would look like it. */
char *am_figure_cosine (double cosine);

/* "0.0123", "1.5e-05". */
char *am_figure_value (double value);

G_END_DECLS
