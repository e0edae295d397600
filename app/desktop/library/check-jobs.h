/* Work on the whole of a checkpoint that the details pane offers. */
#pragma once

#include "base/job.h"

G_BEGIN_DECLS

/* Looks for NaN and infinity. The result is text for people (char *). (transfer full) */
AmJob *am_check_make_scan_job (const char *path);

/* Hashes. The result is 64 hexadecimal digits (char *). (transfer full) */
AmJob *am_check_make_hash_job (const char *path);

G_END_DECLS
