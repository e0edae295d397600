#include "architecture/matrix-chain.h"

#include <string.h>

gint
am_name_compare_naturally (const char *a, const char *b)
{
  while (*a != '\0' && *b != '\0')
    {
      if (g_ascii_isdigit (*a) && g_ascii_isdigit (*b))
        {
          guint64 x = g_ascii_strtoull (a, (char **)&a, 10), y = g_ascii_strtoull (b, (char **)&b, 10);

          if (x != y)
            return x < y ? -1 : 1;
        }
      else if (*a != *b)
        return (guchar)*a < (guchar)*b ? -1 : 1;
      else
        a++, b++;
    }
  return (*a != '\0') - (*b != '\0');
}

static gint
compare_tensors (gconstpointer a, gconstpointer b)
{
  return am_name_compare_naturally ((*(const AmTensor *const *)a)->name, (*(const AmTensor *const *)b)->name);
}

/* The matrices of the checkpoint, or NULL when it holds anything a perceptron does not. */
static GPtrArray *
list_matrices (const AmCheckpoint *checkpoint)
{
  g_autoptr (GPtrArray) matrices = g_ptr_array_new ();
  guint n_tensors = am_checkpoint_get_n_tensors (checkpoint);

  for (guint i = 0; i < n_tensors; i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (checkpoint, i);

      if (tensor->n_dims == 2 && g_str_has_suffix (tensor->name, "weight") && tensor->length > 0)
        g_ptr_array_add (matrices, (gpointer)tensor);
      else if (tensor->n_dims > 1)
        return NULL;
    }
  if (matrices->len < 2 || matrices->len > 64)
    return NULL;
  g_ptr_array_sort (matrices, compare_tensors);
  return g_steal_pointer (&matrices);
}

/* The matrices in the order in which they feed each other from number @first on, or NULL; the order of names
 * decides where widths do not. */
static GPtrArray *
chain_from (const GPtrArray *matrices, guint first)
{
  g_autoptr (GPtrArray) chain = g_ptr_array_new ();
  guint64 used = G_GUINT64_CONSTANT (1) << first, width;

  g_ptr_array_add (chain, g_ptr_array_index (matrices, first));
  width = ((const AmTensor *)g_ptr_array_index (matrices, first))->shape[0];
  while (chain->len < matrices->len)
    {
      guint next = 0;

      while (next < matrices->len
             && ((used >> next & 1) != 0
                 || ((const AmTensor *)g_ptr_array_index (matrices, next))->shape[1] != width))
        next++;
      if (next == matrices->len)
        return NULL;
      used |= G_GUINT64_CONSTANT (1) << next;
      g_ptr_array_add (chain, g_ptr_array_index (matrices, next));
      width = ((const AmTensor *)g_ptr_array_index (matrices, next))->shape[0];
    }
  return g_steal_pointer (&chain);
}

GPtrArray *
am_checkpoint_chain_matrices (const AmCheckpoint *checkpoint)
{
  g_autoptr (GPtrArray) matrices = list_matrices (checkpoint);
  GPtrArray *chain = NULL;

  for (guint first = 0; matrices != NULL && first < matrices->len && chain == NULL; first++)
    chain = chain_from (matrices, first);
  return chain;
}
