#include "desktop-support.h"

#include <math.h>

#include "state/block-values.h"

static void
count (gpointer object, guint *n)
{
  (*n)++;
}

static AmBlockValues *
values_new (AmFamily family)
{
  AmBlockValues *values = am_block_values_new ();

  am_block_values_set_ratio (values, 0.5, 0, 1, -10, 10);
  am_block_values_set_layout (values, family, am_family_get_blocks (family), am_family_get_title (family));
  return values;
}

static guint
find_bar (AmBlockValues *values, const char *name)
{
  for (guint i = 0; i < am_block_values_get_n_bars (values); i++)
    if (g_strcmp0 (am_block_values_get_name (values, i), name) == 0)
      return i;
  g_assert_not_reached ();
}

static double
get (AmBlockValues *values, const char *name)
{
  return am_block_values_get (values, find_bar (values, name));
}

static double
get_effective (AmBlockValues *values, const char *name)
{
  return am_block_values_get_effective (values, find_bar (values, name));
}

static void
test_counts (void)
{
  static const struct
  {
    AmFamily family;
    guint n_blocks;
    guint n_bars;
  } rows[] = {
    { AM_FAMILY_SD1, 26, 29 },  { AM_FAMILY_SD2, 26, 29 },   { AM_FAMILY_SDXL, 20, 23 },
    { AM_FAMILY_FLUX, 61, 61 }, { AM_FAMILY_SD3, 40, 40 },   { AM_FAMILY_SDXL_REFINER, 26, 26 },
    { AM_FAMILY_VGG, 0, 0 },    { AM_FAMILY_UNKNOWN, 0, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (AmBlockValues) values = values_new (rows[i].family);

      g_assert_cmpuint (am_block_values_get_n_blocks (values), ==, rows[i].n_blocks);
      g_assert_cmpuint (am_block_values_get_n_bars (values), ==, rows[i].n_bars);
      g_assert_false (am_block_values_is_set (values));
      for (guint bar = 0; bar < rows[i].n_bars; bar++)
        g_assert_true (isnan (am_block_values_get (values, bar)));
    }
}

static void
test_groups (void)
{
  g_autoptr (AmBlockValues) sd1 = values_new (AM_FAMILY_SD1);
  g_autoptr (AmBlockValues) flux = values_new (AM_FAMILY_FLUX);

  g_assert_cmpstr (am_block_values_get_group (sd1, find_bar (sd1, "BASE")), ==, "BASE");
  g_assert_cmpstr (am_block_values_get_group (sd1, find_bar (sd1, "IN00")), ==, "IN");
  g_assert_cmpstr (am_block_values_get_group (sd1, find_bar (sd1, "M00")), ==, "M");
  g_assert_cmpstr (am_block_values_get_group (sd1, find_bar (sd1, "OUT11")), ==, "OUT");
  g_assert_cmpstr (am_block_values_get_group (sd1, find_bar (sd1, "VAE")), ==, "");
  g_assert_cmpstr (am_block_values_get_group (flux, find_bar (flux, "T5")), ==, "T5");
  g_assert_cmpstr (am_block_values_get_group (flux, find_bar (flux, "S37")), ==, "S");
  g_assert_cmpint (am_block_values_get_kind (sd1, 26), ==, AM_BAR_TIME_EMBED);
  g_assert_cmpint (am_block_values_get_kind (sd1, 27), ==, AM_BAR_TEXT_ENCODER);
  g_assert_cmpint (am_block_values_get_kind (sd1, 28), ==, AM_BAR_VAE);
}

/* A second ratio has bars for what block weights reach alone. */
static void
test_components (void)
{
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SD1);
  guint n_layouts = 0;

  am_block_values_set (values, 3, 0.25);
  g_signal_connect (values, "layout-changed", G_CALLBACK (count), &n_layouts);
  am_block_values_set_has_components (values, FALSE);
  g_assert_cmpuint (n_layouts, ==, 1);
  g_assert_cmpuint (am_block_values_get_n_bars (values), ==, 27);
  g_assert_cmpint (am_block_values_get_kind (values, 26), ==, AM_BAR_TIME_EMBED);
  g_assert_cmpfloat (am_block_values_get (values, 3), ==, 0.25);
}

