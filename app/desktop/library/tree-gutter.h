/* The lines before a row of the family tree. */
#pragma once

#include <gtk/gtk.h>

#include "library/ancestor-node.h"

G_BEGIN_DECLS

#define AM_TYPE_TREE_GUTTER (am_tree_gutter_get_type ())
G_DECLARE_FINAL_TYPE (AmTreeGutter, am_tree_gutter, AM, TREE_GUTTER, GtkWidget)

GtkWidget *am_tree_gutter_new (void);

/* @node: (nullable): kept. @is_open: whether a line starts here towards rows below. */
void am_tree_gutter_set_node (AmTreeGutter *self, AmAncestorNode *node, gboolean is_open);

G_END_DECLS
