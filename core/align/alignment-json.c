#include <json-glib/json-glib.h>

#include "align/alignment.h"
#include "output/json-text.h"

static void
add_figures (JsonBuilder *builder, const AmAlignmentLayer *layer, gboolean by_activations)
{
  am_json_add_count (builder, "units", layer->n_units);
  am_json_add_count (builder, "moved", layer->n_moved);
  am_json_add_number (builder, "similarity_before", layer->similarity_before);
  am_json_add_number (builder, "similarity_after", layer->similarity_after);
  am_json_add_number (builder, "distance_before", layer->distance_before);
  am_json_add_number (builder, "distance_after", layer->distance_after);
  if (!by_activations)
    return;
  am_json_add_number (builder, "correlation_before", layer->correlation_before);
  am_json_add_number (builder, "correlation_after", layer->correlation_after);
}

static void
add_layer (JsonBuilder *builder, const AmAlignmentLayer *layer, gboolean by_activations)
{
  json_builder_begin_object (builder);
  am_json_add_string (builder, "name", layer->name);
  am_json_add_string (builder, "kind", am_factor_kind_get_id (layer->kind));
  am_json_add_string (builder, "component", am_component_get_id (layer->component));
  if (layer->block != NULL)
    am_json_add_string (builder, "block", layer->block);
  add_figures (builder, layer, by_activations);
  json_builder_end_object (builder);
}

static void
add_fixed (JsonBuilder *builder, const AmAlignment *alignment)
{
  json_builder_set_member_name (builder, "fixed");
  json_builder_begin_array (builder);
  for (guint i = 0; i < am_alignment_get_n_fixed (alignment); i++)
    {
      const AmFixedSpace *fixed = am_alignment_get_fixed (alignment, i);

      json_builder_begin_object (builder);
      am_json_add_string (builder, "name", fixed->name);
      am_json_add_count (builder, "units", fixed->size);
      am_json_add_string (builder, "reason", fixed->reason);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_alignment (JsonBuilder *builder, const AmAlignment *alignment)
{
  g_autofree char *description = am_alignment_describe (alignment);
  const char *data_digest = am_alignment_get_data_digest (alignment);

  json_builder_begin_object (builder);
  am_json_add_string (builder, "model", am_alignment_get_label (alignment));
  am_json_add_string (builder, "summary", description);
  am_json_add_count (builder, "sweeps", am_alignment_get_n_sweeps (alignment));
  if (data_digest != NULL)
    am_json_add_string (builder, "data_sha256", data_digest);
  add_figures (builder, am_alignment_get_total (alignment), data_digest != NULL);
  am_json_add_strings (builder, "notes", am_alignment_get_notes (alignment));
  json_builder_set_member_name (builder, "layers");
  json_builder_begin_array (builder);
  for (guint i = 0; i < am_alignment_get_n_layers (alignment); i++)
    add_layer (builder, am_alignment_get_layer (alignment, i), data_digest != NULL);
  json_builder_end_array (builder);
  add_fixed (builder, alignment);
  json_builder_end_object (builder);
}

void
am_alignments_add_json (const GPtrArray *alignments, JsonBuilder *builder)
{
  json_builder_begin_array (builder);
  for (guint i = 0; i < alignments->len; i++)
    add_alignment (builder, g_ptr_array_index (alignments, i));
  json_builder_end_array (builder);
}

char *
am_alignments_to_json (const GPtrArray *alignments)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  am_json_add_string (builder, "format", "amalgam-alignment-1");
  json_builder_set_member_name (builder, "alignments");
  am_alignments_add_json (alignments, builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return am_json_to_text (root, TRUE);
}
