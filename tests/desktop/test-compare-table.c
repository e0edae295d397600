#include "compare-support.h"

#include "compare/tensor-table.h"

#define N_LAYERS 60
#define N_PER_LAYER 500
#define N_ROWS (N_LAYERS * N_PER_LAYER)

/* Two checkpoints of thirty thousand tensors, each of two values; every seventh is changed, the more the
 * later. */
static AmComparison *
compare_many (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (Fixture) a = fixture_new (), b = fixture_new ();
  g_autofree char *path_a = NULL, *path_b = NULL;
  AmComparison *comparison;

  for (guint i = 0; i < N_ROWS; i++)
    {
      g_autofree char *name = g_strdup_printf ("stage%02u.part%03u.weight", i / N_PER_LAYER, i % N_PER_LAYER);
      float values[2] = { 1.0f, 1.0f };

      fixture_add_bytes (a, name, AM_DTYPE_F32, "2", values);
      values[1] += i % 7 == 0 ? (float)(i + 1) / N_ROWS : 0.0f;
      fixture_add_bytes (b, name, AM_DTYPE_F32, "2", values);
    }
  path_a = fixture_write (a, folder, "a.safetensors");
  path_b = fixture_write (b, folder, "b.safetensors");
  comparison = compare_files (path_a, path_b);
  fixture_remove_folder (folder);
  return comparison;
}

static AmTensorTable *
make_table (AmComparison *comparison)
{
  AmTensorTable *table = g_object_new (AM_TYPE_TENSOR_TABLE, NULL);

  am_tensor_table_set_comparison (table, comparison);
  return table;
}

static void
assert_selected (AmTensorTable *table, const char *name)
{
  g_assert_cmpstr (am_tensor_row_get_difference (am_tensor_table_get_selected (table))->name, ==, name);
}

static gboolean
is_narrowed (gpointer table)
{
  return am_tensor_table_get_n_rows (table) < N_ROWS;
}

/* Only the rows in sight have widgets, however many there are. */
static guint
count_labels (GtkWidget *widget)
{
  guint n = GTK_IS_LABEL (widget);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += count_labels (child);
  return n;
}

static void
test_many_rows (void)
{
  g_autoptr (AmComparison) comparison = compare_many ();
  AmTensorTable *table = make_table (comparison);
  GtkWindow *window = desktop_test_show (GTK_WIDGET (table), 900, 600);
  GtkWidget *search = find_widget (GTK_WIDGET (table), GTK_TYPE_SEARCH_ENTRY);

  g_assert_cmpuint (am_tensor_table_get_n_rows (table), ==, N_ROWS);
  assert_selected (table, "stage59.part495.weight");
  g_assert_cmpuint (count_labels (GTK_WIDGET (window)), <, N_ROWS / 4);
  desktop_test_save_picture (GTK_WIDGET (window), "compare-table");

  am_tensor_table_set_scope (table, AM_SCOPE_DIFFERENT);
  g_assert_cmpuint (am_tensor_table_get_n_rows (table), ==, (N_ROWS + 6) / 7);
  am_tensor_table_set_scope (table, AM_SCOPE_ALL);
  g_assert_cmpuint (am_tensor_table_get_n_rows (table), ==, N_ROWS);

  gtk_editable_set_text (GTK_EDITABLE (search), " STAGE07.part ");
  desktop_test_wait (is_narrowed, table);
  g_assert_cmpuint (am_tensor_table_get_n_rows (table), ==, N_PER_LAYER);
  gtk_window_destroy (window);
}

static void
test_sort (void)
{
  g_autoptr (AmComparison) comparison = compare_many ();
  AmTensorTable *table = make_table (comparison);
  GtkWindow *window = desktop_test_show (GTK_WIDGET (table), 900, 600);
  GtkWidget *view = find_widget (GTK_WIDGET (table), GTK_TYPE_COLUMN_VIEW);
  GtkSelectionModel *model = gtk_column_view_get_model (GTK_COLUMN_VIEW (view));
  static const struct
  {
    const char *column;
    const char *first;
  } cases[] = {
    { "name", "stage00.part000.weight" },   { "relative-l2", "stage59.part495.weight" },
    { "cosine", "stage59.part495.weight" }, { "maximum", "stage59.part495.weight" },
    { "state", "stage00.part000.weight" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AmTensorRow) first = NULL;

      g_assert_true (gtk_widget_activate_action (GTK_WIDGET (table), "table.sort", "s", cases[i].column));
      first = g_list_model_get_item (G_LIST_MODEL (model), 0);
      g_assert_cmpstr (am_tensor_row_get_difference (first)->name, ==, cases[i].first);
    }
  gtk_window_destroy (window);
}

/* The table follows a cell of the heat map, and shows everything again. */
static void
test_place (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *a = NULL, *b = NULL;
  g_autoptr (AmComparison) comparison = NULL;
  AmTensorTable *table;
  guint n_all, n_cell;

  g_assert_true (am_demo_write_models (folder, &a, &b, NULL));
  comparison = compare_files (a, b);
  table = g_object_ref_sink (make_table (comparison));
  n_all = am_tensor_table_get_n_rows (table);
  n_cell = am_comparison_get_cell (comparison, 18, AM_LAYER_SELF_ATTENTION)->n_tensors;

  g_assert_cmpuint (n_cell, >, 0);
  am_tensor_table_show_cell (table, 18, AM_LAYER_SELF_ATTENTION);
  g_assert_cmpuint (am_tensor_table_get_n_rows (table), ==, n_cell);
  g_assert_cmpuint (am_tensor_row_get_difference (am_tensor_table_get_selected (table))->block, ==, 18);
  am_tensor_table_show_component (table, AM_COMPONENT_VAE);
  g_assert_cmpuint (am_tensor_table_get_n_rows (table), ==,
                    am_comparison_get_component (comparison, AM_COMPONENT_VAE)->n_tensors);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (table), "table.show-all", NULL));
  g_assert_cmpuint (am_tensor_table_get_n_rows (table), ==, n_all);

  /* What narrowed one comparison does not narrow the next. */
  am_tensor_table_show_component (table, AM_COMPONENT_VAE);
  am_tensor_table_set_scope (table, AM_SCOPE_EQUAL);
  am_tensor_table_set_comparison (table, comparison);
  g_assert_cmpuint (am_tensor_table_get_n_rows (table), ==, n_all);
  g_object_unref (table);
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add_func ("/compare-table/many-rows", test_many_rows);
  g_test_add_func ("/compare-table/sort", test_sort);
  g_test_add_func ("/compare-table/place", test_place);
  return g_test_run ();
}
