#include "align/matching-tree.h"

#include <string.h>

static const AmFactor *
get_factor (const AmSymmetries *symmetries, gint factor)
{
  return am_symmetries_get_factor (symmetries, (guint)factor);
}

gboolean
am_matching_is_ancestor (const AmSymmetries *symmetries, gint ancestor, gint factor)
{
  while ((factor = get_factor (symmetries, factor)->parent) >= 0)
    if (factor == ancestor)
      return TRUE;
  return FALSE;
}

/* For each digit, a bit for each digit before it that its permutation depends on. */
static void
find_ancestors (const AmSymmetries *symmetries, const AmDigit *digits, guint n_digits, guint *masks)
{
  for (guint k = 0; k < n_digits; k++)
    {
      masks[k] = 0;
      for (guint j = 0; j < k && digits[k].factor != AM_FIXED_FACTOR; j++)
        if (digits[j].factor != AM_FIXED_FACTOR
            && am_matching_is_ancestor (symmetries, digits[j].factor, digits[k].factor))
          masks[k] |= 1u << j;
    }
}

static guint64
map_element (const AmDigit *digits, guint n_digits, const guint *masks, guint32 *const *permutations,
             guint64 element)
{
  guint64 values[AM_MAX_DIGITS];
  guint64 source = 0;

  for (guint k = n_digits; k-- > 0; element /= digits[k].size)
    values[k] = element % digits[k].size;
  for (guint k = 0; k < n_digits; k++)
    {
      guint64 branch = 0;
      guint64 value = values[k];

      for (guint j = 0; j < k; j++)
        if ((masks[k] & 1u << j) != 0)
          branch = branch * digits[j].size + values[j];
      if (digits[k].factor != AM_FIXED_FACTOR)
        value = permutations[digits[k].factor][branch * digits[k].size + value];
      source = source * digits[k].size + value;
    }
  return source;
}

void
am_matching_map_digits (const AmSymmetries *symmetries, const AmDigit *digits, guint n_digits,
                        guint32 *const *permutations, guint32 *map)
{
  guint masks[AM_MAX_DIGITS];
  guint64 n = 1;

  find_ancestors (symmetries, digits, n_digits, masks);
  for (guint k = 0; k < n_digits; k++)
    n *= digits[k].size;
  for (guint64 i = 0; i < n; i++)
    map[i] = (guint32)map_element (digits, n_digits, masks, permutations, i);
}

void
am_matching_map_space (const AmSymmetries *symmetries, const AmMatchingSpace *space,
                       guint32 *const *permutations, guint32 *map)
{
  AmDigit digits[AM_MAX_DIGITS];

  for (guint k = 0; k < space->n_digits; k++)
    digits[k] = (AmDigit){ space->factors[k], get_factor (symmetries, space->factors[k])->size };
  am_matching_map_digits (symmetries, digits, space->n_digits, permutations, map);
}

/* What of a tree is still growing. */
typedef struct
{
  GArray *factors, *spaces, *slices;
  gboolean *sees; /* [n_trees] */
} Draft;

typedef struct
{
  AmMatchingForest *forest;
  Draft *drafts;
} Builder;

/* The digits of @tree in a segment as a space; FALSE when there are none. */
static gboolean
extract_space (const AmMatchingForest *forest, const AmAxisSegment *segment, guint tree,
               AmMatchingSpace *space)
{
  *space = (AmMatchingSpace){ .size = 1 };
  for (guint k = 0; k < segment->n_digits; k++)
    {
      gint factor = segment->digits[k].factor;

      if (factor == AM_FIXED_FACTOR || forest->tree_of[factor] != tree)
        continue;
      space->factors[space->n_digits++] = factor;
      space->size *= segment->digits[k].size;
    }
  return space->n_digits > 0;
}

static guint
add_space (Draft *draft, const AmMatchingSpace *space)
{
  for (guint i = 0; i < draft->spaces->len; i++)
    {
      const AmMatchingSpace *other = &g_array_index (draft->spaces, AmMatchingSpace, i);

      if (other->n_digits == space->n_digits
          && memcmp (other->factors, space->factors, space->n_digits * sizeof (gint)) == 0)
        return i;
    }
  g_array_append_val (draft->spaces, *space);
  return draft->spaces->len - 1;
}

