#include "policy-row.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/drop-down-label.h"
#include "base/file-dialogs.h"

/* The first choice, which recipes need not name. */
#define CHOICE_MERGE 0

struct _AmPolicyRow
{
  GtkListBoxRow parent_instance;

  GtkLabel *title;
  GtkSpinButton *ratio;
  GtkDropDown *choices;
  GtkWidget *file_box;
  GtkLabel *file;

  AmDraft *draft;
  char *component;
  GPtrArray *policies; /* char *: text of each choice; RATIO and FILE stand for themselves */
  char *shown;         /* text of the policy shown */
  guint n_models;      /* choices are made for */
  gboolean has_base;
  gboolean has_ratio;
  gboolean is_updating;
};

static const char ratio_choice[] = "ratio", file_choice[] = "file";

G_DEFINE_FINAL_TYPE (AmPolicyRow, am_policy_row, GTK_TYPE_LIST_BOX_ROW)

static void show_policy (AmPolicyRow *self, const char *text);

static void
set_policy (AmPolicyRow *self, const char *text)
{
  g_autoptr (GError) error = NULL;

  if (!am_draft_set_policy (self->draft, self->component, text, &error))
    g_warning ("%s", error->message);
}

static void
on_file_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmPolicyRow) self = data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (gtk_widget_get_root (GTK_WIDGET (self)) == NULL)
    return;
  if (paths != NULL)
    set_policy (self, paths[0]);
  else
    show_policy (self, self->shown);
}

static void
choose_file (AmPolicyRow *self)
{
  am_choose_files_async (GTK_WIDGET (self), _ ("Choose a file"), AM_FILES_CHECKPOINTS, FALSE, NULL,
                         on_file_chosen, g_object_ref (self));
}

static void
set_ratio (AmPolicyRow *self, double ratio)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (text, sizeof text, "%.6g", ratio);
  set_policy (self, text);
}

static void
on_ratio_changed (AmPolicyRow *self)
{
  if (!self->is_updating)
    set_ratio (self, gtk_spin_button_get_value (self->ratio));
}

static double
get_main_ratio (AmPolicyRow *self)
{
  gint index = am_method_get_ratio (am_draft_get_method (self->draft));
  double ratio = index >= 0 ? am_draft_get_parameter (self->draft, (guint)index, 0) : 0.5;

  return ratio == ratio ? ratio : 0.5;
}

static void
on_selected (AmPolicyRow *self)
{
  guint selected = gtk_drop_down_get_selected (self->choices);
  const char *policy;

  if (self->is_updating || selected == GTK_INVALID_LIST_POSITION)
    return;
  /* Each choice is a step of undo. */
  am_draft_end_topic (self->draft);
  policy = g_ptr_array_index (self->policies, selected);
  if (policy == file_choice)
    choose_file (self);
  else if (policy == ratio_choice)
    set_ratio (self, get_main_ratio (self));
  else
    set_policy (self, selected == CHOICE_MERGE ? NULL : policy);
}

static void
add_choice (AmPolicyRow *self, GtkStringList *titles, const char *title, const char *policy)
{
  gtk_string_list_append (titles, title);
  g_ptr_array_add (self->policies, (gpointer)policy);
}

static void
add_models (AmPolicyRow *self, GtkStringList *titles)
{
  for (guint i = 0; i < self->n_models; i++)
    {
      g_autofree char *slot = am_draft_dup_slot_title (self->draft, i);
      /* Translators: a component is taken from the model in the slot of that letter. */
      g_autofree char *title = g_strdup_printf (_ ("From %s"), slot);
      char policy[2] = { 'a' + (char)i, '\0' };

      add_choice (self, titles, title, g_intern_string (policy));
    }
  if (self->has_base)
    add_choice (self, titles, _ ("From the base"), "base");
}

/* Returns: whether they are others now. */
static gboolean
make_choices (AmPolicyRow *self)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  guint n_models = am_draft_get_n_slots (self->draft);
  gboolean has_base = am_draft_has_base_slot (self->draft);
  gboolean has_ratio = am_method_get_ratio (am_draft_get_method (self->draft)) >= 0;

  if (n_models == self->n_models && has_base == self->has_base && has_ratio == self->has_ratio)
    return FALSE;
  self->n_models = n_models;
  self->has_base = has_base;
  self->has_ratio = has_ratio;
  g_ptr_array_set_size (self->policies, 0);
  add_choice (self, titles, _ ("Merged"), "merge");
  add_models (self, titles);
  if (has_ratio)
    add_choice (self, titles, _ ("Own ratio"), ratio_choice);
  add_choice (self, titles, _ ("From a file…"), file_choice);
  add_choice (self, titles, _ ("Left out"), "discard");
  gtk_drop_down_set_model (self->choices, G_LIST_MODEL (titles));
  return TRUE;
}

