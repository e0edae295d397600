#include "graph/description.h"

#include "graph/graph-families.h"

#define FOLDER "/io/github/amalgam_merge/Amalgam/families/"

const char *
am_family_description_find (const char *name, gsize *length)
{
  g_autofree char *path = g_strconcat (FOLDER, name, ".yaml", NULL);
  g_autoptr (GBytes) bytes
      = g_resource_lookup_data (am_families_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  /* Not compressed, so the bytes are those of the program itself. */
  return bytes != NULL ? g_bytes_get_data (bytes, length) : NULL;
}
