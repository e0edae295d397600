#include "metadata-list.h"

#include <glib/gi18n.h>
#include <string.h>

#define LONGEST_LINE 60
#define LONGEST_SHOWN 16384
#define LEAST_TO_SEARCH 6
#define MOST_ROWS 300
#define DEEPEST 20
#define LINE_LENGTH 36
#define MOST_LINES 16
#define SCROLLED_HEIGHT 240

struct _AmMetadataList
{
  GtkWidget parent_instance;

  GtkWidget *box;
  GtkSearchEntry *search;
  GtkListBox *list;
};

G_DEFINE_FINAL_TYPE (AmMetadataList, am_metadata_list, GTK_TYPE_WIDGET)

static void
am_metadata_list_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), AM_TYPE_METADATA_LIST);

  G_OBJECT_CLASS (am_metadata_list_parent_class)->dispose (object);
}

static void
on_search_changed (AmMetadataList *self)
{
  gtk_list_box_invalidate_filter (self->list);
}

static void
am_metadata_list_class_init (AmMetadataListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_metadata_list_dispose;

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/library/metadata-list.ui");
  gtk_widget_class_bind_template_child (widget_class, AmMetadataList, box);
  gtk_widget_class_bind_template_child (widget_class, AmMetadataList, search);
  gtk_widget_class_bind_template_child (widget_class, AmMetadataList, list);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
}

static gboolean
is_row_wanted (GtkListBoxRow *row, gpointer user_data)
{
  AmMetadataList *self = user_data;
  g_autofree char *needle = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->search)), -1);
  const char *haystack = g_object_get_data (G_OBJECT (row), "haystack");

  return *needle == '\0' || haystack == NULL || strstr (haystack, needle) != NULL;
}

static void
am_metadata_list_init (AmMetadataList *self)
{
  GtkWidget *nothing;

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_filter_func (self->list, is_row_wanted, self, NULL);
  nothing = gtk_label_new (_ ("No matches"));
  gtk_widget_add_css_class (nothing, "dim-label");
  gtk_widget_set_margin_top (nothing, 12);
  gtk_widget_set_margin_bottom (nothing, 12);
  gtk_list_box_set_placeholder (self->list, nothing);
}

static void
on_copy_clicked (GtkButton *button, gpointer user_data)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (button)),
                          g_object_get_data (G_OBJECT (button), "value"));
  gtk_widget_activate_action (GTK_WIDGET (button), "win.toast", "s", _ ("Copied"));
}

static GtkWidget *
make_copy_button (const char *key, const char *value)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("edit-copy-symbolic");
  /* Translators: of a key of the metadata. */
  g_autofree char *label = g_strdup_printf (_ ("Copy the value of %s"), key);

  gtk_widget_set_tooltip_text (button, _ ("Copy the value"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  g_object_set_data_full (G_OBJECT (button), "value", g_strdup (value), g_free);
  g_signal_connect (button, "clicked", G_CALLBACK (on_copy_clicked), NULL);
  return button;
}

static void
break_line (GString *text, guint depth)
{
  g_string_append_c (text, '\n');
  for (guint i = 0; i < MIN (depth, DEEPEST); i++)
    g_string_append (text, "  ");
}

/* JSON in one line is hard to read. No parser: a value may be anything, and nested as deep as it likes. */
static char *
indent_json (const char *value)
{
  GString *text = g_string_new (NULL);
  gboolean is_in_string = FALSE;
  guint depth = 0;

  for (const char *p = value; *p != '\0'; p++)
    {
      if (!is_in_string && *p == ' ' && p > value && p[-1] == ',')
        continue;
      if (!is_in_string && (*p == '}' || *p == ']'))
        break_line (text, depth > 0 ? --depth : 0);
      if (is_in_string && *p == '\\' && p[1] != '\0')
        g_string_append_c (text, *p++);
      else if (*p == '"')
        is_in_string = !is_in_string;
      g_string_append_c (text, *p);
      if (!is_in_string && (*p == '{' || *p == '['))
        break_line (text, ++depth);
      else if (!is_in_string && *p == ',')
        break_line (text, depth);
    }
  return g_string_free (text, FALSE);
}

static gboolean
is_json_line (const char *value)
{
  return (*value == '{' || *value == '[') && strchr (value, '\n') == NULL && strlen (value) <= LONGEST_SHOWN;
}

static char *
lay_out (const char *value)
{
  g_autofree char *pretty = is_json_line (value) ? indent_json (value) : NULL;
  const char *text = pretty != NULL ? pretty : value;

  if (strlen (text) <= LONGEST_SHOWN)
    return g_strdup (text);
  return g_strdup_printf ("%.*s…", (int)(g_utf8_find_prev_char (text, text + LONGEST_SHOWN) - text), text);
}

static guint
estimate_lines (const char *text)
{
  guint n = (guint)(strlen (text) / LINE_LENGTH) + 1;

  for (const char *p = text; *p != '\0'; p++)
    n += *p == '\n';
  return n;
}

/* A list gives its rows the least height they ask for, so a scrolled text has to ask for what it is to have.
 */
static GtkWidget *
make_scroller (GtkWidget *text)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroller), SCROLLED_HEIGHT);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), text);
  return scroller;
}

