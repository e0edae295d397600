#include "comparison-words.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/readable.h"
#include "compare/figures.h"

/* A part of the model that can be pointed at: a block of the network, or a component beside it. */
typedef struct
{
  const char *title;
  double aa, dd;
} Place;

static const char *
get_component_place (AmComponent component)
{
  switch (component)
    {
    case AM_COMPONENT_VAE:
      return _ ("the VAE");
    case AM_COMPONENT_TEXT_ENCODER:
      return _ ("the text encoder");
    case AM_COMPONENT_TEXT_ENCODER_2:
      return _ ("the second text encoder");
    case AM_COMPONENT_TEXT_ENCODER_3:
      return _ ("the third text encoder");
    default:
      return NULL;
    }
}

static const char *
find_place_title (AmComparison *self, guint index)
{
  const AmTensorDifference *tensor = &am_comparison_get_difference (self)->tensors[index];
  const char *title = get_component_place (tensor->component);

  if (tensor->kind != AM_DIFFERENCE_COMPARED)
    return NULL;
  return title != NULL ? title : am_comparison_get_block_name (self, index);
}

static double
get_share (const Place *place)
{
  return place->dd > 0.0 ? sqrt (place->dd / place->aa) : 0.0;
}

static gint
order_places (gconstpointer a, gconstpointer b)
{
  double x = get_share (*(const Place *const *)a), y = get_share (*(const Place *const *)b);

  return (x < y) - (x > y);
}

static void
add_to_place (GPtrArray *places, GHashTable *by_title, const char *title, const AmTensorDifference *tensor)
{
  Place *place = g_hash_table_lookup (by_title, title);

  if (place == NULL)
    {
      place = g_new0 (Place, 1);
      place->title = title;
      g_ptr_array_add (places, place);
      g_hash_table_insert (by_title, (gpointer)title, place);
    }
  place->aa += tensor->norm_a * tensor->norm_a;
  place->dd += tensor->norm_difference * tensor->norm_difference;
}

/* (element-type Place), the one that differs most first. */
static GPtrArray *
rank_places (AmComparison *self)
{
  const AmDifference *difference = am_comparison_get_difference (self);
  GPtrArray *places = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) by_title = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < difference->n_tensors; i++)
    {
      const char *title = find_place_title (self, i);

      if (title != NULL)
        add_to_place (places, by_title, title, &difference->tensors[i]);
    }
  g_ptr_array_sort (places, order_places);
  return places;
}

static char *
dup_places_headline (AmComparison *self, const char *likeness)
{
  g_autoptr (GPtrArray) places = rank_places (self);
  const Place *first, *second;

  if (places->len < 2)
    /* Translators: %s is a percentage. */
    return g_strdup_printf (_ ("%s alike"), likeness);
  first = g_ptr_array_index (places, 0);
  second = g_ptr_array_index (places, 1);
  if (get_share (g_ptr_array_index (places, places->len - 1)) > 0.8 * get_share (first))
    return g_strdup_printf (_ ("%s alike, differing about equally everywhere"), likeness);
  if (get_share (second) < 0.5 * get_share (first))
    /* Translators: a percentage, and a part of the model such as "OUT05" or "the text encoder". */
    return g_strdup_printf (_ ("%s alike, differing most in %s"), likeness, first->title);
  return g_strdup_printf (_ ("%s alike, differing most in %s and %s"), likeness, first->title, second->title);
}

char *
am_comparison_dup_headline (AmComparison *self)
{
  const AmComponentDifference *total = am_comparison_get_total (self);
  g_autofree char *likeness = NULL;

  if (total->n_shared == 0)
    return g_strdup (_ ("Nothing in common"));
  if (total->n_equal == total->n_tensors)
    return g_strdup (_ ("Identical"));
  if (total->n_equal == total->n_shared)
    return g_strdup (_ ("Identical in everything they share"));
  if (isnan (total->relative_l2) || total->relative_l2 == 0.0)
    return g_strdup (_ ("Alike in all weights, different in other tensors"));
  if (total->relative_l2 >= 1.0)
    return g_strdup (_ ("Hardly alike"));
  likeness = am_figure_likeness (total->relative_l2);
  return dup_places_headline (self, likeness);
}

static gboolean
has_other_types (AmComparison *self)
{
  guint n_tensors = am_comparison_get_difference (self)->n_tensors;

  for (guint i = 0; i < n_tensors; i++)
    {
      const AmTensor *a = am_comparison_get_tensor (self, AM_SIDE_A, i);
      const AmTensor *b = am_comparison_get_tensor (self, AM_SIDE_B, i);

      if (a != NULL && b != NULL && a->dtype != b->dtype)
        return TRUE;
    }
  return FALSE;
}

