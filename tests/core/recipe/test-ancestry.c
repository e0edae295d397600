/* Family trees from headers, friendly and hostile. */
#include <string.h>

#include "recipe/ancestry.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

/* The tree of a header with those entries; keys and values in turn, ended by NULL. */
static AmAncestor *
read_header (const char *const *entries)
{
  g_autoptr (GHashTable) metadata = g_hash_table_new (g_str_hash, g_str_equal);

  for (gsize i = 0; entries[i] != NULL; i += 2)
    g_hash_table_insert (metadata, (gpointer)entries[i], (gpointer)entries[i + 1]);
  return am_ancestry_new (metadata, "merged.safetensors");
}

static void
write_tree (GString *out, const AmAncestor *node)
{
  g_string_append (out, node->name);
  if (node->role != NULL)
    g_string_append_printf (out, ":%s", node->role);
  if (node->sha256 != NULL)
    g_string_append_printf (out, "#%.1s", node->sha256);
  if (node->legacy_hash != NULL)
    g_string_append_printf (out, "~%s", node->legacy_hash);
  if (node->method != NULL)
    g_string_append_printf (out, " <%s; %s>", node->method, node->detail != NULL ? node->detail : "");
  for (guint i = 0; i < node->parents->len; i++)
    {
      g_string_append (out, i > 0 ? ", " : " (");
      write_tree (out, g_ptr_array_index (node->parents, i));
    }
  g_string_append (out, node->is_cut ? "..." : "");
  g_string_append (out, node->parents->len > 0 ? ")" : "");
}

static void
assert_tree (const AmAncestor *root, const char *expected)
{
  g_autoptr (GString) out = g_string_new (NULL);

  write_tree (out, root);
  g_assert_cmpstr (out->str, ==, expected);
}

static void
test_nothing_known (void)
{
  static const char *const entries[] = { "format", "pt", NULL };
  g_autoptr (AmAncestor) without = am_ancestry_new (NULL, "plain.safetensors");
  g_autoptr (AmAncestor) with = read_header (entries);

  assert_tree (without, "plain.safetensors");
  assert_tree (with, "merged.safetensors");
}

static void
test_own_recipe (void)
{
  static const char yaml[]
      = "merge_method: add_difference\n"
        "base_model: {model: c.safetensors, sha256: " C "}\n"
        "models: [{model: folder/a.safetensors, sha256: " A "}, {model: b.safetensors}]\n"
        "parameters: {alpha: 0.3}\n"
        "blocks: {preset: GRAD_V}\n"
        "components: {vae: {file: kl.safetensors, sha256: " B "}}\n";
  static const char *const entries[] = { "amalgam_recipe", yaml, "sd_merge_recipe", "{}", NULL };
  g_autoptr (AmAncestor) root = read_header (entries);

  assert_tree (root, "merged.safetensors <Add difference; alpha=0.3, blocks=GRAD_V>"
                     " (c.safetensors#c, a.safetensors#a, b.safetensors, kl.safetensors:vae#b)");
}

/* Stages are generations; per-model values and block weights are told; a base is told apart. */
static void
test_own_stages (void)
{
  static const char yaml[] = "name: half\nmerge_method: weighted_sum\n"
                             "models: [a.safetensors, b.safetensors]\nblocks: [0.5, 1]\n---\n"
                             "merge_method: task_arithmetic\nbase_model: base.safetensors\n"
                             "models: [{model: half, parameters: {weight: 0.5}},"
                             " {model: c.safetensors, parameters: {weight: 0.25}}]\n"
                             "parameters: {lambda: [0, 1]}\n";
  static const char *const entries[] = { "amalgam_recipe", yaml, NULL };
  g_autoptr (AmAncestor) root = read_header (entries);

  assert_tree (root,
               "merged.safetensors <Task arithmetic; weight=0.5,0.25, lambda=…> (base.safetensors:base, "
               "half <Weighted sum; blocks=0.5,1> (a.safetensors, b.safetensors), c.safetensors)");
}

