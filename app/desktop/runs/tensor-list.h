/* The tensors of one cell of a result's heat map, as a table that can be sorted. */
#pragma once

#include <gtk/gtk.h>

#include "state/run.h"

G_BEGIN_DECLS

#define AM_TYPE_TENSOR_LIST (am_tensor_list_get_type ())
G_DECLARE_FINAL_TYPE (AmTensorList, am_tensor_list, AM, TENSOR_LIST, GtkWidget)

/* @run: done. */
void am_tensor_list_show_cell (AmTensorList *self, AmRun *run, guint row, guint column);

/* Tells why there is no table: translated; "" hides everything. */
void am_tensor_list_show_note (AmTensorList *self, const char *note);

guint am_tensor_list_get_n_tensors (AmTensorList *self);

G_END_DECLS
