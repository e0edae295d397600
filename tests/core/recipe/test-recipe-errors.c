#include <string.h>

#include "recipe/recipe.h"

#define HEAD "merge_method: weighted_sum\nmodels: [a, b]\n"
#define TASK "merge_method: ties\nbase_model: o\nmodels: [a, b]\n"

typedef struct
{
  const char *text;
  const char *expected; /* beginning with the place */
} ErrorCase;

static const ErrorCase bad_yaml[] = {
  { "", "1:1: the recipe is empty" },
  { "# nothing but a comment\n---\n", "1:1: the recipe is empty" },
  { "just words", "1:1: expected a recipe: a map with merge_method and models, found the text 'just words'" },
  { "- a\n- b\n", "1:1: expected a recipe: a map with merge_method and models, found a list" },
  { "merge_method: [ties\n", "this is not YAML" },
  { "merge_method: 'ties\n", "this is not YAML" },
  { "a: b: c\n", "1:5: this is not YAML: mapping values are not allowed" },
  { "\tmerge_method: ties\n", "1:1: this is not YAML" },
  { "merge_method: ties\n merge: 2\n", "2:" },
  { "models: *nowhere\n", "1:9: the alias '*nowhere' has no anchor '&nowhere' before it" },
  { "models: &a [1, *a]\n", "1:16: the alias '*a' stands inside its own anchor" },
  { "merge_method: !!python/object:os.system ties\n",
    "1:15: tags like 'tag:yaml.org,2002:python/object:os.system'" },
  { HEAD "models: [c, d]\n", "3:1: the key 'models' stands here twice (first on line 2)" },
  { "? [a, b]\n: c\n", "1:3: a list or a map cannot be a key" },
  { HEAD "discard: \"a\\0b\"\n", "3:10: the text has a NUL character in it" },
  { "merge_method: \xFF\n", "1:15: the byte 0xFF is not UTF-8" },
  { "merge_method: \x01\n", "1:" },
  { "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "nested more than 64 levels deep" },
};

static const ErrorCase bad_recipes[] = {
  { "models: [a, b]\n", "1:1: no merge_method" },
  { "merge_method: weighted_sun\nmodels: [a, b]\n",
    "1:15: no merge method 'weighted_sun'; did you mean 'weighted_sum'?" },
  { "merge_method: [ties]\n", "1:15: expected the name of a merge method, found a list" },
  { "merge_method:\n", "expected the name of a merge method, found nothing" },
  { HEAD "model: c\n", "3:1: a recipe has no key 'model'; did you mean 'models'?" },
  { HEAD "xyzzy: c\n", "3:1: a recipe has no key 'xyzzy'; it takes: name, merge_method" },
  { "merge_method: weighted_sum\n", "1:1: no models" },
  { HEAD "slices: []\n", "3:9: 'slices' beside 'models'" },
  { "merge_method: weighted_sum\nmodels: a\n", "2:9: expected a list of models, found the text 'a'" },
  { "merge_method: weighted_sum\nmodels: []\n", "2:9: expected a list of models, found an empty list" },
  { "merge_method: weighted_sum\nmodels: [a]\n", "1:1: weighted_sum needs at least 2 models, found 1" },
  { "merge_method: weighted_sum\nmodels: [a, b, c]\n", "1:1: weighted_sum takes at most 2 models, found 3" },
  { "merge_method: ties\nmodels: [a, b]\n", "1:1: ties needs a base_model" },
  { "merge_method: ties\nbase_model: a\nmodels: [a]\n",
    "1:1: ties needs at least 1 model beside the base, found 0" },
  { "merge_method: weighted_sum\nmodels: [a, [b]]\n", "2:13: expected a map, found a list" },
  { "merge_method: weighted_sum\nmodels: [a, ~]\n", "2:13: expected text, found nothing" },
  { "merge_method: weighted_sum\nmodels: [a, {parameters: {}}]\n", "2:13: a model without 'model'" },
  { "merge_method: weighted_sum\nmodels: [a, {model: b, weight: 1}]\n", "2:24: a model has no key 'weight'" },
  { "merge_method: weighted_sum\nmodels: [a, {model: b, sha256: 12}]\n",
    "2:32: expected the 64 hexadecimal digits" },
  { "merge_method: weighted_sum\nmodels: [a, {model: b, blocks: GRAD_V}]\n",
    "2:32: weighted_sum has no ratio for each model" },
  { "merge_method: slerp\nbase_model: {sha256: a}\nmodels: [a, b]\n", "2:22: expected the 64" },
  { HEAD "parameters: {alhpa: 1}\n",
    "3:14: weighted_sum has no parameter 'alhpa'; it takes: alpha; did you mean 'alpha'?" },
  { HEAD "parameters: [alpha]\n", "3:13: expected a map from parameters to values, found a list" },
  { HEAD "parameters: {alpha: high}\n", "3:21: alpha must be a number from" },
  { HEAD "parameters: {alpha: true}\n", "3:21: alpha must be a number from" },
  { HEAD "parameters: {alpha: 1e99}\n", "3:21: alpha must be a number from" },
  { HEAD "parameters: {alpha: .nan}\n", "3:21: alpha must be a number from" },
  { HEAD "parameters: {alpha: '0.5'}\n", "3:21: expected a value, found text; write 0.5 without quotes" },
  { HEAD "parameters: {alpha: }\n", "3:21: expected a value, found nothing" },
  { HEAD "parameters: {alpha: {a: 1}}\n", "3:22: a filter has no key 'a'" },
  { HEAD "parameters: {alpha: []}\n", "3:21: an empty list" },
  { HEAD "parameters: {alpha: [0, x]}\n", "3:25: alpha must be a number" },
  { HEAD "parameters: {alpha: [0, [1]]}\n", "3:25: expected a value, found a list" },
  { HEAD "parameters: {alpha: [{filter: a}]}\n", "3:22: a filter without a value" },
  { HEAD "parameters: {alpha: [{value: 1}, 2]}\n", "3:34: expected a map, found 2" },
  { HEAD "parameters: {alpha: [{filer: a, value: 1}]}\n",
    "3:23: a filter has no key 'filer'; did you mean 'filter'?" },
  { HEAD "parameters: {alpha: [{filter: a, value: [{value: 1}]}]}\n",
    "3:41: expected a value or a gradient inside a filter" },
  { TASK "parameters: {density: 1.5}\n", "4:23: density must be a number from 0 to 1, not '1.5'" },
  { TASK "parameters: {scope: layer}\n", "4:21: scope must be one of: tensor, model, not 'layer'" },
  { TASK "parameters: {scope: [tensor, model]}\n", "4:21: scope holds for the whole merge" },
  { TASK "parameters: {normalize: 2}\n", "4:25: normalize must be true or false, not '2'" },
  { TASK "parameters: {normalize: [true, 2]}\n", "4:32: normalize must be true or false, not '2'" },
  { HEAD "parameters: {alpha: {value: {value: 1}}}\n",
    "3:29: expected a value or a gradient inside a filter" },
  { TASK "parameters: {scope: {filter: a, value: model}}\n", "4:21: scope holds for the whole merge" },
};

static const ErrorCase bad_own_keys[] = {
  { HEAD "dtype: int64\n", "3:8: expected one of: same, float64, float32" },
  { HEAD "out_dtype: [fp16]\n", "3:12: expected a dtype, found a list" },
  { HEAD "out_dtype: fp16\noutput: {dtype: fp32}\n", "4:17: the output's dtype is given twice" },
  { HEAD "output: {dtype: fp16}\nout_dtype: fp32\n", "4:12: the output's dtype is given twice" },
  { HEAD "output: {shard_size: huge}\n", "3:22: 'huge' is not a size" },
  { HEAD "output: {size: 1}\n", "3:10: output has no key 'size'" },
  { HEAD "seed: -1\n", "3:7: expected a whole number from 0" },
  { HEAD "seed: 18446744073709551616\n", "3:7: expected a whole number from 0" },
  { HEAD "prune: maybe\n", "3:8: expected true or false, found the text 'maybe'" },
  { HEAD "clamp: 1\n", "3:8: expected true or false, found 1" },
  { HEAD "discard: '('\n", "3:10: not a regular expression" },
  { HEAD "discard: [a, [b]]\n", "3:14: expected a regular expression, found a list" },
  { HEAD "components: {vea: a}\n", "3:14: no component 'vea'" },
  { HEAD "components: {vae: [a]}\n",
    "3:19: expected a, b, merge, discard, a number or a file, found a list" },
  { HEAD "components: a\n", "3:13: expected a map from components to policies" },
  { HEAD "blocks: GRAD_W\n", "3:9: no preset 'GRAD_W'; did you mean 'GRAD_V'?" },
  { HEAD "blocks: 0,1,x\n", "3:9: 'x' is not a number (number 3" },
  { HEAD "blocks: [0, x]\n", "3:13: expected a number, found the text 'x'" },
  { HEAD "blocks: []\n", "3:9: expected a list of numbers, found an empty list" },
  { HEAD "blocks:\n", "expected a preset, numbers, or a map of blocks, found nothing" },
  { HEAD "blocks: {in00: 1}\n", "3:10: 'in00' is neither a block like IN00 nor one of" },
  { HEAD "blocks: {prest: GRAD_V}\n", "did you mean 'preset'?" },
  { HEAD "blocks: {IN00: x}\n", "3:16: expected a number, found the text 'x'" },
  { HEAD "blocks: {preset: GRAD_V, IN00: 1}\n", "3:9: blocks take a preset, or numbers, or a map of blocks" },
  { HEAD "blocks: {second: GRAD_V, blend: 0.5}\n", "3:9: 'second' without 'preset'" },
  { HEAD "blocks: {preset: GRAD_A, second: GRAD_V}\n", "3:9: 'second' and 'blend' go together" },
  { HEAD "blocks: {preset: GRAD_A, blend: 1}\n", "3:9: 'second' and 'blend' go together" },
  { HEAD "blocks: {elements: 'IN00:attn2'}\n", "3:20: 'IN00:attn2' is not an elemental rule" },
  { HEAD "blocks: {elements: ['IN00:attn2:x']}\n", "3:21: the ratio of the elemental rule" },
  { HEAD "blocks: {elements: {a: b}}\n", "3:20: expected elemental rules" },
  { HEAD "blocks: {alpha: GRAD_V, t: GRAD_A}\n",
    "3:25: 't' is no parameter of weighted_sum that may differ" },
  { "merge_method: karcher\nmodels: [a, b]\nblocks: GRAD_V\n",
    "3:9: karcher has no ratio that block weights could replace" },
  { HEAD "align: maybe\n", "3:8: expected true, false or a map, found the text 'maybe'" },
  { HEAD "align: {order: upwards}\n", "3:16: expected random, forward, backward or alternate" },
  { HEAD "align: {restarts: 0}\n", "3:19: expected a whole number from 1 to 1000" },
  { HEAD "align: {tolerance: -1}\n", "3:20: expected a number from 0 to 1" },
  { HEAD "align: {to: mean, file: c.safetensors}\n", "3:13: 'to' beside 'file'" },
  { HEAD "align: {sha256: '0123456789012345678901234567890123456789012345678901234567890123'}\n",
    "3:8: 'sha256' without the 'file'" },
  { HEAD "align: {matching: features}\n", "3:19: expected weights or activations" },
  { HEAD "align: {matching: activations}\n", "3:19: 'matching: activations' without 'data'" },
  { HEAD "align: {matching: weights, data: d}\n", "3:19: 'matching: weights' beside 'data'" },
  { HEAD "align: {samples: 5}\n", "3:18: 'samples' without the 'data' it is about" },
  { HEAD "align: {data: d, samples: -1}\n", "3:27: expected a whole number from 1 up, or 0 for all" },
  { HEAD "align: {data: d, objective: sum}\n", "3:29: expected correlation or product" },
  { HEAD "align: {data: d, data_sha256: abc}\n", "3:31:" },
  { HEAD "align: {restart: 2}\n", "align has no key 'restart'; did you mean 'restarts'?" },
};

static const ErrorCase bad_stages[] = {
  { HEAD "---\n" HEAD, "1:1: no other stage uses this one, nor the one on line 4" },
  { "name: x\n" HEAD "---\nname: x\nmerge_method: weighted_sum\nmodels: [x, b]\n",
    "5:1: two stages are named 'x'" },
  { "name: x\nmerge_method: weighted_sum\nmodels: [y, b]\n---\nname: y\nmerge_method: weighted_sum\nmodels: "
    "[x, b]\n",
    "stages need each other in a circle" },
  { "name: x\nmerge_method: weighted_sum\nmodels: [x, b]\n", "1:1: stages need each other in a circle" },
  { HEAD "---\nmodels: [a]\n", "4:1: no merge_method" },
};

static const ErrorCase unsupported[] = {
  { HEAD "modules: {text: {}}\n", "3:10: modules" },
  { HEAD "tokenizer: {source: a, tokens: {}}\n", "3:24: tokenizer surgery ('tokens') is not supported yet" },
  { "merge_method: linear\nmodels: [a+lora]\n", "2:10: 'a+lora' asks for a LoRA" },
  { "merge_method: linear\nmodels: [a.safetensors+b.safetensors]\n", "bake it first" },
  { "merge_method: passthrough\nslices:\n  - sources: [{model: a, layer_range: [0, 8]}]\n"
    "  - sources: [{model: b, layer_range: [4, 8]}]\n",
    "4:5: slices of parts of models are not supported yet" },
  { "merge_method: passthrough\nslices: [{sources: [{model: a, layer_range: [2, 8]}]}]\n",
    "2:45: slices of parts of models are not supported yet" },
  { "merge_method: slerp\nslices: [{sources: [{model: a, layer_range: [0, 8]}, {model: b, layer_range: [0, "
    "9]}]}]\n",
    "2:54: slices of parts of models are not supported yet" },
};

static const ErrorCase bad_slices[] = {
  { "merge_method: slerp\nslices: {}\n", "2:9: expected a list of slices, found an empty map" },
  { "merge_method: slerp\nslices: [{}]\n", "2:9: a slice without 'sources'" },
  { "merge_method: slerp\nslices: [{source: []}]\n",
    "2:11: a slice has no key 'source'; did you mean 'sources'?" },
  { "merge_method: slerp\nslices: [{sources: [{model: a, layer_range: [0]}]}]\n",
    "2:45: expected two numbers" },
  { "merge_method: slerp\nslices: [{sources: [{model: a, layer_range: [0, x]}]}]\n",
    "expected the number of a layer" },
  { "merge_method: slerp\nslices: [{sources: [{model: a, layer_range: [4, 4]}]}]\n",
    "the layer range is empty" },
};

static void
check_message (const ErrorCase *error_case, const GError *error)
{
  gsize length = strlen ("bad.yaml:");

  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, "bad.yaml:"));
  g_assert_true (g_ascii_isdigit (error->message[length]));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  if (g_ascii_isdigit (error_case->expected[0])
          ? !g_str_has_prefix (error->message + length, error_case->expected)
          : strstr (error->message, error_case->expected) == NULL)
    g_error ("no \"%s\" in \"%s\"", error_case->expected, error->message);
}

