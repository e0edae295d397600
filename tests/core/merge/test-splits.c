/* Two networks that know half of the digits each (splits/), merged with statistics measured on the half each
 * knows, and judged on digits of all classes that neither saw. */
#include <string.h>

#include "evaluation/evaluation.h"
#include "merge-fixture.h"
#include "statistics/measure.h"

static const char *const names[] = { "low", "high" };

static char *
get_file (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "core", "merge", "splits", name, NULL);
}

static AmDataset *
open_pictures (const char *name)
{
  g_autofree char *way = get_file ("digits.yaml");
  g_autofree char *path = get_file (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPreprocessing) preprocessing = am_preprocessing_load (way, &error);
  AmDataset *dataset;

  g_assert_no_error (error);
  dataset = am_dataset_open (path, preprocessing, &error);
  g_assert_no_error (error);
  return dataset;
}

static AmVisionNetwork *
open_network (const char *path)
{
  g_autoptr (GError) error = NULL;
  AmVisionNetwork *network = am_vision_network_open (path, NULL, NULL, &error);

  g_assert_no_error (error);
  return network;
}

static void
measure (const char *name, const char *folder)
{
  g_autofree char *file = g_strconcat (name, ".safetensors", NULL);
  g_autofree char *pictures = g_strconcat (name, "-pictures.safetensors", NULL);
  g_autofree char *path = get_file (file);
  g_autofree char *output = g_strdup_printf ("%s/%s-statistics.safetensors", folder, name);
  g_autoptr (AmVisionNetwork) network = open_network (path);
  g_autoptr (AmDataset) dataset = open_pictures (pictures);
  const AmMeasureSettings settings = { .kinds = (1 << AM_STATISTIC_FISHER) | (1 << AM_STATISTIC_GRAM) };
  g_autoptr (GError) error = NULL;
  g_autoptr (AmStatisticsSums) sums = am_statistics_measure (network, dataset, &settings, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (am_statistics_sums_write (sums, output, TRUE, FALSE, &error));
  g_assert_no_error (error);
}

static double
evaluate (const char *path)
{
  const AmEvaluateSettings settings = { 0 };
  g_autoptr (AmVisionNetwork) network = open_network (path);
  g_autoptr (AmDataset) dataset = open_pictures ("held-out.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (AmEvaluation) evaluation = am_evaluate (network, dataset, &settings, NULL, NULL, &error);

  g_assert_no_error (error);
  return evaluation->accuracy;
}

static double
merge (const char *folder, const char *method, const char *keys)
{
  g_autoptr (GString) yaml = g_string_new (NULL);
  g_autofree char *low = get_file ("low.safetensors");
  g_autofree char *splits = g_path_get_dirname (low);
  g_autofree char *output = NULL;

  g_string_append_printf (yaml, "merge_method: %s\nmodels:\n", method);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_string_append_printf (yaml, "  - model: %s/%s.safetensors\n", splits, names[i]);
      g_string_append_printf (yaml, "    parameters: {%s}\n", keys);
      g_string_replace (yaml, "MODEL", names[i], 0);
      g_string_replace (yaml, "SPLITS", splits, 0);
    }
  output = merge_into (yaml->str, folder, "merged.safetensors",
                       &(AmMergeOptions){ .force = TRUE, .no_sync = TRUE });
  return evaluate (output);
}

#define STATISTICS "statistics: DIR/MODEL-statistics.safetensors"
#define DATA "data: SPLITS/MODEL-pictures.safetensors, preprocessing: SPLITS/digits.yaml"

static void
test_league (void)
{
  g_autofree char *folder = fixture_new_folder ();
  double mean, fisher, regmean, regmean_plus_plus;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    measure (names[i], folder);
  mean = merge (folder, "linear", "weight: 1");
  fisher = merge (folder, "fisher", STATISTICS);
  regmean = merge (folder, "regmean", STATISTICS);
  regmean_plus_plus = merge (folder, "regmean_plus_plus", DATA);
  g_test_message ("accuracy on all ten digits: average %.3f, Fisher %.3f, RegMean %.3f, RegMean++ %.3f", mean,
                  fisher, regmean, regmean_plus_plus);
  g_assert_cmpfloat (fisher, >, mean + 0.05);
  g_assert_cmpfloat (regmean, >, fisher + 0.05);
  g_assert_cmpfloat (regmean, >, 0.88);
  g_assert_cmpfloat (regmean_plus_plus, >, fisher + 0.05);
  fixture_remove_folder (folder);
}

static void
test_halves (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *file = g_strconcat (names[i], ".safetensors", NULL);
      g_autofree char *path = get_file (file);

      g_assert_cmpfloat_with_epsilon (evaluate (path), 0.5, 0.05);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/splits/each-knows-half", test_halves);
  g_test_add_func ("/splits/league", test_league);
  return g_test_run ();
}
