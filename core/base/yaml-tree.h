/* YAML as a tree that remembers lines and columns, within limits. */
#pragma once

#include <glib.h>

#include "base/error.h"

G_BEGIN_DECLS

#define AM_YAML_MAX_SIZE (16 * 1024 * 1024)
#define AM_YAML_MAX_DEPTH 64
#define AM_YAML_MAX_NODES 200000
#define AM_YAML_MAX_TEXT (2 * AM_YAML_MAX_SIZE)

typedef enum
{
  AM_YAML_SCALAR,
  AM_YAML_LIST,
  AM_YAML_MAP,
} AmYamlType;

/**
 * AmYamlNode:
 * @line, @column: from 1
 * @text: of a scalar, without NUL
 * @is_plain: a scalar without quotes, which may be a number, a boolean or null
 * @is_open: its end is still to come
 * @items: of a list; of a map, keys and values in turn. Aliases share nodes, so the tree may be a net; it has
 * no cycles
 * @n_nodes, @n_bytes: nodes and bytes of text of the node and all below it, shared ones counted each time
 * @depth: levels below it, 1 for a scalar
 */
typedef struct
{
  AmYamlType type;
  guint line;
  guint column;
  char *text;
  gboolean is_plain;
  gboolean is_open;
  GPtrArray *items;
  gsize n_nodes;
  gsize n_bytes;
  guint depth;
} AmYamlNode;

/**
 * AmYamlFile:
 * @source: name for messages
 * @documents: (element-type AmYamlNode): roots; documents with nothing in them are left out
 */
typedef struct
{
  char *source;
  GPtrArray *documents;
  GPtrArray *nodes;
} AmYamlFile;

/* Reads @length bytes of UTF-8. Keys of maps are scalars, each once. Errors: BAD_RECIPE. */
AmYamlFile *am_yaml_file_new (const char *text, gsize length, const char *source, GError **error);
void am_yaml_file_free (AmYamlFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmYamlFile, am_yaml_file_free)

/* The value of @key in a map, or %NULL. */
const AmYamlNode *am_yaml_get (const AmYamlNode *map, const char *key);

/* What the node is, for messages: "a number", "a list", "the text 'abc'". (transfer full). */
char *am_yaml_describe (const AmYamlNode *node);

/* Values of plain scalars. true, yes and on are true, in any case, as in YAML 1.1. */
gboolean am_yaml_is_null (const AmYamlNode *node);
gboolean am_yaml_get_boolean (const AmYamlNode *node, gboolean *value);
gboolean am_yaml_get_number (const AmYamlNode *node, double *value);

/* Sets @error to "SOURCE:LINE:COLUMN: message" and returns %FALSE. */
gboolean am_yaml_fail (const AmYamlFile *file, const AmYamlNode *node, AmError code, GError **error,
                       const char *format, ...) G_GNUC_PRINTF (5, 6);

/* Puts "SOURCE:LINE:COLUMN: " before a message and returns %FALSE. */
gboolean am_yaml_locate (const AmYamlFile *file, const AmYamlNode *node, GError **error);

G_END_DECLS
