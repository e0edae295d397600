/* GGUF: header, key-value pairs, tensor infos, then aligned data. Dimensions are written fastest first. */
#include "checkpoint/checkpoint-private.h"

#include "checkpoint/gguf-cursor.h"
#include "checkpoint/gguf-value.h"
#include "checkpoint/little-endian.h"
#include "checkpoint/printable.h"

#define MOST_TENSORS 1000000
#define MOST_PAIRS 1000000
#define MOST_KEY 65535
#define MOST_NAME 1024
#define MOST_METADATA 65536
#define MOST_ALIGNMENT (1u << 20)
#define DEFAULT_ALIGNMENT 32
#define MOST_DIMS 4
#define MOST_ORIGINAL_DIMS 8
#define ORIGINAL_SHAPE "comfy.gguf.orig_shape."

#define SMALLEST_INFO 24 /* empty name, no dimension */
#define SMALLEST_PAIR 13 /* empty key, one byte */

#define Q8_0_ELEMENTS 32
#define Q8_0_BYTES 34

typedef struct
{
  guint n_dims;
  guint64 dims[MOST_ORIGINAL_DIMS]; /* slowest first */
} Shape;

typedef struct
{
  char *name;
  Shape shape;
  guint32 type;
  guint64 offset; /* from the start of the data */
  guint64 size;   /* bytes in the file */
} Info;

typedef struct
{
  AmCheckpoint *checkpoint;
  AmGgufCursor cursor;
  GHashTable *keys;      /* seen so far */
  GHashTable *originals; /* tensor name -> Shape */
  GArray *infos;         /* of Info */
  guint64 alignment;
} Gguf;

