/* Reads a Python pickle as data. Nothing is imported, looked up or called: a global is its name, a call is a
 * node that remembers what would have been called. */
#pragma once

#include <glib.h>

#include "base/error.h"

G_BEGIN_DECLS

typedef enum
{
  AM_PICKLE_NONE,
  AM_PICKLE_BOOL,
  AM_PICKLE_INT,
  AM_PICKLE_LONG, /* more than 64 bits: @string holds its bytes, little endian */
  AM_PICKLE_FLOAT,
  AM_PICKLE_TEXT, /* str or bytes, not necessarily UTF-8 */
  AM_PICKLE_TUPLE,
  AM_PICKLE_LIST,
  AM_PICKLE_DICT, /* dict, OrderedDict, defaultdict, Counter: key, value, key, value, ... */
  AM_PICKLE_SET,
  AM_PICKLE_GLOBAL,
  AM_PICKLE_PERSISTENT, /* an object kept outside of the pickle: torch storages */
  AM_PICKLE_CALL,       /* what REDUCE and NEWOBJ would have made */
} AmPickleKind;

typedef struct _AmPickleNode AmPickleNode;

/* Nodes may be shared and may contain themselves: whoever walks them bounds the walk. */
struct _AmPickleNode
{
  AmPickleKind kind;
  union
  {
    gint64 integer; /* BOOL, INT */
    double real;
    struct
    {
      const char *text; /* borrowed from the pickle's bytes, no NUL at the end */
      gsize length;
    } string; /* TEXT, LONG */
    struct
    {
      AmPickleNode **items;
      gsize n; /* twice the number of pairs for DICT */
      gsize capacity;
    } sequence;         /* TUPLE, LIST, DICT, SET */
    const char *global; /* "module.name", UTF-8 */
    AmPickleNode *id;   /* PERSISTENT */
    struct
    {
      AmPickleNode *function;
      AmPickleNode *arguments;
      AmPickleNode *state; /* from BUILD, or %NULL */
    } call;
  };
};

typedef struct _AmPickle AmPickle;

/**
 * am_pickle_parse:
 * @bytes: [size] the pickle; must outlive the result
 * @used: (out): bytes up to and with STOP
 * @truncated: (out): whether parsing failed because @bytes ended
 * @source: what to call it in messages, as in "a.ckpt: data.pkl"
 *
 * One pass over protocols 2 to 5. Text opcodes of protocol 0, persistent ids as text, INST, OBJ, DUP, and the
 * extension registry are refused: torch writes none of them. Memory is bounded by 1 GiB, also for hostile
 * bytes.
 *
 * Thread-safe. Returns: (transfer full) (nullable): free with am_pickle_free().
 * Errors: CORRUPT, UNSUPPORTED; messages name the byte and the opcode.
 */
AmPickle *am_pickle_parse (const guint8 *bytes, gsize size, const char *source, gsize *used,
                           gboolean *truncated, GError **error);
void am_pickle_free (AmPickle *pickle);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmPickle, am_pickle_free)

/* The object pickled. Lives as long as the pickle, like every node. */
const AmPickleNode *am_pickle_get_root (const AmPickle *pickle);

/* Every global the pickle mentions, once each. */
const GPtrArray *am_pickle_get_globals (const AmPickle *pickle);

/* Every persistent id, as GLib array of AmPickleNode of kind PERSISTENT, in file order. */
const GPtrArray *am_pickle_get_persistent (const AmPickle *pickle);

/* Value of the last pair of @dict whose key is that text, or %NULL; %NULL also when @dict is no DICT. */
const AmPickleNode *am_pickle_lookup (const AmPickleNode *dict, const char *key);

gboolean am_pickle_is_text (const AmPickleNode *node, const char *text);
gboolean am_pickle_is_global (const AmPickleNode *node, const char *title);

/* Whether @node is a tuple of at least @n items, or, for torch.Size, the tuple inside: then its items. */
AmPickleNode *const *am_pickle_get_tuple (const AmPickleNode *node, gsize at_least, gsize *n);

/* Whether @node is an integer >= 0. */
gboolean am_pickle_get_size (const AmPickleNode *node, guint64 *value);

/* "a number", "a list": for messages. A call is the title of what it calls. */
const char *am_pickle_describe (const AmPickleNode *node);

G_END_DECLS
