#include "method-harness-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "methods/registry.h"
#include "methods/tensor-reader.h"
#include "rounding.h"

const AmDtype harness_dtypes[HARNESS_N_DTYPES] = {
  AM_DTYPE_F64, AM_DTYPE_F32, AM_DTYPE_F16, AM_DTYPE_BF16, AM_DTYPE_F8_E4M3, AM_DTYPE_F8_E5M2,
};

static void
tensor_free (gpointer data)
{
  Tensor *tensor = data;

  for (double **input = tensor->inputs; *input != NULL; input++)
    g_free (*input);
  g_free (tensor->inputs);
  g_strfreev ((char **)tensor->means);
  g_free (tensor->statistics);
  g_free (tensor->name);
  g_free (tensor->raw);
  g_free (tensor->result);
  g_free (tensor);
}

Harness *
harness_new (const char *method_id, guint n_models, gboolean has_base)
{
  Harness *harness = g_new0 (Harness, 1);
  guint n;

  harness->method = am_method_find (method_id);
  g_assert_nonnull (harness->method);
  g_assert_cmpuint (n_models, >=, harness->method->min_models);
  g_assert_cmpuint (n_models, <=, harness->method->max_models);
  n = harness->method->n_parameters;
  harness->n_models = n_models;
  harness->has_base = has_base;
  harness->parameters = g_new0 (double, MAX (n, 1));
  harness->model_parameters = g_new0 (double, MAX (n, 1) * n_models);
  harness->tensors = g_ptr_array_new_with_free_func (tensor_free);
  for (guint i = 0; i < n; i++)
    harness_set (harness, harness->method->parameters[i].id, harness->method->parameters[i].default_value);
  return harness;
}

void
harness_free (Harness *harness)
{
  if (harness == NULL)
    return;
  g_ptr_array_unref (harness->tensors);
  g_free (harness->parameters);
  g_free (harness->model_parameters);
  g_free (harness);
}

const AmMethod *
harness_get_method (Harness *harness)
{
  return harness->method;
}

void
harness_set (Harness *harness, const char *parameter, double value)
{
  gint index = am_method_find_parameter (harness->method, parameter);

  g_assert_cmpint (index, >=, 0);
  harness->parameters[index] = value;
  for (guint i = 0; i < harness->n_models; i++)
    harness_set_for (harness, parameter, i, value);
}

void
harness_set_choice (Harness *harness, const char *parameter, const char *choice)
{
  gint index = am_method_find_parameter (harness->method, parameter);
  const char *const *choices;

  g_assert_cmpint (index, >=, 0);
  choices = harness->method->parameters[index].choices;
  for (guint i = 0; choices[i] != NULL; i++)
    if (strcmp (choices[i], choice) == 0)
      {
        harness_set (harness, parameter, i);
        return;
      }
  g_error ("%s: no choice %s of %s", harness->method->id, choice, parameter);
}

void
harness_set_for (Harness *harness, const char *parameter, guint model, double value)
{
  gint index = am_method_find_parameter (harness->method, parameter);

  g_assert_cmpint (index, >=, 0);
  harness->model_parameters[model * harness->method->n_parameters + (guint)index] = value;
}

void
harness_set_seed (Harness *harness, guint64 seed)
{
  harness->seed = seed;
}

void
harness_set_range (Harness *harness, guint64 range)
{
  harness->range = range;
}

guint
harness_add (Harness *harness, AmDtype dtype, const char *shape)
{
  Tensor *tensor = g_new0 (Tensor, 1);

  tensor->name = g_strdup_printf ("tensor-%02u", harness->tensors->len);
  tensor->dtype = tensor->output = dtype;
  tensor->length = 1;
  for (const char *at = shape; *at != '\0'; at += *at == ',')
    {
      char *end;

      tensor->shape[tensor->n_dims] = g_ascii_strtoull (at, &end, 10);
      tensor->length *= tensor->shape[tensor->n_dims++];
      at = end;
    }
  tensor->inputs = g_new0 (double *, harness->n_models + 2);
  for (guint i = 0; i < harness->n_models + 1; i++)
    tensor->inputs[i] = g_new0 (double, MAX (tensor->length, 1));
  tensor->raw = g_new0 (double, MAX (tensor->length, 1));
  tensor->result = g_new0 (double, MAX (tensor->length, 1));
  g_ptr_array_add (harness->tensors, tensor);
  return harness->tensors->len - 1;
}

