#include "checkpoint/torch-state.h"

#include "checkpoint/printable.h"

#define MOST_WRAPPERS 8

/* What a call that rebuilds a tensor says. */
typedef struct
{
  AmTorchStorage storage;
  AmDtype dtype;
  guint64 offset; /* elements */
  guint n_dims;
  guint64 shape[AM_MAX_RANK];
  guint64 strides[AM_MAX_RANK];
} Spec;

typedef struct
{
  AmCheckpoint *checkpoint;
  const AmTorchSource *source;
  const char *name;
  GError **error;
} Adding;

static gboolean refuse (const Adding *adding, AmError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
refuse (const Adding *adding, AmError code, const char *format, ...)
{
  g_autofree char *shown = am_printable (adding->name, strlen (adding->name));
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (adding->error, AM_ERROR, code, "%s: tensor \"%s\": %s",
               am_checkpoint_get_file (adding->checkpoint, adding->source->file), shown, message);
  return FALSE;
}

static AmDtype
dtype_of_global (const AmPickleNode *node)
{
  static const struct
  {
    const char *title;
    AmDtype dtype;
  } dtypes[] = {
    { "torch.float64", AM_DTYPE_F64 },
    { "torch.float32", AM_DTYPE_F32 },
    { "torch.float16", AM_DTYPE_F16 },
    { "torch.bfloat16", AM_DTYPE_BF16 },
    { "torch.int64", AM_DTYPE_I64 },
    { "torch.int32", AM_DTYPE_I32 },
    { "torch.int16", AM_DTYPE_I16 },
    { "torch.int8", AM_DTYPE_I8 },
    { "torch.uint8", AM_DTYPE_U8 },
    { "torch.uint16", AM_DTYPE_U16 },
    { "torch.uint32", AM_DTYPE_U32 },
    { "torch.uint64", AM_DTYPE_U64 },
    { "torch.bool", AM_DTYPE_BOOL },
    { "torch.complex64", AM_DTYPE_C64 },
    { "torch.float8_e4m3fn", AM_DTYPE_F8_E4M3 },
    { "torch.float8_e5m2", AM_DTYPE_F8_E5M2 },
    { "torch.float8_e8m0fnu", AM_DTYPE_F8_E8M0 },
    { "torch.float8_e4m3fnuz", AM_DTYPE_F8_E4M3FNUZ },
    { "torch.float8_e5m2fnuz", AM_DTYPE_F8_E5M2FNUZ },
  };

  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    if (am_pickle_is_global (node, dtypes[i].title))
      return dtypes[i].dtype;
  return AM_DTYPE_NONE;
}

static gboolean
read_sizes (const Adding *adding, const AmPickleNode *node, const char *what, guint *n_dims, guint64 *sizes)
{
  gsize n;
  AmPickleNode *const *items = am_pickle_get_tuple (node, 0, &n);

  if (items == NULL)
    return refuse (adding, AM_ERROR_CORRUPT, "its %s is %s, not a tuple", what, am_pickle_describe (node));
  if (n > AM_MAX_RANK)
    return refuse (adding, AM_ERROR_UNSUPPORTED, "it has %" G_GSIZE_FORMAT " axes, more than %d", n,
                   AM_MAX_RANK);
  for (gsize i = 0; i < n; i++)
    if (!am_pickle_get_size (items[i], &sizes[i]))
      return refuse (adding, AM_ERROR_CORRUPT, "its %s holds a negative number or something else", what);
  *n_dims = (guint)n;
  return TRUE;
}

/* Bits torch sets on tensors whose values are yet to be conjugated or negated. */
static gboolean
check_flags (const Adding *adding, const AmPickleNode *metadata)
{
  static const char *const flags[] = { "conj", "neg" };

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      const AmPickleNode *flag = am_pickle_lookup (metadata, flags[i]);
      if (flag != NULL && (flag->kind != AM_PICKLE_BOOL || flag->integer))
        return refuse (adding, AM_ERROR_UNSUPPORTED,
                       "it is marked \"%s\" (values torch has still to change); "
                       "call resolve_conj() or resolve_neg() on it and save again",
                       flags[i]);
    }
  return TRUE;
}

static gboolean
read_dtype (const Adding *adding, Spec *spec, const AmPickleNode *dtype)
{
  const AmTorchStorage *storage = &spec->storage;

  if (storage->element_size == 0)
    return refuse (adding, AM_ERROR_UNSUPPORTED,
                   "quantised tensors (%s) are not read; dequantise it and save again", storage->type);
  spec->dtype = dtype != NULL ? dtype_of_global (dtype) : storage->dtype;
  if (spec->dtype == AM_DTYPE_NONE)
    return refuse (adding, AM_ERROR_UNSUPPORTED,
                   "the type %s is not read; convert it to another and save again",
                   dtype != NULL ? am_pickle_describe (dtype) : storage->type);
  return TRUE;
}

