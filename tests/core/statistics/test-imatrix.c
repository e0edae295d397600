/* llama.cpp's importance matrices as diagonals of Grams, and the names of layers. */
#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"
#include "imatrix-file.h"
#include "statistics/statistics.h"

static char *folder;

static const float sums[] = { 8, 4, 2, 1, 0, 16 };

static void
assert_diagonal (const AmStatistics *statistics, const char *key, double count, guint64 n,
                 const double *wanted)
{
  const AmStatistic *statistic = am_statistics_find (statistics, AM_STATISTIC_GRAM, key);
  double means[6];

  if (statistic == NULL)
    g_error ("%s is not found", key);
  g_assert_true (statistic->is_diagonal);
  g_assert_cmpuint (statistic->n_dims, ==, 1);
  g_assert_cmpuint (statistic->shape[0], ==, n);
  g_assert_cmpuint (statistic->length, ==, n);
  g_assert_cmpfloat (statistic->count, ==, count);
  g_assert_true (am_statistic_read (statistics, statistic, 0, n, means, NULL));
  for (guint64 i = 0; i < n; i++)
    g_assert_cmpfloat (means[i], ==, wanted[i]);
}

static void
test_layers (void)
{
  ImatrixFile *file = imatrix_file_new ();
  g_autoptr (AmStatistics) statistics = NULL;
  g_autofree char *path = NULL;

  imatrix_file_add (file, "blk.0.attn_q.weight", 0, 3, sums, (float[]){ 2 });
  imatrix_file_add (file, "blk.11.ffn_down.weight", 0, 6, sums, (float[]){ 4 });
  imatrix_file_add (file, "output.weight", 1, 2, sums, (float[]){ 4 });
  path = imatrix_file_write (file, folder, "imatrix.gguf");
  statistics = am_statistics_open (path, NULL);
  g_assert_nonnull (statistics);
  g_assert_cmpuint (am_statistics_get_n (statistics), ==, 3);
  assert_diagonal (statistics, "blk.0.attn_q.weight", 2, 3, (double[]){ 4, 2, 1 });
  assert_diagonal (statistics, "model.layers.0.self_attn.q_proj.weight", 2, 3, (double[]){ 4, 2, 1 });
  assert_diagonal (statistics, "model.layers.11.mlp.down_proj.weight", 4, 6,
                   (double[]){ 2, 1, 0.5, 0.25, 0, 4 });
  assert_diagonal (statistics, "lm_head.weight", 4, 2, (double[]){ 2, 1 });
  g_assert_null (
      am_statistics_find (statistics, AM_STATISTIC_GRAM, "model.layers.1.self_attn.q_proj.weight"));
  g_assert_null (am_statistics_find (statistics, AM_STATISTIC_GRAM, "model.layers.0.self_attn.q_proj.bias"));
  g_assert_null (am_statistics_find (statistics, AM_STATISTIC_GRAM, "model.layers.0self_attn.q_proj.weight"));
  g_assert_null (am_statistics_find (statistics, AM_STATISTIC_FISHER, "blk.0.attn_q.weight"));
}

/* Each expert counts its own tokens; one that saw none is not known. */
static void
test_experts (void)
{
  ImatrixFile *file = imatrix_file_new ();
  g_autoptr (AmStatistics) statistics = NULL;
  g_autofree char *path = NULL;

  imatrix_file_add (file, "blk.3.ffn_gate_exps.weight", 3, 2, sums, (float[]){ 4, 0, 8 });
  path = imatrix_file_write (file, folder, "experts.gguf");
  statistics = am_statistics_open (path, NULL);
  g_assert_cmpuint (am_statistics_get_n (statistics), ==, 2);
  assert_diagonal (statistics, "blk.3.ffn_gate.0.weight", 4, 2, (double[]){ 2, 1 });
  assert_diagonal (statistics, "model.layers.3.mlp.experts.2.gate_proj.weight", 8, 2, (double[]){ 0, 2 });
  assert_diagonal (statistics, "model.layers.3.block_sparse_moe.experts.2.w1.weight", 8, 2,
                   (double[]){ 0, 2 });
  g_assert_null (
      am_statistics_find (statistics, AM_STATISTIC_GRAM, "model.layers.3.mlp.experts.1.gate_proj.weight"));
  g_assert_null (am_statistics_find (statistics, AM_STATISTIC_GRAM, "blk.3.ffn_gate_exps.weight"));
}

