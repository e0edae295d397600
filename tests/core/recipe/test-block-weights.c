#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"
#include "recipe/presets.h"

#define MAX_BLOCKS 80

typedef struct
{
  double values[MAX_BLOCKS];
  double time_embed;
  double vae;
} Resolved;

static AmBlockWeights *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  AmBlockWeights *weights = am_block_weights_parse (text, &error);

  g_assert_no_error (error);
  return weights;
}

static AmBlockWeights *
make_numbers (guint n)
{
  AmBlockWeights *weights = am_block_weights_new ();

  weights->numbers = g_array_new (FALSE, FALSE, sizeof (double));
  for (guint i = 0; i < n; i++)
    {
      double value = i + 0.5;

      g_array_append_val (weights->numbers, value);
    }
  return weights;
}

static void
resolve (const AmBlockWeights *weights, AmFamily family, Resolved *resolved)
{
  g_autoptr (GError) error = NULL;

  am_block_weights_resolve (weights, family, resolved->values, &resolved->time_embed, &resolved->vae, &error);
  g_assert_no_error (error);
}

static void
resolve_fails (const AmBlockWeights *weights, AmFamily family, const char *expected)
{
  g_autoptr (GError) error = NULL;
  Resolved resolved;

  g_assert_false (am_block_weights_resolve (weights, family, resolved.values, &resolved.time_embed,
                                            &resolved.vae, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
  if (strstr (error->message, expected) == NULL)
    g_error ("no \"%s\" in \"%s\"", expected, error->message);
}

static void
test_parse_numbers (void)
{
  static const char *const texts[]
      = { "0,0.5,1", "0 0.5 1", " 0\t0.5\n1 ", "0, .5, 1,", "[0, 5e-1, 1.0]", "0;0.5;1" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (AmBlockWeights) weights = parse (texts[i]);

      g_assert_cmpuint (weights->numbers->len, ==, 3);
      g_assert_cmpfloat (g_array_index (weights->numbers, double, 0), ==, 0);
      g_assert_cmpfloat (g_array_index (weights->numbers, double, 1), ==, 0.5);
      g_assert_cmpfloat (g_array_index (weights->numbers, double, 2), ==, 1);
    }
}

static void
test_parse_presets (void)
{
  g_autoptr (AmBlockWeights) one = parse ("2SMOOTHSTEP");
  g_autoptr (AmBlockWeights) two = parse ("GRAD_V + REVERSE-SMOOTHSTEP @ 0.3");

  g_assert_cmpstr (one->preset, ==, "2SMOOTHSTEP");
  g_assert_null (one->second_preset);
  g_assert_cmpstr (two->preset, ==, "GRAD_V");
  g_assert_cmpstr (two->second_preset, ==, "REVERSE-SMOOTHSTEP");
  g_assert_cmpfloat (two->blend, ==, 0.3);
}

static void
test_parse_errors (void)
{
  static const struct
  {
    const char *text;
    const char *expected;
  } cases[] = {
    { "", "no block weights" },
    { " , ", "no block weights" },
    { "0,x,1", "'x' is not a number (number 2" },
    { "0,nan", "'nan' is not a number" },
    { "0,0x1p3", "'0x1p3' is not a number" },
    { "1e999", "'1e999' is not a number" },
    { "SMOTHSTEP", "did you mean 'SMOOTHSTEP'" },
    { "GRAD_V+GRAD_A", "'@' is missing" },
    { "GRAD_V+GRAD_A@x", "'x' is not a number" },
    { "GRAD_V+NOPE_NOPE@0.5", "no preset 'NOPE_NOPE'" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (am_block_weights_parse (cases[i].text, &error));
      g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
      if (strstr (error->message, cases[i].expected) == NULL)
        g_error ("no \"%s\" in \"%s\"", cases[i].expected, error->message);
    }
}

static void
test_sd1_counts (void)
{
  g_autoptr (AmBlockWeights) with = make_numbers (26);
  g_autoptr (AmBlockWeights) without = make_numbers (25);
  g_autoptr (AmBlockWeights) wrong = make_numbers (24);
  Resolved resolved;

  resolve (with, AM_FAMILY_SD1, &resolved);
  g_assert_cmpfloat (resolved.values[0], ==, 0.5);
  g_assert_cmpfloat (resolved.values[25], ==, 25.5);
  g_assert_true (isnan (resolved.time_embed));
  g_assert_true (isnan (resolved.vae));
  resolve (without, AM_FAMILY_SD2, &resolved);
  g_assert_true (isnan (resolved.values[0]));
  g_assert_cmpfloat (resolved.values[1], ==, 0.5);
  g_assert_cmpfloat (resolved.values[25], ==, 24.5);
  resolve_fails (wrong, AM_FAMILY_SD1, "takes 26 numbers, or 25 without BASE");
  wrong->line = 7;
  resolve_fails (wrong, AM_FAMILY_SD1, "line 7: 24 block weights");
}

static void
test_sdxl_counts (void)
{
  g_autoptr (AmBlockWeights) twenty = make_numbers (20);
  g_autoptr (AmBlockWeights) nineteen = make_numbers (19);
  g_autoptr (AmBlockWeights) twenty_one = make_numbers (21);
  g_autoptr (AmBlockWeights) wrong = make_numbers (22);
  Resolved resolved;

  resolve (twenty, AM_FAMILY_SDXL, &resolved);
  g_assert_cmpfloat (resolved.values[0], ==, 0.5);
  g_assert_cmpfloat (resolved.values[19], ==, 19.5);
  g_assert_true (isnan (resolved.vae));
  resolve (nineteen, AM_FAMILY_SDXL, &resolved);
  g_assert_true (isnan (resolved.values[0]));
  g_assert_cmpfloat (resolved.values[19], ==, 18.5);
  resolve (twenty_one, AM_FAMILY_SDXL, &resolved);
  g_assert_cmpfloat (resolved.values[19], ==, 19.5);
  g_assert_cmpfloat (resolved.vae, ==, 20.5);
  g_assert_null (am_block_weights_get_note (twenty_one, AM_FAMILY_SDXL));
  resolve_fails (wrong, AM_FAMILY_SDXL, "takes 20 numbers, or 19 without BASE, 21 with VAE");
}

/* BASE, IN00-IN08, M00, OUT00-OUT08 of the 26; the others have no place. */
static void
test_sdxl_from_sd1 (void)
{
  static const double expected[20] = { 0.5,  1.5,  2.5,  3.5,  4.5,  5.5,  6.5,  7.5,  8.5,  9.5,
                                       13.5, 14.5, 15.5, 16.5, 17.5, 18.5, 19.5, 20.5, 21.5, 22.5 };
  g_autoptr (AmBlockWeights) weights = make_numbers (26);
  g_autoptr (AmBlockWeights) without = make_numbers (25);
  Resolved resolved;

  resolve (weights, AM_FAMILY_SDXL, &resolved);
  for (guint i = 0; i < 20; i++)
    g_assert_cmpfloat (resolved.values[i], ==, expected[i]);
  resolve (without, AM_FAMILY_SDXL, &resolved);
  g_assert_true (isnan (resolved.values[0]));
  for (guint i = 1; i < 20; i++)
    g_assert_cmpfloat (resolved.values[i], ==, expected[i] - 1);
  g_assert_nonnull (am_block_weights_get_note (weights, AM_FAMILY_SDXL));
  g_assert_null (am_block_weights_get_note (weights, AM_FAMILY_SD1));
}

static void
test_other_families (void)
{
  g_autoptr (AmBlockWeights) flux = make_numbers (61);
  g_autoptr (AmBlockWeights) sixty = make_numbers (60);
  g_autoptr (AmBlockWeights) preset = parse ("GRAD_V");
  Resolved resolved;

  resolve (flux, AM_FAMILY_FLUX, &resolved);
  g_assert_cmpfloat (resolved.values[60], ==, 60.5);
  resolve_fails (sixty, AM_FAMILY_FLUX, "takes 61 numbers");
  resolve_fails (preset, AM_FAMILY_FLUX, "GRAD_V has no form for the 61 blocks");
  resolve_fails (flux, AM_FAMILY_RESNET, "no merge blocks");
}

static void
test_presets (void)
{
  g_autoptr (AmBlockWeights) blend = parse ("GRAD_V+ALL_B@0.25");
  g_autoptr (AmBlockWeights) sd1_only = parse ("OUT12");
  Resolved resolved;

  resolve (blend, AM_FAMILY_SD1, &resolved);
  g_assert_cmpfloat (resolved.values[0], ==, 0.25);
  g_assert_cmpfloat (resolved.values[1], ==, 1);
  g_assert_cmpfloat (resolved.values[13], ==, 0.25);
  resolve (blend, AM_FAMILY_SDXL, &resolved);
  g_assert_cmpfloat (resolved.values[10], ==, 0.25);
  resolve_fails (sd1_only, AM_FAMILY_SDXL, "OUT12 has no form for the 20 blocks");
}

static void
set_name (AmBlockWeights *weights, const char *name, double value)
{
  if (weights->by_name == NULL)
    weights->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (weights->by_name, g_strdup (name), g_memdup2 (&value, sizeof value));
}

static void
test_names (void)
{
  g_autoptr (AmBlockWeights) weights = am_block_weights_new ();
  Resolved resolved;

  weights->time_embed = 0.9;
  set_name (weights, "IN00", 0.1);
  set_name (weights, "MID", 0.2);
  set_name (weights, "OUT8", 0.3);
  set_name (weights, "VAE", 0.4);
  resolve (weights, AM_FAMILY_SDXL, &resolved);
  g_assert_true (isnan (resolved.values[0]));
  g_assert_cmpfloat (resolved.values[1], ==, 0.1);
  g_assert_cmpfloat (resolved.values[10], ==, 0.2);
  g_assert_cmpfloat (resolved.values[19], ==, 0.3);
  g_assert_cmpfloat (resolved.vae, ==, 0.4);
  g_assert_cmpfloat (resolved.time_embed, ==, 0.9);
  set_name (weights, "OUT11", 0.5);
  resolve_fails (weights, AM_FAMILY_SDXL, "has no block 'OUT11'; its blocks are BASE ... OUT08");
}

static void
test_element_rules (void)
{
  g_autoptr (AmBlockWeights) weights = am_block_weights_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (am_block_weights_add_elements (weights, "OUT03-OUT06:attn2:0.5,\n NOT M00::1 ", &error));
  g_assert_no_error (error);
  g_assert_cmpuint (weights->elements->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (weights->elements, 1), ==, "NOT M00::1");
  g_assert_false (am_block_weights_add_elements (weights, "IN00::1,IN00:attn2", &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
  g_assert_cmpuint (weights->elements->len, ==, 2);
  g_clear_error (&error);
  g_assert_false (am_element_rule_check ("a:b:c", &error));
  g_assert_nonnull (strstr (error->message, "not a number"));
  g_clear_error (&error);
  g_assert_false (am_element_rule_check ("a:b:1:2", &error));
  g_assert_nonnull (error);
}

static void
test_element_blocks (void)
{
  g_autoptr (AmBlockWeights) weights = parse ("GRAD_V");
  Resolved resolved;

  am_block_weights_add_elements (weights, "OUT09:attn2:0.5", NULL);
  resolve (weights, AM_FAMILY_SD1, &resolved);
  resolve_fails (weights, AM_FAMILY_SDXL, "names a block 'OUT09' which this architecture does not have");
}

typedef struct
{
  const char *rule;
  const char *block;
  const char *name;
  gboolean matches;
} ElementCase;

static const ElementCase element_cases[] = {
  { "OUT03:attn2:0.5", "OUT03", "x.attn2.to_k.weight", TRUE },
  { "OUT03:attn2:0.5", "OUT03", "x.attn1.to_k.weight", FALSE },
  { "OUT03:attn2:0.5", "OUT04", "x.attn2.to_k.weight", FALSE },
  { "OUT03-OUT06:attn2:0.5", "OUT05", "x.attn2.to_k.weight", TRUE },
  { "OUT06-OUT03:attn2:0.5", "OUT05", "x.attn2.to_k.weight", TRUE },
  { "OUT03-OUT06:attn2:0.5", "OUT07", "x.attn2.to_k.weight", FALSE },
  { "IN11-OUT00::0.5", "M00", "anything", TRUE },
  { "OUT03 out4:attn2 attn1.to_out:0.5", "OUT04", "x.attn1.to_out.0.bias", TRUE },
  { "OUT03 OUT04:attn2 attn1.to_out:0.5", "OUT04", "x.attn1.to_q.weight", FALSE },
  { ":attn2:0.5", "IN01", "x.attn2.to_k.weight", TRUE },
  { "::0.5", "BASE", "anything", TRUE },
  { "MID::0.5", "M00", "anything", TRUE },
  { "NOT M00 OUT03-OUT06::0.5", "OUT02", "anything", TRUE },
  { "NOT M00 OUT03-OUT06::0.5", "OUT04", "anything", FALSE },
  { "NOT M00 OUT03-OUT06::0.5", "M00", "anything", FALSE },
  { "IN01:NOT attn:0.5", "IN01", "x.norm.weight", TRUE },
  { "IN01:NOT attn:0.5", "IN01", "x.attn1.weight", FALSE },
};

/* A model whose only purpose is to have the 26 blocks. */
static AmModel *
make_model (const char *folder, AmCheckpoint **checkpoint)
{
  g_autoptr (GArray) tensors = am_family_list_tensors (AM_FAMILY_SD1, 32);
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  for (guint i = 0; i < tensors->len; i++)
    {
      AmExpectedTensor *tensor = &g_array_index (tensors, AmExpectedTensor, i);
      g_autoptr (GString) shape = g_string_new (NULL);

      for (guint j = 0; j < tensor->n_dims; j++)
        g_string_append_printf (shape, "%s%" G_GUINT64_FORMAT, j > 0 ? "," : "", tensor->shape[j]);
      if (tensor->component == AM_COMPONENT_DIFFUSION)
        fixture_add_random (fixture, tensor->name, AM_DTYPE_F16, shape->str, 1, 0.1);
    }
  path = fixture_write (fixture, folder, "model.safetensors");
  *checkpoint = am_checkpoint_open (path, &error);
  g_assert_no_error (error);
  return am_model_new (*checkpoint);
}

static guint
find_block (const AmModel *model, const char *name)
{
  for (guint i = 0; i < am_model_get_n_blocks (model); i++)
    if (strcmp (am_model_get_block_name (model, i), name) == 0)
      return i;
  g_error ("no block %s", name);
}

static void
test_element_matches (void)
{
  g_autofree char *folder = fixture_new_folder ();
  AmCheckpoint *checkpoint;
  g_autoptr (AmModel) model = make_model (folder, &checkpoint);
  g_autoptr (AmBlockWeights) several = am_block_weights_new ();

  g_assert_cmpint (am_model_get_family (model), ==, AM_FAMILY_SD1);
  for (gsize i = 0; i < G_N_ELEMENTS (element_cases); i++)
    {
      const ElementCase *element = &element_cases[i];
      g_autoptr (AmBlockWeights) weights = am_block_weights_new ();
      double ratio;

      am_block_weights_add_elements (weights, element->rule, NULL);
      ratio = am_block_weights_match_element (weights, model, find_block (model, element->block),
                                              element->name);
      g_test_message ("%s in %s: %s", element->rule, element->block, element->name);
      g_assert_cmpint (ratio == 0.5, ==, element->matches);
      g_assert_cmpint (isnan (ratio), ==, !element->matches);
    }
  am_block_weights_add_elements (several, "::0.1,IN00::0.2,:attn2:0.3", NULL);
  g_assert_cmpfloat (am_block_weights_match_element (several, model, 1, "x"), ==, 0.2);
  g_assert_cmpfloat (am_block_weights_match_element (several, model, 1, "attn2"), ==, 0.3);
  g_assert_cmpfloat (am_block_weights_match_element (several, model, AM_BLOCK_NONE, "x"), ==, 0.1);
  g_clear_pointer (&model, am_model_free);
  am_checkpoint_free (checkpoint);
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/block-weights/parse/numbers", test_parse_numbers);
  g_test_add_func ("/block-weights/parse/presets", test_parse_presets);
  g_test_add_func ("/block-weights/parse/errors", test_parse_errors);
  g_test_add_func ("/block-weights/resolve/sd1", test_sd1_counts);
  g_test_add_func ("/block-weights/resolve/sdxl", test_sdxl_counts);
  g_test_add_func ("/block-weights/resolve/sdxl-from-sd1", test_sdxl_from_sd1);
  g_test_add_func ("/block-weights/resolve/other-families", test_other_families);
  g_test_add_func ("/block-weights/resolve/presets", test_presets);
  g_test_add_func ("/block-weights/resolve/names", test_names);
  g_test_add_func ("/block-weights/elements/rules", test_element_rules);
  g_test_add_func ("/block-weights/elements/blocks", test_element_blocks);
  g_test_add_func ("/block-weights/elements/matches", test_element_matches);
  return g_test_run ();
}
