#include "tensor-row.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "compare/figures.h"

struct _AmTensorRow
{
  GObject parent_instance;

  AmComparison *comparison;
  guint index;
};

G_DEFINE_FINAL_TYPE (AmTensorRow, am_tensor_row, G_TYPE_OBJECT)

static void
am_tensor_row_finalize (GObject *object)
{
  AmTensorRow *self = AM_TENSOR_ROW (object);

  g_clear_object (&self->comparison);

  G_OBJECT_CLASS (am_tensor_row_parent_class)->finalize (object);
}

static void
am_tensor_row_class_init (AmTensorRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = am_tensor_row_finalize;
}

static void
am_tensor_row_init (AmTensorRow *self)
{
}

AmTensorRow *
am_tensor_row_new (AmComparison *comparison, guint index)
{
  AmTensorRow *self = g_object_new (AM_TYPE_TENSOR_ROW, NULL);

  self->comparison = g_object_ref (comparison);
  self->index = index;
  return self;
}

AmComparison *
am_tensor_row_get_comparison (AmTensorRow *self)
{
  return self->comparison;
}

guint
am_tensor_row_get_index (AmTensorRow *self)
{
  return self->index;
}

const AmTensorDifference *
am_tensor_row_get_difference (AmTensorRow *self)
{
  return &am_comparison_get_difference (self->comparison)->tensors[self->index];
}

const char *
am_tensor_scope_get_title (AmTensorScope scope)
{
  static const char *const titles[AM_N_SCOPES] = {
    [AM_SCOPE_ALL] = N_ ("All tensors"),
    [AM_SCOPE_DIFFERENT] = N_ ("Different"),
    [AM_SCOPE_EQUAL] = N_ ("Identical"),
    [AM_SCOPE_ONLY_A] = N_ ("Only in A"),
    [AM_SCOPE_ONLY_B] = N_ ("Only in B"),
    [AM_SCOPE_SHAPE] = N_ ("Different shapes"),
    [AM_SCOPE_NOT_FINITE] = N_ ("With NaN or infinity"),
  };

  return _ (titles[scope]);
}

static gboolean
is_shared (const AmTensorDifference *tensor)
{
  return tensor->kind == AM_DIFFERENCE_COMPARED || tensor->kind == AM_DIFFERENCE_EXACT;
}

gboolean
am_tensor_row_is_in_scope (AmTensorRow *self, AmTensorScope scope)
{
  const AmTensorDifference *tensor = am_tensor_row_get_difference (self);

  switch (scope)
    {
    case AM_SCOPE_DIFFERENT:
      return is_shared (tensor) && !tensor->is_equal;
    case AM_SCOPE_EQUAL:
      return is_shared (tensor) && tensor->is_equal;
    case AM_SCOPE_ONLY_A:
      return tensor->kind == AM_DIFFERENCE_ONLY_A;
    case AM_SCOPE_ONLY_B:
      return tensor->kind == AM_DIFFERENCE_ONLY_B;
    case AM_SCOPE_SHAPE:
      return tensor->kind == AM_DIFFERENCE_SHAPE;
    case AM_SCOPE_NOT_FINITE:
      return tensor->n_not_finite_a + tensor->n_not_finite_b > 0;
    default:
      return TRUE;
    }
}

static void
append_tensor (GString *text, const AmTensor *tensor)
{
  for (guint i = 0; i < tensor->n_dims; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? "×" : "", tensor->shape[i]);
  if (tensor->n_dims > 0)
    g_string_append_c (text, ' ');
  g_string_append (text, am_dtype_get_name (tensor->dtype));
}

static char *
dup_shape (AmTensorRow *self)
{
  const AmTensor *a = am_comparison_get_tensor (self->comparison, AM_SIDE_A, self->index);
  const AmTensor *b = am_comparison_get_tensor (self->comparison, AM_SIDE_B, self->index);
  GString *text = g_string_new (NULL);

  append_tensor (text, a != NULL ? a : b);
  if (a == NULL || b == NULL)
    return g_string_free (text, FALSE);
  if (am_tensor_row_get_difference (self)->kind == AM_DIFFERENCE_SHAPE)
    {
      g_string_append (text, " → ");
      append_tensor (text, b);
    }
  else if (a->dtype != b->dtype)
    g_string_append_printf (text, " → %s", am_dtype_get_name (b->dtype));
  return g_string_free (text, FALSE);
}

