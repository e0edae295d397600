/* What a drop-down offers as preprocessing of pictures. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * am_preprocessing_choices_new:
 * @current: (nullable): a built-in one, a file, or %NULL for the one the model was published with
 * @selected: (out): its place
 *
 * Titles, translated: the published one, those built in, @current where it is a file, and a file to be
 * chosen.
 */
GtkStringList *am_preprocessing_choices_new (const char *current, guint *selected);

/* Whether @shown (nullable) says the same, so that a list may keep it. */
gboolean am_preprocessing_choices_are_shown (GListModel *shown, GtkStringList *titles);

/**
 * am_preprocessing_choices_get:
 * @selected: place in am_preprocessing_choices_new() of @current
 * @name: (out): what is chosen, or %NULL for the published one
 *
 * Returns: %FALSE when a file is to be chosen first.
 */
gboolean am_preprocessing_choices_get (guint selected, const char *current, const char **name);

G_END_DECLS
