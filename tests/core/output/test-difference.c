/* Differences against arithmetic written out. */
#include <math.h>
#include <string.h>

#include <json-glib/json-glib.h>

#include "fixture-checkpoint.h"
#include "output/difference.h"
#include "output/json-text.h"

typedef struct
{
  char *folder;
  Fixture *a;
  Fixture *b;
  AmCheckpoint *checkpoint_a;
  AmCheckpoint *checkpoint_b;
  AmModel *model_a;
  AmModel *model_b;
} Pair;

static void
pair_init (Pair *pair)
{
  *pair = (Pair){ fixture_new_folder (), fixture_new (), fixture_new (), NULL, NULL, NULL, NULL };
}

static void
pair_open (Pair *pair)
{
  g_autofree char *path_a = fixture_write (pair->a, pair->folder, "a.safetensors");
  g_autofree char *path_b = fixture_write (pair->b, pair->folder, "b.safetensors");
  g_autoptr (GError) error = NULL;

  pair->checkpoint_a = am_checkpoint_open (path_a, &error);
  g_assert_no_error (error);
  pair->checkpoint_b = am_checkpoint_open (path_b, &error);
  g_assert_no_error (error);
  pair->model_a = am_model_new (pair->checkpoint_a);
  pair->model_b = am_model_new (pair->checkpoint_b);
}

static AmDifference *
pair_compare (const Pair *pair, guint n_threads)
{
  g_autoptr (GError) error = NULL;
  AmDifference *difference = am_difference_new (pair->checkpoint_a, pair->model_a, pair->checkpoint_b,
                                                pair->model_b, n_threads, NULL, NULL, &error);

  g_assert_no_error (error);
  return difference;
}

static void
pair_clear (Pair *pair)
{
  am_model_free (pair->model_a);
  am_model_free (pair->model_b);
  am_checkpoint_free (pair->checkpoint_a);
  am_checkpoint_free (pair->checkpoint_b);
  fixture_free (pair->a);
  fixture_free (pair->b);
  fixture_remove_folder (pair->folder);
  g_free (pair->folder);
}

static const AmTensorDifference *
find_row (const AmDifference *difference, const char *name)
{
  for (guint i = 0; i < difference->n_tensors; i++)
    if (strcmp (difference->tensors[i].name, name) == 0)
      return &difference->tensors[i];
  g_error ("no row %s", name);
}

/* |B - A| = 3, |A| = 3, |B| = sqrt (30), A.B = 15. */
static void
test_figures (void)
{
  static const double a[] = { 1.0, 2.0, 2.0 }, b[] = { 1.0, 2.0, 5.0 };
  g_autoptr (AmDifference) difference = NULL;
  const AmTensorDifference *row;
  Pair pair;

  pair_init (&pair);
  fixture_add_values (pair.a, "weight", AM_DTYPE_F32, "3", a);
  fixture_add_values (pair.b, "weight", AM_DTYPE_F16, "3", b);
  pair_open (&pair);
  difference = pair_compare (&pair, 0);
  g_assert_cmpuint (difference->n_tensors, ==, 1);
  row = find_row (difference, "weight");
  g_assert_cmpint (row->kind, ==, AM_DIFFERENCE_COMPARED);
  g_assert_false (row->is_equal);
  g_assert_cmpfloat_with_epsilon (row->relative_l2, 1.0, 1e-15);
  g_assert_cmpfloat_with_epsilon (row->cosine, 15.0 / (3.0 * sqrt (30.0)), 1e-15);
  g_assert_cmpfloat (row->maximum, ==, 3.0);
  g_assert_cmpfloat (row->norm_a, ==, 3.0);
  g_assert_cmpfloat (row->norm_b, ==, sqrt (30.0));
  g_assert_cmpfloat (row->norm_difference, ==, 3.0);
  g_assert_cmpfloat (am_difference_get_cell (difference, AM_BLOCK_NONE, AM_N_LAYER_KINDS), ==, 1.0);
  pair_clear (&pair);
}

