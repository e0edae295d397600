#include "item-details.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/readable.h"
#include "check-jobs.h"
#include "check-row.h"
#include "details-facts.h"
#include "family-tree.h"
#include "item-picture.h"
#include "metadata-list.h"

struct _AmItemDetails
{
  GtkWidget parent_instance;

  GtkStack *stack;
  GtkScrolledWindow *scroller;
  AmItemPicture *picture;
  GtkLabel *name;
  GtkLabel *title;
  GtkMenuButton *more;
  GtkLabel *error;
  GtkLabel *notes;
  GtkWidget *facts_group;
  AdwActionRow *format;
  AdwActionRow *size;
  AdwActionRow *tensors;
  AdwActionRow *modified;
  AdwActionRow *folder;
  GtkWidget *evidence_row;
  GtkLabel *evidence;
  GtkWidget *components_group;
  GtkListBox *components;
  GtkWidget *family_group;
  GtkWidget *load_recipe;
  AmFamilyTree *family;
  GtkWidget *checks_group;
  AmCheckRow *scan;
  AmCheckRow *hash;
  GtkWidget *metadata_group;
  AmMetadataList *metadata;

  AmLibraryItem *item;
  AmJob *job;
  AmDetailsFacts *facts;
  gboolean is_copy_wanted;
};

G_DEFINE_FINAL_TYPE (AmItemDetails, am_item_details, GTK_TYPE_WIDGET)

static void
let_facts_go (AmItemDetails *self)
{
  am_job_drop (&self->job, self);
  am_family_tree_set_root (self->family, NULL);
  am_metadata_list_set (self->metadata, NULL, NULL);
  g_clear_pointer (&self->facts, am_details_facts_free);
}

static void
am_item_details_dispose (GObject *object)
{
  AmItemDetails *self = AM_ITEM_DETAILS (object);

  if (self->item != NULL)
    am_item_details_set_item (self, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_ITEM_DETAILS);

  G_OBJECT_CLASS (am_item_details_parent_class)->dispose (object);
}

static void
on_scan_wanted (AmItemDetails *self)
{
  am_check_row_start (self->scan, am_check_make_scan_job (am_library_item_get_path (self->item)));
}

static void
on_hash_wanted (AmItemDetails *self)
{
  am_check_row_start (self->hash, am_check_make_hash_job (am_library_item_get_path (self->item)));
}

static void
copy_hash (AmItemDetails *self, const char *sha256)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), sha256);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("SHA-256 copied"));
}

static void
on_hash_done (AmItemDetails *self, const char *sha256)
{
  am_library_item_set_sha256 (self->item, sha256);
  if (self->is_copy_wanted)
    copy_hash (self, sha256);
  self->is_copy_wanted = FALSE;
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, stack);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, scroller);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, picture);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, name);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, title);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, more);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, error);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, notes);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, facts_group);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, format);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, size);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, tensors);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, modified);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, folder);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, evidence_row);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, evidence);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, components_group);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, components);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, family_group);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, load_recipe);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, family);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, checks_group);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, scan);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, hash);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, metadata_group);
  gtk_widget_class_bind_template_child (widget_class, AmItemDetails, metadata);
}

static void
am_item_details_class_init (AmItemDetailsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_item_details_dispose;

  g_type_ensure (AM_TYPE_ITEM_PICTURE);
  g_type_ensure (AM_TYPE_FAMILY_TREE);
  g_type_ensure (AM_TYPE_CHECK_ROW);
  g_type_ensure (AM_TYPE_METADATA_LIST);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/library/item-details.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, on_scan_wanted);
  gtk_widget_class_bind_template_callback (widget_class, on_hash_wanted);
  gtk_widget_class_bind_template_callback (widget_class, on_hash_done);
}

