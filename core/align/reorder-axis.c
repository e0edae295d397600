#include "align/reorder-axis.h"

#include <string.h>

/* An element of a segment, taken apart. */
typedef struct
{
  const AmReorder *reorder;
  const AmAxisSegment *segment;
  guint64 weights[AM_MAX_DIGITS];
  guint32 values[AM_MAX_DIGITS];
} Element;

static void
element_init (Element *element, const AmReorder *reorder, const AmAxisSegment *segment)
{
  guint64 weight = 1;

  element->reorder = reorder;
  element->segment = segment;
  for (guint d = segment->n_digits; d-- > 0;)
    {
      element->weights[d] = weight;
      weight *= segment->digits[d].size;
    }
}

static void
element_set (Element *element, guint64 index)
{
  for (guint d = 0; d < element->segment->n_digits; d++)
    {
      element->values[d] = (guint32)(index / element->weights[d]);
      index %= element->weights[d];
    }
}

/* The value of the digit of @factor to the left of digit @d. */
static guint32
find_value (const Element *element, guint d, gint factor)
{
  while (d > 0 && element->segment->digits[d - 1].factor != factor)
    d--;
  g_assert (d > 0);
  return element->values[d - 1];
}

static gsize
find_branch (const Element *element, guint d)
{
  const AmSymmetries *symmetries = element->reorder->symmetries;
  gint factor = am_symmetries_get_factor (symmetries, (guint)element->segment->digits[d].factor)->parent;
  gsize branch = 0, weight = 1;

  while (factor >= 0)
    {
      const AmFactor *ancestor = am_symmetries_get_factor (symmetries, (guint)factor);

      branch += find_value (element, d, factor) * weight;
      weight *= ancestor->size;
      factor = ancestor->parent;
    }
  return branch;
}

static guint64
find_source (const Element *element)
{
  guint64 source = 0;

  for (guint d = 0; d < element->segment->n_digits; d++)
    {
      const AmDigit *digit = &element->segment->digits[d];
      guint32 value = element->values[d];

      if (digit->factor != AM_FIXED_FACTOR)
        value = element->reorder->permutations[digit->factor][find_branch (element, d) * digit->size + value];
      source += value * element->weights[d];
    }
  return source;
}

void
am_reorder_map_axis (const AmReorder *reorder, const AmAxisBinding *binding, guint64 length, guint32 *map)
{
  for (guint64 i = 0; i < length; i++)
    map[i] = (guint32)i;
  for (guint s = 0; s < binding->n_segments; s++)
    {
      const AmAxisSegment *segment = &binding->segments[s];
      Element element;

      g_assert (segment->start + segment->length <= length);
      element_init (&element, reorder, segment);
      for (guint64 i = 0; i < segment->length; i++)
        {
          element_set (&element, i);
          map[segment->start + i] = (guint32)(segment->start + find_source (&element));
        }
    }
}

/* The mixture that digit @d, which has a rotation, makes of the element and its neighbours. */
static void
add_element (AmReorderedAxis *axis, const Element *element, guint d, guint64 index, const double *matrices)
{
  const AmDigit *digit = &element->segment->digits[d];
  const guint64 first = index - element->values[d] * element->weights[d];

  if (element->values[d] == 0)
    {
      const gsize branch = find_branch (element, d);
      const AmMixture mixture = { first, element->weights[d], (guint32)digit->size,
                                  matrices + branch * digit->size * digit->size };

      g_array_append_val (axis->mixtures, mixture);
      axis->mixture_of[index] = axis->mixtures->len;
    }
  else
    axis->mixture_of[index] = axis->mixture_of[first];
}

static void
mix_segment (AmReorderedAxis *axis, const AmReorder *reorder, const AmAxisSegment *segment, guint d,
             const double *matrices)
{
  Element element;

  if (axis->mixtures == NULL)
    {
      axis->mixtures = g_array_new (FALSE, FALSE, sizeof (AmMixture));
      axis->mixture_of = g_new0 (guint32, axis->length);
    }
  element_init (&element, reorder, segment);
  for (guint64 i = 0; i < segment->length; i++)
    {
      element_set (&element, i);
      add_element (axis, &element, d, segment->start + i, matrices);
    }
}

/* A factor that rotates has none below it, so one digit of a segment rotates at most. */
static void
mix_axis (AmReorderedAxis *axis, const AmReorder *reorder, const AmAxisBinding *binding,
          const GPtrArray *matrices)
{
  for (guint s = 0; s < binding->n_segments; s++)
    {
      const AmAxisSegment *segment = &binding->segments[s];

      for (guint d = segment->n_digits; d-- > 0;)
        if (segment->digits[d].factor != AM_FIXED_FACTOR
            && am_reorder_has_rotation (reorder, (guint)segment->digits[d].factor))
          {
            mix_segment (axis, reorder, segment, d,
                         g_ptr_array_index (matrices, (guint)segment->digits[d].factor));
            break;
          }
    }
}

static gboolean
is_in_order (const guint32 *map, guint64 length)
{
  for (guint64 i = 0; i < length; i++)
    if (map[i] != i)
      return FALSE;
  return TRUE;
}

void
am_reordered_axis_init (AmReorderedAxis *axis, const AmReorder *reorder, const AmAxisBinding *binding,
                        guint64 length, const GPtrArray *matrices)
{
  *axis = (AmReorderedAxis){ .length = length };
  if (binding == NULL)
    return;
  axis->map = g_new (guint32, length);
  am_reorder_map_axis (reorder, binding, length, axis->map);
  if (is_in_order (axis->map, length))
    g_clear_pointer (&axis->map, g_free);
  mix_axis (axis, reorder, binding, matrices);
}

void
am_reordered_axis_clear (AmReorderedAxis *axis)
{
  g_clear_pointer (&axis->map, g_free);
  g_clear_pointer (&axis->mixture_of, g_free);
  g_clear_pointer (&axis->mixtures, g_array_unref);
}
