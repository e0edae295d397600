/* Block weights on the merge page: the editor, and which of several ratios it edits. */
#pragma once

#include <adwaita.h>

#include "state/draft.h"

G_BEGIN_DECLS

#define AM_TYPE_BLOCKS_SECTION (am_blocks_section_get_type ())
G_DECLARE_FINAL_TYPE (AmBlocksSection, am_blocks_section, AM, BLOCKS_SECTION, AdwBin)

/* Kept and followed. Once. */
void am_blocks_section_set_draft (AmBlocksSection *self, AmDraft *draft);

G_END_DECLS
