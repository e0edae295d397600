/* Whether the models are aligned before they are merged, and how. */
#pragma once

#include <adwaita.h>

#include "state/data-source.h"
#include "state/draft.h"

G_BEGIN_DECLS

#define AM_TYPE_ALIGN_SECTION (am_align_section_get_type ())
G_DECLARE_FINAL_TYPE (AmAlignSection, am_align_section, AM, ALIGN_SECTION, AdwBin)

/* Kept and followed. Once. */
void am_align_section_set_draft (AmAlignSection *self, AmDraft *draft);

/* Whose data is taken when models are first matched by activations; kept. Once. */
void am_align_section_set_data_source (AmAlignSection *self, AmDataSource *source);

/* Puts @complaint below the switch; %NULL takes it away. */
void am_align_section_set_complaint (AmAlignSection *self, const char *complaint);

G_END_DECLS
