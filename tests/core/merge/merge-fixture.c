#include "merge-fixture.h"

#include <math.h>

GPtrArray *
recipes_new (const char *yaml, const char *folder)
{
  g_auto (GStrv) parts = g_strsplit (yaml, "DIR/", -1);
  g_autofree char *prefix = g_strconcat (folder, "/", NULL);
  g_autofree char *text = g_strjoinv (prefix, parts);
  g_autoptr (GError) error = NULL;
  GPtrArray *recipes = am_recipes_parse (text, -1, "test", &error);

  g_assert_no_error (error);
  return recipes;
}

AmReport *
merge_run (const char *yaml, const char *folder, const char *name, const AmMergeOptions *options,
           GError **error)
{
  g_autoptr (GPtrArray) recipes = recipes_new (yaml, folder);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (AmPlan) plan = am_plan_new (recipes, options, error);

  return plan != NULL ? am_merge_run (plan, path, NULL, NULL, error) : NULL;
}

char *
merge_into (const char *yaml, const char *folder, const char *name, const AmMergeOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmReport) report = merge_run (yaml, folder, name, options, &error);

  g_assert_no_error (error);
  g_assert_nonnull (report);
  return g_build_filename (folder, name, NULL);
}

double *
read_values (const char *path, const char *name, guint64 *length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, &error);
  const AmTensor *tensor;
  double *values;

  g_assert_no_error (error);
  tensor = am_checkpoint_find (checkpoint, name, NULL);
  g_assert_nonnull (tensor);
  values = g_new0 (double, tensor->length + 1);
  am_checkpoint_read_doubles (checkpoint, tensor, 0, tensor->length, values, &error);
  g_assert_no_error (error);
  if (length != NULL)
    *length = tensor->length;
  return values;
}

char *
file_digest (const char *path)
{
  g_autofree char *bytes = NULL;
  gsize size = 0;
  gboolean done = g_file_get_contents (path, &bytes, &size, NULL);

  g_assert_true (done);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *)bytes, size);
}

guint
count_entries (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

guint
report_count (const AmReport *report, AmAction action)
{
  guint n = 0;

  for (guint i = 0; i < am_report_get_n_tensors (report); i++)
    n += am_report_get_tensor (report, i)->action == action;
  return n;
}

void
check_weighted (const char *folder, const char *merged, const char *tensor, double alpha, double tolerance,
                double smallest)
{
  g_autofree char *path_a = g_build_filename (folder, "a.safetensors", NULL);
  g_autofree char *path_b = g_build_filename (folder, "b.safetensors", NULL);
  guint64 n = 0;
  g_autofree double *a = read_values (path_a, tensor, NULL);
  g_autofree double *b = read_values (path_b, tensor, NULL);
  g_autofree double *out = read_values (merged, tensor, &n);

  for (guint64 i = 0; i < n; i++)
    {
      double expected = (1.0 - alpha) * a[i] + alpha * b[i];

      g_assert_cmpfloat (fabs (out[i] - expected), <=, tolerance * (fabs (a[i]) + fabs (b[i])) + smallest);
    }
}
