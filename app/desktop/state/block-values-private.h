/* Inside of block values, for their own files. */
#pragma once

#include "state/block-values.h"

struct _AmBlockValues
{
  GObject parent_instance;

  AmFamily family;
  char **blocks;
  char *title;
  guint n_blocks;
  gboolean has_components;

  GArray *kinds;  /* AmBarKind: of each bar */
  GArray *values; /* double: of each bar, NAN when unset */

  double ratio;
  double soft_minimum;
  double soft_maximum;
  double minimum;
  double maximum;

  guint edit;
  guint edit_depth;

  AmBlockWeights *source; /* what the blocks show as long as no block is changed, or %NULL */
  gboolean fits;          /* whether the source has a form for these blocks */
  double source_vae;      /* what the source says of the VAE, or NAN */
  GPtrArray *elements;    /* char *: rules by element */
};

/* Values of a layout's bars without changing them; @vae is the 21st number of SDXL, or NAN. */
gboolean am_block_values_resolve (AmBlockValues *self, const AmBlockWeights *weights, double *values,
                                  double *time_embed, double *vae, GError **error);

/* Shows @weights, which stay as the source; no signal. Returns whether a value is another. */
gboolean am_block_values_show (AmBlockValues *self, const AmBlockWeights *weights);

/* Number of the bar of that kind, or -1. */
gint am_block_values_find_kind (AmBlockValues *self, AmBarKind kind);

/* Puts a value where it belongs; returns whether it is another. */
gboolean am_block_values_put (AmBlockValues *self, guint bar, double value);

/* Blocks no longer show what they were given. */
void am_block_values_drop_source (AmBlockValues *self);

void am_block_values_emit_changed (AmBlockValues *self);
