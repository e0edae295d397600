/* Values of a header's entries, ended by NULs: the embedded recipe, then what web UIs write. */
#include <stdint.h>
#include <string.h>

#include "recipe/ancestry.h"

#define MOST_CHARACTERS 200

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_text (const char *text)
{
  if (text == NULL)
    return;
  g_assert_true (*text != '\0' && g_utf8_validate (text, -1, NULL));
  g_assert_cmpint (g_utf8_strlen (text, -1), <=, MOST_CHARACTERS);
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (at)));
}

static guint
check_tree (const AmAncestor *node, guint depth)
{
  guint n = 1;

  g_assert_nonnull (node->name);
  g_assert_cmpuint (depth, <=, AM_ANCESTRY_MAX_DEPTH);
  g_assert_true (node->sha256 == NULL || strlen (node->sha256) == 64);
  check_text (node->name);
  check_text (node->sha256);
  check_text (node->legacy_hash);
  check_text (node->method);
  check_text (node->detail);
  check_text (node->role);
  for (guint i = 0; i < node->parents->len; i++)
    n += check_tree (g_ptr_array_index (node->parents, i), depth + 1);
  return n;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const keys[]
      = { "amalgam_recipe", "sd_merge_recipe", "sd_merge_models", "modelspec.merged_from" };
  g_autoptr (GHashTable) metadata = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_autoptr (AmAncestor) root = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (keys) && size > 0; i++)
    {
      const uint8_t *end = memchr (data, '\0', size);
      gsize length = end != NULL ? (gsize)(end - data) : size;

      if (length > 0)
        g_hash_table_insert (metadata, (gpointer)keys[i], g_strndup ((const char *)data, length));
      data += MIN (length + 1, size);
      size -= MIN (length + 1, size);
    }
  root = am_ancestry_new (metadata, "root");
  g_assert_cmpuint (check_tree (root, 0), <=, AM_ANCESTRY_MAX_NODES);
  return 0;
}
