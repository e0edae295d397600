#include "checkpoint/pickle-machine.h"

#include <string.h>

gboolean
am_machine_fail (AmMachine *machine, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  const char *name = am_opcodes[machine->bytes[machine->opcode]].name;
  g_set_error (machine->error, AM_ERROR, AM_ERROR_CORRUPT, "%s: byte %" G_GSIZE_FORMAT " (%s): %s",
               machine->source, machine->opcode, name, message);
  return FALSE;
}

gboolean
am_machine_fail_memory (AmMachine *machine)
{
  return am_machine_fail (machine, "the pickle needs more than a gibibyte of memory");
}

const guint8 *
am_machine_take (AmMachine *machine, guint64 n)
{
  const guint8 *taken = machine->bytes + machine->at;

  if (n > machine->size - machine->at)
    {
      machine->truncated = TRUE;
      am_machine_fail (
          machine, "wants %" G_GUINT64_FORMAT " bytes, %" G_GSIZE_FORMAT " are left: the pickle is cut short",
          n, machine->size - machine->at);
      return NULL;
    }
  machine->at += (gsize)n;
  return taken;
}

gboolean
am_machine_take_number (AmMachine *machine, guint width, guint64 *value)
{
  const guint8 *bytes = am_machine_take (machine, width);

  if (bytes == NULL)
    return FALSE;
  *value = 0;
  for (guint i = 0; i < width; i++)
    *value |= (guint64)bytes[i] << (8 * i);
  return TRUE;
}

gboolean
am_machine_push (AmMachine *machine, AmPickleNode *node)
{
  if (node == NULL)
    return am_machine_fail_memory (machine);
  if (machine->stack->len >= AM_MACHINE_MOST_STACK)
    return am_machine_fail (machine, "more than %d values on the stack", AM_MACHINE_MOST_STACK);
  g_ptr_array_add (machine->stack, node);
  return TRUE;
}

guint
am_machine_floor (const AmMachine *machine)
{
  return machine->marks->len == 0 ? 0 : g_array_index (machine->marks, guint, machine->marks->len - 1);
}

AmPickleNode *
am_machine_pop (AmMachine *machine)
{
  if (machine->stack->len <= am_machine_floor (machine))
    {
      am_machine_fail (machine, "takes a value where the stack has none");
      return NULL;
    }
  return g_ptr_array_remove_index (machine->stack, machine->stack->len - 1);
}

AmPickleNode *
am_machine_peek (AmMachine *machine)
{
  if (machine->stack->len <= am_machine_floor (machine))
    {
      am_machine_fail (machine, "takes a value where the stack has none");
      return NULL;
    }
  return g_ptr_array_index (machine->stack, machine->stack->len - 1);
}

gboolean
am_machine_pop_mark (AmMachine *machine, guint *n)
{
  if (machine->marks->len == 0)
    return am_machine_fail (machine, "needs a MARK and there is none");
  *n = machine->stack->len - am_machine_floor (machine);
  g_array_set_size (machine->marks, machine->marks->len - 1);
  return TRUE;
}

void
am_machine_drop (AmMachine *machine, guint n)
{
  if (n > 0)
    g_ptr_array_set_size (machine->stack, (gint)(machine->stack->len - n));
}

gboolean
am_machine_take_line (AmMachine *machine, const char **line, gsize *length)
{
  const guint8 *start = machine->bytes + machine->at;
  const guint8 *end = memchr (start, '\n', machine->size - machine->at);

  if (end == NULL)
    {
      machine->truncated = TRUE;
      return am_machine_fail (machine, "a line does not end: the pickle is cut short");
    }
  *line = (const char *)start;
  *length = (gsize)(end - start);
  machine->at += *length + 1;
  return TRUE;
}

static gboolean
refuse_opcode (AmMachine *machine, guint8 byte)
{
  const char *name = am_opcodes[byte].name;

  g_set_error (machine->error, AM_ERROR, name != NULL ? AM_ERROR_UNSUPPORTED : AM_ERROR_CORRUPT,
               "%s: byte %" G_GSIZE_FORMAT ": %s%s (0x%02x) is not an opcode torch writes; nothing was run",
               machine->source, machine->opcode, name != NULL ? "pickle opcode " : "this",
               name != NULL ? name : "", byte);
  return FALSE;
}

static gboolean
run (AmMachine *machine)
{
  for (;;)
    {
      guint8 byte;

      machine->opcode = machine->at;
      if (machine->at >= machine->size)
        {
          machine->truncated = TRUE;
          g_set_error (machine->error, AM_ERROR, AM_ERROR_CORRUPT,
                       "%s: the pickle has no end: it is cut short after %" G_GSIZE_FORMAT " bytes",
                       machine->source, machine->size);
          return FALSE;
        }
      byte = machine->bytes[machine->at++];
      if (am_opcodes[byte].run == NULL)
        return refuse_opcode (machine, byte);
      if (!am_opcodes[byte].run (machine, am_opcodes[byte].parameter))
        return FALSE;
      if (byte == '.')
        return TRUE;
    }
}

static gboolean
begins_like_a_pickle (const guint8 *bytes, gsize size)
{
  return size >= 2 && bytes[0] == 0x80;
}

AmPickle *
am_pickle_parse (const guint8 *bytes, gsize size, const char *source, gsize *used, gboolean *truncated,
                 GError **error)
{
  g_autoptr (AmPickle) pickle = am_pickle_new ();
  g_autoptr (GPtrArray) stack = g_ptr_array_sized_new (64); /* so that its array is never NULL */
  g_autoptr (GPtrArray) memo = g_ptr_array_new ();
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (guint));
  AmMachine machine = {
    .pickle = pickle,
    .bytes = bytes,
    .size = size,
    .stack = stack,
    .marks = marks,
    .memo = memo,
    .source = source,
    .error = error,
  };
  gboolean parsed;

  *truncated = size < 2;
  if (!begins_like_a_pickle (bytes, size))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, "%s: no pickle of protocol 2 or newer begins here%s",
                   source, *truncated ? ": it is cut short" : "");
      return NULL;
    }
  parsed = run (&machine);
  *used = machine.at;
  *truncated = machine.truncated;
  return parsed ? g_steal_pointer (&pickle) : NULL;
}
