/* A pair of small networks to be matched, as many tests of weight matching want it. */
#pragma once

#include "matching-fixture.h"

typedef struct
{
  AmGraph *graph;
  AmSymmetries *symmetries;
  char *folder;
  MatchingSide *a, *b;
  AmAlignSettings *settings;
} MatchingScene;

/* A transformer block of 4 heads whose stream also goes through a square matrix, which moves with it on both
 * axes. */
AmGraph *matching_scene_new_transformer_graph (guint kv_heads);

/* Hidden layers of @width between 8 inputs and 6 outputs. */
AmGraph *matching_scene_new_perceptron_graph (guint n_layers, guint width);

/* A stream of 24 channels between 20 inputs and 5 outputs, and blocks with a hidden layer that add to it. */
AmGraph *matching_scene_new_residual_graph (guint n_blocks);

/* Two networks that have nothing to do with one another. Takes @graph. */
void matching_scene_open (MatchingScene *scene, const char *folder, AmGraph *graph);
void matching_scene_close (MatchingScene *scene);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MatchingScene, matching_scene_close)

/* Puts the first network, reordered and disturbed, in the place of the second. (transfer full) */
AmReorder *matching_scene_hide (MatchingScene *scene, double noise, guint32 seed);

/* Matches the second network to the first. */
AmMatching *matching_scene_run (const MatchingScene *scene, guint n_threads);
