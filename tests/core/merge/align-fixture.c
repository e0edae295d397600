#include "align-fixture.h"

#include "align/reorder.h"

#define WIDTH "24"

const PerceptronTensor perceptron[PERCEPTRON_TENSORS] = {
  { "fc1.weight", WIDTH ",12" }, { "fc1.bias", WIDTH },        { "fc2.weight", WIDTH "," WIDTH },
  { "fc2.bias", WIDTH },         { "fc3.weight", "5," WIDTH }, { "fc3.bias", "5" },
};

void
write_perceptron (const char *folder, const char *name, guint32 seed)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  for (guint i = 0; i < PERCEPTRON_TENSORS; i++)
    fixture_add_random (fixture, perceptron[i].name, AM_DTYPE_F32, perceptron[i].shape, 100 * seed + i, 1.0);
  g_free (fixture_write (fixture, folder, name));
}

static void
add_sibling_tensor (Fixture *fixture, const char *source, guint layer, guint32 seed, double drift)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1000 * seed + layer);
  guint64 length;
  g_autofree double *values = read_values (source, perceptron[layer].name, &length);

  for (guint64 i = 0; i < length; i++)
    values[i] += drift * g_rand_double_range (random, -1, 1);
  fixture_add_values (fixture, perceptron[layer].name, AM_DTYPE_F32, perceptron[layer].shape, values);
}

/* @from with a little noise on every weight. */
static void
write_sibling (const char *folder, const char *from, const char *name, guint32 seed, double drift)
{
  g_autofree char *source = g_build_filename (folder, from, NULL);
  g_autoptr (Fixture) fixture = fixture_new ();

  for (guint i = 0; i < PERCEPTRON_TENSORS; i++)
    add_sibling_tensor (fixture, source, i, seed, drift);
  g_free (fixture_write (fixture, folder, name));
}

static void
add_tensor_of (Fixture *fixture, AmCheckpoint *checkpoint, guint layer)
{
  const AmTensor *tensor = am_checkpoint_find (checkpoint, perceptron[layer].name, NULL);
  g_autofree double *values = g_new (double, tensor->length);
  g_autoptr (GError) error = NULL;

  am_checkpoint_read_doubles (checkpoint, tensor, 0, tensor->length, values, &error);
  g_assert_no_error (error);
  fixture_add_values (fixture, perceptron[layer].name, AM_DTYPE_F32, perceptron[layer].shape, values);
}

/* @from with its hidden units in a random order. */
static void
write_reordered (const char *folder, const char *from, const char *name, guint64 seed)
{
  g_autofree char *source = g_build_filename (folder, from, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (source, &error);
  g_autoptr (AmModel) model = am_model_new (checkpoint);
  g_autoptr (AmGraph) graph = am_graph_new_for_model (model, NULL, &error);
  g_autoptr (AmSymmetries) symmetries = NULL;
  g_autoptr (AmReorder) reorder = NULL;
  g_autoptr (Fixture) fixture = fixture_new ();

  g_assert_no_error (error);
  symmetries = am_symmetries_new (graph);
  reorder = am_reorder_new_random (symmetries, seed);
  g_assert_false (am_reorder_is_identity (reorder));
  am_reorder_apply (reorder, model, checkpoint);
  for (guint i = 0; i < PERCEPTRON_TENSORS; i++)
    add_tensor_of (fixture, checkpoint, i);
  g_free (fixture_write (fixture, folder, name));
}

/* a; b and c: siblings of a; b-moved and c-moved: the same with their units in another order. */
char *
new_folder_of_models (void)
{
  char *folder = fixture_new_folder ();

  write_perceptron (folder, "a.safetensors", 1);
  write_sibling (folder, "a.safetensors", "b.safetensors", 2, 0.1);
  write_sibling (folder, "a.safetensors", "c.safetensors", 3, 0.1);
  write_reordered (folder, "b.safetensors", "b-moved.safetensors", 4);
  write_reordered (folder, "c.safetensors", "c-moved.safetensors", 5);
  return folder;
}

void
assert_same_values (const char *one, const char *other)
{
  for (guint i = 0; i < PERCEPTRON_TENSORS; i++)
    {
      guint64 length, other_length;
      g_autofree double *a = read_values (one, perceptron[i].name, &length);
      g_autofree double *b = read_values (other, perceptron[i].name, &other_length);

      g_assert_cmpuint (length, ==, other_length);
      g_assert_cmpmem (a, length * sizeof *a, b, length * sizeof *b);
    }
}
