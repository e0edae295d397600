/* reorder-randomly IN SEED OUT [--rotate]: writes the checkpoint IN with a random element of its network's
 * symmetry group applied, and with --rotate random rotations too. Prints how many channels can move and how
 * many did. */
#include <string.h>

#include "align/reorder.h"
#include "fixture-checkpoint.h"

static void
add_tensor (Fixture *fixture, AmCheckpoint *checkpoint, const AmTensor *tensor)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) shape = g_string_new (NULL);
  g_autofree char *bytes = g_malloc (MAX (tensor->size, 1));

  for (guint i = 0; i < tensor->n_dims; i++)
    g_string_append_printf (shape, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", tensor->shape[i]);
  if (!am_checkpoint_read_bytes (checkpoint, tensor, 0, tensor->size, bytes, &error))
    g_error ("%s", error->message);
  fixture_add_bytes (fixture, tensor->name, tensor->dtype, shape->str, bytes);
}

static void
write_checkpoint (AmCheckpoint *checkpoint, const char *path)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *written = NULL;

  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    add_tensor (fixture, checkpoint, am_checkpoint_get_tensor (checkpoint, i));
  written = fixture_write (fixture, folder, name);
}

static void
print_moves (const AmReorder *reorder)
{
  guint n_factors = am_symmetries_get_n_factors (reorder->symmetries);
  guint n_elements = 0, n_moved = 0, n_rotated = 0;

  for (guint i = 0; i < n_factors; i++)
    {
      const AmFactor *factor = am_symmetries_get_factor (reorder->symmetries, i);

      n_elements += factor->size * factor->n_branches;
      n_moved += am_reorder_count_moved (reorder, i);
      n_rotated += am_reorder_has_rotation (reorder, i);
    }
  g_print ("factors %u elements %u moved %u rotated %u\n", n_factors, n_elements, n_moved, n_rotated);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (AmModel) model = NULL;
  g_autoptr (AmGraph) graph = NULL;
  g_autoptr (AmSymmetries) symmetries = NULL;
  g_autoptr (AmReorder) reorder = NULL;

  if (argc < 4)
    g_error ("usage: %s IN SEED OUT [--rotate]", argv[0]);
  checkpoint = am_checkpoint_open (argv[1], &error);
  if (checkpoint == NULL)
    g_error ("%s", error->message);
  model = am_model_new (checkpoint);
  graph = am_graph_new_for_model (model, NULL, &error);
  if (graph == NULL)
    g_error ("%s", error->message);
  symmetries = am_symmetries_new (graph);
  reorder = am_reorder_new_random (symmetries, g_ascii_strtoull (argv[2], NULL, 10));
  if (argc > 4 && g_str_equal (argv[4], "--rotate"))
    am_reorder_rotate_randomly (reorder, g_ascii_strtoull (argv[2], NULL, 10));
  am_reorder_apply (reorder, model, checkpoint);
  write_checkpoint (checkpoint, argv[3]);
  print_moves (reorder);
  return 0;
}