/* Statistics measured with transformers serve a model in llama.cpp's names. */
static void
test_other_way (void)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (AmStatistics) statistics = NULL;
  g_autofree char *path = NULL;

  fixture_set_metadata (fixture, "format", "amalgam-statistics");
  fixture_set_metadata (fixture, "version", "1");
  fixture_add_values (fixture, "gram_diagonal/model.layers.7.mlp.up_proj.weight", AM_DTYPE_F32, "2",
                      (double[]){ 6, 2 });
  fixture_add_values (fixture, "gram_diagonal.count/model.layers.7.mlp.up_proj.weight", AM_DTYPE_F32, "",
                      (double[]){ 2 });
  path = fixture_write (fixture, folder, "transformers.safetensors");
  statistics = am_statistics_open (path, NULL);
  assert_diagonal (statistics, "blk.7.ffn_up.weight", 2, 2, (double[]){ 3, 1 });
}

static void
assert_refused (ImatrixFile *file, AmError code, const char *wanted)
{
  g_autofree char *path = imatrix_file_write (file, folder, "bad.gguf");
  g_autoptr (GError) error = NULL;

  g_assert_null (am_statistics_open (path, &error));
  g_assert_error (error, AM_ERROR, (gint)code);
  g_assert_nonnull (strstr (error->message, "bad.gguf"));
  g_assert_nonnull (strstr (error->message, wanted));
}

static void
test_refused (void)
{
  ImatrixFile *file = imatrix_file_new ();

  assert_refused (file, AM_ERROR_UNSUPPORTED, "without an importance matrix");
  file = imatrix_file_new ();
  imatrix_file_add (file, "blk.0.attn_q.weight", 0, 2, sums, NULL);
  assert_refused (file, AM_ERROR_CORRUPT, "blk.0.attn_q.weight.counts");
  file = imatrix_file_new ();
  imatrix_file_add (file, "blk.0.attn_q.weight", 0, 2, sums, (float[]){ -1 });
  assert_refused (file, AM_ERROR_CORRUPT, "blk.0.attn_q.weight.counts");
  file = imatrix_file_new ();
  imatrix_file_add (file, "blk.0.attn_q.weight", 0, 2, sums, (float[]){ NAN });
  assert_refused (file, AM_ERROR_CORRUPT, "blk.0.attn_q.weight.counts");
  file = imatrix_file_new ();
  imatrix_file_add (file, "blk.0.attn_q.weight", 0, 2, sums, (float[]){ 0 });
  assert_refused (file, AM_ERROR_CORRUPT, "measured on nothing");
}

/* Into a file of our own, experts and all. */
static void
test_convert (void)
{
  ImatrixFile *file = imatrix_file_new ();
  g_autofree char *path = NULL, *written_path = g_build_filename (folder, "own.safetensors", NULL);
  g_autoptr (AmStatistics) statistics = NULL, written = NULL;
  g_autoptr (AmStatisticsSums) all = am_statistics_sums_new ();

  imatrix_file_add (file, "blk.0.ffn_up_exps.weight", 3, 2, sums, (float[]){ 4, 1, 8 });
  path = imatrix_file_write (file, folder, "convert.gguf");
  statistics = am_statistics_open (path, NULL);
  g_assert_true (am_statistics_sums_add_file (all, statistics, NULL));
  g_assert_true (am_statistics_sums_write (all, written_path, TRUE, FALSE, NULL));
  written = am_statistics_open (written_path, NULL);
  assert_diagonal (written, "model.layers.0.mlp.experts.1.up_proj.weight", 1, 2, (double[]){ 2, 1 });
  assert_diagonal (written, "blk.0.ffn_up.2.weight", 8, 2, (double[]){ 0, 2 });
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  g_test_add_func ("/imatrix/layers", test_layers);
  g_test_add_func ("/imatrix/experts", test_experts);
  g_test_add_func ("/imatrix/other-way", test_other_way);
  g_test_add_func ("/imatrix/refused", test_refused);
  g_test_add_func ("/imatrix/convert", test_convert);
  status = g_test_run ();
  fixture_remove_folder (folder);
  g_free (folder);
  return status;
}
