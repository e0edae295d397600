/* What the files that read descriptions of networks share. */
#pragma once

#include "base/yaml-tree.h"
#include "graph/description.h"
#include "graph/graph-private.h"

G_BEGIN_DECLS

/* So that a file made to take long ends quickly. @MAX_WORK counts steps, rounds, and the values and names
 * they look at. */
#define AM_DESCRIPTION_MAX_WORK 1000000
#define AM_DESCRIPTION_MAX_ROUNDS 10000
#define AM_DESCRIPTION_MAX_DEPTH 32
#define AM_DESCRIPTION_MAX_TEXT 1024

/* The value that steps read and write where they name no other. */
#define AM_VALUE_DEFAULT "x"

typedef struct _AmStepKind AmStepKind;

/* Steps to use at several places, and the file they stand in. */
typedef struct
{
  const AmYamlFile *file;
  const AmYamlNode *steps;
} AmPart;

/* What {@name} stands for. */
typedef struct
{
  char *name;
  char *value;
} AmBinding;

/**
 * AmReader:
 * @names: (element-type utf8): canonical names of the model, sorted, without NULL
 * @files: (element-type AmYamlFile): all that were read
 * @parts: char * -> AmPart *
 * @scope: (element-type AmBinding): what {NAME} stands for, innermost last
 * @values: char * -> number of a node plus one
 * @stacks: char * -> GArray of numbers of nodes
 * @file: where the step at hand stands
 * @work: done so far
 * @depth: of parts within parts
 */
typedef struct
{
  const AmModel *model;
  AmGraph *graph;
  GPtrArray *kept;
  AmModelConfig *config;
  GPtrArray *names;
  GPtrArray *files;
  GHashTable *parts;
  GArray *scope;
  GHashTable *values;
  GHashTable *stacks;
  const AmYamlFile *file;
  guint work;
  guint depth;
} AmReader;

AmReader *am_description_reader_new (const AmModel *model, AmGraph *graph, GPtrArray *kept);
void am_description_reader_free (AmReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmReader, am_description_reader_free)

/* A step: @key names what it does, @value stands behind the key, @map holds all keys. */
typedef struct
{
  const AmYamlNode *map;
  const AmYamlNode *key;
  const AmYamlNode *value;
  const AmStepKind *kind;
} AmStep;

/**
 * AmStepKind:
 * @name: the key of such a step
 * @keys: further ones, with a space behind each
 * @type: of the node it makes; unused by others
 * @run: does it
 */
struct _AmStepKind
{
  const char *name;
  const char *keys;
  AmNodeType type;
  gboolean (*run) (AmReader *reader, const AmStep *step, GError **error);
};

/* Node steps and control flow; each list ends with a %NULL name. */
extern const AmStepKind am_node_steps[];
extern const AmStepKind am_flow_steps[];

/* Finds what a step does and checks its keys. */
gboolean am_description_reader_open_step (const AmYamlFile *file, const AmYamlNode *node, AmStep *step,
                                          GError **error);

/* Checks all steps of a list, and those inside them, before any is run. */
gboolean am_description_reader_check_steps (const AmYamlFile *file, const AmYamlNode *list, GError **error);

/* Runs a list of steps; what they put in the scope ends with it. */
gboolean am_description_reader_run (AmReader *reader, const AmYamlNode *list, GError **error);

/* Counts work; an error when it is too much. */
gboolean am_description_reader_spend (AmReader *reader, const AmYamlNode *node, guint amount, GError **error);

gboolean am_description_reader_fail (const AmReader *reader, const AmYamlNode *node, GError **error,
                                     const char *format, ...) G_GNUC_PRINTF (4, 5);

/* "expected WANTED, found ..." */
gboolean am_description_reader_fail_type (const AmReader *reader, const AmYamlNode *node, const char *wanted,
                                          GError **error);

/* "; did you mean 'KEY'?" or "" with the keys of a table; (transfer full). */
char *am_description_reader_hint (const char *word, GHashTable *table);

/* The text of a scalar with all {NAME} put in. (transfer full) (nullable). */
char *am_description_reader_read_text (AmReader *reader, const AmYamlNode *node, GError **error);

/* That of the step's key, or @fallback where there is none. */
char *am_description_reader_read_key (AmReader *reader, const AmStep *step, const char *key,
                                      const char *fallback, GError **error);

/* Whether @node is a name to stand in {}. */
gboolean am_description_reader_check_name (const AmReader *reader, const AmYamlNode *node, GError **error);

/* Lets {@name} stand for @value (transfer full) until the list of steps ends. */
void am_description_reader_bind (AmReader *reader, const char *name, char *value);
void am_description_reader_unbind (AmReader *reader, guint n_left);

/* Binds all names of a map. */
gboolean am_description_reader_bind_map (AmReader *reader, const AmYamlNode *map, GError **error);

/* The tensor called @name, or %NULL. */
const AmTensor *am_description_reader_find_tensor (const AmReader *reader, const char *name);

/* Whether there is a tensor of that name, or any under it. */
gboolean am_description_reader_has_tensor (const AmReader *reader, const char *name);

/* Number of the node that the text of @node, or @name, names. */
gboolean am_description_reader_find_value (AmReader *reader, const AmYamlNode *node, const char *name,
                                           guint *value, GError **error);
gboolean am_description_reader_read_value (AmReader *reader, const AmYamlNode *node, guint *value,
                                           GError **error);

/* The step's `from`, or x. */
gboolean am_description_reader_read_from (AmReader *reader, const AmStep *step, guint *value, GError **error);

/* Gives node @value the name in the step's `to`, or x. */
gboolean am_description_reader_write_to (AmReader *reader, const AmStep *step, guint value, GError **error);
void am_description_reader_set_value (AmReader *reader, const char *name, guint value);

/**
 * am_description_reader_read_number:
 * @width: that maps choose by, or 0
 * @number: (out): NaN when it is not known
 *
 * The number an expression, a list or a map stands for.
 */
gboolean am_description_reader_read_number (AmReader *reader, const AmYamlNode *node, guint64 width,
                                            double *number, GError **error);

/* The number that products and quotients in @text come to, NaN when one of them is not known. @node: where
 * the text stands. */
gboolean am_description_reader_evaluate (AmReader *reader, const AmYamlNode *node, const char *text,
                                         double *number, GError **error);

/* Reads whole numbers of at least @least and at most 2^53; @is_known (nullable): where it is %NULL,
 * one that is not known is an error. */
gboolean am_description_reader_read_whole (AmReader *reader, const AmYamlNode *node, guint64 width,
                                           gint64 least, gint64 *number, gboolean *is_known, GError **error);

G_END_DECLS
