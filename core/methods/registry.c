#include "methods/registry.h"

#include <string.h>

/* In the order people meet them: plain sums, differences, arcs, task vectors, spectra, statistics. */
/* clang-format off */
#define METHODS(METHOD) \
  METHOD (weighted_sum) \
  METHOD (linear) \
  METHOD (add_difference) \
  METHOD (sum_twice) \
  METHOD (triple_sum) \
  METHOD (train_difference) \
  METHOD (smooth_add_difference) \
  METHOD (similarity_add_difference) \
  METHOD (cosine_a) \
  METHOD (cosine_b) \
  METHOD (tensor_sum) \
  METHOD (nearswap) \
  METHOD (slerp) \
  METHOD (nuslerp) \
  METHOD (multislerp) \
  METHOD (karcher) \
  METHOD (geometric_median) \
  METHOD (task_arithmetic) \
  METHOD (ties) \
  METHOD (dare_linear) \
  METHOD (dare_ties) \
  METHOD (breadcrumbs) \
  METHOD (breadcrumbs_ties) \
  METHOD (della) \
  METHOD (della_linear) \
  METHOD (model_stock) \
  METHOD (sce) \
  METHOD (arcee_fusion) \
  METHOD (tsv_merge) \
  METHOD (iso_c) \
  METHOD (wudi) \
  METHOD (actmat) \
  METHOD (fisher) \
  METHOD (regmean) \
  METHOD (regmean_plus_plus) \
  METHOD (passthrough)
/* clang-format on */

#define DECLARE_METHOD(id) extern const AmMethod am_##id##_method;
#define POINT_TO_METHOD(id) &am_##id##_method,

METHODS (DECLARE_METHOD)

static const AmMethod *const methods[] = { METHODS (POINT_TO_METHOD) };

guint
am_method_get_count (void)
{
  return G_N_ELEMENTS (methods);
}

const AmMethod *
am_method_get (guint index)
{
  g_return_val_if_fail (index < G_N_ELEMENTS (methods), NULL);
  return methods[index];
}

const AmMethod *
am_method_find (const char *id)
{
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    if (strcmp (methods[i]->id, id) == 0)
      return methods[i];
  return NULL;
}

gint
am_method_find_parameter (const AmMethod *method, const char *id)
{
  for (guint i = 0; i < method->n_parameters; i++)
    if (strcmp (method->parameters[i].id, id) == 0)
      return (gint)i;
  return -1;
}

gint
am_method_get_ratio (const AmMethod *method)
{
  for (guint i = 0; i < method->n_parameters; i++)
    if (method->parameters[i].is_ratio)
      return (gint)i;
  return -1;
}

gint
am_method_get_second_ratio (const AmMethod *method)
{
  for (guint i = 0; i < method->n_parameters; i++)
    if (method->parameters[i].is_second_ratio)
      return (gint)i;
  return -1;
}
