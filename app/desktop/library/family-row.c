#include "family-row.h"

#include <glib/gi18n.h>

#include "tree-gutter.h"

struct _AmFamilyRow
{
  GtkWidget parent_instance;

  GtkWidget *box;
  AmTreeGutter *gutter;
  GtkLabel *name;
  GtkLabel *role;
  GtkLabel *caption;
  GtkButton *arrow;

  GtkTreeListRow *row;
};

G_DEFINE_FINAL_TYPE (AmFamilyRow, am_family_row, GTK_TYPE_WIDGET)

static void
am_family_row_dispose (GObject *object)
{
  AmFamilyRow *self = AM_FAMILY_ROW (object);

  am_family_row_set_row (self, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_FAMILY_ROW);

  G_OBJECT_CLASS (am_family_row_parent_class)->dispose (object);
}

static void
on_arrow_clicked (AmFamilyRow *self)
{
  gtk_tree_list_row_set_expanded (self->row, !gtk_tree_list_row_get_expanded (self->row));
}

static void
am_family_row_class_init (AmFamilyRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_family_row_dispose;

  g_type_ensure (AM_TYPE_TREE_GUTTER);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/library/family-row.ui");
  gtk_widget_class_bind_template_child (widget_class, AmFamilyRow, box);
  gtk_widget_class_bind_template_child (widget_class, AmFamilyRow, gutter);
  gtk_widget_class_bind_template_child (widget_class, AmFamilyRow, name);
  gtk_widget_class_bind_template_child (widget_class, AmFamilyRow, role);
  gtk_widget_class_bind_template_child (widget_class, AmFamilyRow, caption);
  gtk_widget_class_bind_template_child (widget_class, AmFamilyRow, arrow);
  gtk_widget_class_bind_template_callback (widget_class, on_arrow_clicked);
}

static void
am_family_row_init (AmFamilyRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
am_family_row_new (void)
{
  return g_object_new (AM_TYPE_FAMILY_ROW, NULL);
}

static const char *
get_role_title (const AmAncestor *ancestor)
{
  if (ancestor->role == NULL)
    return "";
  if (g_strcmp0 (ancestor->role, "base") == 0)
    return C_ ("family tree", "Base");
  for (guint i = 0; i < AM_N_COMPONENTS; i++)
    if (g_strcmp0 (ancestor->role, am_component_get_id ((AmComponent)i)) == 0)
      return _ (am_component_get_title ((AmComponent)i));
  return ancestor->role;
}

/* Of the list's row around it, which is what has the focus. */
static void
set_accessible_label (AmFamilyRow *self, const char *name, const char *rest)
{
  GtkWidget *row = gtk_widget_get_parent (GTK_WIDGET (self));
  /* Translators: a checkpoint's name, and what is known of it. */
  g_autofree char *label
      = *rest != '\0' ? g_strdup_printf (C_ ("checkpoint", "%s, %s"), name, rest) : g_strdup (name);

  if (row != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
show_ancestor (AmFamilyRow *self, AmAncestorNode *node)
{
  const AmAncestor *ancestor = am_ancestor_node_get (node);
  const char *role = get_role_title (ancestor);
  g_autofree char *caption = am_ancestor_node_dup_caption (node);
  g_autofree char *rest = ancestor->is_cut
                              ? g_strdup_printf (_ ("%s (more parents than are listed)"), caption)
                              : g_strdup (caption);

  gtk_label_set_label (self->name, ancestor->name);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->name), ancestor->name);
  gtk_label_set_label (self->role, role);
  gtk_widget_set_visible (GTK_WIDGET (self->role), *role != '\0');
  gtk_label_set_label (self->caption, rest);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->caption), rest);
  gtk_widget_set_visible (GTK_WIDGET (self->caption), *rest != '\0');
  set_accessible_label (self, ancestor->name, rest);
  if (am_ancestor_node_get_depth (node) == 0)
    gtk_widget_add_css_class (GTK_WIDGET (self->name), "heading");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->name), "heading");
}

static void
refresh_fold (AmFamilyRow *self)
{
  g_autoptr (AmAncestorNode) node = gtk_tree_list_row_get_item (self->row);
  gboolean is_open = gtk_tree_list_row_get_expanded (self->row);

  am_tree_gutter_set_node (self->gutter, node, is_open);
  gtk_button_set_icon_name (self->arrow, is_open ? "pan-down-symbolic" : "pan-end-symbolic");
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->arrow), GTK_ACCESSIBLE_STATE_EXPANDED, is_open, -1);
}

void
am_family_row_set_row (AmFamilyRow *self, GtkTreeListRow *row)
{
  g_autoptr (AmAncestorNode) node = NULL;

  if (row == self->row)
    return;
  if (self->row != NULL)
    g_signal_handlers_disconnect_by_data (self->row, self);
  g_set_object (&self->row, row);
  if (row == NULL)
    return;
  node = gtk_tree_list_row_get_item (row);
  show_ancestor (self, node);
  gtk_widget_set_visible (GTK_WIDGET (self->arrow), gtk_tree_list_row_is_expandable (row));
  g_signal_connect_swapped (row, "notify::expanded", G_CALLBACK (refresh_fold), self);
  refresh_fold (self);
}

gboolean
am_family_row_fold (AmFamilyRow *self, gboolean is_towards_end)
{
  gboolean is_rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;

  if (self->row == NULL || !gtk_tree_list_row_is_expandable (self->row))
    return FALSE;
  gtk_tree_list_row_set_expanded (self->row, is_towards_end != is_rtl);
  return TRUE;
}
