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
} AmAlignSettings;

/* Defaults: to the first, random order, seed 0, 1 restart, 100 sweeps, tolerance 1e-6. */
AmAlignSettings *am_align_settings_new (void);
void am_align_settings_free (AmAlignSettings *settings);
AmAlignSettings *am_align_settings_copy (const AmAlignSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmAlignSettings, am_align_settings_free)

const char *am_align_order_get_id (AmAlignOrder order); /* "random", ... */
gboolean am_align_order_parse (const char *text, AmAlignOrder *order);

G_END_DECLS