static char *
dup_equal_words (AmComparison *self, guint n_equal)
{
  g_autofree char *count = am_readable_count (n_equal);

  if (has_other_types (self))
    return g_strdup_printf (ngettext ("Every value of %s tensor is the same, though stored in another type.",
                                      "Every value of %s tensors is the same, though stored in other types.",
                                      n_equal),
                            count);
  return g_strdup_printf (
      ngettext ("Every value of %s tensor is the same.", "Every value of %s tensors is the same.", n_equal),
      count);
}

static char *
dup_n_different (guint n_different, guint n_shared)
{
  g_autofree char *different = am_readable_count (n_different);
  g_autofree char *shared = am_readable_count (n_shared);

  /* Translators: "12 of 196 tensors differ". The plural is that of the second number. */
  return g_strdup_printf (ngettext ("%s of %s tensor differs", "%s of %s tensors differ", n_shared),
                          different, shared);
}

static char *
dup_n_not_compared (guint n)
{
  g_autofree char *count = am_readable_count (n);

  return g_strdup_printf (ngettext ("%s not comparable", "%s not comparable", n), count);
}

static char *
dup_figures (AmComparison *self)
{
  const AmComponentDifference *total = am_comparison_get_total (self);
  const AmCellDifference *all = am_comparison_get_cell (self, AM_BLOCK_NONE, AM_N_LAYER_KINDS);
  g_autofree char *relative = am_figure_percent (total->relative_l2);
  g_autofree char *cosine = am_figure_cosine (total->cosine);
  g_autofree char *maximum = am_figure_value (all->maximum);
  g_autofree char *counts = dup_n_different (total->n_shared - total->n_equal, total->n_shared);
  g_autofree char *figures = NULL, *rest = NULL;

  /* Translators: facts in a row: a percentage, a cosine, a number. */
  figures
      = g_strdup_printf (_ ("Relative L2 %s · cosine %s · largest difference %s"), relative, cosine, maximum);
  if (total->n_shared < total->n_tensors)
    rest = dup_n_not_compared (total->n_tensors - total->n_shared);
  return g_strjoin (" · ", figures, counts, rest, NULL);
}

char *
am_comparison_dup_details (AmComparison *self)
{
  const AmComponentDifference *total = am_comparison_get_total (self);

  if (total->n_shared == 0)
    return g_strdup (_ ("No tensor has the same name and shape in both."));
  if (total->n_equal == total->n_shared)
    return dup_equal_words (self, total->n_equal);
  return dup_figures (self);
}

char *
am_comparison_dup_warning (AmComparison *self)
{
  const AmModel *a = am_comparison_get_model (self, AM_SIDE_A);
  const AmModel *b = am_comparison_get_model (self, AM_SIDE_B);
  g_autofree char *title_a = am_model_translate_title (a, am_translate);
  g_autofree char *title_b = am_model_translate_title (b, am_translate);
  guint n_shared = am_comparison_get_total (self)->n_shared;
  g_autofree char *count = am_readable_count (n_shared);

  if (am_model_is_compatible (a, b, NULL))
    return NULL;
  if (g_str_equal (title_a, title_b))
    return g_strdup_printf (
        ngettext ("Both are of the kind “%s”, but built differently, and cannot be merged. "
                  "Compared is the %s tensor that has the same name and shape in both.",
                  "Both are of the kind “%s”, but built differently, and cannot be merged. "
                  "Compared are the %s tensors that have the same name and shape in both.",
                  n_shared),
        title_a, count);
  return g_strdup_printf (ngettext ("A is “%s” and B is “%s”: they cannot be merged. "
                                    "Compared is the %s tensor that has the same name and shape in both.",
                                    "A is “%s” and B is “%s”: they cannot be merged. "
                                    "Compared are the %s tensors that have the same name and shape in both.",
                                    n_shared),
                          title_a, title_b, count);
}

char *
am_comparison_dup_component_words (AmComparison *self, AmComponent component)
{
  const AmComponentDifference *part = am_comparison_get_component (self, component);

  if (part->n_only_a == part->n_tensors)
    return g_strdup (_ ("Only in A"));
  if (part->n_only_b == part->n_tensors)
    return g_strdup (_ ("Only in B"));
  if (part->n_shared == 0)
    return g_strdup (_ ("No tensor in common"));
  if (part->n_equal == part->n_tensors)
    return g_strdup (_ ("Identical"));
  if (part->n_equal == part->n_shared)
    return g_strdup (_ ("Identical in what both have"));
  return dup_n_different (part->n_shared - part->n_equal, part->n_shared);
}