static void
am_item_details_init (AmItemDetails *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
set_value (AdwActionRow *row, const char *value)
{
  adw_action_row_set_subtitle (row, value);
}

/* Without the path, which stands below already. */
static const char *
get_reason (AmLibraryItem *item)
{
  const char *error = am_library_item_get_error (item);
  const char *path = am_library_item_get_path (item);

  if (error != NULL && g_str_has_prefix (error, path) && g_str_has_prefix (error + strlen (path), ": "))
    error += strlen (path) + 2;
  return error;
}

/* What the item itself knows. */
static void
show_item (AmItemDetails *self)
{
  AmItemState state = am_library_item_get_state (self->item);
  g_autofree char *size = am_readable_size (am_library_item_get_size (self->item));
  g_autofree char *modified = am_readable_moment (am_library_item_get_modified (self->item));
  g_autofree char *folder = g_path_get_dirname (am_library_item_get_path (self->item));
  g_autofree char *folder_name = g_filename_display_basename (folder);
  g_autofree char *path = g_filename_display_name (am_library_item_get_path (self->item));
  const char *error = get_reason (self->item);

  gtk_label_set_label (self->name, am_library_item_get_name (self->item));
  gtk_label_set_label (self->title, state == AM_ITEM_READY ? am_library_item_get_title (self->item) : "");
  gtk_widget_set_visible (GTK_WIDGET (self->title), state == AM_ITEM_READY);
  gtk_label_set_label (self->error, error != NULL ? error : "");
  gtk_widget_set_visible (GTK_WIDGET (self->error), error != NULL);
  set_value (self->size, size);
  set_value (self->modified, modified);
  set_value (self->folder, folder_name);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->folder), path);
  gtk_widget_set_visible (self->checks_group, state == AM_ITEM_READY);
}

static void
clear_components (AmItemDetails *self)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->components, 0)) != NULL)
    gtk_list_box_remove (self->components, GTK_WIDGET (row));
}

static void
add_component (AmItemDetails *self, const AmComponentShare *share)
{
  g_autofree char *size = am_readable_size (share->size);
  g_autofree char *count = am_readable_count (share->n_tensors);
  /* Translators: types of numbers, and how many tensors, as in "F16, I64 · 686 tensors". */
  g_autofree char *subtitle = g_strdup_printf (
      ngettext ("%s · %s tensor", "%s · %s tensors", share->n_tensors), share->dtypes, count);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *label = gtk_label_new (size);

  /* First: properties set together are told of in the reverse order. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  g_object_set (row, "title", _ (am_component_get_title (share->component)), "subtitle", subtitle, NULL);
  gtk_widget_add_css_class (label, "numeric");
  gtk_widget_add_css_class (label, "dim-label");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), label);
  gtk_list_box_append (self->components, row);
}

static char *
list_sentences (char **sentences)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; sentences[i] != NULL; i++)
    /* Translators: a point of a list. */
    g_string_append_printf (text, C_ ("list", "%s• %s"), i > 0 ? "\n" : "", sentences[i]);
  return g_string_free (text, FALSE);
}

static char *
describe_notes (const AmDetailsFacts *facts)
{
  g_autofree char *notes = g_strjoinv ("\n", facts->notes);
  g_autofree char *missing = NULL;

  if (facts->n_missing == 0)
    return g_steal_pointer (&notes);
  missing = g_strdup_printf (ngettext ("It is incomplete: %u tensor is missing.",
                                       "It is incomplete: %u tensors are missing.", facts->n_missing),
                             facts->n_missing);
  return *notes != '\0' ? g_strjoin ("\n", missing, notes, NULL) : g_steal_pointer (&missing);
}

static char *
describe_format (const AmDetailsFacts *facts)
{
  if (facts->n_files < 2)
    return g_strdup (_ (facts->container));
  /* Translators: kind of file, and how many of them, as in "safetensors, 4 files". */
  return g_strdup_printf (ngettext ("%s, %u file", "%s, %u files", facts->n_files), _ (facts->container),
                          facts->n_files);
}

static char *
describe_tensors (const AmDetailsFacts *facts)
{
  g_autofree char *tensors = am_readable_count (facts->n_tensors);
  g_autofree char *values = am_readable_count (facts->n_values);

  /* Translators: how many tensors, with how many numbers in all. */
  return g_strdup_printf (_ ("%s with %s values"), tensors, values);
}

