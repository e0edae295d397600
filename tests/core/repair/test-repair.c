/* What REPAIR promises, held against a plain interpreter on the files it writes. */
#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"
#include "repair-case.h"

static const char *const layers[] = { "fc1", "fc2", "fc3", "fc4" };

static void
assert_all_statistics (const Case *self, double ratio, double tolerance)
{
  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    case_assert_unit_statistics (self, layers[i], ratio, tolerance);
}

static void
test_statistics (void)
{
  Case self;
  g_autoptr (AmRepair) repair = NULL;

  case_init (&self, "mlp", 0.3, AM_DTYPE_F32, 150);
  repair = case_run (&self);
  g_assert_cmpint (am_repair_get_method (repair), ==, AM_REPAIR_RESCALE);
  g_assert_cmpfloat_with_epsilon (am_repair_get_ratio (repair), 0.3, 1e-6);
  g_assert_cmpuint (am_repair_get_n_samples (repair), ==, 150);
  assert_all_statistics (&self, 0.3, 1e-4);
  g_assert_cmpuint (am_repair_get_n_layers (repair), ==, G_N_ELEMENTS (layers));
  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    {
      const AmRepairedLayer *layer = am_repair_get_layer (repair, i);

      g_assert_cmpstr (layer->name, ==, layers[i]);
      g_assert_false (layer->is_reset);
      g_assert_cmpuint (layer->n_units, ==, i < 3 ? 128 : 10);
      g_assert_cmpuint (layer->n_dead, ==, 0);
      g_assert_cmpfloat (layer->deviation_before, <, 0.95);
      g_assert_cmpfloat_with_epsilon (layer->deviation_after, 1.0, 1e-4);
      g_assert_cmpfloat (layer->mean_error, <, 1e-4);
      g_assert_cmpfloat (layer->deviation_error, <, 1e-4);
    }
  case_clear (&self);
}

/* The report tells of the rounding of the file. */
static void
test_half_precision (void)
{
  Case self;
  g_autoptr (AmRepair) repair = NULL;
  double worst = 0.0;

  case_init (&self, "mlp", 0.5, AM_DTYPE_F16, 100);
  repair = case_run (&self);
  g_assert_cmpfloat_with_epsilon (am_repair_get_ratio (repair), 0.5, 1e-3);
  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    worst = MAX (worst, am_repair_get_layer (repair, i)->mean_error);
  g_assert_cmpfloat (worst, >, 1e-5);
  g_assert_cmpfloat (worst, <, 1e-2);
  assert_all_statistics (&self, am_repair_get_ratio (repair), 1.5 * worst);
  case_clear (&self);
}

/* In the first layer, whose inputs are the data, the merged output is the parents' mixture. */
static void
test_closed_form (void)
{
  Case self;
  g_autoptr (AmRepair) repair = NULL;

  case_init (&self, "mlp", 0.5, AM_DTYPE_F32, 150);
  self.settings.method = AM_REPAIR_CLOSED_FORM;
  self.settings.memory = 1;
  repair = case_run (&self);
  g_assert_cmpint (am_repair_get_method (repair), ==, AM_REPAIR_CLOSED_FORM);
  case_assert_unit_statistics (&self, "fc1", 0.5, 1e-4);
  g_assert_cmpfloat (am_repair_get_layer (repair, 0)->deviation_error, <, 1e-4);
  for (guint i = 1; i < G_N_ELEMENTS (layers); i++)
    g_assert_cmpfloat (am_repair_get_layer (repair, i)->deviation_after, >,
                       am_repair_get_layer (repair, i)->deviation_before);
  case_clear (&self);
}

