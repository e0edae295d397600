/* Spherical interpolation of two models, per tensor or with the whole model as one vector.
 *
 * Two formulas go by this name. mergekit's mixes A and B themselves, so that lengths between theirs come out
 * longer or shorter than a straight line between them; the rescaled one moves unit vectors and lets the
 * length run from that of A to that of B. A vector of zeros is mixed on a line, where mergekit pretends it to
 * be orthogonal; a tensor with a single value likewise, where mergekit fails. */
#include "methods/arc.h"
#include "methods/gram.h"
#include "methods/linear-combination.h"

#include <math.h>

enum
{
  T,
  FORMULA,
  SCOPE,
  N_PARAMETERS,
};

enum
{
  FORMULA_MERGEKIT,
  FORMULA_RESCALED,
};

enum
{
  SCOPE_TENSOR,
  SCOPE_MODEL,
};

static const char *const formulas[] = { "mergekit", "rescaled", NULL };
static const char *const scopes[] = { "tensor", "model", NULL };

static const AmParameter parameters[N_PARAMETERS] = {
  [T]
  = { "t", N_ ("Place on the arc: 0 is A, 1 is B"), AM_PARAMETER_NUMBER, .is_ratio = TRUE, .per_tensor = TRUE,
      .minimum = -10, .maximum = 10, .soft_minimum = 0, .soft_maximum = 1, .default_value = 0.5 },
  [FORMULA]
  = { "formula",
      N_ ("mergekit mixes the vectors themselves, rescaled their directions and then their lengths"),
      AM_PARAMETER_CHOICE, .per_tensor = TRUE, .minimum = 0, .maximum = 1, .soft_minimum = 0,
      .soft_maximum = 1, .default_value = FORMULA_MERGEKIT, .choices = formulas },
  [SCOPE] = { "scope", N_ ("Whether the angle is that of each tensor or of the whole models"),
              AM_PARAMETER_CHOICE, .minimum = 0, .maximum = 1, .soft_minimum = 0, .soft_maximum = 1,
              .default_value = SCOPE_TENSOR, .choices = scopes },
};

/* Inner products of A with A, A with B, B with B. */
typedef struct
{
  double aa, ab, bb;
} Products;

typedef struct
{
  guint n_tensors;
  Products *tensors;
  Products sum;
} Survey;

static gboolean
read_products (const AmMethodTensor *tensor, AmTensorReader *reader, Products *products, GError **error)
{
  g_autoptr (AmGram) gram = am_gram_read (tensor, reader, AM_GRAM_FROM_ZERO, error);

  if (gram == NULL)
    return FALSE;
  *products = (Products){ am_gram_get (gram, 0, 0), am_gram_get (gram, 0, 1), am_gram_get (gram, 1, 1) };
  return TRUE;
}

static gpointer
survey_new (const AmMethodRun *run)
{
  Survey *survey;

  if (run->parameters[SCOPE] != SCOPE_MODEL)
    return NULL;
  survey = g_new0 (Survey, 1);
  survey->n_tensors = run->n_tensors;
  survey->tensors = g_new0 (Products, run->n_tensors);
  return survey;
}

static gboolean
survey_tensor (gpointer data, const AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  Survey *survey = data;

  return read_products (tensor, reader, &survey->tensors[tensor->index], error);
}

/* In the order of names, whatever order the tensors were read in. One that holds NaN says nothing about the
 * angle of the others. */
static gboolean
survey_next (gpointer data)
{
  Survey *survey = data;

  for (guint i = 0; i < survey->n_tensors; i++)
    {
      const Products *products = &survey->tensors[i];

      if (!isfinite (products->aa) || !isfinite (products->bb))
        continue;
      survey->sum.aa += products->aa;
      survey->sum.ab += products->ab;
      survey->sum.bb += products->bb;
    }
  return FALSE;
}

static void
survey_free (gpointer data)
{
  Survey *survey = data;

  g_free (survey->tensors);
  g_free (survey);
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  double t = am_method_tensor_get (tensor, T);
  g_autofree Products *products = NULL;

  if (tensor->survey != NULL || t == 0 || t == 1)
    return TRUE;
  products = g_new0 (Products, 1);
  if (!read_products (tensor, reader, products, error))
    return FALSE;
  if (tensor->length > 0 && (products->aa == 0 || products->bb == 0))
    tensor->stand_in = AM_STAND_IN_NO_DIRECTION;
  tensor->state = g_steal_pointer (&products);
  return TRUE;
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  static const Products nothing = { 0 };
  const Products *products = tensor->state != NULL ? tensor->state : &nothing;
  double coefficients[2];

  if (tensor->survey != NULL)
    products = &((const Survey *)tensor->survey)->sum;
  if (am_method_tensor_get (tensor, FORMULA) == FORMULA_RESCALED)
    am_arc_get_rescaled_coefficients (products->aa, products->ab, products->bb,
                                      am_method_tensor_get (tensor, T), coefficients);
  else
    am_arc_get_coefficients (products->aa, products->ab, products->bb, am_method_tensor_get (tensor, T),
                             AM_ARC_MERGEKIT_LIMIT, coefficients);
  am_linear_combine (tensor, chunk, coefficients);
}

const AmMethod am_slerp_method = {
  .id = "slerp",
  .title = N_ ("Slerp"),
  .summary
  = N_ ("Moves from A to B along an arc instead of a straight line, which keeps the length of the weights."),
  .paper = "Shoemake 1985, “Animating rotation with quaternion curves”",
  .base = AM_BASE_NONE,
  .min_models = 2,
  .max_models = 2,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_IDEMPOTENT,
  .survey_new = survey_new,
  .survey_tensor = survey_tensor,
  .survey_next = survey_next,
  .survey_free = survey_free,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply,
};