/* Parents' own parents are in the table, whoever wrote it. */
static void
test_own_recipe_and_table (void)
{
  static const char yaml[] = "merge_method: weighted_sum\nmodels: [{model: a.safetensors, sha256: " A "},"
                             " b.safetensors]\n";
  static const char models[]
      = "{\"" A "\":{\"name\":\"old.safetensors\",\"legacy_hash\":\"0123abcd\",\"sd_merge_recipe\":"
        "{\"primary_model_hash\":\"" B "\",\"interp_method\":\"Weighted sum\",\"multiplier\":0.25}},"
        "\"" B "\":{\"name\":\"b.ckpt\",\"sd_merge_recipe\":null}}";
  static const char *const entries[] = { "amalgam_recipe", yaml, "sd_merge_models", models, NULL };
  g_autoptr (AmAncestor) root = read_header (entries);

  assert_tree (root, "merged.safetensors <Weighted sum; > (a.safetensors#a~0123abcd"
                     " <Weighted sum; multiplier=0.25> (b.ckpt#b), b.safetensors)");
}

static void
test_automatic1111 (void)
{
  static const char recipe[]
      = "{\"type\":\"webui\",\"primary_model_hash\":\"" A "\",\"secondary_model_hash\":\"" B "\","
        "\"tertiary_model_hash\":null,\"interp_method\":\"Weighted sum\",\"multiplier\":0.3,"
        "\"save_as_half\":true,\"custom_name\":\"\",\"bake_in_vae\":\"kl.pt\"}";
  static const char models[]
      = "{\"" A "\":{\"name\":\"one.safetensors [0123456789]\",\"legacy_hash\":\"DEADBEEF\","
        "\"sd_merge_recipe\":null},\"" B "\":{\"name\":\"two.ckpt\",\"legacy_hash\":\"not hex!\","
        "\"sd_merge_recipe\":null}}";
  static const char *const entries[] = { "sd_merge_recipe", recipe, "sd_merge_models", models, NULL };
  g_autoptr (AmAncestor) root = read_header (entries);

  assert_tree (root, "merged.safetensors <Weighted sum; multiplier=0.3>"
                     " (one.safetensors [0123456789]#a~deadbeef, two.ckpt#b, kl.pt:vae)");
}

/* Chattiori's keeps parents' recipes as text, SuperMerger names its models otherwise, Model Mixer by name. */
static void
test_other_tools (void)
{
  static const char chattiori[]
      = "{\"type\":\"merge-models-chattiori\",\"primary_model_hash\":\"" A "\",\"secondary_model_hash\":null,"
        "\"merge_method\":\"Normal\",\"block_weights\":false,\"alpha_info\":\"0.5\",\"bake_in_vae\":false}";
  static const char nested[]
      = "{\"" A "\":{\"name\":\"a\",\"sd_merge_recipe\":"
        "\"{\\\"type\\\":\\\"sd-webui-supermerger\\\",\\\"model_a\\\":\\\"" B "\\\",\\\"model_b\\\":\\\"" C
        "\\\",\\\"mode\\\":\\\"Add\\\",\\\"base_alpha\\\":0.25,\\\"weights_alpha\\\":\\\"0,0.5,1\\\","
        "\\\"calcmode\\\":\\\"normal\\\"}\"},\"" B "\":{\"name\":\"b\"}}";
  static const char mixer[] = "{\"type\":\"sd-webui-model-mixer\",\"model_a\":\"b.safetensors [abc]\","
                              "\"mode\":[\"Sum\",\"Add\"],\"alpha\":[0.5,0.25]}";
  static const char table[] = "{\"" B "\":{\"name\":\"b.safetensors [abc]\"}}";
  static const char *const first[] = { "sd_merge_recipe", chattiori, "sd_merge_models", nested, NULL };
  static const char *const second[] = { "sd_merge_recipe", mixer, "sd_merge_models", table, NULL };
  g_autoptr (AmAncestor) one = read_header (first);
  g_autoptr (AmAncestor) two = read_header (second);

  assert_tree (one, "merged.safetensors <Normal; alpha_info=0.5> (a#a <Add; base_alpha=0.25,"
                    " weights_alpha=0,0.5,1, calcmode=normal> (b#b, cccccccccc#c))");
  assert_tree (two, "merged.safetensors <Sum,Add; alpha=0.5,0.25> (b.safetensors [abc]#b)");
}