/* _rebuild_tensor (storage, offset, size, stride), _rebuild_tensor_v2 (..., requires_grad, hooks[,
 * metadata]), _rebuild_tensor_v3 (..., requires_grad, hooks, dtype[, metadata]). */
static gboolean
read_spec (const Adding *adding, AmPickleNode *const *items, gsize n, guint version, Spec *spec)
{
  const gsize metadata = version == 3 ? 7 : 6;
  const char *fault;
  guint n_strides;

  if (n < (version == 1 ? 4 : version == 2 ? 6 : 7) || n > 8)
    return refuse (adding, AM_ERROR_CORRUPT, "it is rebuilt from %" G_GSIZE_FORMAT " arguments", n);
  fault = am_torch_storage_parse (items[0], &spec->storage);
  if (fault != NULL)
    return refuse (adding, AM_ERROR_CORRUPT, "%s", fault);
  if (!am_pickle_get_size (items[1], &spec->offset))
    return refuse (adding, AM_ERROR_CORRUPT, "its offset is negative or no number");
  if (!read_sizes (adding, items[2], "shape", &spec->n_dims, spec->shape)
      || !read_sizes (adding, items[3], "stride", &n_strides, spec->strides))
    return FALSE;
  if (n_strides != spec->n_dims)
    return refuse (adding, AM_ERROR_CORRUPT, "it has %u axes and %u strides", spec->n_dims, n_strides);
  if (n > metadata && !check_flags (adding, items[metadata]))
    return FALSE;
  return read_dtype (adding, spec, version == 3 ? items[6] : NULL);
}

/* Elements, whether they lie in C order, and one past the last one used. */
static gboolean
measure (const Spec *spec, guint64 *length, gboolean *contiguous, guint64 *end)
{
  guint64 last = spec->offset, reach;

  *length = 1;
  *contiguous = TRUE;
  for (guint i = spec->n_dims; i-- > 0;)
    {
      if (spec->shape[i] > 1 && spec->strides[i] != *length)
        *contiguous = FALSE;
      if (!g_uint64_checked_mul (length, *length, spec->shape[i]))
        return FALSE;
    }
  for (guint i = 0; i < spec->n_dims; i++)
    if (spec->shape[i] == 0)
      {
        *length = 0;
        *contiguous = TRUE;
        *end = spec->offset;
        return TRUE;
      }
  for (guint i = 0; i < spec->n_dims; i++)
    if (!g_uint64_checked_mul (&reach, spec->shape[i] - 1, spec->strides[i])
        || !g_uint64_checked_add (&last, last, reach))
      return FALSE;
  return g_uint64_checked_add (end, last, 1);
}

/* The storage in the file; its size there has to be the one the pickle claims. */
static gboolean
find_extent (const Adding *adding, const AmTorchStorage *storage, AmTorchExtent *extent)
{
  g_autofree char *key = am_printable (storage->key, storage->key_length);
  guint64 claimed;

  if (!adding->source->find (adding->source->data, storage, extent))
    return refuse (adding, AM_ERROR_CORRUPT, "its storage \"%s\" is not in the file", key);
  if (!g_uint64_checked_mul (&claimed, storage->root_elements, storage->element_size)
      || claimed != extent->size)
    return refuse (adding, AM_ERROR_CORRUPT,
                   "its storage \"%s\" claims %" G_GUINT64_FORMAT " elements of %u bytes, the file holds "
                   "%" G_GUINT64_FORMAT " bytes",
                   key, storage->root_elements, storage->element_size, extent->size);
  extent->offset += storage->view_offset * storage->element_size;
  extent->size = storage->n_elements * storage->element_size;
  return TRUE;
}

static void
fill_piece (const Adding *adding, const Spec *spec, gboolean contiguous, AmTensorPiece *piece)
{
  gsize size = spec->n_dims * sizeof (guint64);
  guint64 *strides;

  if (contiguous)
    return;
  strides = am_checkpoint_alloc (adding->checkpoint, size);
  memcpy (strides, spec->strides, size);
  piece->n_dims = spec->n_dims;
  piece->strides = strides;
}

