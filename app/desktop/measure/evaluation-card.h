/* How good a model is: figures, a reliability diagram and each class. */
#pragma once

#include "measure/measurement.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What the card needs of @model is copied. */
GtkWidget *am_evaluation_card_new (const AmEvaluatedModel *model);

G_END_DECLS
