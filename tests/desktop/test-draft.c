#include "desktop-support.h"

#include <math.h>
#include <string.h>

#include "state/draft.h"

static void
assert_paths (AmDraft *draft, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < am_draft_get_n_slots (draft); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "," : "", am_draft_get_path (draft, i));
  g_assert_cmpstr (text->str, ==, expected);
}

static char *
write_yaml (AmDraft *draft)
{
  g_autoptr (GPtrArray) recipes = am_draft_dup_recipes (draft);

  return am_recipes_to_yaml (recipes);
}

static guint
find_parameter (AmDraft *draft, const char *id)
{
  gint index = am_method_find_parameter (am_draft_get_method (draft), id);

  g_assert_cmpint (index, >=, 0);
  return (guint)index;
}

static void
test_starts_empty (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();

  g_assert_cmpstr (am_draft_get_method (draft)->id, ==, "weighted_sum");
  assert_paths (draft, ",");
  g_assert_false (am_draft_is_complete (draft));
  g_assert_false (am_draft_can_undo (draft));
  g_assert_false (am_draft_has_base_slot (draft));
}

static void
test_undo (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();
  g_autofree char *empty = write_yaml (draft);
  g_autofree char *full = NULL;
  g_autofree char *undone = NULL;
  g_autofree char *redone = NULL;

  am_draft_set_path (draft, 0, "/m/a.safetensors");
  am_draft_set_path (draft, 1, "/m/b.safetensors");
  g_assert_true (am_draft_is_complete (draft));
  full = write_yaml (draft);
  am_draft_undo (draft);
  assert_paths (draft, "/m/a.safetensors,");
  am_draft_undo (draft);
  undone = write_yaml (draft);
  g_assert_cmpstr (undone, ==, empty);
  g_assert_false (am_draft_can_undo (draft));
  am_draft_undo (draft);

  am_draft_redo (draft);
  am_draft_redo (draft);
  redone = write_yaml (draft);
  g_assert_cmpstr (redone, ==, full);
  g_assert_false (am_draft_can_redo (draft));

  am_draft_undo (draft);
  am_draft_set_path (draft, 1, "/m/c.safetensors");
  g_assert_false (am_draft_can_redo (draft));
}

/* One stroke of a slider is one step; what changes nothing is none. */
static void
test_topics (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();
  guint alpha = find_parameter (draft, "alpha");
  double before = am_draft_get_parameter (draft, alpha, 0);

  am_draft_set_parameter (draft, alpha, 0, 0.1);
  am_draft_set_parameter (draft, alpha, 0, 0.2);
  am_draft_set_parameter (draft, alpha, 0, 0.3);
  am_draft_end_topic (draft);
  am_draft_set_parameter (draft, alpha, 0, 0.3);
  am_draft_set_parameter (draft, alpha, 0, 0.4);
  am_draft_undo (draft);
  g_assert_cmpfloat (am_draft_get_parameter (draft, alpha, 0), ==, 0.3);
  am_draft_undo (draft);
  g_assert_cmpfloat (am_draft_get_parameter (draft, alpha, 0), ==, before);
  g_assert_false (am_draft_can_undo (draft));
}

static void
test_method_keeps_models (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();

  am_draft_set_path (draft, 0, "a");
  am_draft_set_path (draft, 1, "b");
  am_draft_set_method (draft, "add_difference");
  assert_paths (draft, "a,b,");
  am_draft_set_path (draft, 2, "c");
  am_draft_set_method (draft, "weighted_sum");
  assert_paths (draft, "a,b");
  am_draft_set_method (draft, "triple_sum");
  assert_paths (draft, "a,b,c");
}

/* A model that has to go for another is told of. */
static void
test_place_model (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();
  g_autofree char *message = NULL;

  g_assert_null (am_draft_place_model (draft, "/m/a"));
  g_assert_null (am_draft_place_model (draft, "/m/b"));
  assert_paths (draft, "/m/a,/m/b");
  message = am_draft_place_model (draft, "/m/c");
  assert_paths (draft, "/m/a,/m/c");
  g_assert_nonnull (strstr (message, "“b”"));
  am_draft_set_method (draft, "linear");
  g_assert_null (am_draft_place_model (draft, "/m/d"));
  assert_paths (draft, "/m/a,/m/c,/m/d");
}

static void
test_method_moves_base (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();

  am_draft_set_path (draft, 0, "a");
  am_draft_set_method (draft, "ties");
  g_assert_true (am_draft_has_base_slot (draft));
  assert_paths (draft, "a");
  g_assert_false (am_draft_is_complete (draft));
  am_draft_set_path (draft, AM_SLOT_BASE, "base");
  g_assert_true (am_draft_is_complete (draft));
  am_draft_add_slot (draft);
  am_draft_set_path (draft, 1, "b");
  am_draft_set_method (draft, "add_difference");
  assert_paths (draft, "a,b,base");
  am_draft_undo (draft);
  g_assert_cmpstr (am_draft_get_path (draft, AM_SLOT_BASE), ==, "base");
}