static gboolean
add (const Adding *adding, const Spec *spec, AmTorchExtent *extent)
{
  const guint64 bytes = am_dtype_get_bits (spec->dtype) / 8;
  guint64 length, end, end_byte;
  gboolean contiguous;

  if (!find_extent (adding, &spec->storage, extent))
    return FALSE;
  if (!measure (spec, &length, &contiguous, &end) || !g_uint64_checked_mul (&end_byte, end, bytes))
    return refuse (adding, AM_ERROR_CORRUPT, "its shape and strides do not fit into 64 bits");
  if (end_byte > extent->size)
    return refuse (adding, AM_ERROR_CORRUPT,
                   "it reaches to byte %" G_GUINT64_FORMAT " of a storage of %" G_GUINT64_FORMAT " bytes",
                   end_byte, extent->size);

  AmTensorPiece *piece = am_checkpoint_alloc (adding->checkpoint, sizeof *piece);
  AmTensorStorage *storage = am_checkpoint_alloc (adding->checkpoint, sizeof *storage);
  guint64 *shape = am_checkpoint_alloc (adding->checkpoint, spec->n_dims * sizeof *shape);
  memcpy (shape, spec->shape, spec->n_dims * sizeof *shape);
  *piece = (AmTensorPiece){
    .file = adding->source->file,
    .offset = extent->offset + spec->offset * bytes,
    .length = length,
    .shape = shape,
  };
  fill_piece (adding, spec, contiguous, piece);
  *storage = (AmTensorStorage){
    .packing = AM_PACKING_PLAIN, .dtype = spec->dtype, .n_pieces = 1, .pieces = piece
  };
  AmTensor tensor = {
    .name = am_checkpoint_strndup (adding->checkpoint, adding->name, strlen (adding->name)),
    .dtype = spec->dtype,
    .stored = am_dtype_get_name (spec->dtype),
    .n_dims = spec->n_dims,
    .shape = shape,
    .storage = storage,
  };
  return am_checkpoint_add_tensor (adding->checkpoint, &tensor, adding->error);
}

static gboolean
is_rebuild (const char *title)
{
  return g_str_has_prefix (title, "torch._utils._rebuild_")
         || g_str_has_prefix (title, "torch._tensor._rebuild_from_type")
         || g_str_has_prefix (title, "torch.tensor._rebuild_from_type");
}

gboolean
am_torch_is_tensor (const AmPickleNode *node)
{
  return node->kind == AM_PICKLE_CALL && node->call.function->kind == AM_PICKLE_GLOBAL
         && is_rebuild (node->call.function->global);
}

typedef struct
{
  const char *title;
  AmPickleNode *const *items;
  gsize n;
} Call;

static Call
make_call (const char *title, const AmPickleNode *arguments)
{
  Call call = { .title = title };

  call.items = am_pickle_get_tuple (arguments, 0, &call.n);
  return call;
}

/* _rebuild_parameter (tensor, ...) and _rebuild_from_type_v2 (function, type, arguments, state) wrap the call
 * that matters; a hostile pickle wraps it in itself. */
static Call
unwrap (const AmPickleNode *node)
{
  Call call = make_call (node->call.function->global, node->call.arguments);

  for (guint depth = 0; depth < MOST_WRAPPERS && call.items != NULL; depth++)
    {
      const AmPickleNode *first = call.n > 0 ? call.items[0] : NULL;

      if (g_str_has_prefix (call.title, "torch._utils._rebuild_parameter") && first
          && am_torch_is_tensor (first))
        call = make_call (first->call.function->global, first->call.arguments);
      else if (strstr (call.title, "_rebuild_from_type") && call.n >= 3 && first->kind == AM_PICKLE_GLOBAL)
        call = make_call (first->global, call.items[2]);
      else
        break;
    }
  return call;
}

gboolean
am_torch_tensor_add (AmCheckpoint *checkpoint, const AmTorchSource *source, const char *name,
                     const AmPickleNode *node, AmTorchExtent *extent, GError **error)
{
  static const char *const versions[] = { "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
                                          "torch._utils._rebuild_tensor_v3" };
  const Adding adding = { checkpoint, source, name, error };
  const Call call = unwrap (node);
  g_autofree char *title = am_printable (call.title, strlen (call.title));
  Spec spec = { 0 };

  if (call.items == NULL)
    return refuse (&adding, AM_ERROR_CORRUPT, "%s is called with something that is no tuple", title);
  for (guint i = 0; i < G_N_ELEMENTS (versions); i++)
    if (g_str_equal (call.title, versions[i]))
      return read_spec (&adding, call.items, call.n, i + 1, &spec) && add (&adding, &spec, extent);
  return refuse (&adding, AM_ERROR_UNSUPPORTED,
                 "tensors made by %s (quantised, sparse, nested or without data) are not read; "
                 "make it a plain tensor and save again",
                 title);
}