static const char *
get_not_finite_title (const AmTensorDifference *tensor)
{
  if (tensor->n_not_finite_b == 0)
    return _ ("NaN or infinity in A");
  return tensor->n_not_finite_a == 0 ? _ ("NaN or infinity in B") : _ ("NaN or infinity in both");
}

/* The scope that says most about a tensor. */
static AmTensorScope
get_state (const AmTensorDifference *tensor)
{
  if (tensor->kind == AM_DIFFERENCE_ONLY_A)
    return AM_SCOPE_ONLY_A;
  if (tensor->kind == AM_DIFFERENCE_ONLY_B)
    return AM_SCOPE_ONLY_B;
  if (tensor->kind == AM_DIFFERENCE_SHAPE)
    return AM_SCOPE_SHAPE;
  if (tensor->n_not_finite_a + tensor->n_not_finite_b > 0)
    return AM_SCOPE_NOT_FINITE;
  return tensor->is_equal ? AM_SCOPE_EQUAL : AM_SCOPE_DIFFERENT;
}

static const char *
get_state_title (const AmTensorDifference *tensor)
{
  AmTensorScope state = get_state (tensor);

  return state == AM_SCOPE_NOT_FINITE ? get_not_finite_title (tensor) : am_tensor_scope_get_title (state);
}

/* The core has no number where A is 0 all over and B is not. */
static double
get_relative (const AmTensorDifference *tensor)
{
  if (tensor->kind != AM_DIFFERENCE_COMPARED)
    return NAN;
  return isnan (tensor->relative_l2) ? INFINITY : tensor->relative_l2;
}

static double
get_maximum (const AmTensorDifference *tensor)
{
  return tensor->kind == AM_DIFFERENCE_COMPARED ? tensor->maximum : NAN;
}

char *
am_tensor_row_dup_text (AmTensorRow *self, AmTensorColumn column)
{
  const AmTensorDifference *tensor = am_tensor_row_get_difference (self);
  const char *block;

  switch (column)
    {
    case AM_TENSOR_NAME:
      return g_strdup (tensor->name);
    case AM_TENSOR_BLOCK:
      block = am_comparison_get_block_name (self->comparison, self->index);
      return g_strdup (block != NULL ? block : "–");
    case AM_TENSOR_LAYER:
      return g_strdup (_ (am_layer_kind_get_title (tensor->layer)));
    case AM_TENSOR_SHAPE:
      return dup_shape (self);
    case AM_TENSOR_RELATIVE_L2:
      return am_figure_percent (get_relative (tensor));
    case AM_TENSOR_COSINE:
      return am_figure_cosine (tensor->cosine);
    case AM_TENSOR_MAXIMUM:
      return am_figure_value (get_maximum (tensor));
    default:
      return g_strdup (get_state_title (tensor));
    }
}

static int
compare_numbers (double a, double b, double missing)
{
  double x = isnan (a) ? missing : a;
  double y = isnan (b) ? missing : b;

  return (x > y) - (x < y);
}

static int
compare_blocks (AmTensorRow *a, AmTensorRow *b)
{
  guint x = am_tensor_row_get_difference (a)->block, y = am_tensor_row_get_difference (b)->block;

  return (x > y) - (x < y);
}

static int
compare_lengths (const AmTensorDifference *a, const AmTensorDifference *b)
{
  return (a->length > b->length) - (a->length < b->length);
}

static int
compare_column (AmTensorRow *a, AmTensorRow *b, AmTensorColumn column)
{
  const AmTensorDifference *x = am_tensor_row_get_difference (a), *y = am_tensor_row_get_difference (b);

  switch (column)
    {
    case AM_TENSOR_NAME:
      return 0;
    case AM_TENSOR_BLOCK:
      return compare_blocks (a, b);
    case AM_TENSOR_LAYER:
      return (int)x->layer - (int)y->layer;
    case AM_TENSOR_SHAPE:
      return compare_lengths (x, y);
    case AM_TENSOR_RELATIVE_L2:
      return compare_numbers (get_relative (x), get_relative (y), -1.0);
    case AM_TENSOR_COSINE:
      return compare_numbers (x->cosine, y->cosine, 2.0);
    case AM_TENSOR_MAXIMUM:
      return compare_numbers (get_maximum (x), get_maximum (y), -1.0);
    default:
      return (int)get_state (x) - (int)get_state (y);
    }
}

int
am_tensor_row_compare (AmTensorRow *a, AmTensorRow *b, AmTensorColumn column)
{
  int order = compare_column (a, b, column);

  return order != 0 ? order
                    : strcmp (am_tensor_row_get_difference (a)->name, am_tensor_row_get_difference (b)->name);
}
