/* A model to be measured, and ways to choose another. */
#pragma once

#include <adwaita.h>

#include "state/library.h"

G_BEGIN_DECLS

#define AM_TYPE_MODEL_ROW (am_model_row_get_type ())
G_DECLARE_FINAL_TYPE (AmModelRow, am_model_row, AM, MODEL_ROW, AdwActionRow)

/**
 * am_model_row_set_up:
 * @role: what the model is, as "Model"
 * @empty: what its lack means
 *
 * Once, before the row is shown. Signal "changed": when the path or what is
 * known about the file has changed.
 */
void am_model_row_set_up (AmModelRow *self, const char *role, const char *empty, AmLibrary *library);

void am_model_row_set_path (AmModelRow *self, const char *path);
const char *am_model_row_get_path (AmModelRow *self);

/* Whether it is a model that looks at pictures, as far as its header tells. */
gboolean am_model_row_is_vision (AmModelRow *self);

/* Whether it is CLIP, which needs features of texts to name classes. */
gboolean am_model_row_is_clip (AmModelRow *self);

G_END_DECLS
