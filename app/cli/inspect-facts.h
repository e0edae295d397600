/* What inspect tells, gathered before it is printed in one form or the other. */
#pragma once

#include "amalgam.h"

typedef struct
{
  guint n_tensors;
  guint64 n_elements;
  guint64 size;
  guint by_dtype[AM_N_DTYPES];
} InspectShare;

typedef struct
{
  AmCheckpoint *checkpoint;
  AmModel *model;
  InspectShare components[AM_N_COMPONENTS];
  InspectShare *blocks;  /* per block of the model; without averaged copies and schedules */
  InspectShare all;
  GArray *findings;      /* AmScanFinding, or %NULL when nothing was scanned */
  char *sha256;          /* %NULL when not asked for and not known */
  char *legacy_hash;     /* AutoV1, or %NULL for folders and tiny files */
  char *tensor_hash;     /* AutoV3, or %NULL */
} InspectFacts;

/* Opens and sorts tensors into shares. */
gboolean inspect_facts_init (InspectFacts *facts, const char *path, GError **error);
void inspect_facts_clear (InspectFacts *facts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (InspectFacts, inspect_facts_clear)

/* Hashes: those that are known or cheap, all of them with @is_wanted. */
gboolean inspect_facts_hash (InspectFacts *facts, gboolean is_wanted, GCancellable *cancellable, GError **error);

/* "F16", "F32 and I64", most frequent first. (transfer full) */
char *inspect_share_list_dtypes (const InspectShare *share);

void inspect_print_json (const InspectFacts *facts);
void inspect_print_text (const InspectFacts *facts);
