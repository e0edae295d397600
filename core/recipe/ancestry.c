#include <string.h>

#include "recipe/ancestry-private.h"

#define MOST_CHARACTERS 200
#define MOST_TEXT (16 * 1024 * 1024)
#define MOST_NAMES (64 * 1024)

/* As many digits of a hash as web UIs show in place of a name. */
#define SHORT_HASH 10

static AmAncestor *
ancestor_new (char *name)
{
  AmAncestor *self = g_new0 (AmAncestor, 1);

  self->name = name;
  self->parents = g_ptr_array_new_with_free_func ((GDestroyNotify)am_ancestor_free);
  return self;
}

void
am_ancestor_free (AmAncestor *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->sha256);
  g_free (self->legacy_hash);
  g_free (self->method);
  g_free (self->detail);
  g_free (self->role);
  g_ptr_array_unref (self->parents);
  g_free (self);
}

static void
item_free (gpointer data)
{
  AmAncestryItem *item = data;

  g_clear_pointer (&item->json, json_node_unref);
  g_free (item->key);
  g_free (item);
}

static AmAncestryItem *
add_item (AmAncestry *self, AmAncestor *node, const AmAncestryItem *child)
{
  AmAncestryItem *item = g_new0 (AmAncestryItem, 1);

  item->node = node;
  item->child = child;
  item->depth = child != NULL ? child->depth + 1 : 0;
  g_ptr_array_add (self->items, item);
  return item;
}

/* Marks that turn the direction of text would make a name look like another one. */
static gboolean
is_shown (gunichar character)
{
  return !g_unichar_iscntrl (character) && !(character >= 0x202A && character <= 0x202E)
         && !(character >= 0x2066 && character <= 0x2069) && character != 0x2028 && character != 0x2029;
}

char *
am_ancestry_tidy (const char *text)
{
  gsize most_bytes = (gsize)(MOST_CHARACTERS + 1) * 4;
  g_autofree char *valid = g_utf8_make_valid (text, (gssize)strnlen (text, most_bytes));
  GString *shown = g_string_new (NULL);
  guint n = 0;

  for (const char *at = valid; *at != '\0' && n < MOST_CHARACTERS; at = g_utf8_next_char (at), n++)
    {
      gunichar character = g_utf8_get_char (at);

      if (n == MOST_CHARACTERS - 1 && *g_utf8_next_char (at) != '\0')
        character = 0x2026;
      g_string_append_unichar (shown, is_shown (character) ? character : ' ');
    }
  g_strstrip (shown->str);
  return g_string_free (shown, *shown->str == '\0');
}

static gboolean
is_hash (const char *text, gsize least, gsize most)
{
  gsize length = strnlen (text, most + 1);

  return length >= least && length <= most && strspn (text, "0123456789abcdefABCDEF") == length;
}

static char *
choose_name (const char *given, const char *known, const char *key)
{
  char *name = given != NULL ? am_ancestry_tidy (given) : NULL;

  if (name == NULL && known != NULL)
    name = am_ancestry_tidy (known);
  if (name != NULL || key == NULL)
    return name;
  return is_hash (key, 64, 64) ? g_ascii_strdown (key, SHORT_HASH) : am_ancestry_tidy (key);
}

/* A model that was made of itself is not followed round and round. */
static gboolean
is_own_ancestor (const AmAncestryItem *child, const char *key)
{
  for (const AmAncestryItem *item = child; key != NULL && item != NULL; item = item->child)
    if (g_strcmp0 (item->key, key) == 0)
      return TRUE;
  return FALSE;
}

