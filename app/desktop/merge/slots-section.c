#include "slots-section.h"

#include <glib/gi18n.h>

#include "intake.h"

struct _AmSlotsSection
{
  AdwBin parent_instance;

  GtkListBox *list;
  GtkWidget *add_button;

  AmDraft *draft;
  AmLibrary *library;
  AmDataSource *source; /* or %NULL */
  GPtrArray *rows;      /* AmSlotRow *, models first, then the base */
};

enum
{
  SIGNAL_ITEMS_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmSlotsSection, am_slots_section, ADW_TYPE_BIN)

static void
swap (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_draft_swap_slots (AM_SLOTS_SECTION (widget)->draft, 0, 1);
}

static void
add (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_draft_add_slot (AM_SLOTS_SECTION (widget)->draft);
}

static void
on_row_activated (GtkListBox *list, GtkListBoxRow *row)
{
  am_slot_row_choose (AM_SLOT_ROW (row));
}

/* Blocks are those of the first model that is known: that one leads the merge. Without any the last ones
 * stay. */
static void
tell_layout (AmSlotsSection *self)
{
  guint n = self->rows->len;

  for (guint i = 0; i < n; i++)
    {
      /* The base leads where there is one. */
      guint place = am_draft_has_base_slot (self->draft) ? (i + n - 1) % n : i;
      AmLibraryItem *item = am_slot_row_get_item (g_ptr_array_index (self->rows, place));

      if (item != NULL && am_library_item_get_state (item) == AM_ITEM_READY)
        {
          am_draft_set_layout (self->draft, am_library_item_get_family (item),
                               am_library_item_get_blocks (item), am_library_item_get_title (item));
          return;
        }
    }
}

static void
on_item_changed (AmSlotsSection *self)
{
  tell_layout (self);
  g_signal_emit (self, signals[SIGNAL_ITEMS_CHANGED], 0);
}

static void
on_files_dropped (AmSlotsSection *self, const char *const *paths, AmSlotRow *row)
{
  am_intake_files (GTK_WIDGET (self), self->draft, am_slot_row_get_slot (row), paths);
}

static void
add_row (AmSlotsSection *self, guint slot)
{
  AmSlotRow *row = am_slot_row_new (self->draft, self->library, slot);

  g_signal_connect_object (row, "item-changed", G_CALLBACK (on_item_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "files-dropped", G_CALLBACK (on_files_dropped), self, G_CONNECT_SWAPPED);
  if (self->source != NULL)
    am_slot_row_set_data_source (row, self->source);
  gtk_list_box_append (self->list, GTK_WIDGET (row));
  g_ptr_array_add (self->rows, row);
}

static void
remove_last (AmSlotsSection *self)
{
  AmSlotRow *row = g_ptr_array_steal_index (self->rows, self->rows->len - 1);

  gtk_list_box_remove (self->list, GTK_WIDGET (row));
}

static gboolean
ends_with_base (AmSlotsSection *self)
{
  return self->rows->len > 0
         && am_slot_row_get_slot (g_ptr_array_index (self->rows, self->rows->len - 1)) == AM_SLOT_BASE;
}

static void
fit_rows (AmSlotsSection *self)
{
  guint n = am_draft_get_n_slots (self->draft);
  gboolean has_base = am_draft_has_base_slot (self->draft);

  if (self->rows->len == n + (has_base ? 1 : 0) && ends_with_base (self) == has_base)
    return;
  if (ends_with_base (self))
    remove_last (self);
  while (self->rows->len > n)
    remove_last (self);
  while (self->rows->len < n)
    add_row (self, self->rows->len);
  if (has_base)
    add_row (self, AM_SLOT_BASE);
}

static void
update (AmSlotsSection *self)
{
  fit_rows (self);
  for (guint i = 0; i < self->rows->len; i++)
    am_slot_row_update (g_ptr_array_index (self->rows, i));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "slots.add", am_draft_can_add_slot (self->draft));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "slots.swap", am_draft_get_n_slots (self->draft) > 1);
  gtk_widget_set_visible (self->add_button, am_draft_can_add_slot (self->draft));
  tell_layout (self);
}

static void
am_slots_section_dispose (GObject *object)
{
  AmSlotsSection *self = AM_SLOTS_SECTION (object);

  if (self->draft != NULL)
    g_signal_handlers_disconnect_by_data (self->draft, self);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_SLOTS_SECTION);
  g_clear_object (&self->draft);
  g_clear_object (&self->library);
  g_clear_object (&self->source);

  G_OBJECT_CLASS (am_slots_section_parent_class)->dispose (object);
}

static void
am_slots_section_finalize (GObject *object)
{
  g_ptr_array_unref (AM_SLOTS_SECTION (object)->rows);

  G_OBJECT_CLASS (am_slots_section_parent_class)->finalize (object);
}

static void
am_slots_section_class_init (AmSlotsSectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_slots_section_dispose;
  object_class->finalize = am_slots_section_finalize;

  signals[SIGNAL_ITEMS_CHANGED] = g_signal_new ("items-changed", AM_TYPE_SLOTS_SECTION, G_SIGNAL_RUN_LAST, 0,
                                                NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_install_action (widget_class, "slots.swap", NULL, swap);
  gtk_widget_class_install_action (widget_class, "slots.add", NULL, add);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/slots-section.ui");
  gtk_widget_class_bind_template_child (widget_class, AmSlotsSection, list);
  gtk_widget_class_bind_template_child (widget_class, AmSlotsSection, add_button);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
}

static void
am_slots_section_init (AmSlotsSection *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
am_slots_section_set_draft (AmSlotsSection *self, AmDraft *draft, AmLibrary *library)
{
  g_return_if_fail (self->draft == NULL);

  self->draft = g_object_ref (draft);
  self->library = g_object_ref (library);
  g_signal_connect_object (draft, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

void
am_slots_section_set_data_source (AmSlotsSection *self, AmDataSource *source)
{
  g_return_if_fail (self->source == NULL);

  self->source = g_object_ref (source);
  for (guint i = 0; i < self->rows->len; i++)
    am_slot_row_set_data_source (g_ptr_array_index (self->rows, i), source);
}

AmSlotRow *
am_slots_section_get_row (AmSlotsSection *self, guint slot)
{
  for (guint i = 0; i < self->rows->len; i++)
    if (am_slot_row_get_slot (g_ptr_array_index (self->rows, i)) == slot)
      return g_ptr_array_index (self->rows, i);
  return NULL;
}

void
am_slots_section_clear_complaints (AmSlotsSection *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    am_slot_row_set_complaint (g_ptr_array_index (self->rows, i), NULL);
}

gboolean
am_slots_section_has_component (AmSlotsSection *self, const char *component)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      AmLibraryItem *item = am_slot_row_get_item (g_ptr_array_index (self->rows, i));
      const char *const *components = item != NULL ? am_library_item_get_components (item) : NULL;

      if (components != NULL && g_strv_contains (components, component))
        return TRUE;
    }
  return FALSE;
}
