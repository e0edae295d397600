/* Blocks by the names artists type. Private to core/recipe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The name of block number @index of what @data stands for, or %NULL past the last. */
typedef const char *(*AmBlockNameFunc) (gconstpointer data, guint index);

/* Index of the block meant by @length bytes of @text: case does not matter, MID is M00, IN3 is IN03; -1. */
gint am_block_names_find (AmBlockNameFunc name_of, gconstpointer data, const char *text, gsize length);

/* AmBlockNameFunc for a %NULL-terminated list and for an AmModel. */
const char *am_block_name_in_list (gconstpointer data, guint index);
const char *am_block_name_in_model (gconstpointer data, guint index);

G_END_DECLS
