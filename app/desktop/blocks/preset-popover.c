#include "preset-popover.h"

#include <glib/gi18n.h>

#include "blocks/block-sparkline.h"

struct _AmPresetPopover
{
  GtkPopover parent_instance;

  GtkSearchEntry *search;
  GtkListBox *list;

  AmBlockValues *values;
  AmOwnPresets *own;
};

G_DEFINE_FINAL_TYPE (AmPresetPopover, am_preset_popover, GTK_TYPE_POPOVER)

enum
{
  PRESET_CHOSEN,
  OWN_CHOSEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
am_preset_popover_dispose (GObject *object)
{
  AmPresetPopover *self = AM_PRESET_POPOVER (object);

  g_clear_object (&self->values);
  g_clear_object (&self->own);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_PRESET_POPOVER);

  G_OBJECT_CLASS (am_preset_popover_parent_class)->dispose (object);
}

static GtkWidget *
create_label (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
create_button (const char *icon, const char *label, const char *action, const char *name)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", name);
  return button;
}

/* Picture, title and summary. */
static GtkWidget *
create_row (AmPresetPopover *self, const double *values, const char *title, const char *summary)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *caption;

  gtk_box_append (GTK_BOX (box),
                  am_block_sparkline_new (values, am_block_values_get_n_blocks (self->values)));
  gtk_box_append (GTK_BOX (texts), create_label (title, NULL));
  gtk_label_set_width_chars (GTK_LABEL (gtk_widget_get_first_child (texts)), 12);
  if (summary != NULL)
    {
      caption = create_label (summary, "caption");
      gtk_widget_add_css_class (caption, "dim-label");
      gtk_label_set_ellipsize (GTK_LABEL (caption), PANGO_ELLIPSIZE_NONE);
      gtk_label_set_wrap (GTK_LABEL (caption), TRUE);
      gtk_box_append (GTK_BOX (texts), caption);
    }
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), texts);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  g_object_set_data_full (G_OBJECT (row), "words",
                          g_strdup_printf ("%s %s", title, summary != NULL ? summary : ""), g_free);
  return row;
}

static void
add_own (AmPresetPopover *self, AmOwnPreset *preset, double *values)
{
  const char *name = am_own_preset_get_name (preset);
  GtkWidget *row, *box;

  if (!am_block_values_try_text (self->values, am_own_preset_get_text (preset), values, NULL))
    return;
  row = create_row (self, values, name, NULL);
  box = gtk_list_box_row_get_child (GTK_LIST_BOX_ROW (row));
  gtk_box_append (GTK_BOX (box),
                  create_button ("document-edit-symbolic", _ ("Rename"), "blocks.rename-preset", name));
  gtk_box_append (GTK_BOX (box),
                  create_button ("user-trash-symbolic", _ ("Delete"), "blocks.delete-preset", name));
  g_object_set_data_full (G_OBJECT (row), "own", g_object_ref (preset), g_object_unref);
  gtk_list_box_append (self->list, row);
}

static void
add_built_in (AmPresetPopover *self, guint preset, double *values)
{
  const AmPreset *entry = am_preset_get (preset);
  GtkWidget *row;

  if (!am_block_values_try_preset (self->values, preset, values))
    return;
  row = create_row (self, values, entry->id, _ (entry->summary));
  g_object_set_data (G_OBJECT (row), "preset", GUINT_TO_POINTER (preset));
  gtk_list_box_append (self->list, row);
}

static void
fill (AmPresetPopover *self)
{
  g_autofree double *values = NULL;
  GtkWidget *row;

  while ((row = GTK_WIDGET (gtk_list_box_get_row_at_index (self->list, 0))) != NULL)
    gtk_list_box_remove (self->list, row);
  if (self->values == NULL)
    return;
  values = g_new (double, am_block_values_get_n_bars (self->values) + 1);
  for (guint i = 0; self->own != NULL && i < g_list_model_get_n_items (G_LIST_MODEL (self->own)); i++)
    {
      g_autoptr (AmOwnPreset) preset = g_list_model_get_item (G_LIST_MODEL (self->own), i);

      add_own (self, preset, values);
    }
  for (guint i = 0; i < am_preset_get_count (); i++)
    add_built_in (self, i, values);
}

static void
on_show (AmPresetPopover *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  fill (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

static gboolean
is_found (GtkListBoxRow *row, gpointer data)
{
  AmPresetPopover *self = data;
  g_autofree char *wanted = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->search)), -1);
  g_autofree char *words = g_utf8_casefold (g_object_get_data (G_OBJECT (row), "words"), -1);

  return strstr (words, g_strstrip (wanted)) != NULL;
}

static void
set_header (GtkListBoxRow *row, GtkListBoxRow *before, gpointer data)
{
  gboolean is_own = g_object_get_data (G_OBJECT (row), "own") != NULL;
  gboolean was_own = before != NULL && g_object_get_data (G_OBJECT (before), "own") != NULL;
  GtkWidget *header = NULL;

  if (before == NULL || is_own != was_own)
    {
      header = create_label (is_own ? _ ("My presets") : _ ("Built-in presets"), "caption-heading");
      gtk_widget_add_css_class (header, "dim-label");
      gtk_widget_set_margin_start (header, 12);
      gtk_widget_set_margin_top (header, 9);
      gtk_widget_set_margin_bottom (header, 3);
    }
  gtk_list_box_row_set_header (row, header);
}

static void
on_search_changed (AmPresetPopover *self)
{
  gtk_list_box_invalidate_filter (self->list);
  gtk_list_box_invalidate_headers (self->list);
}

static void
on_row_activated (AmPresetPopover *self, GtkListBoxRow *row)
{
  AmOwnPreset *own = g_object_get_data (G_OBJECT (row), "own");
  g_autoptr (AmOwnPreset) kept = own != NULL ? g_object_ref (own) : NULL;
  guint preset = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "preset"));

  gtk_popover_popdown (GTK_POPOVER (self));
  if (kept != NULL)
    g_signal_emit (self, signals[OWN_CHOSEN], 0, kept);
  else
    g_signal_emit (self, signals[PRESET_CHOSEN], 0, preset);
}

/* The first one found, also before the search has told of its last letters. */
static void
on_search_activate (AmPresetPopover *self)
{
  GtkListBoxRow *row;

  on_search_changed (self);
  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    if (gtk_widget_get_child_visible (GTK_WIDGET (row)))
      {
        on_row_activated (self, row);
        return;
      }
}

static void
am_preset_popover_class_init (AmPresetPopoverClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_preset_popover_dispose;

  signals[PRESET_CHOSEN] = g_signal_new ("preset-chosen", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[OWN_CHOSEN] = g_signal_new ("own-chosen", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                      1, AM_TYPE_OWN_PRESET);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/blocks/preset-popover.ui");
  gtk_widget_class_bind_template_child (widget_class, AmPresetPopover, search);
  gtk_widget_class_bind_template_child (widget_class, AmPresetPopover, list);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_show);
}

static void
am_preset_popover_init (AmPresetPopover *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_filter_func (self->list, is_found, self, NULL);
  gtk_list_box_set_header_func (self->list, set_header, NULL, NULL);
}

void
am_preset_popover_set_values (AmPresetPopover *self, AmBlockValues *values)
{
  g_set_object (&self->values, values);
}

void
am_preset_popover_set_own_presets (AmPresetPopover *self, AmOwnPresets *own)
{
  g_set_object (&self->own, own);
}
