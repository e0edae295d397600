/* Where the result goes, what it is called and how it is written. */
#pragma once

#include <adwaita.h>

#include "state/draft.h"

G_BEGIN_DECLS

#define AM_TYPE_OUTPUT_SECTION (am_output_section_get_type ())
G_DECLARE_FINAL_TYPE (AmOutputSection, am_output_section, AM, OUTPUT_SECTION, AdwBin)

/* Kept and followed. Once. */
void am_output_section_set_draft (AmOutputSection *self, AmDraft *draft);

G_END_DECLS
