/* The nodes of one pickle, allocated together and freed together. Used by pickle.c and pickle-machine.c. */
#pragma once

#include "checkpoint/pickle.h"

G_BEGIN_DECLS

struct _AmPickle
{
  AmPickleNode *root;
  GPtrArray *globals;        /* of AmPickleNode */
  GPtrArray *persistent;     /* of AmPickleNode */
  GHashTable *global_titles; /* title -> AmPickleNode */
  GPtrArray *blocks;
  gsize block_left;
  gsize allocated;
};

AmPickle *am_pickle_new (void);

/* Zeroed memory, or %NULL when the pickle has used up its gibibyte. */
gpointer am_pickle_alloc (AmPickle *pickle, gsize size);
AmPickleNode *am_pickle_new_node (AmPickle *pickle, AmPickleKind kind);

/* Adds to a TUPLE, LIST, DICT or SET. FALSE when memory is used up. */
gboolean am_pickle_append (AmPickle *pickle, AmPickleNode *sequence, AmPickleNode *const *items, gsize n);

/* The one node of that name. The title must be valid UTF-8. %NULL when memory is used up. */
AmPickleNode *am_pickle_intern_global (AmPickle *pickle, const char *title);

/* The dictionary a call of a dictionary type makes, or %NULL where @function is none or @arguments do not
 * fit. */
AmPickleNode *am_pickle_call_dict (AmPickle *pickle, const AmPickleNode *function,
                                   const AmPickleNode *arguments);

G_END_DECLS
