/* Small networks thrown together from all kinds of nodes, whether that makes sense or not. */
#pragma once

#include "graph-builder.h"

G_BEGIN_DECLS

/* Has an input "x" of 3 channels for 2 x 2 positions, and outputs. The same on every machine. */
AmGraph *random_graph_new (guint32 seed);

G_END_DECLS