static gboolean fail (Gguf *gguf, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (Gguf *gguf, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  return am_gguf_cursor_fail (&gguf->cursor, AM_ERROR_CORRUPT, "%s", message);
}

static gboolean
check_value_type (Gguf *gguf, guint32 type, const char *key)
{
  if (type < AM_GGUF_N_VALUES)
    return TRUE;
  g_autofree char *shown = am_printable (key, strlen (key));
  return fail (gguf, "key \"%s\" has a value of unknown type %u", shown, type);
}

static gboolean
skip_elements (Gguf *gguf, guint32 type, guint64 n, const char *key)
{
  if (am_gguf_value_get_size (type) > 0)
    return am_gguf_cursor_skip (&gguf->cursor, n, am_gguf_value_get_size (type));
  if (type == AM_GGUF_ARRAY)
    {
      g_autofree char *shown = am_printable (key, strlen (key));
      return fail (gguf, "key \"%s\" holds an array of arrays", shown);
    }
  if (n > am_gguf_cursor_get_left (&gguf->cursor) / 8)
    return fail (gguf, "an array of %" G_GUINT64_FORMAT " strings does not fit into the file", n);
  for (guint64 i = 0; i < n; i++)
    if (!am_gguf_cursor_skip_string (&gguf->cursor))
      return FALSE;
  return TRUE;
}

/* The shape a tensor had before it was flattened, in torch's order: an array of any integer type. */
static gboolean
read_original_shape (Gguf *gguf, const char *name, guint32 type, guint64 n)
{
  g_autofree Shape *shape = g_new0 (Shape, 1);
  g_autofree char *shown = am_printable (name, strlen (name));

  if ((type != AM_GGUF_I32 && type != AM_GGUF_U32 && type != AM_GGUF_I64 && type != AM_GGUF_U64)
      || n > MOST_ORIGINAL_DIMS)
    return fail (gguf, "the original shape of tensor \"%s\" is not a list of at most %d integers", shown,
                 MOST_ORIGINAL_DIMS);
  shape->n_dims = (guint)n;
  for (guint64 i = 0; i < n; i++)
    {
      guint8 bytes[8] = { 0 };
      if (!am_gguf_cursor_read (&gguf->cursor, am_gguf_value_get_size (type), bytes))
        return FALSE;
      if ((type == AM_GGUF_I32 && bytes[3] & 0x80) || (type == AM_GGUF_I64 && bytes[7] & 0x80))
        return fail (gguf, "the original shape of tensor \"%s\" is negative", shown);
      shape->dims[i] = am_read_le64 (bytes);
    }
  g_hash_table_insert (gguf->originals, g_strdup (name), g_steal_pointer (&shape));
  return TRUE;
}

static gboolean
read_array (Gguf *gguf, const char *key)
{
  guint32 type;
  guint64 n;

  if (!am_gguf_cursor_read_u32 (&gguf->cursor, &type) || !am_gguf_cursor_read_u64 (&gguf->cursor, &n)
      || !check_value_type (gguf, type, key))
    return FALSE;
  if (g_str_has_prefix (key, ORIGINAL_SHAPE))
    return read_original_shape (gguf, key + strlen (ORIGINAL_SHAPE), type, n);
  return skip_elements (gguf, type, n, key);
}

/* Texts about the model are kept, a tokenizer's are not. */
static gboolean
read_text (Gguf *gguf, const char *key)
{
  g_autofree char *value = NULL;

  if (!g_str_has_prefix (key, "general."))
    return am_gguf_cursor_skip_string (&gguf->cursor);
  if (!am_gguf_cursor_read_string (&gguf->cursor, MOST_METADATA, "the text of a general key", &value))
    return FALSE;
  am_checkpoint_set_metadata (gguf->checkpoint, key, value);
  return TRUE;
}

/* Numbers of the network are kept: how many heads an attention has stands nowhere else. */
static gboolean
read_number (Gguf *gguf, guint32 type, const char *key)
{
  guint8 bytes[AM_GGUF_MOST_BYTES];
  g_autofree char *text = NULL;

  if (!am_gguf_cursor_read (&gguf->cursor, am_gguf_value_get_size (type), bytes))
    return FALSE;
  if (g_str_has_prefix (key, "general.") || g_str_has_prefix (key, "tokenizer."))
    return TRUE;
  text = am_gguf_value_to_text (type, bytes);
  if (text != NULL)
    am_checkpoint_set_metadata (gguf->checkpoint, key, text);
  return TRUE;
}

static gboolean
read_alignment (Gguf *gguf, guint32 type)
{
  guint32 value;

  if (type != AM_GGUF_U32)
    return fail (gguf, "general.alignment is not a 32-bit number");
  if (!am_gguf_cursor_read_u32 (&gguf->cursor, &value))
    return FALSE;
  if (value == 0 || value > MOST_ALIGNMENT || (value & (value - 1)) != 0)
    return fail (gguf, "general.alignment is %u, not a power of two up to %u", value, MOST_ALIGNMENT);
  gguf->alignment = value;
  return TRUE;
}

static gboolean
read_pair (Gguf *gguf)
{
  g_autofree char *key = NULL;
  guint32 type;

  if (!am_gguf_cursor_read_string (&gguf->cursor, MOST_KEY, "a key", &key)
      || !am_gguf_cursor_read_u32 (&gguf->cursor, &type) || !check_value_type (gguf, type, key))
    return FALSE;
  if (!g_hash_table_add (gguf->keys, g_strdup (key)))
    {
      g_autofree char *shown = am_printable (key, strlen (key));
      return fail (gguf, "key \"%s\" is there twice", shown);
    }
  if (g_str_equal (key, "general.alignment"))
    return read_alignment (gguf, type);
  if (type == AM_GGUF_ARRAY)
    return read_array (gguf, key);
  if (type == AM_GGUF_STRING)
    return read_text (gguf, key);
  return read_number (gguf, type, key);
}

static void
info_clear (gpointer data)
{
  g_free (((Info *)data)->name);
}

static gboolean
read_info (Gguf *gguf, Info *info)
{
  guint32 n_dims;
  guint64 dims[MOST_DIMS];

  if (!am_gguf_cursor_read_string (&gguf->cursor, MOST_NAME, "a tensor's name", &info->name)
      || !am_gguf_cursor_read_u32 (&gguf->cursor, &n_dims))
    return FALSE;
  g_autofree char *shown = am_printable (info->name, strlen (info->name));
  if (n_dims > MOST_DIMS)
    return fail (gguf, "tensor \"%s\" has %u dimensions, more than %d", shown, n_dims, MOST_DIMS);
  for (guint i = 0; i < n_dims; i++)
    if (!am_gguf_cursor_read_u64 (&gguf->cursor, &dims[i]))
      return FALSE;
  info->shape.n_dims = n_dims;
  for (guint i = 0; i < n_dims; i++)
    info->shape.dims[i] = dims[n_dims - 1 - i];
  return am_gguf_cursor_read_u32 (&gguf->cursor, &info->type)
         && am_gguf_cursor_read_u64 (&gguf->cursor, &info->offset);
}

static gboolean
read_header (Gguf *gguf, guint64 *n_tensors, guint64 *n_pairs)
{
  guint32 magic, version;

  if (!am_gguf_cursor_read_u32 (&gguf->cursor, &magic) || !am_gguf_cursor_read_u32 (&gguf->cursor, &version))
    return FALSE;
  if (magic != 0x46554747)
    return fail (gguf, "this is no GGUF file");
  if (version != 0 && (version & 0xffff) == 0)
    return am_gguf_cursor_fail (&gguf->cursor, AM_ERROR_UNSUPPORTED,
                                "this is a big-endian GGUF file; convert it to little-endian first");
  if (version < 2 || version > 3)
    return am_gguf_cursor_fail (
        &gguf->cursor, AM_ERROR_UNSUPPORTED,
        "GGUF version %u is not read, only 2 and 3; convert it with a current converter", version);
  if (!am_gguf_cursor_read_u64 (&gguf->cursor, n_tensors)
      || !am_gguf_cursor_read_u64 (&gguf->cursor, n_pairs))
    return FALSE;
  if (*n_tensors > MIN (MOST_TENSORS, am_gguf_cursor_get_left (&gguf->cursor) / SMALLEST_INFO))
    return fail (gguf,
                 "the header promises %" G_GUINT64_FORMAT
                 " tensors, more than the file can hold: incomplete download or copy",
                 *n_tensors);
  if (*n_pairs > MIN (MOST_PAIRS, am_gguf_cursor_get_left (&gguf->cursor) / SMALLEST_PAIR))
    return fail (gguf,
                 "the header promises %" G_GUINT64_FORMAT
                 " keys, more than the file can hold: incomplete download or copy",
                 *n_pairs);
  return TRUE;
}

static gboolean
read_tables (Gguf *gguf)
{
  guint64 n_tensors, n_pairs;

  if (!read_header (gguf, &n_tensors, &n_pairs))
    return FALSE;
  for (guint64 i = 0; i < n_pairs; i++)
    if (!read_pair (gguf))
      return FALSE;
  for (guint64 i = 0; i < n_tensors; i++)
    {
      g_array_set_size (gguf->infos, gguf->infos->len + 1);
      if (!read_info (gguf, &g_array_index (gguf->infos, Info, gguf->infos->len - 1)))
        return FALSE;
    }
  return TRUE;
}

typedef struct
{
  const char *name;
  AmDtype dtype; /* AM_DTYPE_NONE for packed types that are refused */
} TensorType;

static const TensorType tensor_types[] = {
  [0] = { "F32", AM_DTYPE_F32 },       [1] = { "F16", AM_DTYPE_F16 },
  [2] = { "Q4_0", AM_DTYPE_NONE },     [3] = { "Q4_1", AM_DTYPE_NONE },
  [6] = { "Q5_0", AM_DTYPE_NONE },     [7] = { "Q5_1", AM_DTYPE_NONE },
  [8] = { "Q8_0", AM_DTYPE_F16 },      [9] = { "Q8_1", AM_DTYPE_NONE },
  [10] = { "Q2_K", AM_DTYPE_NONE },    [11] = { "Q3_K", AM_DTYPE_NONE },
  [12] = { "Q4_K", AM_DTYPE_NONE },    [13] = { "Q5_K", AM_DTYPE_NONE },
  [14] = { "Q6_K", AM_DTYPE_NONE },    [15] = { "Q8_K", AM_DTYPE_NONE },
  [16] = { "IQ2_XXS", AM_DTYPE_NONE }, [17] = { "IQ2_XS", AM_DTYPE_NONE },
  [18] = { "IQ3_XXS", AM_DTYPE_NONE }, [19] = { "IQ1_S", AM_DTYPE_NONE },
  [20] = { "IQ4_NL", AM_DTYPE_NONE },  [21] = { "IQ3_S", AM_DTYPE_NONE },
  [22] = { "IQ2_S", AM_DTYPE_NONE },   [23] = { "IQ4_XS", AM_DTYPE_NONE },
  [24] = { "I8", AM_DTYPE_I8 },        [25] = { "I16", AM_DTYPE_I16 },
  [26] = { "I32", AM_DTYPE_I32 },      [27] = { "I64", AM_DTYPE_I64 },
  [28] = { "F64", AM_DTYPE_F64 },      [29] = { "IQ1_M", AM_DTYPE_NONE },
  [30] = { "BF16", AM_DTYPE_BF16 },    [34] = { "TQ1_0", AM_DTYPE_NONE },
  [35] = { "TQ2_0", AM_DTYPE_NONE },   [39] = { "MXFP4", AM_DTYPE_NONE },
};

#define TYPE_Q8_0 8

static const TensorType *
find_type (Gguf *gguf, const Info *info)
{
  g_autofree char *shown = am_printable (info->name, strlen (info->name));
  const TensorType *type = info->type < G_N_ELEMENTS (tensor_types) ? &tensor_types[info->type] : NULL;

  if (type == NULL || type->name == NULL)
    am_gguf_cursor_fail (&gguf->cursor, AM_ERROR_UNSUPPORTED, "tensor \"%s\" has type %u, which is not known",
                         shown, info->type);
  else if (type->dtype == AM_DTYPE_NONE)
    am_gguf_cursor_fail (&gguf->cursor, AM_ERROR_UNSUPPORTED,
                         "tensor \"%s\": %s tensors are packed; convert the file to F16 or Q8_0 first", shown,
                         type->name);
  else
    return type;
  return NULL;
}

static gboolean
multiply (const Shape *shape, guint64 *product)
{
  *product = 1;
  for (guint i = 0; i < shape->n_dims; i++)
    if (!g_uint64_checked_mul (product, *product, shape->dims[i]))
      return FALSE;
  return TRUE;
}

/* Sets @info's size. */
static gboolean
measure (Gguf *gguf, Info *info)
{
  const TensorType *type = find_type (gguf, info);
  g_autofree char *shown = am_printable (info->name, strlen (info->name));
  guint64 length;

  if (type == NULL)
    return FALSE;
  if (!multiply (&info->shape, &length))
    return fail (gguf, "the shape of tensor \"%s\" does not fit into 64 bits", shown);
  if (info->type == TYPE_Q8_0)
    {
      guint64 row = info->shape.n_dims > 0 ? info->shape.dims[info->shape.n_dims - 1] : 1;
      if (row % Q8_0_ELEMENTS != 0)
        return fail (gguf, "rows of tensor \"%s\" have %" G_GUINT64_FORMAT " elements, no multiple of %d",
                     shown, row, Q8_0_ELEMENTS);
      if (g_uint64_checked_mul (&info->size, length / Q8_0_ELEMENTS, Q8_0_BYTES))
        return TRUE;
    }
  else if (g_uint64_checked_mul (&info->size, length, am_dtype_get_bits (type->dtype) / 8))
    return TRUE;
  return fail (gguf, "the size of tensor \"%s\" does not fit into 64 bits", shown);
}

static gint
compare_offsets (gconstpointer a, gconstpointer b)
{
  const Info *left = a, *right = b;

  if (left->offset != right->offset)
    return left->offset < right->offset ? -1 : 1;
  return left->size < right->size ? -1 : left->size > right->size;
}

/* Sorts the infos: no two may share bytes, so that tensors never hold more than the file. */
static gboolean
check_layout (Gguf *gguf, guint64 data_size)
{
  guint64 end = 0;

  for (guint i = 0; i < gguf->infos->len; i++)
    if (!measure (gguf, &g_array_index (gguf->infos, Info, i)))
      return FALSE;
  g_array_sort (gguf->infos, compare_offsets);
  for (guint i = 0; i < gguf->infos->len; i++)
    {
      const Info *info = &g_array_index (gguf->infos, Info, i);
      g_autofree char *shown = am_printable (info->name, strlen (info->name));
      if (info->offset % gguf->alignment != 0)
        return fail (
            gguf, "tensor \"%s\" begins at offset %" G_GUINT64_FORMAT ", no multiple of %" G_GUINT64_FORMAT,
            shown, info->offset, gguf->alignment);
      if (info->offset > data_size || info->size > data_size - info->offset)
        return fail (gguf,
                     "tensor \"%s\" wants %" G_GUINT64_FORMAT " bytes at offset %" G_GUINT64_FORMAT
                     " of %" G_GUINT64_FORMAT " bytes of data: incomplete download or copy",
                     shown, info->size, info->offset, data_size);
      if (info->size > 0 && info->offset < end)
        return fail (gguf, "the data of tensor \"%s\" overlap another's", shown);
      end = MAX (end, info->offset + info->size);
    }
  return TRUE;
}

/* The shape to hand out: as before flattening where the file says so. */
static const Shape *
get_shape (Gguf *gguf, const Info *info)
{
  const Shape *original = g_hash_table_lookup (gguf->originals, info->name);
  guint64 before, now;

  if (original == NULL)
    return &info->shape;
  if (multiply (original, &before) && multiply (&info->shape, &now) && before == now)
    return original;
  g_autofree char *shown = am_printable (info->name, strlen (info->name));
  fail (gguf, "the original shape of tensor \"%s\" has another number of elements", shown);
  return NULL;
}

static gboolean
add_tensor (Gguf *gguf, const Info *info, guint64 data_start)
{
  const Shape *shape = get_shape (gguf, info);
  AmTensorPiece *piece = am_checkpoint_alloc (gguf->checkpoint, sizeof *piece);
  AmTensorStorage *storage = am_checkpoint_alloc (gguf->checkpoint, sizeof *storage);
  guint64 *dims;

  if (shape == NULL || !multiply (shape, &piece->length))
    return FALSE;
  dims = am_checkpoint_alloc (gguf->checkpoint, shape->n_dims * sizeof *dims);
  memcpy (dims, shape->dims, shape->n_dims * sizeof *dims);
  piece->file = gguf->cursor.file;
  piece->offset = data_start + info->offset;
  storage->packing = info->type == TYPE_Q8_0 ? AM_PACKING_Q8_0 : AM_PACKING_PLAIN;
  storage->dtype = info->type == TYPE_Q8_0 ? AM_DTYPE_I8 : tensor_types[info->type].dtype;
  storage->n_pieces = 1;
  storage->pieces = piece;
  const AmTensor tensor = {
    .name = am_checkpoint_strndup (gguf->checkpoint, info->name, strlen (info->name)),
    .dtype = tensor_types[info->type].dtype,
    .stored = tensor_types[info->type].name,
    .n_dims = shape->n_dims,
    .shape = dims,
    .storage = storage,
  };
  return am_checkpoint_add_tensor (gguf->checkpoint, &tensor, gguf->cursor.error);
}

static gboolean
read_gguf (Gguf *gguf)
{
  guint64 start;

  if (!read_tables (gguf))
    return FALSE;
  start = (gguf->cursor.at + gguf->alignment - 1) & ~(gguf->alignment - 1);
  if (start > gguf->cursor.file_size)
    {
      if (gguf->infos->len > 0)
        return fail (gguf, "the file ends where its data should begin: incomplete download or copy");
      start = gguf->cursor.file_size;
    }
  if (!check_layout (gguf, gguf->cursor.file_size - start))
    return FALSE;
  for (guint i = 0; i < gguf->infos->len; i++)
    if (!add_tensor (gguf, &g_array_index (gguf->infos, Info, i), start))
      return FALSE;
  return TRUE;
}

gboolean
am_gguf_read (AmCheckpoint *checkpoint, guint file, GError **error)
{
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) originals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GArray) infos = g_array_new (FALSE, TRUE, sizeof (Info));
  Gguf gguf = {
    .checkpoint = checkpoint,
    .cursor = { .checkpoint = checkpoint,
                .file = file,
                .file_size = am_checkpoint_file_size (checkpoint, file),
                .error = error },
    .keys = keys,
    .originals = originals,
    .infos = infos,
    .alignment = DEFAULT_ALIGNMENT,
  };
  gboolean done;

  g_array_set_clear_func (infos, info_clear);
  done = read_gguf (&gguf);
  am_gguf_cursor_clear (&gguf.cursor);
  return done;
}
