/* An ancestor as a row of the family tree. */
#pragma once

#include <gio/gio.h>

#include "amalgam.h"

G_BEGIN_DECLS

#define AM_TYPE_ANCESTOR_NODE (am_ancestor_node_get_type ())
G_DECLARE_FINAL_TYPE (AmAncestorNode, am_ancestor_node, AM, ANCESTOR_NODE, GObject)

/* @ancestor: borrowed. @child: (nullable): the node below which it stands; kept. */
AmAncestorNode *am_ancestor_node_new (const AmAncestor *ancestor, AmAncestorNode *child, gboolean is_last);

const AmAncestor *am_ancestor_node_get (AmAncestorNode *self);
guint am_ancestor_node_get_depth (AmAncestorNode *self); /* 0 for the checkpoint itself */

/* Whether the line of that depth goes on below this row: at its own depth, to a sibling. */
gboolean am_ancestor_node_has_line (AmAncestorNode *self, guint depth);

/* Its parents as nodes, or %NULL when none are known. (transfer full) */
GListModel *am_ancestor_node_make_parents (AmAncestorNode *self);

/* "weighted sum, alpha=0.3"; empty when nothing is known. (transfer full) */
char *am_ancestor_node_dup_caption (AmAncestorNode *self);

G_END_DECLS
