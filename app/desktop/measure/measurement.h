/* What the measure page does in the background. */
#pragma once

#include "base/job.h"
#include "state/data-source.h"

G_BEGIN_DECLS

#define AM_LINE_POINTS 25

/**
 * AmMeasureInput:
 * @models: paths; the second is %NULL when there is one alone
 * @head: (nullable): features of the classes' texts, for CLIP
 * @n_threads: 0: one per processor
 */
typedef struct
{
  char *models[2];
  char *head;
  AmDataChoice *choice;
  guint n_threads;
} AmMeasureInput;

void am_measure_input_free (AmMeasureInput *input);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmMeasureInput, am_measure_input_free)

/* @classes: [evaluation->n_classes] and %NULL: their names, or numbers. */
typedef struct
{
  char *model; /* base name */
  AmEvaluation *evaluation;
  char **classes;
} AmEvaluatedModel;

/* Evaluates one model or both. @input: taken, as by all of these. Result: GPtrArray of AmEvaluatedModel. */
AmJob *am_evaluate_job_new (AmMeasureInput *input);

/* Measures the line between both. Result: AmBarrier. */
AmJob *am_line_job_new (AmMeasureInput *input, gboolean resets);

/* Saves the curves of @barrier, which is copied, under @title. Result: the path. */
AmJob *am_line_export_job_new (const AmBarrier *barrier, const char *title, const char *path);

/* @n_gaps: parameters that could not be measured, the first for @reason. */
typedef struct
{
  char *path;
  guint n_gaps;
  char *reason;
} AmMeasuredStatistics;

/* Measures @kinds of the first model and writes @output, with folders above it. Result: AmMeasuredStatistics.
 */
AmJob *am_statistics_job_new (AmMeasureInput *input, guint kinds, const char *output);

G_END_DECLS
