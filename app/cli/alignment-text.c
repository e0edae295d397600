#include "alignment-text.h"

#include <math.h>

#include "console.h"

static char *
format_similarity (double similarity)
{
  return isnan (similarity) ? g_strdup ("-") : g_strdup_printf ("%.4f", similarity);
}

static double
get_share (const AmAlignmentLayer *layer)
{
  return layer->n_units > 0 ? (double)layer->n_moved / layer->n_units : 0.0;
}

/* Most moved first; equal ones in the order of the network. */
static gint
order_layers (gconstpointer a, gconstpointer b)
{
  const AmAlignmentLayer *first = *(const AmAlignmentLayer *const *)a;
  const AmAlignmentLayer *second = *(const AmAlignmentLayer *const *)b;
  double x = get_share (first), y = get_share (second);

  return x != y ? (x < y) - (x > y) : (first > second) - (first < second);
}

static void
print_layer (const AmAlignmentLayer *layer)
{
  g_autofree char *before = format_similarity (layer->similarity_before);
  g_autofree char *after = format_similarity (layer->similarity_after);
  g_autofree char *moved = g_strdup_printf ("%u/%u", layer->n_moved, layer->n_units);

  g_print ("  %11s  %-7s  %7s  %7s  %s\n", moved, am_factor_kind_get_id (layer->kind), before, after,
           layer->name);
}

static void
print_layers (const AmAlignment *alignment, guint n_layers)
{
  g_autoptr (GPtrArray) order = g_ptr_array_new ();

  for (guint i = 0; i < am_alignment_get_n_layers (alignment); i++)
    if (am_alignment_get_layer (alignment, i)->n_moved > 0)
      g_ptr_array_add (order, (gpointer)am_alignment_get_layer (alignment, i));
  if (order->len == 0 || n_layers == 0)
    return;
  g_ptr_array_sort (order, order_layers);
  g_print ("  %11s  %-7s  %7s  %7s  layer\n", "moved", "of", "before", "after");
  for (guint i = 0; i < MIN (n_layers, order->len); i++)
    print_layer (g_ptr_array_index (order, i));
  if (order->len > n_layers)
    g_print ("  and %u more; --json lists them all\n", order->len - n_layers);
}

void
alignment_print (const AmAlignment *alignment, guint n_layers)
{
  g_autofree char *description = am_alignment_describe (alignment);
  const AmAlignmentLayer *total = am_alignment_get_total (alignment);
  g_autofree char *before = format_similarity (total->similarity_before);
  g_autofree char *after = format_similarity (total->similarity_after);
  const char *const *notes = am_alignment_get_notes (alignment);

  g_print ("%s.\nSimilarity (cosine of all weights): %s before, %s after.\n", description, before, after);
  if (!isnan (total->correlation_after))
    g_print ("Correlation of units on the data: %.4f before, %.4f after.\n", total->correlation_before,
             total->correlation_after);
  print_layers (alignment, n_layers);
  for (guint i = 0; notes[i] != NULL; i++)
    g_print ("  note: %s\n", notes[i]);
}
