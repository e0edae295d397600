#include "checkpoint/zip-directory.h"

#include "checkpoint/little-endian.h"
#include "checkpoint/printable.h"

#define END_SIGNATURE 0x06054b50u
#define END_SIZE 22
#define LOCATOR_SIGNATURE 0x07064b50u
#define LOCATOR_SIZE 20
#define END64_SIGNATURE 0x06064b50u
#define END64_SIZE 56
#define CENTRAL_SIGNATURE 0x02014b50u
#define CENTRAL_SIZE 46
#define LOCAL_SIGNATURE 0x04034b50u
#define LOCAL_SIZE 30
#define ZIP64_FIELD 0x0001

#define MOST_COMMENT 65535
#define MOST_DIRECTORY (256u << 20)
#define MOST_ENTRIES 1000000

#define FLAG_ENCRYPTED 0x0001
#define FLAG_SIZES_FOLLOW 0x0008
#define FLAG_PATCHED 0x0020
#define FLAG_STRONG_ENCRYPTION 0x0040
#define FLAG_MASKED 0x2000

typedef struct
{
  AmZipEntry entry;
  guint flags;
  guint64 header_offset;
} Entry;

struct _AmZipDirectory
{
  GArray *entries; /* of Entry, by header_offset */
  GHashTable *by_name;
  GStringChunk *names;
};

/* Where the directory lies. */
typedef struct
{
  guint64 n_entries;
  guint64 size;
  guint64 offset;
  guint64 end; /* first byte after it */
} Span;

typedef struct
{
  const AmCheckpoint *checkpoint;
  guint file;
  const char *path;
  guint64 file_size;
  AmZipDirectory *directory;
} Reader;

static gboolean corrupt (const Reader *reader, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
corrupt (const Reader *reader, GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, "%s: damaged zip archive: %s", reader->path, message);
  return FALSE;
}

static gboolean
unsupported (const Reader *reader, const char *what, GError **error)
{
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, "%s: %s", reader->path, what);
  return FALSE;
}

static gboolean
load (const Reader *reader, guint64 offset, gsize size, gpointer dest, GError **error)
{
  return am_checkpoint_pread (reader->checkpoint, reader->file, offset, size, dest, error);
}

static gboolean
find_end_record (const Reader *reader, guint8 record[END_SIZE], guint64 *at, GError **error)
{
  gsize size = (gsize)MIN (reader->file_size, END_SIZE + MOST_COMMENT);
  g_autofree guint8 *tail = g_malloc (MAX (size, 1));

  if (!load (reader, reader->file_size - size, size, tail, error))
    return FALSE;
  for (gsize back = END_SIZE; back <= size; back++)
    {
      const guint8 *candidate = tail + size - back;
      if (am_read_le32 (candidate) != END_SIGNATURE || am_read_le16 (candidate + 20) != back - END_SIZE)
        continue;
      memcpy (record, candidate, END_SIZE);
      *at = reader->file_size - back;
      return TRUE;
    }
  return corrupt (reader, error,
                  "the end record is missing after %" G_GUINT64_FORMAT " bytes: incomplete download or copy",
                  reader->file_size);
}

/* A 16 or 32 bit field either says "see the zip64 record" or repeats it. */
static gboolean
agrees (guint64 narrow, guint64 escape, guint64 wide)
{
  return narrow == escape || narrow == wide;
}

