/* Fisher merging: the mean of the models by how much each parameter matters to each of them: the diagonal of
 * its Fisher information, F.
 *
 *   sum of weight F theta / sum of weight F, with F = max (F / norm, floor)
 *
 * norm is 1, or the root mean square of F over the tensor or over all tensors that are merged and have
 * statistics: Fishers of different models differ by orders of magnitude. Published programs divide by the
 * Euclidean norm, which is the same but for a factor common to all models; by the root mean square, floor
 * keeps its meaning: a share of a typical F. The floor is the same for all models, so parameters that matter
 * to none are averaged; without a floor they are too. NaN in a Fisher gives NaN. */
#include <math.h>

#include "kernels/kernels.h"
#include "methods/element-mean.h"

enum
{
  WEIGHT,
  FLOOR,
  NORMALIZE,
  N_PARAMETERS,
};

enum
{
  NORMALIZE_NONE,
  NORMALIZE_TENSOR,
  NORMALIZE_MODEL,
};

static const char *const normalize_choices[] = { "none", "tensor", "model", NULL };

static const AmParameter parameters[N_PARAMETERS] = {
  [WEIGHT] = { "weight", N_ ("Factor on each model's Fisher information"), AM_PARAMETER_NUMBER,
               .per_model = TRUE, .is_ratio = TRUE, .per_tensor = TRUE, .minimum = 0, .maximum = 1000,
               .soft_minimum = 0, .soft_maximum = 1, .default_value = 1 },
  [FLOOR]
  = { "floor", N_ ("Fisher information that counts at least, so that what matters to no model is averaged"),
      AM_PARAMETER_NUMBER, .per_tensor = TRUE, .minimum = 0, .maximum = 1e6, .soft_minimum = 0,
      .soft_maximum = 1e-3, .default_value = 1e-10 },
  [NORMALIZE] = { "normalize", N_ ("What each model's Fisher information is made comparable over"),
                  AM_PARAMETER_CHOICE, .minimum = 0, .maximum = 2, .soft_minimum = 0, .soft_maximum = 2,
                  .default_value = NORMALIZE_NONE, .choices = normalize_choices },
};

/* Sums of squares of Fishers, [n_tensors][n_models], and what follows from them. */
typedef struct
{
  const AmMethodRun *run;
  double *squares;
  guint64 *lengths; /* [n_tensors], 0 without statistics */
  double norms[AM_MAX_MODELS];
} Survey;

static gboolean
is_used (const AmMethodTensor *tensor, guint model)
{
  return am_method_tensor_get_for (tensor, WEIGHT, model) != 0;
}

static gboolean
sum_squares (const AmMethodTensor *tensor, AmTensorReader *reader, guint model, double *sum, GError **error)
{
  g_autofree double *fisher = g_new (double, AM_CHUNK_LENGTH);

  *sum = 0;
  for (guint64 first = 0; first < tensor->length; first += AM_CHUNK_LENGTH)
    {
      gsize n = MIN (AM_CHUNK_LENGTH, tensor->length - first);

      if (!am_tensor_reader_read_statistic (reader, model, first, n, fisher, error))
        return FALSE;
      *sum += am_kernels_get ()->dot_double (fisher, fisher, n);
    }
  return TRUE;
}

/* A model to which nothing matters is left as it is. */
static double
norm_from (double squares, guint64 n)
{
  return squares > 0 && n > 0 ? sqrt (squares / n) : 1;
}

static gpointer
survey_new (const AmMethodRun *run)
{
  Survey *survey;

  if (run->parameters[NORMALIZE] != NORMALIZE_MODEL)
    return NULL;
  survey = g_new0 (Survey, 1);
  survey->run = run;
  survey->squares = g_new0 (double, (gsize)run->n_tensors * run->n_models);
  survey->lengths = g_new0 (guint64, run->n_tensors);
  return survey;
}

static void
survey_free (gpointer data)
{
  Survey *survey = data;

  g_free (survey->squares);
  g_free (survey->lengths);
  g_free (survey);
}

