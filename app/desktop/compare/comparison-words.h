/* What a comparison found, in plain words. All texts are translated and (transfer full). */
#pragma once

#include "compare/comparison.h"

G_BEGIN_DECLS

/* "98.2 % alike, differing most in OUT05 and the text encoder". */
char *am_comparison_dup_headline (AmComparison *self);

/* The figures behind the headline. */
char *am_comparison_dup_details (AmComparison *self);

/* Why the two do not go together, and what is compared all the same; %NULL when they do. */
char *am_comparison_dup_warning (AmComparison *self);

/* "Identical", "12 of 196 tensors differ". */
char *am_comparison_dup_component_words (AmComparison *self, AmComponent component);

G_END_DECLS
