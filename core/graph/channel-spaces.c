#include "graph/channel-spaces.h"

#define NO_CHILD 0

/* @first, @second: the two parts of a space that was cut. Space 0 is nobody's part. */
typedef struct
{
  guint parent;
  guint first, second;
  guint64 size;
  guint origin;
  AmFixed fixed;
} Space;

struct _AmChannelSpaces
{
  GArray *spaces;
};

AmChannelSpaces *
am_channel_spaces_new (void)
{
  AmChannelSpaces *spaces = g_new0 (AmChannelSpaces, 1);

  spaces->spaces = g_array_new (FALSE, TRUE, sizeof (Space));
  return spaces;
}

void
am_channel_spaces_free (AmChannelSpaces *spaces)
{
  g_array_unref (spaces->spaces);
  g_free (spaces);
}

static Space *
get (const AmChannelSpaces *spaces, guint space)
{
  return &g_array_index (spaces->spaces, Space, space);
}

static guint
find (AmChannelSpaces *spaces, guint space)
{
  while (get (spaces, space)->parent != space)
    {
      guint above = get (spaces, space)->parent;

      get (spaces, space)->parent = get (spaces, above)->parent;
      space = above;
    }
  return space;
}

static guint
append (AmChannelSpaces *spaces, guint64 size, guint origin, AmFixed fixed)
{
  guint index = spaces->spaces->len;
  Space space = { .parent = index, .size = size, .origin = origin, .fixed = fixed };

  g_array_append_val (spaces->spaces, space);
  return index;
}

static GArray *
new_value (AmChannelSpaces *spaces, guint64 size, guint origin, AmFixed fixed)
{
  GArray *value = g_array_new (FALSE, FALSE, sizeof (AmPiece));
  AmPiece piece = { .repeat = 1 };

  if (size == 0)
    return value;
  piece.space = append (spaces, size, origin, fixed);
  g_array_append_val (value, piece);
  return value;
}

GArray *
am_channel_spaces_add (AmChannelSpaces *spaces, guint64 size, guint origin)
{
  return new_value (spaces, size, origin, (AmFixed){ AM_FREE, 0 });
}

GArray *
am_channel_spaces_add_fixed (AmChannelSpaces *spaces, guint64 size, AmFixed fixed)
{
  return new_value (spaces, size, fixed.node, fixed);
}

void
am_channel_spaces_fix_space (AmChannelSpaces *spaces, guint space, AmFixed fixed)
{
  Space *representative = get (spaces, find (spaces, space));

  if (representative->fixed.cause <= AM_FIXED_BY_NATURE && fixed.cause > representative->fixed.cause)
    representative->fixed = fixed;
}

void
am_channel_spaces_fix (AmChannelSpaces *spaces, const GArray *value, AmFixed fixed)
{
  g_autoptr (GArray) pieces = am_channel_spaces_resolve (spaces, value);

  for (guint i = 0; i < pieces->len; i++)
    am_channel_spaces_fix_space (spaces, g_array_index (pieces, AmPiece, i).space, fixed);
}

/* Cuts the representative @space behind its first @size channels. */
static void
split (AmChannelSpaces *spaces, guint space, guint64 size)
{
  Space whole = *get (spaces, space);
  guint first = append (spaces, size, whole.origin, whole.fixed);
  guint second = append (spaces, whole.size - size, whole.origin, whole.fixed);

  get (spaces, space)->first = first;
  get (spaces, space)->second = second;
}

static gboolean
stands_before (const AmChannelSpaces *spaces, guint a, guint b)
{
  guint origin_a = get (spaces, a)->origin, origin_b = get (spaces, b)->origin;

  return origin_a < origin_b || (origin_a == origin_b && a < b);
}

/* The earlier one represents both, so that they are called by the first layer that has them. */
static void
unite (AmChannelSpaces *spaces, guint a, guint b)
{
  guint first = stands_before (spaces, a, b) ? a : b;
  guint second = first == a ? b : a;

  if (a == b)
    return;
  get (spaces, second)->parent = first;
  am_channel_spaces_fix_space (spaces, first, get (spaces, second)->fixed);
}

