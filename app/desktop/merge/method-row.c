#include "method-row.h"

#include <glib/gi18n.h>
#include <string.h>

struct _AmMethodRow
{
  GtkListBoxRow parent_instance;

  GtkLabel *title;
  GtkLabel *id;
  GtkLabel *summary;
  GtkLabel *paper;
  GtkWidget *mark;

  const AmMethod *method;
  char *searched; /* case-folded */
};

G_DEFINE_FINAL_TYPE (AmMethodRow, am_method_row, GTK_TYPE_LIST_BOX_ROW)

static const char *const group_titles[]
    = { N_ ("Two models"), N_ ("Three models"), N_ ("Any number of models"),
        N_ ("Models and the base they come from"), N_ ("One model") };

static void
am_method_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), AM_TYPE_METHOD_ROW);

  G_OBJECT_CLASS (am_method_row_parent_class)->dispose (object);
}

static void
am_method_row_finalize (GObject *object)
{
  g_free (AM_METHOD_ROW (object)->searched);

  G_OBJECT_CLASS (am_method_row_parent_class)->finalize (object);
}

static void
am_method_row_class_init (AmMethodRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_method_row_dispose;
  object_class->finalize = am_method_row_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/method-row.ui");
  gtk_widget_class_bind_template_child (widget_class, AmMethodRow, title);
  gtk_widget_class_bind_template_child (widget_class, AmMethodRow, id);
  gtk_widget_class_bind_template_child (widget_class, AmMethodRow, summary);
  gtk_widget_class_bind_template_child (widget_class, AmMethodRow, paper);
  gtk_widget_class_bind_template_child (widget_class, AmMethodRow, mark);
}

static void
am_method_row_init (AmMethodRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

AmMethodRow *
am_method_row_new (const AmMethod *method)
{
  AmMethodRow *self = g_object_new (AM_TYPE_METHOD_ROW, NULL);
  g_autofree char *text = g_strjoin (" ", method->id, method->title, _ (method->title), method->summary,
                                     _ (method->summary), method->paper, NULL);

  self->method = method;
  self->searched = g_utf8_casefold (text, -1);
  gtk_label_set_label (self->title, _ (method->title));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (method->title),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, _ (method->summary), -1);
  gtk_label_set_label (self->id, method->id);
  gtk_label_set_label (self->summary, _ (method->summary));
  gtk_label_set_label (self->paper, method->paper != NULL ? method->paper : "");
  gtk_widget_set_visible (GTK_WIDGET (self->paper), method->paper != NULL);
  return self;
}

const AmMethod *
am_method_row_get_method (AmMethodRow *self)
{
  return self->method;
}

void
am_method_row_set_is_current (AmMethodRow *self, gboolean is_current)
{
  gtk_widget_set_visible (self->mark, is_current);
}

guint
am_method_row_get_group (AmMethodRow *self)
{
  if (self->method->base == AM_BASE_REQUIRED)
    return 3;
  if (self->method->max_models == 1)
    return 4;
  if (self->method->max_models == 2)
    return 0;
  return self->method->max_models == 3 ? 1 : 2;
}

const char *
am_method_row_get_group_title (AmMethodRow *self)
{
  return _ (group_titles[am_method_row_get_group (self)]);
}

gboolean
am_method_row_matches (AmMethodRow *self, char **words)
{
  for (guint i = 0; words[i] != NULL; i++)
    if (strstr (self->searched, words[i]) == NULL)
      return FALSE;
  return TRUE;
}
