/* What a plan says when asked. */
#include "merge/plan-private.h"

static guint
count_reason (const AmPlan *self, const char *reason)
{
  guint n = 0;

  for (guint i = 0; i < self->tensors->len; i++)
    {
      const AmPlanTensor *tensor = &am_plan_planned (self, i)->public;

      n += tensor->action == AM_ACTION_MERGED && g_strcmp0 (tensor->reason, reason) == 0;
    }
  return n;
}

/* In the place of an earlier line with that reason: a run may find it in more tensors than the plan did. */
static void
put_line (GPtrArray *lines, char *line, const char *reason)
{
  for (guint i = 0; i < lines->len; i++)
    if (g_str_has_suffix (g_ptr_array_index (lines, i), reason))
      {
        g_free (g_ptr_array_index (lines, i));
        g_ptr_array_index (lines, i) = line;
        return;
      }
  g_ptr_array_add (lines, line);
}

void
am_plan_list_stand_ins (const AmPlan *self, GPtrArray *lines)
{
  g_autoptr (GHashTable) told = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->tensors->len; i++)
    {
      const AmPlanTensor *tensor = &am_plan_planned (self, i)->public;
      g_autofree char *line = NULL;
      guint n;

      if (tensor->action != AM_ACTION_MERGED || tensor->reason == NULL
          || !g_hash_table_add (told, (gpointer)tensor->reason))
        continue;
      n = count_reason (self, tensor->reason);
      line = g_strdup_printf (TN_ ("%u tensor: %s", "%u tensors: %s", n), n, T_ (tensor->reason));
      put_line (lines, g_steal_pointer (&line), T_ (tensor->reason));
    }
}

guint
am_plan_get_n_tensors (const AmPlan *self)
{
  return self->tensors->len;
}

const AmPlanTensor *
am_plan_get_tensor (const AmPlan *self, guint index)
{
  return &am_plan_planned (self, index)->public;
}

guint
am_plan_count (const AmPlan *self, AmAction action)
{
  guint n = 0;

  for (guint i = 0; i < self->tensors->len; i++)
    n += am_plan_planned (self, i)->public.action == action;
  return n;
}

const char *const *
am_plan_get_warnings (const AmPlan *self)
{
  return (const char *const *)self->warnings->pdata;
}

guint
am_plan_get_n_inputs (const AmPlan *self)
{
  return self->n_inputs;
}

const AmModel *
am_plan_get_input (const AmPlan *self, guint index)
{
  return am_plan_input (self, index)->model;
}

const char *
am_plan_get_input_path (const AmPlan *self, guint index)
{
  return am_plan_input (self, index)->path;
}

guint64
am_plan_get_output_size (const AmPlan *self)
{
  guint64 size = 0;

  for (guint i = 0; i < self->tensors->len; i++)
    size += am_plan_planned (self, i)->public.size;
  return size;
}

guint64
am_plan_get_read_size (const AmPlan *self)
{
  guint64 size = 0;

  for (guint i = 0; i < self->tensors->len; i++)
    {
      const AmPlanned *planned = am_plan_planned (self, i);

      if (planned->public.action == AM_ACTION_DISCARDED)
        continue;
      if (planned->tensors == NULL)
        size += planned->source_tensor != NULL ? planned->source_tensor->size : 0;
      else
        for (guint k = 0; k < self->n_inputs; k++)
          size += planned->tensors[k]->size;
    }
  return size;
}

const GPtrArray *
am_plan_get_alignments (const AmPlan *plan)
{
  return plan->alignments;
}
