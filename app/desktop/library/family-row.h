/* A row of the family tree. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define AM_TYPE_FAMILY_ROW (am_family_row_get_type ())
G_DECLARE_FINAL_TYPE (AmFamilyRow, am_family_row, AM, FAMILY_ROW, GtkWidget)

GtkWidget *am_family_row_new (void);

/* @row: (nullable): of AmAncestorNode; kept. */
void am_family_row_set_row (AmFamilyRow *self, GtkTreeListRow *row);

/* Unfolds towards the end of the line, and folds towards its start. Returns: whether there is anything to
 * fold. */
gboolean am_family_row_fold (AmFamilyRow *self, gboolean is_towards_end);

G_END_DECLS
