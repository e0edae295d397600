#include <math.h>
#include <string.h>

#include "recipe/recipe.h"

static GPtrArray *
parse_all (const char *text)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *recipes = am_recipes_parse (text, -1, "test.yaml", &error);

  g_assert_no_error (error);
  g_assert_nonnull (recipes);
  return recipes;
}

/* The first of @recipes. */
static AmRecipe *
first (GPtrArray *recipes)
{
  g_assert_cmpuint (recipes->len, ==, 1);
  return g_ptr_array_index (recipes, 0);
}

static const AmRecipeModel *
model_of (const AmRecipe *recipe, guint index)
{
  g_assert_cmpuint (index, <, recipe->models->len);
  return g_ptr_array_index (recipe->models, index);
}

static const AmSetting *
setting_of (GHashTable *settings, const char *id)
{
  const AmSetting *setting = g_hash_table_lookup (settings, id);

  g_assert_nonnull (setting);
  return setting;
}

static void
test_ties (void)
{
  static const char text[] = "models:\n"
                             "  - model: base-13b  # the base needs no parameters\n"
                             "  - model: orca\n"
                             "    parameters:\n"
                             "      density: [1, 0.7, 0.1]\n"
                             "      weight: 1.0\n"
                             "  - model: math\n"
                             "    parameters:\n"
                             "      density: 0.33\n"
                             "      weight:\n"
                             "        - filter: mlp\n"
                             "          value: 0.5\n"
                             "        - value: 0\n"
                             "merge_method: ties\n"
                             "base_model: base-13b\n"
                             "parameters:\n"
                             "  normalize: true\n"
                             "  int8_mask: true\n"
                             "dtype: float16\n";
  g_autoptr (GPtrArray) recipes = parse_all (text);
  const AmRecipe *recipe = first (recipes);
  const AmSetting *weight;

  g_assert_cmpstr (recipe->method, ==, "ties");
  g_assert_cmpstr (recipe->base->path, ==, "base-13b");
  g_assert_cmpuint (recipe->models->len, ==, 2);
  g_assert_cmpstr (model_of (recipe, 0)->path, ==, "orca");
  g_assert_cmpuint (model_of (recipe, 0)->line, ==, 3);
  g_assert_cmpint (setting_of (model_of (recipe, 0)->parameters, "density")->type, ==, AM_SETTING_GRADIENT);
  weight = setting_of (model_of (recipe, 1)->parameters, "weight");
  g_assert_cmpint (weight->type, ==, AM_SETTING_FILTERS);
  g_assert_cmpuint (weight->filters->len, ==, 2);
  g_assert_cmpuint (weight->line, ==, 11);
  g_assert_true (setting_of (recipe->parameters, "normalize")->is_boolean);
  g_assert_cmpuint (g_hash_table_size (recipe->parameters), ==, 1);
  g_assert_cmpint (recipe->dtype, ==, AM_DTYPE_F16);
  g_assert_cmpint (recipe->out_dtype, ==, AM_DTYPE_NONE);
  g_assert_cmpuint (recipe->notes->len, ==, 0);
}

