#include "checkpoint/torch-state.h"

typedef struct
{
  const char *type;
  AmDtype dtype;
  guint size;
} StorageType;

/* Size 0: known, and refused by name. */
static const StorageType types[] = {
  { "DoubleStorage", AM_DTYPE_F64, 8 },       { "FloatStorage", AM_DTYPE_F32, 4 },
  { "HalfStorage", AM_DTYPE_F16, 2 },         { "BFloat16Storage", AM_DTYPE_BF16, 2 },
  { "LongStorage", AM_DTYPE_I64, 8 },         { "IntStorage", AM_DTYPE_I32, 4 },
  { "ShortStorage", AM_DTYPE_I16, 2 },        { "CharStorage", AM_DTYPE_I8, 1 },
  { "ByteStorage", AM_DTYPE_U8, 1 },          { "BoolStorage", AM_DTYPE_BOOL, 1 },
  { "ComplexFloatStorage", AM_DTYPE_C64, 8 }, { "ComplexDoubleStorage", AM_DTYPE_NONE, 16 },
  { "UntypedStorage", AM_DTYPE_NONE, 1 },     { "QInt8Storage", AM_DTYPE_NONE, 0 },
  { "QUInt8Storage", AM_DTYPE_NONE, 0 },      { "QInt32Storage", AM_DTYPE_NONE, 0 },
  { "QUInt4x2Storage", AM_DTYPE_NONE, 0 },    { "QUInt2x4Storage", AM_DTYPE_NONE, 0 },
};

static const char *const modules[] = { "torch.cuda.", "torch.storage.", "torch." };

static const StorageType *
find_type (const AmPickleNode *node)
{
  if (node->kind != AM_PICKLE_GLOBAL)
    return NULL;
  for (guint m = 0; m < G_N_ELEMENTS (modules); m++)
    if (g_str_has_prefix (node->global, modules[m]))
      for (guint i = 0; i < G_N_ELEMENTS (types); i++)
        if (strcmp (node->global + strlen (modules[m]), types[i].type) == 0)
          return &types[i];
  return NULL;
}

/* The sixth item of old files: None, or (key of the view, offset, size), in elements of a larger storage. */
static const char *
parse_view (const AmPickleNode *node, AmTorchStorage *storage)
{
  AmPickleNode *const *items;
  gsize n;
  guint64 size, end;

  if (node->kind == AM_PICKLE_NONE)
    return NULL;
  items = am_pickle_get_tuple (node, 3, &n);
  if (items == NULL || n != 3 || !am_pickle_get_size (items[1], &storage->view_offset)
      || !am_pickle_get_size (items[2], &size))
    return "the view of a storage is not (key, offset, size)";
  if (!g_uint64_checked_add (&end, storage->view_offset, size) || end > storage->root_elements)
    return "the view of a storage reaches outside it";
  storage->n_elements = size;
  return NULL;
}

const char *
am_torch_storage_parse (const AmPickleNode *node, AmTorchStorage *storage)
{
  AmPickleNode *const *items;
  const StorageType *type;
  gsize n;

  if (node->kind != AM_PICKLE_PERSISTENT)
    return "what should be a storage is none";
  items = am_pickle_get_tuple (node->id, 5, &n);
  if (items == NULL || n > 6 || !am_pickle_is_text (items[0], "storage"))
    return "a persistent id is not ('storage', type, key, device, size)";
  type = find_type (items[1]);
  if (type == NULL)
    return "the type of a storage is not one torch has";
  if (items[2]->kind != AM_PICKLE_TEXT)
    return "the key of a storage is not a string";
  *storage = (AmTorchStorage){
    .type = type->type,
    .key = items[2]->string.text,
    .key_length = items[2]->string.length,
    .dtype = type->dtype,
    .element_size = type->size,
  };
  if (!am_pickle_get_size (items[4], &storage->n_elements))
    return "the size of a storage is negative or no number";
  storage->root_elements = storage->n_elements;
  return n == 6 ? parse_view (items[5], storage) : NULL;
}