Tensor *
harness_get_tensor (Harness *harness, guint tensor)
{
  return g_ptr_array_index (harness->tensors, tensor);
}

void
harness_set_output (Harness *harness, guint tensor, AmDtype dtype)
{
  harness_get_tensor (harness, tensor)->output = dtype;
}

gsize
harness_get_length (Harness *harness, guint tensor)
{
  return harness_get_tensor (harness, tensor)->length;
}

AmDtype
harness_get_output (Harness *harness, guint tensor)
{
  return harness_get_tensor (harness, tensor)->output;
}

void
harness_fill (Harness *harness, guint tensor, guint input, const double *values)
{
  for (gsize i = 0; i < harness_get_tensor (harness, tensor)->length; i++)
    harness_set_element (harness, tensor, input, i, values[i]);
}

void
harness_fill_one (Harness *harness, guint tensor, guint input, double value)
{
  for (gsize i = 0; i < harness_get_tensor (harness, tensor)->length; i++)
    harness_set_element (harness, tensor, input, i, value);
}

void
harness_fill_random (Harness *harness, guint tensor, guint input, guint32 seed, double deviation)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  for (gsize i = 0; i < harness_get_tensor (harness, tensor)->length; i++)
    {
      double radius = sqrt (-2 * log (1 - g_rand_double (rand)));

      harness_set_element (harness, tensor, input, i,
                           deviation * radius * cos (2 * G_PI * g_rand_double (rand)));
    }
}

void
harness_fill_all (Harness *harness, guint tensor, guint32 seed)
{
  for (guint i = 0; i < harness->n_models + (harness->has_base ? 1 : 0); i++)
    harness_fill_random (harness, tensor, i, 1000 * seed + i, 1);
}

const double *
harness_get_input (Harness *harness, guint tensor, guint input)
{
  return harness_get_tensor (harness, tensor)->inputs[input];
}

void
harness_set_element (Harness *harness, guint tensor, guint input, gsize element, double value)
{
  Tensor *target = harness_get_tensor (harness, tensor);

  target->inputs[input][element] = harness_round (value, target->dtype);
}

const char *
harness_get_stand_in (Harness *harness, guint tensor)
{
  return harness_get_tensor (harness, tensor)->stand_in;
}

/* Running. */

static gboolean
is_wide (AmDtype dtype)
{
  return dtype == AM_DTYPE_F32 || dtype == AM_DTYPE_F64;
}

static void
describe_run (Harness *harness, AmMethodRun *run)
{
  *run = (AmMethodRun){
    .method = harness->method,
    .n_models = harness->n_models,
    .has_base = harness->has_base,
    .n_tensors = harness->tensors->len,
    .seed = harness->seed,
    .parameters = harness->parameters,
  };
}

static void
describe_tensor (Harness *harness, guint index, const AmMethodRun *run, AmMethodTensor *method_tensor)
{
  Tensor *tensor = harness_get_tensor (harness, index);
  gboolean has_f64 = tensor->dtype == AM_DTYPE_F64 || tensor->output == AM_DTYPE_F64;
  gboolean is_double
      = (harness->method->flags & AM_METHOD_DOUBLE) || is_wide (tensor->dtype) || is_wide (tensor->output);

  *method_tensor = (AmMethodTensor){
    .run = run,
    .index = index,
    .name = tensor->name,
    .n_dims = tensor->n_dims,
    .shape = tensor->shape,
    .length = tensor->length,
    .slice_length = 1,
    .row_length = tensor->n_dims > 0 ? tensor->shape[tensor->n_dims - 1] : 1,
    .is_double = is_double,
    .is_single = is_double && !has_f64,
    .parameters = harness->parameters,
    .model_parameters = harness->model_parameters,
    .statistics = tensor->statistics,
  };
  for (guint i = 1; i < tensor->n_dims; i++)
    method_tensor->slice_length *= tensor->shape[i];
}

