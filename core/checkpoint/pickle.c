#include "checkpoint/pickle-arena.h"

#include <string.h>

#define MOST_MEMORY ((gsize)1 << 30)
#define BLOCK_SIZE ((gsize)64 << 10)

AmPickle *
am_pickle_new (void)
{
  AmPickle *pickle = g_new0 (AmPickle, 1);

  pickle->globals = g_ptr_array_new ();
  pickle->persistent = g_ptr_array_new ();
  pickle->global_titles = g_hash_table_new (g_str_hash, g_str_equal);
  pickle->blocks = g_ptr_array_new_with_free_func (g_free);
  return pickle;
}

void
am_pickle_free (AmPickle *pickle)
{
  g_ptr_array_unref (pickle->globals);
  g_ptr_array_unref (pickle->persistent);
  g_hash_table_unref (pickle->global_titles);
  g_ptr_array_unref (pickle->blocks);
  g_free (pickle);
}

static gpointer
add_block (AmPickle *pickle, gsize size)
{
  gpointer block;

  if (size > MOST_MEMORY - pickle->allocated)
    return NULL;
  block = g_try_malloc0 (size);
  if (block == NULL)
    return NULL;
  pickle->allocated += size;
  g_ptr_array_add (pickle->blocks, block);
  return block;
}

gpointer
am_pickle_alloc (AmPickle *pickle, gsize size)
{
  if (size > MOST_MEMORY)
    return NULL;
  size = (size + 15) & ~(gsize)15;
  if (size > BLOCK_SIZE / 4)
    {
      /* A block of its own goes before the one being filled. */
      gpointer big = add_block (pickle, size);
      guint n = pickle->blocks->len;
      if (big != NULL && n > 1)
        {
          pickle->blocks->pdata[n - 1] = pickle->blocks->pdata[n - 2];
          pickle->blocks->pdata[n - 2] = big;
        }
      return big;
    }
  if (size > pickle->block_left)
    {
      if (add_block (pickle, BLOCK_SIZE) == NULL)
        return NULL;
      pickle->block_left = BLOCK_SIZE;
    }
  guint8 *block = g_ptr_array_index (pickle->blocks, pickle->blocks->len - 1);
  pickle->block_left -= size;
  return block + pickle->block_left;
}

AmPickleNode *
am_pickle_new_node (AmPickle *pickle, AmPickleKind kind)
{
  AmPickleNode *node = am_pickle_alloc (pickle, sizeof *node);
  if (node != NULL)
    node->kind = kind;
  return node;
}

gboolean
am_pickle_append (AmPickle *pickle, AmPickleNode *sequence, AmPickleNode *const *items, gsize n)
{
  gsize needed = sequence->sequence.n + n;

  if (needed > sequence->sequence.capacity)
    {
      gsize capacity = MAX (needed, sequence->sequence.n * 2);
      AmPickleNode **grown = am_pickle_alloc (pickle, capacity * sizeof *grown);
      if (grown == NULL)
        return FALSE;
      if (sequence->sequence.n > 0)
        memcpy (grown, sequence->sequence.items, sequence->sequence.n * sizeof *grown);
      sequence->sequence.items = grown;
      sequence->sequence.capacity = capacity;
    }
  if (n > 0)
    memcpy (sequence->sequence.items + sequence->sequence.n, items, n * sizeof *items);
  sequence->sequence.n = needed;
  return TRUE;
}

AmPickleNode *
am_pickle_intern_global (AmPickle *pickle, const char *title)
{
  AmPickleNode *node = g_hash_table_lookup (pickle->global_titles, title);
  gsize size = strlen (title) + 1;
  char *copy;

  if (node != NULL)
    return node;
  copy = am_pickle_alloc (pickle, size);
  node = am_pickle_new_node (pickle, AM_PICKLE_GLOBAL);
  if (copy == NULL || node == NULL)
    return NULL;
  memcpy (copy, title, size);
  node->global = copy;
  g_hash_table_insert (pickle->global_titles, copy, node);
  g_ptr_array_add (pickle->globals, node);
  return node;
}

/* Python 2 wrote an OrderedDict's contents as a list of pairs. */
static AmPickleNode *
dict_from_pairs (AmPickle *pickle, const AmPickleNode *pairs)
{
  AmPickleNode *dict = am_pickle_new_node (pickle, AM_PICKLE_DICT);

  for (gsize i = 0; dict != NULL && i < pairs->sequence.n; i++)
    {
      const AmPickleNode *pair = pairs->sequence.items[i];
      if ((pair->kind != AM_PICKLE_TUPLE && pair->kind != AM_PICKLE_LIST) || pair->sequence.n != 2
          || !am_pickle_append (pickle, dict, pair->sequence.items, 2))
        return NULL;
    }
  return dict;
}

