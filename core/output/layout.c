#include "output/layout.h"

#include <string.h>

#include "output/file-writer.h"

#define HEADER_LIMIT 100000000

static int
compare_names (gconstpointer a, gconstpointer b, gpointer tensors)
{
  const AmLayoutTensor *list = tensors;

  return strcmp (list[*(const guint *)a].name, list[*(const guint *)b].name);
}

static int
compare_file_order (gconstpointer a, gconstpointer b, gpointer tensors)
{
  const AmLayoutTensor *list = tensors;
  AmDtype dtype_a = list[*(const guint *)a].dtype;
  AmDtype dtype_b = list[*(const guint *)b].dtype;

  if (dtype_a != dtype_b)
    return dtype_a > dtype_b ? -1 : 1;
  return compare_names (a, b, tensors);
}

/* Fills files in name order; returns the number of files. */
static guint
assign_files (AmLayout *self, const guint *by_name, guint64 shard_size)
{
  guint file = 0;
  guint64 filled = 0;

  for (guint i = 0; i < self->n_tensors; i++)
    {
      AmLayoutTensor *tensor = &self->tensors[by_name[i]];

      if (shard_size > 0 && filled > 0 && filled + tensor->size > shard_size)
        {
          file++;
          filled = 0;
        }
      tensor->file = file;
      filled += tensor->size;
    }
  return file + 1;
}

static void
fill_file (AmLayout *self, guint file, const guint *by_name, gboolean is_sharded)
{
  AmLayoutFile *out = &self->files[file];

  out->tensors = g_new (guint, self->n_tensors + 1);
  for (guint i = 0; i < self->n_tensors; i++)
    if (self->tensors[by_name[i]].file == file)
      out->tensors[out->n_tensors++] = by_name[i];
  g_qsort_with_data (out->tensors, (gint)out->n_tensors, sizeof (guint), compare_file_order, self->tensors);
  out->tensors = g_renew (guint, out->tensors, out->n_tensors + 1);

  for (guint i = 0; i < out->n_tensors; i++)
    {
      self->tensors[out->tensors[i]].offset = out->data_size;
      out->data_size += self->tensors[out->tensors[i]].size;
    }
  if (is_sharded)
    out->name = g_strdup_printf ("model-%05u-of-%05u.safetensors", file + 1, self->n_files);
}

AmLayout *
am_layout_new (AmLayoutTensor *tensors, guint n_tensors, guint64 shard_size)
{
  AmLayout *self = g_new0 (AmLayout, 1);
  g_autofree guint *by_name = g_new (guint, n_tensors + 1);

  self->tensors = tensors;
  self->n_tensors = n_tensors;
  for (guint i = 0; i < n_tensors; i++)
    by_name[i] = i;
  g_qsort_with_data (by_name, (gint)n_tensors, sizeof (guint), compare_names, tensors);

  self->n_files = assign_files (self, by_name, shard_size);
  self->files = g_new0 (AmLayoutFile, self->n_files);
  for (guint i = 0; i < self->n_files; i++)
    fill_file (self, i, by_name, shard_size > 0);
  return self;
}

void
am_layout_free (AmLayout *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->n_files; i++)
    {
      g_free (self->files[i].name);
      g_free (self->files[i].tensors);
    }
  g_free (self->files);
  g_free (self->tensors);
  g_free (self);
}

/* JSON string as the official writer has it: only what must be escaped is. */
static void
append_string (GString *json, const char *text)
{
  g_string_append_c (json, '"');
  for (const guchar *at = (const guchar *)text; *at != '\0'; at++)
    switch (*at)
      {
      case '"':
        g_string_append (json, "\\\"");
        break;
      case '\\':
        g_string_append (json, "\\\\");
        break;
      case '\n':
        g_string_append (json, "\\n");
        break;
      case '\r':
        g_string_append (json, "\\r");
        break;
      case '\t':
        g_string_append (json, "\\t");
        break;
      case '\b':
        g_string_append (json, "\\b");
        break;
      case '\f':
        g_string_append (json, "\\f");
        break;
      default:
        if (*at < 0x20)
          g_string_append_printf (json, "\\u%04x", *at);
        else
          g_string_append_c (json, (char)*at);
      }
  g_string_append_c (json, '"');
}