static gboolean
read_end64_record (const Reader *reader, guint64 locator_at, const guint8 end[END_SIZE], Span *span,
                   GError **error)
{
  guint8 locator[LOCATOR_SIZE], record[END64_SIZE];
  guint64 at;

  if (!load (reader, locator_at, sizeof locator, locator, error))
    return FALSE;
  at = am_read_le64 (locator + 8);
  if (am_read_le32 (locator + 4) != 0 || am_read_le32 (locator + 16) > 1)
    return unsupported (reader, "this zip archive is split over several files: join them first", error);
  if (locator_at < END64_SIZE || at > locator_at - END64_SIZE)
    return corrupt (reader, error, "the zip64 end record lies outside the file, at byte %" G_GUINT64_FORMAT,
                    at);
  if (!load (reader, at, sizeof record, record, error))
    return FALSE;
  if (am_read_le32 (record) != END64_SIGNATURE || am_read_le64 (record + 4) != locator_at - at - 12)
    return corrupt (reader, error, "no zip64 end record of the right size at byte %" G_GUINT64_FORMAT, at);

  span->n_entries = am_read_le64 (record + 32);
  span->size = am_read_le64 (record + 40);
  span->offset = am_read_le64 (record + 48);
  span->end = at;
  if (am_read_le32 (record + 16) != 0 || am_read_le32 (record + 20) != 0
      || am_read_le64 (record + 24) != span->n_entries)
    return unsupported (reader, "this zip archive is split over several files: join them first", error);
  if (!agrees (am_read_le16 (end + 10), 0xffff, span->n_entries)
      || !agrees (am_read_le32 (end + 12), 0xffffffff, span->size)
      || !agrees (am_read_le32 (end + 16), 0xffffffff, span->offset))
    return corrupt (reader, error, "the end record and the zip64 end record disagree");
  return TRUE;
}

static gboolean
has_locator (const Reader *reader, guint64 end_at)
{
  guint8 signature[4];
  return end_at >= LOCATOR_SIZE && load (reader, end_at - LOCATOR_SIZE, sizeof signature, signature, NULL)
         && am_read_le32 (signature) == LOCATOR_SIGNATURE;
}

static gboolean
find_directory (const Reader *reader, Span *span, GError **error)
{
  guint8 end[END_SIZE] = { 0 };
  guint64 at = 0;

  if (!find_end_record (reader, end, &at, error))
    return FALSE;
  if (has_locator (reader, at))
    {
      if (!read_end64_record (reader, at - LOCATOR_SIZE, end, span, error))
        return FALSE;
    }
  else
    {
      if (am_read_le16 (end + 4) != 0 || am_read_le16 (end + 6) != 0
          || am_read_le16 (end + 8) != am_read_le16 (end + 10))
        return unsupported (reader, "this zip archive is split over several files: join them first", error);
      span->n_entries = am_read_le16 (end + 10);
      span->size = am_read_le32 (end + 12);
      span->offset = am_read_le32 (end + 16);
      span->end = at;
    }
  if (span->offset > span->end || span->size != span->end - span->offset)
    return corrupt (reader, error,
                    "the directory should fill bytes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                    " but claims %" G_GUINT64_FORMAT " bytes",
                    span->offset, span->end, span->size);
  if (span->size > MOST_DIRECTORY || span->n_entries > MOST_ENTRIES
      || span->n_entries > span->size / CENTRAL_SIZE)
    return corrupt (reader, error,
                    "a directory of %" G_GUINT64_FORMAT " bytes cannot hold %" G_GUINT64_FORMAT " entries",
                    span->size, span->n_entries);
  return TRUE;
}

/* Replaces each of the @n fields that is all ones by the next value of the zip64 extra field. */
static gboolean
apply_zip64 (const guint8 *extra, gsize length, guint64 *const fields[], guint n)
{
  const guint8 *at = NULL;
  gsize left = 0;

  while (length >= 4 && at == NULL)
    {
      gsize size = am_read_le16 (extra + 2);
      if (size > length - 4)
        return FALSE;
      if (am_read_le16 (extra) == ZIP64_FIELD)
        {
          at = extra + 4;
          left = size;
        }
      extra += 4 + size;
      length -= 4 + size;
    }
  for (guint i = 0; i < n; i++)
    {
      if (*fields[i] != G_MAXUINT32)
        continue;
      if (left < 8)
        return FALSE;
      *fields[i] = am_read_le64 (at);
      at += 8;
      left -= 8;
    }
  return TRUE;
}

static gboolean
check_flags (const Reader *reader, const Entry *entry, GError **error)
{
  g_autofree char *name = am_printable (entry->entry.name, strlen (entry->entry.name));

  if ((entry->flags & (FLAG_ENCRYPTED | FLAG_STRONG_ENCRYPTION | FLAG_PATCHED | FLAG_MASKED)) == 0)
    return TRUE;
  g_set_error (
      error, AM_ERROR, AM_ERROR_UNSUPPORTED,
      "%s: zip entry \"%s\" is marked as encrypted or patched (flags 0x%04x), which torch never writes",
      reader->path, name, entry->flags);
  return FALSE;
}

