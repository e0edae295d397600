#include "inspect-facts.h"

static void
share_add (InspectShare *share, const AmTensor *tensor)
{
  share->n_tensors++;
  share->n_elements += tensor->length;
  share->size += tensor->size;
  if ((guint)tensor->dtype < AM_N_DTYPES)
    share->by_dtype[tensor->dtype]++;
}

static gboolean
is_network (AmComponent component)
{
  return component != AM_COMPONENT_EMA && component != AM_COMPONENT_SCHEDULE
         && component != AM_COMPONENT_OTHER;
}

static void
sort_tensors (InspectFacts *facts)
{
  guint n_blocks = am_model_get_n_blocks (facts->model);

  facts->blocks = g_new0 (InspectShare, n_blocks);
  for (guint i = 0; i < am_checkpoint_get_n_tensors (facts->checkpoint); i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (facts->checkpoint, i);
      const AmTensorRole *role = am_model_get_role (facts->model, i);

      share_add (&facts->all, tensor);
      share_add (&facts->components[role->component], tensor);
      if (role->block < n_blocks && is_network (role->component))
        share_add (&facts->blocks[role->block], tensor);
    }
}

gboolean
inspect_facts_init (InspectFacts *facts, const char *path, GError **error)
{
  *facts = (InspectFacts){ 0 };
  facts->checkpoint = am_checkpoint_open (path, error);
  if (facts->checkpoint == NULL)
    return FALSE;
  facts->model = am_model_new (facts->checkpoint);
  sort_tensors (facts);
  return TRUE;
}

void
inspect_facts_clear (InspectFacts *facts)
{
  g_clear_pointer (&facts->model, am_model_free);
  g_clear_pointer (&facts->checkpoint, am_checkpoint_free);
  g_clear_pointer (&facts->blocks, g_free);
  g_clear_pointer (&facts->findings, g_array_unref);
  g_clear_pointer (&facts->sha256, g_free);
  g_clear_pointer (&facts->legacy_hash, g_free);
  g_clear_pointer (&facts->tensor_hash, g_free);
}

static gboolean
is_single_file (const InspectFacts *facts)
{
  return am_checkpoint_get_n_files (facts->checkpoint) == 1;
}

gboolean
inspect_facts_hash (InspectFacts *facts, gboolean is_wanted, GCancellable *cancellable, GError **error)
{
  const char *file = is_single_file (facts) ? am_checkpoint_get_file (facts->checkpoint, 0) : NULL;

  if (file != NULL)
    facts->legacy_hash = am_digest_legacy (file, NULL);
  if (!is_wanted)
    {
      facts->sha256 = file != NULL ? am_digest_lookup (file) : NULL;
      return TRUE;
    }
  facts->sha256 = am_digest_finish (am_digest_start (facts->checkpoint, cancellable), error);
  if (facts->sha256 == NULL)
    return FALSE;
  if (am_checkpoint_get_container (facts->checkpoint) != AM_CONTAINER_SAFETENSORS)
    return TRUE;
  facts->tensor_hash = am_digest_tensors (facts->checkpoint, cancellable, error);
  return facts->tensor_hash != NULL;
}

static AmDtype
find_most_frequent (const guint *counts)
{
  guint most = 0;

  for (guint dtype = 1; dtype < AM_N_DTYPES; dtype++)
    if (counts[dtype] > counts[most])
      most = dtype;
  return most;
}

char *
inspect_share_list_dtypes (const InspectShare *share)
{
  InspectShare rest = *share;
  GString *text = g_string_new (NULL);

  for (AmDtype dtype = find_most_frequent (rest.by_dtype); rest.by_dtype[dtype] > 0;
       dtype = find_most_frequent (rest.by_dtype))
    {
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", am_dtype_get_name (dtype));
      rest.by_dtype[dtype] = 0;
    }
  return g_string_free (text, FALSE);
}
