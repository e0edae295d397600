/* Inside of an alignment, for core/align alone. */
#pragma once

#include "align/alignment.h"

G_BEGIN_DECLS

/* Borrowed. */
const AmSymmetries *am_alignment_get_symmetries (const AmAlignment *alignment);

G_END_DECLS