static void
append_metadata (GString *json, GHashTable *metadata)
{
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (metadata), (GCompareFunc)strcmp);

  g_string_append (json, "\"__metadata__\":{");
  for (GList *key = keys; key != NULL; key = key->next)
    {
      if (key != keys)
        g_string_append_c (json, ',');
      append_string (json, key->data);
      g_string_append_c (json, ':');
      append_string (json, g_hash_table_lookup (metadata, key->data));
    }
  g_string_append_c (json, '}');
}

static void
append_tensor (GString *json, const AmLayoutTensor *tensor)
{
  if (json->len > 1)
    g_string_append_c (json, ',');
  append_string (json, tensor->name);
  g_string_append_printf (json, ":{\"dtype\":\"%s\",\"shape\":[", am_dtype_get_name (tensor->dtype));
  for (guint i = 0; i < tensor->n_dims; i++)
    g_string_append_printf (json, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", tensor->shape[i]);
  g_string_append_printf (json, "],\"data_offsets\":[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]}",
                          tensor->offset, tensor->offset + tensor->size);
}

static GByteArray *
pad_header (const GString *json, gsize minimum_size)
{
  gsize size = MAX (json->len + 8, minimum_size);
  gsize padded = (size + AM_FILE_ALIGNMENT - 1) / AM_FILE_ALIGNMENT * AM_FILE_ALIGNMENT;
  guint64 length = GUINT64_TO_LE ((guint64)padded - 8);
  GByteArray *header = g_byte_array_sized_new ((guint)padded);

  g_byte_array_set_size (header, (guint)padded);
  memset (header->data, ' ', padded);
  memcpy (header->data, &length, 8);
  memcpy (header->data + 8, json->str, json->len);
  return header;
}

GByteArray *
am_layout_make_header (const AmLayout *self, guint file, GHashTable *metadata, gsize minimum_size,
                       GError **error)
{
  const AmLayoutFile *out = &self->files[file];
  g_autoptr (GString) json = g_string_new ("{");

  if (metadata != NULL && g_hash_table_size (metadata) > 0)
    append_metadata (json, metadata);
  for (guint i = 0; i < out->n_tensors; i++)
    {
      const AmLayoutTensor *tensor = &self->tensors[out->tensors[i]];

      if (strcmp (tensor->name, "__metadata__") == 0)
        {
          g_set_error_literal (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                               "a tensor named “__metadata__” cannot be stored in a safetensors file");
          return NULL;
        }
      append_tensor (json, tensor);
    }
  g_string_append_c (json, '}');

  if (json->len > HEADER_LIMIT - AM_FILE_ALIGNMENT)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   "the header would have %" G_GSIZE_FORMAT " bytes; safetensors allows 100000000",
                   json->len);
      return NULL;
    }
  return pad_header (json, minimum_size);
}

char *
am_layout_make_index (const AmLayout *self)
{
  g_autoptr (GString) json = g_string_new ("{\n  \"metadata\": {\n    \"total_size\": ");
  g_autofree guint *by_name = g_new (guint, self->n_tensors + 1);
  guint64 total = 0;

  for (guint i = 0; i < self->n_tensors; i++)
    {
      by_name[i] = i;
      total += self->tensors[i].size;
    }
  g_qsort_with_data (by_name, (gint)self->n_tensors, sizeof (guint), compare_names, self->tensors);
  g_string_append_printf (json, "%" G_GUINT64_FORMAT "\n  },\n  \"weight_map\": {", total);
  for (guint i = 0; i < self->n_tensors; i++)
    {
      const AmLayoutTensor *tensor = &self->tensors[by_name[i]];

      g_string_append (json, i > 0 ? ",\n    " : "\n    ");
      append_string (json, tensor->name);
      g_string_append (json, ": ");
      append_string (json, self->files[tensor->file].name);
    }
  g_string_append (json, "\n  }\n}\n");
  return g_string_free (g_steal_pointer (&json), FALSE);
}
