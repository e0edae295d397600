#include "merge/plan-shapes.h"

#include <string.h>

const char *
am_plan_intern (AmPlan *plan, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return g_string_chunk_insert_const (plan->strings, text);
}

AmDtype
am_plan_output_dtype (const AmPlan *plan, AmDtype dtype)
{
  AmDtype wanted = plan->recipe->out_dtype != AM_DTYPE_NONE ? plan->recipe->out_dtype : plan->recipe->dtype;

  return wanted != AM_DTYPE_NONE && am_dtype_is_mergeable (dtype) ? wanted : dtype;
}

void
am_planned_set_shape (AmPlanned *planned, guint n_dims, const guint64 *shape, AmDtype dtype)
{
  guint64 length = 1;

  planned->public.n_dims = n_dims;
  planned->public.shape = shape;
  planned->public.dtype = dtype;
  for (guint i = 0; i < n_dims; i++)
    length *= shape[i];
  planned->public.size = length * am_dtype_get_bits (dtype) / 8;
}

void
am_planned_copy (const AmPlan *plan, AmPlanned *planned, guint source, const AmTensor *tensor,
                 AmAction action, const char *reason)
{
  planned->public.action = action;
  planned->public.reason = reason;
  planned->source = source;
  planned->source_tensor = tensor;
  am_planned_set_shape (planned, tensor->n_dims, tensor->shape, am_plan_output_dtype (plan, tensor->dtype));
}

static gboolean
have_same_shape (const AmTensor *a, const AmTensor *b)
{
  return a->n_dims == b->n_dims
         && (a->n_dims == 0 || memcmp (a->shape, b->shape, a->n_dims * sizeof *a->shape) == 0);
}

static gboolean
all_same_shape (const AmPlan *plan, const AmTensor **tensors)
{
  for (guint i = 1; i < plan->n_inputs; i++)
    if (!have_same_shape (tensors[0], tensors[i]))
      return FALSE;
  return TRUE;
}

/* The one axis all inputs may differ in: input channels of a diffusion model's convolution (inpainting has 9,
 * pix2pix 8), rows of an embedding or head (vocabularies). Returns -1 when there is none. */
static gint
overlap_axis (const AmPlan *plan, const AmTensorRole *role, const AmTensor **tensors)
{
  guint n_dims = tensors[0]->n_dims;
  gint axis;

  if (role->component == AM_COMPONENT_DIFFUSION && n_dims == 4)
    axis = 1;
  else if (role->kind == AM_LAYER_EMBEDDING && n_dims == 2)
    axis = 0;
  else
    return -1;

  for (guint i = 1; i < plan->n_inputs; i++)
    {
      if (tensors[i]->n_dims != n_dims)
        return -1;
      for (guint d = 0; d < n_dims; d++)
        if ((gint)d != axis && tensors[i]->shape[d] != tensors[0]->shape[d])
          return -1;
    }
  return axis;
}

static void
set_method_shape (AmPlanned *planned, const AmTensor *like, gint axis, guint64 extent)
{
  AmMethodTensor *method = &planned->method;
  guint64 *shape = g_new (guint64, like->n_dims + 1);

  method->n_dims = like->n_dims;
  method->shape = shape;
  method->length = 1;
  method->slice_length = 1;
  for (guint d = 0; d < like->n_dims; d++)
    {
      shape[d] = (gint)d == axis ? extent : like->shape[d];
      method->length *= shape[d];
      if (d > 0)
        method->slice_length *= shape[d];
    }
  method->row_length = like->n_dims > 0 ? shape[like->n_dims - 1] : 1;
}

/* An inpainting model stays one whichever slot it came in: the widest input gives the shape. Vocabulary rows
 * follow the leading model, whose configuration the result keeps. */
static guint
widest_input (const AmPlan *plan, const AmTensor **tensors, gint axis)
{
  guint widest = 0;

  if (axis == 0)
    return 0;
  for (guint i = 1; i < plan->n_inputs; i++)
    if (tensors[i]->shape[axis] > tensors[widest]->shape[axis])
      widest = i;
  return widest;
}

static void
decide_overlap (AmPlan *plan, AmPlanned *planned, const AmTensor **tensors, gint axis)
{
  guint64 extent = tensors[0]->shape[axis];

  for (guint i = 1; i < plan->n_inputs; i++)
    extent = MIN (extent, tensors[i]->shape[axis]);
  planned->source = widest_input (plan, tensors, axis);
  planned->source_tensor = tensors[planned->source];
  planned->public.action = AM_ACTION_MERGED_OVERLAP;
  planned->public.reason = am_plan_intern (
      plan, "the first %" G_GUINT64_FORMAT " of axis %d are in every model; the rest is copied from %s",
      extent, axis, am_plan_input (plan, planned->source)->label);
  set_method_shape (planned, tensors[0], axis, extent);
  am_planned_set_shape (planned, planned->source_tensor->n_dims, planned->source_tensor->shape,
                        am_plan_output_dtype (plan, tensors[0]->dtype));
}

/* Working precision: double as soon as 32 or 64 bits are involved. */
static void
set_precision (const AmPlan *plan, AmPlanned *planned)
{
  guint widest = am_dtype_get_bits (planned->public.dtype);

  for (guint i = 0; i < plan->n_inputs; i++)
    widest = MAX (widest, am_dtype_get_bits (planned->tensors[i]->dtype));
  planned->method.is_double = widest > 16 || (plan->method->flags & AM_METHOD_DOUBLE);
  planned->method.is_single = planned->method.is_double && widest <= 32;
}

void
am_planned_merge (AmPlan *plan, AmPlanned *planned, const AmTensorRole *role, const AmTensor **tensors)
{
  gint axis = -1;

  if (all_same_shape (plan, tensors))
    {
      planned->public.action = AM_ACTION_MERGED;
      set_method_shape (planned, tensors[0], -1, 0);
      am_planned_set_shape (planned, tensors[0]->n_dims, tensors[0]->shape,
                            am_plan_output_dtype (plan, tensors[0]->dtype));
    }
  else if ((axis = overlap_axis (plan, role, tensors)) >= 0)
    decide_overlap (plan, planned, tensors, axis);
  else
    {
      am_planned_copy (plan, planned, 0, tensors[0], AM_ACTION_COPIED_SHAPE_MISMATCH,
                       am_plan_intern (plan, "its shape in %s differs", am_plan_input (plan, 0)->label));
      return;
    }
  planned->tensors = g_memdup2 (tensors, plan->n_inputs * sizeof *tensors);
  planned->method.run = &plan->run;
  planned->method.name = role->canonical;
  set_precision (plan, planned);
}
