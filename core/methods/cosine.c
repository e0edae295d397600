/* Mixes A and B column by column according to how similar the columns are.
 *
 * A column is what a tensor holds at one place of every slice of axis 0. A survey takes the cosine of each
 * pair of columns in the whole model, drops those below the 1st and then those above the 99th percentile, and
 * keeps the least and the greatest of the rest as s0 and s1. With g the mean of a column's cosine and of the
 * tensor's, k = clip ((g - s0) / (s1 - s0) - shift, 0, 1), and the result is k A + (1 - k) B. a: the tensor's
 * cosine is that of columns scaled to length 1; shift = |alpha| b: the tensor's cosine is that of its values;
 * the survey is over g; shift = alpha At alpha 0 the result is a mixture already. A column without length has
 * cosine 0; one with NaN likewise, and the survey passes over it. Where s0 and s1 are the same all columns
 * count as equally, that is fully, similar. */
#include "methods/linear-combination.h"

#include <math.h>
#include <stdlib.h>

enum
{
  ALPHA,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [ALPHA] = { "alpha", N_ ("How far similarity is shifted towards B"), AM_PARAMETER_NUMBER, .is_ratio = TRUE,
              .per_tensor = TRUE, .minimum = -1, .maximum = 1, .soft_minimum = 0, .soft_maximum = 1,
              .default_value = 0 },
};

typedef struct
{
  gsize n_columns;
  double *cosines; /* NaN for columns that hold NaN */
  double whole;
} Similarity;

typedef struct
{
  const AmMethod *method;
  guint n_tensors;
  Similarity *tensors;
  double least, greatest;
} Survey;

/* Inner products of A with A, A with B, B with B. */
typedef struct
{
  double aa, ab, bb;
} Products;

extern const AmMethod am_cosine_a_method;
extern const AmMethod am_cosine_b_method;

static gpointer
survey_new (const AmMethodRun *run)
{
  Survey *survey = g_new0 (Survey, 1);

  survey->method = run->method;
  survey->n_tensors = run->n_tensors;
  survey->tensors = g_new0 (Similarity, run->n_tensors);
  return survey;
}

static void
survey_free (gpointer data)
{
  Survey *survey = data;

  for (guint i = 0; i < survey->n_tensors; i++)
    g_free (survey->tensors[i].cosines);
  g_free (survey->tensors);
  g_free (survey);
}

static void
add_products (Products *columns, gsize n_columns, const AmMethodChunk *chunk)
{
  const double *a = chunk->model[0], *b = chunk->model[1];
  gsize column = chunk->first % n_columns;

  for (gsize i = 0; i < chunk->n; i++)
    {
      columns[column].aa += a[i] * a[i];
      columns[column].ab += a[i] * b[i];
      columns[column].bb += b[i] * b[i];
      column = column + 1 < n_columns ? column + 1 : 0;
    }
}

static double
get_cosine (const Products *products)
{
  if (products->aa == 0 || products->bb == 0)
    return 0;
  return products->ab / (sqrt (products->aa) * sqrt (products->bb));
}

/* A column scaled to length 1 has 1 with itself and its cosine with the other. */
static void
add_to_whole (Products *whole, const Products *column, gboolean scaled)
{
  whole->aa += scaled ? (column->aa > 0 ? 1 : 0) : column->aa;
  whole->ab += scaled ? get_cosine (column) : column->ab;
  whole->bb += scaled ? (column->bb > 0 ? 1 : 0) : column->bb;
}

static void
compare_columns (Similarity *similarity, const Products *columns, gboolean scaled)
{
  Products whole = { 0 };

  for (gsize i = 0; i < similarity->n_columns; i++)
    {
      similarity->cosines[i] = get_cosine (&columns[i]);
      if (isfinite (similarity->cosines[i]))
        add_to_whole (&whole, &columns[i], scaled);
      else
        similarity->cosines[i] = NAN;
    }
  similarity->whole = get_cosine (&whole);
}

