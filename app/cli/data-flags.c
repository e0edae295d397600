#include "data-flags.h"

#include <string.h>

#include "console.h"

void
data_flags_clear (DataFlags *flags)
{
  g_clear_pointer (&flags->data, g_free);
  g_clear_pointer (&flags->preprocessing, g_free);
  g_clear_pointer (&flags->architecture, g_free);
  g_clear_pointer (&flags->head, g_free);
  g_clear_pointer (&flags->seed_text, g_free);
}

static gboolean
has_entry (const GOptionEntry *entries, const char *name)
{
  for (guint i = 0; entries[i].long_name != NULL; i++)
    if (strcmp (entries[i].long_name, name) == 0)
      return TRUE;
  return FALSE;
}

/* The entry that takes the other arguments has an empty name. */
static guint
count_entries (const GOptionEntry *entries)
{
  guint n = 0;

  while (entries[n].long_name != NULL)
    n++;
  return n;
}

GOptionEntry *
data_flags_add_entries (DataFlags *flags, const GOptionEntry *entries)
{
  const GOptionEntry shared[] = {
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &flags->data,
      "pictures: a folder by class, IDX, CIFAR, npy, npz or safetensors", "PATH" },
    { "preprocessing", 0, 0, G_OPTION_ARG_FILENAME, &flags->preprocessing,
      "how pictures are prepared: none, torchvision, clip, vit, cifar10, mnist or a file (as the model's "
      "kind is)",
      "NAME" },
    { "samples", 0, 0, G_OPTION_ARG_INT64, &flags->n_samples,
      "take no more than so many, each class its share", "N" },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &flags->seed_text, "of what is drawn at random (0)", "N" },
    { "batch-size", 0, 0, G_OPTION_ARG_INT, &flags->batch_size, "samples at once (as fits into memory)",
      "N" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &flags->n_threads, "the result does not depend on it", "N" },
    { "architecture", 0, 0, G_OPTION_ARG_FILENAME, &flags->architecture,
      "a description of the network, for one that is not built in", "FILE" },
    { "head", 0, 0, G_OPTION_ARG_FILENAME, &flags->head, "features of the classes' texts, for CLIP", "FILE" },
  };
  guint n = count_entries (entries);
  GOptionEntry *all = g_new0 (GOptionEntry, n + G_N_ELEMENTS (shared) + 1);

  memcpy (all, entries, n * sizeof *all);
  for (guint i = 0; i < G_N_ELEMENTS (shared); i++)
    if (!has_entry (entries, shared[i].long_name))
      all[n++] = shared[i];
  return all;
}

gboolean
data_flags_check (DataFlags *flags, gboolean needs_data)
{
  if (needs_data && flags->data == NULL)
    cli_usage_error ("which data? --data PATH");
  else if (g_strcmp0 (flags->data, "") == 0)
    cli_usage_error ("the name of the data is empty");
  else if (flags->n_samples < 0)
    cli_usage_error ("--samples takes a number from 1 up, or 0 for all");
  else if (flags->batch_size < 0 || flags->batch_size > 65536)
    cli_usage_error ("--batch-size takes a number from 1 to 65536");
  else if (flags->n_threads < 0 || flags->n_threads > 1024)
    cli_usage_error ("--threads takes a number from 1 to 1024");
  else if (flags->seed_text != NULL
           && !g_ascii_string_to_unsigned (flags->seed_text, 10, 0, G_MAXUINT64, &flags->seed, NULL))
    cli_usage_error ("--seed takes a whole number from 0 up");
  else
    return TRUE;
  return FALSE;
}

AmVisionNetwork *
data_flags_open_network (const DataFlags *flags, const char *path, GError **error)
{
  AmVisionNetwork *network = am_vision_network_open (path, flags->architecture, flags->head, error);

  if (network != NULL)
    am_network_set_n_threads (am_vision_network_get_network (network), (guint)flags->n_threads);
  return network;
}

static AmDataset *
open_prepared (const char *path, const char *name, GError **error)
{
  g_autoptr (AmPreprocessing) preprocessing = am_preprocessing_load (name, error);

  return preprocessing != NULL ? am_dataset_open (path, preprocessing, error) : NULL;
}

AmDataset *
data_flags_open_data (const DataFlags *flags, const AmVisionNetwork *network, gboolean is_quiet,
                      GError **error)
{
  g_autoptr (AmDataset) dataset = NULL;
  const char *name = am_vision_network_get_preprocessing (network);

  if (flags->preprocessing != NULL)
    return open_prepared (flags->data, flags->preprocessing, error);
  if (strcmp (name, "none") != 0)
    dataset = open_prepared (flags->data, name, NULL);
  if (dataset == NULL || !am_dataset_has_pixels (dataset))
    return am_dataset_open (flags->data, NULL, error);
  if (!is_quiet)
    g_printerr ("Pictures are prepared as '%s' says; --preprocessing names another way.\n", name);
  return g_steal_pointer (&dataset);
}

void
data_flags_tell_about_classes (const AmDataset *dataset, AmVisionNetwork *network)
{
  const guint64 n_classes = am_vision_network_get_n_classes (network);
  const guint n_folders = am_dataset_has_labels (dataset) ? am_dataset_get_n_classes (dataset) : 0;

  if (n_folders == 0 || n_folders >= n_classes || am_dataset_get_class_name (dataset, 0) == NULL)
    return;
  g_printerr (
      "amalgam: warning: %s has %u class%s and %s tells %" G_GUINT64_FORMAT
      " apart: folders count 0, 1, ... in the order of their names, so “%s” is class 0, and all behind "
      "one that is missing count wrong\n",
      am_dataset_get_path (dataset), n_folders, n_folders == 1 ? "" : "es",
      am_checkpoint_get_path (am_vision_network_get_checkpoint (network)), n_classes,
      am_dataset_get_class_name (dataset, 0));
}