/* A walk over the pieces of a value, which may be cut meanwhile. @pieces is what is still to come, the
 * nearest one last. @used counts channels of that one that were passed already. */
typedef struct
{
  AmChannelSpaces *spaces;
  GArray *pieces;
  guint64 used;
} Cursor;

static Cursor
cursor_start (AmChannelSpaces *spaces, const GArray *value)
{
  Cursor cursor = { .spaces = spaces, .pieces = g_array_new (FALSE, FALSE, sizeof (AmPiece)) };

  for (guint i = value->len; i > 0; i--)
    g_array_append_val (cursor.pieces, g_array_index (value, AmPiece, i - 1));
  return cursor;
}

/* The nearest piece, a representative; or FALSE at the end. */
static gboolean
cursor_peek (Cursor *cursor, AmPiece *piece)
{
  while (cursor->pieces->len > 0)
    {
      AmPiece *top = &g_array_index (cursor->pieces, AmPiece, cursor->pieces->len - 1);
      const Space *space;
      AmPiece part;

      top->space = find (cursor->spaces, top->space);
      *piece = *top;
      space = get (cursor->spaces, top->space);
      if (space->first == NO_CHILD)
        return TRUE;
      top->space = space->second;
      part = (AmPiece){ .space = space->first, .repeat = top->repeat };
      g_array_append_val (cursor->pieces, part);
    }
  return FALSE;
}

static guint64
get_length (const AmChannelSpaces *spaces, const AmPiece *piece)
{
  return get (spaces, piece->space)->size * piece->repeat;
}

static void
cursor_advance (Cursor *cursor, const AmPiece *piece, guint64 length)
{
  cursor->used += length;
  if (cursor->used < get_length (cursor->spaces, piece))
    return;
  cursor->used = 0;
  g_array_set_size (cursor->pieces, cursor->pieces->len - 1);
}

static void
cursor_clear (Cursor *cursor)
{
  g_array_unref (cursor->pieces);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Cursor, cursor_clear)

static void
fix_rest (Cursor *cursor, AmFixed fixed)
{
  AmPiece piece;

  while (cursor_peek (cursor, &piece))
    {
      am_channel_spaces_fix_space (cursor->spaces, piece.space, fixed);
      cursor_advance (cursor, &piece, get_length (cursor->spaces, &piece) - cursor->used);
    }
}

/* Passes the same channels in both, or cuts one of them. */
static void
unify_nearest (Cursor *a, const AmPiece *piece_a, Cursor *b, const AmPiece *piece_b, guint node)
{
  AmChannelSpaces *spaces = a->spaces;
  guint64 size_a = get (spaces, piece_a->space)->size, size_b = get (spaces, piece_b->space)->size;
  guint64 rest_a = get_length (spaces, piece_a) - a->used, rest_b = get_length (spaces, piece_b) - b->used;

  if (a->used > 0 || b->used > 0 || piece_a->repeat != piece_b->repeat)
    {
      am_channel_spaces_fix_space (spaces, piece_a->space, (AmFixed){ AM_FIXED_FLATTENED, node });
      am_channel_spaces_fix_space (spaces, piece_b->space, (AmFixed){ AM_FIXED_FLATTENED, node });
    }
  else if (size_a != size_b)
    {
      split (spaces, size_a > size_b ? piece_a->space : piece_b->space, MIN (size_a, size_b));
      return;
    }
  else
    unite (spaces, piece_a->space, piece_b->space);
  cursor_advance (a, piece_a, MIN (rest_a, rest_b));
  cursor_advance (b, piece_b, MIN (rest_a, rest_b));
}

void
am_channel_spaces_unify (AmChannelSpaces *spaces, const GArray *a, const GArray *b, guint node)
{
  g_auto (Cursor) cursor_a = cursor_start (spaces, a);
  g_auto (Cursor) cursor_b = cursor_start (spaces, b);
  AmPiece piece_a, piece_b;

  while (cursor_peek (&cursor_a, &piece_a) && cursor_peek (&cursor_b, &piece_b))
    unify_nearest (&cursor_a, &piece_a, &cursor_b, &piece_b, node);
  fix_rest (&cursor_a, (AmFixed){ AM_FIXED_UNEVEN, node });
  fix_rest (&cursor_b, (AmFixed){ AM_FIXED_UNEVEN, node });
}

