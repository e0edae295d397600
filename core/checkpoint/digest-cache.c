#include "checkpoint/digest-cache.h"

#include <string.h>

#define MAX_ENTRIES 4096
#define DIGEST_LENGTH 64

/* File systems stamp with the kernel's tick, at most 10 ms; network ones are coarser. */
#define YOUNG_MICROSECONDS (2 * G_USEC_PER_SEC)

typedef struct
{
  char sha256[DIGEST_LENGTH + 1];
  guint64 size;
  gint64 mtime;
  guint64 inode;
  const char *path;
} Entry;

static GMutex lock;

static gint64
mtime_of (const struct stat *status)
{
  return (gint64)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
}

static char *
cache_path (void)
{
  return g_build_filename (g_get_user_cache_dir (), "amalgam", "digests", NULL);
}

static gboolean
is_digest (const char *text)
{
  for (guint i = 0; i < DIGEST_LENGTH; i++)
    if (!g_ascii_isdigit (text[i]) && !(text[i] >= 'a' && text[i] <= 'f'))
      return FALSE;
  return TRUE;
}

static gboolean
parse_line (const char *line, Entry *entry)
{
  g_auto (GStrv) fields = g_strsplit (line, " ", 5);

  if (g_strv_length (fields) != 5 || strlen (fields[0]) != DIGEST_LENGTH || !is_digest (fields[0])
      || !g_path_is_absolute (fields[4])
      || !g_ascii_string_to_unsigned (fields[1], 10, 0, G_MAXUINT64, &entry->size, NULL)
      || !g_ascii_string_to_signed (fields[2], 10, G_MININT64, G_MAXINT64, &entry->mtime, NULL)
      || !g_ascii_string_to_unsigned (fields[3], 10, 0, G_MAXUINT64, &entry->inode, NULL))
    return FALSE;
  memcpy (entry->sha256, fields[0], DIGEST_LENGTH + 1);
  entry->path = line + strlen (line) - strlen (fields[4]);
  return TRUE;
}

static GStrv
load_lines (void)
{
  g_autofree char *path = cache_path ();
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    text = g_strdup ("");
  return g_strsplit (text, "\n", -1);
}

static gboolean
describes (const Entry *entry, const struct stat *status)
{
  return entry->size == (guint64)status->st_size && entry->mtime == mtime_of (status)
         && entry->inode == (guint64)status->st_ino;
}

char *
am_digest_cache_get (const char *path, const struct stat *status)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_auto (GStrv) lines = NULL;
  Entry entry;

  g_mutex_lock (&lock);
  lines = load_lines ();
  g_mutex_unlock (&lock);
  for (guint i = 0; lines[i]; i++)
    if (parse_line (lines[i], &entry) && strcmp (entry.path, absolute) == 0 && describes (&entry, status))
      return g_strdup (entry.sha256);
  return NULL;
}

/* The valid lines about other paths, the newest that fit. */
static GString *
keep_lines (GStrv lines, const char *absolute)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  GString *text = g_string_new (NULL);
  Entry entry;

  for (guint i = 0; lines[i]; i++)
    if (parse_line (lines[i], &entry) && strcmp (entry.path, absolute) != 0)
      g_ptr_array_add (kept, lines[i]);
  for (guint i = kept->len - MIN (kept->len, MAX_ENTRIES - 1); i < kept->len; i++)
    g_string_append_printf (text, "%s\n", (const char *)g_ptr_array_index (kept, i));
  return text;
}

static void
write_with (const char *absolute, const struct stat *status, const char *sha256)
{
  g_auto (GStrv) lines = load_lines ();
  g_autofree char *path = cache_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  GString *text = keep_lines (lines, absolute);

  g_string_append_printf (text, "%s %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT " %s\n",
                          sha256, (guint64)status->st_size, mtime_of (status), (guint64)status->st_ino,
                          absolute);
  if (g_mkdir_with_parents (folder, 0700) == 0)
    g_file_set_contents (path, text->str, (gssize)text->len, NULL);
  g_string_free (text, TRUE);
}

void
am_digest_cache_put (const char *path, const struct stat *status, const char *sha256, gint64 started)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);

  if (strchr (absolute, '\n') || mtime_of (status) / 1000 > started - YOUNG_MICROSECONDS)
    return;
  g_mutex_lock (&lock);
  write_with (absolute, status, sha256);
  g_mutex_unlock (&lock);
}

char *
am_digest_cache_find (const char *sha256)
{
  g_auto (GStrv) lines = NULL;
  struct stat status;
  Entry entry;

  g_mutex_lock (&lock);
  lines = load_lines ();
  g_mutex_unlock (&lock);
  for (guint i = 0; lines[i]; i++)
    if (parse_line (lines[i], &entry) && g_ascii_strcasecmp (entry.sha256, sha256) == 0
        && stat (entry.path, &status) == 0 && describes (&entry, &status))
      return g_strdup (entry.path);
  return NULL;
}

GHashTable *
am_digest_cache_list (void)
{
  GHashTable *list = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) lines = NULL;
  struct stat status;
  Entry entry;

  g_mutex_lock (&lock);
  lines = load_lines ();
  g_mutex_unlock (&lock);
  for (guint i = 0; lines[i]; i++)
    if (parse_line (lines[i], &entry) && stat (entry.path, &status) == 0 && describes (&entry, &status))
      g_hash_table_replace (list, g_strdup (entry.path), g_strdup (entry.sha256));
  return list;
}