/* Layers without biases get them, in the type of their weight. */
static void
test_new_biases (void)
{
  g_autofree char *path_a = digits_path ("align", "mlp-a.safetensors");
  g_autofree char *path_b = digits_path ("align", "mlp-b.safetensors");
  g_autoptr (AmRepair) repair = NULL;
  g_autoptr (AmCheckpoint) written = NULL;
  g_autoptr (GError) error = NULL;
  const char *const *names;
  Case self;

  case_init_with (&self, path_a, path_b, 0.5, AM_DTYPE_F32, "bias$", 150);
  repair = case_run (&self);
  names = am_repair_get_new_tensors (repair);
  written = am_checkpoint_open (self.output, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    {
      g_autofree char *name = g_strconcat (layers[i], ".bias", NULL);
      const AmTensor *bias = am_checkpoint_find (written, name, NULL);

      g_assert_cmpstr (names[i], ==, name);
      g_assert_nonnull (bias);
      g_assert_cmpint (bias->dtype, ==, AM_DTYPE_F32);
      g_assert_cmpuint (bias->n_dims, ==, 1);
    }
  g_assert_null (names[G_N_ELEMENTS (layers)]);
  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    g_assert_cmpfloat (am_repair_get_layer (repair, i)->mean_error, <, 1e-4);
  assert_all_statistics (&self, 0.5, 1e-4);
  case_clear (&self);
}

static void
add_random (Fixture *fixture, const char *name, guint n, const char *shape, guint seed, double flip)
{
  g_autofree double *values = g_new (double, n);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  for (guint i = 0; i < n; i++)
    values[i] = flip * g_rand_double_range (random, -1.0, 1.0);
  fixture_add_values (fixture, name, AM_DTYPE_F32, shape, values);
}

/* 64 - 6 - 3; with @flip -1 the first layer has its signs turned. */
static char *
write_small (const char *folder, const char *name, guint first_seed, guint seed, double flip,
             gboolean is_transposed)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  add_random (fixture, "first.weight", 384, is_transposed ? "64,6" : "6,64", first_seed, flip);
  add_random (fixture, "first.bias", 6, "6", first_seed + 1, flip);
  add_random (fixture, "second.weight", 18, "3,6", seed, 1.0);
  add_random (fixture, "second.bias", 3, "3", seed + 1, 1.0);
  return fixture_write (fixture, folder, name);
}

/* Opposite units leave nothing half-way: what does not vary cannot be scaled, and gets its mean. */
static void
test_dead_units (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path_a = write_small (folder, "small-a.safetensors", 7, 1, 1.0, FALSE);
  g_autofree char *path_b = write_small (folder, "small-b.safetensors", 7, 3, -1.0, FALSE);
  g_autoptr (AmRepair) repair = NULL;
  guint64 n_rows, n_units;
  g_autofree double *values = NULL;
  Case self;

  case_init_with (&self, path_a, path_b, 0.5, AM_DTYPE_F32, NULL, 50);
  repair = case_run (&self);
  g_assert_cmpuint (am_repair_get_layer (repair, 0)->n_dead, ==, 6);
  g_assert_cmpuint (am_repair_get_layer (repair, 1)->n_dead, ==, 3);
  g_assert_cmpfloat (am_repair_get_layer (repair, 1)->mean_error, <, 1e-4);
  values = run_reference (self.output, self.dataset, find_layer (self.network, "second"), &n_rows, &n_units);
  for (guint64 i = 0; i < n_rows * n_units; i++)
    g_assert_true (isfinite (values[i]));
  case_clear (&self);
  fixture_remove_folder (folder);
}

static void
test_transposed (void)
{
  static const char yaml[] = "architecture: small\n"
                             "require: [first.weight, second.weight]\n"
                             "graph:\n"
                             "  - {input: picture, channels: \"first.weight[0]\"}\n"
                             "  - {linear: first, transposed: true}\n"
                             "  - activation: gelu\n"
                             "  - linear: second\n"
                             "  - output: logits\n";
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *architecture = g_build_filename (folder, "small.yaml", NULL);
  g_autofree char *path_a = write_small (folder, "small-a.safetensors", 7, 1, 1.0, TRUE);
  g_autofree char *path_b = write_small (folder, "small-b.safetensors", 17, 3, 0.3, TRUE);
  g_autoptr (AmRepair) repair = NULL;
  g_autoptr (GError) error = NULL;
  Case self;

  g_file_set_contents (architecture, yaml, -1, &error);
  g_assert_no_error (error);
  set_architecture (architecture);
  case_init_with (&self, path_a, path_b, 0.6, AM_DTYPE_F32, NULL, 50);
  repair = case_run (&self);
  case_assert_unit_statistics (&self, "first", 0.6, 1e-4);
  case_assert_unit_statistics (&self, "second", 0.6, 1e-4);
  case_clear (&self);
  set_architecture (NULL);
  fixture_remove_folder (folder);
}

