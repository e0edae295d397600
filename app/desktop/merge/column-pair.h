/* A page of two parts: beside each other where there is room, below each other where there is not. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define AM_TYPE_COLUMN_PAIR (am_column_pair_get_type ())
G_DECLARE_FINAL_TYPE (AmColumnPair, am_column_pair, AM, COLUMN_PAIR, GtkWidget)

/**
 * AmColumnPair:
 *
 * Children in templates have the types "main", "side" and "bar". The main part scrolls; beside it the side
 * part stays in sight, with the bar below it. In a narrow page the side part follows the main part, and the
 * bar runs along the bottom edge. Property "is-wide" tells which it is.
 */
gboolean am_column_pair_get_is_wide (AmColumnPair *self);

/* Scrolls so that the side part is in sight; beside the main part it always is. */
void am_column_pair_show_side (AmColumnPair *self);

G_END_DECLS
