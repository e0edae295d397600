/* The about window. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Version, licence, what is new, and what a bug report needs to know. (transfer full), as windows are. */
AdwAboutWindow *am_about_window_new (void);

/* The text of a bug report: versions and the processor. (transfer full) */
char *am_about_dup_debug_info (void);

G_END_DECLS
