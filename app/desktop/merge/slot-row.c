#include "slot-row-private.h"

#include <glib/gi18n.h>

#include "base/readable.h"
#include "intake.h"
#include "model-chooser.h"

enum
{
  SIGNAL_ITEM_CHANGED,
  SIGNAL_FILES_DROPPED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmSlotRow, am_slot_row, GTK_TYPE_LIST_BOX_ROW)

gboolean
am_slot_row_is_empty (AmSlotRow *self)
{
  return am_draft_get_path (self->draft, self->slot)[0] == '\0';
}

static void
set_path (AmSlotRow *self, const char *path)
{
  am_draft_set_path (self->draft, self->slot, path);
}

static void
show_complaint (AmSlotRow *self)
{
  const char *text = self->plan_complaint;

  if (self->item != NULL && am_library_item_get_state (self->item) == AM_ITEM_FAILED)
    text = am_library_item_get_error (self->item);
  gtk_widget_set_visible (self->complaint_box, text != NULL);
  gtk_label_set_label (self->complaint, text != NULL ? _ (text) : "");
}

static void
show_facts (AmSlotRow *self)
{
  const char *dtype = am_library_item_get_dtype (self->item);
  const char *title = am_library_item_get_title (self->item);
  g_autofree char *size = am_readable_size (am_library_item_get_size (self->item));
  /* Translators: number format and size of a checkpoint, as in "F16, 2.1 GB". */
  g_autofree char *details = dtype != NULL ? g_strdup_printf (_ ("%s, %s"), dtype, size) : g_strdup (size);

  gtk_label_set_label (self->architecture, am_family_get_badge (am_library_item_get_family (self->item)));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->architecture), title);
  gtk_widget_set_visible (GTK_WIDGET (self->architecture), title != NULL);
  gtk_label_set_label (self->details, details);
}

static void
show_item (AmSlotRow *self)
{
  AmItemState state = am_library_item_get_state (self->item);
  GdkTexture *texture = am_library_item_get_preview (self->item);

  gtk_label_set_label (self->name, am_library_item_get_name (self->item));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->name), am_library_item_get_path (self->item));
  gtk_picture_set_paintable (self->preview, GDK_PAINTABLE (texture));
  gtk_widget_set_visible (self->preview_clamp, texture != NULL);
  gtk_widget_set_visible (self->placeholder, texture == NULL);
  gtk_widget_set_visible (self->facts, state == AM_ITEM_READY);
  gtk_widget_set_visible (GTK_WIDGET (self->hint), state == AM_ITEM_READING);
  gtk_label_set_label (self->hint, _ ("Reading…"));
  if (state == AM_ITEM_READY)
    show_facts (self);
}

static const char *
get_hint (AmSlotRow *self)
{
  if (self->slot != AM_SLOT_BASE)
    return _ ("Drop a file here, or pick one");
  if (self->method != NULL && self->method->base == AM_BASE_OPTIONAL)
    return _ ("Optional: what the other models were trained from");
  return _ ("What the other models were trained from");
}

static void
show_empty (AmSlotRow *self)
{
  g_autofree char *title = am_draft_dup_slot_title (self->draft, self->slot);
  /* Translators: %s is the letter of a slot, as in "Choose model A". */
  g_autofree char *text = g_strdup_printf (_ ("Choose model %s"), title);

  gtk_label_set_label (self->name, self->slot == AM_SLOT_BASE ? _ ("Choose the base model") : text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->name), NULL);
  gtk_widget_set_visible (self->preview_clamp, FALSE);
  gtk_widget_set_visible (self->placeholder, FALSE);
  gtk_widget_set_visible (self->facts, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->hint), TRUE);
  gtk_label_set_label (self->hint, get_hint (self));
}

/* No file yet: an earlier step of the recipe makes it. */
static void
show_stage (AmSlotRow *self)
{
  /* Translators: %s is the name of an earlier step of a recipe, whose result is a model here. */
  g_autofree char *text = g_strdup_printf (_ ("Result of “%s”"), self->path);

  gtk_label_set_label (self->name, text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->name), NULL);
  gtk_widget_set_visible (self->preview_clamp, FALSE);
  gtk_widget_set_visible (self->placeholder, TRUE);
  gtk_widget_set_visible (self->facts, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->hint), TRUE);
  gtk_label_set_label (self->hint, _ ("An earlier step of this recipe"));
}

