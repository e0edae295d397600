/* The method of the merge and its parameters. */
#pragma once

#include <adwaita.h>

#include "state/draft.h"

G_BEGIN_DECLS

#define AM_TYPE_METHOD_SECTION (am_method_section_get_type ())
G_DECLARE_FINAL_TYPE (AmMethodSection, am_method_section, AM, METHOD_SECTION, AdwBin)

/* Kept and followed. Once. */
void am_method_section_set_draft (AmMethodSection *self, AmDraft *draft);

/* Puts @complaint (or %NULL) beside a parameter. Returns: its row, or %NULL when it has none. */
GtkWidget *am_method_section_set_complaint (AmMethodSection *self, guint parameter, const char *complaint);

void am_method_section_clear_complaints (AmMethodSection *self);

G_END_DECLS
