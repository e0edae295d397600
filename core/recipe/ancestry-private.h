/* A family tree while it grows. Private to core/recipe. */
#pragma once

#include <json-glib/json-glib.h>

#include "recipe/ancestry.h"
#include "recipe/recipe.h"

G_BEGIN_DECLS

/* A node and what its own parents are read from. */
typedef struct _AmAncestryItem AmAncestryItem;
struct _AmAncestryItem
{
  AmAncestor *node;
  const AmAncestryItem *child; /* %NULL for the checkpoint itself */
  guint depth;
  char *key;              /* in "sd_merge_models", or %NULL */
  const AmRecipe *recipe; /* a stage, or %NULL */
  JsonNode *json;         /* a web UI's recipe: an object; or %NULL */
};

typedef struct
{
  GPtrArray *items;   /* AmAncestryItem, nearest first: those yet to grow are at the end */
  GPtrArray *recipes; /* AmRecipe: stages of the embedded recipe, or %NULL */
  JsonNode *models;   /* "sd_merge_models", an object; or %NULL */
  GHashTable *by_key; /* key in lower case -> JsonObject, borrowed */
  GHashTable *by_name;/* name -> key, borrowed */
} AmAncestry;

/* Where a parent comes from; every field may be %NULL, though without @name and @key there is no parent. */
typedef struct
{
  const char *name;
  const char *key; /* hash */
  const char *role;
  const AmRecipe *recipe;
} AmAncestryParent;

/* Adds a parent to the item's node, and to the items that will grow; beyond the limits the node is cut. */
void am_ancestry_add (AmAncestry *self, AmAncestryItem *child, const AmAncestryParent *parent);

/* One line fit to be shown; %NULL when nothing is left. (transfer full) (nullable) */
char *am_ancestry_tidy (const char *text);

/* Method, detail and parents of an item that has a recipe, or a web UI's. */
void am_ancestry_grow_recipe (AmAncestry *self, AmAncestryItem *item);
void am_ancestry_grow_web_ui (AmAncestry *self, AmAncestryItem *item);

/* The tables of parents' names and recipes. */
void am_ancestry_load_models (AmAncestry *self, const char *text);

/* The object @text holds as JSON, or %NULL. */
JsonNode *am_ancestry_parse_object (const char *text, gsize most);

/* What is known of the model of that key: its name, short hash and recipe (transfer full). All %NULL when
 * nothing is. */
void am_ancestry_look_up (const AmAncestry *self, const char *key, const char **name,
                          const char **legacy_hash, JsonNode **recipe);

G_END_DECLS