static GtkWidget *
make_text (const char *value)
{
  g_autofree char *content = lay_out (value);
  GtkWidget *text = gtk_label_new (content);

  gtk_label_set_selectable (GTK_LABEL (text), TRUE);
  gtk_label_set_wrap (GTK_LABEL (text), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (text), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (text), 0);
  gtk_widget_set_valign (text, GTK_ALIGN_START);
  gtk_widget_add_css_class (text, "monospace");
  gtk_widget_add_css_class (text, "caption");
  gtk_widget_add_css_class (text, "am-metadata-value");
  return estimate_lines (content) > MOST_LINES ? make_scroller (text) : text;
}

/* The text is made when it is first unfolded: training data put hundreds of kilobytes there. */
static void
on_expanded (AdwExpanderRow *row, GParamSpec *pspec, gpointer user_data)
{
  if (!adw_expander_row_get_expanded (row) || g_object_get_data (G_OBJECT (row), "is-filled") != NULL)
    return;
  g_object_set_data (G_OBJECT (row), "is-filled", GINT_TO_POINTER (TRUE));
  adw_expander_row_add_row (row, make_text (g_object_get_data (G_OBJECT (row), "value")));
}

static char *
make_line (const char *value, gboolean is_long)
{
  g_autofree char *start = g_utf8_substring (value, 0, MIN (g_utf8_strlen (value, -1), LONGEST_LINE));

  g_strdelimit (start, "\n\r\t", ' ');
  return is_long ? g_strconcat (start, "…", NULL) : g_steal_pointer (&start);
}

static GtkWidget *
make_row (const char *key, const char *value)
{
  const gboolean is_long = strchr (value, '\n') != NULL || g_utf8_strlen (value, -1) > LONGEST_LINE;
  GtkWidget *row = is_long ? adw_expander_row_new () : adw_action_row_new ();
  g_autofree char *line = make_line (value, is_long);

  /* First: properties set together are told of in the reverse order. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  g_object_set (row, "title", key, "subtitle", line, NULL);
  if (!is_long)
    {
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), make_copy_button (key, value));
      return row;
    }
  adw_expander_row_add_action (ADW_EXPANDER_ROW (row), make_copy_button (key, value));
  g_object_set_data_full (G_OBJECT (row), "value", g_strdup (value), g_free);
  g_signal_connect (row, "notify::expanded", G_CALLBACK (on_expanded), NULL);
  return row;
}

static void
add_row (AmMetadataList *self, const char *key, const char *value)
{
  GtkWidget *row = make_row (key, value);
  g_autofree char *text = g_strconcat (key, "\n", value, NULL);

  g_object_set_data_full (G_OBJECT (row), "haystack", g_utf8_casefold (text, -1), g_free);
  gtk_list_box_append (self->list, row);
}

static void
add_rest (AmMetadataList *self, guint n)
{
  g_autofree char *text = g_strdup_printf (ngettext ("and %u more", "and %u more", n), n);

  gtk_list_box_append (self->list, g_object_new (ADW_TYPE_ACTION_ROW, "title", text, NULL));
}

void
am_metadata_list_set (AmMetadataList *self, GPtrArray *keys, GHashTable *values)
{
  GtkListBoxRow *row;

  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  for (guint i = 0; keys != NULL && i < MIN (keys->len, MOST_ROWS); i++)
    add_row (self, g_ptr_array_index (keys, i), g_hash_table_lookup (values, g_ptr_array_index (keys, i)));
  if (keys != NULL && keys->len > MOST_ROWS)
    add_rest (self, keys->len - MOST_ROWS);
  gtk_widget_set_visible (GTK_WIDGET (self->search), keys != NULL && keys->len >= LEAST_TO_SEARCH);
}