static void
update_actions (AmSlotRow *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean empty = am_slot_row_is_empty (self);
  gboolean is_base = self->slot == AM_SLOT_BASE;
  gboolean can_remove = !is_base && am_draft_can_remove_slot (self->draft);

  gtk_widget_action_set_enabled (widget, "slot.clear", !empty);
  gtk_widget_action_set_enabled (widget, "slot.remove", can_remove);
  gtk_widget_action_set_enabled (widget, "slot.up", !is_base && self->slot > 0);
  gtk_widget_action_set_enabled (widget, "slot.down",
                                 !is_base && self->slot + 1 < am_draft_get_n_slots (self->draft));
  gtk_widget_set_visible (self->open_button, empty);
  gtk_widget_set_visible (self->clear_button, !empty);
  gtk_widget_set_visible (self->remove_button, empty && can_remove);
}

/* What is read out for the row as a whole. */
static void
name_row (AmSlotRow *self, const char *title)
{
  /* Translators: letter of a slot, and the name of the model in it or an invitation to choose one. */
  g_autofree char *label = g_strdup_printf (C_ ("slot", "%s: %s"), title, gtk_label_get_label (self->name));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
show (AmSlotRow *self)
{
  g_autofree char *title = am_draft_dup_slot_title (self->draft, self->slot);

  gtk_label_set_label (self->badge, title);
  if (self->slot == AM_SLOT_BASE)
    gtk_widget_add_css_class (GTK_WIDGET (self->badge), "base");
  if (self->item != NULL)
    show_item (self);
  else if (am_slot_row_is_empty (self))
    show_empty (self);
  else
    show_stage (self);
  if (!am_slot_row_is_empty (self))
    gtk_widget_remove_css_class (GTK_WIDGET (self->name), "dim-label");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->name), "dim-label");
  name_row (self, title);
  show_complaint (self);
  update_actions (self);
}

static void
on_item_notify (AmSlotRow *self, GParamSpec *pspec)
{
  show (self);
  /* Pictures and hashes change nothing about the merge. */
  if (!g_str_has_prefix (pspec->name, "preview") && !g_str_equal (pspec->name, "sha256"))
    g_signal_emit (self, signals[SIGNAL_ITEM_CHANGED], 0);
}

static void
set_item (AmSlotRow *self, AmLibraryItem *item)
{
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_set_object (&self->item, item);
  if (item != NULL)
    g_signal_connect_swapped (item, "notify", G_CALLBACK (on_item_notify), self);
}

void
am_slot_row_update (AmSlotRow *self)
{
  const char *path = am_draft_get_path (self->draft, self->slot);
  const AmMethod *method = am_draft_get_method (self->draft);
  g_autoptr (AmLibraryItem) item = NULL;

  am_slot_files_update (self->files);
  if (g_strcmp0 (path, self->path) == 0 && method == self->method)
    {
      update_actions (self);
      return;
    }
  self->method = method;
  g_free (self->path);
  self->path = g_strdup (path);
  if (*path != '\0' && !am_draft_is_stage (self->draft, self->slot))
    item = am_library_dup_item (self->library, path);
  set_item (self, item);
  show (self);
}

void
am_slot_row_choose (AmSlotRow *self)
{
  gtk_menu_button_popup (self->chooser_button);
}

static void
on_open_wanted (AmSlotRow *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "slot.open", NULL);
}

