/* Symmetries written down by hand, with everything that an axis can meet, and plain ways to reorder by them.
 */
#pragma once

#include "align/reorder.h"

/* Letters of the factors. Below one: its parent. */
#define FACTORS "UGcHQkvABCLWR"

/* Fresh graph and symmetries of them; no node uses the tensors. */
/* Symmetries that own their graph. */
typedef AmSymmetries HandMade;

HandMade *hand_made_new (void);
void hand_made_free (HandMade *symmetries);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HandMade, hand_made_free)

guint hand_made_factor (char letter);

/* Another way to am_reorder_map_axis(): free with g_free(). Identity where the axis has no binding. */
guint32 *reference_map (const AmReorder *reorder, guint tensor, guint axis);

/* The elements of @values [elements][@bytes] in their new order: free with g_free(). */
guint8 *reference_permute (const AmReorder *reorder, guint tensor, const guint8 *values, gsize bytes);

/* The same for doubles, mixed by rotations too. */
double *reference_reorder (const AmReorder *reorder, guint tensor, const double *values);

guint64 count_graph_elements (const AmGraphTensor *tensor);
char *shape_text (guint n_dims, const guint64 *shape); /* "2,3" */

/* All tensors of the graph and their copies, with random bytes. */
char *write_random_bytes (const AmSymmetries *symmetries, const char *folder, AmDtype dtype, guint32 seed);

/* All tensors of @checkpoint as it hands them out. */
char *write_again (AmCheckpoint *checkpoint, const char *folder, const char *name);

AmCheckpoint *open_checkpoint (const char *path);

/* All values of a tensor as bytes: free with g_free(). */
guint8 *read_all (AmCheckpoint *checkpoint, const AmTensor *tensor);