static void
check_cases (const ErrorCase *cases, gsize n, AmError code)
{
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) recipes = am_recipes_parse (cases[i].text, -1, "bad.yaml", &error);

      if (recipes != NULL)
        g_error ("accepted: %s", cases[i].text);
      g_assert_error (error, AM_ERROR, (int)code);
      check_message (&cases[i], error);
    }
}

static void
test_yaml (void)
{
  check_cases (bad_yaml, G_N_ELEMENTS (bad_yaml), AM_ERROR_BAD_RECIPE);
}

static void
test_recipes (void)
{
  check_cases (bad_recipes, G_N_ELEMENTS (bad_recipes), AM_ERROR_BAD_RECIPE);
}

static void
test_own_keys (void)
{
  check_cases (bad_own_keys, G_N_ELEMENTS (bad_own_keys), AM_ERROR_BAD_RECIPE);
}

static void
test_stages (void)
{
  check_cases (bad_stages, G_N_ELEMENTS (bad_stages), AM_ERROR_BAD_RECIPE);
}

static void
test_slices (void)
{
  check_cases (bad_slices, G_N_ELEMENTS (bad_slices), AM_ERROR_BAD_RECIPE);
}

static void
test_unsupported (void)
{
  check_cases (unsupported, G_N_ELEMENTS (unsupported), AM_ERROR_UNSUPPORTED);
}

