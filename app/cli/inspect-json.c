#include "inspect-facts.h"
#include "json-text.h"

static void
add_share (JsonBuilder *builder, const InspectShare *share)
{
  am_json_add_count (builder, "tensors", share->n_tensors);
  am_json_add_count (builder, "elements", share->n_elements);
  am_json_add_count (builder, "bytes", share->size);
  json_builder_set_member_name (builder, "dtypes");
  json_builder_begin_object (builder);
  for (guint dtype = 0; dtype < AM_N_DTYPES; dtype++)
    if (share->by_dtype[dtype] > 0)
      am_json_add_count (builder, am_dtype_get_name (dtype), share->by_dtype[dtype]);
  json_builder_end_object (builder);
}

static void
add_components (JsonBuilder *builder, const InspectFacts *facts)
{
  json_builder_set_member_name (builder, "components");
  json_builder_begin_array (builder);
  for (guint i = 0; i < AM_N_COMPONENTS; i++)
    if (facts->components[i].n_tensors > 0)
      {
        json_builder_begin_object (builder);
        am_json_add_string (builder, "id", am_component_get_id (i));
        am_json_add_string (builder, "title", am_component_get_title (i));
        add_share (builder, &facts->components[i]);
        json_builder_end_object (builder);
      }
  json_builder_end_array (builder);
}

static void
add_blocks (JsonBuilder *builder, const InspectFacts *facts)
{
  json_builder_set_member_name (builder, "blocks");
  json_builder_begin_array (builder);
  for (guint i = 0; i < am_model_get_n_blocks (facts->model); i++)
    {
      json_builder_begin_object (builder);
      am_json_add_string (builder, "name", am_model_get_block_name (facts->model, i));
      add_share (builder, &facts->blocks[i]);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_metadata (JsonBuilder *builder, const InspectFacts *facts)
{
  GHashTable *metadata = am_checkpoint_get_metadata (facts->checkpoint);
  g_autoptr (GList) keys = metadata != NULL ? g_hash_table_get_keys (metadata) : NULL;

  keys = g_list_sort (keys, (GCompareFunc)g_strcmp0);
  json_builder_set_member_name (builder, "metadata");
  json_builder_begin_object (builder);
  for (GList *l = keys; l != NULL; l = l->next)
    am_json_add_string (builder, l->data, g_hash_table_lookup (metadata, l->data));
  json_builder_end_object (builder);
}

static void
add_hashes (JsonBuilder *builder, const InspectFacts *facts)
{
  g_autofree char *short_hash = facts->sha256 != NULL ? g_strndup (facts->sha256, 10) : NULL;
  g_autofree char *short_tensor_hash = facts->tensor_hash != NULL ? g_strndup (facts->tensor_hash, 12) : NULL;

  json_builder_set_member_name (builder, "hashes");
  json_builder_begin_object (builder);
  am_json_add_string (builder, "sha256", facts->sha256);
  am_json_add_string (builder, "autov1", facts->legacy_hash);
  am_json_add_string (builder, "autov2", short_hash);
  am_json_add_string (builder, "autov3", short_tensor_hash);
  json_builder_end_object (builder);
}

static void
add_findings (JsonBuilder *builder, const InspectFacts *facts)
{
  json_builder_set_member_name (builder, "not_finite");
  if (facts->findings == NULL)
    {
      json_builder_add_null_value (builder);
      return;
    }
  json_builder_begin_array (builder);
  for (guint i = 0; i < facts->findings->len; i++)
    {
      const AmScanFinding *finding = &g_array_index (facts->findings, AmScanFinding, i);

      json_builder_begin_object (builder);
      am_json_add_string (builder, "name",
                          am_checkpoint_get_tensor (facts->checkpoint, finding->tensor)->name);
      am_json_add_count (builder, "nan", finding->n_nan);
      am_json_add_count (builder, "infinite", finding->n_infinite);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_tensor (JsonBuilder *builder, const InspectFacts *facts, guint index)
{
  const AmTensor *tensor = am_checkpoint_get_tensor (facts->checkpoint, index);
  const AmTensorRole *role = am_model_get_role (facts->model, index);
  gboolean has_block = role->block < am_model_get_n_blocks (facts->model);

  json_builder_begin_object (builder);
  am_json_add_string (builder, "name", tensor->name);
  am_json_add_string (builder, "dtype", am_dtype_get_name (tensor->dtype));
  am_json_add_string (builder, "stored", tensor->stored);
  json_builder_set_member_name (builder, "shape");
  json_builder_begin_array (builder);
  for (guint i = 0; i < tensor->n_dims; i++)
    json_builder_add_int_value (builder, (gint64)tensor->shape[i]);
  json_builder_end_array (builder);
  am_json_add_string (builder, "component", am_component_get_id (role->component));
  am_json_add_string (builder, "block",
                      has_block ? am_model_get_block_name (facts->model, role->block) : NULL);
  am_json_add_string (builder, "layer", am_layer_kind_get_title (role->kind));
  json_builder_end_object (builder);
}

void
inspect_print_json (const InspectFacts *facts)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  am_json_add_string (builder, "format", "amalgam-inspect-1");
  am_json_add_string (builder, "path", am_checkpoint_get_path (facts->checkpoint));
  am_json_add_string (builder, "container",
                      am_container_get_title (am_checkpoint_get_container (facts->checkpoint)));
  am_json_add_count (builder, "file_bytes", am_checkpoint_get_file_size (facts->checkpoint));
  am_json_add_string (builder, "architecture", am_model_get_architecture (facts->model));
  am_json_add_string (builder, "title", am_model_get_title (facts->model));
  am_json_add_strings (builder, "evidence", am_model_get_evidence (facts->model));
  am_json_add_boolean (builder, "bare", am_model_is_bare (facts->model));
  add_share (builder, &facts->all);
  add_components (builder, facts);
  add_blocks (builder, facts);
  am_json_add_strings (builder, "missing", am_model_get_missing (facts->model));
  am_json_add_strings (builder, "notes", am_checkpoint_get_notes (facts->checkpoint));
  add_hashes (builder, facts);
  add_findings (builder, facts);
  add_metadata (builder, facts);
  json_builder_set_member_name (builder, "tensors");
  json_builder_begin_array (builder);
  for (guint i = 0; i < am_checkpoint_get_n_tensors (facts->checkpoint); i++)
    add_tensor (builder, facts, i);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  json_print (builder);
}
