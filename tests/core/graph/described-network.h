/* Checkpoints that are all header, and graphs read from descriptions of them. */
#pragma once

#include "graph/graph.h"

#include "sparse-checkpoint.h"

typedef struct
{
  char *folder;
  AmCheckpoint *checkpoint;
  AmModel *model;
} DescribedNetwork;

/* @rows: "NAME SHAPE", as in "fc1.weight 3,4", one a line; "#KEY VALUE" is the metadata. */
DescribedNetwork *described_network_new (const char *rows);

/* The same with a file of that name and content beside the checkpoint, whose folder stays until the end. */
DescribedNetwork *described_network_new_beside (const char *rows, const char *name, const char *content);

/* @folder: a fixture's, removed in the end. */
DescribedNetwork *described_network_open (const Sparse *sparse, const char *folder);

void described_network_free (DescribedNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DescribedNetwork, described_network_free)

/* Reads @yaml as the file net.yaml; %NULL takes the built-in description. */
AmGraph *described_network_read (const DescribedNetwork *network, const char *yaml, GError **error);

/* One line a node: "NUMBER TYPE NAME <INPUTS [CHANNELS] TENSORS", then what else is not 0. (transfer full) */
char *graph_to_text (const AmGraph *graph);

/* Aborts the test unless @yaml gives the graph @text. */
void described_network_assert_graph (const DescribedNetwork *network, const char *yaml, const char *text);

/* Aborts the test unless @yaml is an error with that code, and all parts of @wanted between '|' in its
 * message, in order. */
void described_network_assert_error (const DescribedNetwork *network, const char *yaml, AmError code,
                                     const char *wanted);

/* Whether @part is in one of the notes. */
gboolean graph_has_note (const AmGraph *graph, const char *part);
