#include "base/yaml-tree.h"

#include <string.h>
#include <yaml.h>

#include "base/number-text.h"

/* Bounds the search for keys that stand twice. */
#define MAX_KEYS 1024

typedef struct
{
  AmYamlFile *file;
  yaml_parser_t parser;
  GPtrArray *open;     /* AmYamlNode *: collections around the place at hand */
  GHashTable *anchors; /* char * -> AmYamlNode * */
  gsize n_nodes;
  gsize n_bytes;
} Builder;

static gboolean fail_at (const AmYamlFile *file, gsize line, gsize column, GError **error, const char *format,
                         ...) G_GNUC_PRINTF (5, 6);

static gboolean
fail_at (const AmYamlFile *file, gsize line, gsize column, GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "%s:%" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT ": %s",
               file->source, line, column, message);
  return FALSE;
}

gboolean
am_yaml_fail (const AmYamlFile *file, const AmYamlNode *node, AmError code, GError **error,
              const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, AM_ERROR, code, "%s:%u:%u: %s", file->source, node->line, node->column, message);
  return FALSE;
}

gboolean
am_yaml_locate (const AmYamlFile *file, const AmYamlNode *node, GError **error)
{
  g_prefix_error (error, "%s:%u:%u: ", file->source, node->line, node->column);
  return FALSE;
}

static void
free_node (gpointer data)
{
  AmYamlNode *node = data;

  g_free (node->text);
  g_clear_pointer (&node->items, g_ptr_array_unref);
  g_free (node);
}

void
am_yaml_file_free (AmYamlFile *file)
{
  if (file == NULL)
    return;
  g_free (file->source);
  g_ptr_array_unref (file->documents);
  g_ptr_array_unref (file->nodes);
  g_free (file);
}

static AmYamlNode *
new_node (Builder *builder, AmYamlType type, const yaml_mark_t *mark)
{
  AmYamlNode *node = g_new0 (AmYamlNode, 1);

  node->type = type;
  node->line = (guint)mark->line + 1;
  node->column = (guint)mark->column + 1;
  node->n_nodes = 1;
  node->depth = 1;
  if (type != AM_YAML_SCALAR)
    {
      node->items = g_ptr_array_new ();
      node->is_open = TRUE;
    }
  g_ptr_array_add (builder->file->nodes, node);
  return node;
}

static const AmYamlNode *
find_key (const AmYamlNode *map, const char *key)
{
  for (guint i = 0; i + 1 < map->items->len; i += 2)
    {
      const AmYamlNode *node = g_ptr_array_index (map->items, i);

      if (strcmp (node->text, key) == 0)
        return node;
    }
  return NULL;
}

static gboolean
check_key (Builder *builder, const AmYamlNode *map, const AmYamlNode *key, GError **error)
{
  const AmYamlNode *other;

  if (key->type != AM_YAML_SCALAR)
    return am_yaml_fail (builder->file, key, AM_ERROR_BAD_RECIPE, error,
                         "a list or a map cannot be a key; expected a word");
  if (map->items->len >= 2 * MAX_KEYS)
    return am_yaml_fail (builder->file, key, AM_ERROR_BAD_RECIPE, error,
                         "more than %d keys in one map; a recipe needs far fewer", MAX_KEYS);
  other = find_key (map, key->text);
  if (other != NULL)
    return am_yaml_fail (builder->file, key, AM_ERROR_BAD_RECIPE, error,
                         "the key '%s' stands here twice (first on line %u); keep one of them", key->text,
                         other->line);
  return TRUE;
}

/* Puts a finished node, or an alias of one, where the parser stands. */
static gboolean
attach (Builder *builder, AmYamlNode *node, GError **error)
{
  AmYamlNode *parent;

  if (builder->open->len == 0)
    {
      if (!am_yaml_is_null (node))
        g_ptr_array_add (builder->file->documents, node);
      return TRUE;
    }
  parent = g_ptr_array_index (builder->open, builder->open->len - 1);
  if (parent->type == AM_YAML_MAP && parent->items->len % 2 == 0 && !check_key (builder, parent, node, error))
    return FALSE;
  g_ptr_array_add (parent->items, node);
  parent->n_nodes += node->n_nodes;
  parent->n_bytes += node->n_bytes;
  parent->depth = MAX (parent->depth, node->depth + 1);
  if (builder->open->len + node->depth > AM_YAML_MAX_DEPTH)
    return am_yaml_fail (builder->file, node, AM_ERROR_BAD_RECIPE, error,
                         "nested more than %d levels deep; a recipe needs far fewer", AM_YAML_MAX_DEPTH);
  return TRUE;
}