/* A parameter stays where the new method has it too, and goes where it would be an error. */
static void
test_method_keeps_parameters (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();
  g_autofree char *yaml = NULL;

  am_draft_set_parameter (draft, find_parameter (draft, "alpha"), 0, 0.25);
  am_draft_set_method (draft, "add_difference");
  g_assert_cmpfloat (am_draft_get_parameter (draft, find_parameter (draft, "alpha"), 0), ==, 0.25);
  am_draft_set_method (draft, "ties");
  yaml = write_yaml (draft);
  g_assert_null (strstr (yaml, "alpha"));
}

static void
test_every_method_reads_back (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();

  for (guint i = 0; i < am_method_get_count (); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) recipes = NULL;
      g_autofree char *yaml = NULL;

      am_draft_set_method (draft, am_method_get (i)->id);
      for (guint slot = 0; slot < am_draft_get_n_slots (draft); slot++)
        am_draft_set_path (draft, slot, slot == 0 ? "/m/a" : "/m/b");
      if (am_draft_has_base_slot (draft))
        am_draft_set_path (draft, AM_SLOT_BASE, "/m/base");
      g_assert_true (am_draft_is_complete (draft));
      yaml = write_yaml (draft);
      recipes = am_recipes_parse (yaml, -1, "yaml", &error);
      g_assert_no_error (error);
    }
}

static void
test_block_values (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();
  AmBlockValues *values = am_draft_get_block_values (draft, 0);
  const AmBlockWeights *weights;

  am_block_values_begin_edit (values);
  am_block_values_set (values, 3, 0.75);
  am_block_values_set (values, 4, 0.5);
  am_block_values_end_edit (values);
  am_block_values_begin_edit (values);
  am_block_values_set (values, 4, 0.25);
  am_block_values_end_edit (values);

  weights = g_hash_table_lookup (am_draft_get_recipe (draft)->blocks, "");
  g_assert_nonnull (weights);
  am_draft_undo (draft);
  g_assert_cmpfloat (am_block_values_get (values, 4), ==, 0.5);
  am_draft_undo (draft);
  g_assert_true (isnan (am_block_values_get (values, 4)));
  g_assert_cmpuint (g_hash_table_size (am_draft_get_recipe (draft)->blocks), ==, 0);
  am_draft_redo (draft);
  g_assert_cmpfloat (am_block_values_get (values, 3), ==, 0.75);
}

/* The bars of text encoder and VAE are policies in the recipe. */
static void
test_component_bars (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();
  AmBlockValues *values = am_draft_get_block_values (draft, 0);
  g_autofree char *policy = NULL;
  guint n = am_block_values_get_n_bars (values);
  guint vae = n;

  for (guint i = 0; i < n; i++)
    if (am_block_values_get_kind (values, i) == AM_BAR_VAE)
      vae = i;
  g_assert_cmpuint (vae, <, n);
  am_block_values_set (values, vae, 0.125);
  policy = am_draft_dup_policy (draft, "vae");
  g_assert_cmpstr (policy, ==, "0.125");

  g_assert_true (am_draft_set_policy (draft, "vae", "b", NULL));
  g_assert_true (isnan (am_block_values_get (values, vae)));
  am_block_values_set (values, 1, 0.5);
  g_clear_pointer (&policy, g_free);
  policy = am_draft_dup_policy (draft, "vae");
  g_assert_cmpstr (policy, ==, "b");
}

static void
test_linked (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();
  AmBlockValues *alpha, *beta;

  am_draft_set_method (draft, "triple_sum");
  g_assert_cmpuint (am_draft_get_n_targets (draft), ==, 2);
  alpha = am_draft_get_block_values (draft, 0);
  beta = am_draft_get_block_values (draft, 1);
  am_block_values_set (alpha, 2, 0.5);
  g_assert_true (isnan (am_block_values_get (beta, 2)));
  /* Text encoder and VAE go by one policy, shown once. */
  g_assert_cmpuint (am_block_values_get_n_bars (beta) + 2, ==, am_block_values_get_n_bars (alpha));
  am_draft_set_is_linked (draft, TRUE);
  g_assert_cmpfloat (am_block_values_get (beta, 2), ==, 0.5);
  am_block_values_set (alpha, 3, 0.25);
  g_assert_cmpfloat (am_block_values_get (beta, 3), ==, 0.25);
  am_draft_undo (draft);
  g_assert_true (isnan (am_block_values_get (alpha, 3)));
  g_assert_true (isnan (am_block_values_get (beta, 3)));
}

