#include "align/activation-matching-features.h"

#include <string.h>

/* More than any network has; a value of more shows nothing. */
#define MAX_SEGMENTS 10000

/* The segments of every node's value. */
typedef struct
{
  const AmSymmetries *symmetries;
  const AmGraph *graph;
  GPtrArray *values; /* GArray of AmAxisSegment, per node */
} Flow;

static const GArray *
get_value (const Flow *flow, guint node)
{
  return g_ptr_array_index (flow->values, node);
}

static GArray *
new_value (void)
{
  return g_array_new (FALSE, FALSE, sizeof (AmAxisSegment));
}

static GArray *
copy_axis (const Flow *flow, gint tensor, guint axis)
{
  const AmAxisBinding *binding = am_symmetries_find_binding (flow->symmetries, (guint)tensor, axis);
  GArray *value = new_value ();

  if (binding != NULL)
    g_array_append_vals (value, binding->segments, binding->n_segments);
  return value;
}

static GArray *
last_axis (const Flow *flow, const AmNode *node)
{
  return copy_axis (flow, node->weight, am_graph_get_tensor (flow->graph, (guint)node->weight)->n_dims - 1);
}

static GArray *
output_axis (const Flow *flow, const AmNode *node)
{
  return copy_axis (flow, node->weight, node->type == AM_NODE_LINEAR && node->is_transposed ? 1 : 0);
}

/* Inputs that are combined have the same units; one of them may have lost sight of them. */
static GArray *
pass (const Flow *flow, const AmNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (get_value (flow, node->inputs[i])->len > 0)
      return g_array_copy ((GArray *)get_value (flow, node->inputs[i]));
  return new_value ();
}

static GArray *
concat (const Flow *flow, const AmNode *node)
{
  GArray *value = new_value ();
  guint64 start = 0;

  for (guint i = 0; i < node->n_inputs; i++)
    {
      const GArray *input = get_value (flow, node->inputs[i]);

      for (guint k = 0; k < input->len && value->len < MAX_SEGMENTS; k++)
        {
          AmAxisSegment segment = g_array_index (input, AmAxisSegment, k);

          segment.start += start;
          g_array_append_val (value, segment);
        }
      start += am_graph_get_node (flow->graph, node->inputs[i])->channels;
    }
  return value;
}

static GArray *
slice (const Flow *flow, const AmNode *node)
{
  const GArray *input = get_value (flow, node->inputs[0]);
  const guint64 start = (guint64)node->start;
  GArray *value = new_value ();

  for (guint i = 0; i < input->len; i++)
    {
      AmAxisSegment segment = g_array_index (input, AmAxisSegment, i);

      if (segment.start < start || segment.start + segment.length > start + node->channels)
        continue;
      segment.start -= start;
      g_array_append_val (value, segment);
    }
  return value;
}

/* Values that lack positions the network has show the units less well than those before them. */
static GArray *
pool (const Flow *flow, const AmNode *node)
{
  return node->pool == AM_POOL_MEAN_ALL ? new_value () : pass (flow, node);
}

static GArray *
show_nothing (const Flow *flow G_GNUC_UNUSED, const AmNode *node G_GNUC_UNUSED)
{
  return new_value ();
}

static GArray *
make_value (const Flow *flow, const AmNode *node)
{
  static GArray *(*const rules[AM_N_NODE_TYPES]) (const Flow *, const AmNode *) = {
    [AM_NODE_INPUT] = show_nothing,   [AM_NODE_PARAMETER] = last_axis,
    [AM_NODE_EMBEDDING] = last_axis,  [AM_NODE_LINEAR] = output_axis,
    [AM_NODE_CONV] = output_axis,     [AM_NODE_CONCAT] = concat,
    [AM_NODE_SLICE] = slice,          [AM_NODE_POOL] = pool,
    [AM_NODE_TAKE] = show_nothing,    [AM_NODE_ATTENTION] = show_nothing,
    [AM_NODE_FLATTEN] = show_nothing, [AM_NODE_OUTPUT] = show_nothing,
  };

  return rules[node->type] != NULL ? rules[node->type](flow, node) : pass (flow, node);
}

static void
free_value (gpointer value)
{
  g_array_unref (value);
}

static GPtrArray *
find_values (const AmSymmetries *symmetries)
{
  Flow flow
      = { symmetries, am_symmetries_get_graph (symmetries), g_ptr_array_new_with_free_func (free_value) };

  for (guint i = 0; i < am_graph_get_n_nodes (flow.graph); i++)
    g_ptr_array_add (flow.values, make_value (&flow, am_graph_get_node (flow.graph, i)));
  return flow.values;
}

/* [nodes]: which are taken in by an attention. */
static gboolean *
find_attended (const AmGraph *graph)
{
  gboolean *is_attended = g_new0 (gboolean, am_graph_get_n_nodes (graph) + 1);

  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    {
      const AmNode *node = am_graph_get_node (graph, i);

      for (guint k = 0; node->type == AM_NODE_ATTENTION && k < node->n_inputs; k++)
        is_attended[node->inputs[k]] = TRUE;
    }
  return is_attended;
}

/* Nodes that show a space, in order; only the last one counts, or those that are attended. */
typedef struct
{
  GArray *nodes; /* guint */
  gboolean is_attended;
} Sight;