static char *
write_convolutions (const char *folder, const char *name, guint seed)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  add_random (fixture, "conv1.weight", 54, "6,1,3,3", seed, 1.0);
  add_random (fixture, "norm.weight", 6, "6", 20, 1.0);
  add_random (fixture, "norm.bias", 6, "6", 21, 1.0);
  add_random (fixture, "conv2.weight", 108, "4,3,3,3", seed + 1, 1.0);
  add_random (fixture, "conv2.bias", 4, "4", seed + 2, 1.0);
  add_random (fixture, "fc.weight", 12, "3,4", seed + 3, 1.0);
  return fixture_write (fixture, folder, name);
}

/* A convolution in front of a norm, one in groups, a layer behind pools; two without biases. */
static void
test_convolutions (void)
{
  static const char yaml[] = "architecture: convolutions\n"
                             "require: [conv1.weight, conv2.weight]\n"
                             "graph:\n"
                             "  - {input: picture, channels: 1}\n"
                             "  - {conv: conv1, stride: 2, padding: 1}\n"
                             "  - layer_norm: norm\n"
                             "  - activation: relu\n"
                             "  - {conv: conv2, groups: 2}\n"
                             "  - {pool: max, kernel: 2}\n"
                             "  - activation: silu\n"
                             "  - pool: all\n"
                             "  - linear: fc\n"
                             "  - output: logits\n";
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *architecture = g_build_filename (folder, "convolutions.yaml", NULL);
  g_autofree char *path_a = write_convolutions (folder, "a.safetensors", 1);
  g_autofree char *path_b = write_convolutions (folder, "b.safetensors", 11);
  g_autoptr (AmRepair) repair = NULL;
  Case self;

  g_assert_true (g_file_set_contents (architecture, yaml, -1, NULL));
  set_architecture (architecture);
  case_init_with (&self, path_a, path_b, 0.4, AM_DTYPE_F32, NULL, 50);
  repair = case_run (&self);
  g_assert_cmpuint (am_repair_get_n_layers (repair), ==, 3);
  g_assert_cmpstr (am_repair_get_new_tensors (repair)[0], ==, "conv1.bias");
  g_assert_cmpstr (am_repair_get_new_tensors (repair)[1], ==, "fc.bias");
  case_assert_unit_statistics (&self, "conv1", 0.4, 1e-4);
  case_assert_unit_statistics (&self, "conv2", 0.4, 1e-4);
  case_assert_unit_statistics (&self, "fc", 0.4, 1e-4);
  case_clear (&self);
  set_architecture (NULL);
  fixture_remove_folder (folder);
}

static char *
write_shared (const char *folder, const char *name, guint seed)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  add_random (fixture, "both.weight", 4096, "64,64", seed, 0.3);
  add_random (fixture, "both.bias", 64, "64", seed + 1, 1.0);
  add_random (fixture, "fc.weight", 192, "3,64", seed + 2, 1.0);
  add_random (fixture, "fc.bias", 3, "3", seed + 3, 1.0);
  return fixture_write (fixture, folder, name);
}

/* What two layers use together can be right for one of them at most, and stays as it is. */
static void
test_shared (void)
{
  static const char yaml[] = "architecture: shared\n"
                             "require: [both.weight, fc.weight]\n"
                             "graph:\n"
                             "  - {input: picture, channels: 64}\n"
                             "  - linear: both\n"
                             "  - activation: relu\n"
                             "  - {linear: again, weight: both.weight, bias: both.bias}\n"
                             "  - activation: relu\n"
                             "  - linear: fc\n"
                             "  - output: logits\n";
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *architecture = g_build_filename (folder, "shared.yaml", NULL);
  g_autofree char *path_a = write_shared (folder, "a.safetensors", 1);
  g_autofree char *path_b = write_shared (folder, "b.safetensors", 11);
  g_autoptr (AmRepair) repair = NULL;
  Case self;

  g_assert_true (g_file_set_contents (architecture, yaml, -1, NULL));
  set_architecture (architecture);
  case_init_with (&self, path_a, path_b, 0.5, AM_DTYPE_F32, NULL, 50);
  repair = case_run (&self);
  g_assert_cmpuint (am_repair_get_n_layers (repair), ==, 1);
  g_assert_cmpstr (am_repair_get_layer (repair, 0)->name, ==, "fc");
  case_assert_unit_statistics (&self, "fc", 0.5, 1e-4);
  case_clear (&self);
  set_architecture (NULL);
  fixture_remove_folder (folder);
}