static void
see_segment (const Builder *builder, const AmAxisSegment *segment, guint tree, gboolean is_same,
             AmMatchingSlice *slice)
{
  for (guint k = 0; k < segment->n_digits; k++)
    {
      gint factor = segment->digits[k].factor;
      guint other = factor == AM_FIXED_FACTOR ? tree : builder->forest->tree_of[factor];

      if (factor == AM_FIXED_FACTOR || (is_same && other == tree))
        continue;
      builder->drafts[tree].sees[other] = TRUE;
      builder->drafts[other].sees[tree] = TRUE;
      slice->is_constant = FALSE;
      slice->is_own |= other == tree;
    }
}

/* Marks all that moves in the tensor besides the slice. */
static void
see_rest (const Builder *builder, guint tree, AmMatchingSlice *slice)
{
  const AmSymmetries *symmetries = builder->forest->symmetries;
  guint n_dims = am_graph_get_tensor (am_symmetries_get_graph (symmetries), slice->tensor)->n_dims;

  see_segment (builder, slice->segment, tree, TRUE, slice);
  for (guint axis = 0; axis < n_dims; axis++)
    {
      const AmAxisBinding *binding = am_symmetries_find_binding (symmetries, slice->tensor, axis);

      if (axis == slice->axis || binding == NULL)
        continue;
      for (guint i = 0; i < binding->n_segments; i++)
        see_segment (builder, &binding->segments[i], tree, FALSE, slice);
    }
}

static void
add_segment (const Builder *builder, const AmAxisBinding *binding, const AmAxisSegment *segment)
{
  for (guint tree = 0; tree < builder->forest->n_trees; tree++)
    {
      Draft *draft = &builder->drafts[tree];
      AmMatchingSlice slice = { binding->tensor, binding->axis, segment, 0, TRUE, FALSE };
      AmMatchingSpace space;

      if (!extract_space (builder->forest, segment, tree, &space))
        continue;
      slice.space = add_space (draft, &space);
      see_rest (builder, tree, &slice);
      g_array_append_val (draft->slices, slice);
    }
}

static gint
rank_slice (const AmMatchingSlice *slice)
{
  return (gint)slice->space * 3 + (slice->is_own ? 2 : slice->is_constant ? 0 : 1);
}

static gint
compare_slices (gconstpointer a, gconstpointer b)
{
  const AmMatchingSlice *left = a, *right = b;
  gint order = rank_slice (left) - rank_slice (right);

  if (order == 0)
    order = (left->tensor > right->tensor) - (left->tensor < right->tensor);
  if (order == 0)
    order = (left->axis > right->axis) - (left->axis < right->axis);
  if (order == 0)
    order = (left->segment->start > right->segment->start) - (left->segment->start < right->segment->start);
  return order;
}

static gint
find_place (const AmMatchingTree *tree, gint factor)
{
  for (guint i = 0; i < tree->n_factors; i++)
    if (tree->factors[i] == factor)
      return (gint)i;
  return -1;
}

static gboolean
has_children (const AmSymmetries *symmetries, const AmMatchingTree *tree, gint factor)
{
  for (guint i = 0; i < tree->n_factors; i++)
    if (get_factor (symmetries, tree->factors[i])->parent == factor)
      return TRUE;
  return FALSE;
}

/* A space is a path down the tree, or one that ends in several children of the same factor. These are leaves
 * then, or nobody could decide them. */
static gboolean
judge_space (const AmSymmetries *symmetries, const AmMatchingTree *tree, const AmMatchingSpace *space)
{
  guint path = 1;

  if (space->size > AM_MATCHING_MAX_UNITS)
    return FALSE;
  while (path < space->n_digits
         && get_factor (symmetries, space->factors[path])->parent == space->factors[path - 1])
    path++;
  if (path == space->n_digits)
    return TRUE;
  for (guint k = path - 1; k < space->n_digits; k++)
    {
      if (path < 2 || has_children (symmetries, tree, space->factors[k])
          || get_factor (symmetries, space->factors[k])->parent != space->factors[path - 2])
        return FALSE;
      tree->is_coupled[find_place (tree, space->factors[k])] = TRUE;
    }
  return TRUE;
}

