#include "method-section.h"

#include <glib/gi18n.h>
#include <string.h>

#include "method-chooser.h"
#include "parameter-row.h"

struct _AmMethodSection
{
  AdwBin parent_instance;

  GtkListBox *list;
  AdwActionRow *method_row;
  GtkWidget *paper_button;
  GtkWidget *more_group;
  GtkListBox *more_list;

  AmDraft *draft;
  const AmMethod *method;
  guint n_slots;
  GPtrArray *rows; /* AmParameterRow * in either list */
  AmMethodChooser *chooser;
};

G_DEFINE_FINAL_TYPE (AmMethodSection, am_method_section, ADW_TYPE_BIN)

static void
on_chosen (AmMethodSection *self, const char *id)
{
  am_draft_set_method (self->draft, id);
}

static void
on_row_activated (AmMethodSection *self, GtkListBoxRow *row)
{
  if (GTK_WIDGET (row) != GTK_WIDGET (self->method_row))
    return;
  if (self->chooser == NULL)
    {
      self->chooser = am_method_chooser_new ();
      gtk_widget_set_parent (GTK_WIDGET (self->chooser), GTK_WIDGET (self->method_row));
      gtk_popover_set_position (GTK_POPOVER (self->chooser), GTK_POS_BOTTOM);
      g_signal_connect_object (self->chooser, "chosen", G_CALLBACK (on_chosen), self, G_CONNECT_SWAPPED);
    }
  am_method_chooser_set_method (self->chooser, self->method);
  gtk_popover_popup (GTK_POPOVER (self->chooser));
}

/* Address of a paper on arXiv, or %NULL. */
static char *
make_paper_uri (const AmMethod *method)
{
  const char *mark = method->paper != NULL ? strstr (method->paper, "arXiv:") : NULL;

  return mark != NULL ? g_strconcat ("https://arxiv.org/abs/", mark + strlen ("arXiv:"), NULL) : NULL;
}

static void
on_paper (AmMethodSection *self)
{
  g_autofree char *uri = make_paper_uri (self->method);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (uri != NULL)
    gtk_show_uri (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, uri, GDK_CURRENT_TIME);
}

static void
show_method (AmMethodSection *self)
{
  g_autofree char *uri = make_paper_uri (self->method);
  g_autofree char *subtitle = NULL;

  if (self->method->paper != NULL)
    subtitle = g_strconcat (_ (self->method->summary), "\n", self->method->paper, NULL);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->method_row), _ (self->method->title));
  adw_action_row_set_subtitle (self->method_row, subtitle != NULL ? subtitle : _ (self->method->summary));
  gtk_widget_set_visible (self->paper_button, uri != NULL);
}

static void
remove_rows (AmMethodSection *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      GtkWidget *row = g_ptr_array_index (self->rows, i);

      gtk_list_box_remove (GTK_LIST_BOX (gtk_widget_get_parent (row)), row);
    }
  g_ptr_array_set_size (self->rows, 0);
}

/* The ratios are what people change all the time: they stand with the method. */
static void
add_rows (AmMethodSection *self, guint index)
{
  const AmParameter *parameter = &self->method->parameters[index];
  gboolean is_prominent = parameter->is_ratio || parameter->is_second_ratio;
  guint n = parameter->per_model ? am_draft_get_n_slots (self->draft) : 1;

  for (guint slot = 0; slot < n; slot++)
    {
      AmParameterRow *row = am_parameter_row_new (self->draft, index, slot);

      gtk_list_box_append (is_prominent ? self->list : self->more_list, GTK_WIDGET (row));
      g_ptr_array_add (self->rows, row);
    }
}

static void
make_rows (AmMethodSection *self)
{
  remove_rows (self);
  for (guint i = 0; i < self->method->n_parameters; i++)
    add_rows (self, i);
  gtk_widget_set_visible (self->more_group, gtk_list_box_get_row_at_index (self->more_list, 0) != NULL);
}

static void
update (AmMethodSection *self)
{
  const AmMethod *method = am_draft_get_method (self->draft);
  guint n_slots = am_draft_get_n_slots (self->draft);

  if (method == NULL)
    return;
  if (method != self->method || n_slots != self->n_slots)
    {
      self->method = method;
      self->n_slots = n_slots;
      show_method (self);
      make_rows (self);
    }
  for (guint i = 0; i < self->rows->len; i++)
    am_parameter_row_update (g_ptr_array_index (self->rows, i));
}

static void
am_method_section_dispose (GObject *object)
{
  AmMethodSection *self = AM_METHOD_SECTION (object);

  if (self->draft != NULL)
    g_signal_handlers_disconnect_by_data (self->draft, self);
  if (self->chooser != NULL)
    gtk_widget_unparent (GTK_WIDGET (g_steal_pointer (&self->chooser)));
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_METHOD_SECTION);
  g_clear_object (&self->draft);

  G_OBJECT_CLASS (am_method_section_parent_class)->dispose (object);
}

static void
am_method_section_finalize (GObject *object)
{
  g_ptr_array_unref (AM_METHOD_SECTION (object)->rows);

  G_OBJECT_CLASS (am_method_section_parent_class)->finalize (object);
}

static void
am_method_section_class_init (AmMethodSectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_method_section_dispose;
  object_class->finalize = am_method_section_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/method-section.ui");
  gtk_widget_class_bind_template_child (widget_class, AmMethodSection, list);
  gtk_widget_class_bind_template_child (widget_class, AmMethodSection, method_row);
  gtk_widget_class_bind_template_child (widget_class, AmMethodSection, paper_button);
  gtk_widget_class_bind_template_child (widget_class, AmMethodSection, more_group);
  gtk_widget_class_bind_template_child (widget_class, AmMethodSection, more_list);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_paper);
}

static void
am_method_section_init (AmMethodSection *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
am_method_section_set_draft (AmMethodSection *self, AmDraft *draft)
{
  g_return_if_fail (self->draft == NULL);

  self->draft = g_object_ref (draft);
  g_signal_connect_object (draft, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

GtkWidget *
am_method_section_set_complaint (AmMethodSection *self, guint parameter, const char *complaint)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      AmParameterRow *row = g_ptr_array_index (self->rows, i);

      if (am_parameter_row_get_parameter (row) != parameter)
        continue;
      am_parameter_row_set_complaint (row, complaint);
      return GTK_WIDGET (row);
    }
  return NULL;
}

void
am_method_section_clear_complaints (AmMethodSection *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    am_parameter_row_set_complaint (g_ptr_array_index (self->rows, i), NULL);
}
