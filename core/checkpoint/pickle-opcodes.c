/* What each opcode does. Opcodes that would look something up or call it only write down that they were
 * there. */
#include "checkpoint/pickle-machine.h"

#include <string.h>

#define MOST_MEMO (16u << 20)
#define MOST_TITLE 1024

static gboolean
run_proto (AmMachine *machine, guint unused)
{
  guint64 version = 0;

  if (!am_machine_take_number (machine, 1, &version))
    return FALSE;
  if (version < 2 || version > 5)
    return am_machine_fail (machine, "pickle protocol %" G_GUINT64_FORMAT " is not one of 2 to 5", version);
  return TRUE;
}

/* A frame is a hint for reading ahead. */
static gboolean
run_frame (AmMachine *machine, guint unused)
{
  guint64 length = 0;

  if (!am_machine_take_number (machine, 8, &length))
    return FALSE;
  if (length <= machine->size - machine->at)
    return TRUE;
  machine->truncated = TRUE;
  return am_machine_fail (
      machine, "a frame of %" G_GUINT64_FORMAT " bytes runs past the end: the pickle is cut short", length);
}

static gboolean
run_mark (AmMachine *machine, guint unused)
{
  if (machine->marks->len >= AM_MACHINE_MOST_STACK)
    return am_machine_fail (machine, "more than %d open MARKs", AM_MACHINE_MOST_STACK);
  g_array_append_val (machine->marks, machine->stack->len);
  return TRUE;
}

static gboolean
run_pop (AmMachine *machine, guint unused)
{
  return am_machine_pop (machine) != NULL;
}

static gboolean
run_pop_mark (AmMachine *machine, guint unused)
{
  guint n = 0;

  if (!am_machine_pop_mark (machine, &n))
    return FALSE;
  am_machine_drop (machine, n);
  return TRUE;
}

/* None, False and True need no memory of their own. */
static gboolean
run_constant (AmMachine *machine, guint which)
{
  static AmPickleNode constants[] = {
    { .kind = AM_PICKLE_NONE },
    { .kind = AM_PICKLE_BOOL, .integer = FALSE },
    { .kind = AM_PICKLE_BOOL, .integer = TRUE },
  };
  return am_machine_push (machine, &constants[which]);
}

static gboolean
push_integer (AmMachine *machine, gint64 value)
{
  AmPickleNode *node = am_pickle_new_node (machine->pickle, AM_PICKLE_INT);

  if (node != NULL)
    node->integer = value;
  return am_machine_push (machine, node);
}

static gboolean
run_int (AmMachine *machine, guint width)
{
  guint64 value = 0;

  if (!am_machine_take_number (machine, width, &value))
    return FALSE;
  return push_integer (machine, width == 4 ? (gint32)(guint32)value : (gint64)value);
}

static gboolean
push_string (AmMachine *machine, AmPickleKind kind, const guint8 *bytes, gsize length)
{
  AmPickleNode *node = am_pickle_new_node (machine->pickle, kind);

  if (node != NULL)
    {
      node->string.text = (const char *)bytes;
      node->string.length = length;
    }
  return am_machine_push (machine, node);
}

/* Two's complement of any length. */
static gboolean
run_long (AmMachine *machine, guint width)
{
  guint64 length = 0, value = 0;
  const guint8 *bytes;

  if (!am_machine_take_number (machine, width, &length)
      || (bytes = am_machine_take (machine, length)) == NULL)
    return FALSE;
  if (length > 8)
    return push_string (machine, AM_PICKLE_LONG, bytes, (gsize)length);
  if (length > 0 && bytes[length - 1] & 0x80)
    value = G_MAXUINT64;
  for (guint i = 0; i < length; i++)
    value = (value & ~((guint64)0xff << (8 * i))) | (guint64)bytes[i] << (8 * i);
  return push_integer (machine, (gint64)value);
}

/* Big endian, alone in the format. */
static gboolean
run_float (AmMachine *machine, guint unused)
{
  const guint8 *bytes = am_machine_take (machine, 8);
  AmPickleNode *node;
  guint64 bits = 0;

  if (bytes == NULL)
    return FALSE;
  for (guint i = 0; i < 8; i++)
    bits = bits << 8 | bytes[i];
  node = am_pickle_new_node (machine->pickle, AM_PICKLE_FLOAT);
  if (node != NULL)
    memcpy (&node->real, &bits, sizeof bits);
  return am_machine_push (machine, node);
}

