#include "checkpoint/checkpoint-private.h"

#include <string.h>

#include "checkpoint/printable.h"
#include "checkpoint/torch-state.h"
#include "checkpoint/zip-directory.h"

#define MOST_PICKLE ((guint64)256 << 20)

typedef struct
{
  AmCheckpoint *checkpoint;
  guint file;
  const char *path;
  AmZipDirectory *directory;
  const char *top; /* the one folder in the archive, without the slash */
  GError **error;
} Archive;

static gboolean fail (const Archive *archive, AmError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail (const Archive *archive, AmError code, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (archive->error, AM_ERROR, code, "%s: %s", archive->path, message);
  return FALSE;
}

static const AmZipEntry *
find (const Archive *archive, const char *name)
{
  g_autofree char *full = g_strconcat (archive->top, "/", name, NULL);
  return am_zip_directory_find (archive->directory, full);
}

static gboolean
is_number (const char *text)
{
  return *text != '\0' && text[strspn (text, "0123456789")] == '\0';
}

/* What torch puts beside data.pkl: numbered storages, a version, and notes of its own that begin with a dot.
 */
static gboolean
is_customary (const char *name)
{
  if (g_str_has_prefix (name, "data/"))
    return is_number (name + strlen ("data/"));
  if (g_str_has_prefix (name, ".data/"))
    name += strlen (".data/");
  else if (name[0] == '.')
    name++;
  else
    return g_str_equal (name, "data.pkl") || g_str_equal (name, "version") || g_str_equal (name, "byteorder");
  return *name != '\0' && *name != '.' && strchr (name, '/') == NULL;
}

/* Sets @archive's top from the path of data.pkl. */
static gboolean
find_top (Archive *archive, char **top)
{
  guint n = am_zip_directory_get_n_entries (archive->directory);

  for (guint i = 0; i < n; i++)
    {
      const char *name = am_zip_directory_get_entry (archive->directory, i)->name;
      const char *slash = strchr (name, '/');
      if (slash == NULL || slash == name || !g_str_equal (slash, "/data.pkl"))
        continue;
      if (*top != NULL)
        return fail (archive, AM_ERROR_CORRUPT, "the archive holds two files named data.pkl");
      *top = g_strndup (name, (gsize)(slash - name));
    }
  if (*top == NULL)
    return fail (archive, AM_ERROR_UNSUPPORTED,
                 "this is a zip archive without a data.pkl, so torch did not write it: unpack it first");
  archive->top = *top;
  if (g_str_equal (*top, "..") || g_str_equal (*top, "."))
    return fail (archive, AM_ERROR_CORRUPT, "the archive's folder is named \"%s\"", *top);
  return TRUE;
}

static gboolean
check_entry (const Archive *archive, const AmZipEntry *entry)
{
  g_autofree char *shown = am_printable (entry->name, strlen (entry->name));
  gsize length = strlen (archive->top);

  if (strncmp (entry->name, archive->top, length) != 0 || entry->name[length] != '/'
      || !is_customary (entry->name + length + 1))
    return fail (archive, AM_ERROR_CORRUPT, "the archive holds \"%s\", which has no place in a torch file",
                 shown);
  if (entry->method != 0)
    return fail (archive, AM_ERROR_UNSUPPORTED,
                 "\"%s\" is compressed, which torch never does: unpack the archive and zip it again without "
                 "compression",
                 shown);
  return TRUE;
}

static gboolean
check_entries (const Archive *archive)
{
  guint n = am_zip_directory_get_n_entries (archive->directory);

  if (find (archive, "constants.pkl") != NULL)
    return fail (archive, AM_ERROR_UNSUPPORTED,
                 "this is a TorchScript program, not a checkpoint; save the module's state_dict() instead");
  for (guint i = 0; i < n; i++)
    if (!check_entry (archive, am_zip_directory_get_entry (archive->directory, i)))
      return FALSE;
  return TRUE;
}

static gboolean
check_byte_order (const Archive *archive)
{
  const AmZipEntry *entry = find (archive, "byteorder");
  char order[7] = { 0 };

  if (entry == NULL)
    return TRUE;
  if (entry->size >= sizeof order)
    return fail (archive, AM_ERROR_CORRUPT, "its byteorder entry has %" G_GUINT64_FORMAT " bytes",
                 entry->size);
  if (!am_checkpoint_pread (archive->checkpoint, archive->file, entry->data_offset, (gsize)entry->size, order,
                            archive->error))
    return FALSE;
  if (g_str_equal (order, "big"))
    return fail (archive, AM_ERROR_UNSUPPORTED,
                 "this file was saved on a big-endian machine; load and save it on a little-endian one");
  if (!g_str_equal (order, "little"))
    return fail (archive, AM_ERROR_CORRUPT, "its byteorder is neither little nor big");
  return TRUE;
}

static gboolean
find_storage (gconstpointer data, const AmTorchStorage *storage, AmTorchExtent *extent)
{
  const Archive *archive = data;
  const AmZipEntry *entry;

  if (storage->key_length == 0 || storage->key_length > 20)
    return FALSE;
  g_autofree char *key = g_strndup (storage->key, storage->key_length);
  g_autofree char *name = g_strconcat ("data/", key, NULL);
  entry = is_number (key) ? find (archive, name) : NULL;
  if (entry == NULL)
    return FALSE;
  *extent = (AmTorchExtent){ entry->data_offset, entry->size };
  return TRUE;
}

static guint8 *
read_pickle (const Archive *archive, gsize *size)
{
  const AmZipEntry *entry = find (archive, "data.pkl");
  guint8 *bytes;

  if (entry->size > MOST_PICKLE)
    {
      fail (archive, AM_ERROR_UNSUPPORTED, "its data.pkl has %" G_GUINT64_FORMAT " bytes, more than 256 MiB",
            entry->size);
      return NULL;
    }
  *size = (gsize)entry->size;
  bytes = g_malloc (MAX (*size, 1));
  if (am_checkpoint_pread (archive->checkpoint, archive->file, entry->data_offset, *size, bytes,
                           archive->error))
    return bytes;
  g_free (bytes);
  return NULL;
}

static gboolean
read_state (const Archive *archive)
{
  g_autofree char *name = g_strconcat (archive->path, ": data.pkl", NULL);
  gsize size, used;
  gboolean truncated;
  g_autofree guint8 *bytes = read_pickle (archive, &size);
  g_autoptr (AmPickle) pickle
      = bytes != NULL ? am_pickle_parse (bytes, size, name, &used, &truncated, archive->error) : NULL;

  if (pickle == NULL)
    return FALSE;
  if (used != size)
    return fail (archive, AM_ERROR_CORRUPT, "data.pkl goes on for %" G_GSIZE_FORMAT " bytes after its end",
                 size - used);
  const AmTorchSource source
      = { .pickle = pickle, .file = archive->file, .find = find_storage, .data = archive };
  return am_torch_state_read (archive->checkpoint, &source, archive->error);
}

gboolean
am_torch_zip_read (AmCheckpoint *checkpoint, guint file, GError **error)
{
  g_autoptr (AmZipDirectory) directory = am_zip_directory_read (checkpoint, file, error);
  g_autofree char *top = NULL;
  Archive archive = {
    .checkpoint = checkpoint,
    .file = file,
    .path = am_checkpoint_get_file (checkpoint, file),
    .directory = directory,
    .error = error,
  };

  return directory != NULL && find_top (&archive, &top) && check_entries (&archive)
         && check_byte_order (&archive) && read_state (&archive);
}
