/* A popover to choose a checkpoint: from the library by search, or a file. */
#pragma once

#include <adwaita.h>

#include "state/library.h"

G_BEGIN_DECLS

#define AM_TYPE_MODEL_CHOOSER (am_model_chooser_get_type ())
G_DECLARE_FINAL_TYPE (AmModelChooser, am_model_chooser, AM, MODEL_CHOOSER, GtkPopover)

/**
 * am_model_chooser_new:
 * @library: kept
 *
 * Signals: "chosen" (const char *path) for a model of the library, "open-file" when a file is wanted instead.
 */
AmModelChooser *am_model_chooser_new (AmLibrary *library);

G_END_DECLS
