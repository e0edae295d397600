/* Small checkpoints of whole networks in F64, with random values and true names; and what is derived from
 * them. */
#pragma once

#include "architecture/key-table.h"
#include "graph-forward.h"
#include "graph/symmetries.h"

/**
 * Network: a checkpoint on disk, its model, its graph and its symmetries
 * @path: of the checkpoint, in a folder of its own that goes with the network
 */
typedef struct
{
  char *folder, *path;
  AmCheckpoint *checkpoint;
  AmModel *model;
  AmGraph *graph;
  AmSymmetries *symmetries;
} Network;

void network_free (Network *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Network, network_free)

typedef struct _NetworkFixture NetworkFixture;

NetworkFixture *network_fixture_new (guint64 seed);
void network_fixture_free (NetworkFixture *fixture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetworkFixture, network_fixture_free)

/* Tensors with @part in their names are not added from now on. */
void network_fixture_leave_out (NetworkFixture *fixture, const char *part);

/* Adds a tensor with forward_fill_random() values; @shape is "2,3". */
void network_fixture_add (NetworkFixture *fixture, const char *shape, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* The same as a copy of @original: its values under another name. */
void network_fixture_add_copy (NetworkFixture *fixture, const char *name, const char *original,
                               const char *shape);

/* FORMAT.weight [@n_out, @n_in] and FORMAT.bias [@n_out]. */
void network_fixture_add_linear (NetworkFixture *fixture, guint n_out, guint n_in, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* FORMAT.weight and FORMAT.bias [@width]. */
void network_fixture_add_norm (NetworkFixture *fixture, guint width, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Adds the rows of a key table to @table, whose divisor is set. */
typedef void (*NetworkKeys) (AmKeyTable *table);

/* The float tensors @keys adds to a table of that divisor, optional ones too. */
void network_fixture_add_keys (NetworkFixture *fixture, guint divisor, NetworkKeys keys);

/* What config.json beside the checkpoint says. */
void network_fixture_set_config (NetworkFixture *fixture, const char *json);

/* Writes, opens, and derives. Aborts the test on failure. */
Network *network_fixture_open (NetworkFixture *fixture);

/* The checkpoint of @network anew, for values to be reordered. */
AmCheckpoint *network_reopen (const Network *network);

/**
 * network_describe_axis:
 *
 * How an axis moves, for people and comparisons: its segments, each as the kinds and sizes of its digits,
 * joined by " | ": "heads 8, units 4 turning". Stretches without a segment are "fixed 16"; so are digits that
 * stay.
 *
 * Returns: (transfer full). Aborts the test when there is no such tensor.
 */
char *network_describe_axis (const Network *network, const char *tensor, guint axis);

/* Factor of digit @digit in segment @segment of that axis; aborts the test when there is none. */
gint network_find_factor (const Network *network, const char *tensor, guint axis, guint segment, guint digit);
