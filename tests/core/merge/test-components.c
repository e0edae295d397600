/* Component policies: where the VAE and the text encoders come from. */
#include <string.h>

#include <glib/gstdio.h>

#include "merge-fixture.h"

#define PAIR "models: [DIR/a.safetensors, DIR/b.safetensors]\n"
#define VAE "first_stage_model.decoder.conv_out.weight"
#define POSITION_IDS "cond_stage_model.transformer.text_model.embeddings.position_ids"

typedef struct
{
  AmFamily family;
  gboolean integer_vae;      /* one tensor of the VAE holds whole numbers */
  gboolean damaged_position; /* position_ids went through floats */
} Kind;

static char *
join_shape (const AmExpectedTensor *tensor)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < tensor->n_dims; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", tensor->shape[i]);
  return g_string_free (text, FALSE);
}

static char *
write_model (const char *folder, const char *name, guint32 seed, const Kind *kind)
{
  g_autoptr (GArray) tensors = am_family_list_tensors (kind->family, 32);
  g_autoptr (Fixture) fixture = fixture_new ();
  static const guint8 zeros[65536];

  for (guint i = 0; i < tensors->len; i++)
    {
      const AmExpectedTensor *tensor = &g_array_index (tensors, AmExpectedTensor, i);
      g_autofree char *shape = join_shape (tensor);

      if (kind->integer_vae && strcmp (tensor->name, VAE) == 0)
        fixture_add_bytes (fixture, tensor->name, AM_DTYPE_I64, shape, zeros);
      else if (kind->damaged_position && strcmp (tensor->name, POSITION_IDS) == 0)
        fixture_add_random (fixture, tensor->name, AM_DTYPE_F32, shape, seed, 10.0);
      else if (!tensor->is_optional)
        fixture_add_random (fixture, tensor->name, AM_DTYPE_F16, shape, seed + i, 0.1);
    }
  return fixture_write (fixture, folder, name);
}

static char *
new_folder_of (const Kind *kind)
{
  char *folder = fixture_new_folder ();

  g_free (write_model (folder, "a.safetensors", 1, kind));
  g_free (write_model (folder, "b.safetensors", 50000, kind));
  return folder;
}

static const AmPlanTensor *
find_planned (const AmPlan *plan, const char *name)
{
  for (guint i = 0; i < am_plan_get_n_tensors (plan); i++)
    if (strcmp (am_plan_get_tensor (plan, i)->name, name) == 0)
      return am_plan_get_tensor (plan, i);
  g_assert_not_reached ();
}

static AmPlan *
plan_of (const char *yaml, const char *folder, GError **error)
{
  g_autoptr (GPtrArray) recipes = recipes_new (yaml, folder);

  return am_plan_new (recipes, NULL, error);
}

/* Recipes whose policies ask for what cannot be. */
static void
test_refused (void)
{
  static const struct
  {
    const char *recipe;
    const char *message;
  } cases[] = {
    { "merge_method: model_stock\nbase_model: DIR/a.safetensors\n"
      "models: [DIR/b.safetensors, DIR/c.safetensors]\ncomponents: {vae: 0.3}\n",
      "model_stock has no ratio" },
    { "merge_method: linear\nmodels: [DIR/a.safetensors, DIR/b.safetensors, DIR/c.safetensors]\n"
      "components: {vae: 0.3}\n",
      "one ratio for vae says too little" },
    { "merge_method: weighted_sum\n" PAIR "components: {vae: d}\n", "there is no model d" },
  };
  static const Kind kind = { .family = AM_FAMILY_SD1 };
  g_autofree char *folder = new_folder_of (&kind);

  g_free (write_model (folder, "c.safetensors", 90000, &kind));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AmPlan) plan = plan_of (cases[i].recipe, folder, &error);

      g_assert_null (plan);
      g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
      g_assert_nonnull (strstr (error->message, cases[i].message));
    }
  fixture_remove_folder (folder);
}

/* One entry for the text encoder is for both of SDXL's, as a ratio too. */
static void
test_second_text_encoder (void)
{
  static const Kind kind = { .family = AM_FAMILY_SDXL };
  g_autofree char *folder = new_folder_of (&kind);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPlan) plan
      = plan_of ("merge_method: weighted_sum\n" PAIR "components: {text_encoder: 0.25}\n", folder, &error);
  guint n = 0;

  g_assert_no_error (error);
  for (guint i = 0; i < am_plan_get_n_tensors (plan); i++)
    {
      const AmPlanTensor *tensor = am_plan_get_tensor (plan, i);

      if (tensor->component != AM_COMPONENT_TEXT_ENCODER_2 || tensor->action != AM_ACTION_MERGED)
        continue;
      g_assert_cmpfloat (tensor->ratio, ==, 0.25);
      n++;
    }
  g_assert_cmpuint (n, >, 0);
  fixture_remove_folder (folder);
}

