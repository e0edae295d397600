#include "statistics/statistics-private.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

static const char *const kind_ids[AM_N_STATISTICS] = {
  [AM_STATISTIC_FISHER] = "fisher",
  [AM_STATISTIC_GRAM] = "gram",
  [AM_STATISTIC_MOMENTS] = "moments",
};

const AmStatisticPrefix am_statistic_prefixes[AM_N_STATISTIC_PREFIXES] = {
  { AM_STATISTIC_FISHER, FALSE, "fisher/", NULL, "fisher.count/" },
  { AM_STATISTIC_GRAM, FALSE, "gram/", NULL, "gram.count/" },
  { AM_STATISTIC_GRAM, TRUE, "gram_diagonal/", NULL, "gram_diagonal.count/" },
  { AM_STATISTIC_MOMENTS, FALSE, "moments.sum/", "moments.squares/", "moments.count/" },
};

const char *
am_statistic_kind_get_id (AmStatisticKind kind)
{
  return kind_ids[kind];
}

static gboolean
parse_kind (const char *word, guint *kinds)
{
  for (guint kind = 0; kind < AM_N_STATISTICS; kind++)
    if (strcmp (word, kind_ids[kind]) == 0)
      {
        *kinds |= 1u << kind;
        return TRUE;
      }
  return FALSE;
}

gboolean
am_statistic_kinds_parse (const char *text, guint *kinds, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);

  *kinds = 0;
  for (guint i = 0; words[i] != NULL; i++)
    if (!parse_kind (g_strstrip (words[i]), kinds))
      {
        g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                     T_ ("“%s” is no kind of statistics; there are fisher, gram and moments"), words[i]);
        return FALSE;
      }
  if (*kinds != 0)
    return TRUE;
  g_set_error_literal (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                       T_ ("which statistics? fisher, gram, moments or several, separated by commas"));
  return FALSE;
}

gboolean
am_statistics_set_corrupt (const AmStatistics *self, const AmTensor *tensor, const char *reason,
                           GError **error)
{
  g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, T_ ("%s: tensor “%s”: %s"),
               am_checkpoint_get_path (self->checkpoint), tensor->name, reason);
  return FALSE;
}

static void
entry_free (gpointer data)
{
  AmStatisticEntry *entry = data;

  g_free (entry->key);
  g_free (entry);
}

AmStatisticEntry *
am_statistics_add_entry (AmStatistics *self, AmStatisticKind kind, gboolean is_diagonal, const char *key,
                         const AmTensor *sums, double count)
{
  AmStatisticEntry *entry = g_new0 (AmStatisticEntry, 1);
  const AmStatisticEntry *other;

  entry->key = g_strdup (key);
  entry->statistic = (AmStatistic){
    .key = entry->key,
    .kind = kind,
    .is_diagonal = is_diagonal,
    .n_dims = sums->n_dims,
    .shape = sums->shape,
    .length = sums->length,
    .count = count,
    .sums = sums,
  };
  g_ptr_array_add (self->entries, entry);
  other = g_hash_table_lookup (self->by_key[kind], key);
  if (other == NULL || !is_diagonal)
    g_hash_table_insert (self->by_key[kind], entry->key, entry);
  return entry;
}

double *
am_statistics_read_counts (AmStatistics *self, const AmTensor *tensor, guint64 n_wanted, GError **error)
{
  g_autofree double *counts = NULL;

  if (!am_dtype_is_mergeable (tensor->dtype) || tensor->length != n_wanted)
    {
      am_statistics_set_corrupt (self, tensor,
                                 n_wanted == 1 ? T_ ("a count is one floating-point number")
                                               : T_ ("counts are one floating-point number for each expert"),
                                 error);
      return NULL;
    }
  counts = g_new (double, n_wanted);
  if (!am_checkpoint_read_doubles (self->checkpoint, tensor, 0, n_wanted, counts, error))
    return NULL;
  return g_steal_pointer (&counts);
}

