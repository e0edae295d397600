#include "checkpoint/torch-state.h"

#include "checkpoint/printable.h"

/* Bytes of tensors a file may stand for: views of one storage become copies. */
#define MOST_COPIES 16
#define FREE_EXPANSION ((guint64)64 << 20)

#define MOST_VALUES 500000
#define MOST_NAME_BYTES ((guint64)128 << 20)
#define MOST_NESTING 16
#define MOST_NAMED 8
#define MOST_NAME 4096

typedef struct
{
  AmCheckpoint *checkpoint;
  const AmTorchSource *source;
  const char *path;
  GHashTable *extents; /* offsets of storages seen */
  guint64 expanded;    /* bytes of tensors so far */
  guint64 most_expanded;
  guint64 name_bytes; /* of all names: dictionaries may be shared, and their names with them */
  guint n_values;     /* looked at */
  guint n_skipped;    /* values that are no tensors */
  guint n_shared;     /* tensors whose storage another has as well */
  GError **error;
} State;

static gboolean fail (const State *state, AmError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail (const State *state, AmError code, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (state->error, AM_ERROR, code, "%s: %s", state->path, message);
  return FALSE;
}

static gboolean
has_tensors (const AmPickleNode *node)
{
  if (node->kind != AM_PICKLE_DICT)
    return FALSE;
  for (gsize i = 0; i + 1 < node->sequence.n; i += 2)
    if (node->sequence.items[i]->kind == AM_PICKLE_TEXT && am_torch_is_tensor (node->sequence.items[i + 1]))
      return TRUE;
  return FALSE;
}

/* Where trainers put the weights, the better first. */
static const char *const customary[] = {
  "state_dict", "model_state_dict", "model",   "module", "params_ema", "generator", "params", "g_ema",
  "net",        "network",          "weights",
};

static const AmPickleNode *
find_customary (const AmPickleNode *dict, gboolean with_tensors, const char **key)
{
  for (guint i = 0; i < G_N_ELEMENTS (customary); i++)
    {
      const AmPickleNode *value = am_pickle_lookup (dict, customary[i]);
      if (value == NULL || value->kind != AM_PICKLE_DICT || value->sequence.n == 0)
        continue;
      if (with_tensors && !has_tensors (value))
        continue;
      *key = customary[i];
      return value;
    }
  return NULL;
}

/* The dictionary whose tensors are the model; *@where gets its path, "" for the root. */
static const AmPickleNode *
choose (const AmPickleNode *root, GString *where)
{
  const AmPickleNode *dict = root;

  for (guint depth = 0; depth < MOST_NESTING; depth++)
    {
      const char *key = NULL;
      const AmPickleNode *inner = find_customary (dict, TRUE, &key);

      if (inner == NULL && !has_tensors (dict))
        inner = find_customary (dict, FALSE, &key);
      if (inner == NULL)
        return dict;
      g_string_append_printf (where, "%s%s", where->len > 0 ? "." : "", key);
      dict = inner;
    }
  return dict;
}

static void
append_name (GString *list, guint index, const char *text, gsize length)
{
  if (index > MOST_NAMED)
    return;
  g_autofree char *shown = am_printable (text, length);
  g_string_append_printf (list, "%s%s", index > 0 ? ", " : "", index == MOST_NAMED ? "..." : shown);
}

static void
note_choice (const State *state, const AmPickleNode *root, const char *where)
{
  g_autoptr (GString) held = g_string_new (NULL);
  guint n = 0;

  for (gsize i = 0; i + 1 < root->sequence.n; i += 2)
    if (root->sequence.items[i]->kind == AM_PICKLE_TEXT)
      append_name (held, n++, root->sequence.items[i]->string.text, root->sequence.items[i]->string.length);
  am_checkpoint_add_note (state->checkpoint, "the tensors are those under \"%s\"; the file holds: %s", where,
                          held->str);
}

/* Tensors that share a storage with one before them. */
static void
count_shared (State *state, const AmTorchExtent *extent)
{
  if (extent->size > 0
      && !g_hash_table_add (state->extents, g_memdup2 (&extent->offset, sizeof extent->offset)))
    state->n_shared++;
}

static gboolean
add_tensor (State *state, const char *name, const AmPickleNode *node)
{
  GArray *tensors = am_checkpoint_peek_tensors (state->checkpoint);
  AmTorchExtent extent;

  if (!am_torch_tensor_add (state->checkpoint, state->source, name, node, &extent, state->error))
    return FALSE;
  count_shared (state, &extent);
  state->expanded += MIN (g_array_index (tensors, AmTensor, tensors->len - 1).size, state->most_expanded + 1);
  if (state->expanded > state->most_expanded)
    return fail (state, AM_ERROR_CORRUPT,
                 "its tensors would take more than %d times the file's size: "
                 "they repeat the same few bytes, from tensor \"%s\" on",
                 MOST_COPIES, name);
  return TRUE;
}

static gboolean add_dict (State *state, const AmPickleNode *dict, const char *prefix, guint nesting);

static gboolean
add_value (State *state, const AmPickleNode *key, const AmPickleNode *value, const char *prefix,
           guint nesting)
{
  if (++state->n_values > MOST_VALUES)
    return fail (state, AM_ERROR_CORRUPT, "its dictionaries hold more than %d values", MOST_VALUES);
  if (key->kind != AM_PICKLE_TEXT
      || (!am_torch_is_tensor (value) && (nesting == 0 || value->kind != AM_PICKLE_DICT)))
    {
      state->n_skipped++;
      return TRUE;
    }
  if (!g_utf8_validate_len (key->string.text, key->string.length, NULL))
    {
      g_autofree char *shown = am_printable (key->string.text, key->string.length);
      return fail (state, AM_ERROR_CORRUPT, "the name \"%s\" is not UTF-8 text", shown);
    }
  const gsize length = strlen (prefix) + key->string.length;
  state->name_bytes += length;
  if (length > MOST_NAME || state->name_bytes > MOST_NAME_BYTES)
    return fail (state, AM_ERROR_CORRUPT,
                 "a name has %" G_GSIZE_FORMAT " bytes, all so far %" G_GUINT64_FORMAT, length,
                 state->name_bytes);
  g_autofree char *name = g_strdup_printf ("%s%.*s", prefix, (int)key->string.length, key->string.text);
  if (am_torch_is_tensor (value))
    return add_tensor (state, name, value);
  g_autofree char *inner_prefix = g_strconcat (name, ".", NULL);
  return add_dict (state, value, inner_prefix, nesting - 1);
}

/* @nesting: levels of dictionaries within this one that count as well */
static gboolean
add_dict (State *state, const AmPickleNode *dict, const char *prefix, guint nesting)
{
  for (gsize i = 0; i + 1 < dict->sequence.n; i += 2)
    if (!add_value (state, dict->sequence.items[i], dict->sequence.items[i + 1], prefix, nesting))
      return FALSE;
  return TRUE;
}

static gboolean
is_known_global (const char *title)
{
  static const char *const prefixes[]
      = { "torch._utils._rebuild_", "torch._tensor._rebuild_", "torch.cuda.", "torch.storage." };
  static const char *const titles[] = { "collections.OrderedDict",
                                        "collections.defaultdict",
                                        "collections.Counter",
                                        "builtins.dict",
                                        "__builtin__.dict",
                                        "builtins.set",
                                        "__builtin__.set",
                                        "torch.nn.parameter.Parameter",
                                        NULL };

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (title, prefixes[i]))
      return TRUE;
  /* Types and storages are names directly under torch. */
  return g_strv_contains (titles, title)
         || (g_str_has_prefix (title, "torch.") && strchr (title + strlen ("torch."), '.') == NULL);
}

