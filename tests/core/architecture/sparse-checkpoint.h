/* Checkpoints that are all header: real names and shapes at real sizes over a file of holes. */
#pragma once

#include "architecture/model.h"

typedef struct _Sparse Sparse;

Sparse *sparse_new (void);
void sparse_free (Sparse *sparse);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sparse, sparse_free)

/* @shape is "2,3" or "" for a scalar. All tensors but those of integer type are F16. */
void sparse_add (Sparse *sparse, const char *name, const char *shape);
void sparse_add_metadata (Sparse *sparse, const char *key, const char *value);

/* Every tensor of the family's key table; optional ones only when asked for. */
void sparse_add_family (Sparse *sparse, AmFamily family, guint divisor, gboolean with_optional);

/* Changes to what was added so far. */
void sparse_rename_prefix (Sparse *sparse, const char *from, const char *to);
void sparse_remove_prefix (Sparse *sparse, const char *prefix);
void sparse_keep_prefix (Sparse *sparse, const char *prefix);
void sparse_reshape (Sparse *sparse, const char *name, const char *shape);

/* Aborts the test on failure. */
void sparse_write (const Sparse *sparse, const char *path);

/* Opens the checkpoint; its file is gone from the folder by then. Aborts the test on failure. */
AmCheckpoint *sparse_open (const Sparse *sparse);
