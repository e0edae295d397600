#include "architecture/model-private.h"

#include <string.h>

/* How the names of two models meet. */
typedef struct
{
  guint n_smaller;       /* tensors of the model with fewer */
  guint n_shared;        /* canonical names in both */
  guint n_equal;         /* of these, of equal shape */
  const AmTensor *a, *b; /* the first pair of different shape, or NULL */
} Overlap;

static gboolean
have_equal_shapes (const AmTensor *a, const AmTensor *b)
{
  return a->n_dims == b->n_dims
         && (a->n_dims == 0 || memcmp (a->shape, b->shape, a->n_dims * sizeof *a->shape) == 0);
}

static Overlap
measure_overlap (const AmModel *a, const AmModel *b)
{
  guint n_a = am_checkpoint_get_n_tensors (a->checkpoint), n_b = am_checkpoint_get_n_tensors (b->checkpoint);
  Overlap overlap = { .n_smaller = MIN (n_a, n_b) };

  for (guint i = 0; i < n_a; i++)
    {
      gint index = am_model_find (b, a->roles[i].canonical);
      const AmTensor *left = am_checkpoint_get_tensor (a->checkpoint, i), *right;

      if (index < 0)
        continue;
      right = am_checkpoint_get_tensor (b->checkpoint, (guint)index);
      overlap.n_shared++;
      if (have_equal_shapes (left, right))
        overlap.n_equal++;
      else if (overlap.a == NULL)
        overlap.a = left, overlap.b = right;
    }
  return overlap;
}

static char *
get_file_name (const AmModel *model)
{
  return g_path_get_basename (am_checkpoint_get_path (model->checkpoint));
}

static gboolean
refuse (const AmModel *a, const AmModel *b, char **reason, const char *why)
{
  g_autofree char *a_name = get_file_name (a);
  g_autofree char *b_name = get_file_name (b);
  g_autofree char *a_title = am_model_translate_title (a, am_translate);
  g_autofree char *b_title = am_model_translate_title (b, am_translate);

  if (reason != NULL)
    *reason = g_strdup_printf (T_ ("%s is %s and %s is %s: %s"), a_name, a_title, b_name, b_title, why);
  return FALSE;
}

static char *
describe_shape (const AmTensor *tensor)
{
  GString *text = g_string_new ("[");

  for (guint i = 0; i < tensor->n_dims; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? ", " : "", tensor->shape[i]);
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

/* Families whose members differ in what stands under a name, though many shapes agree. */
static gboolean
are_same_member (const AmModel *a, const AmModel *b)
{
  switch (a->family)
    {
    case AM_FAMILY_RESNET:
    case AM_FAMILY_VGG:
      return g_str_equal (a->architecture, b->architecture);
    case AM_FAMILY_VIT:
    case AM_FAMILY_LLAMA:
      return a->depth == b->depth;
    default:
      return TRUE;
    }
}

/* One family at two sizes has the same names and different shapes. */
static gboolean
check_sizes (const AmModel *a, const AmModel *b, char **reason)
{
  Overlap overlap;
  g_autofree char *a_shape = NULL;
  g_autofree char *b_shape = NULL;
  g_autofree char *why = NULL;

  if (!are_same_member (a, b))
    return refuse (a, b, reason, T_ ("they have different layers"));
  overlap = measure_overlap (a, b);
  if (overlap.n_shared == 0)
    return a->family == AM_FAMILY_UNKNOWN || refuse (a, b, reason, T_ ("they have no tensor name in common"));
  if (overlap.a == NULL || 2 * overlap.n_equal >= overlap.n_shared || a->family == AM_FAMILY_UNKNOWN)
    return TRUE;
  a_shape = describe_shape (overlap.a);
  b_shape = describe_shape (overlap.b);
  why = g_strdup_printf (T_ ("they are of different sizes, as %s is %s in one and %s in the other"),
                         overlap.a->name, a_shape, b_shape);
  return refuse (a, b, reason, why);
}

static gboolean
check_families (const AmModel *a, const AmModel *b, char **reason)
{
  Overlap overlap;

  if (a->family == AM_FAMILY_LORA || b->family == AM_FAMILY_LORA)
    return refuse (a, b, reason, T_ ("an adapter does not merge with a checkpoint; bake it into one first"));
  if (a->family == AM_FAMILY_VAE || b->family == AM_FAMILY_VAE)
    return refuse (a, b, reason,
                   T_ ("a VAE alone does not merge with a whole model; put it in with --vae, or as a "
                       "recipe's component"));
  if (a->family != AM_FAMILY_UNKNOWN && b->family != AM_FAMILY_UNKNOWN)
    return refuse (a, b, reason, T_ ("models of different architectures do not merge"));
  overlap = measure_overlap (a, b);
  if (overlap.n_shared == 0 || 2 * overlap.n_shared < overlap.n_smaller)
    return refuse (a, b, reason, T_ ("fewer than half of their tensor names agree"));
  return TRUE;
}

gboolean
am_model_is_compatible (const AmModel *a, const AmModel *b, char **reason)
{
  if (reason != NULL)
    *reason = NULL;
  return a->family == b->family ? check_sizes (a, b, reason) : check_families (a, b, reason);
}
