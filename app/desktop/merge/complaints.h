/* Which control a sentence of the plan is about. */
#pragma once

#include "state/draft.h"

G_BEGIN_DECLS

#define AM_COMPLAINT_NO_SLOT (G_MAXUINT - 1)

/* The slot whose file @text names; of several the last, as the first one is what others are held against.
 * %AM_COMPLAINT_NO_SLOT when it names none. */
guint am_complaint_find_slot (AmDraft *draft, const char *text);

/* Number of the parameter @text names, or -1. */
gint am_complaint_find_parameter (AmDraft *draft, const char *text);

G_END_DECLS
