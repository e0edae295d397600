/* What the library itself does to its items. */
#pragma once

#include "state/library-item.h"
#include "state/library-preview.h"
#include "state/library-walk.h"

G_BEGIN_DECLS

/* @loader: kept. */
AmLibraryItem *am_library_item_new (const char *path, AmPreviewLoader *loader);

/* What a scan found; without facts an item that is known stays as it is. Returns: whether anything changed
 * that one may sort or filter by. */
gboolean am_library_item_take_find (AmLibraryItem *self, const AmLibraryFind *find);

/* As the cache has it, when the scan has not come by yet. */
gboolean am_library_item_take_facts (AmLibraryItem *self, AmLibraryFacts *facts);

void am_library_item_set_preview_path (AmLibraryItem *self, const char *path, gint64 modified);

G_END_DECLS
