/* Tensors of a checkpoint: safetensors, and whatever else core/checkpoint opens. */
#include "dataset/array.h"

#include <string.h>

#include "base/text.h"

static gboolean
has_tensor (gpointer data, const char *name)
{
  return am_checkpoint_find (data, name, NULL) != NULL;
}

static AmArray *
open_tensor (AmCheckpoint *checkpoint, const char *name, GError **error)
{
  g_autoptr (AmArray) array = g_new0 (AmArray, 1);

  array->tensor = am_checkpoint_find (checkpoint, name, NULL);
  array->title = g_strdup_printf (T_ ("%s: tensor “%s”"), am_checkpoint_get_path (checkpoint), name);
  array->checkpoint = checkpoint;
  array->dtype = array->tensor->dtype;
  array->n_dims = array->tensor->n_dims;
  if (array->n_dims > AM_ARRAY_MAX_RANK)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, T_ ("%s: %u axes are more than data have"),
                   array->title, array->n_dims);
      return NULL;
    }
  memcpy (array->shape, array->tensor->shape, array->n_dims * sizeof *array->shape);
  return am_array_measure (array, error) ? g_steal_pointer (&array) : NULL;
}

AmSamples *
am_samples_open_tensors (const char *path, GError **error)
{
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, error);
  g_autoptr (AmArray) images = NULL, labels = NULL;
  g_autofree char *list = am_array_list_image_names ();
  const char *image_name, *label_name;

  if (checkpoint == NULL)
    return NULL;
  if (!am_array_pick_names (has_tensor, checkpoint, &image_name, &label_name))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("%s: no pictures: none of its tensors is named one of these: %s"), path, list);
      return NULL;
    }
  images = open_tensor (checkpoint, image_name, error);
  if (images == NULL)
    return NULL;
  if (label_name != NULL && (labels = open_tensor (checkpoint, label_name, error)) == NULL)
    return NULL;
  return am_samples_new_from_arrays (N_ ("tensors"), g_steal_pointer (&checkpoint), g_steal_pointer (&images),
                                     g_steal_pointer (&labels), error);
}
