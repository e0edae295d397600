/* How much memory aligning takes. */
#include "align/activation-matching.h"
#include "align/alignment-private.h"

/* What is remembered of similarities, and what is worked on at a time: see am_weight_matching_run(). */
#define GIBIBYTE (1024.0 * 1024.0 * 1024.0)

#define PANELS (16.0 * 1024.0 * 1024.0)

/* Units of the segment that move. */
static double
count_units (const AmAxisSegment *segment)
{
  double n = 1;

  for (guint i = 0; i < segment->n_digits; i++)
    if (segment->digits[i].factor != AM_FIXED_FACTOR)
      n *= (double)segment->digits[i].size;
  return n;
}

static gint
find_first (const AmAxisSegment *segment)
{
  for (guint i = 0; i < segment->n_digits; i++)
    if (segment->digits[i].factor != AM_FIXED_FACTOR)
      return segment->digits[i].factor;
  return AM_FIXED_FACTOR;
}

/* @similarities: [n_factors] bytes of the similarities of the space that begins with the factor. */
static void
measure_spaces (const AmSymmetries *symmetries, double *similarities)
{
  for (guint i = 0; i < am_symmetries_get_n_bindings (symmetries); i++)
    {
      const AmAxisBinding *binding = am_symmetries_get_binding (symmetries, i);

      for (guint k = 0; k < binding->n_segments; k++)
        {
          double n = count_units (&binding->segments[k]);
          gint factor = find_first (&binding->segments[k]);

          if (factor != AM_FIXED_FACTOR)
            similarities[factor] = MAX (similarities[factor], n * n * sizeof (float));
        }
    }
}

guint64
am_alignment_get_memory (const AmAlignment *alignment, guint n_threads)
{
  const AmSymmetries *symmetries = am_alignment_get_symmetries (alignment);
  guint n_factors = am_symmetries_get_n_factors (symmetries);
  g_autofree double *similarities = g_new0 (double, n_factors + 1);
  double kept = 0, largest = 0;

  if (alignment->kind == AM_ALIGN_BY_ACTIVATIONS)
    return am_activation_matching_estimate_memory (symmetries, n_threads);
  measure_spaces (symmetries, similarities);
  for (guint i = 0; i < n_factors; i++)
    {
      kept += similarities[i];
      largest = MAX (largest, similarities[i]);
    }
  return (guint64)(MIN (kept, GIBIBYTE) + MIN (n_threads * (largest + PANELS), MAX (GIBIBYTE, largest)));
}
