/* Numbers as colours: pale for little, dark for much. */
#pragma once

#include "output/canvas.h"

G_BEGIN_DECLS

/* The colour at @position (0 .. 1) of a scale whose lightness falls evenly in Oklab (Ottosson 2020). */
AmColour am_colour_scale_get (double position);

/* Whether white text reads better than black on that colour. */
gboolean am_colour_is_dark (AmColour colour);

G_END_DECLS