static void
test_kinds (void)
{
  static const double values[] = { 1.0, -2.0, 0.5, 4.0 };
  static const gint64 ids[] = { 1, 2 }, other_ids[] = { 1, 3 };
  g_autoptr (AmDifference) difference = NULL;
  Pair pair;

  pair_init (&pair);
  fixture_add_values (pair.a, "both", AM_DTYPE_F32, "4", values);
  fixture_add_values (pair.b, "both", AM_DTYPE_BF16, "4", values);
  fixture_add_values (pair.a, "first", AM_DTYPE_F32, "4", values);
  fixture_add_values (pair.b, "second", AM_DTYPE_F32, "4", values);
  fixture_add_values (pair.a, "turned", AM_DTYPE_F32, "4,1", values);
  fixture_add_values (pair.b, "turned", AM_DTYPE_F32, "1,4", values);
  fixture_add_bytes (pair.a, "ids", AM_DTYPE_I64, "2", ids);
  fixture_add_bytes (pair.b, "ids", AM_DTYPE_I64, "2", other_ids);
  fixture_add_bytes (pair.a, "same_ids", AM_DTYPE_I64, "2", ids);
  fixture_add_bytes (pair.b, "same_ids", AM_DTYPE_I64, "2", ids);
  fixture_add_values (pair.a, "typed", AM_DTYPE_F32, "2", values);
  fixture_add_bytes (pair.b, "typed", AM_DTYPE_I64, "2", ids);
  fixture_add_values (pair.a, "void", AM_DTYPE_F32, "0,3", values);
  fixture_add_values (pair.b, "void", AM_DTYPE_F32, "0,3", values);
  pair_open (&pair);
  difference = pair_compare (&pair, 2);
  g_assert_cmpuint (difference->n_tensors, ==, 8);
  g_assert_true (find_row (difference, "both")->is_equal);
  g_assert_cmpfloat (find_row (difference, "both")->relative_l2, ==, 0.0);
  g_assert_cmpint (find_row (difference, "first")->kind, ==, AM_DIFFERENCE_ONLY_A);
  g_assert_cmpint (find_row (difference, "second")->kind, ==, AM_DIFFERENCE_ONLY_B);
  g_assert_cmpint (find_row (difference, "turned")->kind, ==, AM_DIFFERENCE_SHAPE);
  g_assert_cmpint (find_row (difference, "ids")->kind, ==, AM_DIFFERENCE_EXACT);
  g_assert_false (find_row (difference, "ids")->is_equal);
  g_assert_true (find_row (difference, "same_ids")->is_equal);
  g_assert_cmpint (find_row (difference, "typed")->kind, ==, AM_DIFFERENCE_EXACT);
  g_assert_false (find_row (difference, "typed")->is_equal);
  g_assert_true (find_row (difference, "void")->is_equal);
  for (guint i = 1; i < difference->n_tensors; i++)
    g_assert_cmpint (strcmp (difference->tensors[i - 1].name, difference->tensors[i].name), <, 0);
  pair_clear (&pair);
}

static void
test_not_finite (void)
{
  const double a[] = { 3.0, NAN, 4.0, 1.0 }, b[] = { 3.0, NAN, 5.0, INFINITY };
  const double zeros[] = { 0.0, 0.0 }, ones[] = { 0.0, 1.0 };
  g_autoptr (AmDifference) difference = NULL;
  const AmTensorDifference *row;
  Pair pair;

  pair_init (&pair);
  fixture_add_values (pair.a, "faulty", AM_DTYPE_F32, "4", a);
  fixture_add_values (pair.b, "faulty", AM_DTYPE_F32, "4", b);
  fixture_add_values (pair.a, "nan", AM_DTYPE_F32, "2", a);
  fixture_add_values (pair.b, "nan", AM_DTYPE_F32, "2", b);
  fixture_add_values (pair.a, "grown", AM_DTYPE_F32, "2", zeros);
  fixture_add_values (pair.b, "grown", AM_DTYPE_F32, "2", ones);
  fixture_add_values (pair.a, "zero", AM_DTYPE_F32, "2", zeros);
  fixture_add_values (pair.b, "zero", AM_DTYPE_F32, "2", zeros);
  pair_open (&pair);
  difference = pair_compare (&pair, 1);
  row = find_row (difference, "faulty");
  g_assert_cmpuint (row->n_not_finite_a, ==, 1);
  g_assert_cmpuint (row->n_not_finite_b, ==, 2);
  g_assert_cmpfloat (row->norm_a, ==, 5.0);
  g_assert_cmpfloat (row->norm_difference, ==, 1.0);
  g_assert_cmpfloat (row->maximum, ==, 1.0);
  g_assert_false (row->is_equal);
  g_assert_true (find_row (difference, "nan")->is_equal);
  g_assert_true (isnan (find_row (difference, "grown")->relative_l2));
  g_assert_true (isnan (find_row (difference, "grown")->cosine));
  g_assert_cmpfloat (find_row (difference, "zero")->relative_l2, ==, 0.0);
  pair_clear (&pair);
}

