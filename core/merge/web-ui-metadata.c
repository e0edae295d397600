#include "merge/web-ui-metadata.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "checkpoint/digest.h"
#include "checkpoint/json-check.h"
#include "merge/plan-shapes.h"
#include "output/json-text.h"

#define DIGEST_LENGTH 64

/* Stands in for the digest of input @index while it is unknown: as long as one, and never equal to one. */
static char *
stand_in (guint index)
{
  return g_strdup_printf ("input-%0*u", DIGEST_LENGTH - (int)strlen ("input-"), index);
}

static gboolean
is_digest (const char *text)
{
  return strlen (text) == DIGEST_LENGTH && strspn (text, "0123456789abcdefABCDEF") == DIGEST_LENGTH;
}

static const char *
inherited (const AmPlan *plan, const char *key)
{
  GHashTable *metadata = am_checkpoint_get_metadata (am_plan_input (plan, 0)->checkpoint);

  return metadata != NULL ? g_hash_table_lookup (metadata, key) : NULL;
}

static void
add (GHashTable *table, const char *key, const char *value)
{
  if (value != NULL)
    g_hash_table_insert (table, g_strdup (key), g_strdup (value));
}

static const char *
usual_resolution (AmFamily family)
{
  switch (family)
    {
    case AM_FAMILY_SD1:
      return "512x512";
    case AM_FAMILY_SD2:
      return "768x768";
    default:
      return "1024x1024";
    }
}

static char *
join_labels (const AmPlan *plan, const char *separator)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < plan->n_inputs; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? separator : "", am_plan_input (plan, i)->label);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_modelspec (GHashTable *table, const AmPlan *plan)
{
  const AmModel *lead = am_plan_input (plan, 0)->model;
  const char *architecture = am_model_get_modelspec (lead);
  const char *resolution = inherited (plan, "modelspec.resolution");
  g_autofree char *names = join_labels (plan, " + ");
  g_autofree char *title = g_strdup_printf ("%s (%s)", names, plan->method->id);
  g_autofree char *parents = join_labels (plan, ", ");

  if (architecture == NULL)
    return;
  add (table, "modelspec.sai_model_spec", "1.0.1");
  add (table, "modelspec.architecture", architecture);
  add (table, "modelspec.implementation",
       am_model_get_family (lead) == AM_FAMILY_FLUX ? "https://github.com/black-forest-labs/flux"
                                                    : "https://github.com/Stability-AI/generative-models");
  add (table, "modelspec.title", title);
  add (table, "modelspec.resolution",
       resolution != NULL ? resolution : usual_resolution (am_model_get_family (lead)));
  add (table, "modelspec.merged_from", parents);
  add (table, "modelspec.prediction_type", inherited (plan, "modelspec.prediction_type"));
  add (table, "modelspec.license", inherited (plan, "modelspec.license"));
}

static char *
to_text (JsonBuilder *builder)
{
  g_autoptr (JsonNode) node = json_builder_get_root (builder);

  return am_json_to_text (node, FALSE);
}

static void
add_member (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value != NULL)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

/* NULL for the result of an earlier stage: it is no file anybody has. */
static char *
model_digest (const AmPlan *plan, GHashTable *digests, guint index)
{
  const AmInput *input = index < plan->n_inputs ? am_plan_input (plan, index) : NULL;
  const char *known;

  if (input == NULL || am_plan_is_stage_result (plan, input))
    return NULL;
  known = g_hash_table_lookup (digests, input->path);
  return known != NULL ? g_strdup (known) : stand_in (index);
}

static double
main_ratio (const AmPlan *plan)
{
  gint ratio = am_method_get_ratio (plan->method);

  return ratio >= 0 && !plan->method->parameters[ratio].per_model ? plan->run_parameters[ratio] : 0.0;
}

/* In the field names web UIs know; the full recipe is in its own key. */
static char *
make_merge_recipe (const AmPlan *plan, GHashTable *digests)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  gpointer vae = g_hash_table_lookup (plan->policy_files, "vae");
  const char *architecture = am_model_get_architecture (am_plan_input (plan, 0)->model);
  g_autofree char *primary = model_digest (plan, digests, 0);
  g_autofree char *secondary = model_digest (plan, digests, 1);
  g_autofree char *tertiary = model_digest (plan, digests, 2);

  json_builder_begin_object (builder);
  add_member (builder, "type", "amalgam");
  add_member (builder, "primary_model_hash", primary);
  add_member (builder, "secondary_model_hash", secondary);
  add_member (builder, "tertiary_model_hash", tertiary);
  add_member (builder, "interp_method", plan->method->title);
  json_builder_set_member_name (builder, "multiplier");
  json_builder_add_double_value (builder, main_ratio (plan));
  json_builder_set_member_name (builder, "save_as_half");
  json_builder_add_boolean_value (builder, am_plan_output_dtype (plan, AM_DTYPE_F32) == AM_DTYPE_F16);
  add_member (builder, "bake_in_vae",
              vae != NULL ? am_plan_input (plan, GPOINTER_TO_UINT (vae) - 1)->label : NULL);
  json_builder_set_member_name (builder, "is_inpainting");
  json_builder_add_boolean_value (builder, g_str_has_suffix (architecture, "inpainting"));
  json_builder_set_member_name (builder, "is_instruct_pix2pix");
  json_builder_add_boolean_value (builder, g_str_has_suffix (architecture, "pix2pix"));
  json_builder_end_object (builder);
  return to_text (builder);
}