/* What no control shows outlives editing. */
static void
test_keeps_what_it_does_not_show (void)
{
  static const char text[] = "merge_method: task_arithmetic\n"
                             "base_model: base\n"
                             "models:\n"
                             "  - model: a\n"
                             "    parameters:\n"
                             "      weight:\n"
                             "        - filter: attn\n"
                             "          value: 0.25\n"
                             "        - value: 1\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) recipes = am_recipes_parse (text, -1, "text", &error);
  g_autoptr (AmDraft) draft = am_draft_new ();
  g_autofree char *yaml = NULL;

  g_assert_no_error (error);
  am_draft_load (draft, recipes);
  g_assert_true (am_draft_is_parameter_elaborate (draft, find_parameter (draft, "weight"), 0));
  am_draft_set_path (draft, 0, "other");
  yaml = write_yaml (draft);
  g_assert_nonnull (strstr (yaml, "attn"));
  g_assert_nonnull (strstr (yaml, "other"));
  am_draft_set_parameter (draft, find_parameter (draft, "weight"), 0, 0.5);
  g_assert_false (am_draft_is_parameter_elaborate (draft, find_parameter (draft, "weight"), 0));
}

static void
test_output_path (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();
  static const struct
  {
    const char *template;
    const char *expected;
  } cases[] = {
    { "{A}-{B}-{method}", "/m/first-sec-ond-weighted_sum.safetensors" },
    { "{A} {alpha}", "/m/first 0.3.safetensors" },
    { "{unknown} {", "/m/{unknown} {.safetensors" },
    { "a/b", "/m/a-b.safetensors" },
    { "", "/m/merged.safetensors" },
    { "{C}", "/m/merged.safetensors" },
    { "{C}-{A}-{preset}", "/m/first.safetensors" },
    { "..", "/m/merged.safetensors" },
    { "x.safetensors", "/m/x.safetensors" },
  };

  am_draft_set_path (draft, 0, "/m/first.safetensors");
  am_draft_set_path (draft, 1, "/n/sec:ond.ckpt");
  am_draft_set_parameter (draft, find_parameter (draft, "alpha"), 0, 0.3);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = NULL;

      am_draft_set_name_template (draft, cases[i].template);
      path = am_draft_dup_output_path (draft);
      g_assert_cmpstr (path, ==, cases[i].expected);
    }
  am_draft_set_output_folder (draft, "/out");
  am_draft_set_name_template (draft, "x");
  {
    g_autofree char *path = am_draft_dup_output_path (draft);

    g_assert_cmpstr (path, ==, "/out/x.safetensors");
  }
}