static gboolean
count (Builder *builder, const AmYamlNode *node, GError **error)
{
  builder->n_nodes += node->n_nodes;
  builder->n_bytes += node->n_bytes;
  if (builder->n_nodes > AM_YAML_MAX_NODES)
    return am_yaml_fail (builder->file, node, AM_ERROR_BAD_RECIPE, error,
                         "more than %d values, aliases expanded; a recipe needs far fewer",
                         AM_YAML_MAX_NODES);
  if (builder->n_bytes > AM_YAML_MAX_TEXT)
    return am_yaml_fail (builder->file, node, AM_ERROR_BAD_RECIPE, error,
                         "more than %d MiB of text, aliases expanded; a recipe needs far less",
                         AM_YAML_MAX_TEXT / (1024 * 1024));
  return TRUE;
}

static gboolean
check_tag (Builder *builder, const yaml_event_t *event, const yaml_char_t *tag, GError **error)
{
  if (tag == NULL)
    return TRUE;
  return fail_at (builder->file, event->start_mark.line + 1, event->start_mark.column + 1, error,
                  "tags like '%s' have no meaning in a recipe; remove it", (const char *)tag);
}

static void
remember (Builder *builder, const yaml_char_t *anchor, AmYamlNode *node)
{
  if (anchor != NULL)
    g_hash_table_insert (builder->anchors, g_strdup ((const char *)anchor), node);
}

static gboolean
add_scalar (Builder *builder, const yaml_event_t *event, GError **error)
{
  const char *value = (const char *)event->data.scalar.value;
  gsize length = event->data.scalar.length;
  AmYamlNode *node;

  if (!check_tag (builder, event, event->data.scalar.tag, error))
    return FALSE;
  node = new_node (builder, AM_YAML_SCALAR, &event->start_mark);
  node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  node->text = g_strndup (value, length);
  node->n_bytes = length;
  if (strlen (node->text) != length)
    return am_yaml_fail (builder->file, node, AM_ERROR_BAD_RECIPE, error,
                         "the text has a NUL character in it; remove it");
  remember (builder, event->data.scalar.anchor, node);
  return count (builder, node, error) && attach (builder, node, error);
}

static gboolean
begin_collection (Builder *builder, const yaml_event_t *event, AmYamlType type, GError **error)
{
  gboolean is_map = type == AM_YAML_MAP;
  const yaml_char_t *tag = is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
  const yaml_char_t *anchor = is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
  AmYamlNode *node;

  if (!check_tag (builder, event, tag, error))
    return FALSE;
  node = new_node (builder, type, &event->start_mark);
  if (builder->open->len >= AM_YAML_MAX_DEPTH)
    return am_yaml_fail (builder->file, node, AM_ERROR_BAD_RECIPE, error,
                         "nested more than %d levels deep; a recipe needs far fewer", AM_YAML_MAX_DEPTH);
  remember (builder, anchor, node);
  g_ptr_array_add (builder->open, node);
  return count (builder, node, error);
}

static gboolean
end_collection (Builder *builder, GError **error)
{
  AmYamlNode *node = g_ptr_array_steal_index (builder->open, builder->open->len - 1);

  node->is_open = FALSE;
  return attach (builder, node, error);
}

static gboolean
add_alias (Builder *builder, const yaml_event_t *event, GError **error)
{
  const char *name = (const char *)event->data.alias.anchor;
  AmYamlNode *node = g_hash_table_lookup (builder->anchors, name);
  gsize line = event->start_mark.line + 1;
  gsize column = event->start_mark.column + 1;

  if (node == NULL)
    return fail_at (builder->file, line, column, error, "the alias '*%s' has no anchor '&%s' before it", name,
                    name);
  if (node->is_open)
    return fail_at (builder->file, line, column, error, "the alias '*%s' stands inside its own anchor", name);
  return count (builder, node, error) && attach (builder, node, error);
}

static gboolean
take_event (Builder *builder, const yaml_event_t *event, GError **error)
{
  switch (event->type)
    {
    case YAML_DOCUMENT_START_EVENT:
      g_hash_table_remove_all (builder->anchors);
      return TRUE;
    case YAML_SCALAR_EVENT:
      return add_scalar (builder, event, error);
    case YAML_ALIAS_EVENT:
      return add_alias (builder, event, error);
    case YAML_SEQUENCE_START_EVENT:
      return begin_collection (builder, event, AM_YAML_LIST, error);
    case YAML_MAPPING_START_EVENT:
      return begin_collection (builder, event, AM_YAML_MAP, error);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
      return end_collection (builder, error);
    default:
      return TRUE;
    }
}

static gboolean
fail_from_parser (const Builder *builder, GError **error)
{
  const yaml_parser_t *parser = &builder->parser;
  const char *problem = parser->problem != NULL ? parser->problem : "the text ends too early";
  const yaml_mark_t *mark = parser->error == YAML_READER_ERROR ? &parser->mark : &parser->problem_mark;

  if (parser->context == NULL)
    return fail_at (builder->file, mark->line + 1, mark->column + 1, error, "this is not YAML: %s", problem);
  return fail_at (builder->file, mark->line + 1, mark->column + 1, error,
                  "this is not YAML: %s (%s that began on line %d)", problem, parser->context,
                  (int)parser->context_mark.line + 1);
}

