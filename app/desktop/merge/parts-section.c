#include "parts-section.h"

#include <glib/gi18n.h>

#include "policy-row.h"

static const struct
{
  const char *id;
  const char *title;
} parts[] = {
  { "vae", N_ ("VAE") },
  { "text_encoder", N_ ("Text encoder") },
  { "unet", N_ ("Diffusion network") },
};

struct _AmPartsSection
{
  AdwBin parent_instance;

  GtkListBox *list;

  AmDraft *draft;
  AmPolicyRow *rows[G_N_ELEMENTS (parts)];
  gboolean has_component[G_N_ELEMENTS (parts)];
};

G_DEFINE_FINAL_TYPE (AmPartsSection, am_parts_section, ADW_TYPE_BIN)

static void
update (AmPartsSection *self)
{
  gboolean is_any = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *policy = am_draft_dup_policy (self->draft, parts[i].id);
      gboolean is_shown = self->has_component[i] || policy != NULL;

      am_policy_row_update (self->rows[i]);
      gtk_widget_set_visible (GTK_WIDGET (self->rows[i]), is_shown);
      is_any = is_any || is_shown;
    }
  gtk_widget_set_visible (GTK_WIDGET (self), is_any);
}

static void
am_parts_section_dispose (GObject *object)
{
  AmPartsSection *self = AM_PARTS_SECTION (object);

  if (self->draft != NULL)
    g_signal_handlers_disconnect_by_data (self->draft, self);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_PARTS_SECTION);
  g_clear_object (&self->draft);

  G_OBJECT_CLASS (am_parts_section_parent_class)->dispose (object);
}

static void
am_parts_section_class_init (AmPartsSectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_parts_section_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/parts-section.ui");
  gtk_widget_class_bind_template_child (widget_class, AmPartsSection, list);
}

static void
am_parts_section_init (AmPartsSection *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
am_parts_section_set_draft (AmPartsSection *self, AmDraft *draft)
{
  g_return_if_fail (self->draft == NULL);

  self->draft = g_object_ref (draft);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      self->rows[i] = am_policy_row_new (draft, parts[i].id, _ (parts[i].title));
      gtk_list_box_append (self->list, GTK_WIDGET (self->rows[i]));
    }
  g_signal_connect_object (draft, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

void
am_parts_section_set_has_component (AmPartsSection *self, const char *component, gboolean has_component)
{
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (g_str_equal (parts[i].id, component) && self->has_component[i] != has_component)
      {
        self->has_component[i] = has_component;
        update (self);
      }
}
