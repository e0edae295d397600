#include "ancestor-node.h"

#include <glib/gi18n.h>

struct _AmAncestorNode
{
  GObject parent_instance;

  const AmAncestor *ancestor;
  AmAncestorNode *child;
  gboolean is_last;
  guint depth;
};

G_DEFINE_FINAL_TYPE (AmAncestorNode, am_ancestor_node, G_TYPE_OBJECT)

static void
am_ancestor_node_finalize (GObject *object)
{
  g_clear_object (&AM_ANCESTOR_NODE (object)->child);

  G_OBJECT_CLASS (am_ancestor_node_parent_class)->finalize (object);
}

static void
am_ancestor_node_class_init (AmAncestorNodeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = am_ancestor_node_finalize;
}

static void
am_ancestor_node_init (AmAncestorNode *self)
{
}

AmAncestorNode *
am_ancestor_node_new (const AmAncestor *ancestor, AmAncestorNode *child, gboolean is_last)
{
  AmAncestorNode *self = g_object_new (AM_TYPE_ANCESTOR_NODE, NULL);

  self->ancestor = ancestor;
  self->is_last = is_last;
  if (child == NULL)
    return self;
  self->child = g_object_ref (child);
  self->depth = child->depth + 1;
  return self;
}

const AmAncestor *
am_ancestor_node_get (AmAncestorNode *self)
{
  return self->ancestor;
}

guint
am_ancestor_node_get_depth (AmAncestorNode *self)
{
  return self->depth;
}

gboolean
am_ancestor_node_has_line (AmAncestorNode *self, guint depth)
{
  while (self->depth > depth)
    self = self->child;
  return !self->is_last;
}

GListModel *
am_ancestor_node_make_parents (AmAncestorNode *self)
{
  const GPtrArray *parents = self->ancestor->parents;
  GListStore *nodes;

  if (parents == NULL || parents->len == 0)
    return NULL;
  nodes = g_list_store_new (AM_TYPE_ANCESTOR_NODE);
  for (guint i = 0; i < parents->len; i++)
    {
      g_autoptr (AmAncestorNode) node
          = am_ancestor_node_new (g_ptr_array_index (parents, i), self, i + 1 == parents->len);

      g_list_store_append (nodes, node);
    }
  return G_LIST_MODEL (nodes);
}

char *
am_ancestor_node_dup_caption (AmAncestorNode *self)
{
  const AmAncestor *ancestor = self->ancestor;

  if (ancestor->method != NULL && ancestor->detail != NULL)
    /* Translators: a merge method and its settings, as in "Weighted sum: alpha=0.3". */
    return g_strdup_printf (C_ ("family tree", "%s: %s"), _ (ancestor->method), ancestor->detail);
  if (ancestor->method != NULL)
    return g_strdup (_ (ancestor->method));
  if (ancestor->detail != NULL)
    return g_strdup (ancestor->detail);
  if (ancestor->sha256 != NULL)
    /* Translators: start of a hash. */
    return g_strdup_printf (_ ("SHA-256 %.10s…"), ancestor->sha256);
  if (ancestor->legacy_hash != NULL)
    return g_strdup_printf (_ ("Hash %s"), ancestor->legacy_hash);
  return g_strdup ("");
}
