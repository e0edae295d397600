/* The metadata of a header: keys with values, to search in; long values unfold. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define AM_TYPE_METADATA_LIST (am_metadata_list_get_type ())
G_DECLARE_FINAL_TYPE (AmMetadataList, am_metadata_list, AM, METADATA_LIST, GtkWidget)

/* @keys: in the order to show. @values: by key. Both borrowed until the next call; (nullable) together. */
void am_metadata_list_set (AmMetadataList *self, GPtrArray *keys, GHashTable *values);

G_END_DECLS
