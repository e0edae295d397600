/* Two small checkpoints to try things on. */
#pragma once

#include "base/error.h"

G_BEGIN_DECLS

/**
 * am_demo_write_models:
 * @folder: exists
 * @path_a: (out) (transfer full): "base.safetensors"
 * @path_b: (out) (transfer full): "style.safetensors", a sibling of A that moved more in some blocks than in others
 *
 * Writes two checkpoints with the key names of Stable Diffusion 1.5 and an eighth of its widths, in float16,
 * filled from a fixed seed: the same bytes each time. They make no pictures. Existing files are replaced.
 * Errors: NOT_WRITABLE, NO_SPACE.
 */
gboolean am_demo_write_models (const char *folder, char **path_a, char **path_b, GError **error);

G_END_DECLS