static void
check_text (const char *text, gssize length, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (am_recipes_parse (text, length, "bad.yaml", &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
  if (strstr (error->message, expected) == NULL)
    g_error ("no \"%s\" in \"%s\"", expected, error->message);
}

/* Ten levels of ten aliases each stand for ten thousand million values. */
static void
test_billion_laughs (void)
{
  g_autoptr (GString) text = g_string_new ("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");

  for (guint i = 1; i < 10; i++)
    {
      g_string_append_printf (text, "a%u: &a%u [", i, i);
      for (guint j = 0; j < 10; j++)
        g_string_append_printf (text, "%s*a%u", j > 0 ? ", " : "", i - 1);
      g_string_append (text, "]\n");
    }
  check_text (text->str, -1, "more than 200000 values, aliases expanded");
}

/* A text of 1 MiB named fifty times. */
static void
test_long_laughs (void)
{
  g_autoptr (GString) text = g_string_new ("a: &a ");
  g_autofree char *long_text = g_strnfill (1024 * 1024, 'x');

  g_string_append_printf (text, "%s\nb: [", long_text);
  for (guint i = 0; i < 50; i++)
    g_string_append (text, "*a, ");
  g_string_append (text, "]\n");
  check_text (text->str, -1, "more than 32 MiB of text, aliases expanded");
}

static void
test_limits (void)
{
  g_autoptr (GString) keys = g_string_new (NULL);
  g_autoptr (GString) models = g_string_new ("merge_method: linear\nmodels:\n");
  g_autoptr (GString) stages = g_string_new (NULL);
  g_autofree char *large = g_strnfill (16 * 1024 * 1024 + 1, '#');

  for (guint i = 0; i < 1100; i++)
    g_string_append_printf (keys, "k%u: 1\n", i);
  check_text (keys->str, -1, "1025:1: more than 1024 keys in one map");
  for (guint i = 0; i < 65; i++)
    g_string_append_printf (models, "  - m%u\n", i);
  check_text (models->str, -1, "65 models; at most 64");
  for (guint i = 0; i < 65; i++)
    g_string_append (stages, HEAD "---\n");
  check_text (stages->str, -1, "more than 64 stages");
  check_text (large, -1, "too much for a recipe");
  check_text ("merge_method: ties\0\n", 20, "1:19: a NUL byte");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recipe-errors/yaml", test_yaml);
  g_test_add_func ("/recipe-errors/recipes", test_recipes);
  g_test_add_func ("/recipe-errors/own-keys", test_own_keys);
  g_test_add_func ("/recipe-errors/stages", test_stages);
  g_test_add_func ("/recipe-errors/slices", test_slices);
  g_test_add_func ("/recipe-errors/unsupported", test_unsupported);
  g_test_add_func ("/recipe-errors/billion-laughs", test_billion_laughs);
  g_test_add_func ("/recipe-errors/long-laughs", test_long_laughs);
  g_test_add_func ("/recipe-errors/limits", test_limits);
  return g_test_run ();
}
