/* Inside of an alignment, for core/align alone. */
#pragma once

#include "align/alignment.h"

G_BEGIN_DECLS

struct _AmAlignment
{
  gatomicrefcount references;
  const AmModel *model;
  AmCheckpoint *checkpoint;
  char *label;
  AmGraph *graph;
  AmSymmetries *symmetries;
  AmAlignMatching kind;
  AmMatching *matching;
  char *data_digest, *preprocessing;
  GStringChunk *names;
  GArray *layers; /* AmAlignmentLayer */
  AmAlignmentLayer total;
};

/* Finds the figures of the layers, and of all together, from the matching. */
void am_alignment_describe_layers (AmAlignment *alignment);

/* Borrowed. */
const AmSymmetries *am_alignment_get_symmetries (const AmAlignment *alignment);

G_END_DECLS
