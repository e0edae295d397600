#include "statistics-summary.h"

#include <string.h>

#include "console.h"
#include "json-text.h"

/* All statistics of a kind. */
typedef struct
{
  guint n_parameters;
  guint64 n_elements;
  double least, most; /* counts */
} Kind;

static Kind
sum_up (const AmStatistics *statistics, AmStatisticKind kind)
{
  Kind all = { 0 };

  for (guint i = 0; i < am_statistics_get_n (statistics); i++)
    {
      const AmStatistic *statistic = am_statistics_get (statistics, i);

      if (statistic->kind != kind)
        continue;
      all.least = all.n_parameters > 0 ? MIN (all.least, statistic->count) : statistic->count;
      all.most = MAX (all.most, statistic->count);
      all.n_parameters++;
      all.n_elements += statistic->length;
    }
  return all;
}

static void
print_kind (const AmStatistics *statistics, AmStatisticKind kind)
{
  Kind all = sum_up (statistics, kind);
  g_autofree char *n_elements = cli_format_count (all.n_elements);
  g_autofree char *least = cli_format_count ((guint64)all.least);
  g_autofree char *most = cli_format_count ((guint64)all.most);
  const char *unit = kind == AM_STATISTIC_FISHER ? "examples" : "rows";

  if (all.n_parameters == 0)
    return;
  g_print ("  %-8s  %10u  %13s  ", am_statistic_kind_get_id (kind), all.n_parameters, n_elements);
  if (all.least == all.most)
    g_print ("%s %s\n", most, unit);
  else
    g_print ("%s to %s %s\n", least, most, unit);
}

/* A line for each kind and reason, with the parameters it holds for. */
static void
print_gaps (const AmStatisticsSums *sums)
{
  guint n = am_statistics_sums_get_n_gaps (sums);
  g_autofree gboolean *is_told = g_new0 (gboolean, n + 1);

  for (guint i = 0; i < n; i++)
    {
      const AmStatisticsGap *gap = am_statistics_sums_get_gap (sums, i);

      if (is_told[i])
        continue;
      g_print ("No %s, because of %s:", am_statistic_kind_get_id (gap->kind), gap->reason);
      for (guint k = i; k < n; k++)
        {
          const AmStatisticsGap *other = am_statistics_sums_get_gap (sums, k);

          is_told[k] |= other->kind == gap->kind && strcmp (other->reason, gap->reason) == 0;
          if (other->kind == gap->kind && strcmp (other->reason, gap->reason) == 0)
            g_print (" %s", other->key);
        }
      g_print ("\n");
    }
}

static void
print_origin (const AmStatistics *statistics)
{
  const char *model = am_statistics_get_metadata (statistics, "model");
  const char *data = am_statistics_get_metadata (statistics, "data");
  const char *samples = am_statistics_get_metadata (statistics, "samples");
  const char *estimator = am_statistics_get_metadata (statistics, "estimator");

  if (model != NULL && data != NULL && samples != NULL)
    g_print ("%s on %s samples of %s", model, samples, data);
  else
    g_print ("Of a model and data the files do not name");
  if (estimator != NULL)
    g_print ("; Fisher: %s", estimator);
  g_print ("\n");
}

void
statistics_summary_print (const AmStatistics *statistics, const AmStatisticsSums *sums)
{
  print_origin (statistics);
  g_print ("  %-8s  %10s  %13s  %s\n", "kind", "parameters", "numbers", "summed over");
  for (guint kind = 0; kind < AM_N_STATISTICS; kind++)
    print_kind (statistics, kind);
  print_gaps (sums);
  g_print ("Written to %s.\n", am_checkpoint_get_path (am_statistics_get_checkpoint (statistics)));
}

static void
add_metadata (JsonBuilder *builder, const AmStatistics *statistics)
{
  static const char *const keys[] = { "version", "model", "model_sha256",  "data",     "data_sha256",
                                      "samples", "seed",  "preprocessing", "estimator" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    am_json_add_string (builder, keys[i], am_statistics_get_metadata (statistics, keys[i]));
}

static void
add_kinds (JsonBuilder *builder, const AmStatistics *statistics)
{
  json_builder_set_member_name (builder, "kinds");
  json_builder_begin_array (builder);
  for (guint kind = 0; kind < AM_N_STATISTICS; kind++)
    {
      Kind all = sum_up (statistics, kind);

      if (all.n_parameters == 0)
        continue;
      json_builder_begin_object (builder);
      am_json_add_string (builder, "kind", am_statistic_kind_get_id (kind));
      am_json_add_count (builder, "parameters", all.n_parameters);
      am_json_add_count (builder, "numbers", all.n_elements);
      am_json_add_number (builder, "least_count", all.least);
      am_json_add_number (builder, "most_count", all.most);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_gaps (JsonBuilder *builder, const AmStatisticsSums *sums)
{
  json_builder_set_member_name (builder, "left_out");
  json_builder_begin_array (builder);
  for (guint i = 0; i < am_statistics_sums_get_n_gaps (sums); i++)
    {
      const AmStatisticsGap *gap = am_statistics_sums_get_gap (sums, i);

      json_builder_begin_object (builder);
      am_json_add_string (builder, "kind", am_statistic_kind_get_id (gap->kind));
      am_json_add_string (builder, "parameter", gap->key);
      am_json_add_string (builder, "reason", gap->reason);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

void
statistics_summary_print_json (const AmStatistics *statistics, const AmStatisticsSums *sums)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  am_json_add_string (builder, "format", "amalgam-statistics-summary-1");
  am_json_add_string (builder, "file", am_checkpoint_get_path (am_statistics_get_checkpoint (statistics)));
  add_metadata (builder, statistics);
  add_kinds (builder, statistics);
  add_gaps (builder, sums);
  json_builder_end_object (builder);
  json_print (builder);
}
