/* How models are aligned: the align key of a recipe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  AM_ALIGN_TO_FIRST, /* the base where there is one, else the first model */
  AM_ALIGN_TO_MEAN,  /* each to the first and then to the mean of the others, again and again; the first one
                        stays */
  AM_ALIGN_TO_FILE,  /* all to a further model */
} AmAlignTarget;

/* Order in which the layers are visited. */
typedef enum
{
  AM_ALIGN_RANDOM,
  AM_ALIGN_FORWARD,
  AM_ALIGN_BACKWARD,
  AM_ALIGN_ALTERNATE,
} AmAlignOrder;

/* What units are compared by. */
typedef enum
{
  AM_ALIGN_BY_WEIGHTS,
  AM_ALIGN_BY_ACTIVATIONS, /* their values on data */
} AmAlignMatching;

/* What the values of two units are worth together. */
typedef enum
{
  AM_ALIGN_CORRELATION,
  AM_ALIGN_PRODUCT, /* the mean product: the order with the least squared difference of values */
} AmAlignObjective;

/**
 * AmAlignSettings:
 * @file: model to align to, for %AM_ALIGN_TO_FILE; @sha256 pins it, or is %NULL
 * @order, @seed: a random order is drawn anew for each sweep and restart
 * @restarts: how often it starts from the identity with another order; the best objective wins; at least 1
 * @max_sweeps: visits of each layer at most, at least 1
 * @tolerance: stop when a sweep gains less than this fraction of the objective
 * @rotate: also rotate the channels inside attention heads (orthogonal Procrustes on QK and VO)
 * @normalise: compare units by their cosine within each tensor rather than by their product
 * @architecture: file that describes the network, or %NULL for the built-in one
 * @matching: by weights, order, restarts, max_sweeps, tolerance, rotate and normalise count; by activations
 * the rest, and max_sweeps
 * @data: pictures, as am_dataset_open() takes them; @data_sha256 pins their digest, or is %NULL
 * @preprocessing: built-in or a file; %NULL for that of the model's family
 * @n_samples: how many pictures at most, drawn with @seed; 0 for all
 * @objective: what is brought to its greatest sum over all units
 */
typedef struct
{
  AmAlignTarget target;
  char *file;
  char *sha256;
  AmAlignOrder order;
  guint64 seed;
  guint restarts;
  guint max_sweeps;
  double tolerance;
  gboolean rotate;
  gboolean normalise;
  char *architecture;
  AmAlignMatching matching;
  char *data;
  char *data_sha256;
  char *preprocessing;
  guint64 n_samples;
  AmAlignObjective objective;
} AmAlignSettings;

/* Defaults: to the first, by weights, random order, seed 0, 1 restart, 100 sweeps, tolerance 1e-6, 1000
 * samples, correlation. */
AmAlignSettings *am_align_settings_new (void);
void am_align_settings_free (AmAlignSettings *settings);
AmAlignSettings *am_align_settings_copy (const AmAlignSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmAlignSettings, am_align_settings_free)

/* What contradicts itself in the settings, for people, translated; or %NULL. */
const char *am_align_settings_check (const AmAlignSettings *settings);

const char *am_align_order_get_id (AmAlignOrder order); /* "random", ... */
gboolean am_align_order_parse (const char *text, AmAlignOrder *order);

const char *am_align_matching_get_id (AmAlignMatching matching); /* "weights", "activations" */
gboolean am_align_matching_parse (const char *text, AmAlignMatching *matching);
const char *am_align_objective_get_id (AmAlignObjective objective); /* "correlation", "product" */
gboolean am_align_objective_parse (const char *text, AmAlignObjective *objective);

G_END_DECLS