static void
test_merged_from (void)
{
  static const char *const entries[] = { "amalgam_recipe",
                                         "merge_method: from_the_future\n",
                                         "sd_merge_recipe",
                                         "{\"type\":\"unknown\"}",
                                         "modelspec.merged_from",
                                         "one.safetensors, two.safetensors,, ",
                                         NULL };
  g_autoptr (AmAncestor) root = read_header (entries);

  assert_tree (root, "merged.safetensors (one.safetensors, two.safetensors)");
}

/* Two models made of each other, and one made of itself. */
static void
test_circles (void)
{
  static const char recipe[] = "{\"primary_model_hash\":\"" A "\",\"secondary_model_hash\":\"" C "\"}";
  static const char models[]
      = "{\"" A "\":{\"name\":\"a\",\"sd_merge_recipe\":{\"primary_model_hash\":\"" B "\"}},"
        "\"" B "\":{\"name\":\"b\",\"sd_merge_recipe\":{\"primary_model_hash\":\"" A "\"}},"
        "\"" C "\":{\"name\":\"c\",\"sd_merge_recipe\":{\"primary_model_hash\":\"" C "\"}}}";
  static const char *const entries[] = { "sd_merge_recipe", recipe, "sd_merge_models", models, NULL };
  g_autoptr (AmAncestor) root = read_header (entries);

  assert_tree (root, "merged.safetensors (a#a (b#b (a#a...)), c#c (c#c...))");
}

typedef struct
{
  guint n_nodes;
  guint depth;
  gboolean is_cut;
} Extent;

static void
measure (const AmAncestor *node, guint depth, Extent *extent)
{
  extent->n_nodes++;
  extent->depth = MAX (extent->depth, depth);
  extent->is_cut |= node->is_cut;
  for (guint i = 0; i < node->parents->len; i++)
    measure (g_ptr_array_index (node->parents, i), depth + 1, extent);
}

/* @n models, each made of the next one, taken @n_times. */
static char *
make_chain (guint n, guint n_times)
{
  GString *models = g_string_new ("{");

  for (guint i = 0; i < n; i++)
    {
      g_string_append_printf (models, "%s\"%064x\":{\"name\":\"%u\",\"sd_merge_recipe\":{", i > 0 ? "," : "",
                              i, i);
      for (guint k = 0; k < n_times; k++)
        g_string_append_printf (models, "%s\"model_%c\":\"%064x\"", k > 0 ? "," : "", 'a' + (int)k, i + 1);
      g_string_append (models, "}}");
    }
  g_string_append_c (models, '}');
  return g_string_free (models, FALSE);
}

static void
test_limits (void)
{
  g_autofree char *recipe = g_strdup_printf ("{\"model_a\":\"%064x\"}", 0);
  g_autofree char *chain = make_chain (200, 1);
  g_autofree char *net = make_chain (30, 2);
  const char *const deep[] = { "sd_merge_recipe", recipe, "sd_merge_models", chain, NULL };
  const char *const wide[] = { "sd_merge_recipe", recipe, "sd_merge_models", net, NULL };
  g_autoptr (AmAncestor) deep_root = read_header (deep);
  g_autoptr (AmAncestor) wide_root = read_header (wide);
  Extent extent = { 0 };

  measure (deep_root, 0, &extent);
  g_assert_cmpuint (extent.depth, ==, AM_ANCESTRY_MAX_DEPTH);
  g_assert_true (extent.is_cut);
  extent = (Extent){ 0 };
  measure (wide_root, 0, &extent);
  g_assert_cmpuint (extent.n_nodes, ==, AM_ANCESTRY_MAX_NODES);
  g_assert_cmpuint (extent.depth, ==, 10);
  g_assert_true (extent.is_cut);
}

static void
test_many_names (void)
{
  g_autofree char *names = g_strnfill (60000, 'x');
  const char *const entries[] = { "modelspec.merged_from", names, NULL };
  g_autoptr (AmAncestor) root = NULL;

  for (gsize i = 1; i < 60000; i += 2)
    names[i] = ',';
  root = read_header (entries);
  g_assert_cmpuint (root->parents->len, ==, AM_ANCESTRY_MAX_NODES - 1);
  g_assert_true (root->is_cut);
}

