/* What a report claims about the work done. */
#include <string.h>

#include "merge-fixture.h"

/* What was read, not what a plan thinks: copies once, merged tensors at most twice for a reduction. */
static void
test_bytes_read (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AmReport) report = NULL;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (Fixture) fixture = fixture_new ();

      fixture_add_random (fixture, "both", AM_DTYPE_F32, "100", i, 1.0);
      fixture_add_random (fixture, i == 0 ? "only_a" : "only_b", AM_DTYPE_F32, "1000", 9, 1.0);
      g_free (fixture_write (fixture, folder, i == 0 ? "a.safetensors" : "b.safetensors"));
    }
  report = merge_run (
      "merge_method: slerp\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\nparameters: {t: 0.3}\n", folder,
      "c.safetensors", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (am_report_get_bytes_read (report), >=, 2 * 4000 + 2 * 400);
  g_assert_cmpuint (am_report_get_bytes_read (report), <=, 2 * 4000 + 4 * 400);
  fixture_remove_folder (folder);
}

static gboolean
has_warning (const char *const *warnings, const char *text)
{
  for (; *warnings != NULL; warnings++)
    if (strstr (*warnings, text) != NULL)
      return TRUE;
  return FALSE;
}

static const char *
reason_of (const AmReport *report, const char *name)
{
  for (guint i = 0; i < am_report_get_n_tensors (report); i++)
    if (strcmp (am_report_get_tensor (report, i)->name, name) == 0)
      return am_report_get_tensor (report, i)->reason;
  return NULL;
}

static void
write_three (const char *folder)
{
  static const char *const names[] = { "a.safetensors", "b.safetensors", "c.safetensors" };
  static const double zeros[4] = { 0 };

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (Fixture) fixture = fixture_new ();

      fixture_add_random (fixture, "matrix", AM_DTYPE_F32, "20,30", i, 1.0);
      fixture_add_random (fixture, "one", AM_DTYPE_F32, "1", 10 + i, 1.0);
      if (i == 1)
        fixture_add_values (fixture, "zero", AM_DTYPE_F32, "4", zeros);
      else
        fixture_add_random (fixture, "zero", AM_DTYPE_F32, "4", 20 + i, 1.0);
      g_free (fixture_write (fixture, folder, names[i]));
    }
}

/* A density so small that nothing is kept shows in the plan already, and again in the report. */
static void
test_nothing_kept (void)
{
  static const char yaml[] = "merge_method: ties\nbase_model: DIR/a.safetensors\n"
                             "models: [DIR/b.safetensors, DIR/c.safetensors]\nparameters: {density: 0.5}\n";
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (GPtrArray) recipes = NULL;
  g_autoptr (AmPlan) plan = NULL;
  g_autoptr (AmReport) report = NULL;
  g_autofree char *path = g_build_filename (folder, "out.safetensors", NULL);
  g_autofree char *expected = g_strconcat ("1 tensor: ", AM_STAND_IN_NOTHING_KEPT, NULL);
  g_autoptr (GError) error = NULL;

  write_three (folder);
  recipes = recipes_new (yaml, folder);
  plan = am_plan_new (recipes, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (has_warning (am_plan_get_warnings (plan), expected));
  report = am_merge_run (plan, path, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (has_warning (am_report_get_warnings (report), expected));
  g_assert_cmpstr (reason_of (report, "one"), ==, AM_STAND_IN_NOTHING_KEPT);
  g_assert_null (reason_of (report, "matrix"));
  fixture_remove_folder (folder);
}

/* What only the values can tell shows in the report. */
static void
test_zero_vectors (void)
{
  static const struct
  {
    const char *yaml;
    const char *expected;
  } cases[] = {
    { "merge_method: slerp\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\nparameters: {t: 0.5}\n",
      AM_STAND_IN_NO_DIRECTION },
    { "merge_method: nuslerp\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\nparameters: {weight: 0.5}\n",
      AM_STAND_IN_NO_DIRECTION },
    { "merge_method: karcher\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\n", AM_STAND_IN_ZERO_LEFT_OUT },
    { "merge_method: multislerp\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\n",
      AM_STAND_IN_ZERO_LEFT_OUT },
  };
  g_autofree char *folder = fixture_new_folder ();

  write_three (folder);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      AmMergeOptions force = { .force = TRUE };
      g_autoptr (GError) error = NULL;
      g_autoptr (AmReport) report = merge_run (cases[i].yaml, folder, "out.safetensors", &force, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (reason_of (report, "zero"), ==, cases[i].expected);
      g_assert_null (reason_of (report, "matrix"));
      g_assert_true (has_warning (am_report_get_warnings (report), cases[i].expected));
    }
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/bytes-read", test_bytes_read);
  g_test_add_func ("/report/nothing-kept", test_nothing_kept);
  g_test_add_func ("/report/zero-vectors", test_zero_vectors);
  return g_test_run ();
}
