#include "methods/element-mean.h"

void
am_average_by_weight (const AmMethodTensor *tensor, AmMethodChunk *chunk, guint parameter)
{
  double coefficients[AM_MAX_MODELS + 1] = { 0 }, sum = 0; /* the base, if any, keeps 0 */

  for (guint i = 0; i < tensor->run->n_models; i++)
    sum += am_method_tensor_get_for (tensor, parameter, i);
  for (guint i = 0; i < tensor->run->n_models; i++)
    coefficients[i] = am_method_tensor_get_for (tensor, parameter, i) / sum;
  am_linear_combine (tensor, chunk, coefficients);
}

gboolean
am_check_weights (const AmMethodTensor *tensor, guint parameter, GError **error)
{
  for (guint i = 0; i < tensor->run->n_models; i++)
    if (am_method_tensor_get_for (tensor, parameter, i) > 0)
      return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
               T_ ("%s: all weights of tensor “%s” are 0; at least one has to be more"),
               tensor->run->method->id, tensor->name);
  return FALSE;
}
