#include "evaluation/barrier.h"
#include "output/json-text.h"

void
am_barrier_add_json (const AmBarrier *barrier, JsonBuilder *builder)
{
  am_json_add_number (builder, "loss_barrier", barrier->loss_barrier);
  am_json_add_number (builder, "worst_ratio", barrier->worst_ratio);
  am_json_add_number (builder, "accuracy_barrier", barrier->accuracy_barrier);
  am_json_add_boolean (builder, "reset", barrier->is_reset);
  if (barrier->is_reset)
    am_json_add_count (builder, "reset_samples", barrier->n_reset);
  json_builder_set_member_name (builder, "points");
  json_builder_begin_array (builder);
  for (guint i = 0; i < barrier->n_points; i++)
    {
      json_builder_begin_object (builder);
      am_json_add_number (builder, "ratio", barrier->points[i].ratio);
      am_json_add_number (builder, "accuracy", barrier->points[i].accuracy);
      am_json_add_number (builder, "loss", barrier->points[i].loss);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

char *
am_barrier_to_json (const AmBarrier *barrier)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  am_json_add_string (builder, "format", "amalgam-barrier-1");
  am_barrier_add_json (barrier, builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return am_json_to_text (root, TRUE);
}
