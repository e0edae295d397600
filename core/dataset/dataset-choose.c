#include "dataset/dataset-private.h"

#include <stdlib.h>

#include "kernels/philox.h"

#define WORDS_OF_SAMPLES 0
#define WORDS_OF_CLASSES 1

typedef struct
{
  guint32 label;
  guint64 draw;
  guint64 sample;
} Ticket;

/* The tickets of one class lie together. */
typedef struct
{
  guint64 first;
  guint64 n;
  guint64 n_wanted;
  guint64 remainder; /* of its share, in parts of all samples */
  guint32 draw;
} Share;

static int
compare_numbers (guint64 a, guint64 b)
{
  return (a > b) - (a < b);
}

static int
compare_tickets (const void *left, const void *right)
{
  const Ticket *a = left, *b = right;

  if (a->label != b->label)
    return compare_numbers (a->label, b->label);
  if (a->draw != b->draw)
    return compare_numbers (a->draw, b->draw);
  return compare_numbers (a->sample, b->sample);
}

static int
compare_samples (const void *left, const void *right)
{
  return compare_numbers (*(const guint64 *)left, *(const guint64 *)right);
}

/* Those that lack most of their share first; among equals the draw decides. */
static gint
compare_shares (gconstpointer left, gconstpointer right)
{
  const Share *a = left, *b = right;

  if (a->remainder != b->remainder)
    return compare_numbers (b->remainder, a->remainder);
  if (a->draw != b->draw)
    return compare_numbers (a->draw, b->draw);
  return compare_numbers (a->first, b->first);
}

static Ticket *
draw_tickets (const AmDataset *dataset, const uint32_t key[2])
{
  const guint64 n = dataset->samples->n_samples;
  Ticket *tickets = g_new (Ticket, n);

  for (guint64 i = 0; i < n; i++)
    {
      uint32_t words[2];

      am_philox_words (words, key, WORDS_OF_SAMPLES, 2 * i, 2);
      tickets[i] = (Ticket){ am_dataset_get_label (dataset, i), (guint64)words[0] << 32 | words[1], i };
    }
  qsort (tickets, n, sizeof *tickets, compare_tickets);
  return tickets;
}

static GArray *
find_shares (const Ticket *tickets, guint64 n, guint64 n_wanted, const uint32_t key[2])
{
  GArray *shares = g_array_new (FALSE, FALSE, sizeof (Share));

  for (guint64 first = 0, end = 0; first < n; first = end)
    {
      Share share = { .first = first };

      while (end < n && tickets[end].label == tickets[first].label)
        end++;
      /* Neither has more than 32 bits. */
      share.n = end - first;
      share.n_wanted = share.n * n_wanted / n;
      share.remainder = share.n * n_wanted % n;
      am_philox_words (&share.draw, key, WORDS_OF_CLASSES, tickets[first].label, 1);
      g_array_append_val (shares, share);
    }
  return shares;
}

/* What rounding down left over goes to the largest remainders. */
static void
hand_out_rest (GArray *shares, guint64 n_wanted)
{
  guint64 rest = n_wanted;

  for (guint i = 0; i < shares->len; i++)
    rest -= g_array_index (shares, Share, i).n_wanted;
  g_array_sort (shares, compare_shares);
  for (guint i = 0; i < shares->len && rest > 0; i++, rest--)
    g_array_index (shares, Share, i).n_wanted++;
}

static guint64 *
draw (const AmDataset *dataset, guint64 n_wanted, guint64 seed)
{
  uint32_t key[2];
  g_autofree Ticket *tickets = NULL;
  g_autoptr (GArray) shares = NULL;
  guint64 *chosen = g_new (guint64, n_wanted);
  guint64 n = 0;

  am_philox_key (key, seed, 0, "samples");
  tickets = draw_tickets (dataset, key);
  shares = find_shares (tickets, dataset->samples->n_samples, n_wanted, key);
  hand_out_rest (shares, n_wanted);
  for (guint i = 0; i < shares->len; i++)
    {
      const Share *share = &g_array_index (shares, Share, i);

      for (guint64 k = 0; k < share->n_wanted; k++)
        chosen[n++] = tickets[share->first + k].sample;
    }
  qsort (chosen, n, sizeof *chosen, compare_samples);
  return chosen;
}

guint64 *
am_dataset_choose (const AmDataset *dataset, guint64 n_wanted, guint64 seed, guint64 *n_chosen)
{
  const guint64 n = dataset->samples->n_samples;
  guint64 *all;

  *n_chosen = n_wanted == 0 ? n : MIN (n_wanted, n);
  if (*n_chosen < n)
    return draw (dataset, *n_chosen, seed);
  all = g_new (guint64, n);
  for (guint64 i = 0; i < n; i++)
    all[i] = i;
  return all;
}