static gboolean
fetch (gpointer user_data, const AmMethodTensor *method_tensor, guint input, guint64 first, gsize n,
       gpointer dest, GError **error)
{
  Tensor *tensor = harness_get_tensor (user_data, method_tensor->index);

  if (input >= AM_STATISTIC_INPUT)
    {
      g_assert_cmpuint (first + n, <=, tensor->statistics[input - AM_STATISTIC_INPUT].length);
      memcpy (dest, tensor->means[input - AM_STATISTIC_INPUT] + first, n * sizeof (double));
      return TRUE;
    }
  g_assert_cmpuint (first + n, <=, tensor->length);
  for (gsize i = 0; i < n; i++)
    if (method_tensor->is_double)
      ((double *)dest)[i] = tensor->inputs[input][first + i];
    else
      ((float *)dest)[i] = (float)tensor->inputs[input][first + i];
  return TRUE;
}

static gpointer
run_survey (Harness *harness, const AmMethodRun *run, AmTensorReader *reader)
{
  const AmMethod *method = harness->method;
  gpointer survey = method->survey_new != NULL ? method->survey_new (run) : NULL;
  g_autoptr (GError) error = NULL;

  if (survey == NULL)
    return NULL;
  do
    /* Last to first: what a survey finds may not depend on the order in which tensors come. */
    for (guint i = harness->tensors->len; i-- > 0;)
      {
        AmMethodTensor tensor;

        describe_tensor (harness, i, run, &tensor);
        am_tensor_reader_bind (reader, &tensor, fetch, harness);
        method->survey_tensor (survey, &tensor, reader, &error);
        g_assert_no_error (error);
      }
  while (method->survey_next (survey));
  return survey;
}

/* Copies what lies inside first .. end; chunks may reach beyond. */
static void
store_chunk (Tensor *tensor, const AmMethodTensor *method_tensor, const AmMethodChunk *chunk, guint64 first,
             guint64 end)
{
  for (gsize i = 0; i < chunk->n; i++)
    {
      guint64 at = chunk->first + i;

      if (at < first || at >= end)
        continue;
      tensor->raw[at]
          = method_tensor->is_double ? ((double *)chunk->out)[i] : (double)((float *)chunk->out)[i];
      tensor->result[at] = harness_round (tensor->raw[at], tensor->output);
    }
}

static void
apply_range (Harness *harness, AmMethodTensor *method_tensor, AmTensorReader *reader, guint64 first,
             guint64 end)
{
  Tensor *tensor = harness_get_tensor (harness, method_tensor->index);
  g_autoptr (GError) error = NULL;
  AmMethodChunk *chunk;

  am_tensor_reader_bind_range (reader, method_tensor, fetch, harness, first, end);
  while (am_tensor_reader_next (reader, &chunk, &error))
    {
      gsize width = method_tensor->is_double ? sizeof (double) : sizeof (float);

      memset (chunk->out, 0xff, chunk->n * width); /* NaN: what apply forgets is seen */
      harness->method->apply (method_tensor, chunk);
      store_chunk (tensor, method_tensor, chunk, first, end);
    }
  g_assert_no_error (error);
}

static void
run_tensor (Harness *harness, guint index, const AmMethodRun *run, gpointer survey, AmTensorReader *reader)
{
  const AmMethod *method = harness->method;
  g_autoptr (GError) error = NULL;
  AmMethodTensor tensor;
  guint64 step;

  describe_tensor (harness, index, run, &tensor);
  tensor.survey = survey;
  if (method->reduce != NULL)
    {
      am_tensor_reader_bind (reader, &tensor, fetch, harness);
      method->reduce (&tensor, reader, &error);
      g_assert_no_error (error);
    }
  harness_get_tensor (harness, index)->stand_in = tensor.stand_in;
  step = harness->range > 0 ? harness->range : MAX (tensor.length, 1);
  for (guint64 first = 0; first < tensor.length; first += step)
    apply_range (harness, &tensor, reader, first, MIN (first + step, tensor.length));
  if (method->state_free != NULL && tensor.state != NULL)
    method->state_free (tensor.state);
}