/* One central header at @bytes; *@used gets its length. */
static gboolean
parse_central (const Reader *reader, const guint8 *bytes, gsize size, Entry *entry, gsize *used,
               GError **error)
{
  if (size < CENTRAL_SIZE || am_read_le32 (bytes) != CENTRAL_SIGNATURE)
    return corrupt (reader, error, "directory entry %u is not one", reader->directory->entries->len);

  gsize name_length = am_read_le16 (bytes + 28);
  gsize extra_length = am_read_le16 (bytes + 30);
  *used = CENTRAL_SIZE + name_length + extra_length + am_read_le16 (bytes + 32);
  if (*used > size || name_length == 0)
    return corrupt (reader, error, "directory entry %u runs past the directory",
                    reader->directory->entries->len);

  const char *name = (const char *)bytes + CENTRAL_SIZE;
  if (memchr (name, '\0', name_length) != NULL)
    return corrupt (reader, error, "the name of directory entry %u holds a NUL byte",
                    reader->directory->entries->len);
  *entry = (Entry){
    .entry = { .name = g_string_chunk_insert_len (reader->directory->names, name, (gssize)name_length),
               .method = am_read_le16 (bytes + 10),
               .compressed = am_read_le32 (bytes + 20),
               .size = am_read_le32 (bytes + 24) },
    .flags = am_read_le16 (bytes + 8),
    .header_offset = am_read_le32 (bytes + 42),
  };
  guint64 *const fields[] = { &entry->entry.size, &entry->entry.compressed, &entry->header_offset };
  g_autofree char *shown = am_printable (name, name_length);
  if (!apply_zip64 (bytes + CENTRAL_SIZE + name_length, extra_length, fields, G_N_ELEMENTS (fields)))
    return corrupt (reader, error, "entry \"%s\" lacks the zip64 field its sizes point to", shown);
  if (entry->entry.method == 0 && entry->entry.size != entry->entry.compressed)
    return corrupt (reader, error, "stored entry \"%s\" has two different sizes", shown);
  return check_flags (reader, entry, error);
}

static gint
compare_header_offsets (gconstpointer a, gconstpointer b)
{
  guint64 left = ((const Entry *)a)->header_offset, right = ((const Entry *)b)->header_offset;
  return left < right ? -1 : left > right;
}

static gboolean
read_central (const Reader *reader, const Span *span, GError **error)
{
  g_autofree guint8 *bytes = g_try_malloc (MAX ((gsize)span->size, 1));
  gsize at = 0;

  if (bytes == NULL)
    return corrupt (reader, error, "no memory for a directory of %" G_GUINT64_FORMAT " bytes", span->size);
  if (!load (reader, span->offset, (gsize)span->size, bytes, error))
    return FALSE;
  for (guint64 i = 0; i < span->n_entries; i++)
    {
      Entry entry;
      gsize used = 0;
      if (!parse_central (reader, bytes + at, (gsize)span->size - at, &entry, &used, error))
        return FALSE;
      at += used;
      g_array_append_val (reader->directory->entries, entry);
    }
  if (at != span->size)
    return corrupt (reader, error, "%" G_GUINT64_FORMAT " bytes follow the last directory entry",
                    span->size - at);
  g_array_sort (reader->directory->entries, compare_header_offsets);
  return TRUE;
}

/* Sizes in a local header are those of the directory, or zero where they follow the data. */
static gboolean
local_sizes_agree (const Entry *entry, const guint8 *header, const guint8 *extra, gsize extra_length)
{
  guint64 compressed = am_read_le32 (header + 18), size = am_read_le32 (header + 22);
  guint64 *const fields[] = { &size, &compressed };

  if (entry->flags & FLAG_SIZES_FOLLOW)
    return TRUE;
  return apply_zip64 (extra, extra_length, fields, G_N_ELEMENTS (fields))
         && compressed == entry->entry.compressed && size == entry->entry.size;
}