static void
test_effective (void)
{
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SD1);

  g_assert_cmpfloat (get_effective (values, "IN04"), ==, 0.5);
  am_block_values_set (values, find_bar (values, "BASE"), 0.25);
  am_block_values_set (values, find_bar (values, "IN00"), 0.75);
  g_assert_cmpfloat (get_effective (values, "Text encoder"), ==, 0.25);
  g_assert_cmpfloat (get_effective (values, "VAE"), ==, 0.25);
  g_assert_cmpfloat (get_effective (values, "Time embedding"), ==, 0.75);
  am_block_values_set (values, find_bar (values, "VAE"), 1);
  g_assert_cmpfloat (get_effective (values, "VAE"), ==, 1);
  am_block_values_set_ratio (values, 0.125, 0, 1, -10, 10);
  g_assert_cmpfloat (get_effective (values, "IN04"), ==, 0.125);
  am_block_values_set_ratio (values, NAN, 0, 1, -10, 10);
  g_assert_cmpfloat (get_effective (values, "IN04"), ==, 0);
}

static void
test_set (void)
{
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SD1);
  guint n = 0;

  g_signal_connect (values, "changed", G_CALLBACK (count), &n);
  am_block_values_set (values, 4, 0.3);
  am_block_values_set (values, 4, 0.3);
  g_assert_cmpuint (n, ==, 1);
  am_block_values_set (values, 4, 99);
  g_assert_cmpfloat (am_block_values_get (values, 4), ==, 10);
  am_block_values_set (values, 4, NAN);
  am_block_values_set (values, 4, NAN);
  g_assert_cmpuint (n, ==, 3);
  g_assert_false (am_block_values_is_set (values));
}

static void
test_set_all (void)
{
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SDXL);
  double all[23];
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    all[i] = i / 100.0;
  g_signal_connect (values, "changed", G_CALLBACK (count), &n);
  am_block_values_set_all (values, all);
  am_block_values_set_all (values, all);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpfloat (am_block_values_get (values, 22), ==, 0.22);
  am_block_values_clear (values);
  am_block_values_clear (values);
  g_assert_cmpuint (n, ==, 2);
  g_assert_false (am_block_values_is_set (values));
}

static void
test_edits_nest (void)
{
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SD1);
  guint first;

  g_assert_false (am_block_values_is_editing (values));
  am_block_values_begin_edit (values);
  first = am_block_values_get_edit (values);
  am_block_values_begin_edit (values);
  g_assert_cmpuint (am_block_values_get_edit (values), ==, first);
  am_block_values_end_edit (values);
  g_assert_true (am_block_values_is_editing (values));
  am_block_values_end_edit (values);
  g_assert_false (am_block_values_is_editing (values));
  am_block_values_begin_edit (values);
  g_assert_cmpuint (am_block_values_get_edit (values), !=, first);
  am_block_values_end_edit (values);
}

/* Every preset, in both forms, against the core; and the name stays with the weights. */
static void
test_presets (void)
{
  static const AmFamily families[] = { AM_FAMILY_SD1, AM_FAMILY_SDXL };
  guint n_applied = 0;

  for (guint f = 0; f < G_N_ELEMENTS (families); f++)
    for (guint preset = 0; preset < am_preset_get_count (); preset++)
      {
        g_autoptr (AmBlockValues) values = values_new (families[f]);
        guint n = am_block_values_get_n_blocks (values), found, second;
        double expected[26];
        g_autoptr (GError) error = NULL;
        g_autoptr (AmBlockWeights) weights = NULL;
        gboolean exists = am_preset_fill (preset, n - 1, expected);

        g_assert_cmpint (am_block_values_apply_preset (values, preset, G_MAXUINT, 0, &error), ==, exists);
        if (!exists)
          {
            g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
            g_assert_false (am_block_values_is_set (values));
            continue;
          }
        for (guint i = 0; i < n; i++)
          g_assert_cmpfloat (am_block_values_get (values, i), ==, expected[i]);
        weights = am_block_values_to_weights (values);
        g_assert_cmpstr (weights->preset, ==, am_preset_get (preset)->id);
        g_assert_true (am_block_values_get_preset (values, &found, &second, NULL));
        g_assert_cmpuint (found, ==, preset);
        g_assert_cmpuint (second, ==, G_MAXUINT);
        n_applied++;
      }
  g_assert_cmpuint (n_applied, >, 60);
}

