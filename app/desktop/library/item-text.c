#include "item-text.h"

#include <glib/gi18n.h>

#include "base/readable.h"

char *
am_item_dup_facts (AmLibraryItem *item)
{
  g_autofree char *size = am_readable_size (am_library_item_get_size (item));

  switch (am_library_item_get_state (item))
    {
    case AM_ITEM_READING:
      return g_strdup (_ ("Reading…"));
    case AM_ITEM_FAILED:
      return g_strdup (_ ("Cannot be read"));
    case AM_ITEM_READY:
    default:
      if (am_library_item_get_dtype (item) == NULL)
        return g_steal_pointer (&size);
      /* Translators: type of numbers and size of a checkpoint, as in "F16 · 2.1 GB". */
      return g_strdup_printf (C_ ("checkpoint", "%s · %s"), am_library_item_get_dtype (item), size);
    }
}

char *
am_item_dup_description (AmLibraryItem *item)
{
  g_autofree char *facts = am_item_dup_facts (item);
  g_autofree char *date = am_readable_date (am_library_item_get_modified (item));

  if (am_library_item_get_state (item) != AM_ITEM_READY)
    /* Translators: a checkpoint's name, and what is the matter with it. */
    return g_strdup_printf (C_ ("checkpoint", "%s, %s"), am_library_item_get_name (item), facts);
  /* Translators: name of a checkpoint, its architecture, type and size, date. */
  return g_strdup_printf (C_ ("checkpoint", "%s, %s, %s, %s"), am_library_item_get_name (item),
                          am_library_item_get_title (item), facts, date);
}
