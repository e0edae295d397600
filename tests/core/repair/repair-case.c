#include "repair-case.h"

#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"

static void
open_all (Case *self, guint n_samples)
{
  self->dataset = open_digits (FALSE, n_samples, 8, self->folder);
  self->network = open_network (self->merged);
  self->parent_a = open_network (self->a);
  self->parent_b = open_network (self->b);
  self->output = g_build_filename (self->folder, "repaired.safetensors", NULL);
  self->settings = (AmRepairSettings){ .ratio = NAN, .n_threads = 1 };
}

void
case_init_with (Case *self, const char *path_a, const char *path_b, double ratio, AmDtype dtype,
                const char *left_out, guint n_samples)
{
  self->folder = fixture_new_folder ();
  self->a = write_between (path_a, path_b, 0.0, AM_DTYPE_F32, left_out, self->folder, "a.safetensors");
  self->b = write_between (path_a, path_b, 1.0, AM_DTYPE_F32, left_out, self->folder, "b.safetensors");
  self->merged = write_between (path_a, path_b, ratio, dtype, left_out, self->folder, "merged.safetensors");
  open_all (self, n_samples);
}

void
case_init (Case *self, const char *name, double ratio, AmDtype dtype, guint n_samples)
{
  g_autofree char *file_a = g_strconcat (name, "-a.safetensors", NULL);
  g_autofree char *file_b = g_strconcat (name, "-b.safetensors", NULL);
  g_autofree char *path_a = digits_path ("align", file_a);
  g_autofree char *path_b = digits_path ("align", file_b);
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *aligned = write_aligned (path_a, path_b, folder, "aligned.safetensors");

  case_init_with (self, path_a, aligned, ratio, dtype, NULL, n_samples);
  fixture_remove_folder (folder);
}

void
case_clear (Case *self)
{
  am_vision_network_free (self->network);
  am_vision_network_free (self->parent_a);
  am_vision_network_free (self->parent_b);
  am_dataset_free (self->dataset);
  fixture_remove_folder (self->folder);
  g_free (self->folder);
  g_free (self->a);
  g_free (self->b);
  g_free (self->merged);
  g_free (self->output);
}

AmRepair *
case_try (Case *self, GError **error)
{
  AmVisionNetwork *const parents[] = { self->parent_a, self->parent_b };

  return am_repair_new (self->network, parents, 2, self->dataset, &self->settings, NULL, NULL, error);
}

AmRepair *
case_run (Case *self)
{
  g_autoptr (GError) error = NULL;
  AmRepair *repair = case_try (self, &error);

  g_assert_no_error (error);
  am_repair_write (repair, self->output, FALSE, FALSE, &error);
  g_assert_no_error (error);
  return repair;
}

void
case_assert_error (Case *self, AmError code, const char *parts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmRepair) repair = case_try (self, &error);
  g_auto (GStrv) wanted = g_strsplit (parts, "|", -1);

  g_assert_null (repair);
  g_assert_error (error, AM_ERROR, (gint)code);
  for (guint i = 0; wanted[i] != NULL; i++)
    if (strstr (error->message, wanted[i]) == NULL)
      g_error ("'%s' is not in: %s", wanted[i], error->message);
}

void
case_assert_unit_statistics (const Case *self, const char *name, double ratio, double tolerance)
{
  const guint node = find_layer (self->network, name);
  guint64 n_rows, n_units;
  g_autofree double *a = run_reference (self->a, self->dataset, node, &n_rows, &n_units);
  g_autofree double *b = run_reference (self->b, self->dataset, node, &n_rows, &n_units);
  g_autofree double *repaired = run_reference (self->output, self->dataset, node, &n_rows, &n_units);

  for (guint64 c = 0; c < n_units; c++)
    {
      double mean_a, mean_b, mean, deviation_a, deviation_b, deviation, target;

      find_moments (a, n_rows, n_units, c, &mean_a, &deviation_a);
      find_moments (b, n_rows, n_units, c, &mean_b, &deviation_b);
      find_moments (repaired, n_rows, n_units, c, &mean, &deviation);
      target = (1.0 - ratio) * deviation_a + ratio * deviation_b;
      g_assert_cmpfloat_with_epsilon (mean, (1.0 - ratio) * mean_a + ratio * mean_b, tolerance * target);
      g_assert_cmpfloat_with_epsilon (deviation, target, tolerance * target);
    }
}
