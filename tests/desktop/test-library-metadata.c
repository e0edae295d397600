#include "desktop-support.h"

#include "library/metadata-list.h"

static const char *const entries[][2] = {
  { "author", "somebody" },
  { "date", "2024-01-02" },
  { "format", "pt" },
  { "hash", "0123" },
  { "resolution", "1024x1024" },
  { "tags",
    "{\"10_a\": {\"one, two\": 1, \"three\": 2}, \"5_b\": [\"[\", \"\\\"]\"], \"more\": \"and more\"}" },
  { "title", "A Title" },
};

typedef struct
{
  AmMetadataList *list;
  GtkWindow *window;
} Shown;

static void
show (Shown *shown, gconstpointer data)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      g_ptr_array_add (keys, (gpointer)entries[i][0]);
      g_hash_table_insert (values, (gpointer)entries[i][0], (gpointer)entries[i][1]);
    }
  shown->list = g_object_new (AM_TYPE_METADATA_LIST, NULL);
  shown->window = desktop_test_show (GTK_WIDGET (shown->list), 360, 700);
  am_metadata_list_set (shown->list, keys, values);
}

static void
take_away (Shown *shown, gconstpointer data)
{
  gtk_window_destroy (shown->window);
  desktop_test_settle ();
}

static gboolean
is_label (GtkWidget *widget, gconstpointer text)
{
  return GTK_IS_LABEL (widget) && g_strcmp0 (gtk_label_get_text (GTK_LABEL (widget)), text) == 0;
}

static gboolean
is_expander (GtkWidget *widget, gconstpointer data)
{
  return ADW_IS_EXPANDER_ROW (widget);
}

static gboolean
is_search (GtkWidget *widget, gconstpointer data)
{
  return GTK_IS_SEARCH_ENTRY (widget);
}

/* The first that fits and is shown. */
static GtkWidget *
find (GtkWidget *parent, gboolean (*fits) (GtkWidget *widget, gconstpointer data), gconstpointer data)
{
  GtkWidget *found = gtk_widget_get_mapped (parent) && fits (parent, data) ? parent : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (parent); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find (child, fits, data);
  return found;
}

static gboolean
has_text (Shown *shown, const char *text)
{
  return find (GTK_WIDGET (shown->list), is_label, text) != NULL;
}

static void
search (Shown *shown, const char *text)
{
  GtkWidget *entry = find (GTK_WIDGET (shown->list), is_search, NULL);

  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  g_signal_emit_by_name (entry, "search-changed");
}

static void
test_search (Shown *shown, gconstpointer data)
{
  g_assert_true (has_text (shown, "author"));
  g_assert_true (has_text (shown, "somebody"));
  search (shown, "TITLE");
  g_assert_true (has_text (shown, "A Title"));
  g_assert_false (has_text (shown, "author"));
  search (shown, "somebod");
  g_assert_true (has_text (shown, "author"));
  search (shown, "not there");
  g_assert_false (has_text (shown, "author"));
  g_assert_true (has_text (shown, "No matches"));
}

/* Unfolded, JSON has lines; what is in its strings is left alone. */
static void
test_unfold (Shown *shown, gconstpointer data)
{
  const char *const expected = "{\n  \"10_a\": {\n    \"one, two\": 1,\n    \"three\": 2\n  },\n"
                               "  \"5_b\": [\n    \"[\",\n    \"\\\"]\"\n  ],\n  \"more\": \"and more\"\n}";

  g_assert_false (has_text (shown, expected));
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (find (GTK_WIDGET (shown->list), is_expander, NULL)), TRUE);
  g_assert_true (has_text (shown, expected));
}

static void
test_empty (Shown *shown, gconstpointer data)
{
  am_metadata_list_set (shown->list, NULL, NULL);
  g_assert_false (has_text (shown, "author"));
  g_assert_null (find (GTK_WIDGET (shown->list), is_search, NULL));
}

#define ADD(path, test) g_test_add ("/library-metadata/" path, Shown, NULL, show, test, take_away)

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  ADD ("search", test_search);
  ADD ("unfold", test_unfold);
  ADD ("empty", test_empty);
  return g_test_run ();
}
