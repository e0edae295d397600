#include "network/operator-private.h"

#include <math.h>

/* Hendrycks and Gimpel 2016, Gaussian error linear units, section 2: the approximations with tanh and with
 * the logistic function. */
#define TANH_FACTOR 0.79788456080286535588 /* sqrt (2 / pi) */
#define TANH_CUBE 0.044715
#define QUICK_FACTOR 1.702
#define ROOT_HALF 0.70710678118654752440
#define INVERSE_ROOT_TWO_PI 0.39894228040143267794

#ifdef AM_NETWORK_DOUBLE
#define real_exp exp
#define real_erf erf
#define real_tanh tanh
#else
#define real_exp expf
#define real_erf erff
#define real_tanh tanhf
#endif

static inline AmReal
logistic (AmReal x)
{
  return 1 / (1 + real_exp (-x));
}

static inline AmReal
tanh_argument (AmReal x)
{
  return (AmReal)TANH_FACTOR * (x + (AmReal)TANH_CUBE * x * x * x);
}

typedef void (*Apply) (const AmReal *in, gsize n, AmReal *out);

#define DEFINE_APPLY(name, expression)                                                                       \
  static void name (const AmReal *in, gsize n, AmReal *out)                                                  \
  {                                                                                                          \
    for (gsize i = 0; i < n; i++)                                                                            \
      {                                                                                                      \
        const AmReal x = in[i];                                                                              \
                                                                                                             \
        out[i] = (expression);                                                                               \
      }                                                                                                      \
  }

DEFINE_APPLY (apply_relu, x < 0 ? 0 : x)
DEFINE_APPLY (apply_gelu, (AmReal)0.5 * x * (1 + real_erf (x * (AmReal)ROOT_HALF)))
DEFINE_APPLY (apply_gelu_tanh, (AmReal)0.5 * x * (1 + real_tanh (tanh_argument (x))))
DEFINE_APPLY (apply_quick_gelu, x *logistic ((AmReal)QUICK_FACTOR *x))
DEFINE_APPLY (apply_silu, x *logistic (x))
DEFINE_APPLY (apply_tanh, real_tanh (x))
DEFINE_APPLY (apply_sigmoid, logistic (x))

static AmReal
gelu_slope (AmReal x)
{
  return (AmReal)0.5 * (1 + real_erf (x * (AmReal)ROOT_HALF))
         + x * (AmReal)INVERSE_ROOT_TWO_PI * real_exp (-x * x / 2);
}

static AmReal
gelu_tanh_slope (AmReal x)
{
  const AmReal t = real_tanh (tanh_argument (x));

  return (AmReal)0.5 * (1 + t)
         + (AmReal)0.5 * x * (1 - t * t) * (AmReal)TANH_FACTOR * (1 + 3 * (AmReal)TANH_CUBE * x * x);
}

/* Of x * logistic (factor * x). */
static AmReal
gated_slope (AmReal x, AmReal factor)
{
  const AmReal s = logistic (factor * x);

  return s + factor * x * s * (1 - s);
}

static AmReal
tanh_slope (AmReal x)
{
  const AmReal t = real_tanh (x);

  return 1 - t * t;
}

static AmReal
sigmoid_slope (AmReal x)
{
  const AmReal s = logistic (x);

  return s * (1 - s);
}

typedef void (*AddSlope) (const AmReal *in, const AmReal *gradient, gsize n, AmReal *result);

#define DEFINE_SLOPE(name, expression)                                                                       \
  static void name (const AmReal *in, const AmReal *gradient, gsize n, AmReal *result)                       \
  {                                                                                                          \
    for (gsize i = 0; i < n; i++)                                                                            \
      {                                                                                                      \
        const AmReal x = in[i];                                                                              \
                                                                                                             \
        result[i] += gradient[i] * (expression);                                                             \
      }                                                                                                      \
  }

DEFINE_SLOPE (add_relu, x > 0 ? (AmReal)1 : (AmReal)0)
DEFINE_SLOPE (add_gelu, gelu_slope (x))
DEFINE_SLOPE (add_gelu_tanh, gelu_tanh_slope (x))
DEFINE_SLOPE (add_quick_gelu, gated_slope (x, (AmReal)QUICK_FACTOR))
DEFINE_SLOPE (add_silu, gated_slope (x, 1))
DEFINE_SLOPE (add_tanh, tanh_slope (x))
DEFINE_SLOPE (add_sigmoid, sigmoid_slope (x))

static const struct
{
  Apply apply;
  AddSlope add_slope;
} kinds[] = {
  [AM_ACTIVATION_RELU] = { apply_relu, add_relu },
  [AM_ACTIVATION_GELU] = { apply_gelu, add_gelu },
  [AM_ACTIVATION_GELU_TANH] = { apply_gelu_tanh, add_gelu_tanh },
  [AM_ACTIVATION_QUICK_GELU] = { apply_quick_gelu, add_quick_gelu },
  [AM_ACTIVATION_SILU] = { apply_silu, add_silu },
  [AM_ACTIVATION_TANH] = { apply_tanh, add_tanh },
  [AM_ACTIVATION_SIGMOID] = { apply_sigmoid, add_sigmoid },
};

static gsize
count_elements (const AmOperation *operation)
{
  return (gsize)(am_value_count_rows (operation->output) * operation->output->channels);
}

static void
forward (const AmOperation *operation)
{
  const Apply apply = kinds[operation->node->activation].apply;
  const gsize n = count_elements (operation), n_tiles = am_count_tiles (n, AM_TILE_ELEMENTS);
  const AmReal *in = operation->inputs[0]->data;
  AmReal *out = operation->output->data;

#pragma omp parallel for num_threads(operation->n_threads) schedule(dynamic) if (n_tiles > 1)
  for (gsize i = 0; i < n_tiles; i++)
    apply (in + i * AM_TILE_ELEMENTS, MIN (AM_TILE_ELEMENTS, n - i * AM_TILE_ELEMENTS),
           out + i * AM_TILE_ELEMENTS);
}

static void
backward (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients)
{
  const AddSlope add_slope = kinds[operation->node->activation].add_slope;
  const gsize n = count_elements (operation), n_tiles = am_count_tiles (n, AM_TILE_ELEMENTS);
  const AmReal *in = operation->inputs[0]->data;

#pragma omp parallel for num_threads(operation->n_threads) schedule(dynamic) if (n_tiles > 1)
  for (gsize i = 0; i < n_tiles; i++)
    add_slope (in + i * AM_TILE_ELEMENTS, gradient + i * AM_TILE_ELEMENTS,
               MIN (AM_TILE_ELEMENTS, n - i * AM_TILE_ELEMENTS), input_gradients[0] + i * AM_TILE_ELEMENTS);
}

const AmOperator am_operator_activation = {
  .in_place = TRUE,
  .forward = forward,
  .backward = backward,
};