static JsonNode *
parse_object (const char *text)
{
  g_autoptr (JsonNode) node = text != NULL ? am_json_parse (text, strlen (text), "metadata", NULL) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? g_steal_pointer (&node) : NULL;
}

/* The parents' own parents, so that the family tree survives. What is no digest is no parent; it could also
 * be mistaken for a stand-in, which would make the text grow once digests are known. */
static void
fold_in (JsonObject *models, const AmInput *input)
{
  GHashTable *metadata = am_checkpoint_get_metadata (input->checkpoint);
  g_autoptr (JsonNode) node
      = parse_object (metadata != NULL ? g_hash_table_lookup (metadata, "sd_merge_models") : NULL);
  JsonObjectIter iter;
  const char *hash;
  JsonNode *value;

  if (node == NULL)
    return;
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &hash, &value))
    if (is_digest (hash) && !json_object_has_member (models, hash))
      json_object_set_member (models, hash, json_node_copy (value));
}

static JsonObject *
describe_input (const AmInput *input)
{
  JsonObject *object = json_object_new ();
  GHashTable *metadata = am_checkpoint_get_metadata (input->checkpoint);
  JsonNode *recipe
      = parse_object (metadata != NULL ? g_hash_table_lookup (metadata, "sd_merge_recipe") : NULL);
  g_autofree char *legacy = am_digest_legacy (am_checkpoint_get_file (input->checkpoint, 0), NULL);

  json_object_set_string_member (object, "name", input->label);
  if (legacy != NULL)
    json_object_set_string_member (object, "legacy_hash", legacy);
  if (recipe != NULL)
    json_object_set_member (object, "sd_merge_recipe", recipe);
  else
    json_object_set_null_member (object, "sd_merge_recipe");
  return object;
}

/* Keyed by stand-ins while digests are unknown, so that the text has its full length then already. @number
 * counts the inputs of all stages. */
static void
add_models (JsonObject *models, const AmPlan *plan, GHashTable *digests, guint *number)
{
  for (guint i = 0; i < plan->n_inputs; i++, (*number)++)
    {
      const AmInput *input = am_plan_input (plan, i);
      const char *known = g_hash_table_lookup (digests, input->path);
      g_autofree char *placeholder = stand_in (*number);

      if (!am_plan_is_stage_result (plan, input))
        json_object_set_object_member (models, known != NULL ? known : placeholder, describe_input (input));
    }
}

static void
fold_in_all (JsonObject *models, const AmPlan *plan)
{
  for (guint i = 0; i < plan->n_inputs; i++)
    fold_in (models, am_plan_input (plan, i));
}

static char *
make_merge_models (const AmPlan *plan, GHashTable *digests)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *models = json_object_new ();
  guint n_stages = plan->stage_plans != NULL ? plan->stage_plans->len : 0;
  guint number = 0;

  json_node_take_object (node, models);
  add_models (models, plan, digests, &number);
  for (guint i = 0; i < n_stages; i++)
    add_models (models, g_ptr_array_index (plan->stage_plans, i), digests, &number);
  fold_in_all (models, plan);
  for (guint i = 0; i < n_stages; i++)
    fold_in_all (models, g_ptr_array_index (plan->stage_plans, i));
  return am_json_to_text (node, FALSE);
}

static gboolean
is_diffusion (AmFamily family)
{
  return family == AM_FAMILY_SD1 || family == AM_FAMILY_SD2 || family == AM_FAMILY_SDXL
         || family == AM_FAMILY_SDXL_REFINER || family == AM_FAMILY_SD3 || family == AM_FAMILY_FLUX;
}

void
am_web_ui_metadata_add (GHashTable *table, const AmPlan *plan, GHashTable *digests)
{
  if (!is_diffusion (am_model_get_family (am_plan_input (plan, 0)->model)))
    return;
  add_modelspec (table, plan);
  g_hash_table_insert (table, g_strdup ("sd_merge_recipe"), make_merge_recipe (plan, digests));
  g_hash_table_insert (table, g_strdup ("sd_merge_models"), make_merge_models (plan, digests));
}
