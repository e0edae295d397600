/* What cards, rows and details say of a checkpoint. All (transfer full). */
#pragma once

#include "state/library-item.h"

G_BEGIN_DECLS

/* "F16 · 2.1 GB", or that it is being read, or cannot be. */
char *am_item_dup_facts (AmLibraryItem *item);

/* All there is to hear of it, for assistive technology. */
char *am_item_dup_description (AmLibraryItem *item);

G_END_DECLS
