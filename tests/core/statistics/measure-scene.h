/* A small network of random weights on random data, to be measured by the library and by the reference
 * interpreter of tests/support. */
#pragma once

#include "graph-forward.h"
#include "statistics/measure.h"

/**
 * Scene:
 * @shape: of a sample: channels, height, width; a vector has height and width 1
 * @values: [n_samples][channels][height][width]
 * @labels: [n_samples]
 * @dataset: all samples
 */
typedef struct
{
  char *folder;
  AmVisionNetwork *vision;
  const AmGraph *graph;
  AmDataset *dataset;
  guint n_samples, n_classes;
  guint64 shape[3];
  float *values;
  guint *labels;
  ForwardWeights *weights;
} Scene;

/**
 * scene_new:
 * @yaml: description of a network whose input is "picture"
 * @rows: "NAME SHAPE", one a line, separated by line ends
 * @shape: of a sample: "2,5,5", or "7" for a vector
 */
Scene *scene_new (const char *yaml, const char *rows, const char *shape, guint n_samples);
void scene_free (Scene *scene);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Scene, scene_free)

/* Some of the samples as a data set of its own. */
AmDataset *scene_open_part (const Scene *scene, guint first, guint n, gboolean has_labels);

/* What the interpreter makes of a sample. */
GraphForward *scene_run (const Scene *scene, guint sample);

/* Softmax of the output. (transfer full) */
double *scene_get_probabilities (const Scene *scene, const GraphForward *forward);

/* Measured, written, and opened again. Aborts the test on failure. */
AmStatistics *scene_measure (const Scene *scene, AmDataset *dataset, const AmMeasureSettings *settings);

/* Fails unless means [n] are those of the file, to @limit of the largest of them. */
void assert_means_near (const AmStatistics *statistics, const AmStatistic *statistic, const double *wanted,
                        gsize n, double limit);
