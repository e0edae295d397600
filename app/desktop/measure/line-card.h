/* Accuracy and loss on the line between two models. */
#pragma once

#include <gtk/gtk.h>

#include "amalgam.h"

G_BEGIN_DECLS

/* @a, @b: names of the models. @barrier must outlive the card. A button activates "measure.save-line". */
GtkWidget *am_line_card_new (const AmBarrier *barrier, const char *a, const char *b);

/* "A.safetensors – B.safetensors" (transfer full) */
char *am_line_dup_title (const char *a, const char *b);

G_END_DECLS
