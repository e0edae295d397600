#include "repair/repair-private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* For all networks that run side by side. */
#define BATCH_MEMORY ((guint64)256 << 20)
#define LARGEST_BATCH 64

static const char *const method_ids[] = { "auto", "reset", "rescale", "closed_form" };

const char *
am_repair_method_get_id (AmRepairMethod method)
{
  return method_ids[method];
}

gboolean
am_repair_method_parse (const char *text, AmRepairMethod *method)
{
  for (guint i = 0; i < G_N_ELEMENTS (method_ids); i++)
    if (strcmp (text, method_ids[i]) == 0)
      {
        *method = (AmRepairMethod)i;
        return TRUE;
      }
  return FALSE;
}

static void
clear_layer (gpointer data)
{
  AmRepairedLayer *layer = data;

  g_free (layer->name);
}

static AmRepair *
repair_new (AmVisionNetwork *merged, AmVisionNetwork *const *parents, guint n_parents, AmDataset *dataset,
            const AmRepairSettings *settings)
{
  AmRepair *repair = g_new0 (AmRepair, 1);
  const AmGraph *graph = am_network_get_graph (am_vision_network_get_network (merged));

  repair->merged = merged;
  repair->parents = g_memdup2 (parents, n_parents * sizeof *parents);
  repair->n_parents = n_parents;
  repair->dataset = dataset;
  repair->settings = *settings;
  repair->method = settings->method;
  repair->ratio = NAN;
  repair->sites = g_array_new (FALSE, FALSE, sizeof (AmSite));
  g_array_set_clear_func (repair->sites, am_site_clear);
  repair->layers = g_array_new (FALSE, FALSE, sizeof (AmRepairedLayer));
  g_array_set_clear_func (repair->layers, clear_layer);
  repair->new_names = g_ptr_array_new_with_free_func (g_free);
  repair->is_changed = g_new0 (gboolean, am_graph_get_n_tensors (graph) + 1);
  return repair;
}

void
am_repair_free (AmRepair *repair)
{
  if (repair == NULL)
    return;
  g_array_unref (repair->sites);
  g_array_unref (repair->layers);
  g_ptr_array_unref (repair->new_names);
  g_free (repair->is_changed);
  g_free ((gpointer)repair->parents);
  g_free (repair->shares);
  g_free (repair->samples);
  g_free (repair->data_digest);
  g_free (repair);
}

static const char *
get_path (const AmRepair *repair)
{
  return am_checkpoint_get_path (am_vision_network_get_checkpoint (repair->merged));
}

static gboolean
choose_method (AmRepair *repair, GError **error)
{
  const gboolean has_batch_norm = am_repair_has_batch_norm (repair);

  if (repair->method == AM_REPAIR_AUTO)
    repair->method = has_batch_norm ? AM_REPAIR_RESET : AM_REPAIR_RESCALE;
  if (repair->method == AM_REPAIR_CLOSED_FORM && has_batch_norm)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("%s has batch norms, whose statistics have to be measured: take the method reset"),
                   get_path (repair));
      return FALSE;
    }
  if (repair->method == AM_REPAIR_RESET)
    repair->n_parents = 0;
  else if (repair->n_parents < 2)
    {
      g_set_error (
          error, AM_ERROR, AM_ERROR_MISMATCH,
          T_ ("%s: its layers get the statistics of its parents, so pass the models it was merged from"),
          get_path (repair));
      return FALSE;
    }
  return TRUE;
}

/* Memory the system could give without swapping; 0 when it does not tell. */
static guint64
get_free_memory (void)
{
  g_autofree char *text = NULL;
  const char *line;
  unsigned long kilobytes = 0;

  if (!g_file_get_contents ("/proc/meminfo", &text, NULL, NULL))
    return 0;
  line = strstr (text, "MemAvailable:");
  if (line == NULL || sscanf (line, "MemAvailable: %lu kB", &kilobytes) != 1)
    return 0;
  return (guint64)kilobytes * 1024;
}

/* Bytes of values of one sample. Buffers that are not in use are kept for the next layer, at most as many
 * bytes again. */
