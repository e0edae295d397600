#include "runs/repair-work.h"

#include <glib/gi18n.h>
#include <math.h>

void
am_repair_order_free (AmRepairOrder *order)
{
  g_free (order->merged);
  g_strfreev (order->parents);
  am_data_choice_free (order->data);
  g_free (order->output);
  g_free (order);
}

void
am_repair_outcome_free (AmRepairOutcome *outcome)
{
  g_array_unref (outcome->layers);
  g_string_chunk_free (outcome->names);
  g_free (outcome);
}

static AmRepairOutcome *
outcome_new (const AmRepair *repair)
{
  AmRepairOutcome *outcome = g_new0 (AmRepairOutcome, 1);

  outcome->method = am_repair_get_method (repair);
  outcome->n_samples = am_repair_get_n_samples (repair);
  outcome->layers = g_array_new (FALSE, FALSE, sizeof (AmRepairedLayer));
  outcome->names = g_string_chunk_new (1024);
  outcome->n_new = g_strv_length ((char **)am_repair_get_new_tensors (repair));
  for (guint i = 0; i < am_repair_get_n_layers (repair); i++)
    {
      AmRepairedLayer layer = *am_repair_get_layer (repair, i);

      layer.name = g_string_chunk_insert (outcome->names, layer.name);
      g_array_append_val (outcome->layers, layer);
    }
  return outcome;
}

static void
free_network (gpointer network)
{
  am_vision_network_free (network);
}

static GPtrArray *
open_parents (const AmRepairOrder *order, GError **error)
{
  g_autoptr (GPtrArray) parents = g_ptr_array_new_with_free_func (free_network);

  for (guint i = 0; order->method != AM_REPAIR_RESET && order->parents[i] != NULL; i++)
    {
      AmVisionNetwork *parent = am_vision_network_open (order->parents[i], NULL, NULL, error);

      if (parent == NULL)
        return NULL;
      g_ptr_array_add (parents, parent);
    }
  return g_steal_pointer (&parents);
}

static void
tell_opening (const AmProgress *progress)
{
  AmProgressState state = { .stage = N_ ("Opening the models"), .seconds_left = -1 };

  progress->func (&state, progress->user_data);
}

static gpointer
repair_file (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  const AmRepairOrder *order = data;
  const AmRepairSettings settings = {
    .method = order->method, .ratio = NAN, .n_samples = order->data->n_samples, .n_threads = order->n_threads
  };
  g_autoptr (AmVisionNetwork) merged = NULL;
  g_autoptr (GPtrArray) parents = NULL;
  g_autoptr (AmDataset) dataset = NULL;
  g_autoptr (AmRepair) repair = NULL;

  tell_opening (progress);
  merged = am_vision_network_open (order->merged, NULL, NULL, error);
  parents = merged != NULL ? open_parents (order, error) : NULL;
  dataset = parents != NULL ? am_data_choice_open (order->data, merged, error) : NULL;
  if (dataset == NULL)
    return NULL;
  repair = am_repair_new (merged, (AmVisionNetwork *const *)parents->pdata, parents->len, dataset, &settings,
                          progress, cancellable, error);
  if (repair == NULL || !am_repair_write (repair, order->output, FALSE, TRUE, error))
    return NULL;
  return outcome_new (repair);
}

AmJob *
am_repair_job_new (AmRepairOrder *order)
{
  return am_job_new (_ ("Repairing"), repair_file, order, (GDestroyNotify)am_repair_order_free,
                     (GDestroyNotify)am_repair_outcome_free);
}
