#include <math.h>

#include "evaluation/evaluation.h"
#include "output/json-text.h"

static void
add_class (const AmEvaluation *evaluation, const AmDataset *dataset, guint class, JsonBuilder *builder)
{
  guint64 count = evaluation->class_count[class], correct = evaluation->class_correct[class];
  gboolean is_known = class < am_dataset_get_n_classes (dataset);

  json_builder_begin_object (builder);
  am_json_add_count (builder, "class", class);
  am_json_add_string (builder, "name", is_known ? am_dataset_get_class_name (dataset, class) : NULL);
  am_json_add_count (builder, "samples", count);
  am_json_add_count (builder, "correct", correct);
  am_json_add_number (builder, "accuracy", count > 0 ? (double)correct / (double)count : NAN);
  json_builder_end_object (builder);
}

static void
add_bin (const AmEvaluation *evaluation, guint bin, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  am_json_add_number (builder, "above", (double)bin / AM_N_CALIBRATION_BINS);
  am_json_add_number (builder, "up_to", (bin + 1.0) / AM_N_CALIBRATION_BINS);
  am_json_add_count (builder, "samples", evaluation->bin_count[bin]);
  am_json_add_number (builder, "confidence", evaluation->bin_confidence[bin]);
  am_json_add_number (builder, "accuracy", evaluation->bin_accuracy[bin]);
  json_builder_end_object (builder);
}

void
am_evaluation_add_json (const AmEvaluation *evaluation, const AmDataset *dataset, JsonBuilder *builder)
{
  am_json_add_count (builder, "samples", evaluation->n);
  am_json_add_number (builder, "accuracy", evaluation->accuracy);
  am_json_add_number (builder, "loss", evaluation->loss);
  am_json_add_number (builder, "calibration_error", evaluation->calibration_error);
  json_builder_set_member_name (builder, "classes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < evaluation->n_classes; i++)
    add_class (evaluation, dataset, i, builder);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "calibration");
  json_builder_begin_array (builder);
  for (guint i = 0; i < AM_N_CALIBRATION_BINS; i++)
    add_bin (evaluation, i, builder);
  json_builder_end_array (builder);
}

char *
am_evaluation_to_json (const AmEvaluation *evaluation, const AmDataset *dataset)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  am_json_add_string (builder, "format", "amalgam-evaluation-1");
  am_evaluation_add_json (evaluation, dataset, builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return am_json_to_text (root, TRUE);
}
