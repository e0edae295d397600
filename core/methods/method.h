/* A merge method: one file, one row of the registry, read by the CLI, the app, the man page and the tests.
 *
 * A method never touches files. It sees tensors through an AmTensorReader and writes chunks of values in
 * working precision: float32 for tensors stored in 16 or 8 bits, double as soon as an input or the output has
 * 32 or 64 bits, or always when the method says so. */
#pragma once

#include <glib.h>

#include "base/error.h"
#include "base/text.h"

G_BEGIN_DECLS

typedef enum
{
  AM_PARAMETER_NUMBER,
  AM_PARAMETER_INTEGER,
  AM_PARAMETER_BOOLEAN, /* 0 or 1 */
  AM_PARAMETER_CHOICE,  /* index into choices */
} AmParameterType;

/**
 * AmParameter:
 * @id: name on the command line and in recipes: "alpha"
 * @summary: one line for people, without a full stop
 * @type: how values are written
 * @per_model: whether each model has its own value (base excluded), as in "weight"
 * @is_ratio: the method's main ratio, replaced by block weights; one parameter at the most
 * @is_second_ratio: a second ratio that block weights can replace ("beta")
 * @per_tensor: whether it may vary from tensor to tensor (filters, gradients, blocks); FALSE for those that
 *   must be one for the whole merge
 * @minimum, @maximum: inclusive range; values outside are refused
 * @soft_minimum, @soft_maximum: range of a slider
 * @default_value: used when nothing is given; NAN means that the user must give it
 * @choices: %NULL-terminated for CHOICE
 */
typedef struct
{
  const char *id;
  const char *summary;
  AmParameterType type;
  gboolean per_model;
  gboolean is_ratio;
  gboolean is_second_ratio;
  gboolean per_tensor;
  double minimum;
  double maximum;
  double soft_minimum;
  double soft_maximum;
  double default_value;
  const char *const *choices;
} AmParameter;

/* What a method needs to know of each model beside its weights. */
typedef enum
{
  AM_STATISTICS_NONE,
  AM_STATISTICS_FISHER, /* mean squared gradient of every parameter */
  AM_STATISTICS_GRAM,   /* mean of x x^T over the inputs x of every weight matrix */
} AmStatisticsUse;

typedef enum
{
  AM_BASE_NONE,     /* models only: A, B, C; a base_model in a recipe is taken as the first model */
  AM_BASE_OPTIONAL,
  AM_BASE_REQUIRED, /* task vectors are differences from it */
} AmBaseUse;

typedef enum
{
  AM_METHOD_FLAG_NONE = 0,
  AM_METHOD_DOUBLE = 1 << 0,      /* always works in double */
  AM_METHOD_SLICES = 1 << 1,      /* chunks hold whole slices of axis 0 */
  AM_METHOD_LAST_AXIS = 1 << 2,   /* chunks hold whole vectors along the last axis; with SLICES: whole slices,
                                     and tensors of one axis whole */
  AM_METHOD_ORDERLESS = 1 << 3,   /* with equal parameters the order of the models does not matter */
  AM_METHOD_IDEMPOTENT = 1 << 4,  /* with default parameters A merged with A (and base A) is A */
  AM_METHOD_RANDOM = 1 << 5,      /* uses the recipe's seed */
  AM_METHOD_MERGED_PREFIX = 1 << 6, /* its statistics are measured while merging, layer by layer, behind the
                                       layers that are merged already */
} AmMethodFlags;

typedef struct _AmMethod AmMethod;
typedef struct _AmTensorReader AmTensorReader;

/**
 * AmTensorStatistic: what is known of one model's tensor
 * @length: elements: those of the tensor, n * n of a Gram, or n of its diagonal
 * @is_diagonal: a Gram's diagonal
 */
typedef struct
{
  guint64 length;
  gboolean is_diagonal;
} AmTensorStatistic;

/* Whole-merge facts a survey may need. */
typedef struct
{
  const AmMethod *method;
  guint n_models;
  gboolean has_base;
  guint n_tensors;             /* tensors that are merged; numbered 0 .. n_tensors - 1 in name order */
  guint64 seed;
  const double *parameters;    /* [n_parameters], global values, for those that are not per tensor */
} AmMethodRun;

/**
 * AmMethodTensor: one tensor about to be merged.
 * @run: the merge
 * @index: number among the merged tensors
 * @name: canonical name
 * @n_dims, @shape, @length: of the merged region
 * @slice_length: elements of one slice of axis 0 (1 for 1-D, 1 for 0-D)
 * @row_length: extent of the last axis (1 for 0-D)
 * @is_double: working precision of chunks
 * @is_single: is_double, yet no input and no output is wider than F32
 * @parameters: [n_parameters] values for this tensor; per-model ones are in @model_parameters
 * @model_parameters: [n_models * n_parameters], the parameters of model 0 first
 * @statistics: [n_models] for methods that use statistics; %NULL where a model has none for this tensor
 * @state: what reduce left, or %NULL
 * @stand_in: what reduce found to stand in for the formula here, one of the AM_STAND_IN texts, or %NULL
 * @survey: what the survey left, or %NULL
 */
typedef struct
{
  const AmMethodRun *run;
  guint index;
  const char *name;
  guint n_dims;
  const guint64 *shape;
  guint64 length;
  guint64 slice_length;
  guint64 row_length;
  gboolean is_double;
  gboolean is_single;
  const double *parameters;
  const double *model_parameters;
  const AmTensorStatistic *statistics;
  gpointer state;
  const char *stand_in;
  gpointer survey;
} AmMethodTensor;

static inline double
am_method_tensor_get (const AmMethodTensor *tensor, guint parameter)
{
  return tensor->parameters[parameter];
}

