#include "align/alignment-private.h"

#include <math.h>
#include <string.h>

#include "align/matching-tree.h"
#include "base/text.h"

/* Models fine-tuned from one base are far more alike than this, those trained apart far less. */
#define SIBLING_SIMILARITY 0.5

/* Whether no other factor depends on this one: its elements are channels. */
static gboolean
is_finest (const AmSymmetries *symmetries, guint factor)
{
  for (guint i = factor + 1; i < am_symmetries_get_n_factors (symmetries); i++)
    if (am_symmetries_get_factor (symmetries, i)->parent == (gint)factor)
      return FALSE;
  return TRUE;
}

static void
note_large_layers (AmAlignment *self)
{
  for (guint i = 0; i < am_symmetries_get_n_factors (self->symmetries); i++)
    {
      const AmFactor *factor = am_symmetries_get_factor (self->symmetries, i);
      const guint64 n_units = (guint64)factor->n_branches * factor->size;

      if (n_units > AM_MATCHING_MAX_UNITS && is_finest (self->symmetries, i))
        am_graph_add_note (self->graph, T_ ("%s stays as it is: its %lu units are too many to be compared"),
                           factor->name, (gulong)n_units);
    }
}

AmAlignment *
am_alignment_new (const AmModel *model, AmCheckpoint *checkpoint, const char *label,
                  const AmAlignSettings *settings, GError **error)
{
  AmGraph *graph = am_graph_new_for_model (model, settings->architecture, error);
  AmAlignment *self;

  if (graph == NULL)
    return NULL;
  self = g_new0 (AmAlignment, 1);
  g_atomic_ref_count_init (&self->references);
  self->model = model;
  self->checkpoint = checkpoint;
  self->label = g_strdup (label);
  self->graph = graph;
  self->symmetries = am_symmetries_new (graph);
  self->kind = settings->matching;
  note_large_layers (self);
  self->names = g_string_chunk_new (1024);
  self->layers = g_array_new (FALSE, FALSE, sizeof (AmAlignmentLayer));
  return self;
}

AmAlignment *
am_alignment_ref (AmAlignment *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
am_alignment_unref (AmAlignment *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->references))
    return;
  g_array_unref (self->layers);
  g_string_chunk_free (self->names);
  am_matching_free (self->matching);
  am_symmetries_free (self->symmetries);
  am_graph_free (self->graph);
  g_free (self->data_digest);
  g_free (self->preprocessing);
  g_free (self->label);
  g_free (self);
}

static guint
find_root (const AmSymmetries *symmetries, guint factor)
{
  gint parent;

  while ((parent = am_symmetries_get_factor (symmetries, factor)->parent) >= 0)
    factor = (guint)parent;
  return factor;
}

static double
cosine_of (double inner, const AmMatchingSums *sums)
{
  double norms = sqrt (sums->norm_a) * sqrt (sums->norm_b);

  return norms > 0 ? CLAMP (inner / norms, -1.0, 1.0) : NAN;
}

/* Rounding may leave a little below zero for models that are the same. */
static double
distance_of (double inner, const AmMatchingSums *sums)
{
  return sqrt (MAX (sums->norm_a + sums->norm_b - 2 * inner, 0.0));
}

static void
set_figures (AmAlignmentLayer *layer, const AmMatchingSums *sums, const AmMatchingCorrelation *correlation)
{
  layer->similarity_before = cosine_of (sums->inner_before, sums);
  layer->similarity_after = cosine_of (sums->inner_after, sums);
  layer->distance_before = distance_of (sums->inner_before, sums);
  layer->distance_after = distance_of (sums->inner_after, sums);
  layer->correlation_before = correlation != NULL ? correlation->before : NAN;
  layer->correlation_after = correlation != NULL ? correlation->after : NAN;
}

static gint
find_tensor (const AmAlignment *self, guint root)
{
  for (guint i = 0; i < am_symmetries_get_n_bindings (self->symmetries); i++)
    {
      const AmAxisBinding *binding = am_symmetries_get_binding (self->symmetries, i);

      for (guint k = 0; k < binding->n_segments; k++)
        for (guint d = 0; d < binding->segments[k].n_digits; d++)
          if (binding->segments[k].digits[d].factor == (gint)root)
            return am_model_find (self->model, am_graph_get_tensor (self->graph, binding->tensor)->name);
    }
  return -1;
}

static void
place_layer (AmAlignment *self, guint root, AmAlignmentLayer *layer)
{
  gint tensor = find_tensor (self, root);
  const AmTensorRole *role = tensor >= 0 ? am_model_get_role (self->model, (guint)tensor) : NULL;

  layer->component = role != NULL ? role->component : AM_COMPONENT_MODEL;
  layer->block
      = role != NULL && role->block != AM_BLOCK_NONE
            ? g_string_chunk_insert_const (self->names, am_model_get_block_name (self->model, role->block))
            : NULL;
}

