/* What the files of core/graph that build graphs share. */
#pragma once

#include "graph/graph.h"

G_BEGIN_DECLS

/* More are never needed and take long to look at. */
#define AM_GRAPH_MAX_NODES 100000

/**
 * am_graph_check_node:
 * @node: inputs and tensors belong to @graph
 *
 * Fills in what follows from inputs and tensors: channels; kernel, stride, groups and padding_end where they
 * are 0; heads of a HEAD_NORM from its weight; kv_heads from the width of the keys. Errors: MISMATCH naming
 * the node, its tensor and both widths.
 */
gboolean am_graph_check_node (const AmGraph *graph, AmNode *node, GError **error);

G_END_DECLS