void
am_ancestry_add (AmAncestry *self, AmAncestryItem *child, const AmAncestryParent *parent)
{
  g_autofree char *key = parent->key != NULL ? g_ascii_strdown (parent->key, -1) : NULL;
  const char *known = NULL, *legacy = NULL;
  g_autoptr (JsonNode) json = NULL;
  char *name;
  AmAncestryItem *item;

  if (child->depth >= AM_ANCESTRY_MAX_DEPTH || self->items->len >= AM_ANCESTRY_MAX_NODES)
    {
      child->node->is_cut = TRUE;
      return;
    }
  if (key != NULL)
    am_ancestry_look_up (self, key, &known, &legacy, &json);
  name = choose_name (parent->name, known, parent->key);
  if (name == NULL)
    return;
  item = add_item (self, ancestor_new (name), child);
  g_ptr_array_add (child->node->parents, item->node);
  if (legacy != NULL && is_hash (legacy, 8, SHORT_HASH))
    item->node->legacy_hash = g_ascii_strdown (legacy, -1);
  if (key != NULL && is_hash (key, 64, 64))
    item->node->sha256 = g_strdup (key);
  else if (key != NULL && is_hash (key, 8, SHORT_HASH) && item->node->legacy_hash == NULL)
    item->node->legacy_hash = g_strdup (key);
  item->node->role = g_strdup (parent->role);
  item->recipe = parent->recipe;
  if (is_own_ancestor (child, key))
    item->node->is_cut = json != NULL;
  else
    item->json = g_steal_pointer (&json);
  item->key = g_steal_pointer (&key);
}

static void
add_merged_from (AmAncestry *self, AmAncestryItem *root, const char *text)
{
  for (const char *at = text; at != NULL && !root->node->is_cut;)
    {
      const char *comma = strchr (at, ',');
      g_autofree char *name = g_strndup (at, comma != NULL ? (gsize)(comma - at) : strlen (at));
      AmAncestryParent parent = { .name = name };

      am_ancestry_add (self, root, &parent);
      at = comma != NULL ? comma + 1 : NULL;
    }
}

static const char *
look_up (GHashTable *metadata, const char *key, gsize most)
{
  const char *text = g_hash_table_lookup (metadata, key);

  return text != NULL && strnlen (text, most + 1) <= most ? text : NULL;
}

static void
grow (AmAncestry *self, AmAncestryItem *item)
{
  if (item->recipe != NULL)
    am_ancestry_grow_recipe (self, item);
  else if (item->json != NULL)
    am_ancestry_grow_web_ui (self, item);
}

static void
grow_root (AmAncestry *self, AmAncestryItem *root, GHashTable *metadata)
{
  const char *yaml = look_up (metadata, AM_RECIPE_METADATA_KEY, MOST_TEXT);
  const char *recipe = look_up (metadata, "sd_merge_recipe", MOST_TEXT);

  am_ancestry_load_models (self, look_up (metadata, "sd_merge_models", MOST_TEXT));
  if (yaml != NULL)
    self->recipes = am_recipes_parse (yaml, -1, AM_RECIPE_METADATA_KEY, NULL);
  if (self->recipes != NULL)
    root->recipe = g_ptr_array_index (self->recipes, self->recipes->len - 1);
  else if (recipe != NULL)
    root->json = am_ancestry_parse_object (recipe, MOST_TEXT);
  grow (self, root);
  if (root->node->parents->len == 0)
    add_merged_from (self, root, look_up (metadata, "modelspec.merged_from", MOST_NAMES));
}

static void
ancestry_clear (AmAncestry *self)
{
  g_ptr_array_unref (self->items);
  g_clear_pointer (&self->recipes, g_ptr_array_unref);
  g_clear_pointer (&self->by_key, g_hash_table_unref);
  g_clear_pointer (&self->by_name, g_hash_table_unref);
  g_clear_pointer (&self->models, json_node_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AmAncestry, ancestry_clear)

AmAncestor *
am_ancestry_new (GHashTable *metadata, const char *name)
{
  g_auto (AmAncestry) self = { .items = g_ptr_array_new_with_free_func (item_free) };
  char *shown = am_ancestry_tidy (name);
  AmAncestor *root = ancestor_new (shown != NULL ? shown : g_strdup ("?"));
  AmAncestryItem *item = add_item (&self, root, NULL);

  if (metadata == NULL)
    return root;
  grow_root (&self, item, metadata);
  /* Level by level, so that a limit takes the farthest ancestors. */
  for (guint next = 1; next < self.items->len; next++)
    grow (&self, g_ptr_array_index (self.items, next));
  return root;
}
