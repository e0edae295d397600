/* Repairing a merged model in the background. */
#pragma once

#include "base/job.h"
#include "state/data-source.h"

G_BEGIN_DECLS

/**
 * AmRepairOrder:
 * @parents: %NULL-terminated paths of the models as they were merged; not used for RESET
 * @output: a new file
 */
typedef struct
{
  char *merged;
  char **parents;
  AmDataChoice *data;
  AmRepairMethod method;
  guint n_threads;
  char *output;
} AmRepairOrder;

void am_repair_order_free (AmRepairOrder *order);

/**
 * AmRepairOutcome:
 * @layers: AmRepairedLayer, their names in @names
 * @n_new: biases that the merged model lacked
 */
typedef struct
{
  AmRepairMethod method;
  guint64 n_samples;
  GArray *layers;
  GStringChunk *names;
  guint n_new;
} AmRepairOutcome;

void am_repair_outcome_free (AmRepairOutcome *outcome);

/* Takes the order. The job's result is an AmRepairOutcome; the file is written by then. */
AmJob *am_repair_job_new (AmRepairOrder *order);

G_END_DECLS