static gboolean
estimate_sample (const AmRepair *repair, guint64 *size, GError **error)
{
  guint64 height, width, channels;
  g_autofree float *values = NULL;
  AmValue input = { 0 };

  am_dataset_get_shape (repair->dataset, &height, &width, &channels);
  values = g_new (float, height *width *channels);
  if (!am_dataset_read (repair->dataset, repair->samples, 1, values, error))
    return FALSE;
  if (!am_vision_network_arrange (repair->merged, values, 1, height, width, channels, &input, error))
    {
      g_prefix_error (error, "%s: ", am_dataset_get_path (repair->dataset));
      return FALSE;
    }
  g_free (input.data);
  if (!am_network_estimate_memory (am_repair_get_network (repair), input.height, input.width, FALSE, size,
                                   error))
    {
      g_prefix_error (error, "%s: ", get_path (repair));
      return FALSE;
    }
  *size = MAX (*size, 1) * 2;
  return TRUE;
}

static gboolean
check_memory (const AmRepair *repair, guint64 size, GError **error)
{
  const guint64 free_memory = get_free_memory ();
  const guint64 limit = repair->settings.memory > 0 ? repair->settings.memory
                        : free_memory > 0           ? free_memory / 2
                                                    : G_MAXUINT64;
  const guint64 n_fit = limit / size;

  if (repair->method == AM_REPAIR_CLOSED_FORM || repair->n_samples <= n_fit)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_NO_SPACE,
               T_ ("%s: values of %lu samples do not fit into %lu MB; %lu samples do (--samples)"),
               get_path (repair), (gulong)repair->n_samples, (gulong)(limit >> 20), (gulong)n_fit);
  return FALSE;
}

static gboolean
choose_samples (AmRepair *repair, GError **error)
{
  const AmRepairSettings *settings = &repair->settings;
  guint64 size;

  repair->samples
      = am_dataset_choose (repair->dataset, settings->n_samples, settings->seed, &repair->n_samples);
  if (repair->n_samples == 0)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH, T_ ("%s holds no samples"),
                   am_dataset_get_path (repair->dataset));
      return FALSE;
    }
  if (!estimate_sample (repair, &size, error) || !check_memory (repair, size, error))
    return FALSE;
  repair->batch_size = settings->batch_size;
  if (repair->batch_size == 0)
    repair->batch_size = (guint)CLAMP (BATCH_MEMORY / size / (repair->n_parents + 1), 1, LARGEST_BATCH);
  return TRUE;
}

static void
set_threads (const AmRepair *repair)
{
  am_network_set_n_threads (am_repair_get_network (repair), repair->settings.n_threads);
  for (guint i = 0; i < repair->n_parents; i++)
    am_network_set_n_threads (am_vision_network_get_network (repair->parents[i]), repair->settings.n_threads);
}

static gboolean
change (AmRepair *repair, GError **error)
{
  if (repair->n_parents > 0 && !am_repair_measure_before (repair, error))
    return FALSE;
  if (repair->method == AM_REPAIR_CLOSED_FORM)
    am_repair_adjust_closed_form (repair);
  else if (!am_repair_walk (repair, error))
    return FALSE;
  return am_repair_round (repair, error) && am_repair_measure_after (repair, error);
}

static double
get_target (const AmRepair *repair, const AmSite *site, guint64 unit, double *mean)
{
  AmNetwork *network = am_repair_get_network (repair);
  const AmNode *node = am_graph_get_node (am_network_get_graph (network), site->layer);

  if (site->kind != AM_SITE_RESET)
    {
      *mean = site->target_means[unit];
      return site->target_deviations[unit];
    }
  *mean = am_network_get_weights (network, (guint)node->mean)[unit];
  return sqrt (am_network_get_weights (network, (guint)node->variance)[unit]);
}