static gboolean
run_text (AmMachine *machine, guint width)
{
  guint64 length = 0;
  const guint8 *bytes;

  if (!am_machine_take_number (machine, width, &length)
      || (bytes = am_machine_take (machine, length)) == NULL)
    return FALSE;
  return push_string (machine, AM_PICKLE_TEXT, bytes, (gsize)length);
}

static gboolean
run_empty (AmMachine *machine, guint kind)
{
  return am_machine_push (machine, am_pickle_new_node (machine->pickle, (AmPickleKind)kind));
}

static gboolean
push_sequence (AmMachine *machine, AmPickleKind kind, guint n)
{
  AmPickleNode **items = (AmPickleNode **)machine->stack->pdata + machine->stack->len - n;
  AmPickleNode *node = am_pickle_new_node (machine->pickle, kind);

  if (node == NULL || !am_pickle_append (machine->pickle, node, items, n))
    return am_machine_fail_memory (machine);
  am_machine_drop (machine, n);
  return am_machine_push (machine, node);
}

static gboolean
run_short_tuple (AmMachine *machine, guint n)
{
  if (machine->stack->len - am_machine_floor (machine) < n)
    return am_machine_fail (machine, "takes %u values where the stack has fewer", n);
  return push_sequence (machine, AM_PICKLE_TUPLE, n);
}

static gboolean
run_sequence (AmMachine *machine, guint kind)
{
  guint n = 0;

  return am_machine_pop_mark (machine, &n) && push_sequence (machine, (AmPickleKind)kind, n);
}

/* The top @n values go into the one below them. Objects that are only remembered as calls swallow theirs. */
static gboolean
put_into (AmMachine *machine, AmPickleKind kind, guint n)
{
  AmPickleNode **items, *target;

  if (machine->stack->len - am_machine_floor (machine) < n + 1)
    return am_machine_fail (machine, "takes %u values where the stack has fewer", n + 1);
  items = (AmPickleNode **)machine->stack->pdata + machine->stack->len - n;
  target = items[-1];
  if (kind == AM_PICKLE_DICT && n % 2 != 0)
    return am_machine_fail (machine, "a key without a value");
  if (target->kind == kind)
    {
      if (!am_pickle_append (machine->pickle, target, items, n))
        return am_machine_fail_memory (machine);
    }
  else if (target->kind != AM_PICKLE_CALL && target->kind != AM_PICKLE_PERSISTENT)
    return am_machine_fail (machine, "puts items into %s", am_pickle_describe (target));
  am_machine_drop (machine, n);
  return TRUE;
}

static gboolean
run_append (AmMachine *machine, guint unused)
{
  return put_into (machine, AM_PICKLE_LIST, 1);
}

static gboolean
run_setitem (AmMachine *machine, guint unused)
{
  return put_into (machine, AM_PICKLE_DICT, 2);
}

/* APPENDS, SETITEMS, ADDITEMS. */
static gboolean
run_put_marked (AmMachine *machine, guint kind)
{
  guint n = 0;

  return am_machine_pop_mark (machine, &n) && put_into (machine, (AmPickleKind)kind, n);
}

/* Indices count up from 0 or 1 and each takes an opcode: none can exceed the bytes read. */
static gboolean
memoize (AmMachine *machine, guint64 index)
{
  AmPickleNode *top = am_machine_peek (machine);

  if (top == NULL)
    return FALSE;
  if (index > machine->at || index >= MOST_MEMO)
    return am_machine_fail (machine, "memo index %" G_GUINT64_FORMAT " is out of all proportion", index);
  if (index >= machine->memo->len)
    g_ptr_array_set_size (machine->memo, (gint)index + 1);
  machine->memo->pdata[index] = top;
  return TRUE;
}

static gboolean
run_put (AmMachine *machine, guint width)
{
  guint64 index = 0;
  return am_machine_take_number (machine, width, &index) && memoize (machine, index);
}

static gboolean
run_memoize (AmMachine *machine, guint unused)
{
  return memoize (machine, machine->memo->len);
}

static gboolean
run_get (AmMachine *machine, guint width)
{
  guint64 index = 0;

  if (!am_machine_take_number (machine, width, &index))
    return FALSE;
  if (index >= machine->memo->len || machine->memo->pdata[index] == NULL)
    return am_machine_fail (machine, "memo %" G_GUINT64_FORMAT " was never set", index);
  return am_machine_push (machine, machine->memo->pdata[index]);
}

