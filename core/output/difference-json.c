#include <json-glib/json-glib.h>
#include <math.h>

#include "output/difference.h"
#include "output/json-text.h"

static void
add_side (JsonBuilder *builder, const char *name, const char *path, const AmModel *model)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  am_json_add_string (builder, "path", path);
  am_json_add_string (builder, "architecture", am_model_get_architecture (model));
  am_json_add_string (builder, "title", am_model_get_title (model));
  json_builder_end_object (builder);
}

static void
add_counts (JsonBuilder *builder, const AmDifference *difference)
{
  guint64 counts[AM_N_DIFFERENCE_KINDS] = { 0 };
  guint64 n_equal = 0;

  for (guint i = 0; i < difference->n_tensors; i++)
    {
      counts[difference->tensors[i].kind]++;
      n_equal += difference->tensors[i].is_equal != FALSE;
    }
  json_builder_set_member_name (builder, "counts");
  json_builder_begin_object (builder);
  am_json_add_count (builder, "tensors", difference->n_tensors);
  am_json_add_count (builder, "equal", n_equal);
  for (guint kind = 0; kind < AM_N_DIFFERENCE_KINDS; kind++)
    am_json_add_count (builder, am_difference_kind_get_id (kind), counts[kind]);
  json_builder_end_object (builder);
}

static void
add_cell (JsonBuilder *builder, const AmDifference *difference, guint block)
{
  AmCellDifference cell;

  am_difference_sum_cell (difference, block, AM_N_LAYER_KINDS, &cell);
  am_json_add_number (builder, "relative_l2", cell.relative_l2);
  am_json_add_number (builder, "cosine", cell.cosine);
  am_json_add_number (builder, "maximum", cell.maximum);
}

static void
add_block (JsonBuilder *builder, const AmDifference *difference, const AmModel *a, guint block)
{
  json_builder_begin_object (builder);
  am_json_add_string (builder, "block", am_model_get_block_name (a, block));
  add_cell (builder, difference, block);
  json_builder_set_member_name (builder, "layers");
  json_builder_begin_object (builder);
  for (guint layer = 0; layer < AM_N_LAYER_KINDS; layer++)
    {
      double cell = am_difference_get_cell (difference, block, layer);

      if (!isnan (cell))
        am_json_add_number (builder, am_layer_kind_get_title (layer), cell);
    }
  json_builder_end_object (builder);
  json_builder_end_object (builder);
}

static void
add_figures (JsonBuilder *builder, const AmTensorDifference *row)
{
  am_json_add_number (builder, "relative_l2", row->relative_l2);
  am_json_add_number (builder, "cosine", row->cosine);
  am_json_add_number (builder, "maximum", row->maximum);
  am_json_add_number (builder, "norm_a", row->norm_a);
  am_json_add_number (builder, "norm_b", row->norm_b);
  am_json_add_number (builder, "norm_difference", row->norm_difference);
  am_json_add_count (builder, "not_finite_a", row->n_not_finite_a);
  am_json_add_count (builder, "not_finite_b", row->n_not_finite_b);
}

static const char *
find_block_name (const AmTensorDifference *row, const AmModel *a, const AmModel *b)
{
  const AmModel *model = row->kind == AM_DIFFERENCE_ONLY_B ? b : a;

  return row->block < am_model_get_n_blocks (model) ? am_model_get_block_name (model, row->block) : NULL;
}

static void
add_tensor (JsonBuilder *builder, const AmTensorDifference *row, const AmModel *a, const AmModel *b)
{
  json_builder_begin_object (builder);
  am_json_add_string (builder, "name", row->name);
  am_json_add_string (builder, "kind", am_difference_kind_get_id (row->kind));
  am_json_add_string (builder, "component", am_component_get_id (row->component));
  am_json_add_string (builder, "block", find_block_name (row, a, b));
  am_json_add_string (builder, "layer", am_layer_kind_get_title (row->layer));
  am_json_add_count (builder, "elements", row->length);
  am_json_add_boolean (builder, "equal", row->is_equal);
  if (row->kind == AM_DIFFERENCE_COMPARED)
    add_figures (builder, row);
  json_builder_end_object (builder);
}

char *
am_difference_to_json (const AmDifference *difference, const AmModel *a, const AmModel *b)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  am_json_add_string (builder, "format", "amalgam-diff-1");
  add_side (builder, "a", difference->path_a, a);
  add_side (builder, "b", difference->path_b, b);
  add_counts (builder, difference);
  add_cell (builder, difference, AM_BLOCK_NONE);
  json_builder_set_member_name (builder, "blocks");
  json_builder_begin_array (builder);
  for (guint block = 0; block < am_model_get_n_blocks (a); block++)
    add_block (builder, difference, a, block);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "tensors");
  json_builder_begin_array (builder);
  for (guint i = 0; i < difference->n_tensors; i++)
    add_tensor (builder, &difference->tensors[i], a, b);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return am_json_to_text (root, TRUE);
}
