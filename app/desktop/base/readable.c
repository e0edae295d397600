#include "readable.h"

#include <glib/gi18n.h>

char *
am_readable_size (guint64 bytes)
{
  return g_format_size (bytes);
}

char *
am_readable_speed (double bytes_per_second)
{
  g_autofree char *size = g_format_size ((guint64)MAX (bytes_per_second, 0));

  /* Translators: a speed, as in "1.2 GB/s". */
  return g_strdup_printf (C_ ("speed", "%s/s"), size);
}

char *
am_readable_duration (double seconds)
{
  guint64 whole = (guint64)(MAX (seconds, 0) + 0.5);

  if (seconds < 9.95)
    return g_strdup_printf (C_ ("duration", "%.1f s"), MAX (seconds, 0));
  if (whole < 60)
    return g_strdup_printf (C_ ("duration", "%u s"), (guint)whole);
  if (whole < 60 * 60)
    return g_strdup_printf (C_ ("duration", "%u min %02u s"), (guint)(whole / 60), (guint)(whole % 60));
  return g_strdup_printf (C_ ("duration", "%u h %02u min"), (guint)(whole / 3600), (guint)(whole / 60 % 60));
}

static gboolean
is_same_day (GDateTime *a, GDateTime *b)
{
  return g_date_time_get_year (a) == g_date_time_get_year (b)
         && g_date_time_get_day_of_year (a) == g_date_time_get_day_of_year (b);
}

static const char *
choose_format (GDateTime *date)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) yesterday = g_date_time_add_days (now, -1);

  if (is_same_day (date, now))
    /* Translators: a date for g_date_time_format(). */
    return C_ ("date", "Today, %H:%M");
  if (is_same_day (date, yesterday))
    /* Translators: a date for g_date_time_format(). */
    return C_ ("date", "Yesterday, %H:%M");
  /* Translators: a date for g_date_time_format(): day, short month, year. */
  return C_ ("date", "%-d %b %Y");
}

char *
am_readable_date (gint64 unix_seconds)
{
  g_autoptr (GDateTime) date = unix_seconds != 0 ? g_date_time_new_from_unix_local (unix_seconds) : NULL;

  return date != NULL ? g_date_time_format (date, choose_format (date)) : g_strdup ("");
}

char *
am_readable_moment (gint64 unix_seconds)
{
  g_autoptr (GDateTime) date = unix_seconds != 0 ? g_date_time_new_from_unix_local (unix_seconds) : NULL;

  /* Translators: a date and time for g_date_time_format(). */
  return date != NULL ? g_date_time_format (date, C_ ("date", "%-d %b %Y, %H:%M")) : g_strdup ("");
}

char *
am_readable_count (guint64 count)
{
  return g_strdup_printf ("%'" G_GUINT64_FORMAT, count);
}
