/* Numbers in words for people, in their language and by their locale's habits. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* All of these return (transfer full) text and may be called on any thread. */

/* "6.9 GB". */
char *am_readable_size (guint64 bytes);

/* "6.9 GB/s". @bytes_per_second: nothing below 0. */
char *am_readable_speed (double bytes_per_second);

/* "0.4 s", "12 s", "3 min 05 s", "2 h 10 min". @seconds: nothing below 0. */
char *am_readable_duration (double seconds);

/* A moment of the past: "Today, 14:05", "Yesterday, 09:30", "24 Nov 2026". @unix_seconds: 0 gives "". */
char *am_readable_date (gint64 unix_seconds);

/* The same to the minute, whenever it was: "24 Nov 2026, 14:05". */
char *am_readable_moment (gint64 unix_seconds);

/* "1,131", grouped as the locale does it. */
char *am_readable_count (guint64 count);

G_END_DECLS