/* Errors count in the target's deviation; where that is 0, in the mean one of the layer. */
static void
add_unit (const AmRepair *repair, const AmSite *site, guint64 unit, double scale, AmRepairedLayer *layer)
{
  double mean, target = get_target (repair, site, unit, &mean);
  const double deviation = am_moments_get_deviation (&site->after, unit);
  const double unit_scale = target > 0.0 ? target : scale;
  const double share = 1.0 / (double)site->n_units;

  layer->n_dead += site->is_dead[unit];
  layer->mean_error = MAX (layer->mean_error, fabs (site->after.means[unit] - mean) / unit_scale);
  if (!site->is_dead[unit])
    layer->deviation_error = MAX (layer->deviation_error, fabs (deviation - target) / unit_scale);
  layer->deviation_after += share * (target > 0.0 ? deviation / target : 1.0);
  layer->deviation_before
      += share * (target > 0.0 ? am_moments_get_deviation (&site->before, unit) / target : 1.0);
}

static void
add_layer (AmRepair *repair, const AmSite *site)
{
  const AmGraph *graph = am_network_get_graph (am_repair_get_network (repair));
  AmRepairedLayer layer = { .name = g_strdup (am_graph_get_node (graph, site->layer)->name),
                            .is_reset = site->kind == AM_SITE_RESET,
                            .n_units = (guint)site->n_units };
  double scale = 0.0, mean;

  for (guint64 c = 0; c < site->n_units; c++)
    scale += get_target (repair, site, c, &mean) / (double)site->n_units;
  for (guint64 c = 0; c < site->n_units; c++)
    add_unit (repair, site, c, scale > 0.0 ? scale : 1.0, &layer);
  if (layer.is_reset)
    layer.deviation_before = layer.deviation_after = NAN;
  g_array_append_val (repair->layers, layer);
}

/* Beside the weight, under its name in the file. */
static void
add_new_name (AmRepair *repair, const AmSite *site)
{
  const AmGraph *graph = am_network_get_graph (am_repair_get_network (repair));
  const AmTensor *weight
      = am_repair_find_stored (repair, (guint)am_graph_get_node (graph, site->layer)->weight);
  const gsize length = strlen (weight->name) - strlen ("weight");

  g_ptr_array_add (repair->new_names, g_strdup_printf ("%.*sbias", (int)length, weight->name));
}

static void
sum_up (AmRepair *repair)
{
  for (guint i = 0; i < repair->sites->len; i++)
    {
      const AmSite *site = am_repair_get_site (repair, i);

      add_layer (repair, site);
      if (site->new_bias != NULL)
        add_new_name (repair, site);
    }
  g_ptr_array_add (repair->new_names, NULL);
}

AmRepair *
am_repair_new (AmVisionNetwork *merged, AmVisionNetwork *const *parents, guint n_parents, AmDataset *dataset,
               const AmRepairSettings *settings, const AmProgress *progress, GCancellable *cancellable,
               GError **error)
{
  g_autoptr (AmRepair) repair = repair_new (merged, parents, n_parents, dataset, settings);

  repair->progress = progress;
  repair->cancellable = cancellable;
  set_threads (repair);
  if (!choose_method (repair, error) || !am_repair_find_sites (repair, error)
      || !am_repair_check_parents (repair, error) || !choose_samples (repair, error))
    return NULL;
  repair->data_digest = am_dataset_get_digest (dataset, error);
  if (repair->data_digest == NULL || !change (repair, error))
    return NULL;
  sum_up (repair);
  return g_steal_pointer (&repair);
}

double
am_repair_get_ratio (const AmRepair *repair)
{
  return repair->ratio;
}

AmRepairMethod
am_repair_get_method (const AmRepair *repair)
{
  return repair->method;
}

guint64
am_repair_get_n_samples (const AmRepair *repair)
{
  return repair->n_samples;
}

guint
am_repair_get_n_layers (const AmRepair *repair)
{
  return repair->layers->len;
}

const AmRepairedLayer *
am_repair_get_layer (const AmRepair *repair, guint index)
{
  return &g_array_index (repair->layers, AmRepairedLayer, index);
}

const char *const *
am_repair_get_new_tensors (const AmRepair *repair)
{
  return (const char *const *)repair->new_names->pdata;
}