/* A result goes where a file is, not where the name of a stage or a relative path would lead. */
static void
test_stages (void)
{
  static const char text[] = "name: first\n"
                             "merge_method: weighted_sum\n"
                             "models: [{model: /m/a.safetensors}, {model: /m/b.safetensors}]\n"
                             "parameters: {alpha: 0.3}\n"
                             "---\n"
                             "merge_method: weighted_sum\n"
                             "models: [{model: first}, {model: c.safetensors}]\n"
                             "parameters: {alpha: 0.5}\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) recipes = am_recipes_parse (text, -1, "text", &error);
  g_autoptr (AmDraft) draft = am_draft_new ();
  g_autoptr (GPtrArray) one_stage = NULL;
  g_autofree char *output = NULL;
  g_autofree char *yaml = NULL;

  g_assert_no_error (error);
  am_draft_load (draft, recipes);
  g_assert_true (am_draft_is_stage (draft, 0));
  g_assert_false (am_draft_is_stage (draft, 1));
  output = am_draft_dup_output_path (draft);
  g_assert_cmpstr (output, ==, "/m/first-c-weighted_sum.safetensors");

  /* A stage without use would make the recipe one that cannot be read again. */
  am_draft_set_path (draft, 0, "/m/d.safetensors");
  yaml = write_yaml (draft);
  one_stage = am_recipes_parse (yaml, -1, "text", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (one_stage->len, ==, 1);
  am_draft_undo (draft);
  g_assert_true (am_draft_is_stage (draft, 0));
}

static const AmAlignSettings *
get_align (AmDraft *draft)
{
  return am_draft_get_recipe (draft)->align;
}

static void
test_align (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();

  g_assert_false (am_draft_can_align (draft));
  am_draft_set_path (draft, 0, "/m/a.safetensors");
  g_assert_false (am_draft_can_align (draft));
  am_draft_set_path (draft, 1, "/m/b.safetensors");
  g_assert_true (am_draft_can_align (draft));
  g_assert_false (am_draft_get_aligns (draft));

  am_draft_set_aligns (draft, TRUE);
  g_assert_cmpint (get_align (draft)->target, ==, AM_ALIGN_TO_FIRST);
  am_draft_set_align_target (draft, AM_ALIGN_TO_FILE, "/m/c.safetensors");
  g_assert_cmpstr (get_align (draft)->file, ==, "/m/c.safetensors");
  /* One model is enough with a file to align it to. */
  am_draft_set_path (draft, 1, "");
  g_assert_true (am_draft_can_align (draft));
  am_draft_set_align_target (draft, AM_ALIGN_TO_MEAN, NULL);
  g_assert_null (get_align (draft)->file);
  g_assert_false (am_draft_can_align (draft));
  am_draft_undo (draft);
  g_assert_cmpint (get_align (draft)->target, ==, AM_ALIGN_TO_FILE);
  g_assert_cmpstr (get_align (draft)->file, ==, "/m/c.safetensors");
}

/* A stroke of the spin button is one step of undo; switching off and on again brings back what was set. */
static void
test_align_undo (void)
{
  g_autoptr (AmDraft) draft = am_draft_new ();

  am_draft_set_aligns (draft, TRUE);
  for (guint i = 2; i < 6; i++)
    am_draft_set_align_restarts (draft, i);
  g_assert_cmpuint (get_align (draft)->restarts, ==, 5);
  am_draft_undo (draft);
  g_assert_cmpuint (get_align (draft)->restarts, ==, 1);
  am_draft_redo (draft);
  am_draft_set_aligns (draft, FALSE);
  g_assert_null (get_align (draft));
  am_draft_set_aligns (draft, TRUE);
  g_assert_cmpuint (get_align (draft)->restarts, ==, 5);
  am_draft_set_aligns (draft, FALSE);
  am_draft_reset (draft);
  am_draft_set_aligns (draft, TRUE);
  g_assert_cmpuint (get_align (draft)->restarts, ==, 1);
  am_draft_undo (draft);
  g_assert_false (am_draft_get_aligns (draft));
}

/* The pin belongs to the file it was made of. */
static void
test_align_kept (void)
{
  static const char text[] = "merge_method: weighted_sum\n"
                             "models: [{model: /m/a.safetensors}, {model: /m/b.safetensors}]\n"
                             "parameters: {alpha: 0.5}\n"
                             "align: {file: /m/c.safetensors, order: backward, seed: 7, restarts: 3, "
                             "max_sweeps: 9, tolerance: 0.5,\n"
                             "  rotate: true, normalize: true, architecture: /m/network.yaml,\n"
                             "  sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) recipes = am_recipes_parse (text, -1, "text", &error);
  g_autoptr (AmDraft) draft = am_draft_new ();
  g_autofree char *expected = NULL;
  g_autofree char *kept = NULL;

  g_assert_no_error (error);
  am_draft_load (draft, recipes);
  expected = am_recipes_to_yaml (recipes);
  am_draft_set_align_restarts (draft, 4);
  am_draft_set_aligns (draft, FALSE);
  am_draft_set_aligns (draft, TRUE);
  am_draft_set_align_target (draft, AM_ALIGN_TO_FILE, "/m/c.safetensors");
  am_draft_set_align_restarts (draft, 3);
  kept = write_yaml (draft);
  g_assert_cmpstr (kept, ==, expected);
  am_draft_set_align_target (draft, AM_ALIGN_TO_FILE, "/m/d.safetensors");
  g_assert_null (get_align (draft)->sha256);
  g_assert_cmpuint (get_align (draft)->seed, ==, 7);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add_func ("/draft/starts-empty", test_starts_empty);
  g_test_add_func ("/draft/undo", test_undo);
  g_test_add_func ("/draft/topics", test_topics);
  g_test_add_func ("/draft/method-keeps-models", test_method_keeps_models);
  g_test_add_func ("/draft/place-model", test_place_model);
  g_test_add_func ("/draft/method-moves-base", test_method_moves_base);
  g_test_add_func ("/draft/method-keeps-parameters", test_method_keeps_parameters);
  g_test_add_func ("/draft/every-method-reads-back", test_every_method_reads_back);
  g_test_add_func ("/draft/block-values", test_block_values);
  g_test_add_func ("/draft/component-bars", test_component_bars);
  g_test_add_func ("/draft/linked", test_linked);
  g_test_add_func ("/draft/keeps-what-it-does-not-show", test_keeps_what_it_does_not_show);
  g_test_add_func ("/draft/output-path", test_output_path);
  g_test_add_func ("/draft/stages", test_stages);
  g_test_add_func ("/draft/align", test_align);
  g_test_add_func ("/draft/align-undo", test_align_undo);
  g_test_add_func ("/draft/align-kept", test_align_kept);
  return g_test_run ();
}
