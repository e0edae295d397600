/* Symmetries as text, and what has to hold of all of them. */
#pragma once

#include "graph/symmetries.h"

G_BEGIN_DECLS

/* Factors in order: kind, "*", size, "<" and parent, "~" when it rotates: "heads*2 units*4<0~". */
char *describe_factors (const AmSymmetries *symmetries);

/* Segments of an axis: start, "+", length, ":" and digits: factor, or "-", "*" and size: "0+8:0*2,1*4". Empty
 * when it does not move. */
char *describe_axis (const AmSymmetries *symmetries, const char *tensor, guint axis);

/* name, size and reason per line. */
char *describe_fixed (const AmSymmetries *symmetries);

/* Asserts that digits multiply to segments inside of their axes, parents come first, and so on. */
void check_symmetries (const AmSymmetries *symmetries);

/* The symmetries of @graph, checked, with factors as describe_factors() puts them. (transfer full) */
AmSymmetries *derive_symmetries (const AmGraph *graph, const char *factors);

/* Asserts what describe_axis() says. */
void expect_axis (const AmSymmetries *symmetries, const char *tensor, guint axis, const char *segments);

/* Asserts that a line of describe_fixed() begins with @start. */
void expect_fixed (const AmSymmetries *symmetries, const char *start);
void expect_name (const AmSymmetries *symmetries, guint factor, const char *name);

G_END_DECLS
