/* What a checkpoint was merged from, as a tree: each with its method, its parents below it. */
#pragma once

#include <gtk/gtk.h>

#include "amalgam.h"

G_BEGIN_DECLS

#define AM_TYPE_FAMILY_TREE (am_family_tree_get_type ())
G_DECLARE_FINAL_TYPE (AmFamilyTree, am_family_tree, AM, FAMILY_TREE, GtkWidget)

/* @root: (nullable): borrowed; must outlive what is shown. Other widgets do the scrolling. Rows fold by their
 * arrow, and with the focus on a row by the left and right keys. */
void am_family_tree_set_root (AmFamilyTree *self, const AmAncestor *root);

guint am_family_tree_get_n_rows (AmFamilyTree *self); /* that are unfolded */

G_END_DECLS
