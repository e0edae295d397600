/* reorder-randomly IN SEED OUT [--rotate]: writes the checkpoint IN with a random element of its network's
 * symmetry group applied, and with --rotate random rotations too. Prints how many channels can move and how
 * many did. */
#include <stdio.h>

#include "align/reorder.h"
#include "output/layout.h"

static AmLayout *
lay_out (const AmCheckpoint *checkpoint)
{
  guint n = am_checkpoint_get_n_tensors (checkpoint);
  AmLayoutTensor *tensors = g_new0 (AmLayoutTensor, n);

  for (guint i = 0; i < n; i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (checkpoint, i);

      tensors[i] = (AmLayoutTensor){ .name = tensor->name,
                                     .dtype = tensor->dtype,
                                     .n_dims = tensor->n_dims,
                                     .shape = tensor->shape,
                                     .size = tensor->size };
    }
  return am_layout_new (tensors, n, 0);
}

static void
write_tensor (AmCheckpoint *checkpoint, const AmTensor *tensor, FILE *file)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = g_malloc (MAX (tensor->size, 1));

  if (!am_checkpoint_read_bytes (checkpoint, tensor, 0, tensor->size, bytes, &error))
    g_error ("%s", error->message);
  if (fwrite (bytes, 1, tensor->size, file) != tensor->size)
    g_error ("cannot write %s", tensor->name);
}

static void
write_checkpoint (AmCheckpoint *checkpoint, const char *path)
{
  g_autoptr (AmLayout) layout = lay_out (checkpoint);
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) header = am_layout_make_header (layout, 0, NULL, 0, &error);
  FILE *file = fopen (path, "wb");

  if (header == NULL || file == NULL || fwrite (header->data, 1, header->len, file) != header->len)
    g_error ("cannot write %s", path);
  for (guint i = 0; i < layout->files[0].n_tensors; i++)
    write_tensor (checkpoint, am_checkpoint_get_tensor (checkpoint, layout->files[0].tensors[i]), file);
  if (fclose (file) != 0)
    g_error ("cannot write %s", path);
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