static void
show_facts (AmItemDetails *self)
{
  const AmDetailsFacts *facts = self->facts;
  g_autofree char *notes = describe_notes (facts);
  g_autofree char *format = describe_format (facts);
  g_autofree char *tensors = describe_tensors (facts);
  g_autofree char *evidence = list_sentences (facts->evidence);

  set_value (self->format, format);
  set_value (self->tensors, tensors);
  gtk_label_set_label (self->notes, notes);
  gtk_label_set_label (self->evidence, evidence);
  for (guint i = 0; i < facts->components->len; i++)
    add_component (self, g_ptr_array_index (facts->components, i));
  am_family_tree_set_root (self->family, facts->ancestry);
  am_metadata_list_set (self->metadata, facts->keys, facts->metadata);
}

static void
show_groups (AmItemDetails *self)
{
  const AmDetailsFacts *facts = self->facts;

  gtk_widget_set_visible (GTK_WIDGET (self->format), facts != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->tensors), facts != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->notes),
                          facts != NULL && *gtk_label_get_label (self->notes) != '\0');
  gtk_widget_set_visible (self->evidence_row, facts != NULL && facts->evidence[0] != NULL);
  gtk_widget_set_visible (self->components_group, facts != NULL);
  gtk_widget_set_visible (self->family_group, facts != NULL && facts->ancestry->parents->len > 0);
  gtk_widget_set_visible (self->load_recipe, facts != NULL && facts->has_recipe);
  gtk_widget_set_visible (self->metadata_group, facts != NULL && facts->keys->len > 0);
}

static void
on_facts_read (AmJob *job, AmItemDetails *self)
{
  g_autoptr (AmJob) old = g_steal_pointer (&self->job);

  self->facts = am_job_steal_result (old);
  if (self->facts != NULL)
    show_facts (self);
  show_groups (self);
}

static void
read_facts (AmItemDetails *self)
{
  let_facts_go (self);
  clear_components (self);
  show_groups (self);
  if (am_library_item_get_state (self->item) != AM_ITEM_READY)
    return;
  self->job = am_details_facts_make_job (am_library_item_get_path (self->item),
                                         am_library_item_get_name (self->item));
  g_signal_connect (self->job, "finished", G_CALLBACK (on_facts_read), self);
  am_job_start (self->job);
}

static void
on_item_changed (AmItemDetails *self)
{
  show_item (self);
  read_facts (self);
  if (!am_check_row_is_running (self->scan))
    am_check_row_reset (self->scan, NULL);
  if (!am_check_row_is_running (self->hash))
    am_check_row_reset (self->hash, am_library_item_get_sha256 (self->item));
}

void
am_item_details_set_item (AmItemDetails *self, AmLibraryItem *item)
{
  if (item == self->item)
    return;
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_func (self->item, on_item_changed, self);
  g_set_object (&self->item, item);
  self->is_copy_wanted = FALSE;
  am_item_picture_set_item (self->picture, item);
  am_check_row_reset (self->scan, NULL);
  am_check_row_reset (self->hash, NULL);
  gtk_stack_set_visible_child_name (self->stack, item != NULL ? "item" : "nothing");
  if (item == NULL)
    {
      let_facts_go (self);
      return;
    }
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scroller), 0);
  g_signal_connect_swapped (item, "notify::state", G_CALLBACK (on_item_changed), self);
  on_item_changed (self);
}

void
am_item_details_set_menu (AmItemDetails *self, GMenuModel *menu)
{
  gtk_menu_button_set_menu_model (self->more, menu);
}

void
am_item_details_copy_hash (AmItemDetails *self)
{
  const char *sha256 = self->item != NULL ? am_library_item_get_sha256 (self->item) : NULL;

  if (sha256 != NULL)
    {
      copy_hash (self, sha256);
      return;
    }
  self->is_copy_wanted = self->item != NULL;
  if (self->is_copy_wanted && !am_check_row_is_running (self->hash))
    on_hash_wanted (self);
}

gboolean
am_item_details_is_complete (AmItemDetails *self)
{
  return self->job == NULL
         && (self->item == NULL || am_library_item_get_state (self->item) != AM_ITEM_READING);
}
