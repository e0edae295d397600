#include "details-facts.h"

#include <glib/gi18n.h>

typedef struct
{
  char *path;
  char *name;
} Request;

static void
request_free (Request *request)
{
  g_free (request->path);
  g_free (request->name);
  g_free (request);
}

static void
share_free (AmComponentShare *share)
{
  g_free (share->dtypes);
  g_free (share);
}

void
am_details_facts_free (AmDetailsFacts *facts)
{
  g_strfreev (facts->evidence);
  g_strfreev (facts->notes);
  g_ptr_array_unref (facts->components);
  g_ptr_array_unref (facts->keys);
  g_hash_table_unref (facts->metadata);
  am_ancestor_free (facts->ancestry);
  g_free (facts);
}

/* Bytes of each type in each component. */
typedef struct
{
  guint n_tensors;
  guint64 sizes[AM_N_DTYPES];
} Sum;

static guint
find_largest (const Sum *sum)
{
  guint largest = 0;

  for (guint i = 1; i < AM_N_DTYPES; i++)
    if (sum->sizes[i] > sum->sizes[largest])
      largest = i;
  return largest;
}

static AmComponentShare *
make_share (AmComponent component, Sum sum)
{
  AmComponentShare *share = g_new0 (AmComponentShare, 1);
  GString *dtypes = g_string_new (NULL);

  share->component = component;
  share->n_tensors = sum.n_tensors;
  for (guint dtype = find_largest (&sum); sum.sizes[dtype] > 0; dtype = find_largest (&sum))
    {
      g_string_append_printf (dtypes, "%s%s", dtypes->len > 0 ? ", " : "",
                              am_dtype_get_name ((AmDtype)dtype));
      share->size += sum.sizes[dtype];
      sum.sizes[dtype] = 0;
    }
  share->dtypes = g_string_free (dtypes, FALSE);
  return share;
}

static void
take_components (AmDetailsFacts *facts, const AmCheckpoint *checkpoint, const AmModel *model)
{
  g_autofree Sum *sums = g_new0 (Sum, AM_N_COMPONENTS);

  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (checkpoint, i);
      Sum *sum = &sums[am_model_get_role (model, i)->component];

      sum->n_tensors++;
      facts->n_values += tensor->length;
      if ((guint)tensor->dtype < AM_N_DTYPES)
        sum->sizes[tensor->dtype] += tensor->size;
    }
  facts->components = g_ptr_array_new_with_free_func ((GDestroyNotify)share_free);
  for (guint i = 0; i < AM_N_COMPONENTS; i++)
    if (sums[i].n_tensors > 0)
      g_ptr_array_add (facts->components, make_share ((AmComponent)i, sums[i]));
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *)a, *(const char *const *)b);
}

static void
take_metadata (AmDetailsFacts *facts, const AmCheckpoint *checkpoint, const char *name)
{
  GHashTable *metadata = am_checkpoint_get_metadata (checkpoint);
  GHashTableIter iter;
  gpointer key, value;

  facts->keys = g_ptr_array_new ();
  facts->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  facts->ancestry = am_ancestry_new (metadata, name);
  if (metadata == NULL)
    return;
  g_hash_table_iter_init (&iter, metadata);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_replace (facts->metadata, g_utf8_make_valid (key, -1), g_utf8_make_valid (value, -1));
  g_hash_table_iter_init (&iter, facts->metadata);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (facts->keys, key);
  g_ptr_array_sort (facts->keys, compare_keys);
  facts->has_recipe = g_hash_table_contains (metadata, AM_RECIPE_METADATA_KEY);
}

static gpointer
read_facts (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  const Request *request = data;
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (request->path, error);
  g_autoptr (AmModel) model = NULL;
  AmDetailsFacts *facts;

  if (checkpoint == NULL)
    return NULL;
  model = am_model_new (checkpoint);
  facts = g_new0 (AmDetailsFacts, 1);
  facts->container = am_container_get_title (am_checkpoint_get_container (checkpoint));
  facts->n_files = am_checkpoint_get_n_files (checkpoint);
  facts->n_tensors = am_checkpoint_get_n_tensors (checkpoint);
  facts->evidence = g_strdupv ((char **)am_model_get_evidence (model));
  facts->notes = g_strdupv ((char **)am_checkpoint_get_notes (checkpoint));
  facts->n_missing = g_strv_length ((char **)am_model_get_missing (model));
  take_components (facts, checkpoint, model);
  take_metadata (facts, checkpoint, request->name);
  return facts;
}

AmJob *
am_details_facts_make_job (const char *path, const char *name)
{
  Request *request = g_new0 (Request, 1);

  request->path = g_strdup (path);
  request->name = g_strdup (name);
  return am_job_new (_ ("Reading the header"), read_facts, request, (GDestroyNotify)request_free,
                     (GDestroyNotify)am_details_facts_free);
}
