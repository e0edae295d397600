#include "methods/method.h"

double
am_method_tensor_get_for (const AmMethodTensor *tensor, guint parameter, guint model)
{
  return tensor->model_parameters[(gsize)model * tensor->run->method->n_parameters + parameter];
}
