/* What a recipe says of a parameter, for people to read. */
#pragma once

#include "amalgam.h"

G_BEGIN_DECLS

/* "0 → 0.5 → 1" for a gradient, "attn: 0.3; all others: 0.5" for filters. (transfer full) */
char *am_setting_text_new (const AmSetting *setting);

G_END_DECLS
