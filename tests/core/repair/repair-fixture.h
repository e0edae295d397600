/* Pairs of networks that learned digits (tests/reference/train_digits.py), merged half-way, and digits to
 * measure and to score them on. */
#pragma once

#include "repair/repair.h"

typedef struct
{
  double loss; /* mean cross-entropy */
  double accuracy;
} Score;

/* A file of tests/core/FOLDER/digits, FOLDER being "align" or "repair". (transfer full) */
char *digits_path (const char *folder, const char *name);

/* B with its units in A's order, as FOLDER/NAME. Returns its path. */
char *write_aligned (const char *path_a, const char *path_b, const char *folder, const char *name);

/* (1 - ratio) A + ratio B, floats as @dtype. Tensors called in @left_out, a regular expression or %NULL, are
 * left out. Returns its path. */
char *write_between (const char *path_a, const char *path_b, double ratio, AmDtype dtype,
                     const char *left_out, const char *folder, const char *name);

/* The first @n digits (0: all) that networks were trained on, or that none saw, as pictures of @side by @side
 * pixels of 0 .. 1. */
AmDataset *open_digits (gboolean is_held_out, guint n, guint side, const char *folder);

/* Networks are opened with that description from now on; %NULL: with the one of their family. */
void set_architecture (const char *path);

AmVisionNetwork *open_network (const char *path);
Score score_network (AmVisionNetwork *network, AmDataset *dataset);
Score score_file (const char *path, AmDataset *dataset);

/* Values of @node for all samples of 8 by 8 pixels, [rows][channels], by the plain interpreter of graphs on
 * the weights of the file. (transfer full) */
double *run_reference (const char *path, AmDataset *dataset, guint node, guint64 *n_rows,
                       guint64 *n_channels);

/* Number of the node with that name and a weight. */
guint find_layer (AmVisionNetwork *network, const char *name);

/* Mean and deviation of column @column of @values, in two plain passes. */
void find_moments (const double *values, guint64 n_rows, guint64 n_columns, guint64 column, double *mean,
                   double *deviation);
