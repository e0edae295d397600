/* A file of statistics: what a model did on data, as sums and counts, so that those of shards add up.
 * docs/statistics.md describes the format: a safetensors file with
 *
 *   fisher/KEY            sum of squared gradients, shaped as the parameter KEY
 *   gram/KEY              [in, in] sum of x x^T over the inputs x of the weight KEY; columns of a convolution
 *                         in the order of its weight: channel, row, column
 *   gram_diagonal/KEY     [in] the diagonal of that alone
 *   moments.sum/KEY       [channels] sum of the outputs of the layer with weight KEY, before norm and
 *                         activation, bias included
 *   moments.squares/KEY   [channels] sum of their squares
 *   fisher.count/KEY, gram.count/KEY, gram_diagonal.count/KEY, moments.count/KEY
 *                         one number each: examples for Fisher, rows (tokens, positions) for the others
 *
 * Floats of any kind are read; Fisher and Grams are written as F32, moments and counts as F64. */
#pragma once

#include "checkpoint/checkpoint.h"

G_BEGIN_DECLS

typedef enum
{
  AM_STATISTIC_FISHER,
  AM_STATISTIC_GRAM,
  AM_STATISTIC_MOMENTS,
  AM_N_STATISTICS,
} AmStatisticKind;

const char *am_statistic_kind_get_id (AmStatisticKind kind); /* "fisher", "gram", "moments" */

/* "fisher,gram" as a set of bits 1 << kind. Errors: BAD_RECIPE naming the kinds. */
gboolean am_statistic_kinds_parse (const char *text, guint *kinds, GError **error);

/**
 * AmStatistic: one statistic of one parameter
 * @key: name of the parameter
 * @is_diagonal: a Gram of which the diagonal alone is known
 * @n_dims, @shape: of the sums
 * @length: elements of the sums
 * @count: examples or rows they were taken over, above 0
 * @sums, @squares: tensors in the file; @squares for moments alone
 */
typedef struct
{
  const char *key;
  AmStatisticKind kind;
  gboolean is_diagonal;
  guint n_dims;
  const guint64 *shape;
  guint64 length;
  double count;
  const AmTensor *sums, *squares;
} AmStatistic;

typedef struct _AmStatistics AmStatistics;

/**
 * am_statistics_open:
 * @path: a file of ours, or a llama.cpp importance matrix (GGUF with NAME.in_sum2 and NAME.counts), taken as
 *   diagonals of Grams. Of a stack of experts, blk.N.ffn_gate_exps.weight, each becomes one of its own,
 *   blk.N.ffn_gate.E.weight; those that saw no token (count 0) are left out
 *
 * Reads headers and counts. Returns: (transfer full) (nullable). Errors: those of am_checkpoint_open(),
 * UNSUPPORTED (not statistics; a newer version), CORRUPT (a count missing or not positive; a Gram that is not
 * square), each naming file and tensor.
 */
AmStatistics *am_statistics_open (const char *path, GError **error);
void am_statistics_free (AmStatistics *statistics);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmStatistics, am_statistics_free)

AmCheckpoint *am_statistics_get_checkpoint (const AmStatistics *statistics);
const char *am_statistics_get_metadata (const AmStatistics *statistics, const char *key); /* or %NULL */
guint am_statistics_get_n (const AmStatistics *statistics);
const AmStatistic *am_statistics_get (const AmStatistics *statistics, guint index);

/* The statistic of that kind and parameter, or %NULL; a full Gram where there is one, else its diagonal. The
 * layers of language models are found by llama.cpp's names and by transformers', whichever the file has. */
const AmStatistic *am_statistics_find (const AmStatistics *statistics, AmStatisticKind kind, const char *key);

/**
 * am_statistic_read:
 * @first, @n: elements of the sums
 * @means: (out): [n] sums over count
 *
 * Not for moments' squares. Thread-safe. Errors: those of am_checkpoint_read_doubles(), CORRUPT (a value that
 * is not finite; a squared gradient or the diagonal of a Gram below 0; naming file, tensor and element).
 */
gboolean am_statistic_read (const AmStatistics *statistics, const AmStatistic *statistic, guint64 first,
                            gsize n, double *means, GError **error);

/* Means and standard deviations (over count, not count - 1), [length] each, of moments. Errors: as above. */
gboolean am_statistic_read_moments (const AmStatistics *statistics, const AmStatistic *statistic,
                                    double *means, double *deviations, GError **error);

/* Statistics being gathered, in memory, in double. */
typedef struct _AmStatisticsSums AmStatisticsSums;

AmStatisticsSums *am_statistics_sums_new (void);
void am_statistics_sums_free (AmStatisticsSums *sums);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmStatisticsSums, am_statistics_sums_free)

/**
 * am_statistics_sums_get:
 * @shape: [n_dims] of the sums: of the parameter, [in, in], [in] or [channels]
 *
 * Borrowed room for the sums, zero at first, to add to; the same for the same kind and key. For moments twice
 * as long: sums, then squares.
 */
double *am_statistics_sums_get (AmStatisticsSums *sums, AmStatisticKind kind, gboolean is_diagonal,
                                const char *key, guint n_dims, const guint64 *shape);
void am_statistics_sums_add_count (AmStatisticsSums *sums, AmStatisticKind kind, gboolean is_diagonal,
                                   const char *key, double count);

/* What the header tells: "estimator", "model", "model_sha256", "data", "data_sha256", "preprocessing",
 * "samples", "seed". "format", "version" and "kinds" are set when it is written. */
void am_statistics_sums_set_metadata (AmStatisticsSums *sums, const char *key, const char *value);

/**
 * AmStatisticsGap: what was not measured
 * @key: name of the parameter
 * @reason: a clause for people
 */
typedef struct
{
  AmStatisticKind kind;
  char *key;
  char *reason;
} AmStatisticsGap;

void am_statistics_sums_add_gap (AmStatisticsSums *sums, AmStatisticKind kind, const char *key,
                                 const char *reason);
guint am_statistics_sums_get_n_gaps (const AmStatisticsSums *sums);
const AmStatisticsGap *am_statistics_sums_get_gap (const AmStatisticsSums *sums, guint index);

/* Adds all of a file, for shards. Names of data are listed side by side, samples added up. Errors: MISMATCH
 * (shapes, models, estimators or preprocessings that differ, named), those of reading. */
gboolean am_statistics_sums_add_file (AmStatisticsSums *sums, const AmStatistics *statistics, GError **error);

/* Writes the file, atomically; sums of count 0 are left out. Errors: NOT_WRITABLE, NO_SPACE, UNSUPPORTED (a
 * sum beyond the range of floats, or not a number; nothing at all to write). */
gboolean am_statistics_sums_write (AmStatisticsSums *sums, const char *path, gboolean replace, gboolean sync,
                                   GError **error);

G_END_DECLS
