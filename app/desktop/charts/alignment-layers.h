/* The layers an alignment chart shows; private to it. */
#pragma once

#include "amalgam.h"

G_BEGIN_DECLS

typedef struct
{
  AmAlignmentLayer *layers; /* [n_layers] */
  guint n_layers;
  GStringChunk *names; /* texts of the layers */
} AmAlignmentLayers;

void am_alignment_layers_set (AmAlignmentLayers *self, const AmAlignmentLayer *layers, guint n_layers);
void am_alignment_layers_clear (AmAlignmentLayers *self);

/* What stands below the chart where a layer belongs to: its block or its part of the model, else its own
 * name. Translated, borrowed. */
const char *am_alignment_layers_get_group (const AmAlignmentLayers *self, guint layer);

/* The first layer of the group that @layer belongs to, and the one behind the last. */
guint am_alignment_layers_get_start (const AmAlignmentLayers *self, guint layer);
guint am_alignment_layers_get_end (const AmAlignmentLayers *self, guint layer);

/* Share of the units that moved, 0 to 1. */
double am_alignment_layers_get_share (const AmAlignmentLayers *self, guint layer);

/* Everything worth knowing of a layer: (transfer full), translated. */
char *am_alignment_layers_describe (const AmAlignmentLayers *self, guint layer);

G_END_DECLS