static gboolean
push_global (AmMachine *machine, const char *module, gsize module_length, const char *name, gsize name_length)
{
  if (module_length + name_length > MOST_TITLE)
    return am_machine_fail (machine, "the name of a global is longer than %d bytes", MOST_TITLE);
  if (!g_utf8_validate_len (module, module_length, NULL) || !g_utf8_validate_len (name, name_length, NULL))
    return am_machine_fail (machine, "the name of a global is not text");
  g_autofree char *title = g_strdup_printf ("%.*s.%.*s", (int)module_length, module, (int)name_length, name);
  return am_machine_push (machine, am_pickle_intern_global (machine->pickle, title));
}

static gboolean
run_global (AmMachine *machine, guint unused)
{
  const char *module = NULL, *name = NULL;
  gsize module_length = 0, name_length = 0;

  return am_machine_take_line (machine, &module, &module_length)
         && am_machine_take_line (machine, &name, &name_length)
         && push_global (machine, module, module_length, name, name_length);
}

static gboolean
run_stack_global (AmMachine *machine, guint unused)
{
  AmPickleNode *name = am_machine_pop (machine);
  AmPickleNode *module = name != NULL ? am_machine_pop (machine) : NULL;

  if (module == NULL)
    return FALSE;
  if (module->kind != AM_PICKLE_TEXT || name->kind != AM_PICKLE_TEXT)
    return am_machine_fail (machine, "names a global by %s and %s", am_pickle_describe (module),
                            am_pickle_describe (name));
  return push_global (machine, module->string.text, module->string.length, name->string.text,
                      name->string.length);
}

/* REDUCE, NEWOBJ, and NEWOBJ_EX with keyword arguments on top. */
static gboolean
run_call (AmMachine *machine, guint with_keywords)
{
  AmPickleNode *keywords = with_keywords ? am_machine_pop (machine) : NULL;
  AmPickleNode *arguments = with_keywords && keywords == NULL ? NULL : am_machine_pop (machine);
  AmPickleNode *function = arguments != NULL ? am_machine_pop (machine) : NULL;
  AmPickleNode *node;

  if (function == NULL)
    return FALSE;
  if (arguments->kind != AM_PICKLE_TUPLE)
    return am_machine_fail (machine, "the arguments of a call are %s", am_pickle_describe (arguments));
  node = am_pickle_call_dict (machine->pickle, function, arguments);
  if (node == NULL)
    {
      node = am_pickle_new_node (machine->pickle, AM_PICKLE_CALL);
      if (node != NULL)
        {
          node->call.function = function;
          node->call.arguments = arguments;
        }
    }
  return am_machine_push (machine, node);
}

/* The state of an OrderedDict is torch's _metadata: of no use here. */
static gboolean
run_build (AmMachine *machine, guint unused)
{
  AmPickleNode *state = am_machine_pop (machine);
  AmPickleNode *target = state != NULL ? am_machine_peek (machine) : NULL;

  if (target == NULL)
    return FALSE;
  if (target->kind == AM_PICKLE_CALL)
    target->call.state = state;
  else if (target->kind != AM_PICKLE_DICT && target->kind != AM_PICKLE_PERSISTENT)
    return am_machine_fail (machine, "gives a state to %s", am_pickle_describe (target));
  return TRUE;
}

static gboolean
run_persistent (AmMachine *machine, guint unused)
{
  AmPickleNode *id = am_machine_pop (machine);
  AmPickleNode *node = id != NULL ? am_pickle_new_node (machine->pickle, AM_PICKLE_PERSISTENT) : NULL;

  if (id == NULL)
    return FALSE;
  if (node != NULL)
    {
      node->id = id;
      g_ptr_array_add (machine->pickle->persistent, node);
    }
  return am_machine_push (machine, node);
}

static gboolean
run_stop (AmMachine *machine, guint unused)
{
  if (machine->stack->len != 1 || machine->marks->len != 0)
    return am_machine_fail (machine, "%u values and %u open MARKs are left where one value should be",
                            machine->stack->len, machine->marks->len);
  machine->pickle->root = g_ptr_array_index (machine->stack, 0);
  return TRUE;
}

