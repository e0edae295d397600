/* How one model of a merge was aligned, in figures few enough to keep for ever. */
#pragma once

#include <json-glib/json-glib.h>

#include "amalgam.h"

G_BEGIN_DECLS

/**
 * AmAlignmentSummary:
 * @label: file name of the model
 * @sentence: what came of it, as am_alignment_describe() put it at the time
 * @total: the whole network; name and block are %NULL
 * @layers: AmAlignmentLayer, in the order of the network; their texts are in @names
 */
typedef struct
{
  char *label;
  char *sentence;
  AmAlignmentLayer total;
  GArray *layers;
  GStringChunk *names;
} AmAlignmentSummary;

/* @alignment has been run. On any thread. Returns: (transfer full). */
AmAlignmentSummary *am_alignment_summary_new (const AmAlignment *alignment);
void am_alignment_summary_free (AmAlignmentSummary *summary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmAlignmentSummary, am_alignment_summary_free)

/* Whether anything is another than before: units that moved, or channels that were rotated. */
gboolean am_alignment_summary_has_moved (const AmAlignmentSummary *summary);

/* An object, and back from one; %NULL when it is not of that make. */
void am_alignment_summary_add_json (const AmAlignmentSummary *summary, JsonBuilder *builder);
AmAlignmentSummary *am_alignment_summary_new_from_json (JsonObject *object);

G_END_DECLS
