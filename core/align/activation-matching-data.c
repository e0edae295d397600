/* The data that units are compared on. */
#include <string.h>

#include "align/activation-matching.h"
#include "base/text.h"
#include "network/vision-network.h"

static AmDataset *
open_prepared (const char *path, const char *name, GError **error)
{
  g_autoptr (AmPreprocessing) preprocessing = am_preprocessing_load (name, error);

  return preprocessing != NULL ? am_dataset_open (path, preprocessing, error) : NULL;
}

/* Pictures as the family is published with; numbers that are floating-point already as they are. */
static AmDataset *
open_for_family (const char *path, const AmVisionNetwork *network, GError **error)
{
  const char *name = am_vision_network_get_preprocessing (network);
  g_autoptr (AmDataset) plain = am_dataset_open (path, NULL, NULL);
  g_autoptr (AmDataset) prepared = NULL;

  if (plain != NULL && !am_dataset_has_pixels (plain))
    return g_steal_pointer (&plain);
  prepared = open_prepared (path, name, error);
  return g_steal_pointer (&prepared);
}

static AmDataset *
open_data (const AmAlignSettings *settings, const AmModel *model, AmCheckpoint *checkpoint, GError **error)
{
  g_autoptr (AmVisionNetwork) network = NULL;

  if (settings->preprocessing != NULL)
    return open_prepared (settings->data, settings->preprocessing, error);
  network = am_vision_network_new (model, checkpoint, settings->architecture, NULL, FALSE, error);
  return network != NULL ? open_for_family (settings->data, network, error) : NULL;
}

AmDataset *
am_activation_matching_open_data (const AmAlignSettings *settings, const AmModel *model,
                                  AmCheckpoint *checkpoint, char **digest, GError **error)
{
  g_autoptr (AmDataset) dataset = open_data (settings, model, checkpoint, error);
  g_autofree char *found = dataset != NULL ? am_dataset_get_digest (dataset, error) : NULL;

  if (found == NULL)
    return NULL;
  if (settings->data_sha256 != NULL && g_ascii_strcasecmp (settings->data_sha256, found) != 0)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
                   T_ ("%s is not the data the recipe was made with: its SHA-256 is %s, the recipe wants %s"),
                   settings->data, found, settings->data_sha256);
      return NULL;
    }
  *digest = g_steal_pointer (&found);
  return g_steal_pointer (&dataset);
}