/* Channels of all factors below @root, and those that moved. */
static void
count_units (const AmAlignment *self, guint root, AmAlignmentLayer *layer)
{
  for (guint i = root; i < am_symmetries_get_n_factors (self->symmetries); i++)
    {
      const AmFactor *factor = am_symmetries_get_factor (self->symmetries, i);

      if (find_root (self->symmetries, i) != root || !is_finest (self->symmetries, i))
        continue;
      layer->n_units += factor->n_branches * factor->size;
      layer->n_moved += am_reorder_count_moved (self->matching->reorder, i);
    }
}

static void
add_layer (AmAlignment *self, guint root)
{
  const AmFactor *factor = am_symmetries_get_factor (self->symmetries, root);
  AmAlignmentLayer layer
      = { .name = g_string_chunk_insert_const (self->names, factor->name), .kind = factor->kind };

  place_layer (self, root, &layer);
  count_units (self, root, &layer);
  set_figures (&layer, &self->matching->sums[root],
               self->matching->correlations != NULL ? &self->matching->correlations[root] : NULL);
  self->total.n_units += layer.n_units;
  self->total.n_moved += layer.n_moved;
  g_array_append_val (self->layers, layer);
}

void
am_alignment_describe_layers (AmAlignment *self)
{
  g_array_set_size (self->layers, 0);
  memset (&self->total, 0, sizeof self->total);
  set_figures (&self->total, &self->matching->total,
               self->matching->correlations != NULL ? &self->matching->total_correlation : NULL);
  for (guint i = 0; i < am_symmetries_get_n_factors (self->symmetries); i++)
    if (am_symmetries_get_factor (self->symmetries, i)->parent < 0)
      add_layer (self, i);
}

const AmSymmetries *
am_alignment_get_symmetries (const AmAlignment *self)
{
  return self->symmetries;
}

const char *
am_alignment_get_label (const AmAlignment *self)
{
  return self->label;
}

const char *const *
am_alignment_get_notes (const AmAlignment *self)
{
  return am_graph_get_notes (self->graph);
}

guint
am_alignment_get_n_fixed (const AmAlignment *self)
{
  return am_symmetries_get_n_fixed (self->symmetries);
}

const AmFixedSpace *
am_alignment_get_fixed (const AmAlignment *self, guint index)
{
  return am_symmetries_get_fixed (self->symmetries, index);
}

guint
am_alignment_get_n_layers (const AmAlignment *self)
{
  return self->layers->len;
}

const AmAlignmentLayer *
am_alignment_get_layer (const AmAlignment *self, guint index)
{
  return &g_array_index (self->layers, AmAlignmentLayer, index);
}

const AmAlignmentLayer *
am_alignment_get_total (const AmAlignment *self)
{
  return &self->total;
}

const char *
am_alignment_get_data_digest (const AmAlignment *self)
{
  return self->data_digest;
}

const char *
am_alignment_get_preprocessing (const AmAlignment *self)
{
  return self->preprocessing;
}

guint
am_alignment_get_n_sweeps (const AmAlignment *self)
{
  return self->matching != NULL ? self->matching->n_sweeps : 0;
}

static guint
count_moved_layers (const AmAlignment *self)
{
  guint n = 0;

  for (guint i = 0; i < self->layers->len; i++)
    n += g_array_index (self->layers, AmAlignmentLayer, i).n_moved > 0;
  return n;
}

static gboolean
has_rotations (const AmAlignment *self)
{
  for (guint i = 0; i < am_symmetries_get_n_factors (self->symmetries); i++)
    if (am_reorder_has_rotation (self->matching->reorder, i))
      return TRUE;
  return FALSE;
}

char *
am_alignment_describe (const AmAlignment *self)
{
  const AmAlignmentLayer *total = &self->total;

  if (self->matching == NULL)
    return g_strdup_printf (T_ ("%s has not been aligned yet"), self->label);
  if (total->n_moved == 0 && has_rotations (self))
    return g_strdup_printf (
        T_ ("%s: no unit moved; channels inside attention heads were rotated. Distance to the "
            "model it was aligned to: %.4g before, %.4g after"),
        self->label, total->distance_before, total->distance_after);
  if (total->n_units == 0)
    return g_strdup_printf (T_ ("%s: nothing moved. No unit of it can without changing what it computes"),
                            self->label);
  if (total->n_moved == 0 && !(total->similarity_before > SIBLING_SIMILARITY))
    return g_strdup_printf (T_ ("%s: nothing moved. No other order was found that brings it nearer to the "
                                "model it was aligned to, which it resembles little"),
                            self->label);
  if (total->n_moved == 0)
    return g_strdup_printf (
        T_ ("%s: nothing moved. Its units are in the best order already, as usual for models "
            "fine-tuned from one base: alignment is not needed"),
        self->label);
  return g_strdup_printf (
      T_ ("%s: %u of %u units moved, in %u of %u layers. Distance to the model it was aligned "
          "to: %.4g before, %.4g after"),
      self->label, total->n_moved, total->n_units, count_moved_layers (self), self->layers->len,
      total->distance_before, total->distance_after);
}
