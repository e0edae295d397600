#include "methods/magnitude-ranks.h"

#include <string.h>

/* Up to here insertion is the quicker: counting takes time of its own for every value a digit can have. */
#define FEW 40

#define DIGIT_BITS 8
#define N_DIGIT_VALUES (1 << DIGIT_BITS)
#define MAX_DIGITS (64 / DIGIT_BITS)

static void
gather (AmRanked *entries, gconstpointer values, gsize stride, gsize n, gboolean is_double)
{
  for (gsize i = 0; i < n; i++)
    {
      guint64 wide;
      guint32 single;

      if (is_double)
        {
          memcpy (&wide, (const double *)values + i * stride, sizeof wide);
          entries[i].magnitude = wide & G_MAXINT64;
        }
      else
        {
          memcpy (&single, (const float *)values + i * stride, sizeof single);
          entries[i].magnitude = single & G_MAXINT32;
        }
      entries[i].index = i;
    }
}

static void
sort_few (AmRanked *entries, gsize n)
{
  for (gsize i = 1; i < n; i++)
    {
      const AmRanked entry = entries[i];
      gsize place = i;

      for (; place > 0 && entries[place - 1].magnitude > entry.magnitude; place--)
        entries[place] = entries[place - 1];
      entries[place] = entry;
    }
}

static inline guint
get_digit (const AmRanked *entry, guint digit)
{
  return (guint)(entry->magnitude >> (digit * DIGIT_BITS)) & (N_DIGIT_VALUES - 1);
}

/* Moves entries from one array to the other, in the order of one digit. */
static void
deal (AmRanked *to, const AmRanked *from, gsize n, guint digit, const gsize *counts)
{
  gsize places[N_DIGIT_VALUES], place = 0;

  for (guint value = 0; value < N_DIGIT_VALUES; value++)
    {
      places[value] = place;
      place += counts[value];
    }
  for (gsize i = 0; i < n; i++)
    to[places[get_digit (&from[i], digit)]++] = from[i];
}

/* From the lowest digit to the highest; digits that all entries share are passed over. Returns the sorted one
 * of the two arrays. */
static const AmRanked *
sort_by_digits (AmRanked *entries, AmRanked *room, gsize n, guint n_digits)
{
  gsize counts[MAX_DIGITS][N_DIGIT_VALUES] = { 0 };

  for (gsize i = 0; i < n; i++)
    for (guint digit = 0; digit < n_digits; digit++)
      counts[digit][get_digit (&entries[i], digit)]++;
  for (guint digit = 0; digit < n_digits; digit++)
    {
      AmRanked *swap = room;

      if (counts[digit][get_digit (&entries[0], digit)] == n)
        continue;
      deal (room, entries, n, digit, counts[digit]);
      room = entries;
      entries = swap;
    }
  return entries;
}

const AmRanked *
am_rank_magnitudes (gconstpointer values, gsize stride, gsize n, gboolean is_double, AmRanked *room)
{
  gather (room, values, stride, n, is_double);
  if (n > FEW)
    return sort_by_digits (room, room + n, n, is_double ? MAX_DIGITS : MAX_DIGITS / 2);
  sort_few (room, n);
  return room;
}