/* Whole numbers are no type to bake float weights into. */
static void
test_bake_over_integers (void)
{
  static const Kind sound = { .family = AM_FAMILY_SD1 };
  static const Kind integer = { .family = AM_FAMILY_SD1, .integer_vae = TRUE };
  g_autofree char *folder = new_folder_of (&integer);
  g_autofree char *vae = write_model (folder, "vae.safetensors", 90000, &sound);
  g_autofree char *merged
      = merge_into ("merge_method: weighted_sum\n" PAIR "components: {vae: DIR/vae.safetensors}\n", folder,
                    "c.safetensors", NULL);
  guint64 n = 0;
  g_autofree double *expected = read_values (vae, VAE, &n);
  g_autofree double *values = read_values (merged, VAE, NULL);

  g_assert_cmpmem (values, n * sizeof *values, expected, n * sizeof *expected);
  fixture_remove_folder (folder);
}

/* Damaged position_ids are repaired wherever the text encoder comes from. */
static void
test_repair_under_policy (void)
{
  static const Kind damaged = { .family = AM_FAMILY_SD1, .damaged_position = TRUE };
  g_autofree char *folder = new_folder_of (&damaged);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPlan) plan
      = plan_of ("merge_method: weighted_sum\n" PAIR "components: {text_encoder: b}\n", folder, &error);

  g_assert_no_error (error);
  g_assert_cmpint (find_planned (plan, POSITION_IDS)->action, ==, AM_ACTION_REPAIRED);
  fixture_remove_folder (folder);
}

/* Two files of one name: the baked one is found again by its digest, and another is refused. */
static void
test_baked_file_is_pinned (void)
{
  static const Kind kind = { AM_FAMILY_SD1, FALSE, FALSE };
  static const char yaml[] = "merge_method: weighted_sum\n" PAIR "components: {vae: DIR/vae/b.safetensors}\n";
  g_autofree char *folder = new_folder_of (&kind);
  g_autofree char *vae_folder = g_build_filename (folder, "vae", NULL);
  g_autofree char *merged = NULL, *digest = NULL, *hex = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) recipes = NULL;
  const AmRecipe *recipe;
  const AmPolicy *policy;

  g_assert_cmpint (g_mkdir (vae_folder, 0700), ==, 0);
  g_free (write_model (vae_folder, "b.safetensors", 90000, &kind));
  merged = merge_into (yaml, folder, "out.safetensors", NULL);
  recipes = am_recipes_load (merged, &error);
  g_assert_no_error (error);
  recipe = g_ptr_array_index (recipes, 0);
  policy = g_hash_table_lookup (recipe->components, "vae");
  g_assert_cmpint (policy->type, ==, AM_POLICY_FILE);
  g_assert_cmpstr (policy->file, ==, "b.safetensors");
  digest = g_build_filename (vae_folder, "b.safetensors", NULL);
  hex = file_digest (digest);
  g_assert_cmpstr (policy->sha256, ==, hex);
  fixture_remove_folder (folder);
}

/* "base" is the base, "a" the first of the models beside it. */
static void
test_base_is_not_a (void)
{
  static const Kind kind = { AM_FAMILY_SD1, FALSE, FALSE };
  static const char yaml[]
      = "merge_method: task_arithmetic\nbase_model: DIR/a.safetensors\nmodels: [DIR/b.safetensors]\n"
        "components: {vae: ";
  g_autofree char *folder = new_folder_of (&kind);

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *text = g_strconcat (yaml, i == 0 ? "base}\n" : "a}\n", NULL);
      g_autofree char *merged = merge_into (text, folder, i == 0 ? "c.safetensors" : "d.safetensors", NULL);
      g_autofree char *from = g_build_filename (folder, i == 0 ? "a.safetensors" : "b.safetensors", NULL);
      guint64 n = 0;
      g_autofree double *expected = read_values (from, VAE, &n);
      g_autofree double *found = read_values (merged, VAE, NULL);

      g_assert_cmpmem (found, n * sizeof *found, expected, n * sizeof *expected);
    }
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/components/refused", test_refused);
  g_test_add_func ("/components/second-text-encoder", test_second_text_encoder);
  g_test_add_func ("/components/bake-over-integers", test_bake_over_integers);
  g_test_add_func ("/components/repair-under-policy", test_repair_under_policy);
  g_test_add_func ("/components/baked-file-is-pinned", test_baked_file_is_pinned);
  g_test_add_func ("/components/base-is-not-a", test_base_is_not_a);
  return g_test_run ();
}
