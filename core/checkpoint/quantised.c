/* Tensors that stand for others. Scaled fp8 is read; whatever else needs more than one factor per tensor is
 * refused by name, since blending packed bytes would give silent nonsense. */
#include "checkpoint/checkpoint-private.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "checkpoint/printable.h"

#define MOST_QUANT_TEXT 4096

typedef struct
{
  const char *suffix;
  const char *scheme;
} Scheme;

/* Helper tensors that give a scheme away, by the end of their names. */
static const Scheme schemes[] = {
  { ".absmax", "bitsandbytes" },
  { ".nested_absmax", "bitsandbytes" },
  { ".quant_map", "bitsandbytes" },
  { ".nested_quant_map", "bitsandbytes" },
  { ".quant_state.bitsandbytes__nf4", "bitsandbytes NF4" },
  { ".quant_state.bitsandbytes__fp4", "bitsandbytes FP4" },
  { ".SCB", "bitsandbytes int8" },
  { ".qzeros", "GPTQ or AWQ" },
  { ".qweight", "GPTQ, AWQ or SVDQuant" },
  { ".wscales", "SVDQuant" },
  { ".weight_packed", "compressed-tensors" },
  { ".weight_scale_2", "nvfp4" },
  { ".weight_scale_inv", "block-scaled fp8" },
  { ".W_q", "HQQ" },
  { ".weight._data", "quanto" },
};

static const char *const weight_scales[] = { ".scale_weight", ".weight_scale" };
static const char *const input_scales[] = { ".scale_input", ".input_scale" };

typedef struct
{
  AmCheckpoint *checkpoint;
  GArray *tensors;     /* of AmTensor */
  GHashTable *by_name; /* name -> AmTensor */
  GHashTable *dropped; /* AmTensor */
  guint n_scaled;
  GError **error;
} Resolver;

static const char *
get_path (const Resolver *resolver, const AmTensor *tensor)
{
  return tensor->storage->n_pieces > 0
             ? am_checkpoint_get_file (resolver->checkpoint, tensor->storage->pieces[0].file)
             : am_checkpoint_get_path (resolver->checkpoint);
}

static gboolean
refuse (const Resolver *resolver, const AmTensor *tensor, const char *scheme)
{
  g_autofree char *shown = am_printable (tensor->name, strlen (tensor->name));

  g_set_error (resolver->error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               "%s: tensor \"%s\": this model is quantised (%s), which cannot be merged; "
               "use the full-precision file, or dequantise it to F16 or BF16 first",
               get_path (resolver, tensor), shown, scheme);
  return FALSE;
}

/* The tensor named like @tensor with @ending in place of @suffix, or %NULL; also when @suffix is not its end.
 */
static AmTensor *
find_beside (const Resolver *resolver, const AmTensor *tensor, const char *suffix, const char *ending)
{
  if (!g_str_has_suffix (tensor->name, suffix))
    return NULL;
  g_autofree char *stem = g_strndup (tensor->name, strlen (tensor->name) - strlen (suffix));
  g_autofree char *name = g_strconcat (stem, ending, NULL);
  return g_hash_table_lookup (resolver->by_name, name);
}

static gboolean
is_fp8 (const AmTensor *tensor)
{
  return tensor->storage->dtype == AM_DTYPE_F8_E4M3 || tensor->storage->dtype == AM_DTYPE_F8_E5M2;
}

static gboolean
is_packed_integer (const AmTensor *tensor)
{
  return tensor->dtype == AM_DTYPE_I8 || tensor->dtype == AM_DTYPE_U8 || tensor->dtype == AM_DTYPE_I32;
}

static gboolean
check_type (const Resolver *resolver, const AmTensor *tensor)
{
  switch (tensor->dtype)
    {
    case AM_DTYPE_F4:
      return refuse (resolver, tensor, "F4: nvfp4 or mxfp4");
    case AM_DTYPE_F6_E2M3:
    case AM_DTYPE_F6_E3M2:
      return refuse (resolver, tensor, "F6: mxfp6");
    case AM_DTYPE_F8_E8M0:
      return refuse (resolver, tensor, "F8_E8M0 scales: mxfp8 or mxfp4");
    default:
      return TRUE;
    }
}

static gboolean
check_name (const Resolver *resolver, const AmTensor *tensor)
{
  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_has_suffix (tensor->name, schemes[i].suffix))
      return refuse (resolver, tensor, schemes[i].scheme);
  return TRUE;
}

/* The format a comfy_quant text names, or %NULL for what is no such text. (transfer full) */
static char *
parse_format (const char *text, gssize length)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  JsonObject *object;

  if (!json_parser_load_from_data (parser, text, length, NULL) || json_parser_get_root (parser) == NULL
      || !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return NULL;
  object = json_node_get_object (json_parser_get_root (parser));
  return g_strdup (json_object_get_string_member_with_default (object, "format", NULL));
}

/* ComfyUI describes a layer's weight in a text beside it; fp8 with one scale is what scaled fp8 is. */
static gboolean
check_comfy_quant (const Resolver *resolver, const AmTensor *tensor)
{
  char text[MOST_QUANT_TEXT] = { 0 };

  if (!g_str_has_suffix (tensor->name, ".comfy_quant"))
    return TRUE;
  if (tensor->dtype != AM_DTYPE_U8 || tensor->size > sizeof text)
    return refuse (resolver, tensor, "comfy_quant of an unknown form");
  if (!am_checkpoint_read_bytes (resolver->checkpoint, tensor, 0, (gsize)tensor->size, text, resolver->error))
    return FALSE;
  g_autofree char *format = parse_format (text, (gssize)tensor->size);
  if (g_strcmp0 (format, "float8_e4m3fn") != 0 && g_strcmp0 (format, "float8_e5m2") != 0)
    {
      g_autofree char *shown
          = am_printable (format != NULL ? format : "?", format != NULL ? strlen (format) : 1);
      g_autofree char *scheme = g_strconcat ("comfy_quant ", shown, NULL);
      return refuse (resolver, tensor, scheme);
    }
  g_hash_table_add (resolver->dropped, (gpointer)tensor);
  return TRUE;
}

