#include "family-tree.h"

#include <glib/gi18n.h>

#include "ancestor-node.h"
#include "family-row.h"

struct _AmFamilyTree
{
  GtkWidget parent_instance;

  GtkListView *list;
  GtkTreeListModel *rows;
};

G_DEFINE_FINAL_TYPE (AmFamilyTree, am_family_tree, GTK_TYPE_WIDGET)

static void
am_family_tree_dispose (GObject *object)
{
  AmFamilyTree *self = AM_FAMILY_TREE (object);
  GtkWidget *list = GTK_WIDGET (self->list);

  self->list = NULL;
  if (list != NULL)
    gtk_widget_unparent (list);
  g_clear_object (&self->rows);

  G_OBJECT_CLASS (am_family_tree_parent_class)->dispose (object);
}

static void
am_family_tree_class_init (AmFamilyTreeClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_family_tree_dispose;

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
set_up_row (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  gtk_list_item_set_child (list_item, am_family_row_new ());
  gtk_list_item_set_activatable (list_item, FALSE);
}

static void
bind_row (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  am_family_row_set_row (AM_FAMILY_ROW (gtk_list_item_get_child (list_item)),
                         gtk_list_item_get_item (list_item));
}

static void
unbind_row (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  am_family_row_set_row (AM_FAMILY_ROW (gtk_list_item_get_child (list_item)), NULL);
}

static gboolean
on_fold_pressed (GtkWidget *list, GVariant *arguments, gpointer user_data)
{
  GtkWidget *focus = gtk_widget_get_focus_child (list);
  GtkWidget *row = focus != NULL ? gtk_widget_get_first_child (focus) : NULL;

  return AM_IS_FAMILY_ROW (row)
         && am_family_row_fold (AM_FAMILY_ROW (row), g_variant_get_boolean (arguments));
}

/* Before the list itself, which has those keys too and does nothing with them. */
static void
add_fold_keys (GtkWidget *list)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();
  const guint keys[] = { GDK_KEY_Left, GDK_KEY_Right };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      GtkShortcut *shortcut = gtk_shortcut_new (gtk_keyval_trigger_new (keys[i], 0),
                                                gtk_callback_action_new (on_fold_pressed, NULL, NULL));

      gtk_shortcut_set_arguments (shortcut, g_variant_new_boolean (keys[i] == GDK_KEY_Right));
      gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller), shortcut);
    }
  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  gtk_widget_add_controller (list, controller);
}

static void
am_family_tree_init (AmFamilyTree *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (set_up_row), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_row), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_row), NULL);
  self->list = GTK_LIST_VIEW (gtk_list_view_new (NULL, factory));
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "am-family-tree");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Family tree"), -1);
  add_fold_keys (GTK_WIDGET (self->list));
  gtk_widget_set_parent (GTK_WIDGET (self->list), GTK_WIDGET (self));
}

static GListModel *
make_parents (gpointer item, gpointer user_data)
{
  return am_ancestor_node_make_parents (item);
}

void
am_family_tree_set_root (AmFamilyTree *self, const AmAncestor *root)
{
  g_autoptr (GtkSelectionModel) selection = NULL;
  g_autoptr (AmAncestorNode) node = NULL;
  GListStore *top;

  gtk_list_view_set_model (self->list, NULL);
  g_clear_object (&self->rows);
  if (root == NULL)
    return;
  top = g_list_store_new (AM_TYPE_ANCESTOR_NODE);
  node = am_ancestor_node_new (root, NULL, TRUE);
  g_list_store_append (top, node);
  self->rows = gtk_tree_list_model_new (G_LIST_MODEL (top), FALSE, TRUE, make_parents, NULL, NULL);
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->rows))));
  gtk_list_view_set_model (self->list, selection);
}

guint
am_family_tree_get_n_rows (AmFamilyTree *self)
{
  return self->rows != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->rows)) : 0;
}
