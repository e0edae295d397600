#include "method-chooser.h"

#include <glib/gi18n.h>

#include "method-row.h"

struct _AmMethodChooser
{
  GtkPopover parent_instance;

  GtkSearchEntry *search;
  GtkListBox *list;

  char **words;
};

enum
{
  SIGNAL_CHOSEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmMethodChooser, am_method_chooser, GTK_TYPE_POPOVER)

static void
choose (AmMethodChooser *self, AmMethodRow *row)
{
  gtk_popover_popdown (GTK_POPOVER (self));
  g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, am_method_row_get_method (row)->id);
}

static void
on_row_activated (AmMethodChooser *self, GtkListBoxRow *row)
{
  choose (self, AM_METHOD_ROW (row));
}

static void
on_search_changed (AmMethodChooser *self)
{
  g_autofree char *text = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->search)), -1);

  g_strfreev (self->words);
  self->words = g_strsplit (text, " ", -1);
  gtk_list_box_invalidate_filter (self->list);
  gtk_list_box_invalidate_headers (self->list);
}

/* Enter in the search takes the first that was found, also before the search has told of its last letters. */
static void
on_search_activate (AmMethodChooser *self)
{
  GtkListBoxRow *row;

  on_search_changed (self);
  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    if (gtk_widget_get_child_visible (GTK_WIDGET (row)))
      {
        choose (self, AM_METHOD_ROW (row));
        return;
      }
}

static gboolean
is_shown (GtkListBoxRow *row, gpointer data)
{
  AmMethodChooser *self = data;

  return self->words == NULL || am_method_row_matches (AM_METHOD_ROW (row), self->words);
}

static void
update_header (GtkListBoxRow *row, GtkListBoxRow *before, gpointer data)
{
  AmMethodRow *method = AM_METHOD_ROW (row);
  GtkWidget *label;

  if (before != NULL && am_method_row_get_group (AM_METHOD_ROW (before)) == am_method_row_get_group (method))
    {
      gtk_list_box_row_set_header (row, NULL);
      return;
    }
  label = g_object_new (GTK_TYPE_LABEL, "label", am_method_row_get_group_title (method), "xalign", 0.0f,
                        "wrap", TRUE, "margin-top", before != NULL ? 12 : 3, "margin-bottom", 3,
                        "margin-start", 6, NULL);
  gtk_widget_add_css_class (label, "caption-heading");
  gtk_widget_add_css_class (label, "accent");
  gtk_list_box_row_set_header (row, label);
}

static int
compare_groups (GtkListBoxRow *a, GtkListBoxRow *b, gpointer data)
{
  guint left = am_method_row_get_group (AM_METHOD_ROW (a)),
        right = am_method_row_get_group (AM_METHOD_ROW (b));

  return left < right ? -1 : left > right;
}

static void
am_method_chooser_map (GtkWidget *widget)
{
  AmMethodChooser *self = AM_METHOD_CHOOSER (widget);

  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  GTK_WIDGET_CLASS (am_method_chooser_parent_class)->map (widget);
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

static void
am_method_chooser_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), AM_TYPE_METHOD_CHOOSER);

  G_OBJECT_CLASS (am_method_chooser_parent_class)->dispose (object);
}

static void
am_method_chooser_finalize (GObject *object)
{
  g_strfreev (AM_METHOD_CHOOSER (object)->words);

  G_OBJECT_CLASS (am_method_chooser_parent_class)->finalize (object);
}

static void
am_method_chooser_class_init (AmMethodChooserClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_method_chooser_dispose;
  object_class->finalize = am_method_chooser_finalize;
  widget_class->map = am_method_chooser_map;

  signals[SIGNAL_CHOSEN] = g_signal_new ("chosen", AM_TYPE_METHOD_CHOOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/method-chooser.ui");
  gtk_widget_class_bind_template_child (widget_class, AmMethodChooser, search);
  gtk_widget_class_bind_template_child (widget_class, AmMethodChooser, list);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  gtk_widget_class_bind_template_callback (widget_class, gtk_popover_popdown);
}

static void
am_method_chooser_init (AmMethodChooser *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_sort_func (self->list, compare_groups, NULL, NULL);
  gtk_list_box_set_header_func (self->list, update_header, NULL, NULL);
  gtk_list_box_set_filter_func (self->list, is_shown, self, NULL);
  for (guint i = 0; i < am_method_get_count (); i++)
    gtk_list_box_append (self->list, GTK_WIDGET (am_method_row_new (am_method_get (i))));
}

AmMethodChooser *
am_method_chooser_new (void)
{
  return g_object_new (AM_TYPE_METHOD_CHOOSER, NULL);
}

void
am_method_chooser_set_method (AmMethodChooser *self, const AmMethod *method)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    am_method_row_set_is_current (AM_METHOD_ROW (row),
                                  am_method_row_get_method (AM_METHOD_ROW (row)) == method);
}