static void
finish_tree (const Builder *builder, guint number)
{
  AmMatchingTree *tree = &builder->forest->trees[number];
  Draft *draft = &builder->drafts[number];
  GArray *neighbours = g_array_new (FALSE, FALSE, sizeof (guint));

  g_array_sort (draft->slices, compare_slices);
  for (guint i = 0; i < builder->forest->n_trees; i++)
    if (draft->sees[i])
      g_array_append_val (neighbours, i);
  tree->n_factors = draft->factors->len;
  tree->n_spaces = draft->spaces->len;
  tree->n_slices = draft->slices->len;
  tree->n_neighbours = neighbours->len;
  tree->factors = (gint *)(gpointer)g_array_free (draft->factors, FALSE);
  tree->spaces = (AmMatchingSpace *)(gpointer)g_array_free (draft->spaces, FALSE);
  tree->slices = (AmMatchingSlice *)(gpointer)g_array_free (draft->slices, FALSE);
  tree->neighbours = (guint *)(gpointer)g_array_free (neighbours, FALSE);
  tree->is_coupled = g_new0 (gboolean, tree->n_factors);
  tree->root = tree->factors[0];
  tree->is_solvable = tree->n_slices > 0;
  for (guint i = 0; i < tree->n_spaces; i++)
    tree->is_solvable &= judge_space (builder->forest->symmetries, tree, &tree->spaces[i]);
  g_free (draft->sees);
}

static void
plant_trees (Builder *builder)
{
  AmMatchingForest *forest = builder->forest;
  guint n_factors = am_symmetries_get_n_factors (forest->symmetries);

  forest->tree_of = g_new0 (guint, n_factors);
  for (guint i = 0; i < n_factors; i++)
    {
      gint parent = get_factor (forest->symmetries, (gint)i)->parent;

      forest->tree_of[i] = parent < 0 ? forest->n_trees++ : forest->tree_of[parent];
    }
  forest->trees = g_new0 (AmMatchingTree, forest->n_trees);
  builder->drafts = g_new0 (Draft, forest->n_trees);
  for (guint i = 0; i < forest->n_trees; i++)
    builder->drafts[i]
        = (Draft){ g_array_new (FALSE, FALSE, sizeof (gint)),
                   g_array_new (FALSE, FALSE, sizeof (AmMatchingSpace)),
                   g_array_new (FALSE, FALSE, sizeof (AmMatchingSlice)), g_new0 (gboolean, forest->n_trees) };
  for (gint i = 0; i < (gint)n_factors; i++)
    g_array_append_val (builder->drafts[forest->tree_of[i]].factors, i);
}

AmMatchingForest *
am_matching_forest_new (const AmSymmetries *symmetries, const gboolean *counts)
{
  AmMatchingForest *forest = g_new0 (AmMatchingForest, 1);
  Builder builder = { forest, NULL };

  forest->symmetries = symmetries;
  plant_trees (&builder);
  for (guint i = 0; i < am_symmetries_get_n_bindings (symmetries); i++)
    {
      const AmAxisBinding *binding = am_symmetries_get_binding (symmetries, i);

      for (guint k = 0; k < binding->n_segments && !binding->follows && counts[binding->tensor]; k++)
        add_segment (&builder, binding, &binding->segments[k]);
    }
  for (guint i = 0; i < forest->n_trees; i++)
    finish_tree (&builder, i);
  g_free (builder.drafts);
  return forest;
}

void
am_matching_forest_free (AmMatchingForest *forest)
{
  if (forest == NULL)
    return;
  for (guint i = 0; i < forest->n_trees; i++)
    {
      g_free (forest->trees[i].factors);
      g_free (forest->trees[i].is_coupled);
      g_free (forest->trees[i].spaces);
      g_free (forest->trees[i].slices);
      g_free (forest->trees[i].neighbours);
    }
  g_free (forest->trees);
  g_free (forest->tree_of);
  g_free (forest);
}

static gboolean
is_segment_known (const AmMatchingForest *forest, const AmAxisSegment *segment, guint own,
                  const gboolean *is_solved)
{
  for (guint k = 0; k < segment->n_digits; k++)
    {
      gint factor = segment->digits[k].factor;

      if (factor != AM_FIXED_FACTOR && forest->tree_of[factor] != own && !is_solved[forest->tree_of[factor]])
        return FALSE;
    }
  return TRUE;
}

gboolean
am_matching_forest_is_known (const AmMatchingForest *forest, guint tree, const AmMatchingSlice *slice,
                             const gboolean *is_solved)
{
  guint n_dims = am_graph_get_tensor (am_symmetries_get_graph (forest->symmetries), slice->tensor)->n_dims;

  if (slice->is_own || !is_segment_known (forest, slice->segment, tree, is_solved))
    return FALSE;
  for (guint axis = 0; axis < n_dims; axis++)
    {
      const AmAxisBinding *binding = am_symmetries_find_binding (forest->symmetries, slice->tensor, axis);

      if (axis == slice->axis || binding == NULL)
        continue;
      for (guint i = 0; i < binding->n_segments; i++)
        if (!is_segment_known (forest, &binding->segments[i], tree, is_solved))
          return FALSE;
    }
  return TRUE;
}
