/* Runs any merge method on arrays in memory, as the conductor runs it on files. Values are doubles rounded to
 * a stored type by code of the harness's own, so that a test does not lean on the kernels it checks. */
#pragma once

#include "base/dtype.h"
#include "methods/method.h"
#include "rounding.h"

typedef struct _Harness Harness;

/* Parameters start at their defaults (per-model ones for every model). Free with harness_free(). */
Harness *harness_new (const char *method_id, guint n_models, gboolean has_base);
void harness_free (Harness *harness);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Harness, harness_free)

const AmMethod *harness_get_method (Harness *harness);

/* Sets a parameter; a per-model one for every model. A choice is given by its number. */
void harness_set (Harness *harness, const char *parameter, double value);
void harness_set_choice (Harness *harness, const char *parameter, const char *choice);
void harness_set_for (Harness *harness, const char *parameter, guint model, double value);
void harness_set_seed (Harness *harness, guint64 seed);

/* apply runs over ranges of that many elements; 0, the start, is the whole tensor at once. */
void harness_set_range (Harness *harness, guint64 range);

/* Adds a tensor of zeros; @shape is "2,3", "" for a scalar. Returns its number. Names are "tensor-00", ... */
guint harness_add (Harness *harness, AmDtype dtype, const char *shape);

/* Output type, where it is not that of the inputs. */
void harness_set_output (Harness *harness, guint tensor, AmDtype dtype);

gsize harness_get_length (Harness *harness, guint tensor);
AmDtype harness_get_output (Harness *harness, guint tensor);

/* @input is a model's number, or n_models for the base. */
void harness_fill (Harness *harness, guint tensor, guint input, const double *values);
void harness_fill_one (Harness *harness, guint tensor, guint input, double value);

/* Normal values of that deviation; the same seed gives the same values. */
void harness_fill_random (Harness *harness, guint tensor, guint input, guint32 seed, double deviation);

/* Every input random, of deviation 1 and each with its own seed made from @seed. */
void harness_fill_all (Harness *harness, guint tensor, guint32 seed);

/* The values as rounded to the stored type. */
const double *harness_get_input (Harness *harness, guint tensor, guint input);
void harness_set_element (Harness *harness, guint tensor, guint input, gsize element, double value);

/* Gives every model statistics of that tensor, zeros at first: those the method uses. Fishers have the
 * tensor's shape. A Gram is [side][side], or [side] if that is its diagonal; 0 takes the elements of a slice.
 */
void harness_give_statistics (Harness *harness, guint tensor);
void harness_give_gram (Harness *harness, guint tensor, guint model, gsize side, gboolean is_diagonal);

/* The numbers of model @model, to be filled in. */
double *harness_get_statistic (Harness *harness, guint tensor, guint model);
gsize harness_get_statistic_length (Harness *harness, guint tensor, guint model);

/* Statistics that data could have: Fishers of all sizes, or Grams that can be solved for; of those with a
 * side above @widest the diagonals alone. */
void harness_give_random_statistics (Harness *harness, guint tensor, guint32 seed, gsize widest);

/* What reduce said stands in for the formula in the last run, or %NULL. */
const char *harness_get_stand_in (Harness *harness, guint tensor);

/* Bytes that the method's count_memory says. */
guint64 harness_count_memory (Harness *harness, guint tensor);

/* The error of the next run, which has to fail in that tensor's reduce. */
void harness_run_fails (Harness *harness, guint tensor, GError **error);

/* What the method's check says of the parameters. */
gboolean harness_check (Harness *harness, GError **error);

/* Runs the method on all tensors; failure aborts the test. */
void harness_run (Harness *harness);

/* Results of the last run: as the method wrote them, and rounded to the output type. */
const double *harness_get_raw (Harness *harness, guint tensor);
const double *harness_get_result (Harness *harness, guint tensor);

/* Asserts each result within half a step of the output type of @expected, plus @slack roundings of the
 * working precision at the size of the largest value met in that element (one of float32 for F32, 1e-12 for
 * F64). */
void harness_assert_near (Harness *harness, guint tensor, const double *expected, double slack);

/* Asserts results equal to the last bit, NaN equal to NaN. */
void harness_assert_equal (Harness *harness, guint tensor, const double *expected);

/* The float types, in which every method is checked. */
#define HARNESS_N_DTYPES 6
extern const AmDtype harness_dtypes[HARNESS_N_DTYPES];
