/* Settings of an alignment in words. */
#pragma once

#include "state/draft.h"

G_BEGIN_DECLS

/* Those that no control shows and that are not as usual, as in "order backward, seed 7". Returns: (transfer
 * full): translated; "" when there are none. */
char *am_align_text_new (const AmAlignSettings *align);

/* "B will be brought into the order of A first": what happens to number @index of the alignments in the plan
 * of @draft, which has settings for it. Returns: (transfer full): translated. */
char *am_align_text_new_plan (AmDraft *draft, guint index);

G_END_DECLS