/* Made when first wanted: most choosers are never opened. */
static void
make_chooser (GtkMenuButton *button, gpointer data)
{
  AmSlotRow *self = data;
  AmModelChooser *chooser;

  if (gtk_menu_button_get_popover (button) != NULL)
    return;
  chooser = am_model_chooser_new (self->library);
  g_signal_connect_object (chooser, "chosen", G_CALLBACK (set_path), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (chooser, "open-file", G_CALLBACK (on_open_wanted), self, G_CONNECT_SWAPPED);
  gtk_menu_button_set_popover (button, GTK_WIDGET (chooser));
}

static GdkContentProvider *
on_drag_prepare (GtkDragSource *source, double x, double y, AmSlotRow *self)
{
  if (am_slot_row_is_empty (self))
    return NULL;
  return gdk_content_provider_new_typed (AM_TYPE_SLOT_ROW, self);
}

static void
on_drag_begin (GtkDragSource *source, GdkDrag *drag, AmSlotRow *self)
{
  g_autoptr (GdkPaintable) picture = gtk_widget_paintable_new (GTK_WIDGET (self));

  gtk_drag_source_set_icon (source, picture, 0, 0);
}

static gboolean
take_files (AmSlotRow *self, const GValue *value)
{
  g_auto (GStrv) paths = am_intake_list_paths (value);

  if (paths[0] == NULL)
    return FALSE;
  g_signal_emit (self, signals[SIGNAL_FILES_DROPPED], 0, paths);
  return TRUE;
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, AmSlotRow *self)
{
  AmSlotRow *other;

  if (!G_VALUE_HOLDS (value, AM_TYPE_SLOT_ROW))
    return take_files (self, value);
  other = g_value_get_object (value);
  if (other == self)
    return FALSE;
  am_draft_swap_slots (self->draft, self->slot, other->slot);
  return TRUE;
}

static void
on_right_click (GtkGestureClick *gesture, int n_press, double x, double y, AmSlotRow *self)
{
  am_slot_row_show_menu (self, &(GdkRectangle){ (int)x, (int)y, 1, 1 });
}

static void
am_slot_row_dispose (GObject *object)
{
  AmSlotRow *self = AM_SLOT_ROW (object);

  set_item (self, NULL);
  g_clear_pointer (&self->context_menu, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_SLOT_ROW);
  g_clear_object (&self->draft);
  g_clear_object (&self->library);

  G_OBJECT_CLASS (am_slot_row_parent_class)->dispose (object);
}

static void
am_slot_row_finalize (GObject *object)
{
  AmSlotRow *self = AM_SLOT_ROW (object);

  g_free (self->path);
  g_free (self->plan_complaint);

  G_OBJECT_CLASS (am_slot_row_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/slot-row.ui");
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, drop_target);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, badge);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, preview_clamp);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, preview);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, placeholder);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, name);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, facts);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, architecture);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, details);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, hint);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, complaint_box);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, complaint);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, open_button);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, chooser_button);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, clear_button);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, remove_button);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, menu);
  gtk_widget_class_bind_template_child (widget_class, AmSlotRow, files);
  gtk_widget_class_bind_template_callback (widget_class, on_drag_prepare);
  gtk_widget_class_bind_template_callback (widget_class, on_drag_begin);
  gtk_widget_class_bind_template_callback (widget_class, on_drop);
  gtk_widget_class_bind_template_callback (widget_class, on_right_click);
}

static void
am_slot_row_class_init (AmSlotRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_slot_row_dispose;
  object_class->finalize = am_slot_row_finalize;

  signals[SIGNAL_ITEM_CHANGED] = g_signal_new ("item-changed", AM_TYPE_SLOT_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                               NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FILES_DROPPED] = g_signal_new ("files-dropped", AM_TYPE_SLOT_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                                NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRV);
  g_type_ensure (AM_TYPE_SLOT_FILES);
  am_slot_row_class_install_actions (widget_class);
  bind_template (widget_class);
}

static void
am_slot_row_init (AmSlotRow *self)
{
  GType types[] = { AM_TYPE_SLOT_ROW, GDK_TYPE_FILE_LIST };

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drop_target_set_gtypes (self->drop_target, types, G_N_ELEMENTS (types));
  gtk_menu_button_set_create_popup_func (self->chooser_button, make_chooser, self, NULL);
}

AmSlotRow *
am_slot_row_new (AmDraft *draft, AmLibrary *library, guint slot)
{
  AmSlotRow *self = g_object_new (AM_TYPE_SLOT_ROW, NULL);

  self->draft = g_object_ref (draft);
  self->library = g_object_ref (library);
  self->slot = slot;
  am_slot_files_set_slot (self->files, draft, slot);
  am_slot_row_update (self);
  return self;
}

void
am_slot_row_set_data_source (AmSlotRow *self, AmDataSource *source)
{
  am_slot_files_set_data_source (self->files, source);
}

guint
am_slot_row_get_slot (AmSlotRow *self)
{
  return self->slot;
}

AmLibraryItem *
am_slot_row_get_item (AmSlotRow *self)
{
  return self->item;
}

void
am_slot_row_set_complaint (AmSlotRow *self, const char *complaint)
{
  if (g_strcmp0 (complaint, self->plan_complaint) == 0)
    return;
  g_free (self->plan_complaint);
  self->plan_complaint = g_strdup (complaint);
  show_complaint (self);
}