static void
test_blend (void)
{
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SD1);
  guint from = (guint)am_preset_find ("GRAD_V"), to = (guint)am_preset_find ("ALL_B"), second;
  double first_values[26], second_values[26], blend;
  g_autoptr (AmBlockWeights) weights = NULL;

  am_preset_fill (from, 25, first_values);
  am_preset_fill (to, 25, second_values);
  g_assert_true (am_block_values_apply_preset (values, from, to, 0.3, NULL));
  for (guint i = 0; i < 26; i++)
    g_assert_cmpfloat (am_block_values_get (values, i), ==,
                       (1 - 0.3) * first_values[i] + 0.3 * second_values[i]);
  weights = am_block_values_to_weights (values);
  g_assert_cmpstr (weights->second_preset, ==, "ALL_B");
  g_assert_cmpfloat (weights->blend, ==, 0.3);
  g_assert_true (am_block_values_get_preset (values, NULL, &second, &blend));
  g_assert_cmpuint (second, ==, to);
  g_assert_cmpfloat (blend, ==, 0.3);

  /* A bar moved by hand is no preset any more. */
  am_block_values_set (values, 3, 0.111);
  g_assert_false (am_block_values_get_preset (values, NULL, NULL, NULL));
  g_clear_pointer (&weights, am_block_weights_free);
  weights = am_block_values_to_weights (values);
  g_assert_null (weights->preset);
  g_assert_cmpuint (weights->numbers->len, ==, 26);
}

/* What is copied reads back to the very same numbers. */
static void
test_text_round_trip (void)
{
  static const AmFamily families[] = { AM_FAMILY_SD1, AM_FAMILY_SDXL, AM_FAMILY_FLUX, AM_FAMILY_SD3 };

  for (guint f = 0; f < G_N_ELEMENTS (families); f++)
    {
      g_autoptr (AmBlockValues) from = values_new (families[f]);
      g_autoptr (AmBlockValues) to = values_new (families[f]);
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;

      for (guint i = 0; i < am_block_values_get_n_blocks (from); i += 2)
        am_block_values_set (from, i, 1.0 / (i + 3));
      text = am_block_values_to_text (from);
      g_assert_true (am_block_values_parse (to, text, NULL, &error));
      g_assert_no_error (error);
      for (guint i = 0; i < am_block_values_get_n_blocks (from); i++)
        g_assert_cmpfloat (am_block_values_get (to, i), ==, am_block_values_get_effective (from, i));
    }
}

static void
test_text (void)
{
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SDXL);
  g_autofree char *text = NULL;

  am_block_values_set (values, 0, 0);
  am_block_values_set (values, 1, 0.25);
  am_block_values_set (values, 2, 0.1);
  text = am_block_values_to_text (values);
  g_assert_cmpstr (text, ==,
                   "0,0.25,0.1,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5");
}

static char *
repeat (const char *number, guint n)
{
  GString *text = g_string_new (number);

  for (guint i = 1; i < n; i++)
    g_string_append_printf (text, ", %s", number);
  return g_string_free (text, FALSE);
}

static void
test_parse_forms (void)
{
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SDXL);
  g_autofree char *plain = repeat ("0.1", 19);
  g_autofree char *with_vae = repeat ("0.2", 21);
  g_autofree char *of_sd1 = repeat ("0.3", 26);
  g_autofree char *note = NULL;
  g_autoptr (AmBlockWeights) weights = NULL;

  g_assert_true (am_block_values_parse (values, plain, &note, NULL));
  g_assert_null (note);
  g_assert_true (isnan (get (values, "BASE")));
  g_assert_cmpfloat (get (values, "OUT08"), ==, 0.1);

  /* The 21st number is the VAE's, which has a bar and, in recipes, a policy. */
  g_assert_true (am_block_values_parse (values, with_vae, &note, NULL));
  g_assert_cmpfloat (get (values, "VAE"), ==, 0.2);
  weights = am_block_values_to_weights (values);
  g_assert_cmpuint (weights->numbers->len, ==, 20);

  g_assert_true (am_block_values_parse (values, of_sd1, &note, NULL));
  g_assert_nonnull (note);
  g_assert_cmpfloat (get (values, "OUT08"), ==, 0.3);
  g_assert_true (am_block_values_parse (values, "grad_v", NULL, NULL));
  g_assert_cmpfloat (get (values, "M00"), ==, 0);
  g_assert_cmpfloat (get (values, "IN00"), ==, 1);
}

