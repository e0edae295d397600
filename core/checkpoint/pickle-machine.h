/* The stack machine a pickle is a program for. Used by pickle-machine.c and pickle-opcodes.c. */
#pragma once

#include "checkpoint/pickle-arena.h"

G_BEGIN_DECLS

#define AM_MACHINE_MOST_STACK 1000000

typedef struct
{
  AmPickle *pickle;
  const guint8 *bytes;
  gsize size;
  gsize at;         /* next byte */
  gsize opcode;     /* byte of the opcode being run */
  GPtrArray *stack; /* of AmPickleNode */
  GArray *marks;    /* of guint: height of the stack at each open MARK */
  GPtrArray *memo;
  const char *source;
  gboolean truncated;
  GError **error;
} AmMachine;

/**
 * AmOpcode:
 * @name: as in Python's pickletools; %NULL for bytes that are no opcode
 * @run: %NULL for opcodes that are refused; returns FALSE with an error set
 * @parameter: for @run: a width in bytes, a count or a kind of node
 */
typedef struct
{
  const char *name;
  gboolean (*run) (AmMachine *machine, guint parameter);
  guint parameter;
} AmOpcode;

extern const AmOpcode am_opcodes[256];

/* Sets CORRUPT naming the opcode and its byte. Always FALSE. */
gboolean am_machine_fail (AmMachine *machine, const char *format, ...) G_GNUC_PRINTF (2, 3);
gboolean am_machine_fail_memory (AmMachine *machine);

/* The next @n bytes of the pickle, or %NULL with an error. */
const guint8 *am_machine_take (AmMachine *machine, guint64 n);

/* An unsigned number of 1, 2, 4 or 8 bytes. */
gboolean am_machine_take_number (AmMachine *machine, guint width, guint64 *value);

/* Bytes up to the next newline, which is taken as well. */
gboolean am_machine_take_line (AmMachine *machine, const char **line, gsize *length);

/* @node may be %NULL: then memory is used up. */
gboolean am_machine_push (AmMachine *machine, AmPickleNode *node);
AmPickleNode *am_machine_pop (AmMachine *machine);
AmPickleNode *am_machine_peek (AmMachine *machine);

/* Height below which an opcode may not reach: the last MARK's. */
guint am_machine_floor (const AmMachine *machine);

/* Closes the last MARK; *@n gets the number of values above it, which stay on the stack. */
gboolean am_machine_pop_mark (AmMachine *machine, guint *n);
void am_machine_drop (AmMachine *machine, guint n);

G_END_DECLS
