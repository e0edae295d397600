#include "search/evaluator.h"

#include "base/text-file.h"
#include "base/text.h"
#include "search/command.h"

/**
 * AmEvaluator:
 * @command: or %NULL
 * @dataset: borrowed, where there is no command
 * @architecture, @head: (nullable)
 */
struct _AmEvaluator
{
  char *command;
  AmDataset *dataset;
  char *architecture;
  char *head;
  AmEvaluateSettings settings;
};

AmEvaluator *
am_evaluator_new_command (const char *command)
{
  AmEvaluator *evaluator = g_new0 (AmEvaluator, 1);

  evaluator->command = g_strdup (command);
  return evaluator;
}

AmEvaluator *
am_evaluator_new_dataset (AmDataset *dataset, const char *architecture, const char *head,
                          const AmEvaluateSettings *settings)
{
  AmEvaluator *evaluator = g_new0 (AmEvaluator, 1);

  evaluator->dataset = dataset;
  evaluator->architecture = g_strdup (architecture);
  evaluator->head = g_strdup (head);
  evaluator->settings = *settings;
  return evaluator;
}

void
am_evaluator_free (AmEvaluator *evaluator)
{
  g_free (evaluator->command);
  g_free (evaluator->architecture);
  g_free (evaluator->head);
  g_free (evaluator);
}

/* Adds "NAME SHA-256" of a file the answers depend on. */
static gboolean
add_file (GString *identity, const char *name, const char *path, GError **error)
{
  g_autofree char *digest = NULL;
  g_autofree char *bytes = NULL;
  gsize length;

  if (path == NULL)
    return TRUE;
  bytes = am_text_file_read (path, G_MAXSIZE / 2, &length, error);
  if (bytes == NULL)
    return FALSE;
  digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)bytes, length);
  g_string_append_printf (identity, ", %s %s", name, digest);
  return TRUE;
}

char *
am_evaluator_get_identity (AmEvaluator *evaluator, GError **error)
{
  g_autoptr (GString) identity = g_string_new (NULL);
  g_autofree char *data = NULL, *preprocessing = NULL, *preprocessing_digest = NULL;

  if (evaluator->command != NULL)
    return g_strdup_printf ("command: %s", evaluator->command);
  data = am_dataset_get_digest (evaluator->dataset, error);
  if (data == NULL)
    return NULL;
  preprocessing = am_preprocessing_to_yaml (am_dataset_get_preprocessing (evaluator->dataset));
  preprocessing_digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, preprocessing, -1);
  g_string_printf (identity, "accuracy: data %s, preprocessing %s", data, preprocessing_digest);
  if (evaluator->settings.n_samples > 0)
    g_string_append_printf (identity, ", %" G_GUINT64_FORMAT " samples of seed %" G_GUINT64_FORMAT,
                            evaluator->settings.n_samples, evaluator->settings.seed);
  if (!add_file (identity, "architecture", evaluator->architecture, error)
      || !add_file (identity, "head", evaluator->head, error))
    return NULL;
  return g_string_free (g_steal_pointer (&identity), FALSE);
}

static gboolean
measure_accuracy (AmEvaluator *evaluator, const char *checkpoint, double *score, GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (AmVisionNetwork) network
      = am_vision_network_open (checkpoint, evaluator->architecture, evaluator->head, error);
  g_autoptr (AmEvaluation) evaluation = NULL;

  if (network == NULL)
    return FALSE;
  evaluation = am_evaluate (network, evaluator->dataset, &evaluator->settings, NULL, cancellable, error);
  if (evaluation == NULL)
    return FALSE;
  *score = evaluation->accuracy;
  return TRUE;
}

gboolean
am_evaluator_score (AmEvaluator *evaluator, const char *checkpoint, double *score, GCancellable *cancellable,
                    GError **error)
{
  g_autofree char *path = NULL;

  if (evaluator->command == NULL)
    return measure_accuracy (evaluator, checkpoint, score, cancellable, error);
  /* A name that begins with a dash is none of the command's options. */
  path = g_canonicalize_filename (checkpoint, NULL);
  return am_command_run (evaluator->command, path, score, cancellable, error);
}