static void
test_parse_errors (void)
{
  static const char *const wrong[] = { "", "0.1,0.2", "0.1,zzz", "NO_SUCH_PRESET", "OUT12", "1e999" };
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SDXL);
  guint n = 0;

  am_block_values_set (values, 5, 0.7);
  g_signal_connect (values, "changed", G_CALLBACK (count), &n);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (am_block_values_parse (values, wrong[i], NULL, &error));
      g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
    }
  g_assert_cmpuint (n, ==, 0);
  g_assert_cmpfloat (am_block_values_get (values, 5), ==, 0.7);
}

static void
test_try (void)
{
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SD1);
  double tried[29];
  guint n = 0;

  g_signal_connect (values, "changed", G_CALLBACK (count), &n);
  g_assert_true (am_block_values_try_preset (values, (guint)am_preset_find ("ALL_B"), tried));
  g_assert_cmpfloat (tried[0], ==, 1);
  g_assert_true (isnan (tried[28]));
  g_assert_false (am_block_values_try_preset (values, (guint)am_preset_find ("OUT09"), tried));
  g_assert_false (am_block_values_try_text (values, "1,2,3", tried, NULL));
  g_assert_cmpuint (n, ==, 0);
}

static void
test_weights (void)
{
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SD1);
  g_autoptr (AmBlockWeights) none = am_block_values_to_weights (values);
  g_autoptr (AmBlockWeights) some = NULL;
  g_autoptr (AmBlockValues) other = values_new (AM_FAMILY_SD1);

  g_assert_null (none);
  am_block_values_set (values, find_bar (values, "IN04"), 0.25);
  am_block_values_set (values, find_bar (values, "Time embedding"), 0.75);
  am_block_values_set (values, find_bar (values, "VAE"), 1);
  some = am_block_values_to_weights (values);
  g_assert_null (some->numbers);
  g_assert_cmpuint (g_hash_table_size (some->by_name), ==, 1);
  g_assert_cmpfloat (*(double *)g_hash_table_lookup (some->by_name, "IN04"), ==, 0.25);
  g_assert_cmpfloat (some->time_embed, ==, 0.75);

  am_block_values_take_weights (other, some);
  g_assert_cmpfloat (get (other, "IN04"), ==, 0.25);
  g_assert_cmpfloat (get (other, "Time embedding"), ==, 0.75);
  g_assert_true (isnan (get (other, "VAE")));
  am_block_values_take_weights (other, NULL);
  g_assert_false (am_block_values_is_set (other));
}

static void
test_base_unset (void)
{
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SD1);
  g_autoptr (AmBlockWeights) weights = NULL;

  for (guint i = 1; i < 26; i++)
    am_block_values_set (values, i, 0.5);
  weights = am_block_values_to_weights (values);
  g_assert_cmpuint (weights->numbers->len, ==, 25);
}

static void
test_elements_stay (void)
{
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SD1);
  g_autoptr (AmBlockWeights) given = am_block_weights_parse ("GRAD_A", NULL);
  g_autoptr (AmBlockWeights) back = NULL;

  g_assert_true (am_block_weights_add_elements (given, "OUT03-OUT06:attn2:0.5", NULL));
  am_block_values_take_weights (values, given);
  am_block_values_set (values, 2, 0.9);
  back = am_block_values_to_weights (values);
  g_assert_null (back->preset);
  g_assert_cmpuint (back->elements->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (back->elements, 0), ==, "OUT03-OUT06:attn2:0.5");
}

