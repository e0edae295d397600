/* Where one component of the result comes from: merged, copied from a model, at a ratio of its own, from a
 * file. */
#pragma once

#include <gtk/gtk.h>

#include "state/draft.h"

G_BEGIN_DECLS

#define AM_TYPE_POLICY_ROW (am_policy_row_get_type ())
G_DECLARE_FINAL_TYPE (AmPolicyRow, am_policy_row, AM, POLICY_ROW, GtkListBoxRow)

/* @component: id, "vae"; @title: translated. Kept and shown, but not followed: see am_policy_row_update(). */
AmPolicyRow *am_policy_row_new (AmDraft *draft, const char *component, const char *title);

/* Shows what the draft holds now. */
void am_policy_row_update (AmPolicyRow *self);

const char *am_policy_row_get_component (AmPolicyRow *self);

G_END_DECLS