static gboolean
survey_tensor (gpointer data, const AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  Survey *survey = data;
  double *squares = survey->squares + (gsize)tensor->index * survey->run->n_models;

  if (tensor->statistics == NULL)
    return TRUE;
  survey->lengths[tensor->index] = tensor->length;
  for (guint i = 0; i < survey->run->n_models; i++)
    if (!sum_squares (tensor, reader, i, &squares[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
survey_next (gpointer data)
{
  Survey *survey = data;
  guint64 length = 0;

  for (guint t = 0; t < survey->run->n_tensors; t++)
    length += survey->lengths[t];
  for (guint i = 0; i < survey->run->n_models; i++)
    {
      double sum = 0;

      for (guint t = 0; t < survey->run->n_tensors; t++)
        sum += survey->squares[(gsize)t * survey->run->n_models + i];
      survey->norms[i] = norm_from (sum, length);
    }
  return FALSE;
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  const Survey *survey = tensor->survey;
  g_autofree double *norms = NULL;

  if (tensor->statistics == NULL)
    {
      tensor->stand_in = AM_STAND_IN_NO_STATISTICS;
      return TRUE;
    }
  norms = g_new0 (double, AM_MAX_MODELS);
  for (guint i = 0; i < tensor->run->n_models; i++)
    {
      double squares;

      norms[i] = survey != NULL ? survey->norms[i] : 1;
      if (tensor->run->parameters[NORMALIZE] != NORMALIZE_TENSOR || !is_used (tensor, i))
        continue;
      if (!sum_squares (tensor, reader, i, &squares, error))
        return FALSE;
      norms[i] = norm_from (squares, tensor->length);
    }
  tensor->state = g_steal_pointer (&norms);
  return TRUE;
}

static const char *
plan_stand_in (const AmMethodTensor *tensor)
{
  return tensor->statistics == NULL ? AM_STAND_IN_NO_STATISTICS : NULL;
}

static gboolean
check (const AmMethodTensor *tensor, GError **error)
{
  return am_check_weights (tensor, WEIGHT, error);
}

/* @fisher: what counts of each model's information about one parameter. */
static gboolean
weigh (double *fisher, const double *weights, double floor, guint n)
{
  gboolean has_any = FALSE;

  for (guint i = 0; i < n; i++)
    {
      fisher[i] = weights[i] != 0 ? weights[i] * (fisher[i] < floor ? floor : fisher[i]) : 0;
      has_any |= fisher[i] != 0;
    }
  return has_any;
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  const double *norms = tensor->state;
  const guint n = tensor->run->n_models;
  double weights[AM_MAX_MODELS], values[AM_MAX_MODELS] = { 0 }, fisher[AM_MAX_MODELS] = { 0 };
  double *restrict out = chunk->out;

  if (norms == NULL)
    {
      am_average_by_weight (tensor, chunk, WEIGHT);
      return;
    }
  for (guint i = 0; i < n; i++)
    weights[i] = am_method_tensor_get_for (tensor, WEIGHT, i);
  for (gsize k = 0; k < chunk->n; k++)
    {
      for (guint i = 0; i < n; i++)
        {
          values[i] = ((const double *)chunk->model[i])[k];
          fisher[i] = chunk->statistic[i][k] / norms[i];
        }
      if (weigh (fisher, weights, am_method_tensor_get (tensor, FLOOR), n))
        out[k] = am_weighted_mean (values, fisher, n);
      else
        out[k] = am_weighted_mean (values, weights, n);
    }
}

const AmMethod am_fisher_method = {
  .id = "fisher",
  .title = N_ ("Fisher"),
  .summary = N_ ("Averages models, each parameter by how much it matters to each model on its data."),
  .paper = "Matena and Raffel 2022, arXiv:2111.09832",
  .base = AM_BASE_NONE,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_DOUBLE | AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .statistics = AM_STATISTICS_FISHER,
  .check = check,
  .plan_stand_in = plan_stand_in,
  .survey_new = survey_new,
  .survey_tensor = survey_tensor,
  .survey_next = survey_next,
  .survey_free = survey_free,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply,
};
