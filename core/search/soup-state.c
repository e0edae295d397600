#include "search/soup-state.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "base/number-text.h"
#include "base/text-file.h"
#include "base/text.h"
#include "output/file-writer.h"
#include "output/json-text.h"

#define FORMAT "amalgam-soup-state-1"
#define MAX_SIZE (64u << 20)

/**
 * AmSoupState:
 * @digests: strings
 * @scores: "0 3" -> double: members in their order
 * @order: keys of @scores as they came; borrowed
 */
struct _AmSoupState
{
  char *path;
  char **digests;
  char *evaluator;
  GHashTable *scores;
  GPtrArray *order;
};

static char *
make_key (const guint *members, guint n)
{
  GString *key = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (key, "%s%u", i > 0 ? " " : "", members[i]);
  return g_string_free (key, FALSE);
}

static void
keep (AmSoupState *state, const char *members, double score)
{
  char *key;

  if (g_hash_table_contains (state->scores, members))
    return;
  key = g_strdup (members);
  g_hash_table_insert (state->scores, key, g_memdup2 (&score, sizeof score));
  g_ptr_array_add (state->order, key);
}

static const char *
get_string (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static gboolean
is_of_models (JsonArray *models, char **digests)
{
  guint n = models != NULL ? json_array_get_length (models) : 0;

  if (n != g_strv_length (digests))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      JsonNode *node = json_array_get_element (models, i);

      if (!JSON_NODE_HOLDS_VALUE (node) || g_strcmp0 (json_node_get_string (node), digests[i]) != 0)
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_score (AmSoupState *state, JsonNode *node)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *members = object != NULL ? get_string (object, "members") : NULL;
  const char *text = object != NULL ? get_string (object, "score") : NULL;
  double score;

  if (members == NULL || text == NULL || !am_number_from_text (text, strlen (text), &score))
    return FALSE;
  keep (state, members, score);
  return TRUE;
}

static gboolean
take_scores (AmSoupState *state, JsonArray *scores)
{
  for (guint i = 0; scores != NULL && i < json_array_get_length (scores); i++)
    if (!take_score (state, json_array_get_element (scores, i)))
      return FALSE;
  return scores != NULL;
}

static gboolean
check_owner (const AmSoupState *state, JsonObject *object, GError **error)
{
  const char *evaluator = get_string (object, "evaluator");

  if (!is_of_models (get_array (object, "models"), state->digests))
    g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
                 T_ ("%s is of a soup of other models, or in another order, or one was changed; remove it to "
                     "start anew"),
                 state->path);
  else if (g_strcmp0 (evaluator, state->evaluator) != 0)
    g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
                 T_ ("%s holds scores of another evaluator; remove it to start anew"), state->path);
  else
    return TRUE;
  return FALSE;
}

static gboolean
read_text (AmSoupState *state, const char *text, gsize length, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root = NULL;

  if (json_parser_load_from_data (parser, text, (gssize)length, NULL))
    root = json_parser_get_root (parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root)
      && g_strcmp0 (get_string (json_node_get_object (root), "format"), FORMAT) == 0)
    {
      if (!check_owner (state, json_node_get_object (root), error))
        return FALSE;
      if (take_scores (state, get_array (json_node_get_object (root), "scores")))
        return TRUE;
    }
  g_set_error (
      error, AM_ERROR, AM_ERROR_CORRUPT,
      T_ ("%s is no record of a soup that was begun; remove it, or choose another name for the soup"),
      state->path);
  return FALSE;
}

AmSoupState *
am_soup_state_open (const char *path, const char *const *digests, const char *evaluator, GError **error)
{
  g_autoptr (AmSoupState) state = g_new0 (AmSoupState, 1);
  g_autofree char *text = NULL;
  gsize length;

  state->path = g_strdup (path);
  state->digests = g_strdupv ((char **)digests);
  state->evaluator = g_strdup (evaluator);
  state->scores = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  state->order = g_ptr_array_new ();
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&state);
  text = am_text_file_read (path, MAX_SIZE, &length, error);
  if (text == NULL || !read_text (state, text, length, error))
    return NULL;
  return g_steal_pointer (&state);
}

void
am_soup_state_free (AmSoupState *state)
{
  g_free (state->path);
  g_strfreev (state->digests);
  g_free (state->evaluator);
  g_ptr_array_unref (state->order);
  g_hash_table_unref (state->scores);
  g_free (state);
}

gboolean
am_soup_state_find (const AmSoupState *state, const guint *members, guint n, double *score)
{
  g_autofree char *key = make_key (members, n);
  const double *found = g_hash_table_lookup (state->scores, key);

  if (found != NULL)
    *score = *found;
  return found != NULL;
}

static char *
state_to_json (const AmSoupState *state)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  am_json_add_string (builder, "format", FORMAT);
  am_json_add_strings (builder, "models", (const char *const *)state->digests);
  am_json_add_string (builder, "evaluator", state->evaluator);
  json_builder_set_member_name (builder, "scores");
  json_builder_begin_array (builder);
  for (guint i = 0; i < state->order->len; i++)
    {
      const char *key = g_ptr_array_index (state->order, i);
      g_autofree char *score = am_number_to_text (*(double *)g_hash_table_lookup (state->scores, key));

      json_builder_begin_object (builder);
      am_json_add_string (builder, "members", key);
      am_json_add_string (builder, "score", score);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return am_json_to_text (root, TRUE);
}

gboolean
am_soup_state_add (AmSoupState *state, const guint *members, guint n, double score, GError **error)
{
  g_autofree char *key = make_key (members, n);
  g_autofree char *text = NULL;

  keep (state, key, score);
  text = state_to_json (state);
  return am_file_write_whole (state->path, text, strlen (text), TRUE, TRUE, error);
}

void
am_soup_state_remove (AmSoupState *state)
{
  g_unlink (state->path);
}
