#include "side-card.h"

#include <glib/gi18n.h>

#include "base/file-dialogs.h"
#include "base/readable.h"
#include "base/unparent-children.h"
#include "chooser/library-popover.h"

struct _AmSideCard
{
  GtkWidget parent_instance;

  GtkLabel *letter;
  GtkLabel *name;
  GtkLabel *facts;
  GtkWidget *clear;
  GtkWidget *choose;
  AmLibraryPopover *popover;

  AmLibrary *library;
  AmLibraryItem *item; /* of the path, or NULL */
  char *path;
};

enum
{
  PROP_PATH = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmSideCard, am_side_card, GTK_TYPE_WIDGET)

static void
let_go_of_item (AmSideCard *self)
{
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
}

static void
am_side_card_dispose (GObject *object)
{
  AmSideCard *self = AM_SIDE_CARD (object);

  let_go_of_item (self);
  am_unparent_children (GTK_WIDGET (self));
  g_clear_object (&self->library);
  g_clear_pointer (&self->path, g_free);

  G_OBJECT_CLASS (am_side_card_parent_class)->dispose (object);
}

static char *
dup_facts (AmLibraryItem *item)
{
  g_autofree char *size = am_readable_size (am_library_item_get_size (item));
  const char *title = am_library_item_get_title (item);
  const char *dtype = am_library_item_get_dtype (item);

  if (am_library_item_get_state (item) == AM_ITEM_READING)
    return g_strdup (_ ("Reading…"));
  if (am_library_item_get_state (item) == AM_ITEM_FAILED)
    return g_strdup (am_library_item_get_error (item));
  /* Translators: architecture, type of numbers, size: "Stable Diffusion XL base · F16 · 6.9 GB" */
  return g_strdup_printf (_ ("%s · %s · %s"), title != NULL ? _ (title) : "–", dtype != NULL ? dtype : "–",
                          size);
}

static void
show_item (AmSideCard *self)
{
  g_autofree char *facts = NULL;
  gboolean is_failed = self->item != NULL && am_library_item_get_state (self->item) == AM_ITEM_FAILED;

  if (self->item == NULL)
    {
      gtk_label_set_text (self->name, _ ("No checkpoint"));
      gtk_label_set_text (self->facts, _ ("Choose one, or drop a file here"));
    }
  else
    {
      facts = dup_facts (self->item);
      gtk_label_set_text (self->name, am_library_item_get_name (self->item));
      gtk_label_set_text (self->facts, facts);
    }
  if (is_failed)
    gtk_widget_add_css_class (GTK_WIDGET (self->facts), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->facts), "error");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->name), self->item != NULL ? self->path : NULL);
  gtk_widget_set_visible (self->clear, self->item != NULL);
}

static void
on_clear_clicked (AmSideCard *self)
{
  am_side_card_set_path (self, "");
}

static void
on_files_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmSideCard) self = user_data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (paths != NULL && paths[0] != NULL)
    am_side_card_set_path (self, paths[0]);
}

static void
on_open_file (AmSideCard *self)
{
  g_autofree char *folder = *self->path != '\0' ? g_path_get_dirname (self->path) : NULL;

  am_choose_files_async (GTK_WIDGET (self), _ ("Choose a checkpoint"), AM_FILES_CHECKPOINTS, FALSE, folder,
                         on_files_chosen, g_object_ref (self));
}

static void
am_side_card_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_string (value, AM_SIDE_CARD (object)->path);
}

static void
am_side_card_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  am_side_card_set_path (AM_SIDE_CARD (object), g_value_get_string (value));
}

static void
am_side_card_class_init (AmSideCardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_side_card_dispose;
  object_class->get_property = am_side_card_get_property;
  object_class->set_property = am_side_card_set_property;

  properties[PROP_PATH] = g_param_spec_string (
      "path", NULL, NULL, "", G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (AM_TYPE_LIBRARY_POPOVER);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/compare/side-card.ui");
  gtk_widget_class_bind_template_child (widget_class, AmSideCard, letter);
  gtk_widget_class_bind_template_child (widget_class, AmSideCard, name);
  gtk_widget_class_bind_template_child (widget_class, AmSideCard, facts);
  gtk_widget_class_bind_template_child (widget_class, AmSideCard, clear);
  gtk_widget_class_bind_template_child (widget_class, AmSideCard, choose);
  gtk_widget_class_bind_template_child (widget_class, AmSideCard, popover);
  gtk_widget_class_bind_template_callback (widget_class, on_clear_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_open_file);
  gtk_widget_class_bind_template_callback (widget_class, am_side_card_set_path);
}

static void
am_side_card_init (AmSideCard *self)
{
  self->path = g_strdup ("");
  gtk_widget_init_template (GTK_WIDGET (self));
  show_item (self);
}

static void
name_control (GtkWidget *control, const char *text)
{
  gtk_widget_set_tooltip_text (control, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

void
am_side_card_set_up (AmSideCard *self, AmSide side, AmLibrary *library)
{
  const char *letter = side == AM_SIDE_A ? C_ ("side", "A") : C_ ("side", "B");

  g_return_if_fail (self->library == NULL);
  self->library = g_object_ref (library);
  am_library_popover_set_library (self->popover, library);
  gtk_label_set_text (self->letter, letter);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  side == AM_SIDE_A ? _ ("Checkpoint A") : _ ("Checkpoint B"), -1);
  name_control (self->choose, side == AM_SIDE_A ? _ ("Choose checkpoint A") : _ ("Choose checkpoint B"));
  name_control (self->clear, side == AM_SIDE_A ? _ ("Clear checkpoint A") : _ ("Clear checkpoint B"));
}

void
am_side_card_set_path (AmSideCard *self, const char *path)
{
  if (g_str_equal (self->path, path))
    return;
  let_go_of_item (self);
  g_free (self->path);
  self->path = g_strdup (path);
  if (*path != '\0' && self->library != NULL)
    {
      self->item = am_library_dup_item (self->library, path);
      g_signal_connect_swapped (self->item, "notify", G_CALLBACK (show_item), self);
    }
  show_item (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PATH]);
}

const char *
am_side_card_get_path (AmSideCard *self)
{
  return self->path;
}
