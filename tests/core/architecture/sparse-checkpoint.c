#include "sparse-checkpoint.h"

#include "fixture-checkpoint.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  char *name;
  char *shape;
  gboolean is_integer;
} Row;

struct _Sparse
{
  GPtrArray *rows;
  char *metadata;
};

static void
row_free (gpointer data)
{
  Row *row = data;

  g_free (row->name);
  g_free (row->shape);
  g_free (row);
}

Sparse *
sparse_new (void)
{
  Sparse *sparse = g_new0 (Sparse, 1);

  sparse->rows = g_ptr_array_new_with_free_func (row_free);
  return sparse;
}

void
sparse_free (Sparse *sparse)
{
  g_ptr_array_unref (sparse->rows);
  g_free (sparse->metadata);
  g_free (sparse);
}

void
sparse_add (Sparse *sparse, const char *name, const char *shape)
{
  Row *row = g_new0 (Row, 1);

  row->name = g_strdup (name);
  row->shape = g_strdup (shape);
  row->is_integer = g_str_has_suffix (name, "position_ids");
  g_ptr_array_add (sparse->rows, row);
}

void
sparse_add_metadata (Sparse *sparse, const char *key, const char *value)
{
  g_free (sparse->metadata);
  sparse->metadata = g_strdup_printf ("\"__metadata__\":{\"%s\":\"%s\"},", key, value);
}

static char *
format_shape (const AmExpectedTensor *row)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < row->n_dims; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", row->shape[i]);
  return g_string_free (text, FALSE);
}

void
sparse_add_family (Sparse *sparse, AmFamily family, guint divisor, gboolean with_optional)
{
  g_autoptr (GArray) table = am_family_list_tensors (family, divisor);

  for (guint i = 0; i < table->len; i++)
    {
      const AmExpectedTensor *row = &g_array_index (table, AmExpectedTensor, i);
      g_autofree char *shape = format_shape (row);

      if (with_optional || !row->is_optional)
        sparse_add (sparse, row->name, shape);
    }
}

void
sparse_rename_prefix (Sparse *sparse, const char *from, const char *to)
{
  for (guint i = 0; i < sparse->rows->len; i++)
    {
      Row *row = g_ptr_array_index (sparse->rows, i);
      g_autofree char *old = NULL;

      if (!g_str_has_prefix (row->name, from))
        continue;
      old = row->name;
      row->name = g_strconcat (to, old + strlen (from), NULL);
    }
}

static void
filter_prefix (Sparse *sparse, const char *prefix, gboolean keep)
{
  for (guint i = sparse->rows->len; i-- > 0;)
    if (g_str_has_prefix (((Row *)g_ptr_array_index (sparse->rows, i))->name, prefix) != keep)
      g_ptr_array_remove_index (sparse->rows, i);
}

void
sparse_remove_prefix (Sparse *sparse, const char *prefix)
{
  filter_prefix (sparse, prefix, FALSE);
}

void
sparse_keep_prefix (Sparse *sparse, const char *prefix)
{
  filter_prefix (sparse, prefix, TRUE);
}

void
sparse_reshape (Sparse *sparse, const char *name, const char *shape)
{
  for (guint i = 0; i < sparse->rows->len; i++)
    {
      Row *row = g_ptr_array_index (sparse->rows, i);

      if (!g_str_equal (row->name, name))
        continue;
      g_free (row->shape);
      row->shape = g_strdup (shape);
      return;
    }
  g_assert_not_reached ();
}

static guint64
measure (const Row *row)
{
  g_auto (GStrv) parts = g_strsplit (row->shape, ",", -1);
  guint64 size = row->is_integer ? 8 : 2;

  for (guint i = 0; parts[i] != NULL; i++)
    size *= g_ascii_strtoull (parts[i], NULL, 10);
  return size;
}

/* Header with its length in front, padded to a multiple of 8. */
static GString *
make_header (const Sparse *sparse, guint64 *data_size)
{
  GString *header = g_string_new ("{");
  guint64 offset = 0;

  g_string_append (header, sparse->metadata != NULL ? sparse->metadata : "");
  for (guint i = 0; i < sparse->rows->len; i++)
    {
      const Row *row = g_ptr_array_index (sparse->rows, i);
      guint64 end = offset + measure (row);

      g_string_append_printf (header,
                              "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%" G_GUINT64_FORMAT
                              ",%" G_GUINT64_FORMAT "]}",
                              i > 0 ? "," : "", row->name, row->is_integer ? "I64" : "F16", row->shape,
                              offset, end);
      offset = end;
    }
  g_string_append_c (header, '}');
  while (header->len % 8 != 0)
    g_string_append_c (header, ' ');
  *data_size = offset;
  return header;
}

void
sparse_write (const Sparse *sparse, const char *path)
{
  guint64 data_size;
  g_autoptr (GString) header = make_header (sparse, &data_size);
  guint64 length = GUINT64_TO_LE (header->len);
  int fd = g_open (path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, &length, sizeof length), ==, sizeof length);
  g_assert_cmpint (write (fd, header->str, header->len), ==, (gssize)header->len);
  g_assert_no_errno (ftruncate (fd, (off_t)(sizeof length + header->len + data_size)));
  g_assert_no_errno (close (fd));
}

AmCheckpoint *
sparse_open (const Sparse *sparse)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  AmCheckpoint *checkpoint;

  sparse_write (sparse, path);
  checkpoint = am_checkpoint_open (path, &error);
  g_assert_no_error (error);
  fixture_remove_folder (folder);
  return checkpoint;
}