/* What other programs would have imported and run. */
static void
note_globals (const State *state)
{
  const GPtrArray *globals = am_pickle_get_globals (state->source->pickle);
  g_autoptr (GString) names = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; i < globals->len; i++)
    {
      const AmPickleNode *node = g_ptr_array_index (globals, i);
      if (!is_known_global (node->global))
        append_name (names, n++, node->global, strlen (node->global));
    }
  if (n > 0)
    am_checkpoint_add_note (state->checkpoint, "ignored, never run: %s", names->str);
}

static void
note_results (const State *state)
{
  if (state->n_skipped > 0)
    am_checkpoint_add_note (state->checkpoint, "ignored: %u %s", state->n_skipped,
                            state->n_skipped == 1 ? "value that is no tensor" : "values that are no tensors");
  if (state->n_shared > 0)
    am_checkpoint_add_note (state->checkpoint, "%u %s with others and will be written as copies",
                            state->n_shared,
                            state->n_shared == 1 ? "tensor shares its data" : "tensors share their data");
  note_globals (state);
}

/* The object torch.save (module) writes, where a state dictionary should be. */
static const AmPickleNode *
find_object (const AmPickleNode *root)
{
  if (root->kind == AM_PICKLE_CALL)
    return root;
  for (guint i = 0; i < G_N_ELEMENTS (customary); i++)
    {
      const AmPickleNode *value = am_pickle_lookup (root, customary[i]);
      if (value != NULL && value->kind == AM_PICKLE_CALL)
        return value;
    }
  return NULL;
}

static gboolean
refuse_root (const State *state, const AmPickleNode *root)
{
  const AmPickleNode *object = find_object (root);

  if (object != NULL && am_torch_is_tensor (object))
    return fail (state, AM_ERROR_UNSUPPORTED,
                 "this file holds one tensor without a name, not a state dictionary");
  if (object != NULL)
    {
      const char *title = am_pickle_describe (object);
      g_autofree char *shown = am_printable (title, strlen (title));
      return fail (state, AM_ERROR_UNSUPPORTED,
                   "this file holds a whole pickled object (%s), which only its own program can load; "
                   "save its state_dict() there",
                   shown);
    }
  return fail (state, AM_ERROR_UNSUPPORTED, "no tensors found: the file holds %s",
               root->kind == AM_PICKLE_DICT ? "a dictionary without any" : am_pickle_describe (root));
}

gboolean
am_torch_state_read (AmCheckpoint *checkpoint, const AmTorchSource *source, GError **error)
{
  const AmPickleNode *root = am_pickle_get_root (source->pickle);
  g_autoptr (GHashTable) extents = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (GString) where = g_string_new (NULL);
  const guint before = am_checkpoint_peek_tensors (checkpoint)->len;
  const AmPickleNode *chosen;
  State state = {
    .checkpoint = checkpoint,
    .source = source,
    .path = am_checkpoint_get_file (checkpoint, source->file),
    .extents = extents,
    .most_expanded = am_checkpoint_file_size (checkpoint, source->file) * MOST_COPIES + FREE_EXPANSION,
    .error = error,
  };

  if (root->kind != AM_PICKLE_DICT)
    return refuse_root (&state, root);
  chosen = choose (root, where);
  if (!add_dict (&state, chosen, "", has_tensors (chosen) ? 0 : MOST_NESTING))
    return FALSE;
  if (am_checkpoint_peek_tensors (checkpoint)->len == before)
    return refuse_root (&state, root);
  if (chosen != root)
    note_choice (&state, root, where->str);
  if (!has_tensors (chosen))
    am_checkpoint_add_note (checkpoint,
                            "the tensors are in several dictionaries: names were joined with dots");
  note_results (&state);
  return TRUE;
}