typedef struct
{
  const AmMatchingForest *forest;
  const gboolean *is_run;
  GPtrArray *values;
  gboolean *is_attended;
  Sight **sights; /* [trees][spaces of the tree] */
} Search;

/* Whether the tree's digits of the segment are the space. */
static gboolean
shows (const AmMatchingForest *forest, const AmAxisSegment *segment, guint tree, const AmMatchingSpace *space)
{
  guint n = 0;

  for (guint i = 0; i < segment->n_digits; i++)
    {
      gint factor = segment->digits[i].factor;

      if (factor == AM_FIXED_FACTOR || forest->tree_of[factor] != tree)
        continue;
      if (n == space->n_digits || space->factors[n++] != factor)
        return FALSE;
    }
  return n == space->n_digits;
}

static void
see (Sight *sight, guint node, gboolean is_attended)
{
  if (sight->is_attended && !is_attended)
    return;
  if (!is_attended || !sight->is_attended)
    g_array_set_size (sight->nodes, 0);
  sight->is_attended = is_attended;
  g_array_append_val (sight->nodes, node);
}

static void
see_segment (const Search *search, guint node, const AmAxisSegment *segment, guint tree)
{
  const AmMatchingTree *root = &search->forest->trees[tree];

  for (guint i = 0; i < root->n_spaces; i++)
    {
      Sight *sight = &search->sights[tree][i];

      if (!shows (search->forest, segment, tree, &root->spaces[i]))
        continue;
      if (sight->nodes->len == 0 || g_array_index (sight->nodes, guint, sight->nodes->len - 1) != node)
        see (sight, node, search->is_attended[node]);
    }
}

static void
see_node (const Search *search, guint node)
{
  const GArray *value = g_ptr_array_index (search->values, node);

  for (guint i = 0; i < value->len; i++)
    {
      const AmAxisSegment *segment = &g_array_index (value, AmAxisSegment, i);

      if (segment->length > AM_MATCHING_MAX_UNITS)
        continue;
      for (guint k = 0; k < segment->n_digits; k++)
        {
          gint factor = segment->digits[k].factor;

          if (factor != AM_FIXED_FACTOR && search->forest->trees[search->forest->tree_of[factor]].is_solvable)
            see_segment (search, node, segment, search->forest->tree_of[factor]);
        }
    }
}

/* The number of the feature, which is added when it is new. */
static guint
add_feature (GArray *features, guint node, const AmAxisSegment *segment)
{
  const AmFeature feature = { node, *segment };

  for (guint i = 0; i < features->len; i++)
    {
      const AmFeature *other = &g_array_index (features, AmFeature, i);

      if (other->node == node && other->segment.start == segment->start)
        return i;
    }
  g_array_append_val (features, feature);
  return features->len - 1;
}

static void
add_views (const Search *search, AmFeatures *features, guint tree, guint space, guint node)
{
  const GArray *value = g_ptr_array_index (search->values, node);

  for (guint i = 0; i < value->len; i++)
    {
      const AmAxisSegment *segment = &g_array_index (value, AmAxisSegment, i);
      AmFeatureView view = { tree, space, 0 };

      if (segment->length > AM_MATCHING_MAX_UNITS
          || !shows (search->forest, segment, tree, &search->forest->trees[tree].spaces[space]))
        continue;
      view.feature = add_feature (features->features, node, segment);
      g_array_append_val (features->views, view);
    }
}

static void
look (Search *search)
{
  for (guint i = 0; i < search->forest->n_trees; i++)
    {
      search->sights[i] = g_new0 (Sight, search->forest->trees[i].n_spaces + 1);
      for (guint k = 0; k < search->forest->trees[i].n_spaces; k++)
        search->sights[i][k].nodes = g_array_new (FALSE, FALSE, sizeof (guint));
    }
  for (guint i = 0; i < search->values->len; i++)
    if (search->is_run == NULL || search->is_run[i])
      see_node (search, i);
}

static void
search_clear (Search *search)
{
  for (guint i = 0; i < search->forest->n_trees; i++)
    {
      for (guint k = 0; k < search->forest->trees[i].n_spaces; k++)
        g_array_unref (search->sights[i][k].nodes);
      g_free (search->sights[i]);
    }
  g_free (search->sights);
  g_free (search->is_attended);
  g_ptr_array_unref (search->values);
}

AmFeatures *
am_features_find (const AmMatchingForest *forest, const gboolean *is_run)
{
  Search search = { forest, is_run, find_values (forest->symmetries),
                    find_attended (am_symmetries_get_graph (forest->symmetries)),
                    g_new0 (Sight *, forest->n_trees + 1) };
  AmFeatures *features = g_new0 (AmFeatures, 1);

  features->features = g_array_new (FALSE, FALSE, sizeof (AmFeature));
  features->views = g_array_new (FALSE, FALSE, sizeof (AmFeatureView));
  look (&search);
  for (guint tree = 0; tree < forest->n_trees; tree++)
    for (guint space = 0; space < forest->trees[tree].n_spaces; space++)
      {
        const GArray *nodes = search.sights[tree][space].nodes;

        for (guint i = 0; i < nodes->len; i++)
          add_views (&search, features, tree, space, g_array_index (nodes, guint, i));
      }
  search_clear (&search);
  return features;
}

void
am_features_free (AmFeatures *features)
{
  if (features == NULL)
    return;
  g_array_unref (features->features);
  g_array_unref (features->views);
  g_free (features);
}