/* Names of one line, not too long, that cannot pose as another. */
static void
test_odd_names (void)
{
  g_autofree char *filler = g_strnfill (900, 'x');
  g_autofree char *recipe = g_strdup_printf ("{\"model_a\":\"%s\",\"model_b\":\" a\\n\\u202eb\\u0007 \","
                                             "\"model_c\":\"  \",\"mode\":\"%s\"}",
                                             filler, filler);
  const char *const entries[] = { "sd_merge_recipe", recipe, NULL };
  g_autoptr (AmAncestor) root = read_header (entries);
  const AmAncestor *first;

  g_assert_cmpuint (root->parents->len, ==, 2);
  first = g_ptr_array_index (root->parents, 0);
  g_assert_cmpint (g_utf8_strlen (first->name, -1), ==, 200);
  g_assert_true (g_str_has_suffix (first->name, "x…"));
  g_assert_cmpint (g_utf8_strlen (root->method, -1), ==, 200);
  g_assert_cmpstr (((AmAncestor *)g_ptr_array_index (root->parents, 1))->name, ==, "a  b");
}

/* Wrong types, broken text, nesting without end: a tree all the same. */
static void
test_garbage (void)
{
  g_autofree char *nested = g_strnfill (1000000, '[');
  g_autofree char *huge = g_strnfill (17 << 20, ' ');
  const char *const texts[] = {
    "",
    "{",
    "[]",
    "null",
    "7",
    "\"text\"",
    "\xff\xfe",
    nested,
    huge,
    "{\"primary_model_hash\":[],\"model_a\":{},\"model_b\":5,\"interp_method\":{},\"mode\":[[[]],null,{}],"
    "\"multiplier\":[1,\"x\",null],\"bake_in_vae\":true,\"alpha\":null}",
    "{\"" A "\":[],\"" B "\":{\"name\":7,\"legacy_hash\":[],\"sd_merge_recipe\":[1]},\"x\":null}",
    "{\"" A "\":{\"name\":\"\",\"sd_merge_recipe\":\"{\"},\"\":{\"sd_merge_recipe\":\"[]\"}}",
    "merge_method: weighted_sum\n",
    "- a\n- b\n",
    "merge_method: weighted_sum\nmodels: [a, b]\n---\n",
  };
  static const char *const keys[]
      = { "amalgam_recipe", "sd_merge_recipe", "sd_merge_models", "modelspec.merged_from" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (keys); k++)
      {
        const char *const alone[] = { keys[k], texts[i], NULL };
        const char *const with_recipe[]
            = { "sd_merge_recipe", "{\"model_a\":\"" A "\",\"model_b\":\"" B "\"}", keys[k], texts[i], NULL };
        g_autoptr (AmAncestor) one = read_header (alone);
        g_autoptr (AmAncestor) two = read_header (with_recipe);
        Extent extent = { 0 };

        g_assert_cmpstr (one->name, ==, "merged.safetensors");
        g_assert_cmpstr (two->name, ==, "merged.safetensors");
        measure (one, 0, &extent);
        g_assert_cmpuint (extent.n_nodes, <, 20);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ancestry/nothing-known", test_nothing_known);
  g_test_add_func ("/ancestry/own-recipe", test_own_recipe);
  g_test_add_func ("/ancestry/own-stages", test_own_stages);
  g_test_add_func ("/ancestry/own-recipe-and-table", test_own_recipe_and_table);
  g_test_add_func ("/ancestry/automatic1111", test_automatic1111);
  g_test_add_func ("/ancestry/other-tools", test_other_tools);
  g_test_add_func ("/ancestry/merged-from", test_merged_from);
  g_test_add_func ("/ancestry/circles", test_circles);
  g_test_add_func ("/ancestry/limits", test_limits);
  g_test_add_func ("/ancestry/many-names", test_many_names);
  g_test_add_func ("/ancestry/odd-names", test_odd_names);
  g_test_add_func ("/ancestry/garbage", test_garbage);
  return g_test_run ();
}
