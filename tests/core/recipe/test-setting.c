#include <string.h>

#include "base/nearest-name.h"
#include "base/number-text.h"
#include "recipe/setting.h"

static void
check_number (const AmSetting *setting, const char *name, double position, double expected)
{
  AmSetting scratch;
  const AmSetting *result = am_setting_resolve (setting, name, position, &scratch);

  g_assert_nonnull (result);
  g_assert_cmpint (result->type, ==, AM_SETTING_NUMBER);
  g_assert_cmpfloat (result->number, ==, expected);
}

/* mergekit's interpolation: (1 - fraction) * left + fraction * right at position * (n - 1). */
static void
test_gradient (void)
{
  static const double numbers[] = { 0, 0.5, 0.3, 0.7, 1 };
  g_autoptr (AmSetting) setting = am_setting_new_gradient (numbers, 5);
  g_autoptr (AmSetting) single = am_setting_new_gradient (numbers + 3, 1);
  double fraction = 7.0 / 31 * 4;

  check_number (setting, "x", 0, 0);
  check_number (setting, "x", 0.25, 0.5);
  check_number (setting, "x", 0.125, 0.25);
  check_number (setting, "x", 1, 1);
  check_number (setting, "x", 7.0 / 31, (1 - fraction) * 0 + fraction * 0.5);
  check_number (setting, "x", -1, 0);
  check_number (setting, "x", 2, 1);
  check_number (single, "x", 0.5, 0.7);
}

static void
test_steps (void)
{
  static const char *const words[] = { "mass", "count", "mass", NULL };
  g_autoptr (AmSetting) setting = am_setting_new_steps (words);
  AmSetting scratch;

  g_assert_cmpstr (am_setting_resolve (setting, "x", 0.49, &scratch)->word, ==, "mass");
  g_assert_cmpstr (am_setting_resolve (setting, "x", 0.5, &scratch)->word, ==, "count");
  g_assert_cmpstr (am_setting_resolve (setting, "x", 1, &scratch)->word, ==, "mass");
}

static void
test_filters (void)
{
  static const double gradient[] = { 0, 1 };
  g_autoptr (AmSetting) setting = am_setting_new_filters ();
  AmSetting scratch;

  am_setting_add_filter (setting, "self_attn", am_setting_new_gradient (gradient, 2));
  am_setting_add_filter (setting, "attn", am_setting_new_number (5));
  check_number (setting, "layers.0.self_attn.q.weight", 0.5, 0.5);
  check_number (setting, "layers.0.cross_attn.q.weight", 0.5, 5);
  g_assert_null (am_setting_resolve (setting, "layers.0.mlp.weight", 0.5, &scratch));
  g_assert_null (am_setting_resolve (setting, NULL, 0.5, &scratch));
  am_setting_add_filter (setting, "*", am_setting_new_number (6));
  check_number (setting, "layers.0.mlp.weight", 0.5, 6);
  check_number (setting, NULL, 0.5, 6);
  am_setting_add_filter (setting, NULL, am_setting_new_number (7));
  check_number (setting, "layers.0.mlp.weight", 0.5, 6);
}

static void
test_copy (void)
{
  static const double numbers[] = { 0.25, 0.75 };
  g_autoptr (AmSetting) setting = am_setting_new_filters ();
  g_autoptr (AmSetting) copy = NULL;

  am_setting_add_filter (setting, "a", am_setting_new_gradient (numbers, 2));
  am_setting_add_filter (setting, NULL, am_setting_new_number (3));
  copy = am_setting_copy (setting);
  g_clear_pointer (&setting, am_setting_free);
  check_number (copy, "a", 1, 0.75);
  check_number (copy, "b", 1, 3);
}

static void
test_number_text (void)
{
  static const struct
  {
    double number;
    const char *text;
  } cases[] = { { 0.1, "0.1" },
                { 0.3, "0.3" },
                { 1, "1" },
                { -0.5, "-0.5" },
                { 1e-5, "1e-05" },
                { 0, "0" },
                { 1.0 / 3, "0.3333333333333333" },
                { 1e22, "1e+22" },
                { 0.1 + 0.2, "0.30000000000000004" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = am_number_to_text (cases[i].number);
      double number;

      g_assert_cmpstr (text, ==, cases[i].text);
      g_assert_true (am_number_from_text (text, strlen (text), &number));
      g_assert_cmpfloat (number, ==, cases[i].number);
    }
}

static void
test_not_numbers (void)
{
  static const char *const texts[] = { "",    " 1",  "1 ", "nan", "inf", "0x10", "1e400",    "1..2",
                                       "1,5", "--1", "e",  ".",   "-",   "1e",   "1\xC2\xA0" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      double number;

      g_test_message ("'%s'", texts[i]);
      g_assert_false (am_number_from_text (texts[i], strlen (texts[i]), &number));
    }
}

static void
test_nearest (void)
{
  static const char *const names[] = { "weight", "density", "normalize", "t", NULL };

  g_assert_cmpstr (am_nearest_name ("wieght", names), ==, "weight");
  g_assert_cmpstr (am_nearest_name ("Densty", names), ==, "density");
  g_assert_cmpstr (am_nearest_name ("normalise", names), ==, "normalize");
  g_assert_null (am_nearest_name ("lambda", names));
  g_assert_null (am_nearest_name ("", names));
  g_assert_null (am_nearest_name ("weightweightweightweightweightweightweightweightweight", names));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/setting/gradient", test_gradient);
  g_test_add_func ("/setting/steps", test_steps);
  g_test_add_func ("/setting/filters", test_filters);
  g_test_add_func ("/setting/copy", test_copy);
  g_test_add_func ("/setting/number-text", test_number_text);
  g_test_add_func ("/setting/not-numbers", test_not_numbers);
  g_test_add_func ("/setting/nearest", test_nearest);
  return g_test_run ();
}