/* base_model is the side of t = 0, wherever it stands among the sources. */
static void
test_slerp_slices (void)
{
  static const char text[] = "slices:\n"
                             "  - sources:\n"
                             "      - model: a\n"
                             "        layer_range: [0, 32]\n"
                             "      - model: b\n"
                             "        layer_range: [0, 32]\n"
                             "    parameters:\n"
                             "      t:\n"
                             "        - filter: self_attn\n"
                             "          value: [0, 0.5, 0.3, 0.7, 1]\n"
                             "merge_method: slerp\n"
                             "base_model: b\n"
                             "parameters:\n"
                             "  t:\n"
                             "    - filter: mlp\n"
                             "      value: [1, 0.5, 0.7, 0.3, 0]\n"
                             "    - value: 0.5\n"
                             "dtype: bfloat16\n"
                             "tokenizer_source: union\n";
  g_autoptr (GPtrArray) recipes = parse_all (text);
  const AmRecipe *recipe = first (recipes);
  const AmSetting *t = setting_of (recipe->parameters, "t");
  AmSetting scratch;

  g_assert_null (recipe->base);
  g_assert_cmpuint (recipe->models->len, ==, 2);
  g_assert_cmpstr (model_of (recipe, 0)->path, ==, "b");
  g_assert_cmpuint (model_of (recipe, 0)->layer_end, ==, 32);
  g_assert_cmpuint (model_of (recipe, 1)->layer_end, ==, 32);
  g_assert_cmpfloat (am_setting_resolve (t, "self_attn.q", 1, &scratch)->number, ==, 1);
  g_assert_cmpfloat (am_setting_resolve (t, "mlp.up", 1, &scratch)->number, ==, 0);
  g_assert_cmpfloat (am_setting_resolve (t, "norm", 1, &scratch)->number, ==, 0.5);
  g_assert_cmpuint (recipe->notes->len, ==, 1);
}

static void
test_base_is_inserted (void)
{
  g_autoptr (GPtrArray) recipes
      = parse_all ("{merge_method: slerp, base_model: a, models: [b], parameters: {t: 0.5}}");
  const AmRecipe *recipe = first (recipes);

  g_assert_null (recipe->base);
  g_assert_cmpstr (model_of (recipe, 0)->path, ==, "a");
  g_assert_cmpstr (model_of (recipe, 1)->path, ==, "b");
}