/* Several chunks per tensor, the same bits for any number of threads. */
static void
test_threads (void)
{
  Pair pair;
  g_autoptr (AmDifference) one = NULL;

  pair_init (&pair);
  for (guint i = 0; i < 9; i++)
    {
      g_autofree char *name = g_strdup_printf ("layer.%u.weight", i);

      fixture_add_random (pair.a, name, AM_DTYPE_F16, "123,457", i, 1.0);
      fixture_add_random (pair.b, name, AM_DTYPE_F16, "123,457", 100 + i, 1.0);
    }
  pair_open (&pair);
  one = pair_compare (&pair, 1);
  for (guint n_threads = 2; n_threads <= 7; n_threads += 5)
    {
      g_autoptr (AmDifference) many = pair_compare (&pair, n_threads);

      for (guint i = 0; i < one->n_tensors; i++)
        {
          g_assert_cmpfloat (one->tensors[i].relative_l2, ==, many->tensors[i].relative_l2);
          g_assert_cmpfloat (one->tensors[i].cosine, ==, many->tensors[i].cosine);
          g_assert_cmpfloat_with_epsilon (one->tensors[i].relative_l2, sqrt (2.0), 0.05);
        }
    }
  pair_clear (&pair);
}

static void
test_cancel (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  Pair pair;

  pair_init (&pair);
  fixture_add_random (pair.a, "weight", AM_DTYPE_F16, "100", 1, 1.0);
  fixture_add_random (pair.b, "weight", AM_DTYPE_F16, "100", 2, 1.0);
  pair_open (&pair);
  g_cancellable_cancel (cancellable);
  g_assert_null (am_difference_new (pair.checkpoint_a, pair.model_a, pair.checkpoint_b, pair.model_b, 0, NULL,
                                    cancellable, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CANCELLED);
  pair_clear (&pair);
}

/* A table made by hand, so that blocks need no large checkpoint. */
static void
test_cells (void)
{
  AmTensorDifference rows[] = {
    { .kind = AM_DIFFERENCE_COMPARED,
      .block = 0,
      .layer = AM_LAYER_CONV,
      .norm_a = 3.0,
      .norm_b = 2.0,
      .cosine = 1.0,
      .maximum = 0.125,
      .norm_difference = 0.3 },
    { .kind = AM_DIFFERENCE_COMPARED,
      .block = 0,
      .layer = AM_LAYER_CONV,
      .norm_a = 4.0,
      .norm_b = 4.0,
      .cosine = 0.5,
      .maximum = 0.25,
      .norm_difference = 0.4 },
    { .kind = AM_DIFFERENCE_COMPARED,
      .block = 1,
      .layer = AM_LAYER_NORM,
      .norm_a = 0.0,
      .norm_difference = 1.0 },
    { .kind = AM_DIFFERENCE_COMPARED,
      .block = 2,
      .layer = AM_LAYER_NORM,
      .norm_a = 2.0,
      .norm_difference = 0.0 },
    { .kind = AM_DIFFERENCE_SHAPE,
      .block = 3,
      .layer = AM_LAYER_CONV,
      .norm_a = 9.0,
      .norm_difference = 9.0 },
    { .kind = AM_DIFFERENCE_COMPARED,
      .component = AM_COMPONENT_EMA,
      .block = 0,
      .layer = AM_LAYER_CONV,
      .norm_a = 99.0 },
  };
  AmCellDifference cell;
  AmDifference difference = { G_N_ELEMENTS (rows), rows, NULL, NULL, NULL };

  g_assert_cmpfloat_with_epsilon (am_difference_get_cell (&difference, 0, AM_LAYER_CONV), 0.1, 1e-15);
  am_difference_sum_cell (&difference, 0, AM_LAYER_CONV, &cell);
  g_assert_cmpuint (cell.n_tensors, ==, 2);
  g_assert_cmpfloat (cell.maximum, ==, 0.25);
  g_assert_cmpfloat_with_epsilon (cell.cosine, (3.0 * 2.0 * 1.0 + 4.0 * 4.0 * 0.5) / (5.0 * sqrt (20.0)),
                                  1e-15);
  g_assert_true (isinf (am_difference_get_cell (&difference, 1, AM_LAYER_NORM)));
  g_assert_cmpfloat (am_difference_get_cell (&difference, 2, AM_N_LAYER_KINDS), ==, 0.0);
  g_assert_true (isnan (am_difference_get_cell (&difference, 3, AM_N_LAYER_KINDS)));
  g_assert_true (isnan (am_difference_get_cell (&difference, 0, AM_LAYER_NORM)));
  g_assert_cmpfloat_with_epsilon (am_difference_get_cell (&difference, AM_BLOCK_NONE, AM_LAYER_NORM), 0.5,
                                  1e-15);
}

static void
test_json (void)
{
  const double a[] = { 0.0, 0.0 }, b[] = { 1.0, 1.0 };
  g_autoptr (AmDifference) difference = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *json = NULL;
  JsonObject *root, *tensor;
  Pair pair;

  pair_init (&pair);
  fixture_add_values (pair.a, "weight", AM_DTYPE_F32, "2", a);
  fixture_add_values (pair.b, "weight", AM_DTYPE_F32, "2", b);
  pair_open (&pair);
  difference = pair_compare (&pair, 1);
  json = am_difference_to_json (difference, pair.model_a, pair.model_b);
  json_parser_load_from_data (parser, json, -1, &error);
  g_assert_no_error (error);
  root = json_node_get_object (json_parser_get_root (parser));
  g_assert_cmpstr (json_object_get_string_member (root, "format"), ==, "amalgam-diff-1");
  tensor = json_array_get_object_element (json_object_get_array_member (root, "tensors"), 0);
  g_assert_cmpstr (json_object_get_string_member (tensor, "name"), ==, "weight");
  g_assert_true (json_object_get_null_member (tensor, "relative_l2"));
  g_assert_cmpfloat (json_object_get_double_member (tensor, "maximum"), ==, 1.0);
  pair_clear (&pair);
}

/* Numbers that json-glib writes wrongly, and strings that look like them. */
static void
test_json_numbers (void)
{
  static const double numbers[] = { 1e-8, 1e22, -1e-10, 1.5e-9, 0.1, 3.0, 0.0, 4e-320 };
  static const char *const texts[] = { "1e-08.0", "\\\"1e5.0", "" };
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_ARRAY);
  g_autoptr (JsonArray) array = json_array_new ();
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  JsonArray *read;

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    json_array_add_double_element (array, numbers[i]);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    json_array_add_string_element (array, texts[i]);
  json_node_set_array (root, array);
  text = am_json_to_text (root, FALSE);
  g_assert_null (strstr (text, "1e-10.0"));
  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  read = json_node_get_array (json_parser_get_root (parser));
  g_assert_cmpuint (json_array_get_length (read), ==, G_N_ELEMENTS (numbers) + G_N_ELEMENTS (texts));
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_assert_cmpfloat (json_array_get_double_element (read, i), ==, numbers[i]);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_cmpstr (json_array_get_string_element (read, G_N_ELEMENTS (numbers) + i), ==, texts[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/difference/figures", test_figures);
  g_test_add_func ("/difference/kinds", test_kinds);
  g_test_add_func ("/difference/not-finite", test_not_finite);
  g_test_add_func ("/difference/threads", test_threads);
  g_test_add_func ("/difference/cancel", test_cancel);
  g_test_add_func ("/difference/cells", test_cells);
  g_test_add_func ("/difference/json", test_json);
  g_test_add_func ("/json-text/numbers", test_json_numbers);
  return g_test_run ();
}
