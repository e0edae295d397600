/* Random elements of the group. */
#include "align/reorder.h"

#include <math.h>

#include "kernels/philox.h"

/* Words of one stream, one after the other. */
typedef struct
{
  uint32_t key[2];
  guint stream;
  guint64 index;
} Words;

static guint32
next_word (Words *words)
{
  guint32 word;

  am_philox_words (&word, words->key, words->stream, words->index++, 1);
  return word;
}

/* Uniform below @bound: Lemire, "Fast random integer generation in an interval", 2019. */
static guint32
next_below (Words *words, guint32 bound)
{
  const guint32 unfair = -bound % bound; /* 2^32 modulo bound */
  guint64 product;

  do
    product = (guint64)next_word (words) * bound;
  while ((guint32)product < unfair);
  return (guint32)(product >> 32);
}

static void
shuffle (guint32 *elements, guint32 n, Words *words)
{
  for (guint32 i = n; i-- > 1;)
    {
      const guint32 other = next_below (words, i + 1);
      const guint32 element = elements[i];

      elements[i] = elements[other];
      elements[other] = element;
    }
}

AmReorder *
am_reorder_new_random (const AmSymmetries *symmetries, guint64 seed)
{
  AmReorder *reorder = am_reorder_new (symmetries);
  Words words = { 0 };

  am_philox_key (words.key, seed, 0, "reorder");
  for (guint f = 0; f < am_symmetries_get_n_factors (symmetries); f++)
    {
      const AmFactor *factor = am_symmetries_get_factor (symmetries, f);

      words.stream = f;
      words.index = 0;
      for (gsize b = 0; b < factor->n_branches; b++)
        shuffle (reorder->permutations[f] + b * factor->size, factor->size, &words);
    }
  return reorder;
}

/* A vector of length 1: numbers between -1 and 1, scaled. */
static void
fill_direction (double *direction, guint n, Words *words)
{
  double sum = 0;

  for (guint i = 0; i < n; i++)
    {
      direction[i] = ((double)next_word (words) + 0.5) / 2147483648.0 - 1;
      sum += direction[i] * direction[i];
    }
  for (guint i = 0; i < n; i++)
    direction[i] /= sqrt (sum);
}

/* row -= 2 <row, direction> direction. */
static void
reflect (double *row, const double *direction, guint n)
{
  double product = 0;

  for (guint i = 0; i < n; i++)
    product += row[i] * direction[i];
  for (guint i = 0; i < n; i++)
    row[i] -= 2 * product * direction[i];
}

/* As many reflections as there are elements reach every direction from every other. */
static void
fill_rotation (double *matrix, guint n, double *direction, Words *words)
{
  for (gsize i = 0; i < n; i++)
    for (gsize k = 0; k < n; k++)
      matrix[i * n + k] = i == k;
  for (guint times = 0; times < n; times++)
    {
      fill_direction (direction, n, words);
      for (gsize i = 0; i < n; i++)
        reflect (matrix + i * n, direction, n);
    }
}

void
am_reorder_rotate_randomly (AmReorder *reorder, guint64 seed)
{
  Words words = { 0 };

  am_philox_key (words.key, seed, 0, "rotation");
  for (guint f = 0; f < am_symmetries_get_n_factors (reorder->symmetries); f++)
    {
      const AmFactor *factor = am_symmetries_get_factor (reorder->symmetries, f);
      const gsize square = (gsize)factor->size * factor->size;
      g_autofree double *direction = g_new (double, factor->size);

      if (!factor->can_rotate)
        continue;
      words.stream = f;
      words.index = 0;
      g_free (reorder->rotations[f]);
      reorder->rotations[f] = g_new (double, factor->n_branches *square);
      for (gsize b = 0; b < factor->n_branches; b++)
        fill_rotation (reorder->rotations[f] + b * square, factor->size, direction, &words);
    }
}