double am_method_tensor_get_for (const AmMethodTensor *tensor, guint parameter, guint model);

#define AM_MAX_MODELS 64

/**
 * AmMethodChunk: consecutive elements of a tensor in working precision.
 * @first: flat index of the first element
 * @n: elements
 * @n_before, @n_after: elements readable before and after the chunk in every input, for methods with a halo
 * @base: base values or %NULL; float* or double* by the tensor's is_double
 * @model: values of each model, [run->n_models]
 * @out: where apply writes n values; %NULL while reducing; overlaps nothing
 * @statistic: [run->n_models] doubles, the chunk's part of statistics shaped as the tensor (Fisher); unset for
 *   other methods and where the tensor has none
 * @scratch: [method->n_scratch] arrays of n working values each
 *
 * Inputs may be overwritten by the method: they are the worker's own copies.
 */
typedef struct
{
  guint64 first;
  gsize n;
  gsize n_before;
  gsize n_after;
  gpointer base;
  gpointer model[AM_MAX_MODELS];
  double *statistic[AM_MAX_MODELS];
  gpointer out;
  gpointer scratch[8];
} AmMethodChunk;

/* Elements of a chunk for methods without slices; slice methods get at least one whole slice. */
#define AM_CHUNK_LENGTH 8192

/**
 * am_tensor_reader_rewind, am_tensor_reader_next:
 *
 * Walks the tensor from its start in chunks, all inputs at once, as often as the method likes. next returns
 * %FALSE at the end (error unset) and on failure (error set). The chunk is the reader's until the next call.
 */
void am_tensor_reader_rewind (AmTensorReader *reader);
gboolean am_tensor_reader_next (AmTensorReader *reader, AmMethodChunk **chunk, GError **error);

/* Reads elements first .. first + n - 1, all within the tensor, without moving: for samples. The chunk is the
 * reader's until the next call. */
gboolean am_tensor_reader_peek (AmTensorReader *reader, guint64 first, gsize n, AmMethodChunk **chunk,
                                GError **error);

/**
 * am_tensor_reader_read_statistic:
 * @first, @n: elements of model @model's statistic of this tensor
 * @means: (out): [n]
 *
 * Only where the tensor's statistics are not %NULL.
 */
gboolean am_tensor_reader_read_statistic (AmTensorReader *reader, guint model, guint64 first, gsize n,
                                          double *means, GError **error);

/* What stands in for a method's formula where it says nothing; seen in plan and report. */
#define AM_STAND_IN_NOTHING_KEPT N_ ("no change is large enough to be kept, so the base is left")
#define AM_STAND_IN_NO_DIRECTION                                                                             \
  N_ ("a model is zero here and has no direction, so models are mixed on a straight line")
#define AM_STAND_IN_ZERO_LEFT_OUT N_ ("a model is zero here and has no direction, so only its length counts")
#define AM_STAND_IN_NO_ANGLE                                                                                 \
  N_ ("a model does not differ from the base here, so its angle counts as a right one")

#define AM_STAND_IN_NO_STATISTICS                                                                            \
  N_ ("the method does not reach this tensor, or there are no statistics for it, so the plain average is taken")
#define AM_STAND_IN_NOT_FINITE                                                                               \
  N_ ("a model holds NaN or infinity here, which no equation takes, so a plain mean is taken")
#define AM_STAND_IN_RIDGE N_ ("the Gram matrices are singular here, so a little ridge was added")
#define AM_STAND_IN_NOT_A_MATRIX                                                                             \
  N_ ("not a matrix, or one as long as a vocabulary, so the mean of the changes is added to the base")

struct _AmMethod
{
  const char *id;       /* "task_arithmetic" */
  const char *title;    /* "Task arithmetic" */
  const char *summary;  /* one sentence for people */
  const char *paper;    /* "Ilharco et al. 2023, arXiv:2212.04089", or %NULL */
  AmBaseUse base;
  guint min_models;     /* base excluded */
  guint max_models;     /* AM_MAX_MODELS for any number */
  const AmParameter *parameters;
  guint n_parameters;
  guint flags;
  guint n_scratch;      /* scratch arrays apply and reduce want, at most 8 */
  AmStatisticsUse statistics;
  guint halo_slices;    /* slices of axis 0 wanted on both sides of a chunk; implies AM_METHOD_SLICES */

  /* Checks parameters of one tensor together; called while planning. Optional. */
  gboolean (*check) (const AmMethodTensor *tensor, GError **error);

  /* What will stand in for the formula on this tensor, as far as the parameters tell, or %NULL; asked while
   * planning. Optional. */
  const char *(*plan_stand_in) (const AmMethodTensor *tensor);

  /* Whole-model survey, optional: survey_new returns %NULL when these parameters need none. Then, pass after
   * pass: survey_tensor for each tensor (concurrently; it must only use atomic or locked state, or its own
   * slot), and survey_next once, which says whether another pass is wanted. */
  gpointer (*survey_new) (const AmMethodRun *run);
  gboolean (*survey_tensor) (gpointer survey, const AmMethodTensor *tensor, AmTensorReader *reader, GError **error);
  gboolean (*survey_next) (gpointer survey);
  void (*survey_free) (gpointer survey);

  /* Per-tensor figures before apply, optional: sets tensor->state. Runs concurrently for several tensors. */
  gboolean (*reduce) (AmMethodTensor *tensor, AmTensorReader *reader, GError **error);
  void (*state_free) (gpointer state);

  /* Bytes that reducing this tensor takes at most, its state included, where that grows with the tensor.
   * Optional. */
  guint64 (*count_memory) (const AmMethodTensor *tensor);

  /* Writes chunk->out. Concurrent, cannot fail. */
  void (*apply) (const AmMethodTensor *tensor, AmMethodChunk *chunk);
};

G_END_DECLS
