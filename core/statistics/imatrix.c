/* Importance matrices of llama.cpp: for each weight NAME the tensors NAME.in_sum2, [in] or [experts, in],
 * sums of squared inputs, and NAME.counts, how many tokens each is of. */
#include "statistics/statistics-private.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

#define SUMS_SUFFIX ".in_sum2"
#define COUNTS_SUFFIX ".counts"
#define STACK_SUFFIX "_exps.weight"

/* blk.0.ffn_gate_exps.weight -> blk.0.ffn_gate.3.weight */
static char *
name_expert (const char *stack, guint64 expert)
{
  gsize length = strlen (stack);

  if (g_str_has_suffix (stack, STACK_SUFFIX))
    length -= strlen (STACK_SUFFIX);
  return g_strdup_printf ("%.*s.%" G_GUINT64_FORMAT ".weight", (int)length, stack, expert);
}

static void
add_expert (AmStatistics *self, const char *name, const AmTensor *sums, guint64 expert, double count)
{
  g_autofree char *key = name_expert (name, expert);
  AmStatisticEntry *entry = am_statistics_add_entry (self, AM_STATISTIC_GRAM, TRUE, key, sums, count);

  entry->statistic.n_dims = 1;
  entry->statistic.shape = sums->shape + 1;
  entry->statistic.length = sums->shape[1];
  entry->offset = expert * sums->shape[1];
}

static gboolean
add_all (AmStatistics *self, const char *name, const AmTensor *sums, const AmTensor *tensor, GError **error)
{
  guint64 n = sums->n_dims == 2 ? sums->shape[0] : 1;
  g_autofree double *counts = am_statistics_read_counts (self, tensor, n, error);

  if (counts == NULL)
    return FALSE;
  for (guint64 i = 0; i < n; i++)
    if (!isfinite (counts[i]) || counts[i] < 0.0)
      return am_statistics_set_corrupt (self, tensor, T_ ("a count is a number from 0 up"), error);
    else if (counts[i] > 0.0 && n == 1)
      {
        AmStatisticEntry *entry
            = am_statistics_add_entry (self, AM_STATISTIC_GRAM, TRUE, name, sums, counts[i]);

        entry->statistic.shape = sums->shape + sums->n_dims - 1;
        entry->statistic.n_dims = 1;
      }
    else if (counts[i] > 0.0)
      add_expert (self, name, sums, i, counts[i]);
  return TRUE;
}

static gboolean
read_sums (AmStatistics *self, const AmTensor *sums, GError **error)
{
  g_autofree char *name = g_strndup (sums->name, strlen (sums->name) - strlen (SUMS_SUFFIX));
  g_autofree char *counts_name = g_strconcat (name, COUNTS_SUFFIX, NULL);
  const AmTensor *counts = am_checkpoint_find (self->checkpoint, counts_name, NULL);

  if (!am_dtype_is_mergeable (sums->dtype) || sums->length == 0 || sums->n_dims < 1 || sums->n_dims > 2)
    return am_statistics_set_corrupt (
        self, sums, T_ ("sums of squared inputs are floating-point numbers, one for each input"), error);
  if (counts == NULL)
    {
      g_autofree char *reason = g_strdup_printf (T_ ("its count “%s” is missing"), counts_name);

      return am_statistics_set_corrupt (self, sums, reason, error);
    }
  return add_all (self, name, sums, counts, error);
}

gboolean
am_imatrix_read (AmStatistics *self, GError **error)
{
  guint n_sums = 0;

  for (guint i = 0; i < am_checkpoint_get_n_tensors (self->checkpoint); i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (self->checkpoint, i);

      if (!g_str_has_suffix (tensor->name, SUMS_SUFFIX))
        continue;
      n_sums++;
      if (!read_sums (self, tensor, error))
        return FALSE;
    }
  if (self->entries->len > 0)
    return TRUE;
  g_set_error (error, AM_ERROR, n_sums > 0 ? AM_ERROR_CORRUPT : AM_ERROR_UNSUPPORTED,
               n_sums > 0
                   ? T_ ("%s: all counts of this importance matrix are 0: it was measured on nothing")
                   : T_ ("%s is a GGUF file without an importance matrix: it has no tensors “NAME.in_sum2”"),
               am_checkpoint_get_path (self->checkpoint));
  return FALSE;
}
