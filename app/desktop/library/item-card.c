#include "item-card.h"

#include "base/readable.h"
#include "item-picture.h"
#include "item-text.h"

#define SHORT_HASH 10

struct _AmItemCard
{
  GtkWidget parent_instance;

  GtkBox *box;
  AmItemPicture *picture;
  GtkLabel *name;
  GtkBox *lines;
  GtkBox *badges;
  GtkLabel *badge;
  GtkLabel *merge_badge;
  GtkLabel *facts;
  GtkLabel *date;
  GtkLabel *hash;

  AmLibraryItem *item;
  gboolean is_row;
};

G_DEFINE_FINAL_TYPE (AmItemCard, am_item_card, GTK_TYPE_WIDGET)

static void
am_item_card_dispose (GObject *object)
{
  AmItemCard *self = AM_ITEM_CARD (object);

  am_item_card_set_item (self, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_ITEM_CARD);

  G_OBJECT_CLASS (am_item_card_parent_class)->dispose (object);
}

static void
am_item_card_class_init (AmItemCardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_item_card_dispose;

  g_type_ensure (AM_TYPE_ITEM_PICTURE);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/library/item-card.ui");
  gtk_widget_class_bind_template_child (widget_class, AmItemCard, box);
  gtk_widget_class_bind_template_child (widget_class, AmItemCard, lines);
  gtk_widget_class_bind_template_child (widget_class, AmItemCard, badges);
  gtk_widget_class_bind_template_child (widget_class, AmItemCard, picture);
  gtk_widget_class_bind_template_child (widget_class, AmItemCard, name);
  gtk_widget_class_bind_template_child (widget_class, AmItemCard, badge);
  gtk_widget_class_bind_template_child (widget_class, AmItemCard, merge_badge);
  gtk_widget_class_bind_template_child (widget_class, AmItemCard, facts);
  gtk_widget_class_bind_template_child (widget_class, AmItemCard, date);
  gtk_widget_class_bind_template_child (widget_class, AmItemCard, hash);
}

static void
am_item_card_init (AmItemCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* Both itself and the cell around it, which is what has the focus and no name of its own. */
static void
set_accessible_label (AmItemCard *self, const char *label)
{
  GtkWidget *cell = gtk_widget_get_parent (GTK_WIDGET (self));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  if (cell != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (cell), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

/* As many digits as model sites and web UIs show; a card has no room for them. */
static void
show_hash (AmItemCard *self)
{
  const char *sha256 = am_library_item_get_sha256 (self->item);
  g_autofree char *start = g_strndup (sha256 != NULL ? sha256 : "", SHORT_HASH);

  gtk_label_set_label (self->hash, start);
  gtk_widget_set_visible (GTK_WIDGET (self->hash), self->is_row && sha256 != NULL);
}

static void
refresh (AmItemCard *self)
{
  g_autofree char *facts = am_item_dup_facts (self->item);
  g_autofree char *date = am_readable_date (am_library_item_get_modified (self->item));
  g_autofree char *description = am_item_dup_description (self->item);
  AmItemState state = am_library_item_get_state (self->item);

  gtk_label_set_label (self->name, am_library_item_get_name (self->item));
  gtk_label_set_label (self->badge, am_family_get_badge (am_library_item_get_family (self->item)));
  gtk_widget_set_visible (GTK_WIDGET (self->badge), state == AM_ITEM_READY);
  gtk_widget_set_visible (GTK_WIDGET (self->merge_badge), am_library_item_is_merge (self->item));
  gtk_label_set_label (self->facts, facts);
  gtk_label_set_label (self->date, date);
  show_hash (self);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), state == AM_ITEM_FAILED
                                                      ? am_library_item_get_error (self->item)
                                                      : am_library_item_get_name (self->item));
  set_accessible_label (self, description);
}

void
am_item_card_set_item (AmItemCard *self, AmLibraryItem *item)
{
  if (item == self->item)
    return;
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_func (self->item, refresh, self);
  g_set_object (&self->item, item);
  am_item_picture_set_item (self->picture, item);
  if (item == NULL)
    return;
  g_signal_connect_swapped (item, "notify", G_CALLBACK (refresh), self);
  refresh (self);
}

AmLibraryItem *
am_item_card_get_item (AmItemCard *self)
{
  return self->item;
}

GtkWidget *
am_item_card_get_picture (AmItemCard *self)
{
  return GTK_WIDGET (self->picture);
}

/* A row lies where a card stands. */
static void
lay_down (AmItemCard *self)
{
  self->is_row = TRUE;
  am_item_picture_keep_size (self->picture);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->box), GTK_ORIENTATION_HORIZONTAL);
  gtk_box_set_spacing (self->box, 12);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->lines), GTK_ORIENTATION_HORIZONTAL);
  gtk_box_set_spacing (self->lines, 12);
  gtk_widget_set_valign (GTK_WIDGET (self->badges), GTK_ALIGN_CENTER);
}

GtkWidget *
am_item_card_new (int size, gboolean is_row)
{
  AmItemCard *self = g_object_new (AM_TYPE_ITEM_CARD, NULL);

  am_item_picture_set_size (self->picture, size);
  if (is_row)
    lay_down (self);
  return GTK_WIDGET (self);
}