/* Names without a function are opcodes torch does not write; they are refused by name. */
const AmOpcode am_opcodes[256] = {
  ['('] = { "MARK", run_mark, 0 },
  ['.'] = { "STOP", run_stop, 0 },
  ['0'] = { "POP", run_pop, 0 },
  ['1'] = { "POP_MARK", run_pop_mark, 0 },
  ['2'] = { "DUP", NULL, 0 },
  ['F'] = { "FLOAT", NULL, 0 },
  ['I'] = { "INT", NULL, 0 },
  ['J'] = { "BININT", run_int, 4 },
  ['K'] = { "BININT1", run_int, 1 },
  ['L'] = { "LONG", NULL, 0 },
  ['M'] = { "BININT2", run_int, 2 },
  ['N'] = { "NONE", run_constant, 0 },
  ['P'] = { "PERSID", NULL, 0 },
  ['Q'] = { "BINPERSID", run_persistent, 0 },
  ['R'] = { "REDUCE", run_call, FALSE },
  ['S'] = { "STRING", NULL, 0 },
  ['T'] = { "BINSTRING", run_text, 4 },
  ['U'] = { "SHORT_BINSTRING", run_text, 1 },
  ['V'] = { "UNICODE", NULL, 0 },
  ['X'] = { "BINUNICODE", run_text, 4 },
  ['a'] = { "APPEND", run_append, 0 },
  ['b'] = { "BUILD", run_build, 0 },
  ['c'] = { "GLOBAL", run_global, 0 },
  ['d'] = { "DICT", NULL, 0 },
  ['}'] = { "EMPTY_DICT", run_empty, AM_PICKLE_DICT },
  ['e'] = { "APPENDS", run_put_marked, AM_PICKLE_LIST },
  ['g'] = { "GET", NULL, 0 },
  ['h'] = { "BINGET", run_get, 1 },
  ['i'] = { "INST", NULL, 0 },
  ['j'] = { "LONG_BINGET", run_get, 4 },
  ['l'] = { "LIST", NULL, 0 },
  [']'] = { "EMPTY_LIST", run_empty, AM_PICKLE_LIST },
  ['o'] = { "OBJ", NULL, 0 },
  ['p'] = { "PUT", NULL, 0 },
  ['q'] = { "BINPUT", run_put, 1 },
  ['r'] = { "LONG_BINPUT", run_put, 4 },
  ['s'] = { "SETITEM", run_setitem, 0 },
  ['t'] = { "TUPLE", run_sequence, AM_PICKLE_TUPLE },
  [')'] = { "EMPTY_TUPLE", run_empty, AM_PICKLE_TUPLE },
  ['u'] = { "SETITEMS", run_put_marked, AM_PICKLE_DICT },
  ['G'] = { "BINFLOAT", run_float, 0 },
  ['B'] = { "BINBYTES", run_text, 4 },
  ['C'] = { "SHORT_BINBYTES", run_text, 1 },
  [0x80] = { "PROTO", run_proto, 0 },
  [0x81] = { "NEWOBJ", run_call, FALSE },
  [0x82] = { "EXT1", NULL, 0 },
  [0x83] = { "EXT2", NULL, 0 },
  [0x84] = { "EXT4", NULL, 0 },
  [0x85] = { "TUPLE1", run_short_tuple, 1 },
  [0x86] = { "TUPLE2", run_short_tuple, 2 },
  [0x87] = { "TUPLE3", run_short_tuple, 3 },
  [0x88] = { "NEWTRUE", run_constant, 2 },
  [0x89] = { "NEWFALSE", run_constant, 1 },
  [0x8a] = { "LONG1", run_long, 1 },
  [0x8b] = { "LONG4", run_long, 4 },
  [0x8c] = { "SHORT_BINUNICODE", run_text, 1 },
  [0x8d] = { "BINUNICODE8", run_text, 8 },
  [0x8e] = { "BINBYTES8", run_text, 8 },
  [0x8f] = { "EMPTY_SET", run_empty, AM_PICKLE_SET },
  [0x90] = { "ADDITEMS", run_put_marked, AM_PICKLE_SET },
  [0x91] = { "FROZENSET", run_sequence, AM_PICKLE_SET },
  [0x92] = { "NEWOBJ_EX", run_call, TRUE },
  [0x93] = { "STACK_GLOBAL", run_stack_global, 0 },
  [0x94] = { "MEMOIZE", run_memoize, 0 },
  [0x95] = { "FRAME", run_frame, 0 },
  [0x96] = { "BYTEARRAY8", run_text, 8 },
  [0x97] = { "NEXT_BUFFER", NULL, 0 },
  [0x98] = { "READONLY_BUFFER", NULL, 0 },
};