static gboolean
read_scale (const Resolver *resolver, const AmTensor *helper, float *scale)
{
  g_autofree char *shown = am_printable (helper->name, strlen (helper->name));

  if (helper->length != 1)
    return refuse (resolver, helper, "fp8 with one scale per row or block");
  if (!am_dtype_is_mergeable (helper->dtype))
    return refuse (resolver, helper, "fp8 with a scale that is no float");
  if (!am_checkpoint_read_floats (resolver->checkpoint, helper, 0, 1, scale, resolver->error))
    return FALSE;
  if (isfinite (*scale))
    return TRUE;
  g_set_error (resolver->error, AM_ERROR, AM_ERROR_CORRUPT,
               "%s: tensor \"%s\": the scale is not a finite number", get_path (resolver, helper), shown);
  return FALSE;
}

static gboolean
scale_weight (Resolver *resolver, const AmTensor *helper, AmTensor *weight)
{
  AmTensorStorage *storage;
  float scale;

  if (weight->storage->packing == AM_PACKING_SCALED)
    return refuse (resolver, helper, "two scales for one weight");
  if (!read_scale (resolver, helper, &scale))
    return FALSE;
  storage = am_checkpoint_alloc (resolver->checkpoint, sizeof *storage);
  *storage = *weight->storage;
  storage->packing = AM_PACKING_SCALED;
  storage->scale = scale;
  weight->stored = weight->dtype == AM_DTYPE_F8_E4M3 ? "F8_E4M3 scaled" : "F8_E5M2 scaled";
  weight->storage = storage;
  weight->dtype = AM_DTYPE_BF16;
  weight->size = weight->length * 2;
  g_hash_table_add (resolver->dropped, (gpointer)helper);
  resolver->n_scaled++;
  return TRUE;
}

/* A float tensor may well have a parameter of that name beside it: only fp8 and integers are taken for
 * packed. */
static gboolean
resolve_scale (Resolver *resolver, const AmTensor *helper)
{
  for (guint i = 0; i < G_N_ELEMENTS (weight_scales); i++)
    {
      AmTensor *weight = find_beside (resolver, helper, weight_scales[i], ".weight");
      if (weight == NULL)
        continue;
      if (is_packed_integer (weight))
        return refuse (resolver, weight, "integers with scales");
      if (is_fp8 (weight))
        return scale_weight (resolver, helper, weight);
    }
  return TRUE;
}

static void
drop_leftovers (Resolver *resolver, const AmTensor *tensor)
{
  if (g_str_equal (tensor->name, "scaled_fp8") || g_str_has_suffix (tensor->name, ".scaled_fp8"))
    g_hash_table_add (resolver->dropped, (gpointer)tensor);
  for (guint i = 0; i < G_N_ELEMENTS (input_scales); i++)
    {
      const AmTensor *weight = find_beside (resolver, tensor, input_scales[i], ".weight");
      if (weight != NULL && is_fp8 (weight))
        g_hash_table_add (resolver->dropped, (gpointer)tensor);
    }
}

static void
remove_dropped (Resolver *resolver)
{
  guint n = g_hash_table_size (resolver->dropped), kept = 0;

  for (guint i = 0; i < resolver->tensors->len; i++)
    {
      AmTensor *tensor = &g_array_index (resolver->tensors, AmTensor, i);
      if (!g_hash_table_contains (resolver->dropped, tensor))
        g_array_index (resolver->tensors, AmTensor, kept++) = *tensor;
    }
  g_array_set_size (resolver->tensors, kept);
  if (resolver->n_scaled > 0)
    am_checkpoint_add_note (resolver->checkpoint,
                            "%u fp8 %s multiplied by the scale stored beside it and handed out as BF16",
                            resolver->n_scaled, resolver->n_scaled == 1 ? "tensor is" : "tensors are each");
  if (n > 0)
    am_checkpoint_add_note (resolver->checkpoint, "%u helper %s of scaled fp8 left out", n,
                            n == 1 ? "tensor" : "tensors");
}

static gboolean
resolve (Resolver *resolver)
{
  AmTensor *tensors = (AmTensor *)(gpointer)resolver->tensors->data;
  const guint n = resolver->tensors->len;

  for (guint i = 0; i < n; i++)
    if (!check_type (resolver, &tensors[i]) || !check_name (resolver, &tensors[i])
        || !check_comfy_quant (resolver, &tensors[i]))
      return FALSE;
  for (guint i = 0; i < n; i++)
    if (!resolve_scale (resolver, &tensors[i]))
      return FALSE;
  for (guint i = 0; i < n; i++)
    drop_leftovers (resolver, &tensors[i]);
  remove_dropped (resolver);
  return TRUE;
}

gboolean
am_quantised_resolve (AmCheckpoint *checkpoint, GError **error)
{
  g_autoptr (GHashTable) by_name = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) dropped = g_hash_table_new (NULL, NULL);
  Resolver resolver = {
    .checkpoint = checkpoint,
    .tensors = am_checkpoint_peek_tensors (checkpoint),
    .by_name = by_name,
    .dropped = dropped,
    .error = error,
  };

  for (guint i = 0; i < resolver.tensors->len; i++)
    {
      AmTensor *tensor = &g_array_index (resolver.tensors, AmTensor, i);
      g_hash_table_insert (by_name, (gpointer)tensor->name, tensor);
    }
  return resolve (&resolver);
}