static gboolean
survey_tensor (gpointer data, const AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  Survey *survey = data;
  Similarity *similarity = &survey->tensors[tensor->index];
  g_autoptr (GError) read_error = NULL;
  g_autofree Products *columns = NULL;
  AmMethodChunk *chunk;

  if (tensor->length == 0)
    return TRUE;
  similarity->n_columns = tensor->slice_length;
  similarity->cosines = g_new (double, similarity->n_columns);
  columns = g_new0 (Products, similarity->n_columns);
  while (am_tensor_reader_next (reader, &chunk, &read_error))
    add_products (columns, similarity->n_columns, chunk);
  if (read_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&read_error));
      return FALSE;
    }
  compare_columns (similarity, columns, survey->method == &am_cosine_a_method);
  return TRUE;
}

static GArray *
collect_similarities (const Survey *survey)
{
  gboolean with_whole = survey->method == &am_cosine_b_method;
  GArray *all = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint t = 0; t < survey->n_tensors; t++)
    for (gsize i = 0; i < survey->tensors[t].n_columns; i++)
      {
        const Similarity *similarity = &survey->tensors[t];
        double value = with_whole ? (similarity->cosines[i] + similarity->whole) / 2 : similarity->cosines[i];

        if (!isnan (value))
          g_array_append_val (all, value);
      }
  return all;
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

/* The percentile of sorted values, midway where it falls between two. */
static double
get_percentile (const double *sorted, gsize n, double share)
{
  double at = share * (double)(n - 1);

  return (sorted[(gsize)floor (at)] + sorted[(gsize)ceil (at)]) / 2;
}

static gboolean
survey_next (gpointer data)
{
  Survey *survey = data;
  g_autoptr (GArray) all = collect_similarities (survey);
  const double *sorted = (const double *)all->data;
  gsize first = 0, end = all->len;
  double cut;

  if (all->len == 0)
    return FALSE;
  qsort (all->data, all->len, sizeof (double), compare_doubles);
  cut = get_percentile (sorted, end, 0.01);
  while (sorted[first] < cut)
    first++;
  cut = get_percentile (sorted + first, end - first, 0.99);
  while (sorted[end - 1] > cut)
    end--;
  survey->least = sorted[first];
  survey->greatest = sorted[end - 1];
  return FALSE;
}

/* The share of A in one column. */
static double
get_share (const Survey *survey, const Similarity *similarity, gsize column, double shift)
{
  double cosine = isnan (similarity->cosines[column]) ? 0 : similarity->cosines[column];
  double range = survey->greatest - survey->least;
  double place = ((cosine + similarity->whole) / 2 - survey->least) / range;

  if (range < 1e-12)
    place = 1;
  return CLAMP (place - shift, 0, 1);
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  const Survey *survey = tensor->survey;
  const Similarity *similarity = &survey->tensors[tensor->index];
  double alpha = am_method_tensor_get (tensor, ALPHA);
  double shift = survey->method == &am_cosine_a_method ? fabs (alpha) : alpha;
  const double *a = chunk->model[0], *b = chunk->model[1];
  double *out = chunk->out;
  gsize column = chunk->first % similarity->n_columns;

  for (gsize i = 0; i < chunk->n; i++)
    {
      double share = get_share (survey, similarity, column, shift);

      out[i] = share == 1 || am_same_bits (a[i], b[i]) ? a[i]
               : share == 0                            ? b[i]
                                                       : share * a[i] + (1 - share) * b[i];
      column = column + 1 < similarity->n_columns ? column + 1 : 0;
    }
}

const AmMethod am_cosine_a_method = {
  .id = "cosine_a",
  .title = N_ ("Cosine A"),
  .summary = N_ ("Keeps A where the columns of A and B are alike and takes more of B where they differ."),
  .base = AM_BASE_NONE,
  .min_models = 2,
  .max_models = 2,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_DOUBLE | AM_METHOD_IDEMPOTENT,
  .survey_new = survey_new,
  .survey_tensor = survey_tensor,
  .survey_next = survey_next,
  .survey_free = survey_free,
  .apply = apply,
};

const AmMethod am_cosine_b_method = {
  .id = "cosine_b",
  .title = N_ ("Cosine B"),
  .summary = N_ ("As cosine A, comparing values as they are instead of columns scaled to the same length."),
  .base = AM_BASE_NONE,
  .min_models = 2,
  .max_models = 2,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_DOUBLE | AM_METHOD_IDEMPOTENT,
  .survey_new = survey_new,
  .survey_tensor = survey_tensor,
  .survey_next = survey_next,
  .survey_free = survey_free,
  .apply = apply,
};