/* A listed base keeps its parameters and takes the pinned hash along. */
static void
test_base_moves_to_front (void)
{
  static const char text[] = "merge_method: linear\n"
                             "base_model:\n"
                             "  model: b\n"
                             "  sha256: 0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\n"
                             "models:\n"
                             "  - a\n"
                             "  - {model: b, parameters: {weight: 0.25}}\n";
  g_autoptr (GPtrArray) recipes = parse_all (text);
  const AmRecipe *recipe = first (recipes);

  g_assert_cmpuint (recipe->models->len, ==, 2);
  g_assert_cmpstr (model_of (recipe, 0)->path, ==, "b");
  g_assert_cmpstr (model_of (recipe, 0)->sha256, ==,
                   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  g_assert_cmpfloat (setting_of (model_of (recipe, 0)->parameters, "weight")->number, ==, 0.25);
}

static void
test_json (void)
{
  static const char text[] = "{\"merge_method\":\"weighted_sum\",\n"
                             "\t\"models\":[\"a b.safetensors\",{\"model\":\"c\\/d\\u00e9\"}],\n"
                             "\t\"parameters\":{\"alpha\":3e-1}}";
  g_autoptr (GPtrArray) recipes = parse_all (text);
  const AmRecipe *recipe = first (recipes);

  g_assert_cmpstr (model_of (recipe, 0)->path, ==, "a b.safetensors");
  g_assert_cmpstr (model_of (recipe, 1)->path, ==, "c/d\xC3\xA9");
  g_assert_cmpfloat (setting_of (recipe->parameters, "alpha")->number, ==, 0.3);
}

static void
test_own_keys (void)
{
  static const char text[] = "merge_method: sum_twice\n"
                             "models: [a, b, c]\n"
                             "blocks:\n"
                             "  alpha: GRAD_V\n"
                             "  beta: {IN00: 0.5, time_embed: 0.25, elements: 'OUT03:attn2:1, ::0'}\n"
                             "components: {vae: b, text_encoder: 0.3, unet: merge}\n"
                             "out_dtype: fp16\n"
                             "seed: 18446744073709551615\n"
                             "clamp: true\n"
                             "prune: yes\n"
                             "discard: ['^cond_stage', \"x\\\\.y\"]\n"
                             "output: {shard_size: 2GB}\n";
  g_autoptr (GPtrArray) recipes = parse_all (text);
  const AmRecipe *recipe = first (recipes);
  const AmBlockWeights *alpha = g_hash_table_lookup (recipe->blocks, "");
  const AmBlockWeights *beta = g_hash_table_lookup (recipe->blocks, "beta");
  const AmPolicy *vae = g_hash_table_lookup (recipe->components, "vae");

  g_assert_cmpstr (alpha->preset, ==, "GRAD_V");
  g_assert_cmpfloat (*(double *)g_hash_table_lookup (beta->by_name, "IN00"), ==, 0.5);
  g_assert_cmpfloat (beta->time_embed, ==, 0.25);
  g_assert_cmpuint (beta->elements->len, ==, 2);
  g_assert_cmpuint (beta->line, ==, 5);
  g_assert_cmpint (vae->type, ==, AM_POLICY_MODEL);
  g_assert_cmpuint (vae->model, ==, 1);
  g_assert_cmpfloat (((AmPolicy *)g_hash_table_lookup (recipe->components, "text_encoder"))->ratio, ==, 0.3);
  g_assert_cmpint (recipe->out_dtype, ==, AM_DTYPE_F16);
  g_assert_cmpuint (recipe->seed, ==, G_MAXUINT64);
  g_assert_true (recipe->clamp);
  g_assert_true (recipe->prune);
  g_assert_cmpstr (g_ptr_array_index (recipe->discard, 1), ==, "x\\.y");
  g_assert_cmpuint (recipe->shard_size, ==, 2000000000);
}

static void
test_block_forms (void)
{
  static const char *const forms[] = {
    "0,0.5,1",
    "[0, 0.5, 1]",
    "'0 0.5 1'",
    "{numbers: [0, 0.5, 1]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autofree char *text
          = g_strdup_printf ("merge_method: weighted_sum\nmodels: [a, b]\nblocks: %s\n", forms[i]);
      g_autoptr (GPtrArray) recipes = parse_all (text);
      const AmBlockWeights *weights = g_hash_table_lookup (first (recipes)->blocks, "");

      g_assert_cmpuint (weights->numbers->len, ==, 3);
      g_assert_cmpfloat (g_array_index (weights->numbers, double, 1), ==, 0.5);
      g_assert_true (isnan (weights->time_embed));
    }
}

static void
test_model_blocks (void)
{
  g_autoptr (GPtrArray) recipes
      = parse_all ("{merge_method: task_arithmetic, base_model: o, models: [{model: a, blocks: GRAD_A}, b]}");
  const AmRecipe *recipe = first (recipes);

  g_assert_cmpstr (model_of (recipe, 0)->blocks->preset, ==, "GRAD_A");
  g_assert_null (model_of (recipe, 1)->blocks);
}

static void
test_aliases (void)
{
  static const char text[] = "merge_method: task_arithmetic\n"
                             "base_model: base\n"
                             "models:\n"
                             "  - model: a\n"
                             "    parameters: &shared {weight: 0.5}\n"
                             "  - model: b\n"
                             "    parameters: *shared\n";
  g_autoptr (GPtrArray) recipes = parse_all (text);

  g_assert_cmpfloat (setting_of (model_of (first (recipes), 1)->parameters, "weight")->number, ==, 0.5);
}

/* The result comes last and every stage after those it needs, whatever the order in the file. */
static void
test_stages (void)
{
  static const char text[] = "merge_method: weighted_sum\n"
                             "models: [second, c]\n"
                             "---\n"
                             "name: second\n"
                             "merge_method: add_difference\n"
                             "models: [first, b, first]\n"
                             "---\n"
                             "name: first\n"
                             "merge_method: weighted_sum\n"
                             "models: [a, b]\n"
                             "---\n";
  g_autoptr (GPtrArray) recipes = parse_all (text);

  g_assert_cmpuint (recipes->len, ==, 3);
  g_assert_cmpstr (((AmRecipe *)g_ptr_array_index (recipes, 0))->name, ==, "first");
  g_assert_cmpstr (((AmRecipe *)g_ptr_array_index (recipes, 1))->name, ==, "second");
  g_assert_null (((AmRecipe *)g_ptr_array_index (recipes, 2))->name);
  g_assert_cmpint (am_recipes_find_stage (recipes, "second"), ==, 1);
  g_assert_cmpint (am_recipes_find_stage (recipes, "c"), ==, -1);
}

/* Parameters of other mergekit methods are left out with a note; a file with '+' in its name is no LoRA. */
static void
test_notes (void)
{
  static const char text[] = "merge_method: linear\n"
                             "models:\n"
                             "  - model: a+b.safetensors\n"
                             "    parameters: {weight: 1, density: 0.5}\n"
                             "  - model: ./c+d\n"
                             "    parameters: {weight: 1}\n"
                             "chat_template: auto\n";
  g_autoptr (GPtrArray) recipes = parse_all (text);
  const AmRecipe *recipe = first (recipes);

  g_assert_cmpuint (recipe->notes->len, ==, 2);
  g_assert_nonnull (strstr (g_ptr_array_index (recipe->notes, 0), "linear takes no density"));
  g_assert_cmpuint (g_hash_table_size (model_of (recipe, 0)->parameters), ==, 1);
}

static void
test_rescale (void)
{
  g_autoptr (GPtrArray) recipes = parse_all ("{merge_method: dare_ties, base_model: o, models: [a, b], "
                                             "parameters: {rescale: true, weight: 1, density: 0.5}}");
  const AmSetting *rescale = setting_of (first (recipes)->parameters, "rescale");

  g_assert_true (rescale->is_boolean);
  g_assert_cmpfloat (rescale->number, ==, 1);
}

static void
test_policies (void)
{
  static const struct
  {
    const char *text;
    AmPolicyType type;
    guint model;
    double ratio;
  } cases[] = {
    { "merge", AM_POLICY_MERGE, 0, 0 }, { "a", AM_POLICY_MODEL, 0, 0 },
    { "B", AM_POLICY_MODEL, 1, 0 },     { "base", AM_POLICY_MODEL, AM_POLICY_BASE, 0 },
    { "0.3", AM_POLICY_RATIO, 0, 0.3 }, { "discard", AM_POLICY_DISCARD, 0, 0 },
    { "vae.pt", AM_POLICY_FILE, 0, 0 }, { "./a", AM_POLICY_FILE, 0, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      AmPolicy *policy = am_policy_parse (cases[i].text, &error);

      g_assert_no_error (error);
      g_assert_cmpint (policy->type, ==, cases[i].type);
      g_assert_cmpuint (policy->model, ==, cases[i].model);
      g_assert_cmpfloat (policy->ratio, ==, cases[i].ratio);
      g_assert_cmpstr (policy->file, ==, cases[i].type == AM_POLICY_FILE ? cases[i].text : NULL);
      am_policy_free (policy);
    }
}

static void
test_sizes (void)
{
  static const struct
  {
    const char *text;
    guint64 size;
  } cases[] = {
    { "1000000", 1000000 },
    { "2GB", 2000000000 },
    { "1.5 gib", 1610612736 },
    { "500 MB", 500000000 },
    { "64KiB", 65536 },
    { "0", 0 },
    { "GB", 0 },
    { "2XB", 0 },
    { "1e30", 0 },
    { "", 0 },
    { "-1", 0 },
    { "99999999999999999999TB", 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      guint64 size = 0;

      g_assert_cmpint (am_size_parse (cases[i].text, &size, &error), ==, cases[i].size > 0);
      g_assert_cmpuint (size, ==, cases[i].size);
      g_assert_cmpint (error == NULL, ==, cases[i].size > 0);
    }
}

static AmAlignSettings *
read_align (const char *value)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text
      = g_strconcat ("merge_method: weighted_sum\nmodels: [a, b]\nalign: ", value, "\n", NULL);
  g_autoptr (GPtrArray) recipes = am_recipes_parse (text, -1, "test.yaml", &error);

  g_assert_no_error (error);
  return am_align_settings_copy (((AmRecipe *)g_ptr_array_index (recipes, 0))->align);
}

static void
test_align (void)
{
  g_autoptr (AmAlignSettings) plain = read_align ("true");
  g_autoptr (AmAlignSettings) mean
      = read_align ("{to: mean, seed: 5, order: forward, restarts: 4, rotate: yes}");
  g_autoptr (AmAlignSettings) file = read_align ("{file: c.safetensors, max_sweeps: 3, tolerance: 0.01}");

  g_assert_null (read_align ("false"));
  g_assert_cmpint (plain->target, ==, AM_ALIGN_TO_FIRST);
  g_assert_cmpuint (plain->restarts, ==, 1);
  g_assert_cmpint (mean->target, ==, AM_ALIGN_TO_MEAN);
  g_assert_cmpuint (mean->seed, ==, 5);
  g_assert_cmpint (mean->order, ==, AM_ALIGN_FORWARD);
  g_assert_cmpuint (mean->restarts, ==, 4);
  g_assert_true (mean->rotate);
  g_assert_cmpint (file->target, ==, AM_ALIGN_TO_FILE);
  g_assert_cmpstr (file->file, ==, "c.safetensors");
  g_assert_cmpuint (file->max_sweeps, ==, 3);
  g_assert_cmpfloat (file->tolerance, ==, 0.01);
}

/* Data is for matching by activations, said or not. */
static void
test_align_on_data (void)
{
  g_autoptr (AmAlignSettings) plain = read_align ("true");
  g_autoptr (AmAlignSettings) implied = read_align ("{data: pictures}");
  g_autoptr (AmAlignSettings) full = read_align (
      "{matching: activations, data: a.npz, preprocessing: vit, samples: 0, objective: product}");

  g_assert_cmpint (plain->matching, ==, AM_ALIGN_BY_WEIGHTS);
  g_assert_null (plain->data);
  g_assert_cmpint (implied->matching, ==, AM_ALIGN_BY_ACTIVATIONS);
  g_assert_cmpstr (implied->data, ==, "pictures");
  g_assert_null (implied->preprocessing);
  g_assert_cmpuint (implied->n_samples, ==, 1000);
  g_assert_cmpint (implied->objective, ==, AM_ALIGN_CORRELATION);
  g_assert_cmpint (full->matching, ==, AM_ALIGN_BY_ACTIVATIONS);
  g_assert_cmpstr (full->preprocessing, ==, "vit");
  g_assert_cmpuint (full->n_samples, ==, 0);
  g_assert_cmpint (full->objective, ==, AM_ALIGN_PRODUCT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recipe-reader/ties", test_ties);
  g_test_add_func ("/recipe-reader/slerp-slices", test_slerp_slices);
  g_test_add_func ("/recipe-reader/base/is-inserted", test_base_is_inserted);
  g_test_add_func ("/recipe-reader/base/moves-to-front", test_base_moves_to_front);
  g_test_add_func ("/recipe-reader/json", test_json);
  g_test_add_func ("/recipe-reader/own-keys", test_own_keys);
  g_test_add_func ("/recipe-reader/block-forms", test_block_forms);
  g_test_add_func ("/recipe-reader/model-blocks", test_model_blocks);
  g_test_add_func ("/recipe-reader/aliases", test_aliases);
  g_test_add_func ("/recipe-reader/stages", test_stages);
  g_test_add_func ("/recipe-reader/notes", test_notes);
  g_test_add_func ("/recipe-reader/rescale", test_rescale);
  g_test_add_func ("/recipe-reader/policies", test_policies);
  g_test_add_func ("/recipe-reader/align", test_align);
  g_test_add_func ("/recipe-reader/align-on-data", test_align_on_data);
  g_test_add_func ("/recipe-reader/sizes", test_sizes);
  return g_test_run ();
}
