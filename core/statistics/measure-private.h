/* The parts of a measurement. Only core/statistics includes this. */
#pragma once

#include "statistics/measure.h"

G_BEGIN_DECLS

/* What every part knows. */
typedef struct
{
  AmVisionNetwork *vision;
  AmNetwork *network;
  const AmGraph *graph;
  AmDataset *dataset;
  const AmMeasureSettings *settings;
  AmStatisticsSums *sums;
  guint n_threads;
} AmMeasure;

/* The checkpoint's name of a tensor of the graph, or %NULL for those of a head and for AM_NO_TENSOR. */
const char *am_measure_get_key (const AmMeasure *measure, gint tensor);

gboolean am_measure_wants (const AmMeasure *measure, AmStatisticKind kind);

/* Whether the machine has room for @needed bytes of sums. Errors: UNSUPPORTED saying how much it takes. */
gboolean am_measure_check_memory (guint64 needed, GError **error);

/* measure-gram.c: gathers X^T X before layers run. */
typedef struct _AmGramMeasure AmGramMeasure;

AmGramMeasure *am_gram_measure_new (const AmMeasure *measure);
void am_gram_measure_free (AmGramMeasure *grams);

/* Bytes that the sums take in the end. None is taken before the first rows come. */
guint64 am_gram_measure_get_memory (const AmGramMeasure *grams);
void am_gram_measure_observe (AmGramMeasure *grams, AmNetworkRun *run, guint node);

/* What was gathered for @key so far: the mean of x x^T, [n][n], or %NULL where there is nothing. (transfer
 * full) */
double *am_gram_measure_dup_mean (const AmGramMeasure *grams, const char *key, gsize *n);

/* Hands all over to the sums. */
void am_gram_measure_finish (AmGramMeasure *grams);

/* measure-gram-sums.c */

/**
 * am_gram_add:
 * @rows: [n_rows][n]
 * @sums: [n][n], of which only blocks on and above the diagonal are kept
 *
 * sums += rows^T rows. Divided by size alone.
 */
void am_gram_add (const AmReal *rows, gsize n_rows, gsize n, double *sums, guint n_threads);

/* sums [n] += squares of columns. */
void am_gram_add_diagonal (const AmReal *rows, gsize n_rows, gsize n, double *sums, guint n_threads);

/* dest [n][n] += sums with what lies below the diagonal mirrored from above. */
void am_gram_mirror (const double *sums, gsize n, double *dest);

/* measure-moments.c: sums of outputs after layers ran. */
void am_moments_observe (const AmMeasure *measure, AmNetworkRun *run, guint node);

/* measure-fisher.c */
typedef struct _AmFisherMeasure AmFisherMeasure;

AmFisherMeasure *am_fisher_measure_new (const AmMeasure *measure);
void am_fisher_measure_free (AmFisherMeasure *fisher);

/* Bytes that am_fisher_measure_new() takes. */
guint64 am_fisher_measure_count_memory (const AmMeasure *measure);

/* After a forward run of @samples [n]. Errors: CORRUPT (logits that are not finite), CANCELLED. */
gboolean am_fisher_measure_add (AmFisherMeasure *fisher, AmNetworkRun *run, const guint64 *samples,
                                GCancellable *cancellable, GError **error);

G_END_DECLS
