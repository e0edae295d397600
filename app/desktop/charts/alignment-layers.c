#include "charts/alignment-layers.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "base/readable.h"

void
am_alignment_layers_clear (AmAlignmentLayers *self)
{
  g_clear_pointer (&self->layers, g_free);
  g_clear_pointer (&self->names, g_string_chunk_free);
  self->n_layers = 0;
}

static const char *
keep (AmAlignmentLayers *self, const char *text)
{
  return text != NULL ? g_string_chunk_insert_const (self->names, text) : NULL;
}

void
am_alignment_layers_set (AmAlignmentLayers *self, const AmAlignmentLayer *layers, guint n_layers)
{
  am_alignment_layers_clear (self);
  self->names = g_string_chunk_new (1024);
  self->layers = g_memdup2 (layers, n_layers * sizeof *layers);
  self->n_layers = n_layers;
  for (guint i = 0; i < n_layers; i++)
    {
      self->layers[i].name = keep (self, layers[i].name);
      self->layers[i].block = keep (self, layers[i].block);
    }
}

const char *
am_alignment_layers_get_group (const AmAlignmentLayers *self, guint layer)
{
  const AmAlignmentLayer *it = &self->layers[layer];

  if (it->component != AM_COMPONENT_DIFFUSION && it->component != AM_COMPONENT_MODEL)
    return gettext (am_component_get_title (it->component));
  if (it->block != NULL)
    return it->block;
  return it->name != NULL ? it->name : "";
}

static gboolean
go_together (const AmAlignmentLayers *self, guint a, guint b)
{
  return strcmp (am_alignment_layers_get_group (self, a), am_alignment_layers_get_group (self, b)) == 0;
}

guint
am_alignment_layers_get_start (const AmAlignmentLayers *self, guint layer)
{
  while (layer > 0 && go_together (self, layer - 1, layer))
    layer--;
  return layer;
}

guint
am_alignment_layers_get_end (const AmAlignmentLayers *self, guint layer)
{
  do
    layer++;
  while (layer < self->n_layers && go_together (self, layer - 1, layer));
  return layer;
}

double
am_alignment_layers_get_share (const AmAlignmentLayers *self, guint layer)
{
  const AmAlignmentLayer *it = &self->layers[layer];

  return it->n_units > 0 ? (double)it->n_moved / it->n_units : 0;
}

static char *
dup_title (const AmAlignmentLayers *self, guint layer)
{
  const char *group = am_alignment_layers_get_group (self, layer);
  const char *name = self->layers[layer].name;

  if (name == NULL || strcmp (group, name) == 0)
    return g_strdup (group);
  /* Translators: a block and the name of a layer in it, as in "IN04, input_blocks.4.1.proj_in". */
  return g_strdup_printf (C_ ("layer of a block", "%s, %s"), group, name);
}

static char *
dup_similarities (const AmAlignmentLayer *layer)
{
  if (isnan (layer->similarity_before) || isnan (layer->similarity_after))
    return g_strdup (_ ("nothing to compare"));
  return g_strdup_printf (_ ("similarity %.3f before, %.3f after"), layer->similarity_before,
                          layer->similarity_after);
}

char *
am_alignment_layers_describe (const AmAlignmentLayers *self, guint layer)
{
  const AmAlignmentLayer *it = &self->layers[layer];
  g_autofree char *title = dup_title (self, layer);
  g_autofree char *similarities = dup_similarities (it);
  g_autofree char *n_moved = am_readable_count (it->n_moved);
  g_autofree char *n_units = am_readable_count (it->n_units);

  /* Translators: name of a layer, "similarity 0.1 before, 0.9 after", and two numbers. */
  return g_strdup_printf (
      ngettext ("%s: %s; %s of %s unit moved", "%s: %s; %s of %s units moved", it->n_units), title,
      similarities, n_moved, n_units);
}