static gboolean
read_local (const Reader *reader, Entry *entry, guint64 limit, GError **error)
{
  g_autofree char *shown = am_printable (entry->entry.name, strlen (entry->entry.name));
  gsize name_length = strlen (entry->entry.name);
  guint8 header[LOCAL_SIZE];

  if (entry->header_offset > limit || limit - entry->header_offset < LOCAL_SIZE + name_length)
    return corrupt (reader, error,
                    "entry \"%s\" at byte %" G_GUINT64_FORMAT " lies outside the file or overlaps another",
                    shown, entry->header_offset);
  if (!load (reader, entry->header_offset, sizeof header, header, error))
    return FALSE;
  if (am_read_le32 (header) != LOCAL_SIGNATURE)
    return corrupt (reader, error, "no entry begins at byte %" G_GUINT64_FORMAT ", where \"%s\" should be",
                    entry->header_offset, shown);

  gsize extra_length = am_read_le16 (header + 28);
  g_autofree guint8 *rest = g_malloc (name_length + extra_length);
  guint64 space = limit - entry->header_offset - LOCAL_SIZE;
  if (am_read_le16 (header + 26) != name_length || name_length + extra_length > space)
    return corrupt (reader, error, "the local header of \"%s\" does not match the directory", shown);
  if (!load (reader, entry->header_offset + LOCAL_SIZE, name_length + extra_length, rest, error))
    return FALSE;
  if (memcmp (rest, entry->entry.name, name_length) != 0 || am_read_le16 (header + 8) != entry->entry.method
      || am_read_le16 (header + 6) != entry->flags
      || !local_sizes_agree (entry, header, rest + name_length, extra_length))
    return corrupt (reader, error, "the local header of \"%s\" does not match the directory", shown);

  entry->entry.data_offset = entry->header_offset + LOCAL_SIZE + name_length + extra_length;
  if (entry->entry.compressed > limit - entry->entry.data_offset)
    return corrupt (reader, error, "the data of entry \"%s\" lies outside the file or overlaps another",
                    shown);
  return TRUE;
}

/* Each entry has to end before the next begins, the last before the directory. */
static gboolean
read_locals (const Reader *reader, const Span *span, GError **error)
{
  AmZipDirectory *directory = reader->directory;
  GArray *entries = directory->entries;

  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = &g_array_index (entries, Entry, i);
      guint64 limit
          = i + 1 < entries->len ? g_array_index (entries, Entry, i + 1).header_offset : span->offset;
      g_autofree char *shown = am_printable (entry->entry.name, strlen (entry->entry.name));

      if (!read_local (reader, entry, MIN (limit, span->offset), error))
        return FALSE;
      if (!g_hash_table_insert (directory->by_name, (gpointer)entry->entry.name, &entry->entry))
        return corrupt (reader, error, "two entries are named \"%s\"", shown);
    }
  return TRUE;
}

AmZipDirectory *
am_zip_directory_read (const AmCheckpoint *checkpoint, guint file, GError **error)
{
  g_autoptr (AmZipDirectory) directory = g_new0 (AmZipDirectory, 1);
  Reader reader = {
    .checkpoint = checkpoint,
    .file = file,
    .path = am_checkpoint_get_file (checkpoint, file),
    .file_size = am_checkpoint_file_size (checkpoint, file),
    .directory = directory,
  };
  Span span = { 0 };

  directory->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  directory->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  directory->names = g_string_chunk_new (4096);
  if (!find_directory (&reader, &span, error) || !read_central (&reader, &span, error)
      || !read_locals (&reader, &span, error))
    return NULL;
  return g_steal_pointer (&directory);
}

void
am_zip_directory_free (AmZipDirectory *directory)
{
  g_clear_pointer (&directory->entries, g_array_unref);
  g_clear_pointer (&directory->by_name, g_hash_table_unref);
  g_clear_pointer (&directory->names, g_string_chunk_free);
  g_free (directory);
}

guint
am_zip_directory_get_n_entries (const AmZipDirectory *directory)
{
  return directory->entries->len;
}

const AmZipEntry *
am_zip_directory_get_entry (const AmZipDirectory *directory, guint index)
{
  return &g_array_index (directory->entries, Entry, index).entry;
}

const AmZipEntry *
am_zip_directory_find (const AmZipDirectory *directory, const char *name)
{
  return g_hash_table_lookup (directory->by_name, name);
}