static gboolean
read_count (AmStatistics *self, const AmTensor *sums, const char *name, double *count, GError **error)
{
  const AmTensor *tensor = am_checkpoint_find (self->checkpoint, name, NULL);
  g_autofree double *counts = NULL;

  if (tensor == NULL)
    {
      g_autofree char *reason = g_strdup_printf (T_ ("its count “%s” is missing"), name);

      return am_statistics_set_corrupt (self, sums, reason, error);
    }
  counts = am_statistics_read_counts (self, tensor, 1, error);
  if (counts == NULL)
    return FALSE;
  *count = counts[0];
  if (isfinite (*count) && *count > 0.0)
    return TRUE;
  return am_statistics_set_corrupt (self, tensor, T_ ("a count is a number above 0"), error);
}

static const char *
find_shape_fault (const AmStatisticPrefix *prefix, const AmTensor *tensor)
{
  if (!am_dtype_is_mergeable (tensor->dtype))
    return T_ ("sums are floating-point numbers");
  if (tensor->length == 0)
    return T_ ("it is empty");
  if (prefix->kind == AM_STATISTIC_FISHER)
    return NULL;
  if (prefix->kind == AM_STATISTIC_GRAM && !prefix->is_diagonal)
    return tensor->n_dims == 2 && tensor->shape[0] == tensor->shape[1]
               ? NULL
               : T_ ("a Gram matrix is square, inputs by inputs");
  return tensor->n_dims == 1 ? NULL : T_ ("it should have one axis");
}

/* Finds the sums of squares that go with the sums @tensor. */
static gboolean
find_squares (AmStatistics *self, AmStatisticEntry *entry, const AmStatisticPrefix *prefix, GError **error)
{
  g_autofree char *name = g_strconcat (prefix->squares, entry->key, NULL);
  const AmTensor *squares = am_checkpoint_find (self->checkpoint, name, NULL);

  if (squares == NULL)
    {
      g_autofree char *reason = g_strdup_printf (T_ ("its squares “%s” are missing"), name);

      return am_statistics_set_corrupt (self, entry->statistic.sums, reason, error);
    }
  if (find_shape_fault (prefix, squares) != NULL || squares->length != entry->statistic.length)
    return am_statistics_set_corrupt (self, squares, T_ ("sums and sums of squares differ in shape"), error);
  entry->statistic.squares = squares;
  return TRUE;
}

static gboolean
read_tensor (AmStatistics *self, const AmStatisticPrefix *prefix, const AmTensor *tensor, GError **error)
{
  const char *key = tensor->name + strlen (prefix->sums);
  g_autofree char *count_name = g_strconcat (prefix->count, key, NULL);
  const char *fault = find_shape_fault (prefix, tensor);
  AmStatisticEntry *entry;
  double count = 0.0;

  if (fault != NULL)
    return am_statistics_set_corrupt (self, tensor, fault, error);
  if (!read_count (self, tensor, count_name, &count, error))
    return FALSE;
  entry = am_statistics_add_entry (self, prefix->kind, prefix->is_diagonal, key, tensor, count);
  return prefix->squares == NULL || find_squares (self, entry, prefix, error);
}

/* Counts and squares of which there are no sums are signs of a file cut to pieces. */
static gboolean
check_has_sums (AmStatistics *self, const AmStatisticPrefix *prefix, const char *part, const AmTensor *tensor,
                GError **error)
{
  g_autofree char *name = g_strconcat (prefix->sums, tensor->name + strlen (part), NULL);
  g_autofree char *reason = NULL;

  if (am_checkpoint_find (self->checkpoint, name, NULL) != NULL)
    return TRUE;
  reason = g_strdup_printf (T_ ("its sums “%s” are missing"), name);
  return am_statistics_set_corrupt (self, tensor, reason, error);
}

