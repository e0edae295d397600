#include "family-chips.h"

#include <glib/gi18n.h>

#include "base/readable.h"

#define N_FAMILIES (AM_FAMILY_VAE + 1)

struct _AmFamilyChips
{
  GtkWidget parent_instance;

  GtkWidget *scroller;
  GtkBox *box;
  GtkToggleButton *all;
  GtkToggleButton *chips[N_FAMILIES]; /* %NULL where there is none */

  GListModel *library;
  int family;
  guint idle;
};

enum
{
  PROP_FAMILY = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmFamilyChips, am_family_chips, GTK_TYPE_WIDGET)

static void
am_family_chips_dispose (GObject *object)
{
  AmFamilyChips *self = AM_FAMILY_CHIPS (object);

  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_object (&self->library);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);

  G_OBJECT_CLASS (am_family_chips_parent_class)->dispose (object);
}

static void
am_family_chips_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_FAMILY:
      g_value_set_int (value, AM_FAMILY_CHIPS (object)->family);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_family_chips_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_FAMILY:
      am_family_chips_set_family (AM_FAMILY_CHIPS (object), g_value_get_int (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_family_chips_class_init (AmFamilyChipsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = am_family_chips_dispose;
  object_class->get_property = am_family_chips_get_property;
  object_class->set_property = am_family_chips_set_property;

  properties[PROP_FAMILY]
      = g_param_spec_int ("family", NULL, NULL, -1, N_FAMILIES - 1, -1,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
on_toggled (GtkToggleButton *button, AmFamilyChips *self)
{
  if (gtk_toggle_button_get_active (button))
    am_family_chips_set_family (self, GPOINTER_TO_INT (g_object_get_data (G_OBJECT (button), "family")));
}

static GtkToggleButton *
add_chip (AmFamilyChips *self, int family)
{
  GtkWidget *chip = gtk_toggle_button_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *number = gtk_label_new (NULL);

  gtk_widget_add_css_class (number, "numeric");
  gtk_widget_add_css_class (number, "dim-label");
  gtk_box_append (GTK_BOX (box), gtk_label_new (NULL));
  gtk_box_append (GTK_BOX (box), number);
  gtk_button_set_child (GTK_BUTTON (chip), box);
  g_object_set_data (G_OBJECT (chip), "family", GINT_TO_POINTER (family));
  gtk_widget_add_css_class (chip, "am-chip");
  if (self->all != NULL)
    gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (chip), self->all);
  g_signal_connect (chip, "toggled", G_CALLBACK (on_toggled), self);
  gtk_box_append (self->box, chip);
  return GTK_TOGGLE_BUTTON (chip);
}

static void
am_family_chips_init (AmFamilyChips *self)
{
  self->family = -1;
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_EXTERNAL,
                                  GTK_POLICY_NEVER);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  self->box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), GTK_WIDGET (self->box));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->box), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Architecture"), -1);
  self->all = add_chip (self, -1);
  gtk_toggle_button_set_active (self->all, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

static void
set_label (GtkToggleButton *chip, const char *name, guint n)
{
  GtkWidget *box = gtk_button_get_child (GTK_BUTTON (chip));
  g_autofree char *number = am_readable_count (n);
  /* Translators: an architecture, and how many checkpoints have it, for screen readers. */
  g_autofree char *label = g_strdup_printf (ngettext ("%s, %u checkpoint", "%s, %u checkpoints", n), name, n);

  gtk_label_set_label (GTK_LABEL (gtk_widget_get_first_child (box)), name);
  gtk_label_set_label (GTK_LABEL (gtk_widget_get_last_child (box)), number);
  gtk_accessible_update_property (GTK_ACCESSIBLE (chip), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
count (AmFamilyChips *self, guint *counts)
{
  for (guint i = 0; i < g_list_model_get_n_items (self->library); i++)
    {
      g_autoptr (AmLibraryItem) item = g_list_model_get_item (self->library, i);

      if (am_library_item_get_state (item) == AM_ITEM_READY)
        counts[am_library_item_get_family (item)]++;
    }
}

static void
update_chip (AmFamilyChips *self, guint family, guint n)
{
  if (n == 0 && self->family != (int)family)
    {
      if (self->chips[family] != NULL)
        gtk_box_remove (self->box, GTK_WIDGET (self->chips[family]));
      self->chips[family] = NULL;
      return;
    }
  if (self->chips[family] == NULL)
    self->chips[family] = add_chip (self, (int)family);
  set_label (self->chips[family], am_family_get_badge ((AmFamily)family), n);
}

static gboolean
update (gpointer user_data)
{
  AmFamilyChips *self = user_data;
  guint counts[N_FAMILIES] = { 0 };
  guint n_families = 0;

  self->idle = 0;
  count (self, counts);
  for (guint i = 0; i < N_FAMILIES; i++)
    {
      n_families += counts[i] > 0;
      update_chip (self, i, counts[i]);
    }
  set_label (self->all, C_ ("architecture", "All"), g_list_model_get_n_items (self->library));
  gtk_widget_set_visible (GTK_WIDGET (self), n_families > 1 || self->family >= 0);
  return G_SOURCE_REMOVE;
}

static void
on_items_changed (AmFamilyChips *self)
{
  if (self->idle == 0)
    self->idle = g_idle_add (update, self);
}

void
am_family_chips_set_library (AmFamilyChips *self, AmLibrary *library)
{
  g_return_if_fail (AM_IS_FAMILY_CHIPS (self) && self->library == NULL);

  self->library = g_object_ref (G_LIST_MODEL (library));
  g_signal_connect_object (library, "items-changed", G_CALLBACK (on_items_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (library, "items-updated", G_CALLBACK (on_items_changed), self, G_CONNECT_SWAPPED);
  update (self);
}

int
am_family_chips_get_family (AmFamilyChips *self)
{
  return self->family;
}

void
am_family_chips_set_family (AmFamilyChips *self, int family)
{
  GtkToggleButton *chip = family >= 0 ? self->chips[family] : self->all;

  if (self->family == family || chip == NULL)
    return;
  self->family = family;
  gtk_toggle_button_set_active (chip, TRUE);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FAMILY]);
}
