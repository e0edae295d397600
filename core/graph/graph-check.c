#include "graph/graph-private.h"

#include "base/text.h"

/* What is known of the node at hand. */
typedef struct
{
  const AmGraph *graph;
  AmNode *node;
  guint64 width; /* of the first input; 0 without */
  GError **error;
} Check;

static gboolean fail (const Check *check, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (const Check *check, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (check->error, AM_ERROR, AM_ERROR_MISMATCH, "%s (%s): %s", check->node->name,
               am_node_type_get_id (check->node->type), message);
  return FALSE;
}

static const AmNode *
get_input (const Check *check, guint i)
{
  return am_graph_get_node (check->graph, check->node->inputs[i]);
}

static char *
describe_shape (const AmGraphTensor *tensor)
{
  GString *text = g_string_new ("[");

  for (guint i = 0; i < tensor->n_dims; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? ", " : "", tensor->shape[i]);
  return g_string_free (g_string_append_c (text, ']'), FALSE);
}

static gboolean
fail_tensor (const Check *check, const AmGraphTensor *tensor, const char *wanted)
{
  g_autofree char *shape = describe_shape (tensor);

  return fail (check, T_ ("%s is %s; expected %s"), tensor->name, shape, wanted);
}

static const AmGraphTensor *
get_tensor (const Check *check, gint number)
{
  return number != AM_NO_TENSOR ? am_graph_get_tensor (check->graph, (guint)number) : NULL;
}

/* A missing tensor is good. */
static gboolean
check_vector (const Check *check, gint number, guint64 width)
{
  const AmGraphTensor *tensor = get_tensor (check, number);
  g_autofree char *wanted = NULL;

  if (tensor == NULL || (tensor->n_dims == 1 && tensor->shape[0] == width))
    return TRUE;
  wanted = g_strdup_printf ("[%lu]", (gulong)width);
  return fail_tensor (check, tensor, wanted);
}

static gboolean
check_n_inputs (const Check *check, guint least, guint most)
{
  guint n = check->node->n_inputs;

  if (n >= least && n <= most)
    return TRUE;
  return least == most
             ? fail (check, TN_ ("%u value goes in, found %u", "%u values go in, found %u", least), least, n)
             : fail (check, T_ ("at least %u values go in, found %u"), least, n);
}

static gboolean
check_weight (const Check *check)
{
  return check->node->weight != AM_NO_TENSOR || fail (check, T_ ("it has no weight"));
}

static gboolean
check_equal_widths (const Check *check)
{
  for (guint i = 1; i < check->node->n_inputs; i++)
    if (get_input (check, i)->channels != check->width)
      return fail (check, T_ ("%s is %lu wide and %s is %lu; expected equal widths"),
                   get_input (check, 0)->name, (gulong)check->width, get_input (check, i)->name,
                   (gulong)get_input (check, i)->channels);
  return TRUE;
}

static gboolean
check_parts (const Check *check, guint64 width, guint n, const char *what)
{
  if (n > 0 && width % n == 0)
    return TRUE;
  return fail (check, T_ ("%lu channels do not divide into %u %s"), (gulong)width, n, what);
}

static gboolean
keep_width (const Check *check)
{
  check->node->channels = check->width;
  return TRUE;
}

static gboolean
check_source (const Check *check)
{
  const AmGraphTensor *weight = get_tensor (check, check->node->weight);
  gboolean is_embedding = check->node->type == AM_NODE_EMBEDDING;

  if (!check_n_inputs (check, 0, is_embedding ? 1 : 0))
    return FALSE;
  if (check->node->type == AM_NODE_INPUT)
    return check->node->channels > 0 || fail (check, T_ ("its width is 0"));
  if (!check_weight (check))
    return FALSE;
  if (is_embedding ? weight->n_dims != 2 : weight->n_dims == 0)
    return fail_tensor (check, weight, is_embedding ? T_ ("a matrix") : T_ ("at least one axis"));
  check->node->channels = weight->shape[weight->n_dims - 1];
  return check->node->channels > 0 || fail_tensor (check, weight, T_ ("a width above 0"));
}

static gboolean
check_inner_width (const Check *check, const AmGraphTensor *weight, guint64 takes)
{
  g_autofree char *shape = NULL;

  if (takes == check->width)
    return TRUE;
  shape = describe_shape (weight);
  return fail (check, T_ ("%s is %s and takes %lu channels, but %s is %lu wide"), weight->name, shape,
               (gulong)takes, get_input (check, 0)->name, (gulong)check->width);
}

static gboolean
check_linear (const Check *check)
{
  AmNode *node = check->node;
  const AmGraphTensor *weight = get_tensor (check, node->weight);

  if (!check_n_inputs (check, 1, 1) || !check_weight (check))
    return FALSE;
  if (weight->n_dims != 2 || weight->shape[0] == 0 || weight->shape[1] == 0)
    return fail_tensor (check, weight, T_ ("a matrix"));
  node->channels = weight->shape[node->is_transposed ? 1 : 0];
  return check_inner_width (check, weight, weight->shape[node->is_transposed ? 0 : 1])
         && check_vector (check, node->bias, node->channels);
}

static gboolean
check_kernel (const Check *check, const AmGraphTensor *weight)
{
  AmNode *node = check->node;
  guint64 kernel = weight->n_dims == 4 ? weight->shape[2] : 1;

  if ((weight->n_dims != 2 && weight->n_dims != 4) || weight->shape[0] == 0)
    return fail_tensor (check, weight, T_ ("[out, in, kernel, kernel]"));
  if (kernel == 0 || kernel > G_MAXINT || (weight->n_dims == 4 && weight->shape[3] != kernel))
    return fail_tensor (check, weight, T_ ("a square kernel"));
  if (node->kernel != 0 && node->kernel != kernel)
    return fail (check, T_ ("%s has a kernel of %lu; expected %u"), weight->name, (gulong)kernel,
                 node->kernel);
  node->kernel = (guint)kernel;
  return TRUE;
}

static void
complete_window (AmNode *node)
{
  node->padding_end = node->padding_end != 0 ? node->padding_end : node->padding;
}

static gboolean
check_conv (const Check *check)
{
  AmNode *node = check->node;
  const AmGraphTensor *weight = get_tensor (check, node->weight);
  guint64 takes;

  if (!check_n_inputs (check, 1, 1) || !check_weight (check) || !check_kernel (check, weight))
    return FALSE;
  node->groups = MAX (node->groups, 1);
  node->stride = MAX (node->stride, 1);
  complete_window (node);
  node->channels = weight->shape[0];
  if (!check_parts (check, node->channels, node->groups, T_ ("groups"))
      || !check_parts (check, check->width, node->groups, T_ ("groups")))
    return FALSE;
  if (!g_uint64_checked_mul (&takes, weight->shape[1], node->groups))
    return fail_tensor (check, weight, T_ ("[out, in, kernel, kernel]"));
  return check_inner_width (check, weight, takes) && check_vector (check, node->bias, node->channels);
}

static gboolean
check_norm (const Check *check)
{
  AmNode *node = check->node;

  if (!check_n_inputs (check, 1, 1) || !check_vector (check, node->weight, check->width)
      || !check_vector (check, node->bias, check->width) || !check_vector (check, node->mean, check->width)
      || !check_vector (check, node->variance, check->width))
    return FALSE;
  if (node->type == AM_NODE_GROUP_NORM && !check_parts (check, check->width, node->groups, T_ ("groups")))
    return FALSE;
  if (node->type == AM_NODE_BATCH_NORM && (node->mean == AM_NO_TENSOR || node->variance == AM_NO_TENSOR))
    return fail (check, T_ ("it has no running mean and variance"));
  return keep_width (check);
}

static gboolean
check_head_norm (const Check *check)
{
  AmNode *node = check->node;
  const AmGraphTensor *weight = get_tensor (check, node->weight);

  if (!check_n_inputs (check, 1, 1))
    return FALSE;
  if (node->heads == 0 && weight != NULL && weight->n_dims == 1 && weight->shape[0] > 0
      && check->width % weight->shape[0] == 0 && check->width / weight->shape[0] <= G_MAXINT)
    node->heads = (guint)(check->width / weight->shape[0]);
  if (!check_parts (check, check->width, node->heads, T_ ("heads"))
      || !check_vector (check, node->weight, check->width / node->heads))
    return FALSE;
  return keep_width (check);
}

static gboolean
check_equal (const Check *check)
{
  gboolean is_modulate = check->node->type == AM_NODE_MODULATE;

  return check_n_inputs (check, is_modulate ? 3 : 2, is_modulate ? 3 : G_MAXUINT)
         && check_equal_widths (check) && keep_width (check);
}

static gboolean
check_concat (const Check *check)
{
  if (!check_n_inputs (check, 1, G_MAXUINT))
    return FALSE;
  check->node->channels = 0;
  for (guint i = 0; i < check->node->n_inputs; i++)
    if (!g_uint64_checked_add (&check->node->channels, check->node->channels, get_input (check, i)->channels))
      return fail (check, T_ ("the width is too large"));
  return TRUE;
}

static gboolean
check_slice (const Check *check)
{
  const AmNode *node = check->node;

  if (!check_n_inputs (check, 1, 1))
    return FALSE;
  if (node->start >= 0 && (guint64)node->start < check->width && node->channels > 0
      && node->channels <= check->width - (guint64)node->start)
    return TRUE;
  return fail (check, T_ ("%lu channels from %ld on do not lie within the %lu of %s"), (gulong)node->channels,
               (glong)node->start, (gulong)check->width, get_input (check, 0)->name);
}

static gboolean
check_take (const Check *check)
{
  return check_n_inputs (check, 1, 1) && (check->node->count >= 0 || fail (check, T_ ("a count below 0")))
         && keep_width (check);
}

/* Without a number of heads only widths are compared: a head of queries is as wide as one of keys. */
static gboolean
check_attention_widths (const Check *check, guint64 keys, guint64 values)
{
  AmNode *node = check->node;
  guint64 n_shared = keys > 0 && check->width % keys == 0 ? check->width / keys : 0;

  if (n_shared == 0)
    return fail (
        check,
        T_ ("queries %s are %lu wide and keys %s %lu; expected equal widths, or keys that fit several times"),
        get_input (check, 0)->name, (gulong)check->width, get_input (check, 1)->name, (gulong)keys);
  node->kv_heads = 0;
  return g_uint64_checked_mul (&node->channels, values, n_shared)
         || fail (check, T_ ("the width is too large"));
}

static gboolean
check_kv_heads (const Check *check, guint64 keys)
{
  AmNode *node = check->node;
  guint64 head_width = check->width / node->heads;
  guint64 n = head_width > 0 ? keys / head_width : 0;

  if (node->kv_heads == 0 && n <= node->heads)
    node->kv_heads = (guint)n;
  if (node->kv_heads > 0 && node->kv_heads * head_width == keys && node->heads % node->kv_heads == 0)
    return TRUE;
  return fail (check, T_ ("%u heads of %lu queries and %lu keys (%s) in %u heads do not go together"),
               node->heads, (gulong)check->width, (gulong)keys, get_input (check, 1)->name, node->kv_heads);
}

static gboolean
check_attention (const Check *check)
{
  AmNode *node = check->node;
  guint64 keys, values;

  if (!check_n_inputs (check, 3, 3))
    return FALSE;
  keys = get_input (check, 1)->channels;
  values = get_input (check, 2)->channels;
  if (node->heads == 0)
    return check_attention_widths (check, keys, values);
  if (!check_parts (check, check->width, node->heads, T_ ("heads")) || !check_kv_heads (check, keys)
      || !check_parts (check, values, node->kv_heads, T_ ("heads")))
    return FALSE;
  return g_uint64_checked_mul (&node->channels, values / node->kv_heads, node->heads)
         || fail (check, T_ ("the width is too large"));
}

static gboolean
check_rotary (const Check *check)
{
  guint heads = check->node->heads;

  if (!check_n_inputs (check, 1, 1) || (heads > 0 && !check_parts (check, check->width, heads, T_ ("heads"))))
    return FALSE;
  if (heads > 0 && check->width / heads % 2 != 0)
    return fail (check, T_ ("heads of %lu channels are not made of pairs"), (gulong)(check->width / heads));
  return keep_width (check);
}

static gboolean
check_pool (const Check *check)
{
  AmNode *node = check->node;

  if (!check_n_inputs (check, 1, 1))
    return FALSE;
  if (node->pool != AM_POOL_MEAN_ALL && node->kernel == 0)
    return fail (check, T_ ("it has no kernel"));
  node->stride = node->stride != 0 ? node->stride : node->kernel;
  complete_window (node);
  return keep_width (check);
}

static gboolean
check_flatten (const Check *check)
{
  AmNode *node = check->node;

  if (!check_n_inputs (check, 1, 1))
    return FALSE;
  if (node->count <= 0 || !g_uint64_checked_mul (&node->channels, check->width, (guint64)node->count))
    return fail (check, T_ ("%ld positions of %lu channels"), (glong)node->count, (gulong)check->width);
  return TRUE;
}

static gboolean
check_plain (const Check *check)
{
  return check_n_inputs (check, 1, 1) && keep_width (check);
}

gboolean
am_graph_check_node (const AmGraph *graph, AmNode *node, GError **error)
{
  static gboolean (*const checks[AM_N_NODE_TYPES]) (const Check *) = {
    [AM_NODE_INPUT] = check_source,        [AM_NODE_PARAMETER] = check_source,
    [AM_NODE_EMBEDDING] = check_source,    [AM_NODE_LINEAR] = check_linear,
    [AM_NODE_CONV] = check_conv,           [AM_NODE_BATCH_NORM] = check_norm,
    [AM_NODE_LAYER_NORM] = check_norm,     [AM_NODE_RMS_NORM] = check_norm,
    [AM_NODE_GROUP_NORM] = check_norm,     [AM_NODE_HEAD_NORM] = check_head_norm,
    [AM_NODE_ACTIVATION] = check_plain,    [AM_NODE_ADD] = check_equal,
    [AM_NODE_MULTIPLY] = check_equal,      [AM_NODE_MODULATE] = check_equal,
    [AM_NODE_CONCAT] = check_concat,       [AM_NODE_SLICE] = check_slice,
    [AM_NODE_JOIN] = check_equal,          [AM_NODE_TAKE] = check_take,
    [AM_NODE_ATTENTION] = check_attention, [AM_NODE_ROTARY] = check_rotary,
    [AM_NODE_POOL] = check_pool,           [AM_NODE_UPSAMPLE] = check_plain,
    [AM_NODE_FLATTEN] = check_flatten,     [AM_NODE_OUTPUT] = check_plain,
  };
  Check check = { graph, node, 0, error };

  if (node->n_inputs > 0)
    check.width = am_graph_get_node (graph, node->inputs[0])->channels;
  return checks[node->type](&check);
}
