/* What was repaired, for programs and for the file itself. */
#include "output/json-text.h"
#include "repair/repair-private.h"

static void
add_name (JsonBuilder *builder, const char *member, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *shown = g_filename_display_name (name);

  am_json_add_string (builder, member, shown);
}

/* Base names instead of paths: a shared file must not tell where its maker keeps models and pictures. */
static void
add_origin (JsonBuilder *builder, const AmRepair *repair)
{
  const AmPreprocessing *preprocessing = am_dataset_get_preprocessing (repair->dataset);

  am_json_add_string (builder, "method", am_repair_method_get_id (repair->method));
  am_json_add_number (builder, "ratio", repair->ratio);
  am_json_add_count (builder, "samples", repair->n_samples);
  am_json_add_count (builder, "seed", repair->settings.seed);
  add_name (builder, "data", am_dataset_get_path (repair->dataset));
  am_json_add_string (builder, "data_sha256", repair->data_digest);
  add_name (builder, "preprocessing", preprocessing->name);
  json_builder_set_member_name (builder, "parents");
  json_builder_begin_array (builder);
  for (guint i = 0; i < repair->n_parents; i++)
    {
      AmCheckpoint *checkpoint = am_vision_network_get_checkpoint (repair->parents[i]);
      g_autofree char *name = g_path_get_basename (am_checkpoint_get_path (checkpoint));
      g_autofree char *shown = g_filename_display_name (name);

      json_builder_add_string_value (builder, shown);
    }
  json_builder_end_array (builder);
}

static void
add_layer (JsonBuilder *builder, const AmRepairedLayer *layer)
{
  json_builder_begin_object (builder);
  am_json_add_string (builder, "name", layer->name);
  am_json_add_boolean (builder, "reset", layer->is_reset);
  am_json_add_count (builder, "units", layer->n_units);
  am_json_add_number (builder, "deviation_before", layer->deviation_before);
  am_json_add_number (builder, "deviation_after", layer->deviation_after);
  am_json_add_number (builder, "mean_error", layer->mean_error);
  am_json_add_number (builder, "deviation_error", layer->deviation_error);
  am_json_add_count (builder, "dead", layer->n_dead);
  json_builder_end_object (builder);
}

static char *
to_text (JsonBuilder *builder, gboolean is_pretty)
{
  JsonNode *root = json_builder_get_root (builder);
  char *text = am_json_to_text (root, is_pretty);

  json_node_unref (root);
  return text;
}

char *
am_repair_make_record (const AmRepair *repair)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_origin (builder, repair);
  json_builder_end_object (builder);
  return to_text (builder, FALSE);
}

char *
am_repair_to_json (const AmRepair *repair)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  am_json_add_string (builder, "format", "amalgam-repair-1");
  add_origin (builder, repair);
  am_json_add_strings (builder, "new_tensors", am_repair_get_new_tensors (repair));
  json_builder_set_member_name (builder, "layers");
  json_builder_begin_array (builder);
  for (guint i = 0; i < repair->layers->len; i++)
    add_layer (builder, am_repair_get_layer (repair, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return to_text (builder, TRUE);
}
