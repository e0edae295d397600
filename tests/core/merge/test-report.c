/* What a report claims about the work done. */
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/bytes-read", test_bytes_read);
  return g_test_run ();
}
