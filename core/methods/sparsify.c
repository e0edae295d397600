#include "methods/sparsify.h"

#include <math.h>
#include <string.h>

#include "kernels/kernels.h"
#include "kernels/philox.h"
#include "methods/task-vector.h"

/* Elements per round of a band, which needs a copy. */
#define BLOCK 1024

const char *const am_rescale_choices[] = { "none", "density", "l1", NULL };

/* Selections under way, and the model each of them ranks. */
typedef struct
{
  guint n;
  AmSelection *selection[2 * AM_MAX_MODELS];
  guint model[2 * AM_MAX_MODELS];
} Selections;

static void
selections_clear (Selections *selections)
{
  for (guint i = 0; i < selections->n; i++)
    am_selection_free (selections->selection[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Selections, selections_clear)

static void
selections_add (Selections *selections, const AmMethodTensor *tensor, guint model, guint64 rank)
{
  selections->selection[selections->n] = am_selection_new (tensor, rank);
  selections->model[selections->n++] = model;
}

static void
prepare_deltas (const AmMethodTensor *tensor, AmMethodChunk *chunk, gconstpointer *values, gpointer user_data)
{
  const Selections *selections = user_data;

  am_task_vector_subtract (tensor, chunk);
  for (guint i = 0; i < selections->n; i++)
    values[i] = chunk->model[selections->model[i]];
}

static gboolean
selections_run (Selections *selections, const AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  return selections->n == 0
         || am_selection_run (selections->selection, selections->n, tensor, reader, prepare_deltas,
                              selections, error);
}

void
am_sparsity_init_random (AmSparsity *sparsity, const AmMethodTensor *tensor, guint model, double density)
{
  sparsity->factor = 1;
  if (density >= 1)
    sparsity->kind = AM_SPARSITY_ALL;
  else if (density <= 0)
    sparsity->kind = AM_SPARSITY_NOTHING;
  else
    sparsity->kind = AM_SPARSITY_RANDOM;
  sparsity->limit = (guint64)nearbyint (CLAMP (density, 0, 1) * 0x1p32);
  am_philox_key (sparsity->key, tensor->run->seed, model, tensor->name);
}

static AmSparsityKind
kind_of_count (guint64 n_kept, guint64 n, AmSparsityKind otherwise)
{
  if (n_kept >= n)
    return AM_SPARSITY_ALL;
  return n_kept == 0 ? AM_SPARSITY_NOTHING : otherwise;
}

gboolean
am_sparsity_init_trims (AmSparsity *sparsities, const AmMethodTensor *tensor, guint density,
                        AmTensorReader *reader, GError **error)
{
  g_auto (Selections) selections = { 0 };

  for (guint model = 0; model < tensor->run->n_models; model++)
    {
      guint64 n_kept = am_fraction_of (am_method_tensor_get_for (tensor, density, model), tensor->length);

      sparsities[model].factor = 1;
      sparsities[model].kind = kind_of_count (n_kept, tensor->length, AM_SPARSITY_TRIM);
      if (sparsities[model].kind == AM_SPARSITY_TRIM && am_task_vector_get_weight (tensor, model) != 0)
        selections_add (&selections, tensor, model, n_kept);
    }
  if (!selections_run (&selections, tensor, reader, error))
    return FALSE;
  for (guint i = 0; i < selections.n; i++)
    sparsities[selections.model[i]].cut = *am_selection_get_cut (selections.selection[i]);
  return TRUE;
}

gboolean
am_sparsity_init_bands (AmSparsity *sparsities, const AmMethodTensor *tensor, guint density, guint gamma,
                        AmTensorReader *reader, GError **error)
{
  g_auto (Selections) selections = { 0 };

  for (guint model = 0; model < tensor->run->n_models; model++)
    {
      guint64 n_kept = am_fraction_of (am_method_tensor_get_for (tensor, density, model), tensor->length);
      guint64 n_outliers = am_fraction_of (am_method_tensor_get_for (tensor, gamma, model), tensor->length);

      sparsities[model].factor = 1;
      sparsities[model].kind = kind_of_count (n_kept, tensor->length, AM_SPARSITY_BAND);
      if (sparsities[model].kind != AM_SPARSITY_BAND || am_task_vector_get_weight (tensor, model) == 0)
        continue;
      n_outliers = MIN (n_outliers, tensor->length - n_kept);
      selections_add (&selections, tensor, model, n_kept + n_outliers);
      selections_add (&selections, tensor, model, n_outliers);
    }
  if (!selections_run (&selections, tensor, reader, error))
    return FALSE;
  for (guint i = 0; i < selections.n; i += 2)
    {
      sparsities[selections.model[i]].cut = *am_selection_get_cut (selections.selection[i]);
      sparsities[selections.model[i]].outlier_cut = *am_selection_get_cut (selections.selection[i + 1]);
    }
  return TRUE;
}

static double
sum_abs (const AmMethodTensor *tensor, gconstpointer values, gsize n)
{
  return tensor->is_double ? am_kernels_get ()->sum_abs_double (values, n)
                           : am_kernels_get ()->sum_abs_float (values, n);
}

/* Sums of magnitudes of all models before and after, over the whole tensor. */
static gboolean
measure_l1 (const AmSparsity *sparsities, const AmMethodTensor *tensor, AmTensorReader *reader,
            double *before, double *after, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  AmMethodChunk *chunk;

  am_tensor_reader_rewind (reader);
  while (am_tensor_reader_next (reader, &chunk, &local_error))
    {
      am_task_vector_subtract (tensor, chunk);
      for (guint model = 0; model < tensor->run->n_models; model++)
        {
          if (am_task_vector_get_weight (tensor, model) == 0)
            continue;
          before[model] += sum_abs (tensor, chunk->model[model], chunk->n);
          am_sparsity_apply (&sparsities[model], tensor->is_double, chunk->model[model], chunk->first,
                             chunk->n);
          after[model] += sum_abs (tensor, chunk->model[model], chunk->n);
        }
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

double
am_sparsity_factor_of_l1 (double before, double after)
{
  return after > 0 && isfinite (before / after) ? before / after : 1;
}

static gboolean
rescale_l1 (AmSparsity *sparsities, const AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  double before[AM_MAX_MODELS] = { 0 }, after[AM_MAX_MODELS] = { 0 };

  if (!measure_l1 (sparsities, tensor, reader, before, after, error))
    return FALSE;
  for (guint model = 0; model < tensor->run->n_models; model++)
    sparsities[model].factor = am_sparsity_factor_of_l1 (before[model], after[model]);
  return TRUE;
}

gboolean
am_sparsity_rescale (AmSparsity *sparsities, const AmMethodTensor *tensor, guint density, AmRescale rescale,
                     AmTensorReader *reader, GError **error)
{
  gboolean any_dropped = FALSE;

  for (guint model = 0; model < tensor->run->n_models; model++)
    {
      double share = am_method_tensor_get_for (tensor, density, model);
      gboolean dropped = sparsities[model].kind > AM_SPARSITY_NOTHING;

      any_dropped = any_dropped || dropped;
      if (dropped && rescale == AM_RESCALE_DENSITY)
        sparsities[model].factor = 1 / share;
    }
  return rescale != AM_RESCALE_L1 || !any_dropped || rescale_l1 (sparsities, tensor, reader, error);
}

static void
trim (const AmCut *cut, gboolean is_double, gpointer delta, guint64 first, gsize n)
{
  if (cut->n_kept == 0)
    memset (delta, 0, n * (is_double ? sizeof (double) : sizeof (float)));
  else if (is_double)
    am_kernels_get ()->trim_double (delta, cut->threshold, cut->last_tie, first, n);
  else
    am_kernels_get ()->trim_float (delta, (float)cut->threshold, cut->last_tie, first, n);
}

/* Outliers are a part of what the cut keeps, so that subtracting them leaves zeros in their place. */
static void
apply_band (const AmSparsity *sparsity, gboolean is_double, gpointer delta, guint64 first, gsize n)
{
  gsize width = is_double ? sizeof (double) : sizeof (float);
  double outliers[BLOCK];

  for (gsize at = 0; at < n; at += BLOCK)
    {
      gsize step = MIN (BLOCK, n - at);
      gpointer values = (guint8 *)delta + at * width;

      memcpy (outliers, values, step * width);
      trim (&sparsity->outlier_cut, is_double, outliers, first + at, step);
      trim (&sparsity->cut, is_double, values, first + at, step);
      if (is_double)
        am_kernels_get ()->subtract_double (values, values, outliers, step);
      else
        am_kernels_get ()->subtract_float (values, values, (const float *)outliers, step);
    }
}

void
am_sparsity_apply (const AmSparsity *sparsity, gboolean is_double, gpointer delta, guint64 first, gsize n)
{
  switch (sparsity->kind)
    {
    case AM_SPARSITY_ALL:
      break;
    case AM_SPARSITY_NOTHING:
      memset (delta, 0, n * (is_double ? sizeof (double) : sizeof (float)));
      break;
    case AM_SPARSITY_TRIM:
      trim (&sparsity->cut, is_double, delta, first, n);
      break;
    case AM_SPARSITY_BAND:
      apply_band (sparsity, is_double, delta, first, n);
      break;
    case AM_SPARSITY_RANDOM:
      if (is_double)
        am_kernels_get ()->drop_double (delta, sparsity->limit, sparsity->key, first, n, 0);
      else
        am_kernels_get ()->drop_float (delta, sparsity->limit, sparsity->key, first, n, 0);
      break;
    }
}

gboolean
am_sparsity_keeps_nothing (const AmSparsity *sparsities, const AmMethodTensor *tensor)
{
  for (guint model = 0; model < tensor->run->n_models; model++)
    if (sparsities[model].kind != AM_SPARSITY_NOTHING)
      return FALSE;
  return tensor->length > 0;
}
