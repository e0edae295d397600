/* Which values of a network show which spaces of units. For core/align alone. */
#pragma once

#include "align/matching-tree.h"

G_BEGIN_DECLS

/**
 * AmFeature: channels of a node's value that are units
 * @segment: from @segment.start on in the value; its digits say which units they are
 */
typedef struct
{
  guint node;
  AmAxisSegment segment;
} AmFeature;

/* Space number @space of tree number @tree is seen in feature number @feature. */
typedef struct
{
  guint tree, space, feature;
} AmFeatureView;

/**
 * AmFeatures:
 * @features: (element-type AmFeature): by node, then start
 * @views: (element-type AmFeatureView): by tree, then space
 */
typedef struct
{
  GArray *features;
  GArray *views;
} AmFeatures;

/**
 * am_features_find:
 * @is_run: [nodes] (nullable): which nodes have values; %NULL for all
 *
 * Queries, keys and values are seen where an attention takes them; any other space in the last value that has
 * it at all positions: behind norm and activation, and for spaces that many layers share at the end of the
 * last one. Spaces of more than %AM_MATCHING_MAX_UNITS, and those of trees that cannot be solved, are left
 * out.
 */
AmFeatures *am_features_find (const AmMatchingForest *forest, const gboolean *is_run);
void am_features_free (AmFeatures *features);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmFeatures, am_features_free)

G_END_DECLS