/* A model merged with itself needs no repair. */
static void
test_identity (void)
{
  g_autofree char *path = digits_path ("align", "mlp-a.safetensors");
  g_autoptr (AmRepair) repair = NULL;
  g_autoptr (AmCheckpoint) before = NULL, after = NULL;
  Case self;

  case_init_with (&self, path, path, 0.5, AM_DTYPE_F32, NULL, 60);
  repair = case_run (&self);
  before = am_checkpoint_open (self.merged, NULL);
  after = am_checkpoint_open (self.output, NULL);
  for (guint i = 0; i < am_checkpoint_get_n_tensors (before); i++)
    {
      const AmTensor *a = am_checkpoint_get_tensor (before, i), *b = am_checkpoint_get_tensor (after, i);
      g_autofree float *x = g_new (float, a->length), *y = g_new (float, b->length);

      g_assert_true (am_checkpoint_read_floats (before, a, 0, a->length, x, NULL));
      g_assert_true (am_checkpoint_read_floats (after, b, 0, b->length, y, NULL));
      for (guint64 k = 0; k < a->length; k++)
        g_assert_cmpfloat_with_epsilon (x[k], y[k], 2e-5);
    }
  case_clear (&self);
}

/* Three parents have a third each. */
static void
test_three_parents (void)
{
  g_autoptr (AmRepair) repair = NULL;
  g_autoptr (GError) error = NULL;
  AmVisionNetwork *parents[3];
  Case self;

  case_init (&self, "mlp", 1.0 / 3.0, AM_DTYPE_F32, 100);
  parents[0] = parents[1] = self.parent_a;
  parents[2] = self.parent_b;
  repair = am_repair_new (self.network, parents, 3, self.dataset, &self.settings, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (isnan (am_repair_get_ratio (repair)));
  am_repair_write (repair, self.output, FALSE, FALSE, &error);
  g_assert_no_error (error);
  assert_all_statistics (&self, 1.0 / 3.0, 1e-4);
  case_clear (&self);
}

static void
test_record (void)
{
  g_autoptr (AmRepair) repair = NULL;
  g_autoptr (AmCheckpoint) written = NULL;
  g_autoptr (JsonNode) record = NULL;
  g_autofree char *json = NULL;
  GHashTable *metadata;
  JsonObject *object;
  Case self;

  case_init (&self, "mlp", 0.5, AM_DTYPE_F32, 100);
  self.settings.n_samples = 60;
  repair = case_run (&self);
  written = am_checkpoint_open (self.output, NULL);
  metadata = am_checkpoint_get_metadata (written);
  g_assert_cmpstr (g_hash_table_lookup (metadata, "amalgam_recipe"), ==, "merge_method: linear");
  record = json_from_string (g_hash_table_lookup (metadata, "amalgam_repair"), NULL);
  object = json_node_get_object (record);
  g_assert_cmpstr (json_object_get_string_member (object, "method"), ==, "rescale");
  g_assert_cmpint (json_object_get_int_member (object, "samples"), ==, 60);
  g_assert_cmpstr (json_object_get_string_member (object, "data"), ==, "digits-0-100.safetensors");
  g_assert_cmpstr (json_object_get_string_member (object, "preprocessing"), ==, "digits.yaml");
  g_assert_cmpuint (strlen (json_object_get_string_member (object, "data_sha256")), ==, 64);
  g_assert_cmpstr (json_array_get_string_element (json_object_get_array_member (object, "parents"), 1), ==,
                   "b.safetensors");
  json = am_repair_to_json (repair);
  g_assert_nonnull (strstr (json, "\"amalgam-repair-1\""));
  g_assert_null (strstr (json, self.folder));
  case_clear (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/repair/statistics", test_statistics);
  g_test_add_func ("/repair/half-precision", test_half_precision);
  g_test_add_func ("/repair/closed-form", test_closed_form);
  g_test_add_func ("/repair/new-biases", test_new_biases);
  g_test_add_func ("/repair/dead-units", test_dead_units);
  g_test_add_func ("/repair/transposed", test_transposed);
  g_test_add_func ("/repair/convolutions", test_convolutions);
  g_test_add_func ("/repair/shared", test_shared);
  g_test_add_func ("/repair/identity", test_identity);
  g_test_add_func ("/repair/three-parents", test_three_parents);
  g_test_add_func ("/repair/record", test_record);
  return g_test_run ();
}
