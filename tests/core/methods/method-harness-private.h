/* What the harness's files share. */
#pragma once

#include "method-harness.h"

#define MAX_DIMS 8

typedef struct
{
  char *name;
  AmDtype dtype;
  AmDtype output;
  guint n_dims;
  guint64 shape[MAX_DIMS];
  gsize length;
  double **inputs; /* [n_models + 1], base last */
  double *raw;
  double *result;
  AmTensorStatistic *statistics; /* [n_models], or NULL */
  double **means;                /* [n_models] */
  const char *stand_in;
} Tensor;

struct _Harness
{
  const AmMethod *method;
  guint n_models;
  gboolean has_base;
  guint64 seed;
  guint64 range;
  double *parameters;
  double *model_parameters;
  GPtrArray *tensors;
};

Tensor *harness_get_tensor (Harness *harness, guint tensor);
