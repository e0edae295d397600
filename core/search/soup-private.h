/* A soup and how it is made, for core/search alone. */
#pragma once

#include "search/soup-state.h"
#include "search/soup.h"

G_BEGIN_DECLS

/**
 * AmSoup:
 * @steps: AmSoupStep
 * @ingredients: guint
 * @models: as given
 */
struct _AmSoup
{
  AmSoupKind kind;
  char **models;
  char *output;
  GArray *steps;
  GArray *ingredients;
  double score;
  guint n_resumed;
  char **warnings;
};

/**
 * AmCook: a soup in the making
 * @digests: [models] strings, %NULL-terminated
 * @candidate: path of the averages that are only scored
 * @state: scores so far; %NULL without an evaluator
 * @n_scored, @n_to_score: for progress
 * @n_measured: of the scored ones those that were not known before
 */
typedef struct
{
  AmSoup *soup;
  AmEvaluator *evaluator;
  char **digests;
  char *candidate;
  AmSoupState *state;
  gboolean replace, sync;
  guint n_scored, n_measured, n_to_score;
  gint64 began;
  const AmProgress *progress;
  GCancellable *cancellable;
} AmCook;

/* Whether the models can be averaged and the results be written; finds the digests of the models. */
gboolean am_cook_check (AmCook *cook, GError **error);

/* The score of one model alone, or of the average of @members [n]. */
gboolean am_cook_score (AmCook *cook, const guint *members, guint n, double *score, GError **error);

/* Writes the soup. */
gboolean am_cook_serve (AmCook *cook, GError **error);

G_END_DECLS