/* Weights that the models do not fit are not lost by looking at them. */
static void
test_misfit_stays (void)
{
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_FLUX);
  g_autoptr (AmBlockWeights) given = am_block_weights_parse ("GRAD_A", NULL);
  g_autoptr (AmBlockWeights) back = NULL;

  am_block_values_take_weights (values, given);
  g_assert_true (isnan (am_block_values_get (values, 10)));
  g_assert_true (am_block_values_is_set (values));
  back = am_block_values_to_weights (values);
  g_assert_cmpstr (back->preset, ==, "GRAD_A");
  am_block_values_set_layout (values, AM_FAMILY_SD1, am_family_get_blocks (AM_FAMILY_SD1), "SD 1");
  g_assert_cmpfloat (get (values, "M00"), ==, 1);
}

static void
test_layout_change (void)
{
  static const char *const none[] = { NULL };
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SD1);
  guint n_layouts = 0;

  g_signal_connect (values, "layout-changed", G_CALLBACK (count), &n_layouts);
  am_block_values_set (values, find_bar (values, "IN04"), 0.25);
  am_block_values_set (values, find_bar (values, "IN10"), 0.75);
  am_block_values_set (values, find_bar (values, "VAE"), 1);

  am_block_values_set_layout (values, AM_FAMILY_SD1, am_family_get_blocks (AM_FAMILY_SD1), "again");
  g_assert_cmpuint (n_layouts, ==, 0);
  am_block_values_set_layout (values, AM_FAMILY_UNKNOWN, none, "");
  g_assert_cmpuint (am_block_values_get_n_bars (values), ==, 0);
  am_block_values_set_layout (values, AM_FAMILY_SD1, am_family_get_blocks (AM_FAMILY_SD1), "SD 1");
  g_assert_cmpfloat (get (values, "IN10"), ==, 0.75);
  am_block_values_set_layout (values, AM_FAMILY_SDXL, am_family_get_blocks (AM_FAMILY_SDXL), "SDXL");
  g_assert_cmpuint (n_layouts, ==, 3);
  g_assert_cmpfloat (get (values, "IN04"), ==, 0.25);
  g_assert_true (isnan (get (values, "OUT04")));
}

/* A preset takes the other architecture's form. */
static void
test_layout_change_of_preset (void)
{
  g_autoptr (AmBlockValues) values = values_new (AM_FAMILY_SD1);
  double expected[20];

  g_assert_true (
      am_block_values_apply_preset (values, (guint)am_preset_find ("RING08_5"), G_MAXUINT, 0, NULL));
  am_block_values_set_layout (values, AM_FAMILY_SDXL, am_family_get_blocks (AM_FAMILY_SDXL), "SDXL");
  am_preset_fill ((guint)am_preset_find ("RING08_5"), 19, expected);
  for (guint i = 0; i < 20; i++)
    g_assert_cmpfloat (am_block_values_get (values, i), ==, expected[i]);
  g_assert_true (am_block_values_get_preset (values, NULL, NULL, NULL));
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add_func ("/block-values/counts", test_counts);
  g_test_add_func ("/block-values/groups", test_groups);
  g_test_add_func ("/block-values/components", test_components);
  g_test_add_func ("/block-values/effective", test_effective);
  g_test_add_func ("/block-values/set", test_set);
  g_test_add_func ("/block-values/set-all", test_set_all);
  g_test_add_func ("/block-values/edits-nest", test_edits_nest);
  g_test_add_func ("/block-values/presets", test_presets);
  g_test_add_func ("/block-values/blend", test_blend);
  g_test_add_func ("/block-values/text-round-trip", test_text_round_trip);
  g_test_add_func ("/block-values/text", test_text);
  g_test_add_func ("/block-values/parse-forms", test_parse_forms);
  g_test_add_func ("/block-values/parse-errors", test_parse_errors);
  g_test_add_func ("/block-values/try", test_try);
  g_test_add_func ("/block-values/weights", test_weights);
  g_test_add_func ("/block-values/base-unset", test_base_unset);
  g_test_add_func ("/block-values/elements-stay", test_elements_stay);
  g_test_add_func ("/block-values/misfit-stays", test_misfit_stays);
  g_test_add_func ("/block-values/layout-change", test_layout_change);
  g_test_add_func ("/block-values/layout-change-of-preset", test_layout_change_of_preset);
  return g_test_run ();
}
