/* What web UIs note: a recipe in fields of its own, and a table of all models that took part, by hash. */
#include <string.h>

#include "checkpoint/json-check.h"
#include "recipe/ancestry-private.h"
#include "base/number-text.h"

/* Recipes of parents are kept as JSON within JSON by some. */
#define MOST_NESTED (64 * 1024)

/* Longer names are none; of longer values and lists the start is enough. One table entry may be met a
 * thousand times, so that no text of it can be left to cost much. */
#define MOST_NAME 1000
#define MOST_VALUES 1000

JsonNode *
am_ancestry_parse_object (const char *text, gsize most)
{
  gsize length = strnlen (text, most + 1);
  g_autoptr (JsonNode) node = length <= most ? am_json_parse (text, length, "metadata", NULL) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? g_steal_pointer (&node) : NULL;
}

static const char *
get_text (JsonObject *object, const char *member, gsize most)
{
  JsonNode *node = json_object_get_member (object, member);
  const char *text = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;

  /* Python's None, and what it writes for a choice of nothing. */
  if (text == NULL || *text == '\0' || strcmp (text, "None") == 0)
    return NULL;
  return strnlen (text, most + 1) <= most ? text : NULL;
}

void
am_ancestry_load_models (AmAncestry *self, const char *text)
{
  JsonObjectIter iter;
  const char *hash;
  JsonNode *value;

  self->by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->models = text != NULL ? am_ancestry_parse_object (text, strlen (text)) : NULL;
  if (self->models == NULL)
    return;
  json_object_iter_init (&iter, json_node_get_object (self->models));
  while (json_object_iter_next (&iter, &hash, &value))
    {
      const char *name = JSON_NODE_HOLDS_OBJECT (value)
                             ? get_text (json_node_get_object (value), "name", MOST_NAME)
                             : NULL;

      if (!JSON_NODE_HOLDS_OBJECT (value))
        continue;
      g_hash_table_insert (self->by_key, g_ascii_strdown (hash, -1), json_node_get_object (value));
      if (name != NULL)
        g_hash_table_insert (self->by_name, (gpointer)name, (gpointer)hash);
    }
}

void
am_ancestry_look_up (const AmAncestry *self, const char *key, const char **name, const char **legacy_hash,
                     JsonNode **recipe)
{
  JsonObject *model = self->by_key != NULL ? g_hash_table_lookup (self->by_key, key) : NULL;
  JsonNode *node = model != NULL ? json_object_get_member (model, "sd_merge_recipe") : NULL;

  if (model == NULL)
    return;
  *name = get_text (model, "name", MOST_NAME);
  *legacy_hash = get_text (model, "legacy_hash", MOST_NAME);
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    *recipe = json_node_ref (node);
  else if (get_text (model, "sd_merge_recipe", MOST_NESTED) != NULL)
    *recipe = am_ancestry_parse_object (get_text (model, "sd_merge_recipe", MOST_NESTED), MOST_NESTED);
}

/* FALSE when there is nothing worth showing. */
static gboolean
append_scalar (GString *out, JsonNode *node)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_NONE;
  g_autofree char *number = NULL;

  if (type == G_TYPE_STRING)
    {
      const char *text = json_node_get_string (node);

      if (*text == '\0' || strcmp (text, "None") == 0)
        return FALSE;
      g_string_append_len (out, text, (gssize)strnlen (text, MOST_NAME));
      return TRUE;
    }
  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return FALSE;
  number = am_number_to_text (json_node_get_double (node));
  g_string_append (out, number);
  return TRUE;
}

static gboolean
append_list (GString *out, JsonArray *list)
{
  const gsize before = out->len;

  for (guint i = 0; i < MIN (json_array_get_length (list), MOST_VALUES); i++)
    {
      const gsize length = out->len;

      if (length > before)
        g_string_append_c (out, ',');
      if (!append_scalar (out, json_array_get_element (list, i)))
        g_string_truncate (out, length);
    }
  return out->len > before;
}

static gboolean
append_value (GString *out, JsonNode *node)
{
  return JSON_NODE_HOLDS_ARRAY (node) ? append_list (out, json_node_get_array (node))
                                      : append_scalar (out, node);
}

static char *
describe (JsonObject *recipe, const char *const *members, gboolean is_named)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; members[i] != NULL; i++)
    {
      JsonNode *node = json_object_get_member (recipe, members[i]);
      gsize length = text->len;

      if (node == NULL)
        continue;
      g_string_append (text, length > 0 ? ", " : "");
      if (is_named)
        g_string_append_printf (text, "%s=", members[i]);
      if (!append_value (text, node))
        g_string_truncate (text, length);
    }
  return am_ancestry_tidy (text->str);
}

/* A model is named by its hash, or by the name it has in the table; else by what is written. */
static void
add_model (AmAncestry *self, AmAncestryItem *item, const char *written)
{
  const char *key = g_hash_table_lookup (self->by_name, written);
  AmAncestryParent parent = { .key = key != NULL ? key : written };

  am_ancestry_add (self, item, &parent);
}

void
am_ancestry_grow_web_ui (AmAncestry *self, AmAncestryItem *item)
{
  static const char *const methods[] = { "interp_method", "merge_method", "mode", NULL };
  static const char *const details[]
      = { "multiplier", "alpha",    "base_alpha",  "base_beta", "weights_alpha", "weights_beta", "alpha_info",
          "beta_info",  "calcmode", "calculation", NULL };
  static const char *const models[] = { "primary_model_hash",
                                        "secondary_model_hash",
                                        "tertiary_model_hash",
                                        "model_a",
                                        "model_b",
                                        "model_c",
                                        "model_d",
                                        "model_e",
                                        "model_f",
                                        "model_g",
                                        NULL };
  JsonObject *recipe = json_node_get_object (item->json);
  AmAncestryParent vae = { .name = get_text (recipe, "bake_in_vae", MOST_NAME), .role = "vae" };

  item->node->method = describe (recipe, methods, FALSE);
  item->node->detail = describe (recipe, details, TRUE);
  for (gsize i = 0; models[i] != NULL; i++)
    if (get_text (recipe, models[i], MOST_NAME) != NULL)
      add_model (self, item, get_text (recipe, models[i], MOST_NAME));
  if (vae.name != NULL)
    am_ancestry_add (self, item, &vae);
}
