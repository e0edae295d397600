#include "desktop-support.h"

#include "library/ancestor-node.h"
#include "library/family-row.h"
#include "library/family-tree.h"

static AmAncestor *
make_ancestor (const char *name, const char *method, const char *detail)
{
  AmAncestor *ancestor = g_new0 (AmAncestor, 1);

  ancestor->name = g_strdup (name);
  ancestor->method = g_strdup (method);
  ancestor->detail = g_strdup (detail);
  ancestor->parents = g_ptr_array_new_with_free_func ((GDestroyNotify)am_ancestor_free);
  return ancestor;
}

static AmAncestor *
add_parent (AmAncestor *child, const char *name, const char *method, const char *detail)
{
  AmAncestor *parent = make_ancestor (name, method, detail);

  g_ptr_array_add (child->parents, parent);
  return parent;
}

/* root <- (first <- (a, b), second) */
static AmAncestor *
make_tree (void)
{
  AmAncestor *root = make_ancestor ("root", "Slerp", "t=0.3");
  AmAncestor *first = add_parent (root, "first", "Weighted sum", NULL);

  add_parent (first, "a", NULL, NULL)->role = g_strdup ("base");
  add_parent (first, "b", NULL, "blocks=GRAD_V");
  add_parent (root, "second", NULL, NULL)->sha256
      = g_strdup ("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  return root;
}

static void
assert_caption (AmAncestorNode *node, const char *expected)
{
  g_autofree char *caption = am_ancestor_node_dup_caption (node);

  g_assert_cmpstr (caption, ==, expected);
}

static void
test_nodes (void)
{
  g_autoptr (AmAncestor) root = make_tree ();
  g_autoptr (AmAncestorNode) top = am_ancestor_node_new (root, NULL, TRUE);
  g_autoptr (GListModel) parents = am_ancestor_node_make_parents (top);
  g_autoptr (AmAncestorNode) first = g_list_model_get_item (parents, 0);
  g_autoptr (AmAncestorNode) second = g_list_model_get_item (parents, 1);
  g_autoptr (GListModel) grandparents = am_ancestor_node_make_parents (first);
  g_autoptr (AmAncestorNode) b = g_list_model_get_item (grandparents, 1);

  assert_caption (top, "Slerp: t=0.3");
  assert_caption (first, "Weighted sum");
  assert_caption (second, "SHA-256 0123456789…");
  assert_caption (b, "blocks=GRAD_V");
  g_assert_null (am_ancestor_node_make_parents (second));
  g_assert_cmpuint (am_ancestor_node_get_depth (b), ==, 2);
  /* Beside b runs the line from root to second, and none of its own: it is the last. */
  g_assert_true (am_ancestor_node_has_line (b, 1));
  g_assert_false (am_ancestor_node_has_line (b, 2));
  g_assert_false (am_ancestor_node_has_line (second, 1));
}

static GtkWidget *
find_row (GtkWidget *parent)
{
  GtkWidget *found = AM_IS_FAMILY_ROW (parent) ? parent : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (parent); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_row (child);
  return found;
}

static GtkWidget *
find_button (GtkWidget *parent)
{
  GtkWidget *found = GTK_IS_BUTTON (parent) && gtk_widget_get_mapped (parent) ? parent : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (parent); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_button (child);
  return found;
}

static void
test_widget (void)
{
  g_autoptr (AmAncestor) root = make_tree ();
  AmFamilyTree *tree = g_object_new (AM_TYPE_FAMILY_TREE, NULL);
  GtkWindow *window;

  am_family_tree_set_root (tree, root);
  window = desktop_test_show (GTK_WIDGET (tree), 320, 300);
  g_assert_cmpuint (am_family_tree_get_n_rows (tree), ==, 5);
  gtk_widget_queue_draw (GTK_WIDGET (window));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  desktop_test_save_picture (GTK_WIDGET (window), "library-tree");

  /* The first arrow is the root's. */
  g_signal_emit_by_name (find_button (GTK_WIDGET (tree)), "clicked");
  g_assert_cmpuint (am_family_tree_get_n_rows (tree), ==, 1);
  desktop_test_settle ();
  g_signal_emit_by_name (find_button (GTK_WIDGET (tree)), "clicked");
  g_assert_cmpuint (am_family_tree_get_n_rows (tree), ==, 5);

  g_assert_true (am_family_row_fold (AM_FAMILY_ROW (find_row (GTK_WIDGET (tree))), FALSE));
  g_assert_cmpuint (am_family_tree_get_n_rows (tree), ==, 1);
  g_assert_true (am_family_row_fold (AM_FAMILY_ROW (find_row (GTK_WIDGET (tree))), TRUE));
  g_assert_cmpuint (am_family_tree_get_n_rows (tree), ==, 5);
  gtk_test_accessible_assert_property (gtk_widget_get_parent (find_row (GTK_WIDGET (tree))),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, "root, Slerp: t=0.3");

  am_family_tree_set_root (tree, NULL);
  g_assert_cmpuint (am_family_tree_get_n_rows (tree), ==, 0);
  gtk_window_destroy (window);
  desktop_test_settle ();
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add_func ("/library-tree/nodes", test_nodes);
  g_test_add_func ("/library-tree/widget", test_widget);
  return g_test_run ();
}
