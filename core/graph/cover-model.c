#include "graph/description.h"

#include <string.h>

#include "architecture/key-table.h"
#include "base/text.h"

/* So many are named in an error. */
#define N_NAMED 3

typedef struct
{
  AmGraph *graph;
  const AmModel *model;
  const AmCheckpoint *checkpoint;
  const GPtrArray *kept;
} Cover;

static gboolean
is_kept (const GPtrArray *kept, const char *name)
{
  for (guint i = 0; i < kept->len; i++)
    if (am_name_is_under (name, g_ptr_array_index (kept, i)))
      return TRUE;
  return FALSE;
}

static gboolean
has_shape (const AmTensor *tensor, const AmGraphTensor *wanted)
{
  return tensor->n_dims == wanted->n_dims
         && (tensor->n_dims == 0
             || memcmp (tensor->shape, wanted->shape, tensor->n_dims * sizeof *tensor->shape) == 0);
}

static gboolean
add_copy (const Cover *cover, guint index, GError **error)
{
  const AmGraphTensor *tensor = am_graph_get_tensor (cover->graph, index);
  g_autofree char *name = NULL;
  gint copy;

  if (!g_str_has_prefix (tensor->name, "model."))
    return TRUE;
  name = am_ema_get_name (tensor->name);
  copy = am_model_find (cover->model, name);
  if (copy < 0 || am_model_get_role (cover->model, (guint)copy)->component != AM_COMPONENT_EMA)
    return TRUE;
  if (!has_shape (am_checkpoint_get_tensor (cover->checkpoint, (guint)copy), tensor))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
                   T_ ("%s: %s, the averaged copy of %s, has another shape; prune the checkpoint first"),
                   am_checkpoint_get_path (cover->checkpoint), name, tensor->name);
      return FALSE;
    }
  am_graph_add_copy (cover->graph, index, name);
  return TRUE;
}

static gboolean
add_copies (const Cover *cover, GError **error)
{
  for (guint i = 0; i < am_graph_get_n_tensors (cover->graph); i++)
    if (!add_copy (cover, i, error))
      return FALSE;
  return TRUE;
}

/* Marks the components of which the graph uses a tensor. */
static void
find_covered (const Cover *cover, gboolean *is_covered)
{
  for (guint i = 0; i < am_graph_get_n_tensors (cover->graph); i++)
    {
      gint index = am_model_find (cover->model, am_graph_get_tensor (cover->graph, i)->name);

      if (index >= 0)
        is_covered[am_model_get_role (cover->model, (guint)index)->component] = TRUE;
    }
}

/* Whether nobody said what becomes of tensor @index. */
static gboolean
is_left_over (const Cover *cover, guint index)
{
  const AmTensorRole *role = am_model_get_role (cover->model, index);

  if (role->component == AM_COMPONENT_EMA || role->component == AM_COMPONENT_SCHEDULE
      || role->component == AM_COMPONENT_OTHER)
    return FALSE;
  return am_dtype_is_mergeable (am_checkpoint_get_tensor (cover->checkpoint, index)->dtype)
         && am_graph_find_tensor (cover->graph, role->canonical) == AM_NO_TENSOR
         && !is_kept (cover->kept, role->canonical);
}

/* Nobody knows whether what belongs to no part has to do with channels that move: that is worth saying. */
static void
note_strangers (const Cover *cover)
{
  const char *first = NULL;
  guint n = 0;

  for (guint i = 0; i < am_checkpoint_get_n_tensors (cover->checkpoint); i++)
    {
      const AmTensorRole *role = am_model_get_role (cover->model, i);

      if (role->component != AM_COMPONENT_OTHER
          || !am_dtype_is_mergeable (am_checkpoint_get_tensor (cover->checkpoint, i)->dtype)
          || am_graph_find_tensor (cover->graph, role->canonical) != AM_NO_TENSOR
          || is_kept (cover->kept, role->canonical))
        continue;
      first = first != NULL ? first : role->canonical;
      n++;
    }
  if (n > 0)
    am_graph_add_note (cover->graph,
                       TN_ ("%u tensor of no known part stays as it is: %s",
                            "%u tensors of no known part stay as they are, the first is %s", n),
                       n, first);
}

static gboolean
fail_left_over (const Cover *cover, const GPtrArray *names, const char *source, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < MIN (names->len, N_NAMED); i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", (const char *)g_ptr_array_index (names, i));
  g_string_append (list, names->len > N_NAMED ? ", ..." : "");
  g_set_error (
      error, AM_ERROR, AM_ERROR_UNSUPPORTED,
      TN_ ("%s: %u tensor is not in the description %s (%s), so alignment cannot know what it does with "
           "channels that move; describe it in an architecture file",
           "%s: %u tensors are not in the description %s (%s), so alignment cannot know what they do "
           "with channels that move; describe them in an architecture file",
           names->len),
      am_checkpoint_get_path (cover->checkpoint), names->len, source, list->str);
  return FALSE;
}

gboolean
am_graph_cover_model (AmGraph *graph, const AmModel *model, const GPtrArray *kept, const char *source,
                      GError **error)
{
  Cover cover = { graph, model, am_model_get_checkpoint (model), kept };
  gboolean is_covered[AM_N_COMPONENTS] = { FALSE }, is_noted[AM_N_COMPONENTS] = { FALSE };
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  find_covered (&cover, is_covered);
  for (guint i = 0; i < am_checkpoint_get_n_tensors (cover.checkpoint); i++)
    {
      AmComponent component = am_model_get_role (model, i)->component;

      if (!is_left_over (&cover, i))
        continue;
      if (is_covered[component])
        g_ptr_array_add (names, (gpointer)am_model_get_role (model, i)->canonical);
      else if (!is_noted[component])
        am_graph_add_note (graph, T_ ("%s stays as it is: no graph describes it"),
                           T_ (am_component_get_title (component)));
      is_noted[component] |= !is_covered[component];
    }
  note_strangers (&cover);
  return names->len == 0 ? add_copies (&cover, error) : fail_left_over (&cover, names, source, error);
}