static gboolean
read_any (AmStatistics *self, const AmTensor *tensor, GError **error)
{
  for (guint i = 0; i < AM_N_STATISTIC_PREFIXES; i++)
    {
      const AmStatisticPrefix *prefix = &am_statistic_prefixes[i];

      if (g_str_has_prefix (tensor->name, prefix->sums))
        return read_tensor (self, prefix, tensor, error);
      if (g_str_has_prefix (tensor->name, prefix->count))
        return check_has_sums (self, prefix, prefix->count, tensor, error);
      if (prefix->squares != NULL && g_str_has_prefix (tensor->name, prefix->squares))
        return check_has_sums (self, prefix, prefix->squares, tensor, error);
    }
  return TRUE;
}

static gboolean
check_format (AmStatistics *self, GError **error)
{
  const char *path = am_checkpoint_get_path (self->checkpoint);
  const char *format = am_statistics_get_metadata (self, "format");
  const char *version = am_statistics_get_metadata (self, "version");

  if (g_strcmp0 (format, AM_STATISTICS_FORMAT) != 0)
    g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                 T_ ("%s holds no statistics: its metadata does not say “format: %s”; “amalgam statistics” "
                     "measures them"),
                 path, AM_STATISTICS_FORMAT);
  else if (g_strcmp0 (version, AM_STATISTICS_VERSION) != 0)
    g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                 T_ ("%s: statistics of version “%s” are not read, only of version %s; a newer Amalgam may"),
                 path, version != NULL ? version : "", AM_STATISTICS_VERSION);
  else
    return TRUE;
  return FALSE;
}

static gboolean
read_own (AmStatistics *self, GError **error)
{
  if (!check_format (self, error))
    return FALSE;
  for (guint i = 0; i < am_checkpoint_get_n_tensors (self->checkpoint); i++)
    if (!read_any (self, am_checkpoint_get_tensor (self->checkpoint, i), error))
      return FALSE;
  if (self->entries->len > 0)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, T_ ("%s: there are no statistics in it"),
               am_checkpoint_get_path (self->checkpoint));
  return FALSE;
}

AmStatistics *
am_statistics_open (const char *path, GError **error)
{
  g_autoptr (AmStatistics) self = NULL;
  AmCheckpoint *checkpoint = am_checkpoint_open (path, error);
  gboolean is_read;

  if (checkpoint == NULL)
    return NULL;
  self = g_new0 (AmStatistics, 1);
  self->checkpoint = checkpoint;
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  for (guint kind = 0; kind < AM_N_STATISTICS; kind++)
    self->by_key[kind] = g_hash_table_new (g_str_hash, g_str_equal);
  if (am_checkpoint_get_container (checkpoint) == AM_CONTAINER_GGUF)
    is_read = am_imatrix_read (self, error);
  else
    is_read = read_own (self, error);
  return is_read ? g_steal_pointer (&self) : NULL;
}

void
am_statistics_free (AmStatistics *self)
{
  if (self == NULL)
    return;
  for (guint kind = 0; kind < AM_N_STATISTICS; kind++)
    g_hash_table_unref (self->by_key[kind]);
  g_ptr_array_unref (self->entries);
  am_checkpoint_free (self->checkpoint);
  g_free (self);
}

AmCheckpoint *
am_statistics_get_checkpoint (const AmStatistics *self)
{
  return self->checkpoint;
}

const char *
am_statistics_get_metadata (const AmStatistics *self, const char *key)
{
  GHashTable *metadata = am_checkpoint_get_metadata (self->checkpoint);

  return metadata != NULL ? g_hash_table_lookup (metadata, key) : NULL;
}

guint
am_statistics_get_n (const AmStatistics *self)
{
  return self->entries->len;
}

const AmStatistic *
am_statistics_get (const AmStatistics *self, guint index)
{
  return g_ptr_array_index (self->entries, index);
}

const AmStatistic *
am_statistics_find (const AmStatistics *self, AmStatisticKind kind, const char *key)
{
  const AmStatistic *found = g_hash_table_lookup (self->by_key[kind], key);
  g_auto (GStrv) others = NULL;

  if (found != NULL)
    return found;
  others = am_layer_name_translate (key);
  for (guint i = 0; others[i] != NULL && found == NULL; i++)
    found = g_hash_table_lookup (self->by_key[kind], others[i]);
  return found;
}