static gboolean
build (Builder *builder, GError **error)
{
  yaml_event_type_t type = YAML_NO_EVENT;

  while (type != YAML_STREAM_END_EVENT)
    {
      yaml_event_t event;
      gboolean is_good;

      if (!yaml_parser_parse (&builder->parser, &event))
        return fail_from_parser (builder, error);
      type = event.type;
      is_good = take_event (builder, &event, error);
      yaml_event_delete (&event);
      if (!is_good)
        return FALSE;
    }
  return TRUE;
}

/* Where a byte stands, counted as editors do. */
static void
find_place (const char *text, gsize offset, gsize *line, gsize *column)
{
  *line = 1;
  *column = 1;
  for (gsize i = 0; i < offset; i++)
    if (text[i] == '\n')
      {
        *line += 1;
        *column = 1;
      }
    else if (((guchar)text[i] & 0xC0) != 0x80)
      *column += 1;
}

static gboolean
check_text (const AmYamlFile *file, const char *text, gsize length, GError **error)
{
  const char *end;
  gsize line, column;

  if (length > AM_YAML_MAX_SIZE)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                   "%s: %" G_GSIZE_FORMAT " bytes are too much for a recipe; at most 16 MiB are read",
                   file->source, length);
      return FALSE;
    }
  if (g_utf8_validate (text, (gssize)length, &end))
    return TRUE;
  find_place (text, (gsize)(end - text), &line, &column);
  if (*end == '\0')
    return fail_at (file, line, column, error, "a NUL byte; a recipe is plain text");
  return fail_at (file, line, column, error, "the byte 0x%02X is not UTF-8; save the recipe as UTF-8",
                  (guint)(guchar)*end);
}

AmYamlFile *
am_yaml_file_new (const char *text, gsize length, const char *source, GError **error)
{
  g_autoptr (AmYamlFile) file = g_new0 (AmYamlFile, 1);
  g_autoptr (GPtrArray) open = g_ptr_array_new ();
  g_autoptr (GHashTable) anchors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Builder builder = { .file = file, .open = open, .anchors = anchors };
  gboolean is_good;

  file->source = g_strdup (source);
  file->documents = g_ptr_array_new ();
  file->nodes = g_ptr_array_new_with_free_func (free_node);
  if (!check_text (file, text, length, error))
    return NULL;
  yaml_parser_initialize (&builder.parser);
  yaml_parser_set_encoding (&builder.parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string (&builder.parser, (const unsigned char *)text, length);
  is_good = build (&builder, error);
  yaml_parser_delete (&builder.parser);
  return is_good ? g_steal_pointer (&file) : NULL;
}

const AmYamlNode *
am_yaml_get (const AmYamlNode *map, const char *key)
{
  for (guint i = 0; i + 1 < map->items->len; i += 2)
    {
      const AmYamlNode *node = g_ptr_array_index (map->items, i);

      if (strcmp (node->text, key) == 0)
        return g_ptr_array_index (map->items, i + 1);
    }
  return NULL;
}

static gboolean
is_one_of (const char *text, const char *const *words)
{
  for (; *words != NULL; words++)
    if (g_ascii_strcasecmp (text, *words) == 0)
      return TRUE;
  return FALSE;
}

gboolean
am_yaml_is_null (const AmYamlNode *node)
{
  static const char *const words[] = { "", "~", "null", NULL };

  return node->type == AM_YAML_SCALAR && node->is_plain && is_one_of (node->text, words);
}

gboolean
am_yaml_get_boolean (const AmYamlNode *node, gboolean *value)
{
  static const char *const yes[] = { "true", "yes", "on", NULL };
  static const char *const no[] = { "false", "no", "off", NULL };

  if (node->type != AM_YAML_SCALAR || !node->is_plain)
    return FALSE;
  *value = is_one_of (node->text, yes);
  return *value || is_one_of (node->text, no);
}

gboolean
am_yaml_get_number (const AmYamlNode *node, double *value)
{
  return node->type == AM_YAML_SCALAR && node->is_plain
         && am_number_from_text (node->text, strlen (node->text), value);
}

char *
am_yaml_describe (const AmYamlNode *node)
{
  g_autofree char *start = NULL;
  gboolean boolean;
  double number;

  if (node->type != AM_YAML_SCALAR)
    return g_strdup_printf ("%s %s", node->items->len > 0 ? "a" : "an empty",
                            node->type == AM_YAML_LIST ? "list" : "map");
  if (am_yaml_is_null (node))
    return g_strdup ("nothing");
  if (g_utf8_strlen (node->text, -1) > 40)
    {
      start = g_utf8_substring (node->text, 0, 40);
      return g_strdup_printf ("the text '%s...'", start);
    }
  if (am_yaml_get_boolean (node, &boolean) || am_yaml_get_number (node, &number))
    return g_strdup (node->text);
  return g_strdup_printf ("the text '%s'", node->text);
}