guint64
harness_count_memory (Harness *harness, guint tensor)
{
  AmMethodRun run;
  AmMethodTensor method_tensor;

  describe_run (harness, &run);
  describe_tensor (harness, tensor, &run, &method_tensor);
  return harness->method->count_memory (&method_tensor);
}

void
harness_run_fails (Harness *harness, guint tensor, GError **error)
{
  g_autoptr (AmTensorReader) reader = am_tensor_reader_new ();
  AmMethodRun run;
  AmMethodTensor method_tensor;

  describe_run (harness, &run);
  describe_tensor (harness, tensor, &run, &method_tensor);
  am_tensor_reader_bind (reader, &method_tensor, fetch, harness);
  g_assert_false (harness->method->reduce (&method_tensor, reader, error));
  if (method_tensor.state != NULL)
    harness->method->state_free (method_tensor.state);
}

gboolean
harness_check (Harness *harness, GError **error)
{
  AmMethodRun run;
  AmMethodTensor tensor;

  describe_run (harness, &run);
  for (guint i = 0; i < harness->tensors->len; i++)
    {
      describe_tensor (harness, i, &run, &tensor);
      if (harness->method->check != NULL && !harness->method->check (&tensor, error))
        return FALSE;
    }
  return TRUE;
}

void
harness_run (Harness *harness)
{
  g_autoptr (AmTensorReader) reader = am_tensor_reader_new ();
  g_autoptr (GError) error = NULL;
  AmMethodRun run;
  gpointer survey;

  harness_check (harness, &error);
  g_assert_no_error (error);
  describe_run (harness, &run);
  survey = run_survey (harness, &run, reader);
  for (guint i = 0; i < harness->tensors->len; i++)
    run_tensor (harness, i, &run, survey, reader);
  if (survey != NULL && harness->method->survey_free != NULL)
    harness->method->survey_free (survey);
}

const double *
harness_get_raw (Harness *harness, guint tensor)
{
  return harness_get_tensor (harness, tensor)->raw;
}

const double *
harness_get_result (Harness *harness, guint tensor)
{
  return harness_get_tensor (harness, tensor)->result;
}

/* Comparing. */

static double
get_working_step (const Tensor *tensor)
{
  if (tensor->dtype == AM_DTYPE_F64 || tensor->output == AM_DTYPE_F64)
    return 1e-12;
  return 0x1p-24;
}

void
harness_assert_near (Harness *harness, guint tensor, const double *expected, double slack)
{
  Tensor *target = harness_get_tensor (harness, tensor);
  double working = get_working_step (target);

  if (is_wide (target->dtype) || is_wide (target->output))
    slack = MIN (slack, 1);
  for (gsize i = 0; i < target->length; i++)
    {
      double result = target->result[i], scale = fabs (expected[i]), allowed;

      for (guint j = 0; j < harness->n_models + 1; j++)
        scale = fmax (scale, fabs (target->inputs[j][i]));
      allowed = 0.5 * rounding_get_step (expected[i], target->output) + slack * working * scale;
      if (!(fabs (result - harness_round (expected[i], target->output)) == 0
            || fabs (result - expected[i]) <= allowed))
        g_error ("%s, %s, element %" G_GSIZE_FORMAT
                 ": %.17g where %.17g was expected (off by %g, allowed %g)",
                 harness->method->id, am_dtype_get_name (target->dtype), i, result, expected[i],
                 fabs (result - expected[i]), allowed);
    }
}

void
harness_assert_equal (Harness *harness, guint tensor, const double *expected)
{
  Tensor *target = harness_get_tensor (harness, tensor);

  for (gsize i = 0; i < target->length; i++)
    {
      double result = target->result[i];

      if (!(isnan (result) && isnan (expected[i]))
          && (result != expected[i] || signbit (result) != signbit (expected[i])))
        g_error ("%s, %s, element %" G_GSIZE_FORMAT ": %.17g where %.17g was expected", harness->method->id,
                 am_dtype_get_name (target->dtype), i, result, expected[i]);
    }
}
