#include <math.h>
#include <stdlib.h>

#include "state/run-summary.h"

/* Grids are strings: a history of a thousand merges must load at once, and a parser passes over a string
 * faster than over as many numbers. */
static char *
write_cells (const AmRunSummary *self)
{
  GString *text = g_string_new (NULL);
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  for (guint i = 0; i < self->n_rows * self->n_columns; i++)
    {
      g_string_append (text, i > 0 ? " " : "");
      if (isnan (self->moved[i]))
        g_string_append (text, "-");
      else
        g_string_append_printf (
            text, "%s*%u", g_ascii_formatd (digits, sizeof digits, "%.6g", self->moved[i]), self->n_moved[i]);
    }
  return g_string_free (text, FALSE);
}

static gboolean
read_cell (AmRunSummary *self, guint index, const char *text)
{
  char *end = NULL;

  if (strcmp (text, "-") == 0)
    {
      self->moved[index] = NAN;
      return TRUE;
    }
  self->moved[index] = g_ascii_strtod (text, &end);
  if (end == text || *end != '*' || isnan (self->moved[index]) || self->moved[index] < 0)
    return FALSE;
  self->n_moved[index] = (guint)g_ascii_strtoull (end + 1, NULL, 10);
  return TRUE;
}

static gboolean
read_cells (AmRunSummary *self, const char *text)
{
  g_auto (GStrv) cells = g_strsplit (text, " ", -1);
  guint n = self->n_rows * self->n_columns;

  if (n == 0)
    return TRUE;
  if (g_strv_length (cells) != n)
    return FALSE;
  self->moved = g_new0 (double, n);
  self->n_moved = g_new0 (guint, n);
  for (guint i = 0; i < n; i++)
    if (!read_cell (self, i, cells[i]))
      return FALSE;
  return TRUE;
}

static char *
write_rows (const AmRunSummary *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) names = NULL;

  for (guint i = 0; i < self->n_rows; i++)
    g_strv_builder_add (builder,
                        self->rows[i] == AM_N_LAYER_KINDS ? "*" : am_layer_kind_get_title (self->rows[i]));
  names = g_strv_builder_end (builder);
  return g_strjoinv (";", names);
}

static AmLayerKind
find_kind (const char *name)
{
  for (guint kind = 0; kind < AM_N_LAYER_KINDS; kind++)
    if (strcmp (am_layer_kind_get_title (kind), name) == 0)
      return kind;
  return strcmp (name, "*") == 0 ? AM_N_LAYER_KINDS : AM_LAYER_OTHER;
}

static void
read_rows (AmRunSummary *self, const char *text)
{
  g_auto (GStrv) names = g_strsplit (text, ";", -1);

  self->n_rows = g_strv_length (names);
  self->rows = g_new (AmLayerKind, self->n_rows + 1);
  for (guint i = 0; i < self->n_rows; i++)
    self->rows[i] = find_kind (names[i]);
}

/* Histories of merges without alignment are as they always were. */
static void
add_alignments (const AmRunSummary *self, JsonBuilder *builder)
{
  if (self->alignments->len == 0)
    return;
  json_builder_set_member_name (builder, "alignments");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->alignments->len; i++)
    am_alignment_summary_add_json (g_ptr_array_index (self->alignments, i), builder);
  json_builder_end_array (builder);
}

void
am_run_summary_add_json (const AmRunSummary *self, JsonBuilder *builder)
{
  g_autofree char *rows = write_rows (self);
  g_autofree char *columns = g_strjoinv (";", self->columns);
  g_autofree char *cells = write_cells (self);

  am_json_add_boolean (builder, "has_blocks", self->has_blocks);
  am_json_add_string (builder, "columns", columns);
  am_json_add_string (builder, "rows", rows);
  am_json_add_string (builder, "cells", cells);
  json_builder_set_member_name (builder, "counts");
  json_builder_begin_object (builder);
  for (guint action = 0; action < AM_N_ACTIONS; action++)
    if (self->counts[action] > 0)
      am_json_add_count (builder, am_action_get_id (action), self->counts[action]);
  json_builder_end_object (builder);
  am_json_add_strings (builder, "warnings", (const char *const *)self->warnings);
  add_alignments (self, builder);
  am_json_add_count (builder, "nan", self->n_nan);
  am_json_add_count (builder, "infinite", self->n_infinite);
  am_json_add_count (builder, "saturated", self->n_saturated);
  am_json_add_count (builder, "bytes_read", self->bytes_read);
  am_json_add_count (builder, "bytes_written", self->bytes_written);
  am_json_add_number (builder, "seconds", self->seconds);
}

/* json-glib's own *_with_default functions complain aloud about a member of another type. */
static JsonNode *
find_value (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = find_value (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : "";
}

static guint64
get_count (JsonObject *object, const char *name)
{
  JsonNode *node = find_value (object, name);
  gint64 value
      = node != NULL && json_node_get_value_type (node) != G_TYPE_STRING ? json_node_get_int (node) : 0;

  return value > 0 ? (guint64)value : 0;
}

static void
read_counts (AmRunSummary *self, JsonObject *object)
{
  JsonNode *node = json_object_get_member (object, "counts");

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return;
  for (guint action = 0; action < AM_N_ACTIONS; action++)
    self->counts[action] = (guint)get_count (json_node_get_object (node), am_action_get_id (action));
}

static void
read_warnings (AmRunSummary *self, JsonObject *object)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonNode *node = json_object_get_member (object, "warnings");
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_VALUE (element) && json_node_get_value_type (element) == G_TYPE_STRING)
        g_strv_builder_add (builder, json_node_get_string (element));
    }
  self->warnings = g_strv_builder_end (builder);
}

/* One that cannot be read is left out: the rest of the result is worth showing without it. */
static void
read_alignments (AmRunSummary *self, JsonObject *object)
{
  JsonNode *node = json_object_get_member (object, "alignments");
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  self->alignments = g_ptr_array_new_with_free_func ((GDestroyNotify)am_alignment_summary_free);
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      AmAlignmentSummary *summary = JSON_NODE_HOLDS_OBJECT (element)
                                        ? am_alignment_summary_new_from_json (json_node_get_object (element))
                                        : NULL;

      if (summary != NULL)
        g_ptr_array_add (self->alignments, summary);
    }
}

AmRunSummary *
am_run_summary_new_from_json (JsonObject *object)
{
  g_autoptr (AmRunSummary) self = g_new0 (AmRunSummary, 1);
  JsonNode *seconds = find_value (object, "seconds");

  self->has_blocks = find_value (object, "has_blocks") != NULL
                     && json_node_get_boolean (json_object_get_member (object, "has_blocks"));
  self->columns = g_strsplit (get_text (object, "columns"), ";", -1);
  self->n_columns = g_strv_length (self->columns);
  read_rows (self, get_text (object, "rows"));
  if (!read_cells (self, get_text (object, "cells")))
    return NULL;
  read_counts (self, object);
  read_warnings (self, object);
  read_alignments (self, object);
  self->n_nan = get_count (object, "nan");
  self->n_infinite = get_count (object, "infinite");
  self->n_saturated = get_count (object, "saturated");
  self->bytes_read = get_count (object, "bytes_read");
  self->bytes_written = get_count (object, "bytes_written");
  self->seconds = seconds != NULL ? json_node_get_double (seconds) : 0;
  return g_steal_pointer (&self);
}