/* Which choice a policy's text is. */
static const char *
classify (const char *text, double *ratio)
{
  char *end;

  if (text == NULL)
    return "merge";
  if ((g_ascii_isalpha (text[0]) && text[1] == '\0') || g_str_equal (text, "base")
      || g_str_equal (text, "merge") || g_str_equal (text, "discard"))
    return text;
  *ratio = g_ascii_strtod (text, &end);
  return *end == '\0' ? ratio_choice : file_choice;
}

static guint
find_choice (AmPolicyRow *self, const char *policy)
{
  for (guint i = 0; i < self->policies->len; i++)
    if (g_ascii_strcasecmp (g_ptr_array_index (self->policies, i), policy) == 0)
      return i;
  return CHOICE_MERGE;
}

static void
show_policy (AmPolicyRow *self, const char *text)
{
  double ratio = 0.5;
  const char *policy = classify (text, &ratio);
  gboolean is_file = policy == file_choice;
  g_autofree char *name = is_file ? g_path_get_basename (text) : NULL;

  self->is_updating = TRUE;
  gtk_drop_down_set_selected (self->choices, find_choice (self, policy));
  gtk_widget_set_visible (GTK_WIDGET (self->ratio), policy == ratio_choice);
  gtk_spin_button_set_value (self->ratio, ratio);
  gtk_widget_set_visible (self->file_box, is_file);
  gtk_label_set_label (self->file, is_file ? name : "");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->file), is_file ? text : NULL);
  self->is_updating = FALSE;
}

void
am_policy_row_update (AmPolicyRow *self)
{
  g_autofree char *text = am_draft_dup_policy (self->draft, self->component);
  gboolean is_new;

  self->is_updating = TRUE;
  is_new = make_choices (self);
  self->is_updating = FALSE;
  if (!is_new && g_strcmp0 (text, self->shown) == 0)
    return;
  g_free (self->shown);
  self->shown = g_steal_pointer (&text);
  show_policy (self, self->shown);
}

static void
am_policy_row_dispose (GObject *object)
{
  AmPolicyRow *self = AM_POLICY_ROW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_POLICY_ROW);
  g_clear_object (&self->draft);

  G_OBJECT_CLASS (am_policy_row_parent_class)->dispose (object);
}

static void
am_policy_row_finalize (GObject *object)
{
  AmPolicyRow *self = AM_POLICY_ROW (object);

  g_free (self->component);
  g_free (self->shown);
  g_ptr_array_unref (self->policies);

  G_OBJECT_CLASS (am_policy_row_parent_class)->finalize (object);
}

static void
am_policy_row_class_init (AmPolicyRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_policy_row_dispose;
  object_class->finalize = am_policy_row_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/policy-row.ui");
  gtk_widget_class_bind_template_child (widget_class, AmPolicyRow, title);
  gtk_widget_class_bind_template_child (widget_class, AmPolicyRow, ratio);
  gtk_widget_class_bind_template_child (widget_class, AmPolicyRow, choices);
  gtk_widget_class_bind_template_child (widget_class, AmPolicyRow, file_box);
  gtk_widget_class_bind_template_child (widget_class, AmPolicyRow, file);
  gtk_widget_class_bind_template_callback (widget_class, on_ratio_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_selected);
  gtk_widget_class_bind_template_callback (widget_class, choose_file);
}

static void
am_policy_row_init (AmPolicyRow *self)
{
  self->is_updating = TRUE;
  self->policies = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  am_drop_down_keep_label (self->choices);
  self->is_updating = FALSE;
}

AmPolicyRow *
am_policy_row_new (AmDraft *draft, const char *component, const char *title)
{
  AmPolicyRow *self = g_object_new (AM_TYPE_POLICY_ROW, NULL);

  self->draft = g_object_ref (draft);
  self->component = g_strdup (component);
  gtk_label_set_label (self->title, title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->choices), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->ratio), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  am_policy_row_update (self);
  return self;
}

const char *
am_policy_row_get_component (AmPolicyRow *self)
{
  return self->component;
}