GArray *
am_channel_spaces_resolve (AmChannelSpaces *spaces, const GArray *value)
{
  g_auto (Cursor) cursor = cursor_start (spaces, value);
  GArray *pieces = g_array_new (FALSE, FALSE, sizeof (AmPiece));
  AmPiece piece;

  while (cursor_peek (&cursor, &piece))
    {
      g_array_append_val (pieces, piece);
      cursor_advance (&cursor, &piece, get_length (spaces, &piece));
    }
  return pieces;
}

guint64
am_channel_spaces_get_length (AmChannelSpaces *spaces, const GArray *value)
{
  guint64 length = 0;

  for (guint i = 0; i < value->len; i++)
    length += get_length (spaces, &g_array_index (value, AmPiece, i));
  return length;
}

/* Makes @offset a border between pieces of @value, or fixes the piece that cannot be cut there. */
static void
cut_at (AmChannelSpaces *spaces, const GArray *value, guint64 offset, guint node)
{
  g_autoptr (GArray) pieces = am_channel_spaces_resolve (spaces, value);
  guint64 start = 0;

  for (guint i = 0; i < pieces->len && start < offset; i++)
    {
      const AmPiece *piece = &g_array_index (pieces, AmPiece, i);
      guint64 length = get_length (spaces, piece), inside = offset - start;

      start += length;
      if (inside >= length)
        continue;
      if (inside % piece->repeat == 0)
        split (spaces, piece->space, inside / piece->repeat);
      else
        am_channel_spaces_fix_space (spaces, piece->space, (AmFixed){ AM_FIXED_FLATTENED, node });
    }
}

static void
append_fixed (AmChannelSpaces *spaces, GArray *value, guint64 length, guint node)
{
  g_autoptr (GArray) part
      = am_channel_spaces_add_fixed (spaces, length, (AmFixed){ AM_FIXED_BY_NATURE, node });

  g_array_append_vals (value, part->data, part->len);
}

GArray *
am_channel_spaces_cut (AmChannelSpaces *spaces, const GArray *value, guint64 start, guint64 length,
                       guint node)
{
  GArray *result = g_array_new (FALSE, FALSE, sizeof (AmPiece));
  g_autoptr (GArray) pieces = NULL;
  guint64 offset = 0, done = 0;

  cut_at (spaces, value, start, node);
  cut_at (spaces, value, start + length, node);
  pieces = am_channel_spaces_resolve (spaces, value);
  for (guint i = 0; i < pieces->len && done < length; i++)
    {
      const AmPiece *piece = &g_array_index (pieces, AmPiece, i);
      guint64 end = offset + get_length (spaces, piece), from = MAX (start, offset);
      guint64 taken = end > from ? MIN (end, start + length) - from : 0;

      if (taken > 0 && taken == end - offset)
        g_array_append_val (result, *piece);
      else
        append_fixed (spaces, result, taken, node);
      done += taken;
      offset = end;
    }
  append_fixed (spaces, result, length - done, node);
  return result;
}

guint
am_channel_spaces_get_n (const AmChannelSpaces *spaces)
{
  return spaces->spaces->len;
}

gboolean
am_channel_spaces_is_representative (const AmChannelSpaces *spaces, guint space)
{
  return get (spaces, space)->parent == space && get (spaces, space)->first == NO_CHILD;
}

guint64
am_channel_spaces_get_size (const AmChannelSpaces *spaces, guint space)
{
  return get (spaces, space)->size;
}

guint
am_channel_spaces_get_origin (const AmChannelSpaces *spaces, guint space)
{
  return get (spaces, space)->origin;
}

AmFixed
am_channel_spaces_get_fixed (const AmChannelSpaces *spaces, guint space)
{
  return get (spaces, space)->fixed;
}
