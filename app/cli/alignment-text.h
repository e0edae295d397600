/* What an alignment did, in words. */
#pragma once

#include "amalgam.h"

/* The sum, then the layers of which most moved, at most @n_layers, and notes. */
void alignment_print (const AmAlignment *alignment, guint n_layers);
