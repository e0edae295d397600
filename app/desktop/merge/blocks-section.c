#include "blocks-section.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/drop-down-label.h"
#include "blocks/block-editor.h"
#include "state/own-presets.h"

struct _AmBlocksSection
{
  AdwBin parent_instance;

  GtkWidget *targets_box;
  GtkDropDown *targets;
  GtkToggleButton *link_button;
  AdwExpanderRow *expander;
  AmBlockEditor *editor;

  AmDraft *draft;
  AmOwnPresets *own_presets;
  AmBlockValues *values; /* those shown */
  gboolean is_updating;
  gboolean has_blocks;
};

G_DEFINE_FINAL_TYPE (AmBlocksSection, am_blocks_section, ADW_TYPE_BIN)

static guint
get_target (AmBlocksSection *self)
{
  guint selected = gtk_drop_down_get_selected (self->targets);

  return selected != GTK_INVALID_LIST_POSITION ? selected : 0;
}

static guint
count_set (AmBlockValues *values)
{
  guint n = 0;

  for (guint i = 0; i < am_block_values_get_n_bars (values); i++)
    n += !isnan (am_block_values_get (values, i));
  return n;
}

static void
show_summary (AmBlocksSection *self)
{
  guint n_set = count_set (self->values), n = am_block_values_get_n_bars (self->values);
  g_autofree char *text = NULL;

  if (!self->has_blocks)
    text = g_strdup (_ ("Models of this architecture have no blocks"));
  else if (n_set == 0)
    text = g_strdup (_ ("Every block goes by the ratio above"));
  else
    /* Translators: how many of the bars have a weight of their own, as in "12 of 29". */
    text = g_strdup_printf (_ ("%u of %u set, the others go by the ratio above"), n_set, n);
  if (n_set == n && n > 0)
    adw_expander_row_set_subtitle (self->expander, _ ("Every block has a weight of its own"));
  else
    adw_expander_row_set_subtitle (self->expander, text);
}

static void
show_target (AmBlocksSection *self)
{
  AmBlockValues *values = am_draft_get_block_values (self->draft, get_target (self));

  if (values == self->values)
    return;
  g_set_object (&self->values, values);
  am_block_editor_set_values (self->editor, values);
}

static void
show_targets (AmBlocksSection *self)
{
  guint n = am_draft_get_n_targets (self->draft);
  guint selected = MIN (get_target (self), n - 1);
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  for (guint i = 0; i < n; i++)
    gtk_string_list_take (titles, am_draft_dup_target_title (self->draft, i));
  gtk_drop_down_set_model (self->targets, G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (self->targets, selected);
  gtk_widget_set_visible (self->targets_box, n > 1);
}

static gboolean
are_targets_shown (AmBlocksSection *self)
{
  GListModel *titles = gtk_drop_down_get_model (self->targets);
  guint n = am_draft_get_n_targets (self->draft);

  if (titles == NULL || g_list_model_get_n_items (titles) != n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *title = am_draft_dup_target_title (self->draft, i);

      if (g_strcmp0 (gtk_string_list_get_string (GTK_STRING_LIST (titles), i), title) != 0)
        return FALSE;
    }
  return TRUE;
}

/* Opened by itself when there is first something to see. */
static void
show_blocks (AmBlocksSection *self)
{
  gboolean has_blocks = am_block_values_get_n_blocks (self->values) > 0;

  gtk_widget_set_sensitive (GTK_WIDGET (self->expander), has_blocks);
  if (has_blocks != self->has_blocks)
    adw_expander_row_set_expanded (self->expander, has_blocks);
  self->has_blocks = has_blocks;
}

static void
update (AmBlocksSection *self)
{
  gboolean has_targets = am_draft_get_n_targets (self->draft) > 0;

  gtk_widget_set_visible (GTK_WIDGET (self), has_targets);
  if (!has_targets || self->is_updating)
    return;
  self->is_updating = TRUE;
  if (!are_targets_shown (self))
    show_targets (self);
  gtk_toggle_button_set_active (self->link_button, am_draft_get_is_linked (self->draft));
  gtk_widget_set_sensitive (GTK_WIDGET (self->targets), !am_draft_get_is_linked (self->draft));
  show_target (self);
  show_blocks (self);
  show_summary (self);
  self->is_updating = FALSE;
}

static void
on_target_selected (AmBlocksSection *self)
{
  if (self->draft != NULL)
    update (self);
}

static void
on_link_toggled (AmBlocksSection *self)
{
  if (!self->is_updating)
    am_draft_set_is_linked (self->draft, gtk_toggle_button_get_active (self->link_button));
  update (self);
}

static void
am_blocks_section_dispose (GObject *object)
{
  AmBlocksSection *self = AM_BLOCKS_SECTION (object);

  if (self->draft != NULL)
    g_signal_handlers_disconnect_by_data (self->draft, self);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_BLOCKS_SECTION);
  g_clear_object (&self->values);
  g_clear_object (&self->own_presets);
  g_clear_object (&self->draft);

  G_OBJECT_CLASS (am_blocks_section_parent_class)->dispose (object);
}

static void
am_blocks_section_class_init (AmBlocksSectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_blocks_section_dispose;

  g_type_ensure (AM_TYPE_BLOCK_EDITOR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/blocks-section.ui");
  gtk_widget_class_bind_template_child (widget_class, AmBlocksSection, targets_box);
  gtk_widget_class_bind_template_child (widget_class, AmBlocksSection, targets);
  gtk_widget_class_bind_template_child (widget_class, AmBlocksSection, link_button);
  gtk_widget_class_bind_template_child (widget_class, AmBlocksSection, expander);
  gtk_widget_class_bind_template_child (widget_class, AmBlocksSection, editor);
  gtk_widget_class_bind_template_callback (widget_class, on_target_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_link_toggled);
}

static void
am_blocks_section_init (AmBlocksSection *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  am_drop_down_keep_label (self->targets);
  self->own_presets = am_own_presets_new (NULL);
  am_block_editor_set_own_presets (self->editor, self->own_presets);
}

void
am_blocks_section_set_draft (AmBlocksSection *self, AmDraft *draft)
{
  g_return_if_fail (self->draft == NULL);

  self->draft = g_object_ref (draft);
  g_signal_connect_object (draft, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}