/* Shares the pairs; with no spare capacity in the copy, whichever grows first moves away. */
static AmPickleNode *
dict_from_dict (AmPickle *pickle, const AmPickleNode *original)
{
  AmPickleNode *dict = am_pickle_new_node (pickle, AM_PICKLE_DICT);

  if (dict != NULL)
    {
      dict->sequence = original->sequence;
      dict->sequence.capacity = dict->sequence.n;
    }
  return dict;
}

AmPickleNode *
am_pickle_call_dict (AmPickle *pickle, const AmPickleNode *function, const AmPickleNode *arguments)
{
  static const char *const types[]
      = { "collections.OrderedDict", "collections.Counter", "collections.defaultdict",
          "builtins.dict",           "__builtin__.dict",    NULL };
  const AmPickleNode *first;

  if (function->kind != AM_PICKLE_GLOBAL || !g_strv_contains (types, function->global)
      || arguments->kind != AM_PICKLE_TUPLE)
    return NULL;
  if (arguments->sequence.n == 0 || am_pickle_is_global (function, "collections.defaultdict"))
    return am_pickle_new_node (pickle, AM_PICKLE_DICT);
  first = arguments->sequence.items[0];
  if (first->kind == AM_PICKLE_LIST)
    return dict_from_pairs (pickle, first);
  return first->kind == AM_PICKLE_DICT ? dict_from_dict (pickle, first) : NULL;
}

const AmPickleNode *
am_pickle_get_root (const AmPickle *pickle)
{
  return pickle->root;
}

const GPtrArray *
am_pickle_get_globals (const AmPickle *pickle)
{
  return pickle->globals;
}

const GPtrArray *
am_pickle_get_persistent (const AmPickle *pickle)
{
  return pickle->persistent;
}

gboolean
am_pickle_is_text (const AmPickleNode *node, const char *text)
{
  gsize length = strlen (text);
  return node->kind == AM_PICKLE_TEXT && node->string.length == length
         && memcmp (node->string.text, text, length) == 0;
}

gboolean
am_pickle_is_global (const AmPickleNode *node, const char *title)
{
  return node->kind == AM_PICKLE_GLOBAL && strcmp (node->global, title) == 0;
}

const AmPickleNode *
am_pickle_lookup (const AmPickleNode *dict, const char *key)
{
  if (dict->kind != AM_PICKLE_DICT)
    return NULL;
  for (gsize i = dict->sequence.n; i >= 2; i -= 2)
    if (am_pickle_is_text (dict->sequence.items[i - 2], key))
      return dict->sequence.items[i - 1];
  return NULL;
}

AmPickleNode *const *
am_pickle_get_tuple (const AmPickleNode *node, gsize at_least, gsize *n)
{
  if (node->kind == AM_PICKLE_CALL && am_pickle_is_global (node->call.function, "torch.Size")
      && node->call.arguments->kind == AM_PICKLE_TUPLE && node->call.arguments->sequence.n == 1)
    node = node->call.arguments->sequence.items[0];
  if (node->kind != AM_PICKLE_TUPLE || node->sequence.n < at_least)
    return NULL;
  *n = node->sequence.n;
  /* An empty tuple has no items yet is one. */
  static AmPickleNode *const nothing[1];
  return node->sequence.items != NULL ? node->sequence.items : nothing;
}

gboolean
am_pickle_get_size (const AmPickleNode *node, guint64 *value)
{
  if (node->kind != AM_PICKLE_INT || node->integer < 0)
    return FALSE;
  *value = (guint64)node->integer;
  return TRUE;
}

const char *
am_pickle_describe (const AmPickleNode *node)
{
  static const char *const names[] = {
    [AM_PICKLE_NONE] = "None",
    [AM_PICKLE_BOOL] = "a truth value",
    [AM_PICKLE_INT] = "a number",
    [AM_PICKLE_LONG] = "a number",
    [AM_PICKLE_FLOAT] = "a number",
    [AM_PICKLE_TEXT] = "a string",
    [AM_PICKLE_TUPLE] = "a tuple",
    [AM_PICKLE_LIST] = "a list",
    [AM_PICKLE_DICT] = "a dictionary",
    [AM_PICKLE_SET] = "a set",
    [AM_PICKLE_PERSISTENT] = "an external object",
  };

  if (node->kind == AM_PICKLE_GLOBAL)
    return node->global;
  if (node->kind != AM_PICKLE_CALL)
    return names[node->kind];
  return node->call.function->kind == AM_PICKLE_GLOBAL ? node->call.function->global : "an object";
}
